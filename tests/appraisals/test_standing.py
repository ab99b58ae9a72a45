"""What was stored or begun before stands beside what has changed since."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.appraisals.models import RESULT, ROUND
from app.appraisals.rules import DEDUCTION_WORKFLOW
from app.core.audit import audited_write
from app.core.operation import Tx
from tests.appraisals.steps import RESULTS, judged_by, published, results, started, taken_off
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, evidence, ok
from tests.world import World


def test_a_result_that_was_scored_before_figures_had_links_is_shown(
    as_: As, browse: As, world: World, stock: Stock
) -> None:
    supervisor = as_("supervisor")
    row = started(supervisor, world)
    judged_by(supervisor, row, "briefs", required=1)
    published(supervisor, row)
    mine = results(supervisor, row)["实验小学"]
    (before,) = mine["detail"]
    assert before.pop("href")

    def as_stored_then(tx: Tx) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(RESULT).where(RESULT.c.id == mine["id"]).values(detail=[before]))

    stock.do(as_stored_then)
    assert ok(as_("school").get(f"{RESULTS}/{mine['id']}"))["detail"] == [{**before, "href": None}]
    for page in ("", "/print"):
        shown = browse("school").get(f"/appraisal-results/{mine['id']}{page}")
        assert shown.status_code == 200 and "0 篇" in shown.text


def test_no_file_is_linked_to_a_deduction_of_a_round_that_has_gone_on_meanwhile(
    as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = started(as_("supervisor"), world)
    criterion = judged_by(as_("supervisor"), row, "entered", office_id=world.unit["人事股"])
    made = taken_off(as_("office"), criterion, world.unit["实验小学"])
    paper = evidence(as_("office"), "会议签到表")
    guard = DEDUCTION_WORKFLOW.guard

    def overtaken(tx: Tx, *asked: Any) -> Any:
        """The round is scored between the look at the deduction and the link."""
        found = guard(tx, *asked)
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(ROUND).where(ROUND.c.id == row["id"]).values(state="scored"))
        return found

    monkeypatch.setattr(DEDUCTION_WORKFLOW, "guard", overtaken)
    at = {"target": "appraisal-deductions", "target_id": made["id"]}
    refused = as_("office").post(f"{API}/evidence/{paper['id']}/links", json=at)
    assert (refused.status_code, refused.json()["code"]) == (409, "lost_race")
    monkeypatch.undo()
    ok(as_("office").post(f"{API}/evidence/{paper['id']}/links", json=at), 201)
