"""Accounts from a table, found by their names. They come without a password: ``identity.issuing`` gives the first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from app.core import epoch
from app.core.audit import record, shown
from app.core.errors import Conflict
from app.core.models import Name
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.identity.models import BAD_USERNAME, USER, USERNAME
from app.identity.passwords import NO_PASSWORD
from app.identity.sessions import end_sessions_of_all
from app.imports.checking import by_types
from app.imports.columns import Column, Wrong, choice, labelled, narrow, plain, text
from app.imports.examining import batches
from app.imports.registry import Draft, Written
from app.imports.taking_back import MOVED, refuse_touched, unmake

STATE_LABELS = {False: "正常", True: "停用"}


def username(cell: str, _known: Any = None) -> str:
    found = narrow(text(cell)).lower()
    if not USERNAME.fullmatch(found):
        raise Wrong(BAD_USERNAME)
    return found


COLUMNS = (
    Column(
        "username",
        "账号",
        ("用户名", "登录名", "登录账号", "帐号", "用户账号", "账户", "登录帐号", "用户账户"),
        username,
        plain,
        required=True,
        example="liumin",
        hint="2 到 40 个小写字母、数字或 . _ -，全系统不能重名",
    ),
    Column(
        "name",
        "姓名",
        ("名字", "用户姓名", "人员姓名", "真实姓名", "使用人", "用户", "人员", "使用人姓名"),
        text,
        plain,
        required=True,
        example="刘敏",
    ),
    Column(
        "disabled",
        "状态",
        ("账号状态", "使用状态"),
        choice(STATE_LABELS, {"启用": False, "在用": False, "已停用": True, "禁用": True}),
        labelled(STATE_LABELS),
        choices=tuple(STATE_LABELS.values()),
        example="正常",
        hint="停用后立即退出登录，名下未办事项留在单位",
    ),
)


class Checked(TypedDict, total=False):
    name: Name


_CHECKED: TypeAdapter[Checked] = TypeAdapter(Checked)
_ROWS = sa.select(USER.c.id, USER.c.version, USER.c.username, USER.c.name, USER.c.disabled_at).where(
    USER.c.district_id == sa.bindparam("district")
)
_ELSEWHERE = sa.select(USER.c.username).where(
    USER.c.username.in_(sa.bindparam("names", expanding=True)), USER.c.district_id != sa.bindparam("district")
)


class Known:
    """The district's accounts, and those names of the file that other districts have."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        district = {"district": see.actor.district_id}
        self.own_id = see.actor.user_id
        self.accounts = {row.username: row for row in see.connection.execute(_ROWS, district)}
        self.taken = {
            found
            for names in batches(self._new(drafts))
            for found in see.connection.execute(_ELSEWHERE, district | {"names": names}).scalars()
        }
        self.met: dict[str, int] = {}

    def _new(self, drafts: Iterable[Draft]) -> Iterator[str]:
        for draft in drafts:
            name = narrow(draft.cells.get("username", "")).lower()
            if USERNAME.fullmatch(name) and name not in self.accounts:
                yield name


def check(known: Known, draft: Draft) -> None:
    by_types(draft, _CHECKED)
    its_name = draft.values.get("username")
    if its_name is None:
        return
    if (first := known.met.setdefault(its_name, draft.number)) != draft.number:
        draft.wrong("username", f"与第 {first} 行是同一个账号，请只留一行")
    if its_name in known.taken:
        draft.wrong("username", "这个账号已被别的教育局使用，请换一个")
    found = known.accounts.get(its_name)
    if found is None:
        return
    draft.target_id, draft.target_version = found.id, found.version
    draft.held = {"username": found.username, "name": found.name, "disabled": found.disabled_at is not None}
    if found.id == known.own_id and draft.values.get("disabled"):
        draft.wrong("disabled", "不能停用自己的账号，请由另一位系统管理员办理")


# Writing


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    _make(tx, [draft for draft in drafts if draft.held is None])
    _change(tx, known, [draft for draft in drafts if draft.held is not None])
    _seen_at_once(tx)


def _seen_at_once(tx: Tx) -> None:
    assert tx.actor.district_id is not None
    epoch.move(tx.connection, tx.actor.district_id)


def _make(tx: Tx, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    stamped = {
        "district_id": tx.actor.district_id,
        "password_hash": NO_PASSWORD,
        "must_change_password": True,
        "failed_logins": 0,
        "version": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    rows = [
        stamped
        | {name: draft.values[name] for name in ("username", "name")}
        | {"disabled_at": tx.now if draft.values.get("disabled") else None}
        for draft in drafts
    ]
    made = tx.connection.execute(sa.insert(USER).returning(USER.c.id, USER.c.username), rows)
    ids = {row.username: row.id for row in made}
    for draft in drafts:
        draft.target_id, draft.target_version, draft.undo = ids[draft.values["username"]], 1, {}
        record(tx, "user", draft.target_id, operation="user.create", after=_shown(draft.values))


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """As one account's event has it: whoever audits goes by persons, not by files."""
    return {name: shown(value) for name, value in values.items()}


_CHANGE = (
    sa.update(USER)
    .where(USER.c.id == sa.bindparam("user_id"), USER.c.version == sa.bindparam("held_version"))
    .values(
        name=sa.bindparam("new_name"),
        disabled_at=sa.bindparam("new_disabled_at", type_=USER.c.disabled_at.type),
        version=USER.c.version + 1,
        updated_at=sa.bindparam("now", type_=USER.c.updated_at.type),
    )
)


def _change(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    rows, ended = [], []
    for draft in drafts:
        assert draft.held is not None and draft.target_id is not None and draft.target_version is not None
        found = known.accounts[draft.values["username"]]
        disabled_at = found.disabled_at
        if "disabled" in draft.changes:
            disabled_at = tx.now if draft.values["disabled"] else None
            ended.append(draft.target_id)
        row = {"user_id": draft.target_id, "held_version": draft.target_version, "now": tx.now}
        rows.append(row | {"new_name": draft.values.get("name", found.name), "new_disabled_at": disabled_at})
        since = found.disabled_at.isoformat() if found.disabled_at else None
        draft.undo = {"name": found.name, "disabled_at": since}
        draft.target_version += 1
        before, after = ({name: pair[at] for name, pair in draft.changes.items()} for at in (0, 1))
        record(tx, "user", draft.target_id, operation="user.edit", before=_shown(before), after=_shown(after))
    if rows and tx.connection.execute(_CHANGE, rows).rowcount != len(rows):
        raise Conflict(f"有账号{MOVED}", code="rows_moved")
    if ended:
        end_sessions_of_all(tx, ended)


def _tell_back(tx: Tx, rows: Sequence[Written]) -> None:
    """Of each account what it was, and what it becomes again."""
    them = sa.select(USER.c.id, USER.c.username, USER.c.name, USER.c.disabled_at)
    them = them.where(within(USER.c.id, many("ids")))
    held = {row.id: row for row in tx.connection.execute(them, {"ids": [row.target_id for row in rows]})}
    for row in rows:
        account = held[row.target_id]
        now_at = {"name": account.name, "disabled": account.disabled_at is not None}
        if row.is_new:
            before = _shown({"username": account.username, **now_at})
            record(tx, "user", row.target_id, operation="user.delete", before=before)
            continue
        old = {"name": row.undo["name"], "disabled": bool(row.undo["disabled_at"])}
        changed = [name for name in old if old[name] != now_at[name]]
        before, after = ({name: each[name] for name in changed} for each in (now_at, old))
        record(tx, "user", row.target_id, operation="user.edit", before=_shown(before), after=_shown(after))


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, USER, rows, "账号")
    _tell_back(tx, rows)
    held = [
        {
            "user_id": row.target_id,
            "held_version": row.target_version,
            "new_name": row.undo["name"],
            "new_disabled_at": datetime.fromisoformat(row.undo["disabled_at"]) if row.undo["disabled_at"] else None,
            "now": tx.now,
        }
        for row in rows
        if not row.is_new
    ]
    if held:
        tx.connection.execute(_CHANGE, held)
        end_sessions_of_all(tx, [row["user_id"] for row in held if row["new_disabled_at"]])
    made = [row.target_id for row in rows if row.is_new]
    unmake(tx, USER, made, "导入的账号已有授权或登录过，不能整批撤销，请逐个停用")
    _seen_at_once(tx)
