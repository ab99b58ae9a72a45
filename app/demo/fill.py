"""From an empty database to a bureau at work, in the order in which things happened."""

import shutil

from app.assignments.dispatch import dispatch
from app.core.files import store_of
from app.core.operation import Tx
from app.core.policy import system_within
from app.demo import (
    accountability,
    appraisals,
    boxes,
    breakdowns,
    briefs,
    campaigns,
    clues,
    complaints,
    documents,
    duties,
    earlier,
    filings,
    imports,
    indicators,
    liaison_visits,
    major_decisions,
    merging,
    risks,
    summaries,
    venue_activities,
)
from app.demo import bureau as bureaus
from app.demo import plan as plans
from app.demo.diary import Diary
from app.demo.inspections import Inspecting
from app.demo.work import Office
from app.installation import Act, Installation
from app.integrity_risks.operations import fall_due
from app.notifications.operations import remind
from app.plans.reading import Reading
from app.robots import operations as robots
from app.robots.models import RobotCreate, RobotKind
from app.webhooks import operations as webhooks
from app.webhooks.models import WebhookCreate

FOUNDED = -420
"""Before last year's plan, so that there is one that is over."""
COUNTED = -60
"""From which day on it is told what the bureau does now."""
FEATURED = "实验小学"
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0"
"""Nobody's key."""
BOXING = (FEATURED, "人事股", "第一中学")
"""Units that have boxed some of their proof."""


def fill(installation: Installation, reading: Reading | None) -> str:
    """``reading`` is a plan of one's own; without it the sample plan is used. The receipt of one of its complaints."""
    diary = Diary(installation)
    store = store_of(installation.settings)
    bureau = bureaus.found(installation, diary.instant(FOUNDED))
    supervisor = bureau.actors["supervisor"]
    duties.appoint(diary, bureau, FOUNDED)
    office = Office(diary, bureau, store, FEATURED)
    if reading is None:
        earlier.note(diary, bureau, office, COUNTED)
    counted = indicators.count(diary, bureau, COUNTED)
    plan_id = plans.launch(diary, bureau, reading)
    duties.note(diary, bureau)
    indicators.note(diary, bureau, counted)
    first = installation.read(supervisor, plans.rows, plan_id)
    office.carry_out(first, plans.ISSUED + 1)
    breakdowns.note(diary, office, first, plans.ISSUED + 1)
    merging.note(diary, bureau, office, first, plans.ISSUED + 1)
    Inspecting(diary, bureau, store).note()
    filings.note(diary, bureau, store, FEATURED)
    risks.note(diary, bureau, store, FEATURED)
    major_decisions.note(diary, bureau, store, FEATURED)
    reported = complaints.note(diary, bureau)
    following = plans.revise(diary, bureau) if reading is None else None
    briefs.note(diary, bureau, plan_id, following)
    imports.note(diary, bureau, store, FEATURED)
    liaison_visits.note(diary, bureau)
    venue_activities.note(diary, bureau, store)
    clues.note(diary, bureau)
    appraisals.note(diary, bureau, store)
    campaigns.note(diary, bureau, store)
    documents.note(diary, bureau, plan_id)
    accountability.note(diary, bureau)
    for name in BOXING:
        boxes.note(diary, plan_id, bureau.unit[name], bureau.of(name))
    summaries.note(diary, bureau, plan_id)
    _another_system(diary, bureau)
    # The new month's rows come when it begins; what happened until then stands before them in the log.
    again = plans.next_dispatch(diary)
    diary.perform(before=diary.instant(again, -30))
    installation.perform_all([Act(supervisor, diary.instant(again, -30), lambda tx: dispatch(tx, plan_id))])
    newest = max((row.id for row in first), default=0)
    office.carry_out(installation.read(supervisor, plans.rows, plan_id, newest), again)
    diary.perform()
    assert supervisor.district_id is not None
    installation.perform(system_within(supervisor.district_id), fall_due)
    installation.perform(system_within(supervisor.district_id), remind)
    shutil.rmtree(store.staging, ignore_errors=True)
    return reported.receipt


def _another_system(diary: Diary, bureau: bureaus.Bureau) -> None:
    """One that is told of changes, and a chat group's robot, as examples: both are disabled, for there is nobody at
    their addresses, and a demo sends nothing out."""
    url = "https://hooks.example.com/qinglian"
    given = WebhookCreate(name="区教育数据平台（示例）", url=url, unit_id=bureau.unit[FEATURED])

    def register(tx: Tx) -> None:
        webhooks.disable(tx, webhooks.create(tx, given).id)

    diary.note(-1, 480, bureau.actors["secadmin"], register)
    group = RobotCreate(name="督查工作群（示例）", unit_id=bureau.unit["督查室"], kind=RobotKind.WECOM, url=ROBOT)
    diary.note(-1, 485, bureau.actors["secadmin"], lambda tx: robots.disable(tx, robots.create(tx, group)))
