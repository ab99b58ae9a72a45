"""Figures of indicators from a table: a school brings in its own, the keeping office everyone's."""

from typing import Any

from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of, send
from tests.indicators.steps import VALUES, indicator, period, reported, today
from tests.walk.steps import ok
from tests.world import World

HEADS = ("指标名称", "学校", "学期", "分子", "分母", "数值", "填报日期", "备注")


def imported(client: Any, *rows: Cells, mode: str = "commit") -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=HEADS), "指标.csv", resource="indicator-values", mode=mode)


def words(back: int = 0) -> str:
    """As people write a term."""
    year, number = period(back).split("-T")
    return f"{year}学年第{'一二'[int(number) - 1]}学期"


def test_figures_are_taken_in_changed_and_taken_back(as_: As, world: World) -> None:
    of = indicator(as_, world)
    indicator(as_, world, code="TS", name="图书数", measure="count", numerator_name=None, denominator_name=None)
    office = as_("education")
    rows = (
        ("课后服务覆盖率", "实验小学", words(), "1,480", "１５００", "", "", ""),
        ("KHFW", "第一中学", period(), "96.50", "100", "", "", "补报"),
        ("TS", "实验小学", period(1), "", "", "12000.0", "", ""),
    )
    run = imported(office, *rows)
    assert faults(rows_of(office, run)) == [] and counts(run) == (3, 0, 0, 0)
    found = {(each["indicator_code"], each["unit_name"]): each for each in ok(office.get(VALUES))["data"]}
    assert found["KHFW", "实验小学"]["numerator"] == "1480" and found["KHFW", "实验小学"]["period"] == period()
    assert (found["KHFW", "第一中学"]["result"], found["TS", "实验小学"]["number"]) == ("96.5", "12000")
    assert counts(imported(office, *rows)) == (0, 0, 3, 0)
    changed = imported(office, ("KHFW", "第一中学", period(), "99", "", "", "", ""))
    assert counts(changed) == (0, 1, 0, 0)
    now_ = {each["unit_name"]: each for each in ok(office.get(f"{VALUES}?indicator_id={of['id']}"))["data"]}
    assert (now_["第一中学"]["numerator"], now_["第一中学"]["note"], now_["第一中学"]["version"]) == ("99", "补报", 2)
    assert ok(office.post(f"{IMPORTS}/{changed['id']}/undo"))["state"] == "undone"
    back = next(each for each in ok(office.get(VALUES))["data"] if each["unit_name"] == "第一中学")
    assert (back["numerator"], back["denominator"], back["reported_on"]) == ("96.5", "100", today().isoformat())
    refused = office.post(f"{IMPORTS}/{run['id']}/undo")
    assert refused.status_code == 409 and refused.json()["code"] == "rows_touched"


def test_an_exported_list_changes_nothing(as_: As, world: World) -> None:
    of = indicator(as_, world)
    same = indicator(as_, world, code="KHFW-2")
    for each in (of, same):
        reported(as_("school"), each, "480.25", "500.5", note="=1+1")
        reported(as_("middle"), each)
    for account, count in (("education", 4), ("school", 2)):
        for suffix in ("csv", "xlsx"):
            content = as_(account).get(f"{VALUES}.{suffix}").content
            run = looked_through(as_(account), content, f"指标.{suffix}", resource="indicator-values", mode="commit")
            assert counts(run) == (0, 0, count, 0), (account, suffix)


def test_a_unit_brings_in_its_own_figures_alone(as_: As, world: World) -> None:
    indicator(as_, world)
    row = ("KHFW", "第一中学", period(), "1", "2", "", "", "")
    run = imported(as_("school"), row, mode="preview")
    ((_, column, why, _),) = faults(rows_of(as_("school"), run))
    assert column == "unit" and "只能填报本单位" in why
    for account in ("leader", "sysadmin"):
        refused = send(as_(account), as_csv(row, heads=HEADS), "指标.csv", resource="indicator-values")
        assert refused.status_code == 403, account


def test_each_wrong_cell_is_named(as_: As, world: World) -> None:
    indicator(as_, world)
    indicator(as_, world, code="TS", name="图书数", measure="count", numerator_name=None, denominator_name=None)
    good = ("KHFW", "实验小学", period(), "1", "2", "", "", "")
    rows = (
        ("没有的", *good[1:]),
        ("KHFW", "实验小校", *good[2:]),
        ("KHFW", "实验小学", "2026-13", *good[3:]),
        ("KHFW", "实验小学", "2199-T1", *good[3:]),
        (*good[:3], "一半", *good[4:]),
        (*good[:3], "3", *good[4:]),
        (*good[:4], "0", *good[5:]),
        (*good[:3], "1.234", *good[4:]),
        (*good[:5], "7", "", ""),
        ("TS", "实验小学", period(), "", "", "", "", ""),
        ("KHFW", "实验小学党支部", *good[2:]),
        (*good[:6], "2199-01-01", ""),
        (*good[:7], "长" * 501),
        good,
        good,
        ("没有的", *good[1:6], "2199-01-01", ""),
        ("KHFW", "实验小校", period(), "3", "2", "", "", ""),
        ("KHFW", "实验小校", period(), "3", "", "", "", ""),
    )
    run = imported(as_("education"), *rows, mode="preview")
    assert counts(run) == (1, 0, 0, 17)
    told = [(number, column) for number, column, _, _ in faults(rows_of(as_("education"), run, kind="wrong"))]
    unlike = faults(rows_of(as_("education"), run, kind="wrong"))[0]
    assert unlike[2:] == ("没有这一指标，请写指标的编码或名称，可选：课后服务覆盖率、图书数", [])
    run = imported(as_("education"), ("课后服务的覆盖率", *good[1:]), ("KHFV", *good[1:]), mode="preview")
    assert [each[3] for each in faults(rows_of(as_("education"), run))] == [["课后服务覆盖率"], ["KHFW"]]
    # What is wrong beside an unknown indicator or unit is said along with it.
    besides = [(17, "indicator"), (17, "reported_on"), (18, "unit"), (18, "numerator"), (19, "unit")]
    assert told[-5:] == besides
    assert dict(told[:-5]) == {
        2: "indicator", 3: "unit", 4: "period", 5: "period", 6: "numerator", 7: "numerator", 8: "denominator",
        9: "numerator", 10: "number", 11: "number", 12: "unit", 13: "reported_on", 14: "note", 16: "",
    }  # fmt: skip
