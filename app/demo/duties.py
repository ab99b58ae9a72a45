"""Who answers for what in the demo: posts and duties, and the leading groups, of which a few schools have none yet."""

from typing import Any

from app.appointments.models import AppointmentCreate, AppointmentDuty
from app.appointments.operations import create as appoint_one
from app.core.operation import Tx
from app.demo.bureau import BODIES, Bureau, School, schools
from app.demo.diary import Diary
from app.demo.people import clerk_name
from app.installation import Act
from app.leading_groups.models import LeadingGroupCreate, LeadingGroupPatch
from app.leading_groups.operations import change, create
from app.units.models import UnitKind

FIRST, IMPORTANT, BOTH, DIRECT = AppointmentDuty
LEADERS = (
    ("王建国", "党组书记、局长", FIRST, "全面工作", ("督查室",)),
    ("贺春明", "党组副书记、副局长", BOTH, "党建、人事、财务", ("党办", "办公室", "人事股", "计财股")),
    ("乔雅琴", "副局长", BOTH, "教育教学、督导", ("教育股", "督导室", "职成股", "教研室", "培训中心")),
    ("邢立群", "副局长", BOTH, "安全稳定、法治、校建", ("安稳股", "执法办", "校建办")),
)
"""Name, post, duty, in charge of, offices."""
WITHOUT_GROUP = ("石桥镇东坪小学", "小荷幼儿园", "晨光幼儿园")
CHANGED = "实验小学"
NAME = "清廉学校建设工作领导小组"
_FIRST_NAME = 200
"""From this number on the invented names belong to nobody's account."""


def appoint(diary: Diary, bureau: Bureau, founded: int) -> None:
    """By the supervision office, soon after the bureau began."""
    supervisor = bureau.actors["supervisor"]

    def begin(tx: Tx) -> None:
        _leaders(tx, bureau)
        _heads(tx, bureau)
        for number, school in enumerate(schools()):
            _school(tx, bureau, school, _FIRST_NAME + 3 * number)

    diary.installation.perform_all([Act(supervisor, diary.instant(founded, 60), begin)])


def note(diary: Diary, bureau: Bureau) -> None:
    """A school's group changed since."""

    def later(tx: Tx) -> None:
        group_id = bureau.groups[CHANGED]
        basis = f"实小党〔{tx.today.year}〕4号"
        given = LeadingGroupPatch(members=["刘敏", clerk_name(_FIRST_NAME - 1)], basis=basis)
        change(tx, group_id, given)

    diary.note(-20, 30, bureau.of(CHANGED), later)


def _one(tx: Tx, unit_id: int, name: str, post: str, duty: AppointmentDuty, charge: str | None = None) -> None:
    appoint_one(tx, AppointmentCreate(unit_id=unit_id, name=name, post=post, duty=duty, in_charge_of=charge))


def _leaders(tx: Tx, bureau: Bureau) -> None:
    for name, post, duty, charge, offices in LEADERS:
        held: dict[str, Any] = {
            "in_charge_of": charge,
            "in_charge_unit_ids": [bureau.unit[office] for office in offices],
        }
        held["user_id"] = bureau.actors["leader"].user_id if duty == FIRST else None
        appoint_one(tx, AppointmentCreate(unit_id=bureau.district, name=name, post=post, duty=duty, **held))
    group = {
        "leader": LEADERS[0][0],
        "deputies": [leader[0] for leader in LEADERS[1:]],
        "members": ["各股室办、二级单位负责人", "中心校、中小学校长", "幼儿园园长"],
        "office_unit_id": bureau.unit["督查室"],
        "office_director": "李卫东",
    }
    create(tx, LeadingGroupCreate(unit_id=bureau.district, name=NAME, **group))


def _heads(tx: Tx, bureau: Bureau) -> None:
    """The person who acts for an office is its head, linked with the account."""
    for body in BODIES:
        actor = bureau.of(body.name)
        post = "组长" if body.kind == UnitKind.DISCIPLINE_TEAM else "主任" if body.name[-1] in "室办心" else "股长"
        head = AppointmentCreate(
            unit_id=bureau.unit[body.name], name=actor.name, post=post, duty=FIRST, user_id=actor.user_id
        )
        appoint_one(tx, head)


def _school(tx: Tx, bureau: Bureau, school: School, number: int) -> None:
    """A secretary and a principal; where there is no branch of its own the principal is the first."""
    unit_id = bureau.unit[school.name]
    first, second, third = (clerk_name(number + n) for n in range(3))
    title = "园长" if school.kind == UnitKind.KINDERGARTEN else "校长"
    has_secretary = bool(school.branch) and school.kind != UnitKind.KINDERGARTEN
    if has_secretary:
        _one(tx, unit_id, first, "党组织书记", FIRST, "全面工作")
        _one(tx, unit_id, second, title, IMPORTANT, "行政工作")
    else:
        _one(tx, unit_id, first, title, FIRST, "全面工作")
    _one(tx, unit_id, third, f"副{title}", BOTH, "教学、后勤")
    if school.name == CHANGED:
        clerk = bureau.of(unit_id)
        direct = AppointmentCreate(
            unit_id=unit_id, name=clerk.name, post="办公室主任", duty=DIRECT, user_id=clerk.user_id
        )
        appoint_one(tx, direct)
    if school.name in WITHOUT_GROUP:
        return
    people = {"leader": first, "deputies": [second] if has_secretary else [], "members": [third]}
    formed = LeadingGroupCreate(unit_id=unit_id, name=NAME, office_unit_id=unit_id, office_director=third, **people)
    bureau.groups[school.name] = create(tx, formed)
