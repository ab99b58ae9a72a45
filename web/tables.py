"""What goes out of a list's page: the same rows as CSV or workbook, and a ledger as a sheet to print."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Response

from app.core.db import consistent
from app.core.exports import MOST_OF_CSV, Listed, Note, TooManyRows, exported
from app.core.http import path_id
from app.core.operation import Reader
from app.core.tables import FORMS, PAGING, Form, Shown, Table
from web.page import Page, PageContext
from web.site import query

More = Callable[[int | None], dict[str, Any]]
Title = Callable[[Reader, Any, Any], str]
OF_THE_PAGE = frozenset({"view", "after", *PAGING})
"""Parameters of a page's address that no table takes."""
LISTS: dict[str, str] = {}
"""Of the lists that go out, by their address in the API, the page that shows them."""
SHEETS: set[str] = set()
"""Addresses of the sheets."""
MOST_PRINTED = 2000
"""Rows of a sheet; whoever has more takes the workbook, and is told."""
SHORT, LONG = 9, 24
"""A workbook's column no wider than the first holds figures, one as wide as the second sentences; so on screen."""


def add_exports(router: APIRouter, path: str, table: Table, note: Note | None = None, page: str | None = None) -> None:
    """``{path}.csv`` and ``{path}.xlsx`` by the filters in the page's address: plain links, as their JSON twins do.

    A file too long to wait for is offered to be made by a job, of the list that has this path in the API. ``page``:
    where the list is shown, if elsewhere.
    """
    LISTS[path] = page or path
    for form in FORMS:
        _add(router, path, form.suffix, _file(Listed(path.removeprefix("/"), table, note), form))


def add_sheet(
    router: APIRouter,
    path: str,
    table: Table,
    back: str,
    more: More = lambda row_id: {},
    title: Title | None = None,
) -> None:
    """``{path}/print``: the whole table, with the columns of its files. ``back``: the page it belongs to, its
    ``{id}`` the row's, with ``more(row_id)`` in its address. ``title``: what the sheet is called that is of one row.
    """
    SHEETS.add(f"{path}/print")
    _add(router, path, "/print", _sheet(table, back, more, title or (lambda see, asked, row_id: table.title)))


def add_ledger(router: APIRouter, path: str, table: Table, back: str) -> None:
    """A ledger whose page is the sheet itself, with its files: where the list beside it shows more, or less, than the
    ledger's form has."""
    add_exports(router, path, table)
    SHEETS.add(path)
    _add(router, path, "", _sheet(table, back, lambda row_id: {}, lambda see, asked, row_id: table.title))


def _add(router: APIRouter, path: str, suffix: str, show: Callable[..., Awaitable[Response]]) -> None:
    async def of_list(page: Page) -> Response:
        return await show(page, None)

    async def of_row(page: Page, id: int) -> Response:
        return await show(page, path_id(id))

    router.add_api_route(path + suffix, of_row if "{id}" in path else of_list, methods=["GET"], include_in_schema=False)


def _params(page: PageContext) -> dict[str, str]:
    return {name: value for name, value in page.params.items() if name not in OF_THE_PAGE}


def _room(column: Shown) -> str:
    """The class of a sheet's column, for its width."""
    if not column.name:
        return "blank"
    return "short" if column.width <= SHORT else "long" if column.width >= LONG else ""


def _file(listed: Listed, form: Form) -> Callable[..., Awaitable[Response]]:
    async def show(page: PageContext, row_id: int | None) -> Response:
        params = _params(page)
        try:
            return await exported(page, listed, form, params, row_id)
        except TooManyRows as problem:
            return await page.render(
                "exports/too_many.html",
                status=problem.status,
                page_title=problem.title,
                table_title=listed.table.title,
                most=problem.extra["most"],
                form=form,
                most_of_csv=MOST_OF_CSV,
                fields={"list": listed.name(row_id), "format": form.suffix[1:], **params},
                params=params,
                files=page.request.url.path.removesuffix(form.suffix),
            )

    return show


def _sheet(table: Table, back: str, more: More, title: Title) -> Callable[..., Awaitable[Response]]:
    @consistent
    def read(see: Reader, asked: Any, row_id: int | None) -> dict[str, Any]:
        lines: list[list[Any]] = []
        for page in table.lines(see, asked, row_id):
            lines += page
            if len(lines) > MOST_PRINTED:
                break
        cut = len(lines) > MOST_PRINTED
        columns = table.shown(see, asked, row_id)
        headings = [(column.heading, _room(column)) for column in columns]
        told = {"table_title": title(see, asked, row_id), "notes": table.notes(see), "on": see.today}
        return {"lines": lines[:MOST_PRINTED], "headings": headings, "cut": cut, **told}

    async def show(page: PageContext, row_id: int | None) -> Response:
        params = _params(page)
        found = await page.read(read, table.asked(params), row_id)
        return await page.render(
            "layout/sheet.html",
            page_title=table.title,
            files=page.request.url.path.removesuffix("/print"),
            params=params,
            back=back.replace("{id}", str(row_id)) + query({**more(row_id), **params}),
            most=MOST_PRINTED,
            **found,
        )

    return show
