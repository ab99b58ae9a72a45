"""任务台账: the ledger in two views with its bulk steps. One row: ``one``; dispatch: ``dispatching``; search."""

from itertools import groupby
from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.assignments import ledger, queries, tables
from app.assignments import operations as ops
from app.assignments.rules import WORKFLOW
from app.core.operation import Reader
from app.core.paging import Asked
from app.core.params import parse_choice
from app.core.policy import DISTRICT_WIDE, Role
from app.units import queries as units
from app.units.models import OFFICES
from web.assignments import activities, dispatching, extending, one, searching
from web.assignments.words import WORDS
from web.page import Listed, Page, PageContext, add_bulk_page, offered, page_router
from web.tables import add_exports, add_sheet

router = page_router()
add_exports(router, "/assignments", tables.ROWS)
add_sheet(router, "/assignments", tables.ROWS, "/assignments", lambda _: {"view": "unit"})
add_exports(router, "/plans/{id}/ledger", tables.TASKS)
add_sheet(router, "/plans/{id}/ledger", tables.TASKS, "/assignments", lambda plan: {"view": "item", "plan_id": plan})
MOST_UNITS = 300
"""Above it the choice of a unit holds the offices alone; schools are found by name."""
CHIPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("all", "全部", {}),
    ("red", "逾期", {"lamp": "red"}),
    ("amber", "三日内", {"lamp": "amber"}),
    ("pending", "待签收", {"state": "pending"}),
    ("in_progress", "办理中", {"state": "in_progress"}),
    ("submitted", "待审核", {"state": "submitted"}),
    ("completed", "办结", {"state": "completed"}),
    ("declined", "退签", {"state": "declined"}),
    ("awaits_decision", "待处置", {"awaits_decision": "true"}),
    ("own", "本单位", {"own": "true"}),
)
SELDOM = {"declined", "awaits_decision", "own"}
"""Chips that are there only while they have rows."""


@router.get("/assignments")
async def list_(page: Page) -> Response:
    return await _ledger(page)


async def _ledger(page: PageContext, **more: Any) -> Response:
    params = page.params
    view = params.pop("view", "") or _usual_view(page, params)
    parse_choice(["item", "unit"])("view", view)
    choice = await page.read(ledger.plans)
    if view == "item" and choice:
        shown = {"plan_id": str(choice[0]["id"]), **{k: v for k, v in params.items() if k not in ("cursor", "sort")}}
        context = await _by_item(page, shown)
    else:
        view, shown = "unit", params
        context = await _by_unit(page, params)
    plan = next((entry for entry in choice if str(entry["id"]) == shown.get("plan_id")), None)
    return await page.render(
        "assignments/list.html",
        block="rows",
        page_title="任务台账",
        view=view,
        params=shown,
        plans=choice,
        plan_choice=[(entry["id"], entry["title"]) for entry in choice],
        plan=plan,
        units=await page.read(_units_to_choose),
        **{**WORDS, **context, **more},
    )


def _usual_view(page: PageContext, params: dict[str, str]) -> str:
    """By item for those who look over many units; any filter but the plan and the lamp asks for rows."""
    looks_over = page.actor.has(*DISTRICT_WIDE, Role.OFFICE)
    return "item" if looks_over and not params.keys() - {"plan_id", "q"} else "unit"


async def _by_unit(page: PageContext, params: dict[str, str]) -> dict[str, Any]:
    asked = queries.LIST.asked(params)
    found = await page.read(_rows, asked, params)
    counts = await page.read(ledger.tallies, asked)
    base = {name: value for name, value in params.items() if name not in (*ledger.SAVED, "cursor")}
    chips = [
        (
            label,
            {**base, **filters},
            all(params.get(k) == v for k, v in filters.items()) if filters else None,
            counts[n],
        )
        for n, label, filters in CHIPS
        if counts[n] or n not in SELDOM
    ]
    plain = not any(name in params for name in ledger.SAVED)
    return {
        "found": found,
        "chips": [(label, query, plain if current is None else current, n) for label, query, current, n in chips],
        "total": _total(params, counts),
        "bulk": offered(WORKFLOW, ops.BULK, found.rows),
        "narrowed": params.keys() - {"plan_id", "sort", "cursor"},
    }


def _rows(see: Reader, asked: Asked, params: dict[str, str]) -> Listed:
    rows, following = queries.LIST.page(see, asked)
    shown = [queries.present(see, row) for row in rows]
    with_responsible(see, shown)
    return Listed(shown, following, None, params)


def _total(params: dict[str, str], counts: dict[str, int]) -> int | None:
    """The whole number, where a saved filter is all there is beside the others."""
    chosen = {name: params[name] for name in ledger.SAVED if name in params}
    return next((counts[name] for name, _, filters in CHIPS if filters == chosen), None)


async def _by_item(page: PageContext, params: dict[str, str]) -> dict[str, Any]:
    items = await page.read(ledger.by_item, queries.LIST.asked(params))
    kept = {"lamp", "state"} & params.keys()
    base = {name: value for name, value in params.items() if name not in ledger.SAVED} | {"view": "item"}
    saved = [chip for chip in CHIPS if not chip[2] or chip[2].keys() <= {"lamp", "state"}]
    chips = [
        (
            label,
            {**base, **filters},
            all(params.get(k) == v for k, v in filters.items()) if filters else not kept,
            len(ledger.matching(items, **_several(filters))),
        )
        for name, label, filters in saved
        if name not in SELDOM
    ]
    chosen = {name: params[name] for name in kept}
    shown = ledger.matching(items, **_several(chosen))
    areas = [(title, list(rows)) for title, rows in groupby(shown, lambda item: item["area_title"])]
    return {
        "items": shown,
        "areas": areas,
        "chips": chips,
        "total": len(shown),
        "narrowed": params.keys() - {"plan_id"},
    }


def _several(filters: dict[str, str]) -> dict[str, list[str]]:
    return {name: value.split(",") for name, value in filters.items()}


def _units_to_choose(see: Reader) -> list[tuple[int, str]]:
    """(id, name): the district's units for those who look over many, else one's own where several."""
    choices = units.choices(see)
    if see.actor.has(*DISTRICT_WIDE, Role.OFFICE):
        few = len(choices) <= MOST_UNITS
        return [(unit_id, name) for unit_id, name, kind in choices if few or kind in OFFICES]
    mine = [(unit_id, name) for unit_id, name, _ in choices if unit_id in see.actor.units]
    return mine if len(mine) > 1 else []


add_bulk_page(
    router,
    WORKFLOW,
    ops.bulk,
    "/assignments",
    _ledger,
    queries.LIST,
    lambda row: f"{row.item_title}（{row.unit_name}）",
)

for part in (one, extending, dispatching, searching, activities):
    router.include_router(part.router)
