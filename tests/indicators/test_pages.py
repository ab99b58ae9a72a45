"""Pages of indicators: forms keep what was typed, what may not be pressed is not there, chart and table agree."""

import re

from app.assignments import words
from app.assignments.words import dated
from tests.conftest import As, form
from tests.indicators.steps import AT, indicator, period, reported
from tests.walk.steps import ok
from tests.world import World


def test_a_refused_definition_keeps_what_was_typed(browse: As, world: World) -> None:
    browser = browse("education")
    fields = {"code": "X", "name": "图书数", "definition": "生均图书。", "measure": "count", "numerator_name": "册数"}
    fields |= {"direction": "at_least", "target": "1.234", "cadence": "yearly", "office_id": world.unit["教育股"]}
    refused = browser.post("/indicators", data=form(browser, **fields, unit_group_id=world.group["各学校（园）"]))
    assert refused.status_code == 422
    assert (
        "最多两位小数" in refused.text and 'value="1.234"' in refused.text and "生均图书。</textarea>" in refused.text
    )


def test_an_indicator_is_changed_on_its_page_by_whoever_keeps_it(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    path = f"/indicators/{of['id']}"
    browser = browse("education")
    assert f'href="{path}/edit"' in browser.get(path).text
    shown = browser.get(f"{path}/edit").text
    assert 'value="98"' in shown and 'name="version" value="1"' in shown
    names = ("code", "name", "definition", "measure", "numerator_name", "denominator_name", "direction", "cadence")
    fields = {name: of[name] for name in (*names, "unit_group_id", "office_id", "valid_from")}
    sent = browser.post(f"{path}/edit", data=form(browser, **fields, version=1, target="99", valid_to=""))
    assert sent.status_code == 303 and ok(as_("education").get(f"{AT}/{of['id']}"))["target"] == "99"
    stale = browser.post(f"{path}/edit", data=form(browser, **fields, version=1, target="97", valid_to=""))
    assert stale.status_code == 412 and 'value="97"' in stale.text
    for account in ("school", "leader", "office"):
        reader = browse(account)
        assert f"{path}/edit" not in reader.get(path).text, account
        assert reader.get(f"{path}/edit").status_code == 403, account


def test_the_keeping_office_chooses_among_all_units(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    browser = browse("education")
    assert "选定指标" in browser.get("/indicator-values/new").text
    first = browser.get(f"/indicator-values/new?indicator_id={of['id']}").text
    assert "实验小学" in first and "第一中学" in first and "已按上次填报填好" not in first
    reported(as_("middle"), of, 10, 321, period=period(1))
    unit = world.unit["第一中学"]
    chosen = browser.get(f"/indicator-values/new?indicator_id={of['id']}&unit_id={unit}").text
    assert 'value="321"' in chosen and "已按上次填报填好" in chosen
    assert browse("leader").get("/indicator-values/new").status_code == 403
    assert "现在没有可以填报的单位" in browse("office").get(f"/indicator-values/new?indicator_id={of['id']}").text


def test_the_chart_and_the_table_hold_the_same_figures(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    reported(as_("school"), of, 450, 500, period=period(1))
    reported(as_("school"), of, 495, 500)
    page = browse("school").get(f"/indicators/{of['id']}").text
    chart = page.partition('<svg class="line"')[2].partition("</svg>")[0]
    assert "style=" not in chart and "本单位" in chart and "99%" in chart and "98%" in chart
    assert f">{words.period(period())}</text>" in chart and period() not in chart
    figures = browse("school").get(f"/indicator-values?period={period(1)}").text
    assert f'<option value="{period(1)}" selected>{dated(period(1))}</option>' in figures and ">90%<" in figures
    table = page.partition("各期情况</h2>")[2].partition("</table>")[0]
    rows = [re.findall(r">([^<>]+)</(?:a|td)>", row) for row in table.split("<tr")[2:]]
    assert [(row[0], row[2]) for row in rows[:2]] == [(dated(period()), "99%"), (dated(period(1)), "90%")]
    assert "填报" in page and "第一中学" not in page.partition('id="units"')[2]


def test_whoever_only_reads_sees_no_button(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    made = reported(as_("school"), of, note="=1+1")
    reader = browse("leader")
    for path in ("/indicators", f"/indicators/{of['id']}", "/indicator-values", f"/indicator-values/{made['id']}"):
        page = reader.get(path)
        assert page.status_code == 200 and "/indicator-values/new" not in page.text and "批量导入" not in page.text
        assert 'name="version"' not in page.text, path
    empty = browse("school").get("/indicator-values?status=not_reached").text
    assert "没有符合条件的数据" in empty


def test_what_was_entered_wrongly_is_said_at_its_field(as_: As, browse: As, world: World) -> None:
    of = indicator(as_, world)
    browser = browse("school")
    fields = {"indicator_id": of["id"], "unit_id": world.unit["实验小学"], "period": period(), "note": "七年级未统计"}
    refused = browser.post("/indicator-values", data=form(browser, **fields, numerator="501", denominator="500"))
    assert refused.status_code == 422 and "f-numerator-error" in refused.text
    assert "七年级未统计" in refused.text and 'value="501"' in refused.text
    made = reported(as_("school"), of)
    path = f"/indicator-values/{made['id']}"
    stale = {"numerator": "1", "denominator": "", "reported_on": made["reported_on"], "version": 1}
    refused = browser.post(path, data=form(browser, **stale))
    assert refused.status_code == 422 and "请填写有需要的学生数" in refused.text
    gone = browser.post("/indicator-values", data=form(browser, indicator_id=999_999, numerator="1", denominator="2"))
    assert gone.status_code == 422
