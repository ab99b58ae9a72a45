"""The directory of units: the list, one unit with its names and pairs, and keeping it."""

from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.core.params import parse_id
from app.core.policy import ROLE_LABELS, Role, require
from app.documents.drafting import NEVER_ADDRESSED
from app.identity import queries as identity
from app.units import operations, queries, tables
from app.units.models import (
    DUTY_LABELS,
    KIND_LABELS,
    OFFICES,
    OWNERSHIP_LABELS,
    SCHOOLS,
    STAGE_LABELS,
    AliasCreate,
    LiaisonCreate,
    UnitCreate,
    UnitKind,
    UnitPatch,
)
from app.units.succession_models import SuccessionKind
from web.page import Page, PageContext, Typed, add_edit_page, note_of, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/units", tables.UNITS)
add_exports(router, "/liaisons", tables.LIAISONS)
WORDS: dict[str, Any] = {
    "kinds": KIND_LABELS,
    "stages": STAGE_LABELS,
    "ownerships": OWNERSHIP_LABELS,
    "duties": DUTY_LABELS,
    "role_labels": ROLE_LABELS,
}
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
    "duty": "专项职责",
    "answering_unit_id": "代管股室",
    "host_ids": "所在单位",
    "effective_on": "生效日期",
    "reason": "依据、原因",
}
NEW_KINDS = {kind: label for kind, label in KIND_LABELS.items() if kind != UnitKind.BUREAU}
HOSTS = (*OFFICES, UnitKind.DISCIPLINE_TEAM, *SCHOOLS)
Choice = tuple[int, str]


@router.get("/units")
async def list_units(page: Page) -> Response:
    """The whole directory as a tree; filtered, a plain list."""
    params = Typed((name, value) for name, value in page.request.query_params.items() if value)
    if set(params) <= {"after"}:
        after = parse_id("after", params["after"]) if params["after"] else None
        found = await page.read(queries.tree, after)
        last = found["first"] + len(found["data"]) - 1
        words = f"第 {found['first']}—{last} 个，共 {found['total']} 个"
        units, following = found["data"], params | {"after": found["next"]} if found["next"] else None
    else:
        listed = await page.listed(queries.LIST, queries.present_row)
        words = "按建立先后"
        units, following = listed.rows, listed.params | {"cursor": listed.next} if listed.next else None
    return await page.render(
        "units/list.html",
        page_title="单位与分组",
        units=units,
        words=words,
        next=f"/units?{urlencode(following)}" if following else None,
        params=params,
        may_create=page.actor.has(Role.SYSADMIN),
        **WORDS,
    )


def by_kind(units: list[tuple[int, str, str]], *kinds: UnitKind) -> list[tuple[str, list[Choice]]]:
    """Units for a form, folded by kind: (kind, [(id, name)]), those of ``kinds`` alone where named."""
    grouped: dict[str, list[Choice]] = {}
    for unit_id, name, kind in units:
        if not kinds or kind in kinds:
            grouped.setdefault(kind, []).append((unit_id, name))
    return list(grouped.items())


def for_form(units: list[tuple[int, str, str]]) -> dict[str, Any]:
    """What the fields of a unit choose from."""
    above = [(unit_id, name) for unit_id, name, kind in units if kind in (*OFFICES, *SCHOOLS)]
    offices = [(unit_id, name) for unit_id, name, kind in units if kind in OFFICES]
    return {"parents": above, "offices": offices, "by_kind": by_kind(units, *HOSTS)}


@router.get("/units/new")
async def new_unit(page: Page) -> Response:
    require(page.actor, Role.SYSADMIN)
    return await show_form(page)


async def show_form(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    return await page.render(
        "units/new.html",
        page_title="新建单位",
        problem=problem,
        typed=typed or {},
        new_kinds=NEW_KINDS,
        labels=LABELS,
        **for_form(await page.read(queries.choices)),
        **WORDS,
    )


@router.post("/units")
@performs(operations.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        unit_id = await page.run(operations.create, parse(UnitCreate, typed))
    except Mendable as problem:
        return await show_form(page, problem, typed)
    return page.after(f"/units/{unit_id}", "已建立。请新建它的用户并授权。")


@router.get("/units/{id}")
async def read(page: Page, id: int) -> Response:
    return await show(page, id)


def _gone(unit: dict[str, Any]) -> bool:
    """Merged or closed, and its grants with it."""
    return any(each["unit_id"] == unit["id"] and each["kind"] != SuccessionKind.RENAMED for each in unit["history"])


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        unit = queries.one(see, id)
        around = queries.around(see, id)
        near = [*around["beneath"], *around["hosted"], *unit["host_ids"], unit["parent_id"], unit["answering_unit_id"]]
        near += [each[name] for each in unit["history"] for name in ("unit_id", "successor_id")]
        return {
            "unit": unit,
            "ended": unit["valid_to"] is not None and unit["valid_to"] < see.today,
            "around": around,
            "names": queries.names(see, [unit_id for unit_id in near if unit_id]),
            "pairs": queries.pairs_of(see, id),
            "to_grant_anew": identity.ended_with(see, id, unit["valid_to"]) if _gone(unit) else [],
            **(for_form(queries.choices(see)) if "edit" in unit["allowed_actions"] else {}),
        }

    found = await page.read(query)
    return await page.render(
        "units/one.html",
        page_title=found["unit"]["name"],
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        may_curate=page.actor.has(Role.SUPERVISOR),
        may_draft=page.actor.has(Role.SUPERVISOR) and found["unit"]["kind"] not in NEVER_ADDRESSED,
        **WORDS,
        **found,
    )


add_edit_page(router, "/units/{id}", operations.edit, UnitPatch, show, given=lambda typed: {"stages": [], **typed})


# Names


@router.post("/units/{id}/aliases")
@performs(operations.create_alias)
async def create_alias(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.create_alias, parse(AliasCreate, {"name": typed["name"], "unit_id": str(id)}))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/units/{id}", "已记为别名，以后的方案会自动识别。")


@router.post("/unit-aliases/{id}/delete")
@performs(operations.delete_alias)
async def delete_alias(page: Page, id: int) -> Response:
    typed = await page.form()
    await page.run(operations.delete_alias, id)
    return page.after(str(typed["back"] or "/units"), "别名已删除，以后的方案不再按它识别。")


# Pairs


@router.get("/liaisons")
async def list_liaisons(page: Page) -> Response:
    return await show_liaisons(page)


async def show_liaisons(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    listed = await page.listed(queries.LIAISON_LIST, queries.present_liaison)
    units = await page.read(queries.choices)
    return await page.render(
        "units/liaisons.html",
        page_title="包联关系",
        problem=problem,
        typed=typed or {},
        pairs=listed.rows,
        next=listed.next,
        params=Typed(listed.params),
        offices=[(unit_id, name) for unit_id, name, kind in units if kind in OFFICES],
        schools=[(unit_id, name) for unit_id, name, kind in units if kind in SCHOOLS],
        today=today_of(now()).isoformat(),
        may_curate=page.actor.has(Role.SUPERVISOR),
    )


@router.post("/liaisons")
@performs(operations.create_liaison)
async def create_liaison(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.create_liaison, parse(LiaisonCreate, typed))
    except Mendable as problem:
        return await show_liaisons(page, problem, typed)
    return page.after("/liaisons", "已结对包联，包联单位可以查看并督促这所学校（园）。")


@router.post("/liaisons/{id}/end")
@performs(operations.end_liaison)
async def end_liaison(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.end_liaison, id, note_of(typed))
    except Mendable as problem:
        return await show_liaisons(page, problem)
    return page.after(str(typed["back"] or "/liaisons"), "包联已结束，历史保留。")
