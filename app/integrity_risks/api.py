"""Integrity risks over JSON: the rounds of the search, the risk points, and the measures against them."""

from typing import Any

from fastapi import APIRouter, Response

from app.core.exports import add_exports
from app.core.http import Context, add_bulk, add_steps, answer, api_router, path_id
from app.core.models import Page
from app.core.openapi import lists, query_docs
from app.core.operation import performs
from app.integrity_risks import carrying, heat, measures, queries, round_queries, rounds, tables
from app.integrity_risks import operations as ops
from app.integrity_risks.models import (
    HeatMap,
    MeasureCreate,
    MeasurePatch,
    MeasureRead,
    RiskCreate,
    RiskDetail,
    RiskLine,
    RiskPatch,
    RiskRead,
)
from app.integrity_risks.round_models import (
    CarryOver,
    NilReportCreate,
    RoundCreate,
    RoundDetail,
    RoundPatch,
    RoundRead,
    UnitOfRound,
)
from app.integrity_risks.rules import MEASURE_WORKFLOW, ROUND_WORKFLOW, WORKFLOW

searched = api_router("/risk-rounds", "廉政风险排查")
risks = api_router("/integrity-risks", "廉政风险")
controls = api_router("/risk-measures", "防控措施")
ROUND: dict[int | str, dict[str, Any]] = {200: {"model": RoundDetail}}
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": RiskDetail}}
MEASURE: dict[int | str, dict[str, Any]] = {200: {"model": MeasureRead}}


# Rounds


@searched.get("", **lists(round_queries.LIST, RoundRead))
async def list_rounds(ctx: Context) -> Response:
    """The newest first."""
    return await ctx.page(round_queries.LIST, round_queries.present)


add_exports(searched, "", tables.ROUNDS)


@searched.post("", status_code=201, responses={201: {"model": RoundDetail}})
@performs(rounds.create)
async def create_round(ctx: Context, body: RoundCreate) -> Response:
    """Have the units of a group search for their risks. 409 where the year has a round of that title."""
    return await ctx.perform(rounds.create, body, show=round_queries.one, status=201)


@searched.get("/{id}", responses=ROUND)
async def read_round(ctx: Context, id: int) -> Response:
    """A round, with how many units have reported."""
    return await ctx.one(round_queries.one, path_id(id))


@searched.patch("/{id}", responses=ROUND)
@performs(rounds.edit)
async def edit_round(ctx: Context, id: int, body: RoundPatch) -> Response:
    """While it is open."""
    return await ctx.perform(rounds.edit, path_id(id), body, ctx.if_match(), show=round_queries.one)


add_steps(searched, ROUND_WORKFLOW, rounds.STEPS, round_queries.one, RoundDetail)


@searched.get(
    "/{id}/units",
    responses={200: {"model": Page[UnitOfRound]}},
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in round_queries.ASKED.items()]},
)
async def units(ctx: Context, id: int) -> Response:
    """Every unit that is asked, and how it stands; as many rows as the round's figures say."""
    return answer(await ctx.read(round_queries.units, path_id(id), ctx.request.query_params))


add_exports(searched, "/{id}/units", tables.UNITS)


@searched.post("/{id}/nil-reports", status_code=201, responses={201: {"model": RoundDetail}})
@performs(rounds.report_nil)
async def report_nil(ctx: Context, id: int, body: NilReportCreate) -> Response:
    """A unit has searched and found nothing. 409 where it has risk points in the round, or said so already."""
    return await ctx.perform(rounds.report_nil, path_id(id), body, show=round_queries.one, status=201)


@searched.post("/{id}/carry-over", status_code=201, responses={201: {"model": RoundDetail}})
@performs(carrying.carry_over)
async def carry_over(ctx: Context, id: int, body: CarryOver) -> Response:
    """What a unit found in earlier rounds and still stands (``/integrity-risks?carry_into={id}``), as drafts of this
    round with their measures, to be rated anew. Again, it changes nothing. 409 once the round is closed."""
    return await ctx.perform(carrying.carry_over, path_id(id), body, show=round_queries.one, status=201)


# Risk points


@risks.get("", **lists(queries.LIST, RiskRead))
async def list_risks(ctx: Context) -> Response:
    """The newest first; its files have the columns of ``/integrity-risks/ledger`` and then what an import asks for."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(risks, "", tables.RISKS)


@risks.get("/ledger", **lists(queries.LIST, RiskLine))
async def ledger(ctx: Context) -> Response:
    """廉政风险点台账: exactly the columns of its form, of the rows that the list has under the same filters."""
    return await ctx.page(queries.LIST, queries.present, tables.in_form)


add_exports(risks, "/ledger", tables.LEDGER)


@risks.post("", status_code=201, responses={201: {"model": RiskDetail}})
@performs(ops.create)
async def create(ctx: Context, body: RiskCreate) -> Response:
    """A risk point of one's own unit, with the rating that it proposes. 409 once the round is closed."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@risks.get(
    "/heat-map",
    responses={200: {"model": HeatMap}},
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in heat.PARSERS.items()]},
)
async def heat_map(ctx: Context) -> Response:
    """By likelihood and impact, and ``by`` unit or department, under the list's filters."""
    return answer(await ctx.read(heat.heat, ctx.request.query_params))


@risks.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A risk point with its measures and its ratings."""
    return await ctx.one(queries.one, path_id(id))


@risks.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: RiskPatch) -> Response:
    """Before it is submitted, after it was sent back, and while it is rated anew."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@risks.delete("/{id}", status_code=204)
@performs(ops.delete)
async def delete(ctx: Context, id: int) -> Response:
    """With its measures, while it was never submitted."""
    return await ctx.perform(ops.delete, path_id(id))


add_steps(risks, WORKFLOW, ops.STEPS, queries.one, RiskDetail)
add_bulk(risks, WORKFLOW, ops.BULK, ops.bulk)


@risks.post("/{id}/measures", status_code=201, responses={201: {"model": MeasureRead}})
@performs(measures.add)
async def add_measure(ctx: Context, id: int, body: MeasureCreate) -> Response:
    """What is done against the risk. 409 while it is being reviewed."""
    return await ctx.perform(measures.add, path_id(id), body, show=queries.one_measure, status=201)


# Measures


@controls.get("/{id}", responses=MEASURE)
async def read_measure(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_measure, path_id(id))


@controls.patch("/{id}", responses=MEASURE)
@performs(measures.edit)
async def edit_measure(ctx: Context, id: int, body: MeasurePatch) -> Response:
    """While it is in progress."""
    return await ctx.perform(measures.edit, path_id(id), body, ctx.if_match(), show=queries.one_measure)


@controls.delete("/{id}", status_code=204)
@performs(measures.delete)
async def delete_measure(ctx: Context, id: int) -> Response:
    """While it is in progress."""
    return await ctx.perform(measures.delete, path_id(id))


add_steps(controls, MEASURE_WORKFLOW, measures.STEPS, queries.one_measure, MeasureRead)

router = APIRouter()
for part in (searched, risks, controls):
    router.include_router(part)
