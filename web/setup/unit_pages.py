"""The step of the units: a table is uploaded, looked through and written, or a unit added by hand."""

from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from app.core.errors import Mendable, Problem
from app.core.files import Received
from app.core.operation import Reader, performs
from app.imports import operations as imports
from app.imports import queries as import_queries
from app.imports.models import BUSY_LABELS, RowKind, RunState
from app.imports.registry import IMPORTABLES
from app.imports.uploads import MOST_MIB, ROUTE_LIMIT
from app.setup import queries
from app.setup.models import Step
from app.units import operations
from app.units import queries as units
from app.units.models import UnitCreate
from web.imports.pages import received
from web.page import Page, PageContext, page_router, parse
from web.setup.guide import place_of, show
from web.units.pages import LABELS, NEW_KINDS, WORDS, for_form

router = page_router()
HERE = place_of(Step.UNITS)
RESOURCE = "units"
EXAMPLES = 5


@router.get(HERE)
async def read_units(page: Page) -> Response:
    return await show_units(page)


async def show_units(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    adds = bool(typed) or "add" in page.params

    def look(see: Reader) -> dict[str, Any]:
        return {
            "known": queries.directory(see),
            "run": latest_run(see),
            **(for_form(units.choices(see)) if adds else {}),
        }

    return await show(
        page,
        Step.UNITS,
        problem,
        typed,
        look,
        adds=adds,
        examples=EXAMPLES,
        columns=IMPORTABLES[RESOURCE].columns,
        most_mib=MOST_MIB,
        busy_labels=BUSY_LABELS,
        new_kinds=NEW_KINDS,
        labels=LABELS | {"file": "表格文件"},
        **WORDS,
    )


def latest_run(see: Reader) -> dict[str, Any] | None:
    """The newest import of units, with the number of its first wrong row; none where it was undone or discarded: what
    came before it is not offered again."""
    newest = import_queries.LIST.page(see, import_queries.LIST.asked({"limit": "20"}))[0]
    row = next((row for row in newest if row.resource == RESOURCE), None)
    if row is None or row.state not in (RunState.CHECKED, RunState.COMMITTED):
        return None
    run = import_queries.present(see, row)
    wrong: list[dict[str, Any]] = []
    if run["wrong_count"] and not run["pruned_at"]:
        wrong = import_queries.rows_of(see, run["id"], {"kind": RowKind.WRONG.value, "limit": "1"})["data"]
    return run | {"first_wrong": wrong[0]["number"] if wrong else None}


@performs(imports.create)
async def upload(page: Page) -> Response:
    await page.read(queries.require_open)
    try:
        await received(page, Received())
    except Mendable as problem:
        return await show_units(page, problem)
    return RedirectResponse(HERE, 303)


router.add_api_route("/setup/units/import", upload, methods=["POST"], max_body_size=ROUTE_LIMIT)


@router.post("/setup/units")
@performs(operations.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    await page.read(queries.require_open)
    try:
        given = parse(UnitCreate, typed)
        await page.run(operations.create, given)
    except Mendable as problem:
        return await show_units(page, problem, typed)
    return page.after(HERE, f"“{given.name}”已建立。")
