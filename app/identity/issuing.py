"""First passwords for the accounts of an import: each is in the answer, once, and kept nowhere but as its hash.

An imported account has no password and cannot log in. So a table of thousands is written without one slow hash, nothing
of it holds a secret, and a list that got lost is made again.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core import epoch
from app.core.audit import audited_write, record
from app.core.errors import Conflict
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.within import many, within
from app.identity.checks import WATCHERS
from app.identity.models import GRANT, USER
from app.identity.passwords import hash_one_time, one_time_password
from app.identity.sessions import end_sessions_of_all
from app.imports.queries import made_by


class Issued(NamedTuple):
    user_id: int
    username: str
    name: str
    one_time_password: str


class Issue(NamedTuple):
    data: list[Issued]
    left_out: list[str]
    """Accounts whose passwords are not the system administrator's to know."""


_WAITING = (
    sa.select(USER.c.id, USER.c.username, USER.c.name)
    .where(within(USER.c.id, many("users")), USER.c.must_change_password, USER.c.disabled_at.is_(None))
    .order_by(USER.c.id)
    .with_for_update()
)
_WATCHING = sa.select(GRANT.c.user_id).where(
    within(GRANT.c.user_id, many("users")),
    GRANT.c.role.in_(WATCHERS),
    sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to >= sa.bindparam("today", type_=sa.Date)),
)
_ISSUE = (
    sa.update(USER)
    .where(USER.c.id == sa.bindparam("user_id"))
    .values(
        password_hash=sa.bindparam("new_hash"),
        password_changed_at=sa.bindparam("now", type_=USER.c.password_changed_at.type),
        updated_at=sa.bindparam("now", type_=USER.c.updated_at.type),
        version=USER.c.version + 1,
    )
)


@operation("user.issue_passwords")
def issue_passwords(tx: Tx, import_id: int) -> Issue:
    """A one-time password for each account that an import made and that has none of its own yet, in the file's order.

    Again: others, and those of before open nothing any more. 409 where no account waits for one.
    """
    require(tx.actor, Role.SYSADMIN)
    made = made_by(tx, import_id, "users")
    found = {row.id: row for row in tx.connection.execute(_WAITING, {"users": made})}
    waiting = [found[user_id] for user_id in made if user_id in found]
    watching = set(tx.connection.execute(_WATCHING, {"users": made, "today": tx.today}).scalars())
    left_out = [row.username for row in waiting if row.id in watching]
    issued = [Issued(*row, one_time_password()) for row in waiting if row.id not in watching]
    if not issued:
        raise Conflict("没有等待发放的账号：都已设置自己的密码、已停用，或由服务器上的命令重置", code="none_waiting")
    _put(tx, issued)
    record(tx, "user", None, after={"import_id": import_id, "count": len(issued), "left_out": len(left_out)})
    return Issue(issued, left_out)


def _put(tx: Tx, issued: Sequence[Issued]) -> None:
    rows: list[dict[str, Any]] = [
        {"user_id": each.user_id, "new_hash": hash_one_time(each.one_time_password), "now": tx.now} for each in issued
    ]
    with audited_write(tx.connection):
        tx.connection.execute(_ISSUE, rows)
    end_sessions_of_all(tx, [each.user_id for each in issued])
    assert tx.actor.district_id is not None
    epoch.move(tx.connection, tx.actor.district_id)


def present(tx: Tx, issue: Issue) -> dict[str, Any]:
    return {"data": [each._asdict() for each in issue.data], "left_out": issue.left_out}
