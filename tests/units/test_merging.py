"""DOMAIN §4, 4: a merged school's open work goes to its successor; what has ended stays under the old name."""

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.accountability.models import AccountabilityAction
from app.boxes.models import ArchiveBox
from app.briefs.models import Brief
from app.core.audit import EVENT
from app.evidence.models import LINK
from app.extensions.models import EXTENSION
from app.integrity_risks.models import IntegrityRisk
from app.integrity_risks.round_models import RiskNilReport, RiskRound
from app.leading_groups.models import LeadingGroup
from app.units.models import LIAISON
from app.units.succession_models import SUCCESSION
from tests.at_once import at_once
from tests.boxes.steps import act, box, piece
from tests.campaigns.steps import drawn_up
from tests.conftest import As, form
from tests.stock import Stock, day, stock
from tests.units.merging import API, NEW, OLD, close, figures, merge, ok, preview
from tests.world import World

__all__ = ["stock"]


def unit_of(as_: As, noun: str, row: int) -> int:
    return int(ok(as_("supervisor").get(f"{API}/{noun}/{row}"))["unit_id"])


def test_open_work_of_every_kind_goes_to_the_successor(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    old, new = world.unit[OLD], world.unit[NEW]
    rows = {
        "assignments": stock.assignment(plan, item, OLD, "in_progress", 10),
        "rectifications": stock.rectification(OLD, "in_progress", 10),
        "venue-activities": stock.venue_activity(OLD, "approved", 3),
        "integrity-risks": _risk(stock, old),
        "briefs": stock.add(
            Brief, unit_id=old, kind="highlight", title="亮点", text="一", written_on=day(0), state="submitted"
        ),
        "accountability-actions": stock.add(
            AccountabilityAction, unit_id=old, kind="reminder", reason="逾期", state="served"
        ),
    }
    ended = {
        "assignments": stock.assignment(plan, stock.item(plan), OLD, "completed"),
        "rectifications": stock.rectification(OLD, "closed"),
        "venue-activities": stock.venue_activity(OLD, "held", -3, attended=50),
        "filings": stock.filing(OLD, "charter", "filed"),
        "archive-boxes": stock.add(ArchiveBox, unit_id=old, plan_id=plan, year=2026, number=1, name="制度"),
        "major-decisions": stock.decision(OLD, "decided"),
    }
    asked = stock.extension(OLD, assignment_id=rows["assignments"])
    stock.breakdown(rows["assignments"], OLD, "confirmed")
    seen = figures(preview(as_, world))
    assert seen["assignment"] == {"moves": 1} and seen["archive_box"] == {"stays": 1}
    unit = ok(merge(as_, world))
    assert unit["valid_to"] == day(-1).isoformat() and unit["history"][0]["successor_id"] == new
    assert {noun: unit_of(as_, noun, row) for noun, row in rows.items()} == dict.fromkeys(rows, new)
    assert {noun: unit_of(as_, noun, row) for noun, row in ended.items()} == dict.fromkeys(ended, old)
    moved = ok(as_("middle").get(f"{API}/assignments/{rows['assignments']}"))
    assert moved["former_unit_name"] == OLD and "report" in moved["allowed_actions"]
    assert stock.do(lambda tx: tx.connection.execute(sa.select(EXTENSION.c.unit_id)).scalars().all()) == [new]
    assert stock.do(lambda tx: tx.connection.execute(sa.select(SUCCESSION.c.counts)).scalar_one()) == seen
    told = sa.select(EVENT.c.reason).where(EVENT.c.operation == "unit.merge", EVENT.c.resource_id == old)
    assert stock.do(lambda tx: tx.connection.execute(told).scalars().all()) == ["青教〔2026〕3号批复"]
    assert asked


def _risk(stock: Stock, unit: int) -> int:
    """In a round in which the successor had found nothing."""
    world = stock.world
    group = world.group["各学校（园）"]
    made = stock.add(RiskRound, year=2026, title="年度排查", unit_group_id=group, deadline_on=day(30))
    stock.add(RiskNilReport, round_id=made, unit_id=world.unit[NEW], note="未发现")
    words = {
        "department": "总务处",
        "post": "采购",
        "duty_item": "采购",
        "risk_point": "单一来源",
        "manifestation": "少",
    }
    rating = {"likelihood": 3, "impact": 3, "source": "process", "review_on": day(90)}
    return stock.add(IntegrityRisk, round_id=made, unit_id=unit, **words, **rating)


def test_row_that_the_successor_holds_already_takes_in_the_older_with_its_evidence(
    as_: As, stock: Stock, world: World
) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    older = stock.assignment(plan, item, OLD, "in_progress", 10)
    remains = stock.assignment(plan, item, NEW, "pending", 10)
    unlike = stock.item(plan)
    stock.assignment(plan, unlike, NEW, "cancelled")
    at_work = stock.assignment(plan, unlike, OLD, "in_progress", 10)
    declined = stock.assignment(plan, stock.item(plan), OLD, "declined", 10)
    file = {"file": ("制度.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")}
    fields = {
        "title": "制度",
        "kind": "policy",
        "evidence_on": day(0).isoformat(),
        "target": "assignments",
        "target_id": str(older),
    }
    proof = as_("school").post(f"{API}/evidence", files=file, data=fields)
    assert proof.status_code == 201, proof.text
    assert figures(preview(as_, world))["assignment"] == {"merges": 1, "stays": 1}
    ok(merge(as_, world))
    shown = ok(as_("supervisor").get(f"{API}/assignments/{older}"))
    assert (shown["state"], shown["lamp_words"], shown["merged_into_id"]) == ("cancelled", "并入", remains)
    linked = sa.select(LINK.c.target_id).where(LINK.c.evidence_id == proof.json()["id"]).order_by(LINK.c.target_id)
    assert stock.do(lambda tx: tx.connection.execute(linked).scalars().all()) == sorted([older, remains])
    assert ok(as_("supervisor").get(f"{API}/assignments/{at_work}"))["awaits_decision"] is True
    assert ok(as_("supervisor").get(f"{API}/assignments/{declined}"))["state"] == "declined"


def test_each_row_goes_into_its_own_with_what_lies_in_boxes_under_it(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan()
    items = [stock.item(plan) for _ in range(3)]
    older, remain = (
        [stock.assignment(plan, item, unit, "in_progress", 10) for item in order]
        for unit, order in ((OLD, items), (NEW, items[::-1]))
    )
    for row in older:
        piece(as_, f"材料{row}", row)
    boxed = box(as_, plan)["id"]
    ok(act(as_, boxed, "fill"))
    ok(merge(as_, world))
    into = dict(zip(older, remain[::-1], strict=True))
    for row, other in into.items():
        shown = ok(as_("supervisor").get(f"{API}/assignments/{row}"))
        assert (shown["state"], shown["merged_into_id"]) == ("cancelled", other)
        kept = ok(as_("middle").get(f"{API}/evidence?target=assignments&target_id={other}"))["data"]
        assert [each["title"] for each in kept] == [f"材料{row}"]
    lying = ok(as_("supervisor").get(f"{API}/archive-boxes/{boxed}"))["entries"]
    assert {each["title"]: each["assignment_id"] for each in lying} == {f"材料{row}": into[row] for row in older}


def test_people_of_the_old_unit_lose_it_and_those_of_the_successor_see_what_it_left(
    as_: As, stock: Stock, world: World
) -> None:
    plan = stock.plan()
    done = stock.assignment(plan, stock.item(plan), OLD, "completed")
    assert as_("middle").get(f"{API}/assignments/{done}").status_code == 404
    ok(merge(as_, world))
    assert as_("school").get(f"{API}/assignments/{done}").status_code == 404
    assert ok(as_("middle").get(f"{API}/assignments/{done}"))["unit_name"] == OLD
    listed = ok(as_("middle").get(f"{API}/assignments"))["data"]
    assert [row["id"] for row in listed] == [done]
    anew = {"kind": "charter", "title": "章程", "adopted_on": day(0).isoformat(), "unit_id": world.unit[OLD]}
    assert as_("middle").post(f"{API}/filings", json=anew).status_code in (403, 422)


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    (OLD, OLD, {}, "successor_id"),
    (OLD, "教育股", {}, "successor_id"),
    (OLD, "临水小学", {}, "successor_id"),
    ("柳林镇中心校", "柳林小学", {}, "successor_id"),
    (OLD, NEW, {"effective_on": "2199-01-01"}, "effective_on"),
    (OLD, NEW, {"reason": ""}, "reason"),
]


@pytest.mark.parametrize(("old", "new", "given", "field"), REFUSED)
def test_units_that_do_not_go_together_are_refused_by_field(
    as_: As, world: World, old: str, new: str, given: dict[str, Any], field: str
) -> None:
    refused = merge(as_, world, old, new, **given)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == f"/{field}"


def test_into_a_unit_that_is_gone_or_twice_is_refused(as_: As, world: World) -> None:
    assert merge(as_, world, by="school").status_code == 403
    assert merge(as_, world, by="sysadmin").status_code == 403
    ok(merge(as_, world, effective_on=day(-30).isoformat()))
    assert merge(as_, world).json()["code"] == "unit_ended"
    into = merge(as_, world, "柳林小学", OLD)
    assert into.status_code == 422 and "已停用" in into.text
    unit = ok(as_("sysadmin").get(f"{API}/units/{world.unit[OLD]}"))
    again = as_("sysadmin").patch(
        f"{API}/units/{world.unit[OLD]}", json={"valid_to": None}, headers={"if-match": str(unit["version"])}
    )
    assert again.json()["code"] == "unit_ended"


def test_another_kind_must_be_confirmed(as_: As, browse: As, world: World) -> None:
    assert preview(as_, world, "第一幼儿园", OLD)["across_kinds"] is True
    browser = browse("supervisor")
    sent = form(browser, successor_id=world.unit[OLD], reason="撤并")
    refused = browser.post(f"/units/{world.unit['第一幼儿园']}/merge", data=sent)
    assert refused.status_code == 409 and "<b>类别不同</b>：承接单位是另一类单位" in refused.text
    assert merge(as_, world, "第一幼儿园", OLD).json()["code"] == "across_kinds"
    ok(merge(as_, world, "第一幼儿园", OLD, across_kinds=True))


def test_of_many_that_merge_a_unit_at_once_one_does(app: FastAPI, stock: Stock, world: World) -> None:
    plan = stock.plan()
    for _ in range(3):
        stock.assignment(plan, stock.item(plan), OLD, "in_progress", 10)
    others = [world.unit[name] for name in (NEW, "柳林小学", "柳林镇中心校")]
    path = f"{API}/units/{world.unit[OLD]}/merge"

    def ask(client: Any, n: int) -> Any:
        body = {"successor_id": others[n % 3], "reason": "撤并", "across_kinds": True}
        return client.post(path, json=body)

    answers = at_once(app, world.token["supervisor"], ask, 12)
    assert sorted(each.status_code for each in answers) == [200] + [409] * 11
    assert stock.do(lambda tx: tx.connection.execute(sa.select(SUCCESSION.c.counts)).scalar_one())["assignment"] == {
        "moves": 3
    }


def test_two_that_merge_into_each_other_at_once_do_not_both(app: FastAPI, stock: Stock, world: World) -> None:
    pair = [world.unit[OLD], world.unit[NEW]]

    def ask(client: Any, n: int) -> Any:
        body = {"successor_id": pair[1 - n % 2], "reason": "撤并"}
        return client.post(f"{API}/units/{pair[n % 2]}/merge", json=body)

    codes = [each.status_code for each in at_once(app, world.token["supervisor"], ask, 6)]
    assert codes.count(200) == 1 and set(codes) <= {200, 409, 422}


def test_pairs_names_and_groups_go_on_with_the_successor(as_: As, stock: Stock, world: World) -> None:
    named = {"kinds": [], "includes": [world.unit[NEW]]}
    group = as_("supervisor").post(f"{API}/unit-groups", json={"name": "试点学校", "rule": named}).json()["id"]
    ok(merge(as_, world, NEW, OLD))
    rule = ok(as_("supervisor").get(f"{API}/unit-groups/{group}"))
    assert rule["unit_ids"] == [world.unit[OLD]]
    pairs = sa.select(LIAISON.c.school_id).where(LIAISON.c.valid_to.is_(None))
    assert stock.do(lambda tx: tx.connection.execute(pairs).scalars().all()) == [world.unit[OLD]]
    found = ok(as_("school").get(f"{API}/units", params={"q": NEW}))["data"]
    assert {unit["id"] for unit in found} == {world.unit[OLD], world.unit[NEW]}
    aliases = ok(as_("school").get(f"{API}/units/{world.unit[OLD]}"))["aliases"]
    assert [(each["name"], each["used_until"]) for each in aliases] == [(NEW, day(-1).isoformat())]


def test_closing_cancels_what_was_not_begun_and_leaves_the_rest_for_decision(
    as_: As, stock: Stock, world: World
) -> None:
    plan = stock.plan()
    waiting = stock.assignment(plan, stock.item(plan), OLD, "pending", 10)
    at_work = stock.assignment(plan, stock.item(plan), OLD, "in_progress", 10)
    assert close(as_, world, "柳林镇中心校").json()["code"] == "in_the_way"
    assert close(as_, world, "督查室").json()["code"] == "in_the_way"
    assert close(as_, world, "派驻组").json()["code"] == "never_ends"
    ok(close(as_, world))
    assert ok(as_("supervisor").get(f"{API}/assignments/{waiting}"))["state"] == "cancelled"
    assert ok(as_("supervisor").get(f"{API}/assignments/{at_work}"))["awaits_decision"] is True
    assert ok(as_("school").get(f"{API}/assignments"))["data"] == []


def test_offices_that_look_through_the_same_briefs_become_one(as_: As, world: World) -> None:
    reviewers, offices = f"{API}/brief-reviewers", ("职成股", "教育股")
    for name in offices:
        given = {"kind": "highlight", "office_id": world.unit[name]}
        assert as_("supervisor").post(reviewers, json=given).status_code == 201
    shown = figures(preview(as_, world, *offices))
    assert shown["brief_reviewer.office_id"] == {"merges": 1}
    ok(merge(as_, world, *offices))
    assert [row["office_id"] for row in ok(as_("supervisor").get(reviewers))["data"]] == [world.unit["教育股"]]


@pytest.mark.parametrize("leads", ["职成股", "教育股"])
def test_whoever_leads_a_campaign_after_a_merger_does_not_take_part_in_it_too(
    as_: As, world: World, leads: str
) -> None:
    other = "教育股" if leads == "职成股" else "职成股"
    made = drawn_up(as_("supervisor"), world, unit_id=world.unit[leads], office_ids=[world.unit[other]])
    ok(merge(as_, world, "职成股", "教育股"))
    campaign = ok(as_("supervisor").get(f"{API}/campaigns/{made['id']}"))
    assert (campaign["unit_id"], campaign["offices"]) == (world.unit["教育股"], [])
    offices = ok(as_("supervisor").get(f"{API}/campaigns/{made['id']}/rollup"))["offices"]
    assert [each["unit_id"] for each in offices] == [world.unit["教育股"]]


def test_a_schools_own_leading_group_ends_with_it_and_one_that_sits_there_comes_first(
    as_: As, stock: Stock, world: World
) -> None:
    old = world.unit[OLD]
    group = {"leader": "刘敏", "office_unit_id": old, "valid_from": day(-9), "since": day(-9)}
    own = stock.add(LeadingGroup, unit_id=old, name="领导小组", **group)
    assert preview(as_, world)["obstacles"] == []
    other = stock.add(LeadingGroup, unit_id=world.district, name="联合领导小组", **group)
    assert preview(as_, world)["obstacles"] == [f"联合领导小组的办公室设在{OLD}，请先调整"]
    ended = f"{API}/leading-groups/{other}"
    etag = {"if-match": f'"{ok(as_("supervisor").get(ended))["version"]}"'}
    ok(as_("supervisor").patch(ended, json={"office_unit_id": world.unit[NEW]}, headers=etag))
    ok(merge(as_, world))
    assert ok(as_("supervisor").get(f"{API}/leading-groups/{own}"))["valid_to"] is not None
