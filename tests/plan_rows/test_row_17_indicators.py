"""What the plan demands, row 17 (and the reading of row 9): coverage of after-school service 1:1, by the bureau's own
definition, and homework within its bounds, reported per term by the schools and looked at by the office that keeps it."""

from datetime import timedelta

from tests.conftest import As, form
from tests.imports.tables import as_csv, counts, looked_through
from tests.indicators.steps import VALUES, indicator, listed, newest, period, reported, today
from tests.walk.steps import API, ok
from tests.world import World

HEADS = ("指标", "单位", "学期/周期", "分子", "分母", "数值", "填报日期", "说明")
WORDS = "有需要的学生都参加课后服务，即 1:1。"


def test_from_the_definition_to_who_has_not_reached_it(as_: As, browse: As, world: World) -> None:
    # The office defines on its page what 1:1 means.
    office = browse("education")
    begun = (today() - timedelta(days=500)).isoformat()
    fields = {
        "code": "KHFW", "name": "课后服务覆盖率", "definition": WORDS, "measure": "ratio", "direction": "at_least",
        "numerator_name": "参加学生数", "denominator_name": "有需要的学生数", "target": "1", "cadence": "termly",
        "unit_group_id": world.group["各学校（园）"], "office_id": world.unit["教育股"], "valid_from": begun,
    }  # fmt: skip
    sent = office.post("/indicators", data=form(office, **fields))
    assert sent.status_code == 303, sent.text
    path = sent.headers["location"]
    indicator_id = int(path.rpartition("/")[2])
    assert WORDS in office.get(path).text
    # The schools' figures of last term come as a table, from the office.
    rows = (
        ("课后服务覆盖率", "实验小学", period(1), 480, 480, "", "", ""),
        ("KHFW", "第一中学", period(1), 90, 100, "", "", ""),
    )
    run = looked_through(
        as_("education"), as_csv(*rows, heads=HEADS), "指标.csv", resource="indicator-values", mode="commit"
    )
    assert counts(run) == (2, 0, 0, 0)
    # This term the school enters its own; what is below the line is there already.
    school = browse("school")
    page = school.get(f"/indicator-values/new?indicator_id={indicator_id}").text
    assert 'value="480"' in page and "已按上次填报填好" in page and WORDS in page
    fields = {"indicator_id": indicator_id, "unit_id": world.unit["实验小学"], "period": period()}
    sent = school.post("/indicator-values", data=form(school, **fields, numerator="470", denominator="480"))
    assert sent.status_code == 303
    value = sent.headers["location"]
    assert "未达标" in school.get(value).text
    # It puts right what it counted wrongly; twice it cannot report.
    again = school.post("/indicator-values", data=form(school, **fields, numerator="470", denominator="480"))
    assert again.status_code == 409 and "已经填报" in again.text and 'value="470"' in again.text
    fields = {
        "version": 1,
        "numerator": "480",
        "denominator": "480",
        "reported_on": today().isoformat(),
        "note": "补报 10 人",
    }
    assert school.post(value, data=form(school, **fields)).status_code == 303
    assert "达标" in school.get(value).text and "补报 10 人" in school.get(value).text
    # The office sees who reached it, who did not and who has not reported; each number leads to its rows.
    shown = office.get(path).text
    assert '<svg class="line"' in shown and "走势" in shown
    link = f"{path}?period={period()}&amp;status=missing#units"
    assert f'<a href="{link}">4</a>' in shown
    missing = office.get(link.replace("&amp;", "&").partition("#")[0]).text.partition('id="units"')[2]
    assert "第一中学" in missing and "实验小学" not in missing
    found = ok(as_("education").get(f"{API}/indicators/{indicator_id}"))["periods"]
    assert [(each["reached"], each["not_reached"], each["missing"]) for each in found[-2:]] == [(1, 1, 3), (1, 0, 4)]
    # What goes out comes back unchanged; the schools' figures stay their own.
    for suffix in ("csv", "xlsx"):
        content = office.get(f"/indicator-values.{suffix}").content
        again = looked_through(as_("education"), content, f"指标.{suffix}", resource="indicator-values", mode="commit")
        assert counts(again) == (0, 0, 3, 0), suffix
    assert "第一中学" not in school.get(path).text.partition('id="units"')[2]
    assert school.get(value).status_code == 200 and browse("middle").get(value).status_code == 404
    trail = ok(as_("auditor").get(f"{API}/events?resource=indicator_value&operation=indicator_value.edit"))["data"]
    assert len(trail) == 1
    # Homework: the fewer classes beyond the bounds the better; what a school puts right counts at once.
    homework = indicator(
        as_, world, code="ZYCS", name="书面作业超时班级占比", definition="书面作业超过规定时长的班级，不应有。",
        numerator_name="超时班级数", denominator_name="班级总数", direction="at_most", target=0,
    )  # fmt: skip
    told = reported(as_("school"), homework, 2, 24)
    reported(as_("middle"), homework, 0, 36)
    assert {each["name"]: each["status"] for each in listed(as_("education"), homework)}.items() >= {
        ("实验小学", "not_reached"),
        ("第一中学", "reached"),
    }
    assert "未达标" in browse("school").get(f"/indicator-values/{told['id']}").text
    mended = as_("school").patch(
        f"{VALUES}/{told['id']}", json={"numerator": 0, "note": "已调整作业"}, headers={"if-match": '"1"'}
    )
    assert ok(mended)["status"] == "reached"
    assert (newest(as_("supervisor"), homework)["reached"], newest(as_("supervisor"), homework)["not_reached"]) == (
        2,
        0,
    )
