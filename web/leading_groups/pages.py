"""Pages of leading groups: the list, the schools that have none, forming one, changing and dissolving it."""

import re
from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible_for_units
from app.appointments.rules import KEEPERS
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import require
from app.leading_groups import operations as ops
from app.leading_groups import queries, tables
from app.leading_groups.models import Dissolve, LeadingGroupCreate, LeadingGroupPatch
from app.units.models import KIND_LABELS, SCHOOLS, UnitKind
from app.units.queries import choices, names, offices
from web.appointments.pages import kept_unit
from web.page import Page, PageContext, Typed, add_edit_page, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/leading-groups", tables.GROUPS)
add_exports(router, "/leading-groups/missing", tables.MISSING)
LABELS = {
    "unit_id": "单位",
    "name": "名称",
    "leader": "组长",
    "deputies": "副组长",
    "members": "成员",
    "office_unit_id": "办公室设在",
    "office_director": "办公室主任",
    "basis": "成立文件",
    "valid_from": "成立日期",
    "since": "调整日期",
    "on": "撤销日期",
}
FIELDS = ("name", "leader", "deputies", "members", "office_unit_id", "office_director", "basis")
USUAL_NAME = "清廉学校建设工作领导小组"
_LISTS = ("deputies", "members")
_BETWEEN = re.compile(r"[、,，;；\n]")


def with_people(typed: dict[str, Any]) -> dict[str, Any]:
    """Names written one after another, as the API takes them."""
    written = {name: _BETWEEN.split(str(typed[name])) for name in _LISTS if name in typed}
    return {**typed, **{name: [each.strip() for each in parts if each.strip()] for name, parts in written.items()}}


@router.get("/leading-groups")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "leading_groups/list.html",
        page_title="领导小组",
        found=found,
        params=Typed(found.params),
        today=today_of(now()).isoformat(),
        missing=await page.read(queries.count_missing),
        may_keep=page.actor.has(*KEEPERS),
    )


@router.get("/leading-groups/missing")
async def missing(page: Page) -> Response:
    found = await page.listed(queries.MISSING, queries.present_missing, with_responsible_for_units)
    return await page.render(
        "leading_groups/missing.html",
        page_title="未成立领导小组的学校（园）",
        found=found,
        params=Typed(found.params),
        missing=await page.read(queries.count_missing),
        kinds={kind.value: KIND_LABELS[kind] for kind in SCHOOLS},
        may_keep=page.actor.has(*KEEPERS),
    )


@router.get("/leading-groups/new")
async def new(page: Page) -> Response:
    require(page.actor, *KEEPERS)
    return await _new(page, {"unit_id": page.params.get("unit_id", "")}, begun=True)


def _offices(see: Reader, unit: tuple[int, str, str]) -> list[tuple[int, str]]:
    """Where the group's office may be: at the unit itself, of the bureau's groups at one of its offices."""
    return [unit[:2], *(offices(see) if unit[2] == UnitKind.BUREAU else [])]


async def _new(
    page: PageContext, typed: dict[str, Any], problem: Problem | None = None, *, begun: bool = False
) -> Response:
    """Begun with whom the unit's duties suggest."""

    def query(see: Reader) -> dict[str, Any]:
        units, unit = kept_unit(see, str(typed.get("unit_id") or ""))
        if unit is None:
            return {"units": units, "unit": None, "typed": typed}
        people = queries.people_of(see, unit[0])
        filled = typed
        if begun:
            suggested = queries.proposed(see, unit[0])
            lists = {name: "、".join(suggested[name]) for name in _LISTS}
            filled = {"name": USUAL_NAME, "leader": suggested["leader"], "office_unit_id": unit[0], **lists}
        return {"units": units, "unit": unit, "offices": _offices(see, unit), "people": people, "typed": filled}

    return await page.render(
        "leading_groups/new.html",
        page_title="成立领导小组",
        problem=problem,
        labels=LABELS,
        **await page.read(query),
    )


@router.post("/leading-groups")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(LeadingGroupCreate, with_people(typed)))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"/leading-groups/{made}", "已登记成立。人员变动时请在这里调整，原来的组成保留。")


@router.get("/leading-groups/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        row = queries.one(see, path_id(id))
        mentioned = {each["content"]["office_unit_id"] for each in row["versions"]} - {None}
        found: dict[str, Any] = {"row": row, "names": names(see, sorted(mentioned))}
        if row["allowed_actions"]:
            unit = next((unit for unit in choices(see) if unit[0] == row["unit_id"]), None)
            known = _offices(see, unit) if unit else []
            there = (row["office_unit_id"], row["office_unit_name"])
            found["offices"] = known if there[0] is None or there in known else [*known, there]
            found["people"] = queries.people_of(see, row["unit_id"])
        return found

    found = await page.read(query)
    held = {name: found["row"][name] for name in FIELDS} | {"since": ""}
    held |= {name: "、".join(held[name]) for name in _LISTS}
    return await page.render(
        "leading_groups/one.html",
        page_title=f"{found['row']['name']} · {found['row']['unit_name']}",
        problem=problem,
        typed={**held, **(typed or {})},
        labels=LABELS,
        step=page.request.url.path.rpartition("/")[2] if problem else "",
        today=today_of(now()).isoformat(),
        **found,
    )


add_edit_page(
    router,
    "/leading-groups/{id}",
    ops.change,
    LeadingGroupPatch,
    show,
    "已调整，原来的组成保留在下面。",
    given=with_people,
)


@router.post("/leading-groups/{id}/dissolve")
@performs(ops.dissolve)
async def dissolve(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.dissolve, path_id(id), parse(Dissolve, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/leading-groups/{id}", "已撤销，记录保留。")
