"""Pages of filings: the list, who has filed what, who has not, drawing one up, and one with its files."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible, with_responsible_for_units
from app.core.calendar import now, today_of
from app.core.errors import Forbidden, Mendable, Problem
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.policy import DISTRICT_WIDE, Role, require
from app.filings import matrix, queries, tables
from app.filings import operations as ops
from app.filings.models import YEARLY, FilingCreate, FilingKind, FilingPatch, FilingState
from app.filings.rules import WORKFLOW
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units import queries as units
from app.units.models import KIND_LABELS
from app.units.reviewing import CARRIERS
from web.filings.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_bulk_page, add_edit_page, add_step_pages, offered, page_router, parse
from web.tables import add_exports

router = page_router()
FAILED = {"file": "没有报送成功", "confirm": "没有审核", "send-back": "没有退回成功", "delete": "没有删除"}

add_exports(router, "/filings", tables.FILINGS)
add_exports(router, "/filings/matrix", tables.MATRIX)
add_exports(router, "/filings/missing", tables.MISSING)


@router.get("/filings")
async def list_(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, **told: Any) -> Response:
    found = await page.listed(queries.LIST, queries.present, with_responsible)
    return await page.render(
        "filings/list.html",
        block="rows",
        page_title="备案",
        found=found,
        params=Typed(found.params),
        may_file=page.actor.has(*CARRIERS),
        wide=page.actor.has(*DISTRICT_WIDE, Role.OFFICE),
        bulk=offered(WORKFLOW, ops.BULK, found.rows),
        **WORDS,
        **told,
    )


add_bulk_page(
    router, WORKFLOW, ops.bulk, "/filings", show_list, queries.LIST, lambda row: f"{row.title}（{row.unit_name}）"
)


@router.get("/filings/matrix")
async def table(page: Page) -> Response:
    found = await page.read(matrix.matrix, page.params)
    return await page.render(
        "filings/matrix.html",
        page_title="备案情况",
        found=found,
        params=Typed(page.params),
        mine=page.actor.units,
        may_ask=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


@router.get("/filings/missing")
async def missing(page: Page) -> Response:
    found = await page.listed(matrix.MISSING, matrix.present_missing, with_responsible_for_units)
    kind = found.params.get("kind", FilingKind.CHARTER.value)
    return await page.render(
        "filings/missing.html",
        page_title="未备案单位",
        found=found,
        params=Typed(found.params),
        kind=kind,
        year=found.params.get("year") or today_of(now()).year,
        mine=page.actor.units,
        unit_kinds=KIND_LABELS,
        **WORDS,
    )


# Drawing one up


@router.get("/filings/new")
async def new(page: Page) -> Response:
    require(page.actor, *CARRIERS)
    return await _new(page, {name: page.params.get(name, "") for name in ("unit_id", "kind", "year")})


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    choices = await page.read(units.choices)
    return await page.render(
        "filings/new.html",
        page_title="新建备案",
        problem=problem,
        typed=typed,
        labels=LABELS,
        offered=[(unit_id, name) for unit_id, name, kind in choices if unit_id in page.actor.units],
        today=today_of(now()).isoformat(),
        **WORDS,
    )


@router.post("/filings")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(FilingCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"/filings/{made}", "已新建草稿。请上传文件，然后报送备案。")


# One


@router.get("/filings/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, filing_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, filing_id)
    return {"row": row, "timeline": told}


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "filings/one.html",
        page_title=gathered["row"]["title"],
        problem=problem,
        typed=typed or {},
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
        raise Forbidden("这一份现在不能由您修改")
    return await page.render(
        "filings/edit.html",
        page_title=f"修改{row['title']}",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        labels=LABELS,
        today=today_of(now()).isoformat(),
        **WORDS,
    )


add_edit_page(router, "/filings/{id}/edit", ops.edit, FilingPatch, _edit_page, home="/filings/{id}")


@router.post("/filings/{id}/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(ops.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after("/filings", "已删除草稿，上传的文件仍在资料库中。")


def _filed(see: Reader, filing_id: int) -> str:
    """What stood before goes with the first time: what is filed again after it was sent back stood itself."""
    row, told = queries.with_history(see, filing_id)
    first = sum(entry.label == WORKFLOW.transitions["file"].label for entry in told) == 1
    others = [each for each in row["versions"] if row["kind"] not in YEARLY or each["year"] == row["year"]]
    before = first and any(each["state"] == FilingState.SUPERSEDED for each in others)
    return f"已报送备案{'，上一版自动列为被取代' if before else ''}。审核后如被退回，请按意见修改再报。"


add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    "/filings/{id}",
    show,
    {
        "file": _filed,
        "confirm": "已审核通过。",
        "send_back": "已退回，由报送单位修改后再报。",
    },
)
