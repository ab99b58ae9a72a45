"""Appraisal over JSON: rounds, criteria, what units got, what was taken off, what is held against it."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_responsible
from app.appointments.models import answered
from app.appraisals import deduction_queries, deductions, proving, queries, scoring, tables, withdrawing
from app.appraisals import operations as ops
from app.appraisals.deduction_models import (
    AppealCreate,
    AppealDetail,
    AppealPatch,
    AppealRead,
    DeductionCreate,
    DeductionDetail,
    DeductionPatch,
    DeductionRead,
    DeductionsCreate,
    Proof,
)
from app.appraisals.models import (
    AppraisalCreate,
    AppraisalDetail,
    AppraisalPatch,
    AppraisalRead,
    CriterionCreate,
    CriterionPatch,
    CriterionRead,
    ResultDetail,
    ResultRead,
)
from app.appraisals.rules import APPEAL_WORKFLOW, CRITERION_WORKFLOW, RESULT_WORKFLOW, WORKFLOW
from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs

Described = dict[int | str, dict[str, Any]]
rounds = api_router("/appraisals", "作风考核")
criteria = api_router("/appraisal-criteria", "考核指标")
results = api_router("/appraisal-results", "考核得分")
taken = api_router("/appraisal-deductions", "考核扣分")
appeals = api_router("/appraisal-appeals", "考核申诉")
DETAIL: Described = {200: {"model": AppraisalDetail}}
CRITERION: Described = {200: {"model": CriterionRead}}
DEDUCTION: Described = {200: {"model": DeductionDetail}}
APPEAL: Described = {200: {"model": AppealDetail}}


@rounds.get("", **lists(queries.LIST, AppraisalRead))
async def list_(ctx: Context) -> Response:
    """The newest first."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(rounds, "", tables.ROUNDS)


@rounds.post("", status_code=201, responses={201: {"model": AppraisalDetail}})
@performs(ops.create)
async def create(ctx: Context, body: AppraisalCreate) -> Response:
    """A round for the units of a group. 409 where the year has one of that title."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@rounds.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A round with its criteria."""
    return await ctx.one(queries.one, path_id(id))


@rounds.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: AppraisalPatch) -> Response:
    """While it is open."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@rounds.delete("/{id}", status_code=204)
@performs(withdrawing.delete)
async def delete(ctx: Context, id: int) -> Response:
    """A round that was started in error, with its criteria and what was entered; 409 once its scores were published."""
    return await ctx.perform(withdrawing.delete, path_id(id))


add_steps(rounds, WORKFLOW, scoring.STEPS | withdrawing.STEPS, queries.one, AppraisalDetail)


@rounds.get("/{id}/criteria", **lists(queries.CRITERION_LIST, CriterionRead))
async def read_criteria(ctx: Context, id: int) -> Response:
    """By what the round judges, in the order in which it was added."""
    return await ctx.one(queries.criteria_within, path_id(id), ctx.asked(queries.CRITERION_LIST))


add_exports(rounds, "/{id}/criteria", tables.CRITERIA)


@rounds.post("/{id}/criteria", status_code=201, responses={201: {"model": CriterionRead}})
@performs(ops.add_criterion)
async def add_criterion(ctx: Context, id: int, body: CriterionCreate) -> Response:
    """While the round is open. 409 where it has one of that name."""
    return await ctx.perform(ops.add_criterion, path_id(id), body, show=queries.one_criterion, status=201)


# Criteria


@criteria.get("/{id}", responses=CRITERION)
async def read_criterion(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_criterion, path_id(id))


@criteria.patch("/{id}", responses=CRITERION)
@performs(ops.edit_criterion)
async def edit_criterion(ctx: Context, id: int, body: CriterionPatch) -> Response:
    """While the round is open."""
    return await ctx.perform(ops.edit_criterion, path_id(id), body, ctx.if_match(), show=queries.one_criterion)


@criteria.delete("/{id}", status_code=204)
@performs(ops.delete_criterion)
async def delete_criterion(ctx: Context, id: int) -> Response:
    """409 while there are deductions under it."""
    return await ctx.perform(ops.delete_criterion, path_id(id))


add_steps(criteria, CRITERION_WORKFLOW, ops.CRITERION_STEPS, queries.one_criterion, CriterionRead)


@criteria.post("/{id}/deductions", status_code=201, responses={201: {"model": DeductionDetail}})
@performs(deductions.enter)
async def enter(ctx: Context, id: int, body: DeductionCreate) -> Response:
    """By the criterion's office, while the round is open and it has not said that it is done. What no row of the system
    shows is proved by a file: evidence with the target ``appraisal-deductions``."""
    return await ctx.perform(deductions.enter, path_id(id), body, show=deduction_queries.one, status=201)


@criteria.post("/{id}/enter", responses=CRITERION)
@performs(deductions.enter_many)
async def enter_many(ctx: Context, id: int, body: DeductionsCreate) -> Response:
    """The same of several units at once, each a deduction of its own."""
    return await ctx.perform(deductions.enter_many, path_id(id), body, show=queries.one_criterion)


@criteria.post("/{id}/prove", responses=CRITERION)
@performs(proving.prove)
async def prove(ctx: Context, id: int, body: Proof) -> Response:
    """One piece of evidence for every deduction under it that neither a row nor a file proves yet: they are listed by
    ``/appraisal-deductions?criterion_id=&unproven=true``, and ``finish`` is refused (409 ``unproven``) while there is
    one. 409 where there is none."""
    return await ctx.perform(proving.prove, path_id(id), body, show=queries.one_criterion)


# What units got


@results.get("", **lists(queries.RESULT_LIST, answered(ResultRead)))
async def list_results(ctx: Context) -> Response:
    """``appraisal_id``: the ranking of a round, the best first. A unit reads its own once the scores are published, and
    all of them once they are frozen where the round shows its ranking."""
    return await ctx.page(queries.RESULT_LIST, queries.present_result, with_responsible)


add_exports(results, "", tables.RANKING)


@results.get("/{id}", responses={200: {"model": ResultDetail}})
async def read_result(ctx: Context, id: int) -> Response:
    """What a unit got, with every deduction that the reader may know of."""
    return await ctx.one(queries.one_result, path_id(id))


add_steps(results, RESULT_WORKFLOW, scoring.RESULT_STEPS, queries.one_result, ResultDetail)


# Deductions


@taken.get("", **lists(deduction_queries.LIST, answered(DeductionRead)))
async def list_deductions(ctx: Context) -> Response:
    """Each with the row that it comes from: ``/{cited}/{cited_id}``."""
    return await ctx.page(deduction_queries.LIST, deduction_queries.present, with_responsible)


add_exports(taken, "", tables.DEDUCTIONS)


@taken.get("/{id}", responses=DEDUCTION)
async def read_deduction(ctx: Context, id: int) -> Response:
    return await ctx.one(deduction_queries.one, path_id(id))


@taken.patch("/{id}", responses=DEDUCTION)
@performs(deductions.edit)
async def edit_deduction(ctx: Context, id: int, body: DeductionPatch) -> Response:
    """By the office that entered it, while it is entering."""
    return await ctx.perform(deductions.edit, path_id(id), body, ctx.if_match(), show=deduction_queries.one)


@taken.delete("/{id}", status_code=204)
@performs(deductions.delete)
async def delete_deduction(ctx: Context, id: int) -> Response:
    """By the office that entered it, while it is entering."""
    return await ctx.perform(deductions.delete, path_id(id))


@taken.post("/{id}/appeals", status_code=201, responses={201: {"model": AppealDetail}})
@performs(deductions.appeal)
async def appeal(ctx: Context, id: int, body: AppealCreate) -> Response:
    """By its unit, once. 409 after the last day for appeals."""
    return await ctx.perform(deductions.appeal, path_id(id), body, show=deduction_queries.one_appeal, status=201)


# Appeals


@appeals.get("", **lists(deduction_queries.APPEAL_LIST, answered(AppealRead)))
async def list_appeals(ctx: Context) -> Response:
    """The newest first; ``state=pending``: those that wait to be decided."""
    return await ctx.page(deduction_queries.APPEAL_LIST, deduction_queries.present_appeal, with_responsible)


add_exports(appeals, "", tables.APPEALS)


@appeals.get("/{id}", responses=APPEAL)
async def read_appeal(ctx: Context, id: int) -> Response:
    """With the papers that prove it."""
    return await ctx.one(deduction_queries.one_appeal, path_id(id))


@appeals.patch("/{id}", responses=APPEAL)
@performs(deductions.edit_appeal)
async def edit_appeal(ctx: Context, id: int, body: AppealPatch) -> Response:
    """By its unit, until it is decided."""
    return await ctx.perform(
        deductions.edit_appeal, path_id(id), body, ctx.if_match(), show=deduction_queries.one_appeal
    )


add_steps(appeals, APPEAL_WORKFLOW, deductions.APPEAL_STEPS, deduction_queries.one_appeal, AppealDetail)

router = APIRouter()
for part in (rounds, criteria, results, taken, appeals):
    router.include_router(part)
