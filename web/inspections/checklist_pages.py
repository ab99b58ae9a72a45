"""Pages of checklists: all editions, one, and a new one written line by line."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem, invalid
from app.core.http import path_id
from app.core.operation import performs
from app.core.policy import require
from app.inspections import operations as ops
from app.inspections import queries, tables
from app.inspections.checklist_models import ChecklistCreate
from app.inspections.rules import PLANNERS
from web.inspections.words import LABELS
from web.page import Page, PageContext, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/checklists", tables.CHECKLISTS)
FORMAT = "每行一项：领域 | 检查内容 | 分值 | 依据（可不填）"


@router.get("/checklists")
async def list_(page: Page) -> Response:
    listed = await page.listed(queries.CHECKLISTS, queries.present_checklist)
    may_create = page.actor.has(*PLANNERS)
    return await page.render("inspections/checklists.html", page_title="检查表", listed=listed, may_create=may_create)


@router.get("/checklists/new")
async def new(page: Page) -> Response:
    """An empty form, or that of ``?from=7`` to make its next edition."""
    require(page.actor, *PLANNERS)
    typed: dict[str, Any] = {}
    origin = page.request.query_params.get("from", "")
    if origin.isascii() and origin.isdigit() and len(origin) < 16:
        old = await page.read(queries.one_checklist, path_id(int(origin)))
        lines = [" | ".join([p["area"], p["text"], str(p["score"]), p["basis"] or ""]) for p in old["points"]]
        typed = {"title": old["title"], "points": "\n".join(line.removesuffix(" | ") for line in lines)}
    return await _form(page, typed)


async def _form(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    return await page.render(
        "inspections/checklist_new.html",
        page_title="新建检查表",
        problem=problem,
        typed=typed,
        labels=LABELS,
        format=FORMAT,
    )


@router.post("/checklists")
@performs(ops.create_checklist)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        given = parse(ChecklistCreate, {"title": typed.get("title", ""), "points": _points(typed.get("points", ""))})
        made = await page.run(ops.create_checklist, given)
    except Mendable as problem:
        return await _form(page, typed, problem)
    return page.after(f"/checklists/{made}", "已保存。新建督查时可以选用。")


def _points(text: str) -> list[dict[str, Any]]:
    points = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.replace("｜", "|").split("|")]
        score = parts[2] if len(parts) > 2 else ""
        if not 3 <= len(parts) <= 4 or not all(parts[:3]) or not (score.isascii() and score.isdigit()):
            raise invalid("points", f"第 {number} 行不完整，请按“领域 | 检查内容 | 分值 | 依据”填写")
        basis = {"basis": parts[3]} if len(parts) == 4 and parts[3] else {}
        points.append({"area": parts[0], "text": parts[1], "score": int(score[:9]), **basis})
    if not points:
        raise invalid("points", "请至少写一项检查内容")
    return points


@router.get("/checklists/{id}")
async def one(page: Page, id: int) -> Response:
    row = await page.read(queries.one_checklist, path_id(id))
    return await page.render("inspections/checklist.html", page_title=row["title"], row=row)
