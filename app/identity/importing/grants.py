"""Grants from a table: whose, which role, on which unit; and since when, until when, which is what may change."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from app.core import epoch
from app.core.audit import record, shown
from app.core.errors import Conflict
from app.core.operation import Reader, Tx
from app.core.policy import ROLE_LABELS, Role
from app.core.within import many, within
from app.identity.checks import JOINED, OF_UNITS, OVERLAPS, OWN_ACCOUNT, are_joined, check_unit
from app.identity.models import GRANT, USER
from app.identity.sessions import end_sessions_of_all
from app.imports import spans
from app.imports.checking import by_rule
from app.imports.columns import MOST_SUGGESTIONS, Column, Wrong, choice, day, labelled, narrow, plain, text
from app.imports.registry import Draft, Written
from app.imports.spans import Span
from app.imports.taking_back import MOVED, refuse_touched, unmake
from app.units.importing.naming import Units, meant, standing, title, unit

LABEL = "授权"
OTHER_ROLES = {
    "督查": Role.SUPERVISOR,
    "领导小组办公室": Role.SUPERVISOR,
    "股室": Role.OFFICE,
    "科室": Role.OFFICE,
    "二级单位": Role.OFFICE,
    "中心校": Role.SCHOOL,
    "幼儿园": Role.SCHOOL,
    "学校幼儿园": Role.SCHOOL,
    "派驻纪检组": Role.DISCIPLINE,
    "领导": Role.LEADER,
    **{role.value: role for role in Role},
}
BENEATH_LABELS = {True: "是", False: "否"}
_PEOPLE = sa.select(USER.c.id, USER.c.username, USER.c.name).where(USER.c.district_id == sa.bindparam("district"))
_GRANTS = sa.select(GRANT).where(GRANT.c.district_id == sa.bindparam("district")).order_by(GRANT.c.valid_from)


class Known(Units):
    """The district's accounts and all grants there ever were, with those that the file brings."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        district = {"district": self.district_id}
        self.own_id = see.actor.user_id
        self.people = {row.username: row for row in see.connection.execute(_PEOPLE, district)}
        self.by_id = {row.id: row for row in self.people.values()}
        self.named: dict[str, list[str]] = defaultdict(list)
        for row in self.people.values():
            self.named[_plain(row.name)].append(row.username)
        self.spans: dict[tuple[int, Role, int], list[Span]] = defaultdict(list)
        for row in see.connection.execute(_GRANTS, district):
            self.spans[row.user_id, Role(row.role), row.unit_id].append(Span(row.valid_from, row.valid_to, row))
        self.roles: dict[int, set[tuple[Role, int]]] = defaultdict(set)
        """Of each account the roles it ever had, and on which units."""
        for user_id, role, unit_id in self.spans:
            self.roles[user_id].add((role, unit_id))
        self.written: set[int] = set()
        """Accounts whose grants were made or changed."""
        self.grants: set[int] = set()
        """Those grants."""


def _plain(name: str) -> str:
    return "".join(narrow(name).split())


def _account(cell: str, known: Known) -> int:
    written = narrow(cell).lower()
    if written in known.people:
        return int(known.people[written].id)
    near = known.named.get(_plain(cell)) or difflib.get_close_matches(written, list(known.people), MOST_SUGGESTIONS)
    raise Wrong("没有这个账号，请先由系统管理员建立", near)


def _username(user_id: int, known: Known) -> str:
    return str(known.by_id[user_id].username)


COLUMNS = (
    Column(
        "account",
        "账号",
        ("用户名", "登录名", "登录账号", "帐号", "用户账号", "用户", "账户", "登录帐号"),
        _account,
        _username,
        required=True,
        example="liumin",
    ),
    Column(
        "name",
        "姓名",
        ("名字", "用户姓名", "人员姓名"),
        text,
        plain,
        example="刘敏",
        hint="可以不填；填了就与账号核对",
    ),
    Column(
        "role",
        "角色",
        ("授权角色", "权限", "岗位角色", "用户角色", "角色名称"),
        choice(ROLE_LABELS, OTHER_ROLES),
        labelled(ROLE_LABELS),
        required=True,
        choices=tuple(ROLE_LABELS.values()),
        example="学校（园）",
    ),
    Column(
        "unit",
        "单位",
        (
            "授权单位",
            "单位名称",
            "所在单位",
            "所属单位",
            "学校",
            "部门",
            "任职单位",
            "责任单位",
            "责任股室",
            "工作单位",
            "学校（园）",
        ),
        unit,
        title,
        example="青山小学",
        hint="名称或编码。责任股室填股室、二级单位或派驻组，学校（园）填学校、幼儿园或党组织；其余角色管全区，可以不填",
        width=24,
    ),
    Column(
        "recursive",
        "含下级",
        ("包括下级", "包含下级", "含下级单位", "包括下级单位"),
        choice(BENEATH_LABELS, {"含": True, "包括": True, "√": True, "不含": False, "不包括": False}),
        labelled(BENEATH_LABELS),
        choices=tuple(BENEATH_LABELS.values()),
        example="否",
        hint="如中心校及其下辖学校；新授权留空为否",
    ),
    Column(
        "valid_from",
        "起",
        ("起始日期", "开始日期", "生效日期", "授权日期", "起始", "起始时间", "开始时间", "生效时间"),
        day,
        plain,
        example="2026-09-01",
        hint="新授权留空为今天",
    ),
    Column(
        "valid_to",
        "止",
        (
            "截止日期",
            "结束日期",
            "终止日期",
            "到期日期",
            "失效日期",
            "截止",
            "截止时间",
            "结束时间",
            "终止时间",
            "失效时间",
        ),
        day,
        plain,
        hint="最后一天；新授权留空为长期",
    ),
)


def check(known: Known, draft: Draft) -> None:
    user_id, role = (cast(Any, draft.values.get(each)) for each in ("account", "role"))
    _check_name(known, draft, user_id)
    if role is not None and role not in OF_UNITS and "unit" not in draft.cells:
        draft.values["unit"] = known.district_id
    unit_id = meant(known.directory, draft, lambda each: spans.held(draft, known.spans.get((user_id, role, each), ())))
    if unit_id is None and role in OF_UNITS and "unit" not in draft.cells:
        draft.wrong("unit", f"“{ROLE_LABELS[role]}”须写明单位")
    if unit_id is None or role is None:
        return
    near = [known.titles[known.district_id]] if role not in OF_UNITS else []
    by_rule(draft, lambda: check_unit(role, known.titles[unit_id], known.kinds[unit_id]), {"unit_id": "unit"}, near)
    if user_id is not None and not draft.faults:
        _find(known, draft, user_id, role, unit_id)


def _check_name(known: Known, draft: Draft, user_id: int | None) -> None:
    """A table that names the person as well is about that person: a role given to another would be a way in."""
    said = draft.values.pop("name", None)
    if said is None or user_id is None or _plain(said) == _plain(known.by_id[user_id].name):
        return
    held = known.by_id[user_id]
    others = sorted(known.named.get(_plain(said), []))[:MOST_SUGGESTIONS]
    draft.wrong("account", f"账号 {held.username} 的姓名是“{held.name}”，表里是“{said}”，请核对", others)


def _find(known: Known, draft: Draft, user_id: int, role: Role, unit_id: int) -> None:
    alike = known.spans[user_id, role, unit_id]
    span = spans.find(draft, alike, known.today, LABEL)
    if span is None:
        return
    known.roles[user_id].add((role, unit_id))
    if span.row is not None:
        draft.target_id, draft.target_version = span.row.id, span.row.version
        draft.held = {"account": user_id, "role": role, "unit": unit_id, "recursive": span.row.recursive}
        draft.held |= {"valid_from": span.row.valid_from, "valid_to": span.row.valid_to}
        spans.change(draft, alike, span, known.today, LABEL)
    else:
        standing(known, draft, "unit", unit_id, max(span.begins, known.today))
    if span.row is None or draft.changes:
        if user_id == known.own_id:
            draft.wrong("account", OWN_ACCOUNT)
        if not span.over(known.today) and are_joined(_held_with(known, user_id, span) | {role}):
            draft.wrong("role", JOINED)
        if draft.faults:
            spans.withdraw(alike, span)


def _held_with(known: Known, user_id: int, span: Span) -> set[Role]:
    """The account's roles on any day of the span that is still to come."""
    begins = max(span.begins, known.today)
    return {
        role
        for role, unit_id in known.roles[user_id]
        for other in known.spans[user_id, role, unit_id]
        if other is not span and other.meets(begins, span.ends)
    }


# Writing


_LOCK = sa.select(USER.c.id).where(within(USER.c.id, many("users"))).order_by(USER.c.id).with_for_update()
_UNENDED = sa.select(GRANT).where(
    within(GRANT.c.user_id, many("users")),
    sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to >= sa.bindparam("today", type_=sa.Date)),
)
_CHANGE = (
    sa.update(GRANT)
    .where(GRANT.c.id == sa.bindparam("grant_id"), GRANT.c.version == sa.bindparam("held_version"))
    .values(
        recursive=sa.bindparam("new_recursive", type_=sa.Boolean),
        valid_to=sa.bindparam("new_valid_to", type_=sa.Date),
        version=GRANT.c.version + 1,
        updated_at=sa.bindparam("now", type_=GRANT.c.updated_at.type),
    )
)


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    """The accounts are locked first: a grant that another gives meanwhile waits, or is seen at the end."""
    users = {draft.values["account"] for draft in drafts}
    tx.connection.execute(_LOCK, {"users": sorted(users)})
    known.written |= users
    _make(tx, [draft for draft in drafts if draft.held is None])
    _change(tx, [draft for draft in drafts if draft.held is not None])
    known.grants |= {draft.target_id for draft in drafts if draft.target_id is not None}


def finish(tx: Tx, known: Known) -> None:
    _end(tx, known.written, known.grants)


def _end(tx: Tx, users: Iterable[int], touched: Collection[int]) -> None:
    """What every change of grants ends with: nobody holds joined duties, or a touched grant beside the same one, and
    everyone logs in anew.
    """
    held: dict[int, list[Span]] = defaultdict(list)
    of = sorted(users)
    for row in tx.connection.execute(_UNENDED, {"users": of, "today": tx.today}):
        held[row.user_id].append(Span(max(row.valid_from, tx.today), row.valid_to, row))
    for grants in held.values():
        for span in grants:
            beside = [each.row for each in grants if each.meets(span.begins, span.ends)]
            if are_joined({Role(row.role) for row in beside}):
                raise Conflict(JOINED, code="separation_of_duties")
            alike = [row for row in beside if (row.role, row.unit_id) == (span.row.role, span.row.unit_id)]
            if span.row.id in touched and len(alike) > 1:
                raise Conflict(OVERLAPS, code="overlap")
    end_sessions_of_all(tx, of)
    assert tx.actor.district_id is not None
    epoch.move(tx.connection, tx.actor.district_id)


def _make(tx: Tx, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    stamped = {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    rows = [
        stamped
        | {
            "user_id": draft.values["account"],
            "role": draft.values["role"],
            "unit_id": draft.values["unit"],
            "recursive": draft.values.get("recursive", False),
            "valid_from": draft.values["valid_from"],
            "valid_to": draft.values.get("valid_to"),
        }
        for draft in drafts
    ]
    key = (GRANT.c.user_id, GRANT.c.role, GRANT.c.unit_id, GRANT.c.valid_from)
    made = tx.connection.execute(sa.insert(GRANT).returning(GRANT.c.id, *key), rows)
    ids = {(row.user_id, Role(row.role), row.unit_id, row.valid_from): row.id for row in made}
    for draft in drafts:
        its = tuple(draft.values[name] for name in ("account", "role", "unit", "valid_from"))
        draft.target_id, draft.target_version, draft.undo = ids[its], 1, {}
    for row in rows:
        grant_id = ids[row["user_id"], row["role"], row["unit_id"], row["valid_from"]]
        record(tx, "role_grant", grant_id, operation="role_grant.create", after=_shown(row, *GIVEN))


GIVEN = ("user_id", "role", "unit_id", "recursive", "valid_from", "valid_to")


def _shown(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """As one grant's event has it: whoever audits goes by persons, not by files."""
    return {name: shown(values[name]) for name in names if values[name] is not None}


def _change(tx: Tx, drafts: Sequence[Draft]) -> None:
    rows = []
    for draft in drafts:
        assert draft.held is not None and draft.target_id is not None and draft.target_version is not None
        new = {name: draft.values.get(name, draft.held[name]) for name in ("recursive", "valid_to")}
        row = {"grant_id": draft.target_id, "held_version": draft.target_version, "now": tx.now}
        rows.append(row | {f"new_{name}": value for name, value in new.items()})
        ends = draft.held["valid_to"]
        draft.undo = {"recursive": draft.held["recursive"], "valid_to": ends and ends.isoformat()}
        draft.target_version += 1
        before, after = ({name: shown(pair[at]) for name, pair in draft.changes.items()} for at in (0, 1))
        after["user_id"] = draft.values["account"]
        record(tx, "role_grant", draft.target_id, operation="role_grant.edit", before=before, after=after)
    if rows and tx.connection.execute(_CHANGE, rows).rowcount != len(rows):
        raise Conflict(f"有授权{MOVED}", code="rows_moved")


def _tell_back(tx: Tx, rows: Sequence[Written]) -> None:
    """Of each grant whose it is, what it was, and what it becomes again."""
    them = sa.select(GRANT).where(within(GRANT.c.id, many("ids")))
    found = tx.connection.execute(them, {"ids": [row.target_id for row in rows]})
    held = {row.id: row._asdict() for row in found}
    for row in rows:
        now_at = held[row.target_id]
        if row.is_new:
            before = _shown(now_at, *GIVEN)
            record(tx, "role_grant", row.target_id, operation="role_grant.delete", before=before)
            continue
        changed = {name: old for name, old in row.undo.items() if old != shown(now_at[name])}
        before = {name: shown(now_at[name]) for name in changed}
        after = changed | {"user_id": now_at["user_id"]}
        record(tx, "role_grant", row.target_id, operation="role_grant.edit", before=before, after=after)


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    whose = sa.select(GRANT.c.user_id).where(within(GRANT.c.id, many("ids"))).distinct()
    users = list(tx.connection.execute(whose, {"ids": [row.target_id for row in rows]}).scalars())
    tx.connection.execute(_LOCK, {"users": sorted(users)})
    refuse_touched(tx, GRANT, rows, LABEL)
    _tell_back(tx, rows)
    held = [
        {
            "grant_id": row.target_id,
            "held_version": row.target_version,
            "new_recursive": row.undo["recursive"],
            "new_valid_to": date.fromisoformat(row.undo["valid_to"]) if row.undo["valid_to"] else None,
            "now": tx.now,
        }
        for row in rows
        if not row.is_new
    ]
    if held:
        tx.connection.execute(_CHANGE, held)
    unmake(tx, GRANT, [row.target_id for row in rows if row.is_new], "导入的授权已被引用，不能整批撤销，请逐项结束")
    _end(tx, users, {row.target_id for row in rows})
