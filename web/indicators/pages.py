"""Pages of indicators: the list, one with its trend and units, defining it, and entering figures."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible, with_responsible_for_units
from app.assignments.words import dated
from app.core.calendar import now, today_of
from app.core.db import unbounded
from app.core.errors import Forbidden, Mendable, NotFound, Problem
from app.core.http import path_id
from app.core.models import MAX_ID
from app.core.operation import Reader, performs
from app.core.policy import DISTRICT_WIDE, require
from app.indicators import operations as ops
from app.indicators import periods, queries, tables, units
from app.indicators.models import (
    DIRECTION_LABELS,
    INDICATOR_CADENCE_LABELS,
    MEASURE_LABELS,
    STATUS_LABELS,
    IndicatorCreate,
    IndicatorPatch,
    ValueCreate,
    ValuePatch,
    ValueStatus,
)
from app.indicators.rules import KEEPERS, REPORTERS
from app.units.queries import group_choices
from web.indicators.trend import trend
from web.page import Page, PageContext, Typed, add_edit_page, page_router, parse, seen_of
from web.tables import add_exports, add_sheet

router = page_router()
add_exports(router, "/indicators", tables.INDICATORS)
add_exports(router, "/indicators/{id}/units", tables.UNITS)
add_sheet(router, "/indicators/{id}/units", tables.UNITS, "/indicators/{id}", title=units.sheet_title)
add_exports(router, "/indicator-values", tables.FIGURES)
WORDS: dict[str, Any] = {
    "measures": MEASURE_LABELS,
    "directions": DIRECTION_LABELS,
    "cadences": INDICATOR_CADENCE_LABELS,
    "statuses": STATUS_LABELS,
    "status_kinds": {
        ValueStatus.REACHED: "ok",
        ValueStatus.NOT_REACHED: "bad",
        ValueStatus.NO_NEED: "mute",
        ValueStatus.MISSING: "warn",
    },
}
LABELS = {
    "code": "编码",
    "name": "名称",
    "definition": "口径",
    "measure": "计量方式",
    "numerator_name": "分子",
    "denominator_name": "分母",
    "direction": "要求",
    "target": "目标值",
    "target_from": "新目标从哪一期起",
    "cadence": "周期",
    "unit_group_id": "填报单位",
    "office_id": "主管股室",
    "valid_from": "起",
    "valid_to": "止",
}
FIELDS = tuple(name for name in IndicatorPatch.model_fields if name != "target_from")
FIGURES = tuple(ValuePatch.model_fields)


@router.get("/indicators")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "indicators/list.html",
        page_title="指标",
        found=found,
        params=Typed(found.params),
        today=today_of(now()).isoformat(),
        may_define=page.actor.has(*KEEPERS),
        may_report=page.actor.has(*REPORTERS),
        **WORDS,
    )


# Defining


def _for_form(see: Reader) -> dict[str, Any]:
    return {"offices": queries.keeping_offices(see), "groups": group_choices(see)}


@router.get("/indicators/new")
async def new(page: Page) -> Response:
    require(page.actor, *KEEPERS)
    return await _new(page, {"measure": "percent", "direction": "at_least", "cadence": "termly"})


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    found = await page.read(_for_form)
    if len(found["offices"]) == 1:
        typed = {"office_id": found["offices"][0][0], **typed}
    return await page.render(
        "indicators/new.html",
        page_title="设置指标",
        problem=problem,
        typed=typed,
        labels=LABELS,
        **found,
        **WORDS,
    )


@router.post("/indicators")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(IndicatorCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"/indicators/{made}", "已设置指标，填报单位即可填报。")


async def _edit(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        row = queries.row(see, path_id(id))
        if not row["allowed_actions"]:
            return {"row": row, "offices": [], "groups": []}
        return {"row": row, "since": queries.target_choices(see, row["id"]), **_for_form(see)}

    found = await page.read(query)
    if not found["row"]["allowed_actions"]:
        raise Forbidden("指标由主管股室和督查室维护")
    return await page.render(
        "indicators/edit.html",
        page_title=f"修改 {found['row']['name']}",
        problem=problem,
        typed={**{name: found["row"][name] for name in FIELDS}, **(typed or {})},
        labels=LABELS,
        **found,
        **WORDS,
    )


add_edit_page(router, "/indicators/{id}/edit", ops.edit, IndicatorPatch, _edit, home="/indicators/{id}")


@router.post("/indicators/{id}/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.delete, path_id(id), seen_of(typed))
    except Mendable as problem:
        return await _one(page, id, problem)
    return page.after("/indicators", "已删除这一指标，审计日志里留有记录。")


# One


@router.get("/indicators/{id}")
async def one(page: Page, id: int) -> Response:
    return await _one(page, id)


async def _one(page: PageContext, id: int, problem: Problem | None = None) -> Response:
    params = page.params
    asked = units.LISTED.asked(params)

    @unbounded
    def query(see: Reader) -> dict[str, Any]:
        of = queries.opened(see, path_id(id), asked.filters.get("period"))
        narrowed = units.narrowed(asked, of)
        rows, following = units.LISTED.page(see, narrowed)
        shown = [units.present_unit(see, each) for each in rows]
        units.with_earlier(see, of, narrowed.filters["period"], shown)
        with_responsible_for_units(see, shown)
        row = queries.detail(see, of)
        return {"row": row, "rows": shown, "next": following, "period": narrowed.filters["period"]}

    found = await page.read(query)
    together = "综合" if page.actor.has(*DISTRICT_WIDE) or found["row"]["allowed_actions"] else "本单位"
    return await page.render(
        "indicators/one.html",
        page_title=found["row"]["name"],
        problem=problem,
        params=Typed(params),
        trend=trend(found["row"], together),
        together=together,
        **found,
        **WORDS,
    )


# Figures


@router.get("/indicator-values")
async def list_values(page: Page) -> Response:
    found = await page.listed(queries.FIGURES, queries.present_value, with_responsible)
    return await page.render(
        "indicators/values.html",
        page_title="指标数据",
        found=found,
        params=Typed(found.params),
        indicators=await page.read(queries.indicator_choices),
        periods=_with(found.params.get("period"), await page.read(queries.period_choices), found=bool(found.rows)),
        may_report=page.actor.has(*REPORTERS),
        **WORDS,
    )


def _with(asked: str | None, choices: list[tuple[str, str]], *, found: bool) -> list[tuple[str, str]]:
    """A list that is narrowed to a period of long ago says so; what nothing was found by may be no period at all."""
    if not asked or asked in dict(choices):
        return choices
    return [*choices, (asked, dated(asked) if found else asked)]


@router.get("/indicator-values/new")
async def new_value(page: Page) -> Response:
    require(page.actor, *REPORTERS)
    return await _new_value(page, page.params)


def _id(text: Any) -> int | None:
    digits = str(text or "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 17 and int(digits) <= MAX_ID else None


async def _new_value(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    """Which indicator, then the figures; begun with what is below the line last time."""

    def query(see: Reader) -> dict[str, Any]:
        indicator_id = _id(typed.get("indicator_id"))
        if indicator_id is None:
            return {"indicators": queries.indicator_choices(see), "row": None}
        of = queries.opened(see, indicator_id)
        reporting = queries.reporting_units(see, of)
        known = {unit_id for unit_id, _ in reporting}
        unit_id = reporting[0][0] if len(reporting) == 1 else _id(typed.get("unit_id"))
        last = queries.last_figures(see, indicator_id, unit_id) if unit_id in known and unit_id else {}
        return {
            "row": queries.present(see, of.row),
            "units": reporting,
            "periods": [(each.name, dated(each.name)) for each in reversed(of.periods)],
            "begun": {"period": periods.newest(of.periods), "unit_id": unit_id, "denominator": last.get("denominator")},
            "suggested": bool(last.get("denominator")),
        }

    found = await page.read(query)
    return await page.render(
        "indicators/report.html",
        page_title="填报指标",
        problem=problem,
        typed={**found.pop("begun", {}), **typed},
        labels=_labels(found["row"]),
        today=today_of(now()).isoformat(),
        **found,
        **WORDS,
    )


def _labels(row: Any) -> dict[str, str]:
    told = row or {}
    return {
        "unit_id": "单位",
        "period": "周期",
        "numerator": told.get("numerator_name") or "分子",
        "denominator": told.get("denominator_name") or "分母",
        "number": "数值",
        "reported_on": "填报日期",
        "note": "说明",
    }


@router.post("/indicator-values")
@performs(ops.report)
async def report(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.report, parse(ValueCreate, typed))
    except Mendable as problem:
        try:
            return await _new_value(page, typed, problem)
        except NotFound:  # Of an indicator that is not there no form can be shown.
            return await _new_value(page, {**typed, "indicator_id": ""}, problem)
    return page.after(f"/indicator-values/{made}", "已填报。")


@router.get("/indicator-values/{id}")
async def one_value(page: Page, id: int) -> Response:
    return await _value(page, id)


async def _value(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        value = queries.value(see, path_id(id))
        return {"value": value, "row": queries.row(see, value["indicator_id"])}

    found = await page.read(query)
    return await page.render(
        "indicators/value.html",
        page_title=f"{found['row']['name']} · {found['value']['unit_name']}",
        problem=problem,
        typed={**{name: found["value"][name] for name in FIGURES}, **(typed or {})},
        labels=_labels(found["row"]),
        today=today_of(now()).isoformat(),
        **found,
        **WORDS,
    )


add_edit_page(router, "/indicator-values/{id}", ops.edit_value, ValuePatch, _value)


@router.post("/indicator-values/{id}/delete")
@performs(ops.delete_value)
async def delete_value(page: Page, id: int) -> Response:
    typed = await page.form()
    value = await page.read(queries.value, path_id(id))
    try:
        await page.run(ops.delete_value, path_id(id), seen_of(typed))
    except Mendable as problem:
        return await _value(page, id, problem)
    return page.after(
        f"/indicators/{value['indicator_id']}", f"已删除{value['unit_name']} {dated(value['period'])} 的数据。"
    )
