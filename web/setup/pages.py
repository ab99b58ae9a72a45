"""首次设置: six steps from an empty bureau to one at work. After it is enabled, one page of what was set."""

from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from app.core.db import unbounded
from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.core.policy import ROLE_LABELS
from app.documents.models import DOCUMENT_KIND_LABELS
from app.documents.series import prefixes
from app.setup import operations, queries
from app.setup.models import STEP_LABELS, AdministratorsName, Step
from app.units import operations as unit_operations
from app.units import queries as units
from app.units.models import UnitPatch
from web.page import Page, PageContext, page_router, parse, version_of
from web.setup.guide import place_of, show

router = page_router()
ORDINARY = {
    Step.ADMINISTRATORS: ("/users", "用户与授权"),
    Step.BUREAU: ("/units/{district_id}", "本局"),
    Step.UNITS: ("/units", "单位与分组"),
    Step.NAMES: ("/unit-groups", "单位组"),
    Step.CALENDAR: ("/calendar", "工作日历"),
}
"""Where what a step set is kept ever after."""
COUNTED = {
    Step.ADMINISTRATORS: "人",
    Step.UNITS: "个单位",
    Step.NAMES: "个单位组有单位",
    Step.CALENDAR: "天节假日和调休",
}


@router.get("/setup")
async def begin(page: Page) -> Response:
    """To the first step that is not done yet; once the bureau is enabled, what was set."""

    @unbounded
    def query(see: Reader) -> dict[str, Any]:
        return {"setup": queries.one(see), "bureau": units.bureau(see)}

    found = await page.read(query)
    if not found["setup"]["enabled"]:
        waiting = [each["step"] for each in found["setup"]["steps"] if not each["done"]]
        return RedirectResponse(place_of(waiting[0]), 303)
    rows = [
        (each["label"], each["count"], COUNTED.get(each["step"], ""), ORDINARY[each["step"]])
        for each in found["setup"]["steps"]
        if each["step"] in ORDINARY
    ]
    return await page.render("setup/done.html", page_title="首次设置", rows=rows, roles=ROLE_LABELS, **found)


# The three administrators


@router.get(place_of(Step.ADMINISTRATORS))
async def read_administrators(page: Page) -> Response:
    return await show_administrators(page)


async def show_administrators(
    page: PageContext, problem: Problem | None = None, typed: Any = None, issued: Any = ()
) -> Response:
    return await show(
        page,
        Step.ADMINISTRATORS,
        problem,
        typed,
        issued=issued,
        roles=ROLE_LABELS,
        hours=page.settings.one_time_password_hours,
    )


@router.post("/setup/administrators")
@performs(operations.name_administrators)
async def name_administrators(page: Page) -> Response:
    """The one-time passwords are shown on the answer to this very form, once."""
    typed = await page.form()
    try:
        named = await page.run(operations.name_administrators, parse(AdministratorsName, typed))
    except Mendable as problem:
        return await show_administrators(page, problem, typed)
    issued = [each for each in named if each["one_time_password"]]
    if issued:
        return await show_administrators(page, issued=issued)
    return page.after(place_of(Step.BUREAU), "三名管理员已落实到人。" if page.changed else "")


# The bureau


@router.get(place_of(Step.BUREAU))
async def read_bureau(page: Page) -> Response:
    return await show_bureau(page)


async def show_bureau(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    def look(see: Reader) -> dict[str, Any]:
        assert see.actor.district_id is not None
        return {"unit": units.one(see, see.actor.district_id), "prefixes": prefixes(see), "year": see.today.year}

    return await show(page, Step.BUREAU, problem, typed, look, papers=DOCUMENT_KIND_LABELS)


@router.post("/setup/bureau")
@performs(unit_operations.edit)
async def edit_bureau(page: Page) -> Response:
    typed, bureau_id = await page.form(), page.actor.district_id
    await page.read(queries.require_open)
    assert bureau_id is not None
    try:
        version = version_of(typed)
        given = parse(UnitPatch, {key: typed[key] for key in ("name", "credit_code")}, whole=True)
        await page.run(unit_operations.edit, bureau_id, given, version)
    except Mendable as problem:
        return await show_bureau(page, problem, typed)
    return page.after(place_of(Step.UNITS), "本局信息已保存。" if page.changed else "")


# The end


@router.get(place_of(Step.ENABLE))
async def read_check(page: Page) -> Response:
    return await show_check(page)


async def show_check(page: PageContext, problem: Problem | None = None) -> Response:
    def look(see: Reader) -> dict[str, Any]:
        return {"others": queries.other_accounts(see)}

    return await show(page, Step.ENABLE, problem, look=look, labels=STEP_LABELS, counted=COUNTED, roles=ROLE_LABELS)


@router.post("/setup/enable")
@performs(operations.enable)
async def enable(page: Page) -> Response:
    await page.form()
    try:
        await page.run(operations.enable)
    except Mendable as problem:
        return await show_check(page, problem)
    return page.after("/setup", "本局已启用。接下来建立用户，由安全管理员授权。")
