"""Persons beside units: nobody's name becomes a unit, and the unit is found. All names are made up."""

import pytest

from app.plans.parser import parse

from .test_parser import deadline, units


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("责任人：张某；责任单位：计财股、后勤股；完成时限：6月底前", ["计财股", "后勤股"]),
        ("责任人：李某某，责任单位：计财股，完成时限：6月底前。", ["计财股"]),
        ("责任领导：王某 责任单位：校建办 完成时限：6月底前", ["校建办"]),
        ("责任人：赵某、钱某某；责任股室：人事股；完成时限：6月底前", ["人事股"]),
        ("（责任人：周某；责任单位：办公室；完成时限：6月底前）", ["办公室"]),
        ("责任单位：办公室，责任人：吴某，完成时限：6月底前", ["办公室"]),
        ("责任单位：办公室（责任人：郑某），完成时限：6月底前", ["办公室"]),
        ("责任单位：计财股 张某，完成时限：6月底前", ["计财股"]),
        ("责任单位：计财股 张小明、教育股 李华；完成时限：6月底前", ["计财股", "教育股"]),
        ("责任单位：计财股（张某）、教育股（李××）；完成时限：6月底前", ["计财股", "教育股"]),
        ("责任单位：人事股孙某某，各学校；完成时限：6月底前", ["人事股", "各学校"]),
        ("牵头人：张某；牵头单位：计财股；完成时限：6月底前", ["计财股"]),
        ("责任人：张某责任单位：计财股完成时限：6月底前", ["计财股"]),
        ("【责任人】张某【责任单位】计财股【完成时限】6月底前", ["计财股"]),
        ("责任人 刘某 责任单位 计财股 完成时限 6月底前", ["计财股"]),
        ("责任单位——计财股；完成时限——6月底前", ["计财股"]),
        ("责任单位:计财股,人事股.责任人:刘某.完成时限:6月底前.", ["计财股", "人事股"]),
        ("责任单位：王某同志、计财股；完成时限：6月底前", ["计财股"]),
    ],
)
@pytest.mark.parametrize("joint", ["", "\n"])
def test_units_are_found_beside_persons(words: str, expected: list[str], joint: str) -> None:
    text = f"2026年整改任务分解\n一、整改任务\n1.完善管理制度。{joint}{words}\n2.开展评估。责任单位：督查室\n"
    first, second = parse(text).items
    assert (first.title, list(units(first))) == ("完善管理制度", expected)
    assert list(units(second)) == ["督查室"]
    assert deadline(first) == ("6月底前", "date", "2026-06-30")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("石桥、龙泉、白云等镇", ["石桥", "龙泉", "白云"]),
        ("教育股（德育）、实验小学（江北）", ["教育股（德育）", "实验小学（江北）"]),
        ("党办、高中、工会", ["党办", "高中", "工会"]),
        ("各学校 （ 园 ） 、 教育股", ["各学校（园）", "教育股"]),
    ],
)
def test_units_that_sound_like_persons_stay(words: str, expected: list[str]) -> None:
    (item,) = parse(f"2026年任务分解\n一、任务\n1.完善管理制度。责任单位：{words}\n").items
    assert list(units(item))[: len(expected)] == expected


def test_a_column_of_units_and_persons_gives_the_units() -> None:
    plan = parse(
        "2026年重点任务分解表\n序号\t重点任务\t责任单位及责任人\t完成时限\n1\t修订章程\t党办 张某\t5月\n2\t公开账目\t计财股（李小明）、各学校\t6月\n"
    )
    assert [list(units(item)) for item in plan.items] == [["党办"], ["计财股", "各学校"]]
