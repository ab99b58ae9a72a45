"""Major decisions over JSON, with the remarks of those who supervise them, and who supervises what."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_leader
from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.major_decisions import operations as ops
from app.major_decisions import queries, supervision, tables
from app.major_decisions.rules import WORKFLOW
from app.major_decisions.schemas import (
    AnswerCreate,
    MajorDecisionCreate,
    MajorDecisionDetail,
    MajorDecisionLine,
    MajorDecisionListed,
    MajorDecisionPatch,
    RemarkCreate,
    SupervisionCreate,
    SupervisionPatch,
    SupervisionRead,
)

decisions = api_router("/major-decisions", "三重一大")
supervisions = api_router("/decision-supervisions", "三重一大监督分工")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": MajorDecisionDetail}}
SUPERVISED: dict[int | str, dict[str, Any]] = {200: {"model": SupervisionRead}}


@decisions.get("", **lists(queries.LIST, MajorDecisionListed))
async def list_(ctx: Context) -> Response:
    """Newest first; ``flag=any``: those that are suspicious, ``unanswered=true``: those with a remark that
    the unit has not answered."""
    return await ctx.page(queries.LIST, queries.present, with_leader)


add_exports(decisions, "", tables.DECISIONS)


@decisions.get("/ledger", **lists(queries.LIST, MajorDecisionLine))
async def ledger(ctx: Context) -> Response:
    """三重一大台账: exactly the columns of its form, of the rows that the list has under the same filters."""
    return await ctx.page(queries.LIST, tables.line, tables.in_form)


add_exports(decisions, "/ledger", tables.LEDGER)


@decisions.post("", status_code=201, responses={201: {"model": MajorDecisionDetail}})
@performs(ops.create)
async def create(ctx: Context, body: MajorDecisionCreate) -> Response:
    """A proposal; with ``decided_on`` what was decided already. 403 for another unit's, unless it was decided and one
    supervises its category."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@decisions.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A matter with its remarks and files."""
    return await ctx.one(queries.one, path_id(id))


@decisions.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: MajorDecisionPatch) -> Response:
    """Until it is completed. 422 for what would take away what a step that was taken asked for."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@decisions.post("/{id}/remarks", status_code=201, responses={201: {"model": MajorDecisionDetail}})
@performs(ops.remark)
async def remark(ctx: Context, id: int, body: RemarkCreate) -> Response:
    """By the office that supervises the category; the unit is asked to answer."""
    return await ctx.perform(ops.remark, path_id(id), body, show=queries.one, status=201)


@decisions.post("/{id}/answer", responses=DETAIL)
@performs(ops.answer)
async def answer(ctx: Context, id: int, body: AnswerCreate) -> Response:
    """The unit's answer to one of its remarks. 409 where that is answered."""
    return await ctx.perform(ops.answer, path_id(id), body, show=queries.one)


add_steps(decisions, WORKFLOW, ops.STEPS, queries.one, MajorDecisionDetail)


# Who supervises what


@supervisions.get("", **lists(supervision.LIST, SupervisionRead))
async def list_supervisions(ctx: Context) -> Response:
    return await ctx.page(supervision.LIST, supervision.present)


add_exports(supervisions, "", tables.SUPERVISIONS)


@supervisions.post("", status_code=201, responses={201: {"model": SupervisionRead}})
@performs(supervision.create)
async def create_supervision(ctx: Context, body: SupervisionCreate) -> Response:
    """A category is given to one office. 409 where it has one already."""
    return await ctx.perform(supervision.create, body, show=supervision.one, status=201)


@supervisions.get("/{id}", responses=SUPERVISED)
async def read_supervision(ctx: Context, id: int) -> Response:
    return await ctx.one(supervision.one, path_id(id))


@supervisions.patch("/{id}", responses=SUPERVISED)
@performs(supervision.edit)
async def edit_supervision(ctx: Context, id: int, body: SupervisionPatch) -> Response:
    return await ctx.perform(supervision.edit, path_id(id), body, ctx.if_match(), show=supervision.one)


@supervisions.delete("/{id}", status_code=204)
@performs(supervision.delete)
async def delete_supervision(ctx: Context, id: int) -> Response:
    """The supervisor looks after the category until it has an office again."""
    return await ctx.perform(supervision.delete, path_id(id))


router = APIRouter()
for part in (decisions, supervisions):
    router.include_router(part)
