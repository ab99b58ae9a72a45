"""Tables of tasks and problems: parted by TAB, one cell a line, with headings across and cells of running text."""

from app.plans.parser import parse

from .test_parser import deadline, groups, titles, units

TABBED = (
    "星河区教育系统清廉学校建设责任清单\n"
    "序号\t重点任务\t具体措施\t牵头股室\t配合股室\t责任领导\t完成时限\n"
    "1\t规范教育收费\t开展春、秋季联合检查\t计财股\t督查室、教育股\t王某\t4月、10月各一次\n"
    "2\t建设廉洁阵地\t每校建成1处\t各学校（园）\t督查室\t各校（园）长\t2024年底前\n"
    "3\t完善采购制度\t\t计财股\t\t赵某\t待定\n"
)


def test_rows_of_a_ledger_are_the_tasks() -> None:
    plan = parse(TABBED)
    assert plan.title == "星河区教育系统清廉学校建设责任清单"
    assert [(item.number, item.title, item.measures) for item in plan.items] == [
        ("1", "规范教育收费", "开展春、秋季联合检查"),
        ("2", "建设廉洁阵地", "每校建成1处"),
        ("3", "完善采购制度", ""),
    ]
    assert units(plan.items[0]) == {"计财股": "lead", "督查室": "cooperate", "教育股": "cooperate"}
    assert groups(plan.items[1]) == {"各学校（园）"}
    assert deadline(plan.items[0]) == ("4月、10月各一次", "recurring", None)
    assert deadline(plan.items[1]) == ("2024年底前", "date", "2024-12-31")
    assert TABBED[slice(*plan.items[1].span)] == TABBED.split("\n")[3]


def test_headings_across_the_table_are_areas() -> None:
    text = (
        "东山县教育局巡察整改责任清单\n"
        "序号\t反馈问题\t整改措施\t责任股室\t整改时限\n"
        "一、党的建设方面\n"
        "1\t理论学习不规范\t修订学习计划\t党建办\t2024年5月31日\n"
        "二、师德师风方面\t\t\t\t\n"
        "2\t个别教师有偿补课\t严肃查处\t人事股牵头，督导室、职成股配合\t长期坚持\n"
    )
    plan = parse(text)
    assert [(area.number, area.title) for area in plan.areas] == [("一", "党的建设方面"), ("二", "师德师风方面")]
    assert [(item.area, item.number, item.title) for item in plan.items] == [
        ("一", "1", "理论学习不规范"),
        ("二", "2", "个别教师有偿补课"),
    ]
    assert units(plan.items[1]) == {"人事股": "lead", "督导室": "cooperate", "职成股": "cooperate"}


def test_units_in_a_cell_of_running_text() -> None:
    text = (
        "师德建设任务分解表\n"
        "序号\t工作任务\t责任分工\t责任单位\t完成时间\n"
        "1\t完善考核办法\t\t由人事股会同各学校制定并组织实施，教师发展中心提供专业支持。\t2024年秋季开学前\n"
        "2\t评选师德标兵\t\t人事股负责组织评选；宣传股做好宣传\t9月10日前\n"
    )
    first, second = parse(text).items
    assert units(first) == {"人事股": "lead", "各学校": "cooperate", "教师发展中心": "responsible"}
    assert deadline(first) == ("2024年秋季开学前", "school_calendar", None)
    assert set(units(second)) == {"人事股", "宣传股"}


def test_one_cell_a_line() -> None:
    text = """江城市教育局2025年民生实事任务分解表
序号
任务名称
工作内容
责任单位
配合单位
完成时限
1
新建公办幼儿园
新增学位1800个
学前教育科
发展规划科、财务科
2025年8月底
2
改造学校食堂
明厨亮灶全覆盖
后勤管理中心
各县区教育局
2025年12月底
3
近视防控
照明达标率100%
体卫艺科
2025年11月15日前
"""
    plan = parse(text)
    assert titles(plan) == ["新建公办幼儿园", "改造学校食堂", "近视防控"]
    assert units(plan.items[1]) == {"后勤管理中心": "lead", "各县区教育局": "cooperate"}
    # An empty cell left no line behind; the date still finds its column.
    assert units(plan.items[2]) == {"体卫艺科": "lead"}
    assert deadline(plan.items[2]) == ("2025年11月15日前", "date", "2025-11-15")


def test_a_table_beside_numbered_items_is_offered_at_review() -> None:
    text = (
        "第二中学2025年工作要点\n一、党建工作\n1.深化主题教育。开展读书班。\n2.建设清廉学校。完善内控。\n"
        "附件：2025年工作清单\n序号\t项目名称\t措施\t完成时间\t负责处室\n"
        "1-1\t读书班\t每月一期\t全年\t党政办\n1-2\t党课\t每季一次\t每季度\t党政办、工会\n2-1\t内控制度\t修订\t7月底前\t总务处\n"
    )
    plan = parse(text)
    assert titles(plan) == ["深化主题教育", "建设清廉学校"]
    assert [(row.number, row.title) for row in plan.table_rows] == [
        ("1-1", "读书班"),
        ("1-2", "党课"),
        ("2-1", "内控制度"),
    ]
    assert any("3 行" in warning for warning in plan.warnings)


def test_a_table_of_daily_routine_gives_no_items() -> None:
    text = (
        "海棠中学一日常规安排表\n序号\t时间\t内容\t管理要求\t责任部门\n"
        "1\t6:50\t校门值勤\t做好秩序管理\t老师：党政办；学生：德育处\n"
        "2\t7:10\t早读\t内容明确\t年段\n3\t12:15\t午休\t加强巡查\t年段、德育处\n"
    )
    plan = parse(text)
    assert plan.items == ()
    assert [row.title for row in plan.table_rows] == ["校门值勤", "早读", "午休"]
    assert plan.warnings


def test_a_ledger_of_problems() -> None:
    text = (
        "督查反馈问题整改台账\n填报单位：局督查室\n"
        "序号\t问题表现\t整改措施\t责任单位\t责任人\t整改时限\t整改情况\t是否销号\n"
        "1\t教辅征订不规范\t全面自查\t第一中心校\t校长\t立行立改\t已清退\t是\n"
        "2\t采购程序不完备\t重新招标\t柳林镇中心幼儿园\t园长\t2023年12月底前，长期坚持\t进行中\t否\n"
    )
    first, second = parse(text).items
    assert (first.title, units(first)) == ("教辅征订不规范", {"第一中心校": "responsible"})
    assert deadline(first) == ("立行立改", "undetermined", None)
    assert deadline(second) == ("2023年12月底前，长期坚持", "compound", "2023-12-31")


def test_table_drawn_with_bars() -> None:
    text = (
        "石桥区教育局重点任务清单\n"
        "| 序号 | 工作任务 | 具体举措 | 责任科室 | 完成时间 |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| 1 | 完善学校章程 | 全部修订 | 组织科 | 2025年6月 |\n"
        "| 2 | 提升课后服务 | | 义教科、各学校 | 全年 |\n"
    )
    plan = parse(text)
    assert [(item.number, item.title, item.measures) for item in plan.items] == [
        ("1", "完善学校章程", "全部修订"),
        ("2", "提升课后服务", ""),
    ]
    assert list(units(plan.items[1])) == ["义教科", "各学校"]
    assert text[slice(*plan.items[0].span)] == text.split("\n")[3].strip("| ")


def test_head_repeated_on_the_next_page_is_no_row() -> None:
    rows = TABBED.split("\n")
    assert titles(parse("\n".join([*rows[:3], rows[1], *rows[3:]]))) == titles(parse(TABBED))


def test_table_cut_in_two_goes_on_without_a_head() -> None:
    text = TABBED.replace("2\t建设", "（续表）\n2\t建设")
    first, second = text.index("序号"), text.index("2\t建设")
    spans = [(first, text.index("\n（续表）")), (second, len(text) - 1)]
    plan = parse(text, spans)
    assert titles(plan) == titles(parse(TABBED))
    assert units(plan.items[1]) == {"各学校（园）": "lead", "督查室": "cooperate"}


def test_heading_beside_its_own_number_is_an_area() -> None:
    text = (
        "巡察反馈问题整改清单\n"
        "序号\t反馈问题\t整改措施\t责任股室\t整改时限\n"
        "一\t加强政治建设方面\t加强政治建设方面\t加强政治建设方面\t加强政治建设方面\n"
        "1\t学习不深入\t制定计划\t办公室\t3月底\n"
        "二\t加强作风建设方面\t\t\t\n"
        "2\t调研不够\t每月调研\t督导室\t长期坚持\n"
    )
    plan = parse(text)
    assert [(area.number, area.title) for area in plan.areas] == [
        ("一", "加强政治建设方面"),
        ("二", "加强作风建设方面"),
    ]
    assert [(item.area, item.title) for item in plan.items] == [("一", "学习不深入"), ("二", "调研不够")]


def test_heading_above_a_table_is_no_task() -> None:
    text = (
        "东山县重点任务清单\n一、推进公平\n序号\t任务\t责任股室\t时限\n1\t新建学校\t规划股\t8月\n"
        "二、提升质量\n序号\t任务\t责任股室\t时限\n2\t深化教研\t教研室\t9月\n"
    )
    plan = parse(text)
    assert titles(plan) == ["新建学校", "深化教研"]
    assert plan.table_rows == ()


def test_list_of_schools_is_no_ledger() -> None:
    plan = parse("全区学校一览表\n序号\t学校名称\t学生数\t负责人\n1\t第一小学\t1200\t张某\n2\t第二小学\t900\t李某\n")
    assert plan.items == plan.table_rows == ()
    assert plan.warnings


def test_cells_of_several_lines_one_cell_a_line() -> None:
    text = (
        "城北区教育局整改任务清单\n序号\n问题\n整改措施\n责任单位\n完成时限\n"
        "1\n学习不深入\n1.制定计划。\n2.开展研讨。\n办公室、\n人事科\n3月底\n"
        "2\n制度不健全\n修订办法\n办公室\n长期坚持\n"
    )
    first, second = parse(text).items
    assert (first.measures, list(units(first)), deadline(first)) == (
        "1.制定计划。\n2.开展研讨。",
        ["办公室", "人事科"],
        ("3月底", "date", None),
    )
    assert (second.title, list(units(second))) == ("制度不健全", ["办公室"])


def test_heading_of_the_text_above_a_further_head_is_a_section() -> None:
    table = "序号\t任务\t责任股室\t时限\n1\t{}\t办公室\t3月\n"
    plan = parse(f"东山县任务清单\n一、党建任务\n{table.format('加强学习')}二、教学任务\n{table.format('加强教研')}")
    assert [section.title for section in plan.sections] == ["党建任务", "教学任务"]
    assert titles(plan) == ["加强学习", "加强教研"]
