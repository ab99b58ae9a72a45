"""Numbers of every kind in front of headings and tasks. All texts are made up."""

import pytest

from app.plans.parser import ParsedPlan, parse

from .test_parser import titles, units


def placed(plan: ParsedPlan) -> list[tuple[str | None, str | None, str]]:
    return [(item.section, item.number, item.title) for item in plan.items]


GRAND = """柏川区教育局2024年校园食品安全整治工作方案
为守牢校园食品安全底线，制定本方案。
壹、工作目标
食堂“明厨亮灶”覆盖率达到100%。
贰、重点任务
一、规范食堂管理。落实陪餐制度。责任单位：后勤股，各学校（园）
二、加强采购监管。实行集中采购。责任单位：计财股、后勤股
叁、工作要求
一、加强领导。各学校（园）要高度重视。
二、严肃纪律。对工作不力的予以通报。
"""


@pytest.mark.parametrize("joint", ["\n", ""])
def test_grand_numerals_head_sections_above_plain_ones(joint: str) -> None:
    plan = parse(GRAND.replace("\n", joint))
    assert [(section.number, section.title) for section in plan.sections] == [
        ("壹", "工作目标"),
        ("贰", "重点任务"),
        ("叁", "工作要求"),
    ]
    assert placed(plan) == [("贰", "一", "规范食堂管理"), ("贰", "二", "加强采购监管")]
    assert [list(units(item)) for item in plan.items] == [["后勤股", "各学校（园）"], ["计财股", "后勤股"]]
    assert [demand.title for demand in plan.requirements] == ["加强领导", "严肃纪律"]


def test_family_names_are_no_grand_numerals() -> None:
    plan = parse(
        "柏川区护苗行动方案\n一、工作任务\n1.开展排查。责任单位：安稳股\n2.落实整改。责任单位：督查室\n"
        "二、人员\n组长：\n陆 某某\n伍 某某\n"
    )
    assert titles(plan) == ["开展排查", "落实整改"]
    assert [section.title for section in plan.sections] == ["工作任务", "人员"]


def test_tasks_counted_in_words_stand_beneath_the_heading_that_is_open() -> None:
    plan = parse(
        "柏川区教育局2024年重点任务推进方案\n二、工作任务\n（一）强化队伍建设\n"
        "任务1：开展师德教育\n牵头股室：人事股\n任务2：推进交流轮岗\n牵头股室：人事股\n"
        "（二）强化安全管理\n任务3：排查安全隐患\n牵头股室：安稳股\n"
    )
    assert [(area.number, area.title) for area in plan.areas] == [("一", "强化队伍建设"), ("二", "强化安全管理")]
    assert [(item.area, item.title) for item in plan.items] == [
        ("一", "开展师德教育"),
        ("一", "推进交流轮岗"),
        ("二", "排查安全隐患"),
    ]


@pytest.mark.parametrize("joint", ["\n", ""])
def test_a_task_with_two_numbers_is_one_task(joint: str) -> None:
    text = (
        "柏川区教育局2024年任务清单\n一、强化队伍建设\n任务1：①开展师德教育。②签订承诺书。责任股室：人事股\n"
        "任务2：①摸清轮岗底数。②制定方案。责任股室：人事股、教育股\n任务3：③完善考核办法。责任股室：计财股\n"
    )
    plan = parse(text.replace("\n", joint))
    assert titles(plan) == ["开展师德教育", "摸清轮岗底数", "完善考核办法"]
    assert plan.items[0].measures == "②签订承诺书。"
    assert [list(units(item)) for item in plan.items] == [["人事股"], ["人事股", "教育股"], ["计财股"]]


DECIMALS = """柏川区教育系统清廉学校建设实施方案
1、总体要求
坚持标本兼治，建设清廉学校。
2、工作目标
建成示范学校10所。
3、重点任务
3.1{gap}健全监督机制。建立廉政风险台账。责任单位：督查室、各学校
3.2{gap}规范招生行为。落实免试就近入学。责任单位：教育股
3.3{gap}加强财务监管。开展专项审计。责任单位：计财股
4、工作要求
4.1{gap}加强领导。各学校要高度重视。
4.2{gap}严格考核。结果纳入年度考核。
"""


@pytest.mark.parametrize("gap", ["", " ", "　", "、", ".", "．"])
def test_decimals_beneath_plain_numbers(gap: str) -> None:
    plan = parse(DECIMALS.format(gap=gap))
    assert [(section.number, section.title) for section in plan.sections] == [
        ("1", "总体要求"),
        ("2", "工作目标"),
        ("3", "重点任务"),
        ("4", "工作要求"),
    ]
    assert placed(plan) == [("3", "3.1", "健全监督机制"), ("3", "3.2", "规范招生行为"), ("3", "3.3", "加强财务监管")]
    assert [demand.title for demand in plan.requirements] == ["加强领导", "严格考核"]


def test_decimals_go_on_behind_a_list_and_without_line_breaks() -> None:
    text = (
        "柏川区清廉学校建设方案\n3、重点任务\n3.1健全监督机制。\n1、建立台账；\n2、开展谈话。\n责任单位：督查室\n"
        "3.2规范招生行为。学习不少于\n2.5学时。责任单位：教育股\n3.3加强财务监管。\n1、专项审计；\n2、公开账目。\n责任单位：计财股\n"
    )
    plan = parse(text)
    assert placed(plan) == [("3", "3.1", "健全监督机制"), ("3", "3.2", "规范招生行为"), ("3", "3.3", "加强财务监管")]
    assert "2、开展谈话" in plan.items[0].measures
    flat = parse(DECIMALS.format(gap="").replace("\n", ""))
    assert [item.number for item in flat.items] == ["3.1", "3.2", "3.3"]
    assert list(units(flat.items[1])) == ["教育股"]


BRACKETED = """柏川区幼儿园规范办园行为专项行动方案
一、主要任务
{0}规范招生行为
{1}公开招生信息。责任股室:学前股
{2}严禁超计划招生。责任股室：学前股、督导室
{3}规范收费公示。责任股室：计财股
{4}规范保教行为
{5}纠正小学化倾向。责任股室：教研室
{6}落实一日流程。责任股室：教研室，各幼儿园
"""


@pytest.mark.parametrize(
    "marks",
    [
        ("（一） ", "（1） ", "（2） ", "（3） ", "（二） ", "（1） ", "（2） "),
        ("(一) ", "(1) ", "(2) ", "(3) ", "(二) ", "(1) ", "(2) "),
        ("（一)", "(1） ", "（2) ", "（３） ", "(二）　", "﹙1﹚", "( 2 )"),
        ("㈠", "（ 1 ）　", "⑵", "（3）、", "㈡ ", "( 1 ) ", "（２）"),
    ],
)
@pytest.mark.parametrize("joint", ["\n", "\n　　", "\n  "])
def test_bracketed_numbers_with_spaces_and_of_both_widths(marks: tuple[str, ...], joint: str) -> None:
    plan = parse(BRACKETED.format(*marks).replace("\n", joint))
    assert [(item.area, item.number, item.title) for item in plan.items] == [
        ("一", "1", "公开招生信息"),
        ("一", "2", "严禁超计划招生"),
        ("一", "3", "规范收费公示"),
        ("二", "1", "纠正小学化倾向"),
        ("二", "2", "落实一日流程"),
    ] or marks[0] == "㈠"
    assert titles(plan)[3:] == ["纠正小学化倾向", "落实一日流程"]


def test_half_width_stops_end_sentences_but_not_numbers() -> None:
    text = (
        "柏川区收费治理方案\n一.治理任务\n(一)规范代收费\n1.公示收费.逐项公开.责任股室:计财股,各学校.\n2.清理账目.责任股室:计财股\n"
        "二.工作要求\n1.加强领导.各校要重视.\n"
    )
    plan = parse(text)
    assert [section.title for section in plan.sections] == ["治理任务", "工作要求"]
    assert titles(plan) == ["公示收费", "清理账目"]
    assert list(units(plan.items[0])) == ["计财股", "各学校"]


def test_numbers_in_front_of_labels_count_no_tasks() -> None:
    plan = parse(
        "柏川区收费治理工作方案\n一、治理任务\n（一）规范代收费\n1.主要措施：全面清理收费项目。\n2.责任单位：计财股、各学校\n"
        "3.完成时限：2024年6月底前\n（二）规范教辅征订\n1.主要措施：（1）公示目录；（2）自愿选购。\n2.牵头单位：教育股\n"
        "3.配合单位：督查室\n4.完成时限：长期坚持\n"
    )
    assert [(item.number, item.title) for item in plan.items] == [("一", "规范代收费"), ("二", "规范教辅征订")]
    assert units(plan.items[0]) == {"计财股": "responsible", "各学校": "responsible"}
    assert units(plan.items[1]) == {"教育股": "lead", "督查室": "cooperate"}
    assert plan.items[0].measures == "全面清理收费项目。"
    assert [item.deadline and item.deadline.text for item in plan.items] == ["2024年6月底前", "长期坚持"]


def test_a_label_behind_a_number_is_the_headings_own_words() -> None:
    plan = parse(
        "柏川区督查工作方案\n一、督查任务\n1.开展自查。责任单位：各学校\n二、时间安排：2024年3月至5月。\n三、工作要求\n1.加强领导。\n"
    )
    assert [section.title for section in plan.sections] == ["督查任务", "时间安排", "工作要求"]


def test_units_behind_the_list_of_a_standing_heading_are_those_of_each_task() -> None:
    plan = parse(
        "区教育局关于加强学校体育工作的实施意见\n（一）总体目标。体质健康优良率达到55%。\n（二）工作措施。\n1.开齐开足体育课。小学每周4节。\n"
        "2.广泛开展阳光体育。每天锻炼1小时。\n3.配齐体育教师。招聘教师30名。\n责任单位：体卫艺科、各学校。\n（三）保障措施。\n"
        "1.加强组织领导。\n2.落实经费保障。\n责任单位：计财科。\n"
    )
    assert titles(plan) == ["开齐开足体育课", "广泛开展阳光体育", "配齐体育教师", "落实经费保障"]
    assert [list(units(item)) for item in plan.items[:3]] == [["体卫艺科", "各学校"]] * 3
