"""Indicators over time: no need at all, targets that change, what is awaited of a unit, and what was a mistake."""

from datetime import timedelta
from typing import Any

from app.assignments.words import dated
from tests.conftest import As, form
from tests.imports.tables import as_csv, counts, looked_through
from tests.indicators.steps import AT, SCHOOLS, VALUES, indicator, listed, newest, period, reported, today
from tests.indicators.test_indicators import pointers
from tests.walk.steps import API, ok
from tests.world import World

HEADS = ("指标", "单位", "学期/周期", "分子", "分母", "数值", "填报日期", "说明")


def edited(client: Any, of: Any, version: int, **changes: Any) -> Any:
    return client.patch(f"{AT}/{of['id']}", json=changes, headers={"if-match": f'"{version}"'})


def waiting(client: Any) -> dict[str, Any]:
    """Title → entry of the figures that wait for a person."""
    groups = ok(client.get(f"{API}/my-work"))["groups"]
    entries = [{**entry, "group": group["group"]} for group in groups for entry in group["data"]]
    return {entry["title"]: entry for entry in entries if entry["resource"] == "indicators"}


def test_no_need_is_reported_and_stands_outside_the_rate(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    none = reported(as_("school"), of, 0, 0)
    assert (none["result"], none["status"]) == (None, "no_need")
    assert newest(as_("education"), of)["result"] is None
    reported(as_("middle"), of, 490, 500)
    wrong = as_("central").post(VALUES, json={"indicator_id": of["id"], "numerator": 3, "denominator": 0})
    assert pointers(wrong) == ["/denominator"]
    shown = newest(as_("education"), of)
    assert {name: shown[name] for name in ("expected", "reached", "not_reached", "no_need", "missing")} == {
        "expected": len(SCHOOLS), "reached": 1, "not_reached": 0, "no_need": 1, "missing": len(SCHOOLS) - 2,
    }  # fmt: skip
    assert shown["result"] == "98"
    assert [row["name"] for row in listed(as_("education"), of, status="no_need")] == ["实验小学"]
    for status, count in (("reached", 1), ("not_reached", 0), ("no_need", 1)):
        assert ok(as_("education").get(f"{VALUES}?status={status}&count=true"))["total"] == count, status
    page = browse("education").get(f"/indicators/{of['id']}?status=no_need").text
    assert "无需求" in page.partition('id="units"')[2] and "第一中学" not in page.partition('id="units"')[2]
    # A table brings it in, and what goes out comes back unchanged.
    row = ("KHFW", "第一幼儿园", period(), "0", "0", "", "", "")
    run = looked_through(
        as_("education"), as_csv(row, heads=HEADS), "指标.csv", resource="indicator-values", mode="commit"
    )
    assert counts(run) == (1, 0, 0, 0)
    content = as_("education").get(f"{VALUES}.csv").content
    assert content.decode("utf-8-sig").count("无需求") == 2
    again = looked_through(as_("education"), content, "指标.csv", resource="indicator-values", mode="commit")
    assert counts(again) == (0, 0, 3, 0)


def test_a_new_target_leaves_what_was_reached_before(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    education, school = as_("education"), as_("school")
    before = reported(school, of, 98, 100, period=period(1))
    now_ = reported(school, of, 98, 100)
    assert ok(edited(education, of, 1, target=99))["target"] == "99"
    told = ok(education.get(f"{AT}/{of['id']}"))["periods"][-2:]
    assert [(each["target"], each["reached"], each["not_reached"]) for each in told] == [("98", 1, 0), ("99", 0, 1)]
    statuses = [ok(school.get(f"{VALUES}/{each['id']}")) for each in (before, now_)]
    assert [(each["target"], each["status"]) for each in statuses] == [("98", "reached"), ("99", "not_reached")]
    # Another figure in the same period is no further step; what held before stays what it was.
    ok(edited(education, of, 2, target="97.5"))
    told = ok(education.get(f"{AT}/{of['id']}"))["periods"][-2:]
    assert [each["target"] for each in told] == ["98", "97.5"]
    # Past periods change where they are named.
    assert pointers(edited(education, of, 3, target=99, target_from="2199-T1")) == ["/target_from"]
    ok(edited(education, of, 3, target=99, target_from=period(1)))
    told = ok(education.get(f"{AT}/{of['id']}"))["periods"][-3:]
    assert [each["target"] for each in told] == ["98", "99", "99"]
    assert ok(school.get(f"{VALUES}?status=reached"))["data"] == []
    assert edited(education, of, 4, direction="at_most").json()["code"] == "reported"
    lines = education.get(f"{AT}/{of['id']}/units.csv?period={period(2)}").content.decode("utf-8-sig").splitlines()
    assert "目标值" in lines[0] and ",98," in lines[1]
    browser = browse("education")
    shown = browser.get(f"/indicators/{of['id']}/edit").text
    assert "从本期起，以前各期不变" in shown and f'value="{period(1)}"' in shown
    trail = ok(as_("auditor").get(f"{API}/events?resource=indicator&resource_id={of['id']}"))["data"]
    assert any((event["after"] or {}).get("target_from") == period(1) for event in trail)


def test_what_was_not_reported_waits_for_the_unit(as_: As, browse: As, world: World) -> None:
    assert waiting(as_("school")) == {}
    of = indicator(as_, world)
    entry = waiting(as_("school"))["指标填报 · 课后服务覆盖率"]
    assert (
        entry["group"] == "overdue" and entry["why"] == f"实验小学还没有填报{dated(period(1))}、{dated(period())}的数据"
    )
    blank = browse("school").get(entry["page"]).text
    assert of["numerator_name"] in blank and f'value="{period(1)}" selected' in blank
    assert "柳林" in waiting(as_("central"))["指标填报 · 课后服务覆盖率"]["why"]
    for account in ("education", "office", "supervisor", "leader"):
        assert waiting(as_(account)) == {}, account
    reported(as_("school"), of, 0, 0, period=period(1))
    entry = waiting(as_("school"))["指标填报 · 课后服务覆盖率"]
    assert entry["group"] != "overdue" and entry["why"] == f"实验小学还没有填报{dated(period())}的数据"
    reported(as_("school"), of)
    assert waiting(as_("school")) == {} and len(waiting(as_("middle"))) == 1
    # Before it holds, and of the district's own terms.
    late = indicator(as_, world, code="X", name="以后", valid_from=(today() + timedelta(days=300)).isoformat())
    assert late["id"] and waiting(as_("school")) == {}
    name = f"{today().year - 3}-T1"
    term = {"name": name, "starts_on": (today() - timedelta(days=30)).isoformat()}
    ok(as_("supervisor").post(f"{API}/school-terms", json=term | {"ends_on": today().isoformat()}), 201)
    assert dated(name) in waiting(as_("school"))["指标填报 · 课后服务覆盖率"]["why"]


def test_the_keeping_office_removes_what_was_a_mistake(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    made = reported(as_("education"), of, unit_id=world.unit["第一中学"])
    path, head = f"{VALUES}/{made['id']}", {"if-match": '"7"'}
    assert as_("middle").delete(path).status_code == 403 and as_("school").delete(path).status_code == 404
    assert as_("supervisor").delete(path).status_code == 403
    assert as_("education").delete(path, headers=head).status_code == 412
    assert as_("education").delete(f"{AT}/{of['id']}").json()["code"] == "reported"
    assert "delete" not in ok(as_("education").get(f"{AT}/{of['id']}"))["allowed_actions"]
    office = browse("education")
    page = office.get(f"/indicator-values/{made['id']}").text
    assert f'action="/indicator-values/{made["id"]}/delete"' in page
    sent = office.post(f"/indicator-values/{made['id']}/delete", data=form(office, of_version=1))
    assert sent.status_code == 303 and as_("middle").get(path).status_code == 404
    ok(as_("education").delete(f"{AT}/{of['id']}", headers={"if-match": '"1"'}), 204)
    assert as_("education").get(f"{AT}/{of['id']}").status_code == 404
    trail = ok(as_("auditor").get(f"{API}/events?operation=indicator_value.delete"))["data"]
    assert [event["before"]["numerator"] for event in trail if event["outcome"] == "done"] == ["490"]
