"""Campaigns over JSON: phases in order, self-checks handed in and looked through, figures that are their rows."""

from typing import Any

from app.campaigns.expanding import take_in
from tests.campaigns.steps import AT, CHECKS, GROUP, TOLD, concluded, days, drawn_up, own, rollup, started, step, told
from tests.conftest import As
from tests.generated.forms import pressed_by_enter
from tests.stock import Stock, day
from tests.walk.steps import API, finding, inspection, ok
from tests.world import World


def _refused(answer: Any, status: int, pointer: str) -> None:
    errors = [each["pointer"] for each in answer.json().get("errors", ())]
    assert (answer.status_code, errors) == (status, [pointer]), answer.text


def test_what_a_campaign_needs_before_it_starts(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    body = {"title": "专项", "basis": "要点", "purpose": "规范。", "unit_id": world.unit["计财股"], **days()}
    _refused(supervisor.post(AT, json={**body, "inspection_from": day(9).isoformat()}), 422, "/inspection_from")
    _refused(supervisor.post(AT, json={**body, "summary_to": day(29).isoformat()}), 422, "/summary_to")
    _refused(supervisor.post(AT, json={**body, "office_ids": [world.unit["实验小学"]]}), 422, "/office_ids")
    _refused(supervisor.post(AT, json={**body, "unit_id": world.unit["实验小学"]}), 422, "/unit_id")
    wrong = {**GROUP, "leader": ""}
    _refused(supervisor.post(AT, json={**body, "leading_group": wrong}), 422, "/leading_group/leader")
    assert as_("office").post(AT, json=body).status_code == as_("school").post(AT, json=body).status_code == 403
    bare = drawn_up(supervisor, world, leading_group=None)
    _refused(supervisor.post(f"{AT}/{bare['id']}/start"), 409, "/leading_group_id")
    alone = drawn_up(supervisor, world, unit_ids=[], leading_group={**GROUP, "name": "另一个领导小组"})
    _refused(supervisor.post(f"{AT}/{alone['id']}/start"), 409, "/unit_group_id")


def test_who_sees_which_campaign_and_whose_self_check(as_: As, world: World) -> None:
    offices = [world.unit["人事股"]]
    made = started(as_, world, unit_id=world.unit["教育股"], office_ids=offices)
    other = started(as_, world, leading_group={**GROUP, "name": "另一个"}, unit_ids=[world.unit["第一幼儿园"]])
    draft = drawn_up(as_("supervisor"), world, leading_group=None)
    both = {world.unit["实验小学"], world.unit["第一中学"]}
    everything = ({made["id"], other["id"], draft["id"]}, both | {world.unit["第一幼儿园"]})
    for account, (campaigns, units) in {
        "supervisor": everything,
        "leader": everything,
        "discipline": everything,
        "education": ({made["id"]}, both),
        "office": ({made["id"]}, both),
        "school": ({made["id"]}, {world.unit["实验小学"]}),
        "middle": ({made["id"]}, {world.unit["第一中学"]}),
        "kindergarten": ({other["id"]}, {world.unit["第一幼儿园"]}),
        "central": (set(), set()),
        "sysadmin": (set(), set()),
        "other_supervisor": (set(), set()),
    }.items():
        client = as_(account)
        assert {row["id"] for row in ok(client.get(AT))["data"]} == campaigns, account
        assert {row["unit_id"] for row in ok(client.get(CHECKS))["data"]} == units, account
    # The school knows who leads and who takes part, and neither whom else it asks nor what the offices say.
    seen = ok(as_("school").get(f"{AT}/{made['id']}"))
    assert (seen["unit_ids"], seen["inside"], seen["leading_group"]["leader"]) == ([], False, "王建国")
    assert rollup(as_("school"), made)["targets"] == 1
    row = told(as_("school"), own(as_("school"), made))
    assert as_("office").post(f"{CHECKS}/{row['id']}/confirm").status_code == 403  # It takes part and does not lead.
    assert as_("school").post(f"{CHECKS}/{row['id']}/confirm").status_code == 403
    assert as_("middle").get(f"{CHECKS}/{row['id']}").status_code == 404
    assert as_("middle").post(f"{AT}/{made['id']}/begin-inspection").status_code == 403
    done = ok(as_("education").post(f"{CHECKS}/{row['id']}/confirm"))
    # What is to be put right for it, the offices of the campaign see.
    for account in ("education", "office", "school"):
        assert ok(as_(account).get(f"{API}/rectifications/{done['rectification_id']}"))["source"] == "self_check"
    assert as_("middle").get(f"{API}/rectifications/{done['rectification_id']}").status_code == 404


def test_a_self_check_says_what_it_lacks_and_opens_one_rectification(as_: As, world: World) -> None:
    made, school, supervisor = started(as_, world), as_("school"), as_("supervisor")
    row = own(school, made)
    path = f"{CHECKS}/{row['id']}"
    refused = school.post(f"{path}/submit")
    lacking = ["/situation", "/has_problem", "/evidence"]
    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (409, lacking)
    more = {"json": {"amount_involved": "1", "amount_returned": "2"}, "headers": {"if-match": str(row["version"])}}
    _refused(school.patch(path, **more), 422, "/amount_returned")
    told(school, row)
    ok(supervisor.post(f"{path}/send-back", json={"note": "金额没有算全。"}))
    again = ok(school.get(path))
    assert (again["state"], again["said"]) == ("sent_back", "金额没有算全。")
    ok(school.post(f"{path}/submit"))
    first = ok(supervisor.post(f"{path}/confirm"))["rectification_id"]
    opened = ok(school.get(f"{API}/rectifications/{first}"))
    assert (opened["problem"], opened["deadline_on"]) == (TOLD["problem"], made["rectification_to"])
    ok(supervisor.post(f"{path}/ask", json={"note": "补清退凭证。"}))
    ok(school.post(f"{path}/submit"))
    assert ok(supervisor.post(f"{path}/confirm"))["rectification_id"] == first


def test_in_the_summary_phase_a_unit_hands_in_what_it_is_asked_for_alone(as_: As, world: World) -> None:
    made, school, supervisor = started(as_, world), as_("school"), as_("supervisor")
    step(supervisor, made, "begin-inspection", "begin-rectification", "begin-summary")
    row = own(school, made)
    path = f"{CHECKS}/{row['id']}"
    assert row["allowed_actions"] == [] and school.post(f"{path}/submit").json()["code"] == "not_in_time"
    sent = {"data": {"title": "自查报告", "kind": "inspection", "evidence_on": day(0).isoformat()}}
    sent["data"] |= {"target": "self-checks", "target_id": str(row["id"])}
    sent |= {"files": {"file": ("报告.txt", b"1", "text/plain")}}
    assert school.post(f"{API}/evidence", **sent).status_code == 409
    asked = ok(supervisor.post(f"{path}/ask", json={"note": "请补报。"}))
    told(school, ok(school.get(path)) | {"version": asked["version"]}, has_problem=False)
    ok(supervisor.post(f"{path}/confirm"))
    concluded(supervisor, made)
    assert supervisor.post(f"{AT}/{made['id']}/close").json()["code"] == "left_open"
    ok(supervisor.post(f"{AT}/{made['id']}/close", json={"note": "第一中学另行督办。"}))
    assert supervisor.post(f"{path}/ask", json={"note": "再补。"}).json()["code"] == "not_in_time"


def test_a_unit_that_opens_while_the_self_check_goes_on_is_taken_in(as_: As, world: World, stock: Stock) -> None:
    made = started(as_, world, unit_group_id=world.group["各幼儿园"], unit_ids=[])
    assert rollup(as_("supervisor"), made)["targets"] == 1
    opened = {"code": "K-2", "name": "第二幼儿园", "kind": "kindergarten", "stages": ["kindergarten"]}
    unit = ok(as_("sysadmin").post(f"{API}/units", json=opened), 201)["id"]
    assert (stock.do(take_in), stock.do(take_in)) == (1, 0)
    assert unit in {row["unit_id"] for row in ok(as_("supervisor").get(CHECKS))["data"]}
    # Once it runs units are added by hand, and none is taken away.
    version = ok(as_("supervisor").get(f"{AT}/{made['id']}"))["version"]
    added = {"json": {"unit_ids": [world.unit["实验小学"]]}, "headers": {"if-match": str(version)}}
    version = ok(as_("supervisor").patch(f"{AT}/{made['id']}", **added))["version"]
    assert own(as_("school"), made)["state"] == "pending"
    taken = {"json": {"unit_ids": []}, "headers": {"if-match": str(version)}}
    _refused(as_("supervisor").patch(f"{AT}/{made['id']}", **taken), 409, "/unit_ids")
    step(as_("supervisor"), made, "begin-inspection")
    ok(as_("sysadmin").post(f"{API}/units", json=opened | {"code": "K-3", "name": "第三幼儿园"}), 201)
    assert stock.do(take_in) == 0


def test_an_unannounced_inspection_is_in_no_figure_before_its_release(as_: As, world: World) -> None:
    """Neither for its target, nor for the office paired with it that leads the campaign."""
    made = started(as_, world, unit_id=world.unit["教育股"])
    supervisor = as_("supervisor")
    before = {account: _seen(as_, account, made) for account in ("middle", "education")}
    surprise = inspection(as_, [world.unit["第一中学"]], mode="unannounced", kind="special_campaign", title="收费暗访")
    ok(supervisor.post(f"{AT}/{made['id']}/attach", json={"inspection_id": surprise["id"]}))
    path = f"{API}/inspections/{surprise['id']}"
    ok(supervisor.post(f"{path}/start"))
    finding(as_, surprise["id"], world.unit["第一中学"])
    assert {account: _seen(as_, account, made) for account in before} == before
    for account in ("middle", "education"):
        refused = as_(account).post(f"{AT}/{made['id']}/detach", json={"inspection_id": surprise["id"]})
        missing = as_(account).post(f"{AT}/{made['id']}/detach", json={"inspection_id": 999_999})
        assert refused.status_code == missing.status_code, account
    figures = rollup(supervisor, made)
    assert (figures["inspections"], figures["findings"]["major"]) == (1, 1)
    ok(supervisor.post(f"{path}/report"))
    ok(supervisor.post(f"{path}/release"))
    assert rollup(as_("middle"), made)["inspections"] == rollup(as_("education"), made)["inspections"] == 1


def _seen(as_: As, account: str, campaign: dict[str, Any]) -> Any:
    client = as_(account)
    listed = ok(client.get(f"{API}/inspections?campaign_id={campaign['id']}"))["data"]
    lines = ok(client.get(f"{CHECKS}?campaign_id={campaign['id']}"))["data"]
    return listed, lines, rollup(client, campaign), ok(client.get(f"{AT}/{campaign['id']}"))


def test_offices_that_take_part_inspect_the_units_that_are_asked_and_no_others(as_: As, world: World) -> None:
    unit, office = world.unit, as_("office")
    made = started(as_, world, office_ids=[unit["人事股"]])
    plan = {"title": "收费检查", "mode": "unannounced", "kind": "special_campaign", "unit_ids": [unit["实验小学"]]}
    plan |= {"starts_on": day(0).isoformat(), "ends_on": day(3).isoformat()}
    at = f"{AT}/{made['id']}/inspect"
    planned = ok(office.post(at, json=plan), 201)
    assert (planned["campaign_id"], planned["unit_name"]) == (made["id"], "人事股")
    assert "start" in planned["allowed_actions"]
    refused = office.post(at, json={**plan, "unit_ids": [unit["实验小学"], unit["第一幼儿园"]]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/unit_ids")
    assert "第一幼儿园" in refused.text
    assert office.post(f"{API}/inspections", json=plan).status_code == 403
    assert as_("education").post(at, json=plan).status_code == 404
    assert as_("school").post(at, json=plan).status_code == 403
    draft = drawn_up(as_("supervisor"), world, leading_group=None)
    assert as_("supervisor").post(f"{AT}/{draft['id']}/inspect", json=plan).status_code == 409
    # The discipline team has its own inspections counted in, and no others'.
    own_one = ok(as_("discipline").post(f"{API}/inspections", json=plan), 201)
    attach = f"{AT}/{made['id']}/attach"
    ok(as_("discipline").post(attach, json={"inspection_id": own_one["id"]}))
    others = inspection(as_, [unit["实验小学"]])
    assert as_("discipline").post(attach, json={"inspection_id": others["id"]}).status_code == 403


def _found(client: Any, at: str, plan: dict[str, Any]) -> int:
    """An inspection of one unit, with a finding that was issued."""
    path = f"{API}/inspections/{ok(client.post(at, json=plan), 201)['id']}"
    ok(client.post(f"{path}/start"))
    words = {"category": "教育收费", "severity": "major", "description": "公示没有更新。", "correction": "更新公示。"}
    made = ok(client.post(f"{path}/findings", json={"unit_id": plan["unit_ids"][0], **words}), 201)
    ok(client.post(f"{API}/findings/{made['id']}/issue"))
    return int(path.rpartition("/")[2])


def test_what_every_office_of_the_campaign_inspects_counts_once_for_all_of_them(as_: As, world: World) -> None:
    """教育股 leads, 人事股 takes part, 派驻组 has one of its own counted in; each found one problem."""
    unit = world.unit
    made = started(as_, world, unit_id=unit["教育股"], office_ids=[unit["人事股"]])
    at = f"{AT}/{made['id']}/inspect"
    plan = {"title": "收费检查", "mode": "announced", "kind": "special_campaign", "unit_ids": [unit["实验小学"]]}
    plan |= {"starts_on": day(0).isoformat(), "ends_on": day(3).isoformat()}
    own = {account: _found(as_(account), at, plan) for account in ("education", "office", "discipline")}
    inspection(as_, [unit["实验小学"]], kind="special_campaign")  # Of no campaign.
    for account in ("supervisor", "education", "office"):
        client = as_(account)
        figures = rollup(client, made)
        counted = (figures["inspections"], figures["findings"]["total"], figures["rectifications"]["total"])
        assert counted == (3, 3, 3), account
        by_office = {each["unit_name"]: each for each in figures["offices"]}
        assert {name: (each["inspections"], each["findings"]) for name, each in by_office.items()} == dict.fromkeys(
            ("教育股", "人事股", "派驻组"), (1, 1)
        ), account
        assert [each["summarized"] for each in figures["offices"]] == [False, False, None]
        for noun in ("inspections", "findings", "rectifications"):
            listed = ok(client.get(f"{API}/{noun}?campaign_id={made['id']}&count=true"))
            assert listed["total"] == len(listed["data"]) == 3, (account, noun)
        lines = ok(client.get(f"{CHECKS}?campaign_id={made['id']}"))["data"]
        (line,) = [each for each in lines if each["unit_id"] == unit["实验小学"]]
        assert (line["inspection_count"], line["finding_count"], line["rectifications"]["total"]) == (3, 3, 3)
    # Of what is not open only the team knows, and of what is not issued.
    hidden = ok(as_("office").post(at, json={**plan, "mode": "unannounced"}), 201)["id"]
    assert as_("education").get(f"{API}/inspections/{hidden}").status_code == 404
    assert [rollup(as_(name), made)["inspections"] for name in ("education", "office", "supervisor")] == [3, 4, 4]
    words = {"category": "收费", "severity": "minor", "description": "没有票据。", "correction": "补开。"}
    path = f"{API}/inspections/{own['office']}/findings"
    ok(as_("office").post(path, json={"unit_id": unit["实验小学"], **words}), 201)
    assert [rollup(as_(name), made)["findings"]["total"] for name in ("education", "office")] == [3, 4]
    assert ok(as_("education").get(f"{API}/inspections/{own['office']}"))["allowed_actions"] == []


def test_enter_in_the_amount_saves_and_does_not_submit(as_: As, browse: As, world: World) -> None:
    home = f"/self-checks/{own(as_('school'), started(as_, world))['id']}"
    page = browse("school").get(home).text
    assert "涉及金额" in page and f'formaction="{home}/submit"' in page
    assert pressed_by_enter(page, "fill") == home
