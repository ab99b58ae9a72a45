"""The step of the names: groups by rule, and how plans write the name of a unit or a group."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.setup import operations, queries
from app.setup.models import Step
from app.units import queries as units
from app.units.models import AliasCreate, GroupCreate
from web.page import Page, PageContext, Typed, page_router, parse
from web.setup.guide import place_of, show
from web.units.group_pages import WORDS, choices_for, group_given

router = page_router()
HERE = place_of(Step.NAMES)
LABELS = {"name": "名称", "rule": "规则", "alias": "写法", "meant": "指的是", "under_unit_id": "隶属于"}
UNIT, GROUP = "unit", "group"


@router.get(HERE)
async def read_names(page: Page) -> Response:
    return await show_names(page)


async def show_names(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    adds = "add" in page.params or (problem is not None and "alias" not in (typed or {}))
    cursor = {"cursor": page.params["cursor"]} if "cursor" in page.params else {}

    def look(see: Reader) -> dict[str, Any]:
        groups, known = queries.groups(see), units.choices(see)
        rows, following = units.ALIAS_LIST.page(see, units.ALIAS_LIST.asked(cursor))
        aliases = [units.present_alias(see, row) for row in rows]
        titles = units.names(see, [alias["unit_id"] for alias in aliases if alias["unit_id"]])
        titles_of_groups = {group["id"]: group["name"] for group in groups}
        for alias in aliases:
            alias["of"] = titles.get(alias["unit_id"]) or titles_of_groups.get(alias["unit_group_id"], "")
        meant = [(f"{GROUP}-{group['id']}", group["name"]) for group in groups]
        meant += [(f"{UNIT}-{unit_id}", name) for unit_id, name, _ in known]
        return {"groups": groups, "aliases": aliases, "next": following, "meant": meant, **choices_for(known)}

    return await show(page, Step.NAMES, problem, typed, look, adds=adds, cursor=cursor, labels=LABELS, **WORDS)


@router.post("/setup/unit-aliases")
@performs(operations.create_alias)
async def create_alias(page: Page) -> Response:
    typed = await page.form()
    try:
        given = _alias(typed)
        await page.run(operations.create_alias, given)
    except Mendable as problem:
        fields = {"/name": "/alias", "/unit_id": "/meant", "/unit_group_id": "/meant"}
        problem.errors = tuple(each._replace(pointer=fields.get(each.pointer, each.pointer)) for each in problem.errors)
        return await show_names(page, problem, typed)
    return page.after(HERE, f"“{given.name}”已记为别名，以后的方案会自动识别。")


def _alias(typed: Typed) -> AliasCreate:
    """One list offers units and groups; a name stands for one of them."""
    kind, _, of = str(typed["meant"]).partition("-")
    target = {UNIT: "unit_id", GROUP: "unit_group_id"}.get(kind)
    return parse(AliasCreate, {"name": typed["alias"]} | ({target: of} if target else {}))


@router.post("/setup/unit-aliases/{id}/delete")
@performs(operations.delete_alias)
async def delete_alias(page: Page, id: int) -> Response:
    await page.form()
    await page.run(operations.delete_alias, id)
    return page.after(HERE, "别名已删除，以后的方案不再按它识别。")


@router.post("/setup/unit-groups")
@performs(operations.create_group)
async def create_group(page: Page) -> Response:
    typed = await page.form()
    try:
        given = parse(GroupCreate, group_given(typed))
        await page.run(operations.create_group, given)
    except Mendable as problem:
        return await show_names(page, problem, typed)
    return page.after(HERE, f"单位组“{given.name}”已建立，以后的方案会按规则展开。")
