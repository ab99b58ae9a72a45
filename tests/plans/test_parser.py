"""Plans in every layout that offices write: what is a task, who answers for it, by when. All texts are made up."""

from app.plans.parser import ParsedItem, ParsedPlan, parse


def units(item: ParsedItem) -> dict[str, str]:
    return {named.name: named.role for named in item.responsibilities}


def groups(item: ParsedItem) -> set[str]:
    return {named.name for named in item.responsibilities if named.group}


def titles(plan: ParsedPlan) -> list[str]:
    return [item.title for item in plan.items]


def deadline(item: ParsedItem) -> tuple[str, str, str | None] | None:
    found = item.deadline
    return (found.text, found.kind, found.date.isoformat() if found.date else None) if found else None


LOST_BREAKS = (
    "云岭县教育体育局2025年“护苗成长”安全专项行动实施方案为切实加强校园安全管理,根据《中小学幼儿园安全管理办法》,制定本方案。"
    "一、行动目标到2025年年底,全县“三防”达标率100%,师生比达到1:15。二、主要任务(一)压实安全责任1.健全责任体系。"
    "主要措施:各校签订安全责任书,做到2.0版台账全覆盖。责任股室:安全股、办公室,各中小学(幼儿园)2.开展隐患排查。"
    "主要措施:对2022-2024年遗留隐患逐项销号,重点排查实验室(试行)、食堂。责任股室:安全股、后勤中心,各股室及二级单位(二)加强教育引导"
    "1.上好安全课。具体措施:小学一、二年级以绘本为主,每学期不少于6课时。责任股室:基教股、教研室2.组织应急演练。"
    "主要措施:每月开展一次疏散演练。责任股室:安全股三、保障措施1.加强领导。成立安全工作领导小组。组长:副组长:成员:各股室负责人2.强化考核。结果纳入年度考核。"
)


def test_text_without_line_breaks_keeps_its_outline() -> None:
    plan = parse(LOST_BREAKS)
    assert plan.title == "云岭县教育体育局2025年“护苗成长”安全专项行动实施方案"
    assert plan.year == 2025
    assert [(s.number, s.title) for s in plan.sections] == [
        ("一", "行动目标"),
        ("二", "主要任务"),
        ("三", "保障措施"),
    ]
    assert [(a.section, a.number, a.title) for a in plan.areas] == [
        ("二", "一", "压实安全责任"),
        ("二", "二", "加强教育引导"),
    ]
    assert titles(plan) == ["健全责任体系", "开展隐患排查", "上好安全课", "组织应急演练"]
    assert [item.number for item in plan.items] == ["1", "2", "1", "2"]
    assert [r.title for r in plan.requirements] == ["加强领导", "强化考核"]


def test_units_glued_to_the_next_marker_end_there() -> None:
    first, second, *_ = parse(LOST_BREAKS).items
    assert units(first) == {"安全股": "responsible", "办公室": "responsible", "各中小学(幼儿园)": "responsible"}
    assert list(units(second)) == ["安全股", "后勤中心", "各股室", "二级单位"]
    assert groups(second) == {"各股室", "二级单位"}


def test_ratios_versions_years_and_grades_are_no_markers() -> None:
    measures = [item.measures for item in parse(LOST_BREAKS).items]
    assert "2.0版台账" in measures[0]
    assert "2022-2024年" in measures[1] and "(试行)" in measures[1]
    assert measures[2].startswith("小学一、二年级")


def test_posts_left_blank_stay_blank() -> None:
    group = parse(LOST_BREAKS).organization
    assert group is not None
    assert (group.leader, group.deputy, group.members) == ("", "", "各股室负责人")


def test_span_runs_from_the_number_to_the_end_of_the_units() -> None:
    plan = parse(LOST_BREAKS)
    pieces = [LOST_BREAKS[slice(*item.span)] for item in plan.items]
    assert pieces[0].startswith("1.健全责任体系") and pieces[0].endswith("各中小学(幼儿园)")
    assert pieces[3].startswith("2.组织应急演练") and pieces[3].endswith("责任股室:安全股")
    emoji = parse("😀\n" + LOST_BREAKS).items[0]
    assert emoji.span[0] == plan.items[0].span[0] + 2


BRACKETS = """滨江市教育局
关于印发《滨江市义务教育优质均衡发展行动方案》的通知
滨教〔2024〕18号

各县（市、区）教育局，市直各学校：
现将《滨江市义务教育优质均衡发展行动方案》印发给你们，请认真贯彻执行。
滨江市教育局
2024年3月8日

滨江市义务教育优质均衡发展行动方案
为落实《关于构建优质均衡公共教育服务体系的意见》，制定本方案。
一、总体要求
（一）工作原则。坚持政府主导、部门协同。
二、重点任务
（一）优化学校布局
1．科学编制规划。编制布局专项规划。（市教育局、市自然资源局牵头，市财政局、各县（市、区）政府配合，2024年12月底前完成）
2．扩大学位供给。新增学位2.5万个。（牵头单位：市教育局；配合单位：市财政局；完成时限：2025年8月31日前）
（二）加强师资队伍建设
3．深化“县管校聘”改革。推进交流轮岗。（市教育局、市委编办，持续推进）
4．提高教师待遇。平均工资不低于当地公务员。（市人力资源社会保障局会同市财政局负责）
5．减轻教师负担。（市教育局负责；市委宣传部配合）
三、组织保障
（一）加强组织领导。建立联席会议制度。
附件：1.任务分工表
2.进度安排表
"""


def test_trailing_brackets_name_units_roles_and_deadlines() -> None:
    plan = parse(BRACKETS)
    assert plan.title == "滨江市义务教育优质均衡发展行动方案"
    assert plan.document_number == "滨教〔2024〕18号"
    assert [units(item) for item in plan.items] == [
        {"市教育局": "lead", "市自然资源局": "lead", "市财政局": "cooperate", "各县（市、区）政府": "cooperate"},
        {"市教育局": "lead", "市财政局": "cooperate"},
        {"市教育局": "responsible", "市委编办": "responsible"},
        {"市人力资源社会保障局": "lead", "市财政局": "cooperate"},
        {"市教育局": "lead", "市委宣传部": "cooperate"},
    ]
    assert [deadline(item) for item in plan.items] == [
        ("2024年12月底前完成", "date", "2024-12-31"),
        ("2025年8月31日前", "date", "2025-08-31"),
        ("持续推进", "standing", None),
        None,
        None,
    ]


def test_cover_notice_principles_and_appendices_are_no_tasks() -> None:
    plan = parse(BRACKETS)
    assert [item.number for item in plan.items] == ["1", "2", "3", "4", "5"]
    assert [r.title for r in plan.requirements] == ["加强组织领导"]


def test_first_named_leads_where_the_plan_says_so() -> None:
    text = """关于支持幼教事业发展的若干意见
一、主要任务
（一）扩大供给
1.新建园舍。每年新建10所。（教育局、财政局、住建局负责，排在第一位的部门为牵头部门，下同）
2.盘活校舍。改建闲置校舍。（财政局、教育局负责）
3.稳定队伍。配足保教人员。（教育局负责）
"""
    assert [units(item) for item in parse(text).items] == [
        {"教育局": "lead", "财政局": "cooperate", "住建局": "cooperate"},
        {"财政局": "lead", "教育局": "cooperate"},
        {"教育局": "lead"},
    ]


def test_labels_on_lines_of_their_own() -> None:
    text = """青禾区教育局“双减”问题整改方案
一、整改任务
（一）作业设计质量不高的问题
整改措施：开展作业设计培训，建立公示制度。
牵头股室：教研室
配合股室：基教股、各义务教育学校
责任领导：王某某
责任人：李某某
完成时限：2024年6月30日前
（二）课后服务形式单一的问题
整改措施：丰富社团课程。
牵头股室：基教股
责任领导：赵某某
完成时限：立行立改，长期坚持
二、工作要求
（一）提高政治站位。各股室要高度重视。
"""
    first, second = parse(text).items
    assert first.title == "作业设计质量不高的问题"
    assert first.measures == "开展作业设计培训，建立公示制度。"
    assert units(first) == {"教研室": "lead", "基教股": "cooperate", "各义务教育学校": "cooperate"}
    assert deadline(first) == ("2024年6月30日前", "date", "2024-06-30")
    assert text[slice(*first.span)].endswith("2024年6月30日前")
    assert units(second) == {"基教股": "lead"}
    assert deadline(second) == ("立行立改，长期坚持", "compound", None)


def test_entries_in_brackets_carry_units_without_a_numbered_level() -> None:
    text = """石桥镇中心学校师德师风建设工作方案
一、工作目标
建设高素质教师队伍。
二、工作措施
（一）开展师德宣誓。每年教师节集中宣誓。责任处室：办公室、工会
（二）建立师德档案。一人一档。责任处室：政教处、教务处；完成时限：9月底
三、保障
加强领导，落实责任。
"""
    plan = parse(text)
    assert [(item.section, item.number, item.title) for item in plan.items] == [
        ("二", "一", "开展师德宣誓"),
        ("二", "二", "建立师德档案"),
    ]
    assert units(plan.items[1]) == {"政教处": "responsible", "教务处": "responsible"}


def test_full_width_digits_and_three_levels() -> None:
    text = """南湖区教育系统2026年工作要点
一、坚持党建引领
１．强化理论武装。开展读书班６期。
２．建强基层组织。
（１）规范“三会一课”。落实主题党日。
（２）发展党员。严把政治关。
①严格程序。②加强考察。
二、促进优质发展
３．学前教育扩容提质。覆盖率达９５．５％，用好第2.0期平台。
"""
    plan = parse(text)
    assert [(item.number, item.title) for item in plan.items] == [
        ("1", "强化理论武装"),
        ("1", "规范“三会一课”"),
        ("2", "发展党员"),
        ("3", "学前教育扩容提质"),
    ]
    assert "②加强考察" in plan.items[2].measures
    assert text[plan.items[0].span[0]] == "１"


def test_units_behind_a_list_belong_to_the_whole_list() -> None:
    text = """2025年教育工作任务分工方案
一、推进基础教育高质量发展
1.实施学前教育普惠扩容。
（1）新增普惠学位3000个。（责任科室：学前科）
（2）开展民办园年检。（责任科室：学前科、民办教育科）
2.实施义务教育强校提质。
具体任务：
（1）建设集团化办学示范区；
（2）培育新优质学校20所。
责任科室：基教科、教研院；完成时间：11月底
3.完善招生制度。制定实施细则。（基教科牵头，考试院配合，6月底前完成）
"""
    plan = parse(text)
    assert titles(plan) == [
        "新增普惠性学位3000个"[:2] + "普惠学位3000个",
        "开展民办园年检",
        "实施义务教育强校提质",
        "完善招生制度",
    ]
    assert units(plan.items[2]) == {"基教科": "responsible", "教研院": "responsible"}
    assert deadline(plan.items[2]) == ("11月底", "date", "2025-11-30")
    assert not any("不连续" in warning for warning in plan.warnings)


def test_units_in_a_heading_make_the_heading_the_task() -> None:
    text = """西河区近视防控攻坚行动实施方案
一、重点任务
（一）减轻学业负担（牵头单位：基教科；配合单位：教研室）
1.严控作业总量。
2.严控考试次数。
（二）增加户外活动（牵头单位：体卫艺科；配合单位：各学校）
1.每天户外活动2小时。
"""
    plan = parse(text)
    assert titles(plan) == ["减轻学业负担", "增加户外活动"]
    assert units(plan.items[0]) == {"基教科": "lead", "教研室": "cooperate"}


def test_articles_of_measures_that_name_units_are_tasks_but_not_the_closing_one() -> None:
    text = """关于加快推进教育数字化的若干措施
第一条 建设数字底座。统筹建设教育云平台。（责任单位：电教中心）
第二条 提升教师数字素养。开展全员培训。（责任单位：教师发展中心，各学校）
第三条 本措施自发布之日起施行。
"""
    plan = parse(text)
    assert [(item.number, item.title) for item in plan.items] == [("一", "建设数字底座"), ("二", "提升教师数字素养")]


def test_units_named_in_a_sentence() -> None:
    text = """清廉课堂建设工作方案
一、主要任务
1.编写教材。责任单位：由教研室会同各学校编写并组织实施，教师发展中心提供专业支持。
2.评选课例。此项工作由教育股牵头，教研室配合。
3.上好一课。各学校每学期上好一节廉洁课，由教育股牵头，各学校落实。
4.评比成果。成果由教育股牵头，由教研室配合。
"""
    first, second, third, fourth = parse(text).items
    assert units(third) == {"教育股": "lead", "各学校": "responsible"}
    assert third.measures == "各学校每学期上好一节廉洁课"
    assert units(fourth) == {"教育股": "lead", "教研室": "cooperate"}
    assert units(first) == {"教研室": "lead", "各学校": "cooperate", "教师发展中心": "responsible"}
    assert units(second) == {"教育股": "lead", "教研室": "cooperate"}


def test_the_papers_a_plan_rests_on() -> None:
    text = """松江镇清廉学校建设方案
根据区教育局《关于推进清廉学校建设的通知》和《2025年清廉学校建设要点》精神，制定本方案。
一、主要任务
1.开展自查。责任单位：各学校
"""
    assert [(b.issuer, b.title) for b in parse(text).basis] == [
        ("区教育局", "关于推进清廉学校建设的通知"),
        ("区教育局", "2025年清廉学校建设要点"),
    ]


def test_bullets_in_front_of_numbers() -> None:
    text = """区教育局2025年重点工作推进计划
★一、实施扩优提质行动
◆1.新改扩建学校5所【责任科室：规划科；完成时限：8月底】
◆2.组建教育集团3个【责任科室：基教科、人事科】
★二、实施强师行动
◆3.招聘教师120名【牵头科室：人事科；配合科室：监察室】
"""
    plan = parse(text)
    assert [(item.section, item.number, item.title, item.measures) for item in plan.items] == [
        ("一", "1", "新改扩建学校5所", ""),
        ("一", "2", "组建教育集团3个", ""),
        ("二", "3", "招聘教师120名", ""),
    ]
    assert units(plan.items[2]) == {"人事科": "lead", "监察室": "cooperate"}
    assert text[slice(*plan.items[1].span)] == "2.组建教育集团3个【责任科室：基教科、人事科】"


def test_a_sentence_that_begins_with_who_answers() -> None:
    text = """全区教育重点任务分解方案
一、关于优化布局。由规划科牵头，基教科、计财科配合，拿出布局方案。
二、关于教师减负。由人事科负责，清理规范社会事务进校园事项。
"""
    first, second = parse(text).items
    assert units(first) == {"规划科": "lead", "基教科": "cooperate", "计财科": "cooperate"}
    assert units(second) == {"人事科": "responsible"}
    assert first.measures == "拿出布局方案。"


def test_lines_broken_at_one_width_are_joined_and_spans_stay_in_the_source() -> None:
    text = """荷塘区教育局二〇二五年清廉学校建设工作实施方案
一、主要任务
1.健全责任体系。各学校要逐级签订责任书，把责任落实到每一个岗位每一个人，形
成齐抓共管的良好局面，确保各项任务有人抓有人管，并按季度向区教育局报告进展情
况。责任股室：督查室、人事股、教育股、计财股、安稳股、职成股、校建办、教研室、培
训中心，各学校（园）
2.开展风险排查。对照岗位职责逐一排查廉政风险点，评定高中低三个等级，建立动
态管理台账，实行销号管理，每学期向党组报告一次排查整改情况，做到底数清情况明
措施实。责任股室：督查室、派驻组
二、工作要求
1.加强领导。各学校要把清廉学校建设摆上重要议事日程，主要负责同志亲自抓，分管
负责同志具体抓，一级抓一级，层层抓落实。
"""
    first, second = parse(text).items
    assert list(units(first))[-2:] == ["培训中心", "各学校（园）"]
    assert text[slice(*first.span)].endswith("培\n训中心，各学校（园）")
    assert text[slice(*second.span)].startswith("2.开展风险排查") and text[slice(*second.span)].endswith(
        "督查室、派驻组"
    )


def test_problem_labels_name_the_title() -> None:
    text = """落实巡察反馈意见整改工作方案
一、整改任务
1.问题表现：思政课教师配备不足，专职比例偏低。
整改措施：（1）制定配备计划；（2）开展转岗培训。
责任领导：张某某
责任股室：人事股、教育股
整改时限：2025年8月底前
2.问题表现：劳动教育课时被挤占。
整改措施：开展专项检查。
责任股室：教育股
整改时限：立行立改
"""
    plan = parse(text)
    assert titles(plan) == ["思政课教师配备不足，专职比例偏低", "劳动教育课时被挤占"]
    assert plan.items[0].measures == "（1）制定配备计划；（2）开展转岗培训。"
    assert "张某某" not in units(plan.items[0])
