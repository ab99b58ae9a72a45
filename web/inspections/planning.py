"""The form that plans an inspection: from the list, or from what it is planned for (a campaign, a complaint)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from fastapi import APIRouter, Response

from app.core.errors import FieldError, Invalid, Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.paging import Asked
from app.inspections import liaison, queries
from app.inspections.models import InspectionCreate, Sample
from app.inspections.rules import INSPECTING, NEVER_INSPECTED, PLANNERS
from app.units import queries as units
from web.inspections.words import LABELS, WORDS
from web.page import Page, PageContext, page_router, parse

PLANNED = "已制定计划。到检查当天，请选“开始检查”。"


class Place(NamedTuple):
    """Where the form is sent to and left for; ``hint`` stands above it."""

    home: str = "/inspections"
    action: str = "/inspections"
    crumbs: tuple[tuple[str, str], ...] = (("督查检查", "/inspections"),)
    unit_ids: frozenset[int] | None = None
    """The units that may be inspected for it; None: as the person's own."""
    kind: str = "routine"
    hint: str = ""


def _visit(see: Reader, typed: Any) -> dict[str, Any] | None:
    number = str(typed or "")[:15]
    return liaison.visit_of(see, int(number)) if number.isascii() and number.isdigit() else None


def from_visit(see: Reader, visit_id: str) -> dict[str, Any]:
    """What is known already of the liaison visit that an inspection comes from."""
    visit = _visit(see, visit_id)
    if visit is None:
        return {}
    name = next((name for unit_id, name, _ in units.choices(see) if unit_id == visit["school_id"]), "")
    begun = {"title": f"{name}包联督查", "kind": "liaison", "unit_ids": [visit["school_id"]]}
    return begun | {"liaison_visit_id": visit["id"], "starts_on": visit["visited_on"]}


def _offered(see: Reader, place: Place, typed: dict[str, Any]) -> dict[str, Any]:
    """What the form lets one choose: what it is planned for, else to an office only its paired schools, announced."""
    choices = units.choices(see)
    wide, only = see.actor.has(*PLANNERS), place.unit_ids
    open_to = see.actor.paired if only is None else only
    inspected = [c for c in choices if c[2] not in NEVER_INSPECTED and ((wide and only is None) or c[0] in open_to)]
    checklists, _ = queries.CHECKLISTS.page(see, Asked(sort="id", limit=200))
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for unit_id, name, kind in inspected:
        by_kind.setdefault(kind, []).append((unit_id, name))
    offices = [(unit_id, name) for unit_id, name, kind in choices if kind in INSPECTING]
    return {
        "wide": wide,
        "occasion": only is not None,
        "by_kind": by_kind,
        "offices": offices,
        "own_offices": [entry for entry in offices if entry[0] in see.actor.offices],
        "groups": units.group_choices(see),
        "checklists": [
            (each.id, f"{each.title}（第 {each.edition} 版，{len(each.points)} 项）") for each in checklists
        ],
        "people_options": [
            (person["user_id"], person["name"], person["unit_name"]) for person in (queries.people(see) if wide else [])
        ],
        "today": see.today,
        "visit": _visit(see, typed.get("liaison_visit_id")),
    }


async def plan_page(
    page: PageContext, typed: dict[str, Any], problem: Problem | None = None, place: Place | None = None
) -> Response:
    at = place or Place()
    offered = await page.read(_offered, at, typed)
    return await page.render(
        "inspections/new.html",
        page_title="新建督查",
        problem=problem,
        typed=typed,
        place=at,
        labels=LABELS,
        **offered,
        **WORDS,
    )


def given(typed: dict[str, Any]) -> InspectionCreate:
    """The plan's form: the fields of the way not chosen are left aside."""
    by = typed.get("by") or "hand"
    fields = {name: value for name, value in typed.items() if name in InspectionCreate.model_fields}
    if by == "sample":
        fields.pop("unit_ids", None)
        sample = {name: typed.get(f"sample/{name}", "") for name in Sample.model_fields}
        try:
            fields["sample"] = parse(Sample, sample).model_dump()
        except Invalid as problem:
            errors = [FieldError(f"/sample{error.pointer}", error.detail) for error in problem.errors]
            raise Invalid(problem.detail, errors=errors) from None
    return parse(InspectionCreate, fields)


def planning(noun: str, operation: Callable[..., Any], place: Callable[[Reader, int], Place]) -> APIRouter:
    """The form at ``/{noun}/{id}/inspect``, and what it sends: the page twin of the API's route of that name."""
    router, at = page_router(), f"/{noun}/{{id}}/inspect"

    @router.get(at, name=f"page_{noun}_plan_form")
    async def form(page: Page, id: int) -> Response:
        found = await page.read(place, path_id(id))
        few = sorted(found.unit_ids or ()) if len(found.unit_ids or ()) == 1 else []
        return await plan_page(page, {"unit_ids": few, "kind": found.kind}, place=found)

    @router.post(at, name=f"page_{noun}_plan")
    @performs(operation)
    async def plan(page: Page, id: int) -> Response:
        typed = await page.form()
        try:
            made = await page.run(operation, path_id(id), given(typed))
        except Mendable as problem:
            return await plan_page(page, typed, problem, await page.read(place, path_id(id)))
        return page.after(f"/inspections/{made}", PLANNED)

    return router
