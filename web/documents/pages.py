"""Pages of official documents: the list, drawing one up, one with its paper, its edit form, how they are numbered."""

from typing import Any

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.paging import Asked
from app.core.policy import DISTRICT_WIDE, Role, require
from app.documents import addressing, queries, series, tables
from app.documents import operations as ops
from app.documents.api import paper_file
from app.documents.drafting import NEVER_ADDRESSED
from app.documents.models import (
    TALKS,
    TO_MANY,
    DocumentCreate,
    DocumentKind,
    DocumentPatch,
    DocumentReceipt,
    DocumentState,
    SeriesPut,
)
from app.documents.rules import WORKFLOW
from app.inspections import queries as inspections
from app.inspections.rules import RELEASED
from app.plans.queries import LIST as PLANS
from app.units import queries as units
from app.units.models import KIND_LABELS
from web.documents.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports
from web.units.pages import by_kind

router = page_router()
FAILED = {
    "refresh": "没有更新数据",
    "submit": "没有送审",
    "withdraw": "没有撤回",
    "approve": "没有批准",
    "send-back": "没有退回",
    "serve": "没有送达",
    "receipt": "没有回执",
    "void": "没有作废",
}

add_exports(router, "/documents", tables.DOCUMENTS)
add_exports(router, "/document-series", tables.SERIES, page="/documents/series")


@router.get("/documents")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, queries.with_counts)
    return await page.render(
        "documents/list.html",
        block="rows",
        page_title="公文",
        found=found,
        params=Typed(found.params),
        wide=page.actor.has(*DISTRICT_WIDE),
        may_draft=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


# Drawing one up


@router.get("/documents/new")
async def draft_form(page: Page) -> Response:
    require(page.actor, Role.SUPERVISOR)
    return await _draft_page(page, dict(page.params))


def _offered(see: Reader) -> dict[str, Any]:
    """Units to write to, released inspections and plans to write about."""
    held, _ = inspections.LIST.page(see, Asked({"state": [RELEASED]}, sort="id", limit=50))
    issued, _ = PLANS.page(see, Asked({"state": ["issued"]}, sort=next(iter(PLANS.sorts)), limit=50))
    return {
        "units": [(unit_id, name) for unit_id, name, kind in units.choices(see) if kind not in NEVER_ADDRESSED],
        "inspections": [(row.id, row.title) for row in held],
        "plans": [(row.id, row.title) for row in issued],
    }


async def _draft_page(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    return await page.render(
        "documents/new.html",
        page_title="起草公文",
        problem=problem,
        typed=typed,
        labels=LABELS,
        **await page.read(_offered),
        **WORDS,
    )


@router.post("/documents")
@performs(ops.create)
async def create(page: Page) -> Response:
    """From the form, or a button beside what it is about, which names that in hidden fields."""
    typed = await page.form()
    try:
        document_id = await page.run(ops.create, parse(DocumentCreate, typed))
    except Mendable as problem:
        if not page.actor.has(Role.SUPERVISOR):
            raise
        return await _draft_page(page, typed, problem)
    return page.after(f"/documents/{document_id}/edit", "已按现有数据起草，请核对、修改后保存，再送局领导审批。")


# How they are numbered


@router.get("/documents/series")
async def series_page(page: Page) -> Response:
    return await _series(page)


async def _series(page: PageContext, typed: dict[str, Any] | None = None, problem: Problem | None = None) -> Response:
    found = await page.read(series.listed)
    return await page.render(
        "documents/series.html",
        page_title="发文字号",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        rows=found["data"],
        may_edit=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


@router.post("/documents/series")
@performs(series.put)
async def put_series(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(series.put, parse(SeriesPut, typed))
    except Mendable as problem:
        if not page.actor.has(*DISTRICT_WIDE):
            raise
        return await _series(page, typed, problem)
    return page.saved("/documents/series")


# One


@router.get("/documents/{id}.docx")
async def docx(page: Page, id: int) -> Response:
    return await paper_file(page, id)


@router.get("/documents/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, document_id: int) -> dict[str, Any]:
    document, paper = queries.printed(see, document_id)
    return {
        "document": document,
        "paper": paper,
        "history": queries.history(see, document_id),
        "gone": _gone(see, document),
        "records": queries.of(see, notice_id=document_id) if document["kind"] == DocumentKind.TALK_NOTICE else [],
    }


def _gone(see: Reader, document: dict[str, Any]) -> list[str]:
    """Before it is served: which of its units are no more, and who takes it for them."""
    if document["served_at"] or document["state"] == DocumentState.VOIDED:
        return []
    return addressing.in_words(see, [*document["unit_ids"], *document["copy_unit_ids"]])


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "documents/one.html",
        page_title=gathered["document"]["title"],
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        step=step if problem else "",
        failed=FAILED.get(step, "没有办成"),
        may_draft=page.actor.has(Role.SUPERVISOR),
        today=today_of(now()),
        **gathered,
        **WORDS,
    )


@router.get("/documents/{id}/print")
async def print_(page: Page, id: int) -> Response:
    """The paper alone, as the browser prints it."""
    _, paper = await page.read(queries.printed, path_id(id))
    return await page.render("documents/print.html", page_title=paper.title, paper=paper, home=f"/documents/{id}")


def _editable(see: Reader, document_id: int) -> dict[str, Any]:
    """The document, and the units to choose from: those it is served to, of circulars; those it is copied to."""
    document = queries.one(see, document_id)
    circular, record = document["kind"] in TO_MANY, document["kind"] == DocumentKind.TALK_RECORD
    choices = units.choices(see)
    served = [] if circular else document["unit_ids"]
    copied = [unit for unit in choices if unit[0] not in (see.actor.district_id, *served)]
    return {
        "document": document,
        "talk": document["kind"] in TALKS,
        "is_record": record,
        "units": by_kind([unit for unit in choices if unit[2] not in NEVER_ADDRESSED]) if circular else [],
        "copied": [] if record else by_kind(copied),
        "kinds": KIND_LABELS,
    }


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    found = await page.read(_editable, path_id(id))
    document = found["document"]
    return await page.render(
        "documents/edit.html",
        page_title=f"修改{WORDS['document_kinds'][document['kind']]}",
        problem=problem,
        typed={**{name: document[name] for name in DocumentPatch.model_fields}, **(typed or {})},
        labels=LABELS,
        **found,
        **WORDS,
    )


add_edit_page(
    router,
    "/documents/{id}/edit",
    ops.edit,
    DocumentPatch,
    _edit_page,
    "已保存。核对无误后，请送审。",
    home="/documents/{id}",
)


@router.post("/documents/{id}/receipt")
@performs(ops.receipt)
async def receipt(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.receipt, path_id(id), parse(DocumentReceipt, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/documents/{id}", "已回执，督查室可以看到。")


add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    "/documents/{id}",
    show,
    {
        "refresh": "数据已更新到现在，手写和改写过的内容没有动，请核对。",
        "submit": "已送审，等待批准；批准或退回前不能修改，送审人可以撤回。",
        "withdraw": "已撤回，可以修改后再送审。",
        "approve": "已批准并编号，正文不再修改，等待送达。",
        "send_back": "已退回起草人修改。",
        "serve": "已送达，收文单位可以看到，等待回执。",
        "void": "已作废，文号不再使用。",
    },
    ops.ON_VERSION,
)
