"""Groups by rule: the names plans write, and who belongs to each today."""

from typing import Any

from fastapi import Response

from app.core.errors import Problem
from app.core.operation import Reader, performs
from app.core.policy import Role
from app.units import operations, queries
from app.units.models import KIND_LABELS, STAGE_LABELS, GroupCreate, GroupPatch, GroupRule
from web.page import RETURNABLE, Page, PageContext, Typed, page_router, parse
from web.units.pages import OWNERSHIP_LABELS

router = page_router()
WORDS: dict[str, Any] = {"kinds": KIND_LABELS, "stages": STAGE_LABELS, "ownerships": OWNERSHIP_LABELS}


def _given(typed: Typed) -> dict[str, Any]:
    """The form's flat fields as a name and a rule."""
    rule = {key: value for key, value in typed.items() if key not in ("name", "version")}
    return {"name": typed["name"], "rule": parse(GroupRule, rule).model_dump(mode="json")}


@router.get("/unit-groups")
async def list_groups(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    listed = await page.listed(queries.GROUP_LIST, queries.present_group)
    return await page.render(
        "units/groups.html",
        page_title="单位组",
        problem=problem,
        typed=typed or {},
        groups=listed.rows,
        next=listed.next,
        params=Typed(listed.params),
        units=await page.read(queries.choices),
        may_curate=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


@router.post("/unit-groups")
@performs(operations.create_group)
async def create_group(page: Page) -> Response:
    typed = await page.form()
    try:
        group_id = await page.run(operations.create_group, parse(GroupCreate, _given(typed)))
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
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
        return {
            "group": queries.one_group(see, id),
            "units": units,
            "names": {unit_id: name for unit_id, name, _ in units},
            "aliases": aliases,
        }

    return await page.render(
        "units/group.html",
        page_title="单位组",
        problem=problem,
        typed=typed or {},
        **WORDS,
        **await page.read(query),
    )


@router.post("/unit-groups/{id}")
@performs(operations.edit_group)
async def edit_group(page: Page, id: int) -> Response:
    typed = await page.form()
    version = str(typed["version"])
    try:
        given = parse(GroupPatch, _given(typed))
        await page.run(operations.edit_group, id, given, int(version) if version.isdigit() else 0)
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show(page, id, problem, typed)
    return page.after(f"/unit-groups/{id}", "已保存，下次下发按新规则展开。")
