"""What is no plan sets no tasks, however it is numbered: no items and a warning, never invented ones."""

import pytest

from app.plans.parser import parse

REPORT = """关于2024年全区教育督导工作情况的报告
区人民政府：
2024年，区教育局认真履行督导职责。现将有关情况报告如下：
一、主要做法
（一）健全督导机制。完善了责任督学制度，选聘督学48名。
1.配齐督学队伍。选聘专职督学12名。
2.建立工作台账。
（二）开展专项督导。发现问题56个。
二、下一步打算
（一）加强督学培训。
区教育局
2025年1月6日
"""
CIRCULAR = """关于召开2025年全区教育工作会议的通知
各中小学校、幼儿园，局机关各股室：
经研究，定于近期召开全区教育工作会议，现将有关事项通知如下：
一、会议时间
2025年2月20日上午9:00
二、参会人员
1.局领导班子成员；
2.各中小学校长、幼儿园园长。
三、有关要求
1.请参会人员提前10分钟入场。
2.严格遵守会议纪律。
"""
REGULATION = """某区中小学食堂管理办法（试行）
第一章 总则
第一条 为加强食堂管理，制定本办法。
第二章 职责
第二条 区教育局负责监督管理。学校承担主体责任：
（一）建立管理制度；
（二）落实陪餐制度。
第三条 本办法自印发之日起施行。
"""
SPEECH = """在全区教育系统党风廉政建设工作会议上的讲话
（2025年3月10日）
同志们：
今天我们召开这次会议，主要任务是总结工作、部署任务。下面，我讲三点意见。
一、肯定成绩，正视问题
过去一年，全系统取得了明显成效。
二、突出重点，狠抓落实
（一）要抓好政治建设。各学校要把政治建设摆在首位。
1.整治形式主义。
2.整治有偿补课。
"""
MINUTES = """城关区教育局党组会议纪要
会议听取了近期工作汇报，研究了以下事项：
一、关于春季开学工作
会议要求，各股室要做好督导检查。
二、关于教师招聘工作
1.严格程序。
2.加强监督。
"""
SUMMARY = """阳光小学2024年清廉学校建设工作总结
一、主要工作
（一）加强组织领导。成立了领导小组，召开了专题会议6次。
（二）开展廉洁教育。组织了廉政讲座4场，取得了良好效果。
二、存在不足
1.载体还不够丰富。
"""
ANNOUNCEMENT = """关于2025年秋季小学招生的公告
一、招生对象
年满6周岁的适龄儿童。
二、报名方式
1.网上报名。登录平台填写信息。
2.现场核验。携带户口簿到学校核验。
"""
ARTICLES_WITHOUT_A_KIND = """学生离校值守须知
第一条 班主任护送学生离校。
第二条 值班教师清点人数。
第三条 保安锁闭大门。
"""
CONTRACT = """校园保洁服务合同
甲方：第一小学
乙方：某物业公司
一、服务内容
1.教学楼日常保洁。
2.垃圾清运。
二、双方责任
（一）甲方责任：提供水电。
（二）乙方责任：完成保洁。
"""
PETITION = """关于申请安防建设经费的请示
区人民政府：
一、存在困难
（一）资金缺口较大。
二、有关建议
（一）请区财政安排专项资金。
妥否，请批示。
"""
LESSON = """《匆匆》教学设计
一、教学目标
1.认识生字。
二、教学过程
（一）导入新课。播放音乐。
（二）初读课文。自由朗读。
"""
NEWS = """夯实安全根基 守护平安校园
今年以来，区教育局扎实推进平安校园建设。
一、压实责任链条
由安全科牵头，各学校配合，建立了责任清单，召开了推进会6次。
二、强化排查整治
组织开展了排查5轮，形成了闭环机制。
"""
FLAT_REGULATION = (
    "第三中学学生管理规定第一章 总则第一条 为规范学生管理，制定本规定。第二条 本规定适用于全体学生。"
    "第二章 行为规范第三条 学生处负责违纪处理，各年级配合。"
)


@pytest.mark.parametrize(
    "text",
    [CONTRACT, PETITION, LESSON, NEWS, FLAT_REGULATION],
    ids=["contract", "petition", "lesson", "news", "flat regulation"],
)
def test_other_papers_give_no_items_and_a_warning(text: str) -> None:
    for copy in (text, text.replace("\n", ""), text.replace("\n", " ")):
        plan = parse(copy)
        assert plan.items == plan.table_rows == ()
        assert plan.warnings


@pytest.mark.parametrize(
    "text",
    [REPORT, CIRCULAR, REGULATION, SPEECH, MINUTES, SUMMARY, ANNOUNCEMENT, ARTICLES_WITHOUT_A_KIND],
    ids=["report", "circular", "regulation", "speech", "minutes", "summary", "announcement", "articles"],
)
def test_text_that_is_no_plan_gives_no_items_and_a_warning(text: str) -> None:
    plan = parse(text)
    assert plan.items == ()
    assert plan.table_rows == ()
    assert plan.warnings


@pytest.mark.parametrize("text", ["", "   \n\n", "通知", "1", "（", "。。。", "\t\t\n\t", "一、", "责任单位："])
def test_scraps_give_no_items_and_a_warning(text: str) -> None:
    plan = parse(text)
    assert plan.items == ()
    assert plan.warnings


def test_only_the_planning_half_of_a_summary_sets_tasks() -> None:
    text = """第三中学2024年工作总结及2025年工作计划
一、2024年工作总结
（一）党建工作扎实推进。开展了主题党日12次。
（二）教学质量稳步提升。取得了较好成绩。
二、2025年工作计划
（一）加强师德建设。签订师德承诺书。
（二）推进课堂改革。开展“一人一课”活动。
"""
    assert [item.title for item in parse(text).items] == ["加强师德建设", "推进课堂改革"]


def test_times_places_and_steps_of_an_inspection_are_no_tasks() -> None:
    text = """关于开展2025年春季校园食品安全专项督查的通知
各中小学、幼儿园：
为保障师生饮食安全，决定开展专项督查。现将有关事项通知如下：
一、督查时间
2025年3月10日至3月21日
二、督查内容
（一）制度落实情况。重点检查校长陪餐制落实情况。
（二）食材采购情况。重点检查索证索票情况。
三、督查方式
采取查资料、看现场的方式进行。
四、工作要求
（一）各校要高度重视，于3月8日前报送自查报告。
附件：督查分组表
"""
    plan = parse(text)
    assert [item.title for item in plan.items] == ["制度落实情况", "食材采购情况"]
    assert len(plan.requirements) == 1


def test_stages_of_a_campaign_are_no_tasks() -> None:
    text = """校外培训“暑期治理”行动方案
一、工作任务
（一）拉网式排查。各县区建立台账。牵头单位：市教育局；责任单位：各县（市、区）人民政府。
（二）强化资金监管。牵头单位：市教育局、人行分行。
二、实施步骤
（一）动员部署阶段（7月1日—7月10日）。制定方案，动员部署。
（二）集中治理阶段（7月11日—8月20日）。全面排查整治。
三、工作要求
1.提高站位。2.压实责任。3.严肃纪律。
"""
    plan = parse(text)
    assert [item.title for item in plan.items] == ["拉网式排查", "强化资金监管"]
    assert len(plan.requirements) == 5
