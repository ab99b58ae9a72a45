"""What the demo's schools report over three terms: after-school service, reading and homework."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments.periods import Period, current
from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.indicators.models import IndicatorCreate, ValueCreate
from app.indicators.operations import create, report
from app.installation import Act
from app.plans.models import Cadence
from app.units.groups import members
from app.units.models import GROUP


class Counted(NamedTuple):
    code: str
    name: str
    definition: str
    measure: str
    above: str
    below: str
    target: int
    office: str
    group: str
    lacking: tuple[int, int, int]
    """How many of a hundred are wanting, term by term, where a school is behind."""


COUNTED = (
    Counted(
        code="KHFW",
        name="课后服务覆盖率",
        definition="有需要的学生都参加课后服务，即 1:1。有需要的，以家长每学期的申请为准。",
        measure="ratio",
        above="参加课后服务的学生数",
        below="有需要的学生数",
        target=1,
        office="督导室",
        group="各义务教育学校",
        lacking=(12, 7, 3),
    ),
    Counted(
        code="YDFG",
        name="读书活动覆盖率",
        definition="学期内参加过读书活动的教师占全体教师的比例。",
        measure="percent",
        above="参加读书活动的教师数",
        below="教师总数",
        target=95,
        office="教研室",
        group="各学校（园）",
        lacking=(14, 9, 6),
    ),
    Counted(
        code="ZYDB",
        name="作业管理达标率",
        definition="抽查的班级中，作业公示和总量都符合要求的班级占比。",
        measure="percent",
        above="达标班级数",
        below="抽查班级数",
        target=90,
        office="教育股",
        group="各义务教育学校",
        lacking=(30, 20, 10),
    ),
)
_EVERY, _LATE = 4, 5
"""Every fourth school is behind; every fifth has not reported this term."""


def _terms(today: date) -> list[Period]:
    found = [current(Cadence.TERMLY, today)]
    while len(found) < 3:
        assert found[0].starts_on is not None
        found.insert(0, current(Cadence.TERMLY, found[0].starts_on - timedelta(days=1)))
    return found


def count(diary: Diary, bureau: Bureau, founded: int) -> list[int]:
    """The offices define what is counted, and bring in the terms before; the indicators' ids."""
    terms = _terms(diary.today)
    made: list[int] = []
    for counted in COUNTED:

        def define(tx: Tx, counted: Counted = counted) -> None:
            made.append(_define(tx, counted, bureau, terms))
            for term, lacking in zip(terms[:-1], counted.lacking, strict=False):
                for number, unit_id in enumerate(_units(tx, counted)):
                    report(tx, _value(made[-1], unit_id, term, number, lacking))

        office = bureau.of(counted.office)
        diary.installation.perform_all([Act(office, diary.instant(founded, 90), define)])
    return made


def note(diary: Diary, bureau: Bureau, made: list[int]) -> None:
    """Each school reports for itself this term."""
    term = current(Cadence.TERMLY, diary.today)
    for indicator_id, counted in zip(made, COUNTED, strict=True):
        reporting = diary.installation.read(bureau.of(counted.office), _units, counted)
        for number, unit_id in enumerate(reporting):
            if number % _LATE != _LATE - 1 and bureau.has_clerk(unit_id):
                given = _value(indicator_id, unit_id, term, number, counted.lacking[-1])
                diary.note(-9 + number % 7, number, bureau.of(unit_id), partial(_report, given))


def _report(given: ValueCreate, tx: Tx) -> None:
    report(tx, given)


def _group(see: Any, counted: Counted) -> int:
    named = sa.select(GROUP.c.id).where(GROUP.c.name == counted.group, GROUP.c.district_id == see.actor.district_id)
    found: int = see.connection.execute(named).scalar_one()
    return found


def _units(see: Any, counted: Counted) -> list[int]:
    group_id = _group(see, counted)
    return members(see, [group_id], see.today)[group_id]


def _define(tx: Tx, counted: Counted, bureau: Bureau, terms: list[Period]) -> int:
    given: dict[str, Any] = {
        "code": counted.code,
        "name": counted.name,
        "definition": counted.definition,
        "measure": counted.measure,
        "numerator_name": counted.above,
        "denominator_name": counted.below,
        "direction": "at_least",
        "target": counted.target,
        "cadence": "termly",
        "unit_group_id": _group(tx, counted),
        "office_id": bureau.unit[counted.office],
        "valid_from": terms[0].starts_on,
    }
    return create(tx, IndicatorCreate(**given))


def _value(indicator_id: int, unit_id: int, term: Period, number: int, lacking: int) -> ValueCreate:
    """Invented: so many below the line, and a few of them wanting where a school is behind."""
    below = 40 + number * 37 % 560
    short = below * (lacking + number % 3) // 100 if number % _EVERY == 1 else 0
    figures = {"numerator": Decimal(below - short), "denominator": Decimal(below)}
    return ValueCreate(indicator_id=indicator_id, unit_id=unit_id, period=term.name, **figures)
