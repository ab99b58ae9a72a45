"""The directory of units: the list, one unit with its names and pairs, and keeping it."""

from typing import Any

from fastapi import Response

from app.core.errors import Problem
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.units import operations, queries
from app.units.models import (
    KIND_LABELS,
    OFFICES,
    SCHOOLS,
    STAGE_LABELS,
    AliasCreate,
    LiaisonCreate,
    Ownership,
    UnitCreate,
    UnitKind,
    UnitPatch,
)
from web.page import RETURNABLE, Page, PageContext, Typed, page_router, parse

router = page_router()
OWNERSHIP_LABELS = {Ownership.PUBLIC: "公办", Ownership.PRIVATE: "民办"}
WORDS: dict[str, Any] = {"kinds": KIND_LABELS, "stages": STAGE_LABELS, "ownerships": OWNERSHIP_LABELS}
LABELS = {
    "code": "编码",
    "name": "名称",
    "kind": "类别",
    "stages": "学段",
    "parent_id": "上级单位",
    "school_code": "学校标识码",
    "credit_code": "统一社会信用代码",
    "valid_from": "启用日期",
    "valid_to": "停用日期",
    "host_ids": "所在单位",
}
NEW_KINDS = {kind: label for kind, label in KIND_LABELS.items() if kind != UnitKind.BUREAU}


def _row(see: Reader, row: Any) -> dict[str, Any]:
    return queries.present(see, row) | {"parent_name": row.parent_name}


@router.get("/units")
async def list_units(page: Page) -> Response:
    listed = await page.listed(queries.LIST, _row)
    return await page.render(
        "units/list.html",
        page_title="单位与分组",
        units=listed.rows,
        next=listed.next,
        params=Typed(listed.params),
        may_create=page.actor.has(Role.SYSADMIN),
        **WORDS,
    )


@router.get("/units/new")
async def new_unit(page: Page) -> Response:
    require(page.actor, Role.SYSADMIN)
    return await show_form(page)


async def show_form(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    units = await page.read(queries.choices)
    return await page.render(
        "units/new.html",
        page_title="新建单位",
        problem=problem,
        typed=typed or {},
        units=units,
        labels=LABELS,
        **WORDS | {"kinds": NEW_KINDS},
    )


@router.post("/units")
@performs(operations.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        unit_id = await page.run(operations.create, parse(UnitCreate, typed))
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show_form(page, problem, typed)
    return page.after(f"/units/{unit_id}", "已建立。请为它的人员授权。")


@router.get("/units/{id}")
async def read(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        units = queries.choices(see)
        pairs = {
            side: [
                queries.present_liaison(see, row)
                for row in queries.LIAISON_LIST.page(see, queries.LIAISON_LIST.asked({side: str(id)}))[0]
            ]
            for side in ("office_id", "school_id")
        }
        return {
            "unit": queries.one(see, id),
            "units": units,
            "names": {unit_id: name for unit_id, name, _ in units},
            "pairs": pairs["office_id"] + pairs["school_id"],
        }

    return await page.render(
        "units/one.html",
        page_title="单位",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        may_curate=page.actor.has(Role.SUPERVISOR),
        **WORDS,
        **await page.read(query),
    )


@router.post("/units/{id}")
@performs(operations.edit)
async def edit(page: Page, id: int) -> Response:
    typed = await page.form()
    version = str(typed.pop("version", ""))
    typed.setdefault("stages", [])
    try:
        given = parse(UnitPatch, typed)
        await page.run(operations.edit, id, given, int(version) if version.isdigit() else 0)
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show(page, id, problem, typed)
    return page.after(f"/units/{id}", "已保存。")


# Names


@router.post("/units/{id}/aliases")
@performs(operations.create_alias)
async def create_alias(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.create_alias, parse(AliasCreate, {"name": typed["name"], "unit_id": str(id)}))
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show(page, id, problem, typed)
    return page.after(f"/units/{id}", "已记为别名，以后的方案会自动识别。")


@router.post("/unit-aliases/{id}/delete")
@performs(operations.delete_alias)
async def delete_alias(page: Page, id: int) -> Response:
    typed = await page.form()
    await page.run(operations.delete_alias, id)
    return page.after(str(typed["back"] or "/units"), "别名已删除。")


# Pairs


@router.get("/liaisons")
async def list_liaisons(page: Page) -> Response:
    return await show_liaisons(page)


async def show_liaisons(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    listed = await page.listed(queries.LIAISON_LIST, queries.present_liaison)
    return await page.render(
        "units/liaisons.html",
        page_title="包联关系",
        problem=problem,
        typed=typed or {},
        pairs=listed.rows,
        next=listed.next,
        params=Typed(listed.params),
        offices=await page.read(queries.choices, *OFFICES),
        schools=await page.read(queries.choices, *SCHOOLS),
        may_curate=page.actor.has(Role.SUPERVISOR),
    )


@router.post("/liaisons")
@performs(operations.create_liaison)
async def create_liaison(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.create_liaison, parse(LiaisonCreate, typed))
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show_liaisons(page, problem, typed)
    return page.after("/liaisons", "已结对包联。")


@router.post("/liaisons/{id}/end")
@performs(operations.end_liaison)
async def end_liaison(page: Page, id: int) -> Response:
    typed = await page.form()
    await page.run(operations.end_liaison, id)
    return page.after(str(typed["back"] or "/liaisons"), "包联已结束，历史保留。")
