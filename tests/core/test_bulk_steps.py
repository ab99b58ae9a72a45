"""One step on many rows of a list, for every list that has one: by JSON and on its page, each row judged by itself."""

import contextlib
import re
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError
from starlette.testclient import TestClient

from app.briefs.models import BRIEF
from app.briefs.rules import WORKFLOW as BRIEFS
from app.core.audit import EVENT
from app.core.errors import Conflict
from app.core.operation import Tx
from tests.conftest import As, form
from tests.generated.rows import MAKE
from tests.generated.statements import statements
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok

FOREIGN = 987_654_321


class Ticked(NamedTuple):
    """A list: who may take a step on its rows that wait, and one that takes an opinion."""

    noun: str
    resource: str
    waiting: str
    account: str
    step: str
    done: str
    label: str
    back: str
    sent_back: str
    other: str
    """A state in which neither may be taken."""


LISTS = [
    Ticked("breakdowns", "breakdown", "submitted", "supervisor", "confirm", "confirmed", "确认", "send_back", "sent_back", "draft"),
    Ticked("filings", "filing", "filed", "supervisor", "confirm", "filed", "审核通过", "send_back", "sent_back", "draft"),
    Ticked("accountability-actions", "accountability_action", "proposed", "leader", "approve", "approved", "批准", "withdraw", "withdrawn", "closed"),
    Ticked("integrity-risks", "integrity_risk", "assessed", "supervisor", "confirm", "controlled", "审核通过", "send_back", "identified", "controlled"),
    Ticked("briefs", "brief", "submitted", "supervisor", "select", "selected", "选用", "decline", "declined", "promoted"),
]  # fmt: skip
EACH = pytest.mark.parametrize("one", LISTS, ids=[each.noun for each in LISTS])


def bulk(client: TestClient, one: Ticked, action: str, ids: list[int], **body: Any) -> Any:
    return client.post(f"{API}/{one.noun}/bulk", json={"action": action, "ids": ids, **body})


@EACH
def test_each_row_is_judged_by_itself_and_leaves_its_own_event(as_: As, stock: Stock, one: Ticked) -> None:
    first, wrong, second = (MAKE[one.resource](stock, state) for state in (one.waiting, one.other, one.waiting))
    client = as_(one.account)
    results = ok(bulk(client, one, one.step, [first, wrong, FOREIGN, second, first]))["results"]
    assert [(each["id"], each["ok"], each.get("state", each.get("code"))) for each in results] == [
        (first, True, one.done),
        (wrong, False, "wrong_state"),
        (FOREIGN, False, "not_found"),
        (second, True, one.done),
    ]
    assert {ok(client.get(f"{API}/{one.noun}/{row}"))["state"] for row in (first, second)} == {one.done}
    told = {
        row: [(event["operation"], event["outcome"]) for event in _events(as_, one, row)][:1]
        for row in (first, wrong, second)
    }
    name = f"{one.resource}.{one.step}"
    assert told == {first: [(name, "done")], wrong: [(name, "refused")], second: [(name, "done")]}


def test_what_the_rows_have_come_to_is_asked_for_once(as_: As, stock: Stock) -> None:
    rows = [MAKE["brief"](stock, "submitted") for _ in range(3)]
    with statements() as seen:
        ok(bulk(as_("supervisor"), LISTS[-1], "select", rows))
    asked = [each for each, _ in seen if re.match(r"SELECT (brief\.id, )?brief\.state\s+FROM", each)]
    assert len(asked) == 1


def test_a_step_that_was_taken_before_its_row_is_refused_is_not_taken(stock: Stock) -> None:
    """Steps go past the session."""
    row_id = MAKE["brief"](stock, "submitted")
    row = sa.select(BRIEF).where(BRIEF.c.id == row_id)

    def act(tx: Tx) -> str:
        with contextlib.suppress(Conflict), tx.savepoint():
            BRIEFS.step(tx, tx.connection.execute(row).one(), "select")
            raise Conflict("还不能选用。")
        return str(tx.connection.execute(row).one().state)

    assert stock.do(act) == "submitted"


def _events(as_: As, one: Ticked, row: int) -> list[dict[str, Any]]:
    asked = f"{API}/events?resource={one.resource}&resource_id={row}"
    return ok(as_("auditor").get(asked))["data"]  # type: ignore[no-any-return]


@EACH
def test_one_opinion_goes_with_all_rows_and_none_is_refused_as_a_whole(
    as_: As, browse: As, stock: Stock, one: Ticked
) -> None:
    rows = [MAKE[one.resource](stock, one.waiting) for _ in range(2)]
    # A stranger's rows: no step on them is theirs, and none is taken.
    refused = ok(bulk(as_("middle"), one, one.back, rows, note="不属实。"))["results"]
    assert {each["code"] for each in refused} <= {"forbidden", "not_found"} and not any(each["ok"] for each in refused)
    client = as_(one.account)
    assert bulk(client, one, one.back, rows).json()["errors"][0]["pointer"] == "/note"
    assert bulk(client, one, "delete", rows, note="不要了。").json()["errors"][0]["pointer"] == "/action"
    results = ok(bulk(client, one, one.back, rows, note="缺少议事决策一章。"))["results"]
    assert [each["state"] for each in results] == [one.sent_back] * 2
    for row in rows:
        assert "缺少议事决策一章。" in browse(one.account).get(f"/{one.noun}/{row}").text


@EACH
def test_the_page_ticks_rows_that_are_open_and_says_what_did_not_work(browse: As, stock: Stock, one: Ticked) -> None:
    first, second, other = (MAKE[one.resource](stock, state) for state in (one.waiting, one.waiting, one.other))
    person, path = browse(one.account), f"/{one.noun}/bulk?q="
    shown = person.get(f"/{one.noun}")
    assert _boxes(shown) == {first, second} and f'value="{one.step}"' in shown.text
    assert "data-picked" not in browse("discipline").get(f"/{one.noun}").text
    empty = person.post(path, data=form(person, action=one.step))
    assert empty.status_code == 200 and "请先勾选要办理的项" in empty.text
    noteless = person.post(path, data=form(person, **{"ids[]": [str(first)], "action": one.back, "note": ""}))
    assert noteless.status_code == 422 and "时必须写明原因" in noteless.text and _ticked(noteless) == {first}
    done = person.post(path, data=form(person, **{"ids[]": [str(first)], "action": one.step}))
    assert (done.status_code, done.headers["location"]) == (303, f"/{one.noun}?q=")
    assert f"已{one.label} 1 项。" in person.get(f"/{one.noun}").text
    # Sent twice, or on a row that others moved on: said row by row, by name or, out of sight, by number.
    again = {"ids[]": [str(first), str(other), str(FOREIGN), str(second)], "action": one.step, "note": "同意。"}
    told = person.post(path, data=form(person, **again))
    assert f"已{one.label} 1 项。另有 3 项没有办成" in told.text
    assert f'<a href="/{one.noun}/{first}">' in told.text and "实验小学）</a>：" in told.text
    assert f"编号 {FOREIGN}：没有找到" in told.text


def _boxes(answer: Any) -> set[int]:
    return {int(row) for row in re.findall(r'name="ids\[\]" value="(\d+)"', answer.text)}


def _ticked(answer: Any) -> set[int]:
    return {int(row) for row in re.findall(r'name="ids\[\]" value="(\d+)"[^>]* checked', answer.text)}


def test_a_row_that_another_changes_meanwhile_leaves_the_others(as_: As, client: TestClient, stock: Stock) -> None:
    """A filing is confirmed through the session: what it held of a row that is refused is not written after all."""
    filing = LISTS[1]
    first, second = (MAKE["filing"](stock, "filed") for _ in range(2))

    met: list[str] = []

    def refuse(_conn: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("UPDATE filing SET"):
            met.append(statement)
            if len(met) == 1:
                raise StaleDataError("0 were matched")

    database = client.app.state.database  # type: ignore[attr-defined]
    sa.event.listen(database.writer, "before_cursor_execute", refuse)
    try:
        results = ok(bulk(as_("supervisor"), filing, "confirm", [first, second]))["results"]
    finally:
        sa.event.remove(database.writer, "before_cursor_execute", refuse)
    assert [(each["ok"], each.get("code")) for each in results] == [(False, "lost_race"), (True, None)]
    reviewed = [ok(as_("school").get(f"{API}/filings/{row}"))["reviewed_at"] for row in (first, second)]
    assert reviewed[0] is None and reviewed[1] is not None
    mine = sa.select(EVENT.c.outcome).where(EVENT.c.resource == "filing", EVENT.c.resource_id == first)
    assert "refused" in {each.value for each in database.read_now(lambda c: c.execute(mine).scalars().all())}
