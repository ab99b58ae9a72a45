"""One plan as it arrives: copied from a PDF, a web page or a chat. The layout changes, what is found does not."""

from collections.abc import Callable

import pytest

from app.plans.parser import ParsedPlan, parse

PLAN = """梧桐市教育局2025年基础教育提质行动实施方案
为深入贯彻落实市委市政府决策部署，推动基础教育高质量发展，结合我市实际情况，制定本实施方案，请认真贯彻执行。
一、总体要求
坚持育人为本，坚持问题导向，力争到2027年底全市基础教育优质资源更加充足，群众满意度达到百分之九十五以上。
二、重点任务
（一）增加优质学位
1.推进学前教育普及普惠发展。实施幼儿园提质计划，新建改扩建公办幼儿园十所，普惠率达到百分之九十以上。（责任单位：学前科、计财科；完成时限：2025年11月底前）
2.推进义务教育优质均衡发展和城乡一体化，深化集团化办学改革。健全集团管理制度，开展结对帮扶活动。（牵头单位：基教科；配合单位：人事科、教研院、各县区教育局；完成时限：2025年12月底前）
（二）提升育人质量
3.推进高中多样化特色发展。支持学校办出特色，小学一、二年级同步开展兴趣课程衔接。（责任单位：基教科）
三、工作要求
（一）加强组织领导。各单位要高度重视，成立工作专班，明确责任分工，细化工作措施，确保各项任务落到实处。
（二）强化督导检查。将工作推进情况纳入年度考核，对工作不力的进行通报约谈，推动责任落实。
"""
HALF_WIDTH = str.maketrans("（）：；，．", "():;,.")


def wrapped(text: str, width: int) -> str:
    """Lines broken at one width in the middle of words, as a PDF gives them."""
    lines = []
    for line in text.split("\n"):
        lines += [line[at : at + width] for at in range(0, max(1, len(line)), width)]
    return "\n".join(lines)


def essence(plan: ParsedPlan) -> object:
    return (
        plan.title,
        [(section.number, section.title) for section in plan.sections],
        [(area.number, area.title) for area in plan.areas],
        [
            (item.number, item.area, item.title, [(named.name, named.role) for named in item.responsibilities])
            for item in plan.items
        ],
        [item.deadline and (item.deadline.text, str(item.deadline.date)) for item in plan.items],
        [(demand.number, demand.title) for demand in plan.requirements],
    )


def test_as_written() -> None:
    plan = parse(PLAN)
    assert [(item.number, item.area, item.title) for item in plan.items] == [
        ("1", "一", "推进学前教育普及普惠发展"),
        ("2", "一", "推进义务教育优质均衡发展和城乡一体化，深化集团化办学改革"),
        ("3", "二", "推进高中多样化特色发展"),
    ]
    assert [len(item.responsibilities) for item in plan.items] == [2, 4, 1]
    assert [demand.title for demand in plan.requirements] == ["加强组织领导", "强化督导检查"]


@pytest.mark.parametrize("width", range(26, 46, 3))
def test_lines_broken_at_one_width_are_read_as_paragraphs(width: int) -> None:
    text = wrapped(PLAN, width)
    plan = parse(text)
    assert essence(plan) == essence(parse(PLAN))
    for item in plan.items:
        piece = text[slice(*item.span)]
        assert piece.startswith(f"{item.number}.") and piece.endswith("）")


COPIES: dict[str, Callable[[str], str]] = {
    "blank lines between": lambda text: text.replace("\n", "\n\n"),
    "indented": lambda text: "\n".join("　　" + line for line in text.split("\n")),
    "spaces at the ends": lambda text: text.replace("\n", "  \n"),
    "carriage returns left in": lambda text: text.replace("\n", "\r\n"),
    "no breaks": lambda text: text.replace("\n", ""),
    "breaks as spaces": lambda text: text.replace("\n", " "),
    "breaks as wide spaces": lambda text: text.replace("\n", "　"),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_read_alike(name: str) -> None:
    assert essence(parse(COPIES[name](PLAN))) == essence(parse(PLAN))


def test_half_width_punctuation_is_read_alike() -> None:
    plain, half = parse(PLAN), parse(PLAN.translate(HALF_WIDTH))
    assert [item.title.translate(HALF_WIDTH) for item in plain.items] == [item.title for item in half.items]
    assert [item.responsibilities for item in plain.items] == [item.responsibilities for item in half.items]


def test_numbers_that_were_left_out_do_not_swallow_what_follows() -> None:
    text = PLAN.replace("3.推进高中", "9.推进高中").replace("三、工作要求", "五、工作要求").replace("\n", "")
    plan = parse(text)
    assert [item.number for item in plan.items] == ["1", "2", "9"]
    assert [section.number for section in plan.sections] == ["一", "二", "五"]
    assert any("不连续" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    ("words", "units"),
    [
        ("【责任单位】基教科、计财科【完成时限】6月底", {"基教科": "responsible", "计财科": "responsible"}),
        ("【牵头单位：基教科】【配合单位：计财科】", {"基教科": "lead", "计财科": "cooperate"}),
        ("\n——牵头科室：基教科\n——配合科室：计财科", {"基教科": "lead", "计财科": "cooperate"}),
        ("（基教科、计财科按职责分工负责，持续推进）", {"基教科": "responsible", "计财科": "responsible"}),
        ("责任单位（科室）：基教科", {"基教科": "responsible"}),
        ("责任单位：基教科（牵头）、计财科", {"基教科": "lead", "计财科": "responsible"}),
        ("责任单位及责任人：基教科 张三", {"基教科": "responsible"}),
        ("主办：基教科；协办：计财科、人事科。", {"基教科": "lead", "计财科": "cooperate", "人事科": "cooperate"}),
        ("责任单位：各直属学校（单位）、各区县（市）教育局", {"各直属学校（单位）": "responsible", "各区县（市）教育局": "responsible"}),
        ("（教育部牵头，卫生健康委等国务院相关部门及各地区按职责分工负责）",
         {"教育部": "lead", "卫生健康委": "responsible", "国务院相关部门": "responsible", "各地区": "responsible"}),
        ("责任单位：市文化和旅游局、市工业和信息化局和市财政局", {"市文化和旅游局": "responsible", "市工业和信息化局": "responsible", "市财政局": "responsible"}),
        ("责任处室：工 会、团 委", {"工会": "responsible", "团委": "responsible"}),
        ("此项工作由人事科牵头，4月底前完成。", {"人事科": "lead"}),
    ],
)  # fmt: skip
def test_ways_to_name_units(words: str, units: dict[str, str]) -> None:
    text = f"2025年重点任务分工\n一、任务\n1.推进工作落实。{words}\n2.开展总结评估。责任单位：办公室\n"
    first, second = parse(text).items
    assert {named.name: named.role for named in first.responsibilities} == units
    assert first.title == "推进工作落实"
    assert [named.name for named in second.responsibilities] == ["办公室"]


def test_minutes_that_name_units_set_tasks() -> None:
    text = """平川区教育局局长办公会议纪要
2025年3月8日，局长主持召开办公会议。现纪要如下：
一、关于教师招聘工作
会议同意招聘方案，由人事股牵头，4月底前完成。
二、关于食堂整治工作
会议要求，由安稳股负责，各学校配合，5月底前完成整改。
出席：张某、李某。
"""
    first, second = parse(text).items
    assert {named.name: named.role for named in first.responsibilities} == {"人事股": "lead"}
    assert {named.name: named.role for named in second.responsibilities} == {"安稳股": "lead", "各学校": "cooperate"}
    assert first.deadline and first.deadline.text == "4月底前完成"
