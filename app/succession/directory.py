"""What the directory itself says of a unit that goes: pairs, grants, hosts, names, groups' rules, leaders' duties."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT
from app.core.db import insert_or_ignore
from app.core.operation import Reader, Tx
from app.core.within import holds, within
from app.identity.models import GRANT
from app.identity.sessions import end_sessions_of_all
from app.liaison_visits.models import QUOTA
from app.liaison_visits.pairs import own_number
from app.succession.parts import IDS, NEW, OLD, Ending, Found, change, end, ids_of
from app.units.history import keep_name
from app.units.models import ALIAS, GROUP, HOST, LIAISON


class _Told:
    def told(self, see: Reader, found: Found) -> Found:
        return found


class Pairs(_Told):
    """A pair ends with the unit, and the successor is paired from then on, unless it is already, and owes as much."""

    name, label, path = "liaison", "包联关系", "/liaisons"
    columns: Sequence[sa.Column[Any]] = (LIAISON.c.office_id, LIAISON.c.school_id)

    def look(self, see: Reader, ending: Ending) -> Found:
        ours = sa.or_(LIAISON.c.office_id == OLD, LIAISON.c.school_id == OLD)
        going_on = sa.or_(LIAISON.c.valid_to.is_(None), LIAISON.c.valid_to > ending.last)
        ids = ids_of(see, LIAISON, ending, ours, going_on)
        if ending.new is None:
            return {"ends": ids}
        held = {pair[1:3] for pair in self._pairs(see, self._standing(see, ending))}
        merges = [pair[0] for pair in self._pairs(see, ids) if self._follows(pair, ending) in held]
        return {"moves": sorted(set(ids) - set(merges)), "merges": merges}

    def _standing(self, see: Reader, ending: Ending) -> list[int]:
        theirs = sa.or_(LIAISON.c.office_id == NEW, LIAISON.c.school_id == NEW)
        standing = sa.or_(LIAISON.c.valid_to.is_(None), LIAISON.c.valid_to >= ending.on)
        return ids_of(see, LIAISON, ending, theirs, standing)

    def _pairs(self, see: Reader, ids: list[int]) -> list[Any]:
        columns = (LIAISON.c.id, LIAISON.c.office_id, LIAISON.c.school_id, LIAISON.c.valid_to)
        pairs = sa.select(*columns).where(within(LIAISON.c.id, IDS)).order_by(LIAISON.c.id)
        return [tuple(row) for row in see.connection.execute(pairs, {"ids": ids})]

    def _follows(self, pair: Any, ending: Ending) -> tuple[int, int]:
        assert ending.new is not None
        office, school = (ending.new.id if unit_id == ending.old.id else unit_id for unit_id in pair[1:3])
        return office, school

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        moves = self._pairs(tx, found.get("moves", []))
        end(tx, LIAISON, [each for ids in found.values() for each in ids], ending.last)
        for pair in moves:
            office_id, school_id = self._follows(pair, ending)
            days = {"valid_from": ending.on, "valid_to": pair[3]}
            marks = {"district_id": ending.old.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
            made = {"office_id": office_id, "school_id": school_id, **days, **marks}
            tx.connection.execute(insert_or_ignore(tx.connection, LIAISON).values(made))
            _owe_alike(tx, pair[0], made)


def _owe_alike(tx: Tx, pair_id: int, made: dict[str, Any]) -> None:
    """As many visits a term as the pair that it follows, where that one had a number of its own."""
    visits = tx.connection.execute(sa.select(own_number()).where(LIAISON.c.id == pair_id)).scalar_one()
    if visits is None:
        return
    key = ("office_id", "school_id", "valid_from")
    following = sa.select(LIAISON.c.id).where(*(LIAISON.c[name] == made[name] for name in key))
    marks = {name: made[name] for name in ("district_id", "version", "created_at", "updated_at")}
    same = {"liaison_id": tx.connection.execute(following).scalar_one(), "visits": visits, **marks}
    tx.connection.execute(insert_or_ignore(tx.connection, QUOTA).values(same))


class Grants(_Told):
    """They end with the unit. Nobody gets a role on the successor by this: the security administrator grants anew."""

    name, label, path = "role_grant", "用户授权", None
    columns: Sequence[sa.Column[Any]] = (GRANT.c.unit_id,)

    def look(self, see: Reader, ending: Ending) -> Found:
        going_on = sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > ending.last)
        return {"ends": ids_of(see, GRANT, ending, GRANT.c.unit_id == OLD, going_on)}

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        """Not even on the day on which one would have begun."""
        last = sa.literal(ending.last, sa.Date)
        begun = sa.case((GRANT.c.valid_from > last, last), else_=GRANT.c.valid_from)
        change(tx, GRANT, found["ends"], valid_from=begun, valid_to=last)
        users = sa.select(GRANT.c.user_id).where(within(GRANT.c.id, IDS))
        end_sessions_of_all(tx, set(tx.connection.execute(users, {"ids": found["ends"]}).scalars()))


class Hosts:
    """Party organisations at the unit are at its successor from now on."""

    name, label, path = "unit_host", "所在党组织", None
    columns: Sequence[sa.Column[Any]] = (HOST.c.host_id,)

    def look(self, see: Reader, ending: Ending) -> Found:
        there = HOST.alias("there")
        held = sa.select(sa.literal(1)).where(there.c.unit_id == HOST.c.unit_id, there.c.host_id == NEW)
        held = held.correlate(HOST)
        ours = sa.select(HOST.c.unit_id, held.exists().label("held")).where(HOST.c.host_id == OLD)
        rows = see.connection.execute(ours.order_by(HOST.c.unit_id), ending.binds).all()
        if ending.new is None:
            return {"stays": [row.unit_id for row in rows]}
        return {
            "moves": [row.unit_id for row in rows if not row.held],
            "merges": [row.unit_id for row in rows if row.held],
        }

    def told(self, see: Reader, found: Found) -> Found:
        return found

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        if ending.new is None:
            return
        ours = (HOST.c.host_id == OLD, within(HOST.c.unit_id, IDS))
        moved = sa.update(HOST).where(*ours).values(host_id=NEW)
        tx.connection.execute(moved, {**ending.binds, "ids": found["moves"]})
        tx.connection.execute(sa.delete(HOST).where(*ours), {"old": ending.old.id, "ids": found["merges"]})


class Names(_Told):
    """Plans that name the unit mean its successor; its own name becomes a former one of that (曾用名)."""

    name, label, path = "unit_alias", "别名", None
    columns: Sequence[sa.Column[Any]] = (ALIAS.c.unit_id,)

    def look(self, see: Reader, ending: Ending) -> Found:
        if ending.new is None:
            return {}
        return {"moves": ids_of(see, ALIAS, ending, ALIAS.c.unit_id == OLD)}

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        if ending.new is None:
            return
        change(tx, ALIAS, found["moves"], unit_id=ending.new.id)
        keep_name(tx, ending.old, ending.new.id, ending.last)


class Rules(_Told):
    """A group that takes the unit in by name, or what lies beneath it, takes in its successor."""

    name, label, path = "unit_group", "单位组规则", "/unit-groups"
    columns: Sequence[sa.Column[Any]] = (GROUP.c.rule,)

    def look(self, see: Reader, ending: Ending) -> Found:
        rules = sa.select(GROUP.c.id, GROUP.c.rule).where(GROUP.c.district_id == ending.old.district_id)
        naming = [row.id for row in see.connection.execute(rules) if _names(row.rule, ending.old.id)]
        return {"stays" if ending.new is None else "moves": naming}

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        if ending.new is None:
            return
        rules = sa.select(GROUP.c.id, GROUP.c.rule).where(within(GROUP.c.id, IDS))
        for row in tx.connection.execute(rules, {"ids": found["moves"]}).all():
            change(tx, GROUP, [row.id], rule=_renamed(row.rule, ending.old.id, ending.new.id))


def _names(rule: dict[str, Any], unit_id: int) -> bool:
    return rule.get("under_unit_id") == unit_id or unit_id in (rule.get("includes") or ())


def _renamed(rule: dict[str, Any], old: int, new: int) -> dict[str, Any]:
    """Whom it leaves out by name stays left out: that was said of the old unit alone."""
    includes = rule.get("includes") or []
    under = rule.get("under_unit_id")
    return rule | {
        "includes": list(dict.fromkeys(new if each == old else each for each in includes)),
        "under_unit_id": new if under == old else under,
    }


class InCharge(_Told):
    """分管: the leaders in charge of an office are in charge of the one that follows it."""

    name, label, path = "appointment.in_charge", "分管的领导", "/appointments"
    columns: Sequence[sa.Column[Any]] = (APPOINTMENT.c.in_charge_unit_ids,)

    def look(self, see: Reader, ending: Ending) -> Found:
        standing = sa.or_(APPOINTMENT.c.valid_to.is_(None), APPOINTMENT.c.valid_to >= ending.on)
        district = APPOINTMENT.c.district_id == ending.old.district_id
        ids = ids_of(see, APPOINTMENT, ending, district, standing, holds(APPOINTMENT.c.in_charge_unit_ids, OLD))
        return {"stays" if ending.new is None else "moves": ids}

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        if ending.new is None:
            return
        charges = sa.select(APPOINTMENT.c.id, APPOINTMENT.c.in_charge_unit_ids).where(within(APPOINTMENT.c.id, IDS))
        for row in tx.connection.execute(charges, {"ids": found["moves"]}).all():
            charge = dict.fromkeys(ending.new.id if each == ending.old.id else each for each in row.in_charge_unit_ids)
            change(tx, APPOINTMENT, [row.id], in_charge_unit_ids=list(charge))
