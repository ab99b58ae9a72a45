"""Layouts that plans of bureaus and schools really have; each text is written for its test."""

import pytest

from app.plans.parser import ParsedItem, ParsedPlan, items, parse
from app.plans.parser.headings import is_task_title

from .test_parser import titles, units


def tasks(*lines: str, title: str = "湖西区教育局2025年重点工作实施方案") -> ParsedPlan:
    return parse("\n".join([title, "为做好全年工作，制定本方案。", *lines]) + "\n")


def named(item: ParsedItem) -> list[str]:
    return list(units(item))


APPENDED = """关于印发《湖西区作业管理工作方案》的通知
各学校：
现将方案印发给你们，请遵照执行。
附件：湖西区作业管理工作方案
湖西区教育局
2025年1月20日
{head}
湖西区作业管理工作方案
为减轻学生负担，制定本方案。
一、工作任务
（一）健全管理机制。各校制定办法。责任单位：教育股、各学校
（二）控制作业总量。责任单位：教育股
附件2
湖西区作业管理任务清单
序号\t治理任务\t责任单位\t完成时限
1\t完成备案\t教育股\t3月底
"""


@pytest.mark.parametrize("head", ["附件", "附件1", "附件：", "附件 1："])
def test_plan_that_is_the_appendix_of_a_notice(head: str) -> None:
    plan = parse(APPENDED.format(head=head))
    assert plan.title == "湖西区作业管理工作方案"
    assert titles(plan) == ["健全管理机制", "控制作业总量"]
    assert [row.title for row in plan.table_rows] == ["完成备案"]


def test_list_of_appendices_opens_no_part() -> None:
    plan = tasks(
        "一、任务", "1.完善制度。责任股室：人事股", "附件", "1.工作台账", "2.人员名单", "湖西区教育局", "2025年3月1日"
    )
    assert titles(plan) == ["完善制度"]


def test_appendix_announced_and_then_headed_keeps_its_table() -> None:
    plan = tasks(
        "一、任务", "1.完善制度。责任股室：人事股", "附件：任务清单", "附件", "任务清单",
        "序号\t任务\t责任股室\t时限", "1\t修订章程\t人事股\t5月",
    )  # fmt: skip
    assert [row.title for row in plan.table_rows] == ["修订章程"]


CONTINUED = """湖西区关于支持县中发展的若干意见
一、总体要求
（一）指导思想。坚持立德树人。
（二）主要目标。质量显著提升。
二、深化招生改革
（三）规范招生秩序。严禁提前招生。（区教育局负责）
三、加强队伍建设
（四）配齐教师。核定编制。（区委编办、区教育局按职责分工负责）
（五）提升能力。开展培训。（区教育局负责）
"""


@pytest.mark.parametrize("joint", ["\n", "", " "])
def test_numbers_in_brackets_that_run_on_across_sections(joint: str) -> None:
    plan = parse(CONTINUED.replace("\n", joint))
    assert [(item.number, item.section, item.title) for item in plan.items] == [
        ("三", "二", "规范招生秩序"),
        ("四", "三", "配齐教师"),
        ("五", "三", "提升能力"),
    ]
    assert [section.title for section in plan.sections] == ["总体要求", "深化招生改革", "加强队伍建设"]


def test_numbers_that_go_on_behind_a_colon() -> None:
    text = (
        "湖西区人才工作实施意见一、主要任务1.健全机制。责任单位：组织科。（一）名师行动。实施如下项目："
        "2.引进骨干教师。责任单位：人事科。3.培养青年教师。责任单位：教研室。"
    )
    assert titles(parse(text)) == ["健全机制", "引进骨干教师", "培养青年教师"]


@pytest.mark.parametrize("mark", ["（ 一 ） ", "( 一 )", "（一） "])
def test_spaces_inside_a_marker(mark: str) -> None:
    plan = tasks(
        "一 、主要任务", f"{mark}强化管理。责任科室：基教科", f"{mark.replace('一', '二')}优化服务。责任科室：总务科"
    )
    assert titles(plan) == ["强化管理", "优化服务"]


def test_tasks_counted_in_words() -> None:
    plan = tasks("一、重点任务", "任务一：强化作业管理", "牵头科室：基教科", "任务二：优化课后服务", "牵头科室：体卫科")
    assert [section.title for section in plan.sections] == ["重点任务"]
    assert titles(plan) == ["强化作业管理", "优化课后服务"]


def test_parts_and_articles_without_line_breaks() -> None:
    plan = parse(
        "湖西市教育规划任务分工方案第一部分 德育工作一、深化思政课改革。牵头：德育科；参与：教研院。"
        "第二部分 师资建设一、实施名师工程。牵头：人事科。二、推动交流轮岗。牵头：人事科；参与：各学校。"
    )
    assert [section.title for section in plan.sections] == ["德育工作", "师资建设"]
    assert [units(item) for item in plan.items] == [
        {"德育科": "lead", "教研院": "cooperate"},
        {"人事科": "lead"},
        {"人事科": "lead", "各学校": "cooperate"},
    ]


def test_title_runs_into_the_first_task() -> None:
    plan = parse("湖西区2025年度重点工作任务1.实施学前提升工程。牵头科室：学前科。2.实施强师工程。牵头科室：人事科。")
    assert titles(plan) == ["实施学前提升工程", "实施强师工程"]


def test_months_head_sections() -> None:
    plan = tasks(
        "一、三月份", "1.开学典礼。（德育处）", "二、四月份", "1.清明祭扫。（少先队）", title="湖西小学工作安排"
    )
    assert [section.title for section in plan.sections] == ["三月份", "四月份"]
    assert len(plan.items) == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("牵头单位为教育局，配合单位为财政局、人社局。", ["教育局", "财政局", "人社局"]),
        ("责任领导及责任股室：张某（教育股）", ["教育股"]),
        ("责任单位及责任人：财务股（李某）、各学校（校长）", ["财务股", "各学校"]),
        ("责 任 单 位 ：组织科、各学校", ["组织科", "各学校"]),
        ("责任科室：基教科（牵头）、人事科（配合）", ["基教科", "人事科"]),
        ("责任单位：①基教科②人事科", ["基教科", "人事科"]),
        ("责任单位：各县（市、区）党委和政府", ["各县（市、区）党委和政府"]),
        ("责任科室：基教科配合部门：财政局分管领导：刘某完成时限：5月", ["基教科", "财政局"]),
        ("责任单位：\n教育股\n各学校\n完成时限：\n5月", ["教育股", "各学校"]),
        ("责任单位：\n教育股、\n\n各学校", ["教育股", "各学校"]),
    ],
)
def test_further_ways_to_name_units(words: str, expected: list[str]) -> None:
    first, second = tasks("一、任务", f"1.完善各项制度。{words}", "2.开展评估。责任科室：办公室").items
    assert (first.title, named(first)) == ("完善各项制度", expected)
    assert named(second) == ["办公室"]


def test_units_on_the_last_line_of_a_section_belong_to_it_where_sections_are_the_tasks() -> None:
    plan = tasks(
        "一、学习法治思想", "全年学习2次。（政策法规科负责）", "二、健全制度体系", "（一）落实审核制度。", "（二）开展文件清理。",
        "（政策法规科牵头，各科室配合）", "三、规范执法行为", "落实各项制度。（执法科负责）",
    )  # fmt: skip
    assert titles(plan) == ["学习法治思想", "健全制度体系", "规范执法行为"]
    assert units(plan.items[1]) == {"政策法规科": "lead", "各科室": "cooperate"}


def test_faults_and_duties_beside_tasks_are_none() -> None:
    plan = tasks(
        "一、整治重点", "（一）强制征订教辅的；", "（二）收受回扣的。", "二、工作任务", "（一）开展自查。责任单位：各学校",
        "三、职责分工", "1.教育局：负责统筹协调。", "2.镇街：落实属地责任。",
    )  # fmt: skip
    assert titles(plan) == ["开展自查"]


def test_a_notice_demands_what_somebody_must_do() -> None:
    plan = tasks(
        "一、学生不得将手机带入校园。确需带入的须书面申请。", "二、各学校要明确保管办法。细化措施。", "三、教师不得用手机布置作业。",
        title="湖西区教育局关于加强手机管理工作的通知",
    )  # fmt: skip
    assert len(plan.items) == 3


def test_headings_without_line_breaks_end_where_the_text_begins() -> None:
    text = (
        "湖西区作业管理行动方案一、活动主题减负提质、五育并举共成长二、工作任务（一）加强统筹管理各学校要制定细则，明确总量。"
        "责任单位：教育股（二）提高设计质量各校要系统设计作业。责任单位：教研室三、实施教育信息化能力提升工程（三）建设平台。责任单位：电教馆"
    )
    plan = parse(text)
    assert titles(plan) == ["加强统筹管理", "提高设计质量", "建设平台"]
    assert [section.title for section in plan.sections] == ["活动主题", "工作任务", "实施教育信息化能力提升工程"]


def test_demands_on_papers_handed_in_are_no_tasks() -> None:
    plan = tasks(
        "一、参评对象", "在职教师。", "二、论文要求", "1.须为原创。", "2.字数三千。", "三、评比办法", "1.学校初评。", "2.区级终评。",
        title="湖西区关于开展教学论文评比活动的通知",
    )  # fmt: skip
    assert plan.items == ()


def test_offices_at_the_ends_of_headings() -> None:
    plan = tasks("一、任务", "（一）强化培训（人事科）", "开展培训。", "（二）加强宣传（宣传科、各学校）", "做好宣传。")
    assert [(item.title, named(item)) for item in plan.items] == [
        ("强化培训", ["人事科"]),
        ("加强宣传", ["宣传科", "各学校"]),
    ]


def test_what_stands_behind_a_clause_is_a_unit_or_a_date() -> None:
    plan = tasks(
        "一、优化政策", "1.优化结构。（财政局牵头，年内持续推进）完善制度。（税务局等按职责分工负责，3月底前出台）"
    )
    (item,) = plan.items
    assert units(item) == {"财政局": "lead", "税务局": "responsible"}
    assert item.deadline and item.deadline.text == "年内持续推进；3月底前出台"


def test_list_within_a_paragraph_leaves_the_units_to_the_paragraph() -> None:
    plan = tasks(
        "一、任务", "1.“两个一”活动：（1）上一堂党课；（2）看一部专题片。责任科室：机关党委", "2.评比。责任科室：工会"
    )
    assert [(item.title, named(item)) for item in plan.items] == [("“两个一”活动", ["机关党委"]), ("评比", ["工会"])]


def test_further_labels() -> None:
    (item,) = tasks("一、任务", "1.加强宣传。主管科室：宣传科；成员单位：各科室★；进度要求：持续推进").items
    assert units(item) == {"宣传科": "lead", "各科室": "cooperate"}
    assert item.deadline and item.deadline.text == "持续推进"


def test_problems_found_are_no_tasks_beside_those_that_mend_them() -> None:
    plan = tasks("一、存在问题", "1.制度不全。部分缺失。", "二、整改措施", "1.健全制度。责任科室：办公室")
    assert titles(plan) == ["健全制度"]


@pytest.mark.parametrize("joint", ["\n", ""])
def test_problems_counted_in_words(joint: str) -> None:
    text = "湖西区整改落实方案\n一、整改目标\n按期完成全部整改任务。\n二、整改措施\n问题一：投入不足。\n整改措施：争取支持。\n责任股室：计财股\n问题二：监管有漏洞。\n责任股室：营养办\n三、工作要求\n（一）强化责任。\n"
    plan = parse(text.replace("\n", joint))
    assert [(item.title, named(item)) for item in plan.items] == [("投入不足", ["计财股"]), ("监管有漏洞", ["营养办"])]
    assert [section.title for section in plan.sections] == ["整改目标", "整改措施", "工作要求"]


def test_lists_of_like_items_are_read_alike() -> None:
    plan = tasks(
        "一、主要工作", "1.加强队伍建设", "（1）每周召开例会。", "（2）开展技能大赛。", "2.抓实行为习惯", "（1）坚持检查。", "（2）开展评选。",
        "3.丰富主题活动", "（1）三月：学雷锋活动月。", "（2）四月：清明祭英烈。",
    )  # fmt: skip
    assert titles(plan) == ["加强队伍建设", "抓实行为习惯", "丰富主题活动"]


def test_last_section_on_supervision_is_no_task() -> None:
    plan = tasks(
        "一、突出重点", "（一）严把采购关。定点采购。", "（二）严把留样关。规范留样。", "二、强化督查，严肃追责", "区教育局将开展督查。",
        title="湖西区关于加强食品安全工作的通知",
    )  # fmt: skip
    assert titles(plan) == ["严把采购关", "严把留样关"]


def test_measures_with_their_dates_are_no_deadline() -> None:
    plan = parse("攻坚任务清单\n序号\t事项\t推进措施及时间节点\t责任股室\n1\t新建学校\t6月完成主体；8月完工\t项目办\n")
    (item,) = plan.items
    assert (item.measures, item.deadline) == ("6月完成主体；8月完工", None)


@pytest.mark.parametrize(
    "heading",
    ["压实主体职责", "明确责任分工", "落实上级要求", "夯实发展基础", "提升工作成效", "抢抓发展机遇", "改善办学现状"],
)
def test_headings_that_say_what_to_do_hold_tasks(heading: str) -> None:
    assert titles(tasks(f"一、{heading}", "1.完善制度。修订办法。", "2.加强培训。举办讲座。")) == [
        "完善制度",
        "加强培训",
    ]


@pytest.mark.parametrize(
    "heading", ["工作职责", "责任分工", "参赛要求", "发展基础", "主要成绩", "存在问题", "评分标准"]
)
def test_headings_that_only_describe_hold_none(heading: str) -> None:
    plan = tasks(f"一、{heading}", "1.完善制度。修订办法。", "二、主要任务", "1.加强培训。举办讲座。")
    assert titles(plan) == ["加强培训"]


def test_headings_are_weighed_once_however_many_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed: list[str] = []
    monkeypatch.setattr(items, "is_task_title", lambda title: weighed.append(title) or is_task_title(title))
    counts = []
    for times in (40, 80):
        weighed.clear()
        plan = parse("\n".join(["关于开展清廉学校建设的通知", *["一、完善制度"] * times]))
        assert len(plan.items) == times
        counts.append(len(weighed))
    assert 0 < counts[1] <= 3 * counts[0], "twice as many, not four times"
