"""Who inspects: the inspecting unit, the team, and the drawing of units and inspectors."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.errors import Forbidden, invalid
from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.identity.access import resolve
from app.identity.models import GRANT, USER
from app.inspections import sampling
from app.inspections.models import InspectionCreate, InspectionKind, Mode, Sample
from app.inspections.rules import INSPECTING, NEVER_INSPECTED, PLANNERS
from app.units import groups
from app.units.models import LIAISON, UNIT, Duty, UnitKind
from app.units.operations import unit_of_district


class Conflicts(NamedTuple):
    """Units a person may not inspect: those of the person's own, and those paired with the person's offices."""

    own: frozenset[int]
    paired: frozenset[int]


class Occasion(NamedTuple):
    """What an inspection is planned for: whoever may act there, may inspect these units."""

    unit_ids: frozenset[int]
    campaign_id: int | None = None


def names(tx: Reader, unit_ids: Iterable[int]) -> str:
    """Names of units, the first five of many, for a sentence."""
    wanted = sorted(set(unit_ids))
    rows = tx.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id.in_(wanted[:5])).order_by(UNIT.c.id)).scalars()
    return "、".join(rows) + (f"等 {len(wanted)} 个单位" if len(wanted) > 5 else "")


def inspecting_unit(tx: Tx, given: int | None) -> int:
    """The unit in whose name the actor inspects; asked for only where the actor has several."""
    actor = tx.actor
    if given is not None:
        unit = unit_of_district(tx, given)
        if given not in actor.offices and not (actor.has(Role.SUPERVISOR) and unit.kind in INSPECTING):
            raise invalid("unit_id", "只能以本单位的名义检查，请重新选择单位")
        return given
    mine = [unit_id for unit_id in actor.home_units if unit_id in actor.offices]
    if len(mine) == 1:
        return mine[0]
    usual = {Role.SUPERVISOR: UNIT.c.duty == Duty.SUPERVISION, Role.DISCIPLINE: UNIT.c.kind == UnitKind.DISCIPLINE_TEAM}
    for role, ground in usual.items():
        if actor.has(role):
            units = sa.select(UNIT.c.id).where(UNIT.c.district_id == actor.district_id, ground).order_by(UNIT.c.id)
            for unit_id in tx.connection.execute(units).scalars():
                if not mine or unit_id in mine:
                    return int(unit_id)
    raise invalid("unit_id", "请选择由哪个单位检查")


def may_plan(tx: Tx, given: InspectionCreate, unit_ids: Sequence[int] | None, occasion: Occasion | None) -> None:
    """Supervisor and discipline team plan anything; an office, announced inspections of its paired schools, and what an
    occasion gives it to inspect."""
    if tx.actor.has(*PLANNERS):
        return
    if not tx.actor.has(Role.OFFICE):
        raise Forbidden("督查由督查室、派驻组或包联股室安排")
    if occasion is not None:
        if unit_ids is None:
            raise Forbidden("双随机由督查室、派驻组抽取，请选定被查单位")
        if strange := set(unit_ids) - occasion.unit_ids:
            raise invalid("unit_ids", f"{names(tx, strange)}不在这次可以检查的单位之内，请去掉")
        return
    if given.kind != InspectionKind.LIAISON or unit_ids is None:
        raise Forbidden("股室只能安排对包联学校的包联督查，其他督查由督查室安排")
    if strange := set(unit_ids) - tx.actor.paired:
        raise Forbidden(f"不是本股室包联的学校：{names(tx, strange)}")
    if given.mode == Mode.UNANNOUNCED:
        raise invalid("mode", "包联的学校由本股室联系，不能由本股室暗访，请改为明察")


def targets_by_hand(tx: Reader, unit_ids: Sequence[int]) -> list[int]:
    """The units chosen, checked: of the district, existing today, of a kind that is inspected."""
    wanted = sorted(set(unit_ids))
    rows = tx.connection.execute(
        sa.select(UNIT).where(UNIT.c.id.in_(wanted), UNIT.c.district_id == tx.actor.district_id)
    ).all()
    if missing := set(wanted) - {row.id for row in rows}:
        raise invalid("unit_ids", f"没有编号为 {min(missing)} 的单位，请从单位名录中选择")
    for row in rows:
        if row.kind in NEVER_INSPECTED:
            raise invalid("unit_ids", f"{row.name}不是被查单位，请去掉")
        if not groups.exists_on(row, tx.today):
            raise invalid("unit_ids", f"{row.name}{groups.absence(row, tx.today)}，请去掉")
    return wanted


def refuse_conflicts(
    tx: Tx, mode: Mode, unit_ids: Sequence[int], team_units: Sequence[int], team_users: Sequence[int]
) -> None:
    """Nobody inspects the own unit; of an unannounced visit nobody may know who is at home there or paired with it."""
    inspected = set(unit_ids)
    secret = mode == Mode.UNANNOUNCED
    if secret and (known := inspected & tx.actor.concerned):
        raise invalid("unit_ids", f"您在{names(tx, known)}任职，对它的暗访须由他人安排，请去掉")
    for unit_id in team_units:
        unit = unit_of_district(tx, unit_id, "team_unit_ids")
        if unit.kind not in INSPECTING:
            raise invalid("team_unit_ids", f"{unit.name}不是股室、二级单位或派驻组，不能参加检查组")
        if unit_id in inspected:
            raise invalid("team_unit_ids", f"{unit.name}不能检查自己，请换由其他单位检查或去掉这一被查单位")
        if secret and (paired := inspected & _paired_with(tx, unit_id)):
            raise invalid("team_unit_ids", f"{unit.name}与{names(tx, paired)}有包联关系，不能参加暗访")
    for user_id, person in _people(tx, team_users, "team_user_ids").items():
        if own := inspected & person.own:
            raise invalid("team_user_ids", f"编号 {user_id} 的人员在{names(tx, own)}任职，请回避")
        if secret and (paired := inspected & person.paired):
            raise invalid("team_user_ids", f"编号 {user_id} 的人员与{names(tx, paired)}有包联关系，不能参加暗访")


def _paired_with(tx: Tx, office_id: int) -> set[int]:
    pairs = sa.select(LIAISON.c.school_id).where(
        LIAISON.c.office_id == office_id,
        LIAISON.c.valid_from <= tx.today,
        sa.or_(LIAISON.c.valid_to.is_(None), LIAISON.c.valid_to >= tx.today),
    )
    return set(tx.connection.execute(pairs).scalars())


def _people(tx: Tx, user_ids: Iterable[int], field: str) -> dict[int, Conflicts]:
    """Each person with the units they must not inspect; 422 on ``field`` for one who is not there. Of another
    district's people no more is looked up than of nobody.
    """
    found, wanted = {}, sorted(set(user_ids))
    own = sa.select(USER.c.id).where(USER.c.district_id == tx.actor.district_id, USER.c.id.in_(wanted))
    here = set(tx.connection.execute(own).scalars()) if wanted else set()
    for user_id in wanted:
        actor = resolve(tx.connection, user_id, tx.today) if user_id in here else None
        if actor is None or not actor.roles:
            raise invalid(field, f"没有编号为 {user_id} 的在用人员，请重新选择")
        found[user_id] = Conflicts(actor.concerned, actor.paired)
    return found


# The draw


def inspectors_of(tx: Tx, unit_id: int) -> list[int]:
    """People who work for the unit today."""
    statement = (
        sa.select(GRANT.c.user_id)
        .distinct()
        .join(USER, USER.c.id == GRANT.c.user_id)
        .where(
            GRANT.c.unit_id == unit_id,
            GRANT.c.role.in_([Role.OFFICE, *PLANNERS]),
            GRANT.c.valid_from <= tx.today,
            sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to >= tx.today),
            USER.c.disabled_at.is_(None),
        )
    )
    return sorted(tx.connection.execute(statement).scalars())


def frame(tx: Tx, mode: Mode, sample: Sample) -> sampling.Frame:
    """Who may be drawn today. 422 on ``sample/…`` where there are too few."""
    unit = unit_of_district(tx, sample.inspector_unit_id, "sample/inspector_unit_id")
    if unit.kind not in INSPECTING:
        raise invalid("sample/inspector_unit_id", "检查人员须来自股室、二级单位或派驻组")
    people = _people(tx, inspectors_of(tx, unit.id), "sample/inspector_unit_id")
    if len(people) < sample.team_size:
        raise invalid("sample/team_size", f"{unit.name}可抽取的检查人员只有 {len(people)} 人，请减少人数")
    members = groups.members(tx, [sample.group_id], tx.today)
    if sample.group_id not in members:
        raise invalid("sample/group_id", f"没有编号为 {sample.group_id} 的单位组，请重新选择")
    wanted = members[sample.group_id]
    rows = tx.connection.execute(sa.select(UNIT.c.id, UNIT.c.kind, UNIT.c.stages).where(UNIT.c.id.in_(wanted))).all()
    barred = {user: person.own | person.paired for user, person in people.items()}
    secret = tx.actor.concerned if mode == Mode.UNANNOUNCED else frozenset()
    candidates, left_out = [], []
    for row in rows:
        impartial = sum(row.id not in units for units in barred.values())
        if row.kind in NEVER_INSPECTED or impartial < sample.team_size or row.id in secret:
            left_out.append(row.id)
        else:
            candidates.append(sampling.Candidate(row.id, str(row.kind), row.stages))
    if len(candidates) < sample.size:
        detail = f"这一组可抽取 {len(candidates)} 个单位" + (f"（回避 {len(left_out)} 个）" if left_out else "")
        raise invalid("sample/size", f"{detail}，请减少抽取数量")
    known = {candidate.id for candidate in candidates}
    conflicts = {str(user): sorted(units & known) for user, units in barred.items() if units & known}
    return sampling.Frame(
        group_id=sample.group_id,
        size=sample.size,
        inspector_unit_id=unit.id,
        team_size=sample.team_size,
        strata=sampling.stratify(candidates, sample.size),
        inspector_ids=sorted(people),
        conflicts=conflicts,
        left_out=sorted(left_out),
    )


def draw(made: sampling.Frame) -> tuple[str, sampling.Drawn]:
    """A seed drawn by the server, and what it draws. 422 where too few inspectors are left."""
    seed = sampling.new_seed()
    drawn = sampling.repeat(seed, made)
    if len(drawn.user_ids) < made["team_size"]:
        left = len(drawn.user_ids)
        raise invalid("sample/team_size", f"与抽中单位有关的人员回避后只剩 {left} 人，请减少人数或换一个检查单位")
    return seed, drawn


def draw_record(seed: str, made: sampling.Frame, drawn: sampling.Drawn) -> dict[str, Any]:
    return {"seed": seed, "frame": dict(made), "result": drawn._asdict()}
