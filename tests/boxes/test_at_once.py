"""Several people write to the boxes of one unit, while its work moves to the plan's next edition: whoever waits, waits for
somebody who goes on, and whoever came too late is told so."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.boxes import sealing
from app.boxes.models import BOX, ENTRY, BoxState
from app.core import db
from app.core.calendar import now, today_of
from app.core.operation import Tx, transact
from app.identity.access import resolve
from tests.at_once import at_once
from tests.boxes.steps import BOXES, FAR, SCHOOL, act, box, piece, read
from tests.conftest import As
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World

TITLES = ("健全议事决策制度", "开展教育收费自查", "公示招生结果", "开展节日廉政提醒")
TOO_LATE = {
    "lost_race",
    "stale",
    "wrong_state",
    "nothing_fits",
    "already_boxed",
    "not_boxed",
    "duplicate",
    "incomplete",
}


class Asked(NamedTuple):
    verb: str
    path: str
    body: dict[str, Any]
    version: int | None = None
    """On which it was decided."""


def of(box_id: int, action: str, **body: Any) -> Asked:
    return Asked("POST", f"{BOXES}/{box_id}/{action}", body)


@pytest.fixture
def slowly(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Between the statements of one write there is time for those of the others; two that wait for each other are not
    done again unasked, but told of."""
    monkeypatch.setattr(db, "RETRYABLE", frozenset())

    def rest(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().startswith("SELECT") or "FOR " in statement:
            time.sleep(0.01)

    on_server = not app.state.database.is_sqlite
    if on_server:
        sa.event.listen(sa.Engine, "before_cursor_execute", rest)
    yield
    if on_server:
        sa.event.remove(sa.Engine, "before_cursor_execute", rest)


def all_at_once(app: FastAPI, world: World, *asked: Asked) -> None:
    async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
        verb, path, body, version = asked[n]
        who = world.token["supervisor" if path.endswith("/dispatch") else "school"]
        headers = {"authorization": f"Bearer {who}"} | ({"if-match": f'"{version}"'} if version else {})
        return await client.request(verb, path, json=body, headers=headers)

    answers = at_once(app, world.token["school"], send, len(asked))
    told = [(each.request.url.path, each.status_code, each.json().get("code")) for each in answers]
    assert [each for each in told if each[1] >= 400 and not (each[1] in (409, 412) and each[2] in TOO_LATE)] == []


def arranged(as_: As, box_id: int) -> Asked:
    """Its lines in the opposite order."""
    found = read(as_, box_id)
    lines = [{name: line[name] for name in ("entry_id", "plan_item_id")} for line in found["entries"]]
    return Asked("PATCH", f"{BOXES}/{box_id}/catalogue", {"entries": lines[::-1]}, found["version"])


def begun(as_: As, stock: Stock, pieces: int = 2) -> tuple[int, list[int], list[int]]:
    """A plan at work: its id, its items' and those of what proves them, so many pieces for each item."""
    plan = stock.plan(year=2026)
    items = [stock.item(plan, title) for title in TITLES]
    rows = [stock.assignment(plan, item, SCHOOL, "in_progress", FAR) for item in items]
    return plan, items, [piece(as_, f"材料{n}-{row}", row) for row in rows for n in range(pieces)]


def next_edition(stock: Stock, plan: int, items: list[int]) -> tuple[int, list[int]]:
    """With the same items in the opposite order."""
    newer = stock.plan(year=2026, previous_id=plan, edition=2)
    goes_on = [
        stock.item(newer, title, continues_id=item, paired=True)
        for title, item in reversed(list(zip(TITLES, items, strict=True)))
    ]
    for item in goes_on:
        stock.responsible(newer, item, SCHOOL)
    return newer, goes_on


def test_one_box_is_written_to_by_several(app: FastAPI, as_: As, stock: Stock, world: World, slowly: None) -> None:
    """Whoever puts something in, takes something out and puts it in order: each takes the box and lines of it."""
    plan, _, pieces = begun(as_, stock, 4)
    made = box(as_, plan)["id"]
    held, free = pieces[:6], pieces[6:]
    for each in held:
        ok(act(as_, made, "add", evidence_id=each))
    for n in range(4):
        all_at_once(
            app,
            world,
            arranged(as_, made),
            of(made, "add", evidence_id=free[2 * n]),
            of(made, "add", evidence_id=free[2 * n + 1]),
            of(made, "remove", evidence_id=held[n]),
            of(made, "remove", evidence_id=held[n + 1]),
            arranged(as_, made),
        )
    lying = read(as_, made)["entries"]
    assert len({line["entry_id"] for line in lying}) == len(lying) > 0


def test_boxes_are_filled_and_sealed_while_an_edition_takes_the_work_away(
    app: FastAPI, as_: As, stock: Stock, world: World, slowly: None
) -> None:
    plan, items, pieces = begun(as_, stock)
    whole, of_some, full, shut = (box(as_, plan, name=name)["id"] for name in ("全部", "部分", "已满", "已封"))
    for n, made in ((0, whole), (1, of_some), (2, full), (3, shut)):
        ok(act(as_, made, "add", evidence_id=pieces[n]))
    ok(act(as_, full, "add", evidence_id=pieces[4]))
    ok(act(as_, shut, "seal"))
    newer, goes_on = next_edition(stock, plan, items)
    all_at_once(
        app,
        world,
        of(whole, "fill"),
        Asked("POST", f"{API}/plans/{newer}/dispatch", {}),
        arranged(as_, full),
        of(of_some, "seal"),
        of(shut, "unseal", note="漏装。"),
        of(full, "remove", evidence_id=pieces[2]),
        of(of_some, "fill"),
        of(whole, "add", evidence_id=pieces[5]),
    )
    boxes = _rows(stock, sa.select(BOX))
    assert {row.plan_id for row in boxes if row.state == BoxState.OPEN} == {newer}, "the open ones go with the work"
    assert {row.updated_at == row.sealed_at for row in boxes if row.state == BoxState.SEALED} <= {True}, "others stand"
    entries = _rows(stock, sa.select(ENTRY.c.archive_box_id, ENTRY.c.plan_item_id))
    theirs = {row.id: goes_on if row.plan_id == newer else items for row in boxes}
    assert [each for each in entries if each.plan_item_id not in theirs[each.archive_box_id]] == []


def test_a_box_that_is_being_sealed_when_the_work_goes_stays_as_it_was_sealed(
    app: FastAPI, as_: As, stock: Stock, world: World
) -> None:
    if app.state.database.is_sqlite:
        pytest.skip("one writer: whoever comes second finds it sealed")
    plan, items, pieces = begun(as_, stock)
    made = box(as_, plan)["id"]
    ok(act(as_, made, "add", evidence_id=pieces[0]))
    newer, _ = next_edition(stock, plan, items)
    is_sealed, go_on = threading.Event(), threading.Event()

    def seal(connection: sa.Connection) -> None:
        actor = resolve(connection, world.user["school"], today_of(now()))
        assert actor is not None
        transact(Tx(connection, actor, app.state.settings), lambda tx: sealing.seal(tx, made))
        is_sealed.set()
        go_on.wait(30)

    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(app.state.database.write_now, seal)
        assert is_sealed.wait(30)
        threading.Timer(0.5, go_on.set).start()
        ok(as_("supervisor").post(f"{API}/plans/{newer}/dispatch"))
        under_way.result(30)
    (row,) = _rows(stock, sa.select(BOX))
    assert (row.state, row.plan_id, row.updated_at) == (BoxState.SEALED, plan, row.sealed_at)


def _rows(stock: Stock, statement: sa.Select[Any]) -> Any:
    return stock.do(lambda tx: tx.connection.execute(statement).all())
