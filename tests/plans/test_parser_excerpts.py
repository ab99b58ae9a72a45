"""Made-up plans in the styles of many bureaus (the folder `excerpts`), and what a reader finds in each."""

from pathlib import Path

import pytest

from app.plans.parser import ParsedItem, parse

ROLES = {"lead": "牵头", "cooperate": "配合", "responsible": "责任"}


def told(item: ParsedItem) -> str:
    """1 健全责任清单 牵头 党建办 配合 人事科 6月底前."""
    words = [item.number or "", item.title]
    for role, label in ROLES.items():
        named = [each.name for each in item.responsibilities if each.role == role]
        words += [label, "、".join(named)] if named else []
    return " ".join([*words, *([item.deadline.text] if item.deadline else [])])


FOLDER = Path(__file__).with_name("excerpts")
FOUND = {
    "notice-and-plan-with-labels-in-every-order": [
        "1 健全责任清单 牵头 党建办 配合 人事科、各镇（街）中心校、区直各学校 2024年3月25日前，并长期坚持",
        "2 开展廉政谈话 牵头 派驻纪检组 配合 人事科 即日起至2024年12月31日",
        "3 严格工程管理 牵头 项目办 配合 审计中心、计财科 第三季度",
        "4 阳光招生 牵头 基教科 春季学期",
    ],
    "table-with-headings-and-tabs": [
        "1 落实全面从严治党主体责任 牵头 党建办 配合 各科室、各学校（园） 6月底、12月底",
        "2 加强意识形态阵地管理 牵头 宣传科 配合 信息中心 每月25日前",
        "3 规范教育收费 牵头 计财科 配合 督查室、基教科 春季学期、秋季学期各1次",
        "4 推进阳光采购 牵头 采购中心 配合 各镇（街） 年底前",
        "5 办好民生实事 牵头 规划科 配合 项目办 2024年10月底前",
    ],
    "units-in-brackets-at-the-end-of-paragraphs": [
        "1 深化思政课改革创新 责任 基教科、教研室、各学校〈园〉",
        "2 推进劳动教育 牵头 基教科 责任 各镇（街）、各学校（园） 长期坚持",
        "3 加强心理健康教育 责任 德育科、心理中心、各中小学 2024年10月底前完成",
        "4 优化资源配置 责任 规划科、基教科、人事科 2024年第三季度完成",
        "5 规范民办教育 牵头 民办教育科 配合 财务科、督导室、有关镇（街） 年底前",
        "6 推进数字赋能 责任 电教馆、各学校 2024年11月",
    ],
    "lines-broken-by-a-pdf-with-page-numbers": [
        "一 严格审批管理 牵头 职成科 配合 行政审批局、市场监管局 2024年5月底前",
        "二 加强资金监管 牵头 职成科、金融办 配合 各镇（街） 长期坚持",
        "三 严查隐形变异 责任 执法大队、公安分局、各镇（街）、各学校（园） 每月25日前报送情况",
    ],
    "labels-behind-headings-with-their-lists-beneath": [
        "一 整治工作拖沓问题 责任 办公室、督查室 2024年4月30日前",
        "二 整治推诿扯皮问题 责任 人事科 2024年5月31日前",
        "三 整治纪律松散问题 责任 机关党委、派驻组 持续推进",
    ],
    "spaces-everywhere": [
        "1 师德大学习 责任 人事科、教师发展中心、各学校（园） 2024 年 3 月",
        "2 师德大家访 责任 各学校（园） 2024 年 4 月 — 11 月",
        "3 师德大评选 责任 人事科、工会 2024 年 9 月 10 日 前",
    ],
    "problems-counted-in-words": [
        "问题1 部分学校“三会一课”记录不规范 责任 党建办、各基层党组织 2024年6月30日前完成，长期坚持",
        "问题2 党员活动室建设滞后 牵头 党建办 配合 计财科、项目办 2024年年底前",
        "问题3 往来款长期挂账 责任 计财科 立行立改",
    ],
    "parts-whose-tasks-count-on": [
        "一 学前三年毛入园率达到90%以上 责任 学前科 2024年8月底",
        "二 普惠性幼儿园覆盖率达到85%以上 责任 学前科、民办科 2024年8月底",
        "三 落实小区配套园治理 责任 区住建局、区自然资源局、学前科 2024年10月底前",
        "四 保障财政投入 牵头 区财政局 配合 计财科 全年",
        "五 配足配齐教职工 责任 人事科、各镇（街） 秋季学期开学前",
    ],
    "notice-whose-sentences-name-the-units": [
        "1 廉洁课堂进校园 牵头 德育科 责任 各学校 4月",
        "2 廉洁作品征集 责任 工会、团工委 5月—6月",
        "3 廉洁家风活动 牵头 各学校（园） 配合 妇工委 9月底前",
    ],
    "labels-in-brackets": [
        "一 校园“三防”建设 牵头 安全科 配合 信息中心、各学校（园） 2024年10月底前",
        "二 学生欺凌防治 牵头 德育科 配合 安全科、各中小学 每学期开学后一个月内",
        "三 防溺水工作 责任 安全科、各镇（街）、各学校 2024年5月—9月",
    ],
    "brackets-of-half-width-behind-titles": [
        "1 提升作业质量 责任 教研室、各中小学 2024年6月",
        "2 提升课后服务水平 责任 基教科、体卫艺科、各中小学 长期坚持",
        "3 严管竞赛活动 责任 基教科 春季学期",
    ],
    "sections-that-are-tasks": [
        "一 学习宣传贯彻习近平法治思想 牵头 政策法规科 配合 各科室 全年",
        "二 落实重大行政决策程序 牵头 办公室、政策法规科 2024年7月底前",
        "三 开展“宪法进校园”活动 牵头 政策法规科、德育科 配合 各学校（园） 12月4日前",
        "四 规范行政执法 牵头 执法科 配合 各镇街、区直各学校 第四季度",
    ],
    "no-line-breaks": [
        "1 完善台账 牵头 安全科 配合 各学校（园） 每月25日前",
        "2 签订责任书 牵头 安全科 2024年3月底前",
        "3 开展路查路检 牵头 安全科、区交警大队 配合 各镇（街） 春季学期",
    ],
    "tasks-counted-in-words-with-numbered-measures": [
        "重点任务一 优化教师配置 牵头 人事科 配合 计财科、教师发展中心 2024年8月25日前",
        "重点任务二 加强教师培训 牵头 教师发展中心 配合 人事科 即日起至年底",
        "重点任务三 减轻教师负担 牵头 办公室 常年坚持",
    ],
    "school-plan-with-labels-for-starts-and-times": [
        "任务一 开展养成教育 责任 德育处 6月",
        "任务二 开展法治教育 责任 德育处、各班主任 每月25日前",
        "1 春季运动会 责任 体育组 4月20日",
        "2 读书节 责任 教务处 5月",
    ],
    "spreadsheet-with-cells-of-several-lines": [
        "1 规范收费 责任 计财股 6月",
        "2 规范招生 责任 教育股、各学校 8月",
    ],
    "dashes-for-numbers-and-labels-without-colons": [
        "1 加强政治建设 牵头 党办 配合 各党组织 长期；12月底前",
        "2 加强作风建设 责任 督查室 每月25日前",
        "3 提高教学质量 责任 教研室 7月15日前",
        "4 加强体育工作 牵头 教育股 配合 各学校（园） 长期坚持",
    ],
    "notice-with-its-table-behind-the-signature": [
        "1 健全权力清单 牵头 办公室 责任 机关各科室 2024年6月底前",
        "2 开展廉政谈话 牵头 派驻组 责任 各科室 每季度末",
        "3 完善内控制度 牵头 计财科 责任 区直各学校 2024年10月底前",
        "4 开展清廉课堂 牵头 教研室 责任 各学校（园） 春季学期",
    ],
    "numbered-labels": [
        "1 做实政治监督清单 牵头 机关纪委 配合 各科室 2024年4月底前",
        "2 开展专项监督 牵头 派驻组 配合 计财科、基教科 全年",
        "3 用好谈话提醒 牵头 各党组织 长期坚持",
    ],
}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.txt")))
def test_a_reader_finds_the_same(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert [told(item) for item in parse(text).items] == FOUND[name]
