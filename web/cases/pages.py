"""Pages of cases for those who know of them: the list, registering a clue, one with its handlers and notes; what was
circulated, for the district; which office takes part in which category."""

from collections.abc import Callable
from typing import Any

from fastapi import Response

from app.cases import handlers, queries, tables
from app.cases import operations as ops
from app.cases.models import (
    CaseCategory,
    CaseCreate,
    CaseOfficePut,
    CasePatch,
    CaseSource,
    HandlerOf,
    NoteCreate,
    TakeOver,
)
from app.cases.rules import CLUE, HANDLING, UNDER_WAY, WORKFLOW
from app.complaints import queries as complaints
from app.complaints.models import Category
from app.core.errors import Forbidden, Mendable, NotFound, Problem
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.inspections import found
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units import queries as units
from app.units.models import UnitKind
from web.cases.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
HOME, CIRCULARS, TAKING_PART = "/cases", "/case-circulars", "/case-offices"
LEFT_ALONE = f"{HOME}/left-alone"
FROM = ("finding_id", "complaint_id")
CATEGORIES_OF = {
    Category.ETHICS: CaseCategory.ETHICS,
    Category.ADMISSIONS: CaseCategory.ENROLMENT,
    Category.PROCUREMENT: CaseCategory.PROCUREMENT,
}
"""Of complaints, those that are a case's too."""
FAILED = {
    "examine": "没有开始初核",
    "file": "没有立案",
    "conclude": "没有结案",
    "draw-up": "没有起草",
    "close": "没有办成",
    "reopen": "没有重新办理",
    "notes": "没有记录",
    "add-handler": "没有增加",
    "remove-handler": "没有移出",
}
add_exports(router, HOME, tables.CASES)
add_sheet(router, HOME, tables.CASES, HOME)
add_exports(router, LEFT_ALONE, tables.LEFT_ALONE)
add_exports(router, CIRCULARS, tables.CIRCULARS)
add_exports(router, TAKING_PART, tables.OFFICES)


@router.get(HOME)
async def list_(page: Page) -> Response:
    listed = await page.listed(queries.LIST, queries.present, queries.with_handlers)
    return await page.render(
        "cases/list.html",
        block="rows",
        page_title="案件线索",
        found=listed,
        params=Typed(listed.params),
        may_register=page.actor.has(*HANDLING),
        **WORDS,
    )


@router.get(CIRCULARS)
async def list_circulars(page: Page) -> Response:
    listed = await page.listed(queries.CIRCULAR_LIST, queries.present_circular)
    return await page.render(
        "cases/circulars.html",
        block="rows",
        page_title="案件通报",
        found=listed,
        params=Typed(listed.params),
        handles=page.actor.has(*HANDLING),
        **WORDS,
    )


@router.get(CIRCULARS + "/{id}")
async def one_circular(page: Page, id: int) -> Response:
    row = await page.read(queries.one_circular, path_id(id))
    return await page.render("cases/circular.html", page_title="案件通报", row=row, **WORDS)


# Those that nobody can handle any more


@router.get(LEFT_ALONE)
async def list_left_alone(page: Page) -> Response:
    return await show_left_alone(page)


async def show_left_alone(
    page: PageContext, id: int | None = None, problem: Problem | None = None, typed: Any = None
) -> Response:
    """``id``: of the one that the problem is about."""
    listed = await page.listed(handlers.LEFT_ALONE, handlers.present_left_alone)
    return await page.render(
        "cases/left_alone.html",
        page_title="无人承办",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        about=id,
        found=listed,
        params=Typed(listed.params),
        handles=page.actor.has(*HANDLING),
        **WORDS,
    )


@router.post(HOME + "/{id}/take-over")
@performs(ops.take_over)
async def take_over(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.take_over, path_id(id), parse(TakeOver, typed))
    except Mendable as problem:
        return await show_left_alone(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已接手，您是承办人。其他承办人请在下面增加。")


# Registering a clue


@router.get(HOME + "/new")
async def new(page: Page) -> Response:
    require(page.actor, *HANDLING)
    typed = {name: page.params.get(name, "")[:15] for name in FROM}
    return await _new(page, await page.read(_prefilled, typed))


def _prefilled(see: Reader, typed: dict[str, str]) -> dict[str, Any]:
    """What is known already of where it comes from."""
    if typed["finding_id"]:
        return typed | {"source": CaseSource.FINDING.value}
    complaint = _found(see, complaints.one, typed["complaint_id"])
    if complaint is None:
        return {}
    category = CATEGORIES_OF.get(complaint["category"], CaseCategory.OTHER)
    told = {"title": f"信访举报 {complaint['code']}", "text": complaint["text"], "person": complaint["accused"] or ""}
    told |= {"source": CaseSource.COMPLAINT.value, "category": category.value}
    return typed | told | {"unit_id": str(complaint["unit_id"] or "")}


def _found(see: Reader, one: Callable[[Reader, int], dict[str, Any]], number: str) -> dict[str, Any] | None:
    try:
        return one(see, int(number)) if number.isascii() and number.isdigit() else None
    except NotFound:
        return None


def _offered(see: Reader, typed: dict[str, Any]) -> dict[str, Any]:
    finding, complaint = (str(typed.get(name) or "")[:15] for name in FROM)
    come_from = {
        "finding": _found(see, found.one_finding, finding),
        "complaint": _found(see, complaints.one, complaint),
    }
    return {"about": _concerned(see), **come_from}


def _concerned(see: Reader) -> list[tuple[int, str]]:
    """What a case may be about."""
    own = see.actor.units | see.actor.concerned
    return [(each, name) for each, name, kind in units.choices(see) if each not in own and kind != UnitKind.BUREAU]


def _elsewhere(see: Reader, row: dict[str, Any]) -> list[tuple[int, str]]:
    """The same, with the unit that it is about, which may be gone by now."""
    choices = dict(_concerned(see))
    return list(({row["unit_id"]: row["unit_name"]} | choices).items())


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    offered = await page.read(_offered, typed)
    return await page.render(
        "cases/new.html", page_title="登记线索", problem=problem, typed=typed, labels=LABELS, **offered, **WORDS
    )


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(CaseCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"{HOME}/{made}", "已登记，您是第一名承办人。其他承办人请在下面增加。")


# One


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, case_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, case_id)
    known = {each["user_id"] for each in row["handlers"]}
    may = "add_handler" in row["allowed_actions"]
    people = handlers.eligible(see, handlers.about(see, case_id), known) if may else []
    missing = queries.without_office(see.connection, see.actor.district_id)
    unsaid = row["state"] in UNDER_WAY and row["category"] in missing
    return {"row": row, "timeline": told, "people": people, "unsaid": unsaid}


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "cases/one.html",
        page_title=gathered["row"]["title"],
        problem=problem,
        typed=typed or {},
        step=step,
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        **gathered,
        **WORDS,
    )


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这件线索现在不能由您修改")
    return await page.render(
        "cases/edit.html",
        page_title="修改线索",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        about=await page.read(_elsewhere, row) if row["state"] == CLUE else [],
        labels=LABELS,
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}/edit", ops.edit, CasePatch, _edit_page, home=HOME + "/{id}")
add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    HOME + "/{id}",
    show,
    {
        "examine": "已开始初核。",
        "file": "已立案。",
        "conclude": "已结案。可起草不涉及姓名的典型案例通报。",
        "draw_up": "已按结论起草通报，请打开公文核对；写有姓名的句子没有带入。",
        "close": "已注明不予立案。",
        "reopen": "已重新作为线索办理。",
    },
)


async def _act(page: PageContext, id: int, operation: Callable[..., Any], model: type[Any], said: str) -> Response:
    typed = await page.form()
    try:
        await page.run(operation, path_id(id), parse(model, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", said)


@router.post(HOME + "/{id}/notes")
@performs(ops.add_note)
async def add_note(page: Page, id: int) -> Response:
    return await _act(page, id, ops.add_note, NoteCreate, "已记录。")


@router.post(HOME + "/{id}/add-handler")
@performs(ops.add_handler)
async def add_handler(page: Page, id: int) -> Response:
    return await _act(page, id, ops.add_handler, HandlerOf, "已增加承办人。")


@router.post(HOME + "/{id}/remove-handler")
@performs(ops.remove_handler)
async def remove_handler(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        given = parse(HandlerOf, typed)
        await page.run(ops.remove_handler, path_id(id), given)
    except Mendable as problem:
        return await show(page, id, problem, typed)
    home = HOME if given.user_id == page.actor.user_id else f"{HOME}/{id}"
    return page.after(home, "已移出，从现在起看不到这件线索。")


# Which office takes part


@router.get(TAKING_PART)
async def list_offices(page: Page) -> Response:
    return await show_offices(page)


async def show_offices(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    listed = await page.listed(queries.OFFICE_LIST, queries.present_office)
    may_set = page.actor.has(Role.SUPERVISOR)
    return await page.render(
        "cases/offices.html",
        page_title="承办股室",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        named={row["category"]: row["office_name"] for row in listed.rows},
        may_set=may_set,
        handles=page.actor.has(*HANDLING),
        offices=await page.read(units.offices) if may_set else [],
        **WORDS,
    )


@router.post(TAKING_PART)
@performs(ops.put_office)
async def put_office(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.put_office, parse(CaseOfficePut, typed))
    except Mendable as problem:
        return await show_offices(page, problem, typed)
    return page.after(TAKING_PART, "已设置，这一类案件从现在起须有该股室的人员参加承办。")
