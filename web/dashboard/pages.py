"""The dashboard: tiles, bars, a line, units to sort and turn over, the ranking; each number opens its rows."""

from typing import Any, NamedTuple

from fastapi import Response

from app.core.errors import invalid
from app.core.params import parse_id, parse_number
from app.dashboard import queries, tables
from app.dashboard.figures import PARTS
from app.units.models import KIND_LABELS, OFFICES, SCHOOLS, UnitKind
from web.page import Page, page_router
from web.tables import add_exports, add_sheet

router = page_router()
add_exports(router, "/dashboard/ranking", tables.RANKING)
add_sheet(router, "/dashboard/ranking", tables.RANKING, "/dashboard")
PER_PAGE = 20
BEST, WORST = 4, 3
KINDS: dict[str, tuple[str, tuple[UnitKind, ...]]] = {
    "offices": ("股室和二级单位", (*OFFICES, UnitKind.DISCIPLINE_TEAM)),
    "schools": ("学校（园）", SCHOOLS),
    "party": ("党组织", (UnitKind.PARTY_ORGANIZATION,)),
}
SORTS = {
    "due": ("应办", True),
    "rate": ("办结率", False),
    "soon": ("临期", True),
    "late": ("逾期", True),
    "signed_rate": ("按时签收率", False),
}
"""Columns to sort by, and whether the first press puts the greatest on top."""
SCALES = (15, 30, 45, 60, 75, 90, 100)
PARAMETERS = {"plan_id", "kind", "sort", "page", "ranking"}


class Units(NamedTuple):
    """The units of a page of the table, and what stands around it."""

    rows: list[dict[str, Any]]
    first: int
    total: int
    page: int
    pages: int
    sort: str
    descending: bool


@router.get("/dashboard")
async def dashboard(page: Page) -> Response:
    params = page.params
    for name in params:
        if name not in PARAMETERS:
            raise invalid(name, "没有这个参数，请去掉")
    plan_id = parse_id("plan_id", params["plan_id"]) if "plan_id" in params else None
    found = await page.read(queries.dashboard, plan_id)
    whole = params.get("ranking") == "all" or len(found["ranking"]) <= BEST + WORST + 1
    ranking = found["ranking"]
    return await page.render(
        "dashboard/page.html",
        page_title="统计看板",
        found=found,
        totals=found["totals"],
        params=params,
        parts=[(area, [area[name] for name in PARTS]) for area in found["areas"]],
        ticks=[f"{week['on']:%m-%d}" for week in found["weeks"]],
        done=[_whole(week["completed_rate"]) for week in found["weeks"]],
        asked=[_whole(week["asked_rate"]) for week in found["weeks"]],
        scale=_scale(found["weeks"]),
        units=_units(found["units"], params),
        kinds=_kinds(found["units"]),
        kind_labels={kind.value: label for kind, label in KIND_LABELS.items()},
        sorts=SORTS,
        best=ranking if whole else ranking[:BEST],
        worst=[] if whole else ranking[-WORST:],
        part_names=PARTS,
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _scale(weeks: list[dict[str, Any]]) -> int:
    most = max((max(week["completed_rate"] or 0, week["asked_rate"] or 0) for week in weeks), default=0)
    return next((scale for scale in SCALES if scale >= most), SCALES[-1])


def _kinds(units: list[dict[str, Any]]) -> list[tuple[str, str | None, int]]:
    """Label, parameter and count of each kind of unit that occurs; all of them first."""
    found = [(label, name, sum(u["unit_kind"] in kinds for u in units)) for name, (label, kinds) in KINDS.items()]
    return [("全部", None, len(units)), *(entry for entry in found if entry[2])]


def _units(units: list[dict[str, Any]], params: dict[str, str]) -> Units:
    """Sorted by the address (``sort=late`` or ``sort=-late``), units without a figure last."""
    kinds = KINDS[params["kind"]][1] if params.get("kind") in KINDS else None
    chosen = [unit for unit in units if kinds is None or unit["unit_kind"] in kinds]
    key = params.get("sort", "late").lstrip("-")
    if key not in SORTS:
        raise invalid("sort", f"没有这种排序，可选：{'、'.join(SORTS)}")
    turned = params.get("sort", "").startswith("-")
    descending = SORTS[key][1] != turned
    sign = -1 if descending else 1
    chosen.sort(key=lambda u: (u[key] is None, sign * (u[key] or 0), -u["late"], u["unit_id"]))
    pages = max((len(chosen) + PER_PAGE - 1) // PER_PAGE, 1)
    number = min(parse_number(1, 10_000)("page", params.get("page", "1")), pages)
    first = (number - 1) * PER_PAGE
    rows = [unit | {"shares": [unit[name] for name in PARTS]} for unit in chosen[first : first + PER_PAGE]]
    return Units(rows, first + 1, len(chosen), number, pages, key, descending)
