"""Pages of appointments: who holds which post and duty, writing one down, putting it right, ending it."""

from typing import Any

from fastapi import Response

from app.appointments import operations as ops
from app.appointments import queries, tables
from app.appointments.models import APPOINTMENT_DUTY_LABELS, AppointmentCreate, AppointmentEnd, AppointmentPatch
from app.appointments.rules import KEEPERS
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.leading_groups.queries import count_missing
from app.units.models import UnitKind
from app.units.queries import choices, offices
from web.page import Page, PageContext, Typed, add_edit_page, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/appointments", tables.APPOINTMENTS)
WORDS: dict[str, Any] = {
    "duties": APPOINTMENT_DUTY_LABELS,
    "duty_kinds": dict(zip(APPOINTMENT_DUTY_LABELS, ("info", "info", "mute", "mute"), strict=True)),
}
LABELS = {
    "unit_id": "单位",
    "name": "姓名",
    "post": "职务",
    "duty": "责任",
    "in_charge_of": "分管工作",
    "in_charge_unit_ids": "分管股室",
    "valid_from": "起",
    "valid_to": "止",
    "user_id": "账号",
    "on": "最后一天",
}
FIELDS = tuple(AppointmentPatch.model_fields)


@router.get("/appointments")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, queries.with_charges)
    units = await page.read(queries.read_units)
    return await page.render(
        "appointments/list.html",
        page_title="责任人",
        found=found,
        params=Typed(found.params),
        units=[(unit_id, name) for unit_id, name, _ in units] if len(units) > 1 else [],
        today=today_of(now()).isoformat(),
        missing=await page.read(count_missing),
        may_keep=page.actor.has(*KEEPERS),
        **WORDS,
    )


@router.get("/appointments/new")
async def new(page: Page) -> Response:
    require(page.actor, *KEEPERS)
    return await _new(page, {"unit_id": page.params.get("unit_id", "")})


def kept_unit(see: Reader, chosen: str) -> tuple[list[tuple[int, str, str]], tuple[int, str, str] | None]:
    """The units whose people the actor keeps, and the one chosen, or the one they belong to."""
    units = queries.kept_units(see)
    home = see.actor.home_units
    wanted = chosen or (str(home[0]) if len(home) == 1 and Role.SUPERVISOR not in see.actor.roles else "")
    return units, next((unit for unit in units if str(unit[0]) == wanted), None)


def _for_form(see: Reader, unit_id: int, kind: str) -> dict[str, Any]:
    """What the fields of one at this unit choose from."""
    return {
        "accounts": queries.accounts_of(see, unit_id),
        "offices": offices(see) if kind == UnitKind.BUREAU else [],
    }


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    """Two steps where there are several units: which one, then who."""

    def query(see: Reader) -> dict[str, Any]:
        units, unit = kept_unit(see, str(typed.get("unit_id") or ""))
        return {"units": units, "unit": unit, **(_for_form(see, unit[0], unit[2]) if unit else {})}

    return await page.render(
        "appointments/new.html",
        page_title="登记任职",
        problem=problem,
        typed=typed,
        labels=LABELS,
        **await page.read(query),
        **WORDS,
    )


@router.post("/appointments")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(AppointmentCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"/appointments/{made}", "已登记任职，本单位的任务和新立的整改即以此显示责任人。")


@router.get("/appointments/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        row = queries.one(see, path_id(id))
        kind = next((kind for unit_id, _, kind in choices(see) if unit_id == row["unit_id"]), "")
        return {"row": row, **(_for_form(see, row["unit_id"], kind) if row["allowed_actions"] else {})}

    found = await page.read(query)
    step = page.request.url.path.rpartition("/")[2] if problem else ""
    return await page.render(
        "appointments/one.html",
        page_title=f"{found['row']['name']} · {found['row']['unit_name']}",
        problem=problem,
        typed={**{name: found["row"][name] for name in FIELDS}, **(typed or {})},
        labels=LABELS,
        step=step,
        today=today_of(now()).isoformat(),
        **found,
        **WORDS,
    )


add_edit_page(
    router,
    "/appointments/{id}",
    ops.edit,
    AppointmentPatch,
    show,
    given=lambda typed: {"in_charge_unit_ids": [], **typed},
)


@router.post("/appointments/{id}/end")
@performs(ops.end)
async def end(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.end, path_id(id), parse(AppointmentEnd, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/appointments/{id}", "已结束任职，记录保留。接任的人请另行登记。")
