"""What goes into a box and how its catalogue stands: by rule, by hand, in order, and words about what is missing."""

from typing import Any

from fastapi import Response

from app.boxes import operations as ops
from app.boxes import queries
from app.boxes.models import BoxAdd, BoxExplain, BoxFill, BoxPaper, BoxRemove, CataloguePatch, EntryPatch
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from web.boxes.pages import show
from web.boxes.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, page_router, parse, version_of

router = page_router()
COLUMNS = {
    "entry_ids": "entry_id",
    "plan_item_ids": "plan_item_id",
    "document_numbers": "document_number",
    "evidence_ons": "evidence_on",
    "pages": "pages",
    "copies": "copies",
    "retentions": "retention",
}
"""A column of the form, and the field of a line that it holds."""


CHOSEN_BY = ("kind", "q", "unit_id", "cursor")


def _box_and_items(see: Reader, box_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    box = queries.one(see, box_id)
    return box, queries.items_of(see, box["plan_id"])


# By rule


@router.get("/archive-boxes/{id}/fill")
async def fill_form(page: Page, id: int) -> Response:
    return await _fill_page(page, id)


async def _fill_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    box, items = await page.read(_box_and_items, path_id(id))
    return await page.render(
        "boxes/fill.html",
        page_title="按条件装盒",
        box=box,
        items=[item for item in items if not box["item_ids"] or item["id"] in box["item_ids"]],
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        **WORDS,
    )


@router.post("/archive-boxes/{id}/fill")
@performs(ops.fill)
async def fill(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        count = await page.run(ops.fill, path_id(id), parse(BoxFill, typed))
    except Mendable as problem:
        return await _fill_page(page, id, problem, typed)
    if not count:
        return page.after(f"/archive-boxes/{id}/fill", "没有符合条件、又还没有装盒的资料。请换个条件再试。", "info")
    return page.after(f"/archive-boxes/{id}", f"已放入 {count} 件。请核对目录，补填页数。")


# By hand


@router.get("/archive-boxes/{id}/add")
async def choose(page: Page, id: int) -> Response:
    return await _choose_page(page, id)


async def _choose_page(page: PageContext, id: int, problem: Problem | None = None) -> Response:
    params = page.params
    asked: dict[str, str] = {name: params[name] for name in CHOSEN_BY if name in params}
    box, items = await page.read(_box_and_items, path_id(id))
    asked.setdefault("unit_id", str(box["unit_id"]))
    found = await page.read(queries.candidates, path_id(id), asked)
    wanted = params.get("assignment_id", ""), params.get("kind", "")
    return await page.render(
        "boxes/choose.html",
        page_title="从资料库放入",
        box=box,
        items=items,
        found=found,
        problem=problem,
        labels=LABELS,
        params=Typed(params),
        place=next((gap for gap in box["missing"] if (str(gap["assignment_id"]), str(gap["kind"])) == wanted), None),
        **WORDS,
    )


@router.post("/archive-boxes/{id}/add")
@performs(ops.add)
async def add(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.add, path_id(id), parse(BoxAdd, typed))
    except Mendable as problem:
        return await _choose_page(page, id, problem)
    return page.after(f"/archive-boxes/{id}", "已放入。")


# On paper alone


@router.get("/archive-boxes/{id}/add-paper")
async def paper_form(page: Page, id: int) -> Response:
    chosen: dict[str, Any] = {name: page.params[name] for name in ("assignment_id", "kind") if name in page.params}
    return await _paper_page(page, id, None, chosen)


async def _paper_page(page: PageContext, id: int, problem: Problem | None, typed: dict[str, Any]) -> Response:
    box, items = await page.read(_box_and_items, path_id(id))
    wanted = str(typed.get("assignment_id", "")), str(typed.get("kind", ""))
    return await page.render(
        "boxes/paper.html",
        page_title="登记纸质件",
        box=box,
        items=items,
        place=next((gap for gap in box["missing"] if (str(gap["assignment_id"]), str(gap["kind"])) == wanted), None),
        problem=problem,
        typed=typed,
        labels=LABELS,
        **WORDS,
    )


@router.post("/archive-boxes/{id}/add-paper")
@performs(ops.add_paper)
async def add_paper(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.add_paper, path_id(id), parse(BoxPaper, typed))
    except Mendable as problem:
        return await _paper_page(page, id, problem, typed)
    return page.after(f"/archive-boxes/{id}", "已登记纸质件。")


@router.post("/archive-boxes/{id}/remove")
@performs(ops.remove)
async def remove(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.remove, path_id(id), parse(BoxRemove, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/archive-boxes/{id}", "已取出。资料仍在资料库中。")


@router.post("/archive-boxes/{id}/explain")
@performs(ops.explain)
async def explain(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.explain, path_id(id), parse(BoxExplain, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/archive-boxes/{id}", "已记下不归档的理由。")


# In order


@router.get("/archive-boxes/{id}/catalogue")
async def catalogue(page: Page, id: int) -> Response:
    return await _catalogue_page(page, id)


async def _catalogue_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    box, items = await page.read(_box_and_items, path_id(id))
    return await page.render(
        "boxes/catalogue.html",
        page_title=f"整理目录 {box['number']}",
        box=box,
        items=items,
        lines=_lines(box, typed or {}),
        problem=problem,
        labels=LABELS,
        **WORDS,
    )


def _lines(box: dict[str, Any], typed: dict[str, Any]) -> list[dict[str, Any]]:
    """The catalogue's lines, with what was typed for each that came back."""
    came = {line["entry_id"]: line for line in _rows(typed)}
    shown = []
    for entry in box["entries"]:
        own = None if entry["retention"] == box["retention"] else entry["retention"]
        line = entry | {"position": entry["number"], "retention": own}
        shown.append(line | came.get(str(entry["entry_id"]), {}))
    return shown


def _rows(typed: dict[str, Any]) -> list[dict[str, str]]:
    """The form's columns as lines: as many as there are pieces, whatever else came."""
    names = {**COLUMNS, "positions": "position"}
    columns = {name: each if isinstance(each := typed.get(name, []), list) else [each] for name in names}
    return [
        {field: columns[name][n] if n < len(columns[name]) else "" for name, field in names.items()}
        for n in range(len(columns["entry_ids"]))
    ]


def _place(row: dict[str, str]) -> int:
    text = row["position"].strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


@router.post("/archive-boxes/{id}/catalogue")
@performs(ops.arrange)
async def arrange(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        version = version_of(typed)
        rows = sorted(_rows(typed), key=_place)
        lines = [parse(EntryPatch, {k: v for k, v in row.items() if k != "position"}).model_dump() for row in rows]
        given = parse(CataloguePatch, {"entries": lines})
        await page.run(ops.arrange, path_id(id), given, version)
    except Mendable as problem:
        return await _catalogue_page(page, id, problem, typed)
    return page.saved(f"/archive-boxes/{id}", "目录已整理。")
