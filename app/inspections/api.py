"""JSON routes of inspections with their targets, draws, visits and findings, and of checklists."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_responsible
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.inspections import found, queries, recording, tables
from app.inspections import operations as ops
from app.inspections.checklist_models import ChecklistCreate, ChecklistRead
from app.inspections.models import (
    FindingCreate,
    FindingPatch,
    FindingRead,
    InspectionCreate,
    InspectionDetail,
    InspectionPatch,
    InspectionRead,
    Redraw,
    VisitCreate,
    VisitRead,
)
from app.inspections.rules import WORKFLOW

Responses = dict[int | str, dict[str, Any]]
INSPECTION: Responses = {200: {"model": InspectionDetail}}
LISTED = answered(FindingRead)
FINDING: Responses = {200: {"model": LISTED}}
TAG = "督查检查"
inspections = api_router("/inspections", TAG)
findings = api_router("/findings", "督查问题")
checklists = api_router("/checklists", "检查表")


@inspections.get("", **lists(queries.LIST, InspectionRead))
async def list_(ctx: Context) -> Response:
    """Inspections, newest first. An unannounced one is not there for those it concerns until it is released."""
    return await ctx.page(queries.LIST, queries.present)


@inspections.post("", status_code=201, responses={201: {"model": InspectionDetail}})
@performs(ops.create)
async def create(ctx: Context, body: InspectionCreate) -> Response:
    """Plan one: ``unit_ids`` by hand, or ``sample`` for a double-random draw by a seed of the server's."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@inspections.get("/{id}", responses=INSPECTION)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@inspections.patch("/{id}", responses=INSPECTION)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: InspectionPatch) -> Response:
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@inspections.post("/{id}/redraw", responses=INSPECTION)
@performs(ops.redraw)
async def redraw(ctx: Context, id: int, body: Redraw) -> Response:
    """Draw targets and inspectors again, for a reason that is kept with the earlier draw."""
    return await ctx.perform(ops.redraw, path_id(id), body, show=queries.one)


@inspections.get("/{id}/targets")
async def read_targets(ctx: Context, id: int) -> Response:
    """All targets, unpaged; with visits and numbers of findings for those who see the whole inspection."""
    return await ctx.one(queries.targets, path_id(id))


@inspections.get("/{id}/draws")
async def read_draws(ctx: Context, id: int) -> Response:
    """Every draw with seed, frame and result. To repeat one: ``random.Random(seed)`` in Python; for each stratum
    in order ``sample(sorted(unit_ids), size)``; then ``sample(sorted(inspectors), team_size)`` of the inspectors
    whose ``conflicts`` hold no drawn unit."""
    return await ctx.one(queries.draws, path_id(id))


@inspections.get("/{id}/visits", **lists(found.VISITS, VisitRead))
async def read_visits(ctx: Context, id: int) -> Response:
    asked = ctx.asked(found.VISITS)
    return await ctx.one(found.within, found.VISITS, found.present_visit, path_id(id), asked)


@inspections.post("/{id}/visits", status_code=201, responses={200: {"model": VisitRead}, 201: {"model": VisitRead}})
@performs(recording.record_visit)
async def record_visit(ctx: Context, id: int, body: VisitCreate) -> Response:
    """A target's visit: 201, or 200 when it changed what was recorded before."""
    return await ctx.perform(
        recording.record_visit,
        path_id(id),
        body,
        show=lambda tx, made: found.one_visit(tx, made[0]),
        status=lambda made: 201 if made[1] else 200,
    )


@inspections.get("/{id}/findings", **lists(found.FINDINGS, LISTED))
async def read_findings(ctx: Context, id: int) -> Response:
    """Findings of an inspection: all for those who see the whole of it, a target's own once they are issued."""
    return await ctx.one(found.findings_within, path_id(id), ctx.asked(found.FINDINGS))


@inspections.post("/{id}/findings", status_code=201, responses={201: {"model": LISTED}})
@performs(recording.create_finding)
async def create_finding(ctx: Context, id: int, body: FindingCreate) -> Response:
    """A finding as a draft. The first one at a target makes its visit."""
    return await ctx.perform(recording.create_finding, path_id(id), body, show=found.one_finding, status=201)


add_steps(inspections, WORKFLOW, ops.STEPS, queries.one, InspectionDetail)


@findings.get("", **lists(found.FINDINGS, LISTED))
async def list_findings(ctx: Context) -> Response:
    return await ctx.page(found.FINDINGS, found.present_finding, with_responsible)


@findings.get("/{id}", responses=FINDING)
async def read_finding(ctx: Context, id: int) -> Response:
    return await ctx.one(found.one_finding, path_id(id))


@findings.patch("/{id}", responses=FINDING)
@performs(recording.edit_finding)
async def edit_finding(ctx: Context, id: int, body: FindingPatch) -> Response:
    """Change a draft."""
    return await ctx.perform(recording.edit_finding, path_id(id), body, ctx.if_match(), show=found.one_finding)


@findings.delete("/{id}", status_code=204)
@performs(recording.delete_finding)
async def delete_finding(ctx: Context, id: int) -> Response:
    """Drop a draft."""
    return await ctx.perform(recording.delete_finding, path_id(id))


@checklists.get("", **lists(queries.CHECKLISTS, ChecklistRead))
async def list_checklists(ctx: Context) -> Response:
    return await ctx.page(queries.CHECKLISTS, queries.present_checklist)


@checklists.post("", status_code=201, responses={201: {"model": ChecklistRead}})
@performs(ops.create_checklist)
async def create_checklist(ctx: Context, body: ChecklistCreate) -> Response:
    """A checklist; under a title already known, its next edition. Earlier editions stay as they were."""
    return await ctx.perform(ops.create_checklist, body, show=queries.one_checklist, status=201)


@checklists.get("/{id}", responses={200: {"model": ChecklistRead}})
async def read_checklist(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_checklist, path_id(id))


add_exports(inspections, "", tables.INSPECTIONS)
add_exports(inspections, "/{id}/targets", tables.TARGETS)
add_exports(inspections, "/{id}/draws", tables.DRAWS)
add_exports(inspections, "/{id}/visits", tables.VISITS)
add_exports(inspections, "/{id}/findings", tables.FINDINGS)
add_exports(findings, "", tables.FINDINGS)
add_exports(checklists, "", tables.CHECKLISTS)

router = APIRouter()
for part in (inspections, findings, checklists):
    router.include_router(part)
