"""The year before: a plan that a few units tried out, its yearly summary made final, the plan archived since; and one
that was given up soon after it was issued."""

from datetime import timedelta

from app.assignments.dispatch import dispatch, withdraw
from app.core.calendar import long_day
from app.core.operation import Tx
from app.demo import plan as plans
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.demo.work import Office, Span, Steps, Telling
from app.plans import operations
from app.plans.reading import read_plan_now
from app.summaries import operations as summaries
from app.summaries.models import SummaryCreate, SummaryPatch

ISSUED = plans.ISSUED - 365
DUE, WRITTEN, FROZEN = ISSUED + 60, ISSUED + 86, ISSUED + 90
ARCHIVED = plans.IMPORTED - 1
"""Before the next plan is drawn up."""
STEPS: Steps = ("acknowledge", "report", "finish", "submit", "complete")
TEXT = """青川区教育局
{year}年清廉校园建设试点方案
青教发〔{year}〕21号

各中心校，各学校、幼儿园，各股室、二级单位：
为摸清清廉校园建设底数，探索可以推广的做法，先在部分单位试点，结合实际，制定本方案。

一、总体要求
坚持先行先试，把岗位责任、收费公示、师德学习三件事做实，以试点经验带动面上工作。

二、重点任务
1.建立岗位责任清单。
主要措施：逐岗列出职权事项和廉洁要求，由主要负责人审定，在校务公开栏公示。
责任股室：党办，柳林镇中心校、第一中学
完成时限：{due}前
2.规范收费公示。
主要措施：逐项核对收费依据和标准，统一公示栏样式，写明减免政策和监督电话。
责任股室：计财股，东关小学、第一幼儿园
完成时限：{due}前
3.开展师德专题学习。
主要措施：集中学习师德规范和典型案例，全体教师签订承诺书，接受家长评议。
责任股室：人事股，第二小学、第二中学
完成时限：{due}前

三、工作要求
试点单位要明确一名联络员，按时签收任务、报送进展，办结后报送书面小结。

青川区教育局
{issued}
"""
TEXTS = {
    "overview": "试点单位按照方案推进各项任务，岗位责任清单、收费公示和师德学习均按期完成，形成了可以推广的做法。",
    "problems": "一是试点范围较小，没有覆盖各镇村小和民办园。\n二是过程资料归档不够及时，个别单位临近时限才集中整理。",
    "suggestions": "一是下一年在全区各学校（园）推开，逐级签订责任书。\n"
    "二是把明察暗访和问题整改销号写进方案，做到件件有结果。",
}


GIVEN_UP = ISSUED + 9
"""So long it was carried out, from the fifth day on."""
WITHDRAWN = """青川区教育局
{year}年校外实践基地巡查方案
青教发〔{year}〕22号

各中心校，各股室、二级单位：
为规范校外实践活动，制定本方案。

一、总体要求
统一巡查标准，及时消除隐患。

二、重点任务
1.巡查校外实践基地。
主要措施：逐一核对基地资质、收费和安全责任书，建立台账。
责任股室：安稳股，柳林镇中心校、石桥镇中心校
完成时限：{due}前

青川区教育局
{issued}
"""
WHY = "市里已统一部署基地巡查，本方案不再单独执行，已做的工作并入市级行动。"


def note(diary: Diary, bureau: Bureau, office: Office, until: int) -> None:
    """Carried out up to the day ``until``; what is left comes with what is noted later."""
    supervisor = bureau.actors["supervisor"]
    made: dict[str, int] = {}

    def launch(tx: Tx, name: str, title: str, text: str) -> None:
        days = {"issued": long_day(tx.today), "due": long_day(tx.today + timedelta(days=DUE - ISSUED))}
        reading = read_plan_now(text.format(year=tx.today.year, **days).encode(), f"{title}（{tx.today.year}）.txt")
        made[name] = operations.import_(tx, reading)
        operations.issue(tx, made[name])
        dispatch(tx, made[name])

    def sum_up(tx: Tx) -> None:
        made["summary"] = summaries.create(tx, SummaryCreate(plan_id=made["plan"]))
        summaries.edit(tx, made["summary"], SummaryPatch(**TEXTS))

    diary.note(ISSUED, 30, supervisor, lambda tx: launch(tx, "plan", "清廉校园建设试点方案", TEXT))
    diary.perform()
    diary.note(ISSUED + 5, 60, supervisor, lambda tx: launch(tx, "given up", "校外实践基地巡查方案", WITHDRAWN))
    diary.note(GIVEN_UP, 60, supervisor, lambda tx: withdraw(tx, made["given up"], WHY))
    for number, row in enumerate(diary.installation.read(supervisor, plans.rows, made["plan"])):
        Telling(office, row, number).note(STEPS, Span(ISSUED + 1, DUE - 2))
    diary.note(WRITTEN, 60, supervisor, sum_up)
    diary.note(FROZEN, 60, supervisor, lambda tx: summaries.freeze(tx, made["summary"]))
    diary.note(ARCHIVED, 60, supervisor, lambda tx: operations.archive(tx, made["plan"]))
    diary.perform(before=diary.instant(until))
