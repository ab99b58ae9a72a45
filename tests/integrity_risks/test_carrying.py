"""From round to round: what a unit found before and still stands goes on in the round that it reports in now."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.audit import audited_write
from app.core.operation import Tx
from app.integrity_risks.models import RISK
from tests.conftest import As, form
from tests.integrity_risks.steps import RISKS, ROUNDS, controlled_by, day, identified, opened, read, step
from tests.integrity_risks.test_ending import carried_out, mapped, waiting
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import ok
from tests.world import World


def stood(school: Any, supervisor: Any, world: World, **fields: Any) -> dict[str, Any]:
    """A point of last year's round, which is over, with a measure done and one under way."""
    row = identified(school, **fields)
    controlled_by(school, row)
    carried_out(school, row)
    controlled_by(school, row, text="张榜公示。", deadline_on=day(9))
    step(school, row, "submit")
    return step(supervisor, row, "confirm")


def carry(client: Any, row: dict[str, Any], *ids: int) -> Any:
    return client.post(f"{ROUNDS}/{row['id']}/carry-over", json={"risk_ids": list(ids)})


def offered(client: Any, row: dict[str, Any]) -> list[int]:
    return [each["id"] for each in ok(client.get(RISKS, params={"carry_into": row["id"]}))["data"]]


def test_what_still_stands_goes_on_as_a_draft_to_be_rated_anew(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    last = opened(supervisor, world, year=2025)
    older = stood(school, supervisor, world)
    draft = identified(school, department="教务处")
    ok(supervisor.post(f"{ROUNDS}/{last['id']}/close"))
    this = opened(supervisor, world)
    ok(school.post(f"{ROUNDS}/{this['id']}/nil-reports", json={}), 201)
    assert offered(school, this) == [older["id"]] and offered(as_("middle"), this) == []
    assert ok(carry(school, this, older["id"]), 201)["nil"] == 0
    made, *_ = ok(school.get(RISKS, params={"round_id": this["id"]}))["data"]
    assert made["continues_id"] == older["id"] and made["unrated"] and made["state"] == "identified"
    assert made["risk_point"] == older["risk_point"] and made["post"] == older["post"]
    measures = read(school, made)["measures"]
    assert [(each["text"], each["state"]) for each in measures] == [
        ("三家比价，两人验收。", "done"),
        ("张榜公示。", "in_progress"),
    ]
    assert len(ok(school.get(f"/api/v1/risk-measures/{measures[0]['id']}"))["evidence"]) == 1
    # The older one owes nothing any more, is counted once, and stays in the ledger; again changes nothing.
    assert read(school, older)["state"] == "carried_over" and mapped(supervisor) == 2
    assert waiting(school) == [("rectify", "edit")] and offered(school, this) == []
    ok(carry(school, this, older["id"]), 201)
    assert ok(school.get(RISKS, params={"round_id": this["id"], "count": "true"}))["total"] == 1
    # The rating is given anew, be it the same.
    refused = school.post(f"{RISKS}/{made['id']}/submit")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "/likelihood")
    rated = {"likelihood": made["likelihood"], "impact": made["impact"]}
    ok(school.patch(f"{RISKS}/{made['id']}", json=rated, headers={"if-match": str(made["version"])}))
    step(school, made, "submit")
    assert step(supervisor, made, "confirm")["state"] == "controlled"
    assert carry(school, this, draft["id"]).status_code == 409


def test_a_draft_that_is_deleted_leaves_the_older_point_standing(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    opened(supervisor, world, year=2025)
    older = stood(school, supervisor, world)
    this = opened(supervisor, world)
    for _ in range(2):
        ok(carry(school, this, older["id"]), 201)
        made, *_ = ok(school.get(RISKS, params={"round_id": this["id"]}))["data"]
        assert school.delete(f"{RISKS}/{made['id']}").status_code == 204
        assert read(school, older)["state"] == "controlled" and offered(school, this) == [older["id"]]


def test_only_own_points_go_on_and_only_in_a_round_that_asks(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    last = opened(supervisor, world, year=2025)
    older = stood(school, supervisor, world)
    this = opened(supervisor, world)
    offices = opened(supervisor, world, title="股室排查", unit_group_id=world.group["各股室办"])
    for client, round_, status in (
        (as_("middle"), this, 422),
        (supervisor, this, 403),
        (as_("leader"), this, 403),
        (as_("sysadmin"), this, 404),
        (school, offices, 422),
        (school, last, 422),
    ):
        assert carry(client, round_, older["id"]).status_code == status
    nothing = carry(school, this)
    assert (nothing.status_code, nothing.json()["errors"][0]["pointer"]) == (422, "/risk_ids")
    ok(supervisor.post(f"{ROUNDS}/{this['id']}/close"))
    assert carry(school, this, older["id"]).json()["code"] == "wrong_state"
    assert read(school, older)["state"] == "controlled"


def test_the_database_refuses_a_second_point_that_goes_on_from_the_same(as_: As, world: World, stock: Stock) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    opened(supervisor, world, year=2025)
    older = stood(school, supervisor, world)
    ok(carry(school, opened(supervisor, world), older["id"]), 201)
    other = identified(school, round_id=older["round_id"], department="教务处")
    again = sa.update(RISK).where(RISK.c.id == other["id"]).values(continues_id=older["id"])

    def write(tx: Tx) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(again)

    with pytest.raises(sa.exc.IntegrityError):
        stock.do(write)


def test_carrying_over_on_the_pages(as_: As, browse: As, world: World) -> None:
    supervisor = as_("supervisor")
    opened(supervisor, world, year=2025)
    older = stood(as_("school"), supervisor, world)
    gone = stood(as_("school"), supervisor, world, risk_point="虚开发票")
    this = opened(supervisor, world)
    school, at = browse("school"), f"/risk-rounds/{this['id']}"
    page = school.get(at).text
    assert f'name="risk_ids[]" value="{older["id"]}"' in page and f'href="/integrity-risks/{gone["id"]}"' in page
    assert "risk_ids" not in browse("middle").get(at).text and "risk_ids" not in browse("supervisor").get(at).text
    assert "请至少勾选一个风险点" in school.post(f"{at}/carry-over", data=form(school)).text
    for _ in range(2):
        done = school.post(f"{at}/carry-over", data=form(school, **{"risk_ids[]": str(older["id"])}))
        assert done.status_code == 303, done.text
    made, *others = ok(as_("school").get(RISKS, params={"round_id": this["id"]}))["data"]
    assert others == [] and "重新评定" in school.get(f"/integrity-risks/{made['id']}").text
    edit = school.get(f"/integrity-risks/{made['id']}/edit").text
    assert 'value="3" selected' not in edit and older["manifestation"] in edit
    assert "从以前的轮次转入" in school.get("/my-work").text
