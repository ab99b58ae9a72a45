"""Pages of liaison visits: the list, recording one, one with what was urged on it, and the list of what was urged."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.core.calendar import now, today_of
from app.core.errors import Forbidden, Mendable, Problem
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.inspections import found
from app.inspections import queries as inspections
from app.inspections.rules import PLANNERS
from app.liaison_visits import operations as ops
from app.liaison_visits import queries, tables
from app.liaison_visits.models import MatterCreate, VisitCreate, VisitPatch
from app.liaison_visits.rules import MATTER_WORKFLOW, WORKFLOW
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units import queries as units
from web.liaison_visits.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
HOME, MATTERS = "/liaison-visits", "/liaison-matters"
FAILED = {
    "confirm": "没有确认",
    "comment": "没有提出意见",
    "resubmit": "没有再送确认",
    "void": "没有作废",
    "urge": "没有提出督促事项",
    "answer": "没有答复",
    "close": "没有办结",
    "send-back": "没有退回",
    "cancel": "没有撤回",
}
add_exports(router, HOME, tables.VISITS)
add_exports(router, MATTERS, tables.MATTERS)
add_sheet(router, HOME, tables.VISITS, HOME)
add_sheet(router, MATTERS, tables.MATTERS, MATTERS)


@router.get(HOME)
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, with_responsible)
    return await page.render(
        "liaison_visits/list.html",
        block="rows",
        page_title="包联走访",
        found=found,
        params=Typed(found.params),
        may_visit=page.actor.has(Role.OFFICE),
        **WORDS,
    )


@router.get(MATTERS)
async def list_matters(page: Page) -> Response:
    found = await page.listed(queries.MATTER_LIST, queries.present_matter, queries.with_answering)
    return await page.render(
        "liaison_visits/matters.html",
        block="rows",
        page_title="督促事项",
        found=found,
        params=Typed(found.params),
        **WORDS,
    )


# Recording one


@router.get(HOME + "/new")
async def new(page: Page) -> Response:
    require(page.actor, Role.OFFICE)
    return await _new(page, {"liaison_id": page.params.get("liaison_id", "")})


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    return await page.render(
        "liaison_visits/new.html",
        page_title="记录走访",
        problem=problem,
        typed=typed,
        labels=LABELS,
        pairs=await page.read(_own_pairs),
        today=today_of(now()).isoformat(),
        **WORDS,
    )


def _own_pairs(see: Reader) -> list[tuple[int, str]]:
    """The pairs of the actor's offices, those that ended too: a visit may be recorded late."""
    found = []
    for office_id in sorted(see.actor.offices):
        asked = units.LIAISON_LIST.asked({"office_id": str(office_id), "limit": "200"})
        for row in units.LIAISON_LIST.page(see, asked)[0]:
            ended = f"（至 {row.valid_to}）" if row.valid_to else ""
            found.append((row.id, f"{row.school_name} · {row.office_name}{ended}"))
    return found


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(VisitCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"{HOME}/{made}", "已记录，由学校确认。可上传资料、提出督促事项。")


# One


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, visit_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, visit_id)
    asked = {"liaison_visit_id": str(visit_id), "limit": "200"}
    led = inspections.LIST.page(see, inspections.LIST.asked(asked))[0]
    rows = found.FINDINGS.page(see, found.FINDINGS.asked(asked))[0] if led else []
    return {
        "row": row,
        "timeline": told,
        "led": [inspections.present(see, each) for each in led],
        "found": [found.present_finding(see, each) for each in rows],
        "may_inspect": see.actor.has(Role.OFFICE, *PLANNERS),
    }


async def show(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    matter_id: int | None = None,
) -> Response:
    """``matter_id``: of what was urged, that which the problem is about."""
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "liaison_visits/one.html",
        page_title=f"{gathered['row']['school_name']}走访",
        problem=problem,
        typed=typed or {},
        matter_id=matter_id,
        step=step,
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        today=today_of(now()).isoformat(),
        **gathered,
        **WORDS,
    )


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这次走访现在不能由您修改")
    return await page.render(
        "liaison_visits/edit.html",
        page_title="修改走访记录",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        labels=LABELS,
        today=today_of(now()).isoformat(),
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}/edit", ops.edit, VisitPatch, _edit_page, home=HOME + "/{id}")
add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    HOME + "/{id}",
    show,
    {
        "confirm": "已确认。",
        "comment": "已提出意见，由包联股室核实后再送确认。",
        "resubmit": "已再送学校确认。",
        "void": "已作废，不再计入走访次数。",
    },
)


# What was urged


@router.post(HOME + "/{id}/urge")
@performs(ops.urge)
async def urge(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.urge, path_id(id), parse(MatterCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已提出，由学校在时限内答复。")


async def show_matter(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    """On the page of its visit."""
    matter = await page.read(queries.one_matter, path_id(id))
    return await show(page, matter["liaison_visit_id"], problem, typed, matter["id"])


@router.get(MATTERS + "/{id}")
async def one_matter(page: Page, id: int) -> Response:
    return await show_matter(page, id)


add_step_pages(
    router,
    MATTER_WORKFLOW,
    ops.MATTER_STEPS,
    MATTERS + "/{id}",
    show_matter,
    {
        "answer": "已答复，由包联股室办结或退回。",
        "close": "已办结。",
        "send_back": "已退回，由学校重新答复。",
        "cancel": "已撤回。",
    },
)
