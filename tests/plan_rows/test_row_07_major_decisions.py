"""What the plan demands, row 7: 三重一大, decided together and supervised in its course by 党办, 人事股 and 计财股."""

from datetime import timedelta
from typing import Any

from tests.conftest import As, form
from tests.exported import csv_lines, page_lines
from tests.ledgers.test_forms import DECISIONS
from tests.major_decisions.steps import AT, PREPARED, TODAY, decided, flagged, held_on, meeting, minute, registered
from tests.walk.steps import API, PDF, ok
from tests.world import World

OFFICE = {"decision": "党办", "personnel": "人事股", "project": "计财股", "fund": "计财股"}


def test_from_proposal_to_completion(as_: As, browse: As, world: World) -> None:
    _supervise(as_, browse, world)
    school, office = browse("school"), browse("education")
    unit = world.unit["实验小学"]
    fields = {"unit_id": unit, "category": "fund", "subject": "购置录播设备", "proposer": "林青"}
    refused = school.post("/major-decisions", data=form(school, **fields))
    assert refused.status_code == 422 and "大额度资金须填写金额" in refused.text
    made = school.post("/major-decisions", data=form(school, **fields, amount="480000.50"))
    home = made.headers["location"]
    assert f"实验小学 {TODAY.year}-001" in school.get(home).text

    def fill(status: int = 303, **more: Any) -> str:
        fields.update(more)
        version = ok(as_("school").get(f"{API}{home}"))["version"]
        sent = {key: value for key, value in fields.items() if key != "unit_id"}
        answer = school.post(f"{home}/edit", data=form(school, version=version, **sent))
        assert answer.status_code == status, answer.text
        return answer.text

    def take(step: str, status: int = 303) -> str:
        answer = school.post(f"{home}/{step}", data=form(school))
        assert answer.status_code == status, answer.text
        return answer.text

    # Each step asks for what it needs, and says so.
    assert "请填写酝酿论证的情况" in take("deliberate", 409)
    fill(amount="480000.5", **PREPARED)
    take("deliberate")
    assert "请选择会议" in take("decide", 409)
    opinions = {"opinions": "高岩：同意。\n林青：同意，按程序采购。", "recusals": "何芳：亲属投标"}
    heads = {"meeting_kind": "party_meeting", "held_at": minute(), "chair": "林青", "expected": 9, "present": 5}
    votes = {"votes_for": 4, "votes_against": 0, "votes_abstain": 0, "result": "passed", "observer": "纪检委员郑宁"}
    assert "第 1 行请按“姓名：意见”填写" in fill(422, **heads, **votes, recusals="", opinions="同意")
    fill(**opinions)
    assert "不足三分之二（至少 6 人）" in take("decide", 409)
    assert "与实到 8 人不符" in fill(422, present=8)
    fill(votes_for=6, votes_against=1)
    take("decide")
    assert "请填写公示起始日期" in take("disclose", 409)
    fill(disclosed_from=TODAY, disclosed_to=TODAY + timedelta(days=6), disclosure_place="校务公开栏")
    take("disclose")
    fill(responsible_person="高岩", execution="已签合同并验收。")
    take("execute")
    assert "请上传或关联会议纪要" in take("complete", 409)
    target = {"target": "major-decisions", "target_id": home.rpartition("/")[2], "back": home, "kind": "meeting"}
    school.post("/evidence/upload", data=form(school, **target), files={"file": ("纪要.pdf", PDF, "application/pdf")})
    take("complete")
    assert "已办结" in office.get(home).text and flagged(as_("education")) == []
    trail = ok(as_("auditor").get(f"{API}/events?resource=major_decision&resource_id={target['target_id']}"))["data"]
    done = [event["operation"].partition(".")[2] for event in reversed(trail) if event["outcome"] == "done"]
    steps = [each for each in done if each != "edit"]
    assert steps == ["create", "deliberate", "decide", "disclose", "execute", "complete"]
    # The ledger: one school's and the district's, with the columns of the form.
    _ledger(as_, browse, unit)


def _supervise(as_: As, browse: As, world: World) -> None:
    """By rows of a table; whoever sits at 教育股 sits at 计财股 too."""
    supervisor = browse("supervisor")
    for category, office in OFFICE.items():
        given = {"category": category, "office_id": world.unit[office], "basis": "工作方案"}
        assert supervisor.post("/decision-supervisions", data=form(supervisor, **given)).status_code == 303
    grant = {"role": "office", "unit_id": world.unit["计财股"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['education']}/role-grants", json=grant), 201)


def _ledger(as_: As, browse: As, unit: int) -> None:
    heads, line = csv_lines(as_("school").get(f"{AT}/ledger.csv").content)
    assert heads == DECISIONS.split("|")
    shown = dict(zip(heads, line, strict=True))
    assert shown["应到/实到"] == "9/8" and shown["表决"] == "赞成 6，反对 1，弃权 0" and shown["金额"] == "480000.5"
    assert shown["意见"] == "1.高岩：同意。\n2.林青（主持）：同意，按程序采购。" and shown["纪要"] == "纪要"
    assert shown["回避"] == "何芳（亲属投标）" and shown["公示"].endswith("校务公开栏")
    registered(as_("middle"))
    supervisor = browse("supervisor")
    assert [
        len(page_lines(supervisor.get(f"/major-decisions/ledger{query}").text)) for query in ("", f"?unit_id={unit}")
    ] == [3, 2]
    assert as_("supervisor").get(f"{AT}.xlsx").status_code == 200


def _found(browser: Any, office: Any, fields: dict[str, Any]) -> Any:
    """By the office, on the page for what was decided already."""
    assert "没有上会的留空" in browser.get("/major-decisions/new?decided=1").text
    given = {**fields, "category": "fund", "subject": "购置空调", "proposer": "林青", "amount": "90000", "decided": "1"}
    refused = browser.post("/major-decisions", data=form(browser, **{**given, "decided_on": ""}))
    assert refused.status_code == 422 and "请填写决定日期" in refused.text
    made = browser.post("/major-decisions", data=form(browser, **given))
    return ok(office.get(f"{API}{made.headers['location']}"))


def test_one_matter_earns_each_flag_and_whoever_supervises_looks_at_it(as_: As, browse: As, world: World) -> None:
    _supervise(as_, browse, world)
    school, office = as_("school"), as_("education")
    found = {"unit_id": world.unit["实验小学"], "decided_on": TODAY.isoformat(), **PREPARED}
    late = meeting(held_at=minute(40), legality_waived="常规维修", decided_on=held_on(40))
    few = meeting(present=3, votes_for=2, votes_against=0, decided_on=held_on())
    first = [{"speaker": "林青", "text": "我看可以。"}, {"speaker": "高岩", "text": "同意。"}]
    flags = {
        "chair_first": decided(school, opinions=first),
        "no_legality_review": decided(school, legality_by=None, legality_on=None),
        "overdue_disclosure": registered(school, **late),
        "quorum_missed": registered(school, **few, **PREPARED),
        "without_meeting": _found(browse("education"), office, found),
    }
    for flag, row in flags.items():
        assert row["flags"] == [flag] and flagged(office, flag) == [row["id"]], flag
    assert sorted(flagged(office)) == sorted(row["id"] for row in flags.values())
    page = browse("education").get("/major-decisions?flag=any").text
    assert all(
        words in page for words in ("未上会决定", "到会人数不足", "主持人未末位表态", "未作合法性审查", "公示逾期")
    )
    # That there was no meeting stands, whatever the school fills in afterwards.
    row = flags["without_meeting"]
    path = f"/major-decisions/{row['id']}"
    later = school.patch(f"{API}{path}", json=meeting(), headers={"if-match": f'"{row["version"]}"'})
    assert later.status_code == 422 and "不能再补填会议" in later.json()["detail"]
    # It waits for the supervising office, and then, with a remark, for the school.
    browser = browse("education")
    assert browser.get("/my-work").text.count("疑点：") == 5
    assert browser.post(f"{path}/remarks", data=form(browser, text="请说明为何没有上会。")).status_code == 303
    assert browser.post(f"/major-decisions/{flags['chair_first']['id']}/check", data=form(browser)).status_code == 303
    assert browser.get("/my-work").text.count("疑点：") == 3
    clerk = browse("school")
    assert "有监督意见尚未答复" in clerk.get("/my-work").text and "请说明为何没有上会" in clerk.get(path).text
    remark = ok(school.get(f"{API}{path}"))["remarks"][0]["id"]
    assert (
        clerk.post(f"{path}/answer", data=form(clerk, remark_id=remark, text="已在会上说明并检讨。")).status_code == 303
    )
    assert "有监督意见尚未答复" not in clerk.get("/my-work").text
    assert "已在会上说明并检讨。" in browser.get(path).text
