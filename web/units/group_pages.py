"""Groups by rule: the names plans write, and who belongs to each today."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.core.policy import Role
from app.units import operations, queries, tables
from app.units.models import (
    KIND_LABELS,
    OWNERSHIP_LABELS,
    STAGE_LABELS,
    AliasCreate,
    GroupCreate,
    GroupPatch,
    GroupRule,
)
from web.page import Page, PageContext, Typed, add_edit_page, page_router, parse
from web.tables import add_exports
from web.units.pages import by_kind

router = page_router()
add_exports(router, "/unit-groups", tables.GROUPS)
WORDS: dict[str, Any] = {"kinds": KIND_LABELS, "stages": STAGE_LABELS, "ownerships": OWNERSHIP_LABELS}
LABELS = {"name": "名称", "rule": "规则", "alias": "写法", "under_unit_id": "隶属于"}


def group_given(typed: Typed) -> dict[str, Any]:
    """The form's flat fields as a name and a rule."""
    rule = {key: value for key, value in typed.items() if key != "name"}
    return {"name": typed["name"], "rule": parse(GroupRule, rule).model_dump(mode="json")}


def choices_for(units: list[tuple[int, str, str]]) -> dict[str, Any]:
    return {"units": [unit[:2] for unit in units], "by_kind": by_kind(units), "names": {u[0]: u[1] for u in units}}


@router.get("/unit-groups")
async def list_groups(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    listed = await page.listed(queries.GROUP_LIST, queries.present_group, queries.complete_groups)
    return await page.render(
        "units/groups.html",
        page_title="单位组",
        problem=problem,
        typed=typed or {},
        groups=listed.rows,
        next=listed.next,
        params=Typed(listed.params),
        labels=LABELS,
        may_curate=page.actor.has(Role.SUPERVISOR),
        **choices_for(await page.read(queries.choices)),
        **WORDS,
    )


@router.post("/unit-groups")
@performs(operations.create_group)
async def create_group(page: Page) -> Response:
    typed = await page.form()
    try:
        group_id = await page.run(operations.create_group, parse(GroupCreate, group_given(typed)))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(f"/unit-groups/{group_id}", "单位组已建立，以后的方案会按规则展开。")


@router.get("/unit-groups/{id}")
async def read_group(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        units = queries.choices(see)
        asked = queries.ALIAS_LIST.asked({"unit_group_id": str(id), "limit": "200"})
        aliases = [queries.present_alias(see, row) for row in queries.ALIAS_LIST.page(see, asked)[0]]
        group = queries.one_group(see, id)
        belonging = set(group["unit_ids"])
        members = by_kind([unit for unit in units if unit[0] in belonging])
        return {"group": group, "members": members, "aliases": aliases, **choices_for(units)}

    found = await page.read(query)
    return await page.render(
        "units/group.html",
        page_title=found["group"]["name"],
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        may_curate="edit" in found["group"]["allowed_actions"],
        **WORDS,
        **found,
    )


add_edit_page(
    router,
    "/unit-groups/{id}",
    operations.edit_group,
    GroupPatch,
    show,
    "已保存，下次下发按新规则展开。",
    given=group_given,
)


@router.post("/unit-groups/{id}/aliases")
@performs(operations.create_alias)
async def create_alias(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        given = parse(AliasCreate, {"name": typed["alias"], "unit_group_id": str(id)})
        await page.run(operations.create_alias, given)
    except Mendable as problem:
        problem.errors = tuple(error._replace(pointer="/alias") for error in problem.errors)
        return await show(page, id, problem, typed)
    return page.after(f"/unit-groups/{id}", "已记为别名，以后的方案会自动识别。")
