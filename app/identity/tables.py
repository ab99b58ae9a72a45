"""Users, grants and tokens as tables."""

from dataclasses import replace
from typing import Any

from app.core.operation import Reader
from app.core.policy import ROLE_LABELS
from app.core.tables import Column, Row, at_minute, labelled, of_list, yes_no
from app.identity import queries
from app.identity.models import GRANT, TOKEN, USER
from app.identity.scopes import words
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
_HOLDER, _OWNER, _LIMIT = USER.alias("holder"), USER.alias("owner"), UNIT.alias("limit_unit")


def _roles(held: list[dict[str, Any]], _known: Any = None) -> str:
    return "、".join(f"{ROLE_LABELS[each['role']]}（{each['unit_name']}）" for each in held)


USERS = of_list(
    "用户",
    (
        Column("账号", "username", width=18),
        Column("姓名", "name"),
        Column("今日角色", "roles", _roles, 40),
        Column("停用时间", "disabled_at", at_minute, 17),
        Column("须改密码", "must_change_password", yes_no, 10),
        Column("锁定至", "locked_until", at_minute, 17),
    ),
    queries.LIST,
    queries.present,
    queries.complete,
)

_GRANTS = replace(
    queries.GRANT_LIST,
    source=GRANT.join(UNIT, UNIT.c.id == GRANT.c.unit_id).join(_HOLDER, _HOLDER.c.id == GRANT.c.user_id),
    columns=[*queries.GRANT_LIST.columns, _HOLDER.c.username, _HOLDER.c.name.label("user_name")],
)


def _present_grant(see: Reader, row: Any) -> Row:
    named = {name: getattr(row, name) for name in ("username", "user_name", "unit_name")}
    return queries.present_grant(see, row) | named


GRANTS = of_list(
    "授权",
    (
        Column("账号", "username", width=18),
        Column("姓名", "user_name"),
        Column("角色", "role", labelled(ROLE_LABELS)),
        Column("单位", "unit_name", width=24),
        Column("含下级", "recursive", yes_no, 8),
        Column("开始日期", "valid_from"),
        Column("结束日期", "valid_to"),
    ),
    _GRANTS,
    _present_grant,
)

_TOKENS = replace(
    queries.TOKEN_LIST,
    source=TOKEN.join(_OWNER, _OWNER.c.id == TOKEN.c.user_id).outerjoin(_LIMIT, _LIMIT.c.id == TOKEN.c.unit_id),
    columns=[*queries.TOKEN_LIST.columns, _OWNER.c.username, _LIMIT.c.name.label("unit_name")],
)


def _present_token(see: Reader, row: Any) -> Row:
    return queries.present_token(see, row) | {"username": row.username, "unit_name": row.unit_name}


def _scopes(scopes: list[str] | None, _known: Any = None) -> str:
    return "不限" if scopes is None else "、".join(map(words, scopes))


TOKENS = of_list(
    "接口令牌",
    (
        Column("名称", "name", width=24),
        Column("账号", "username", width=18),
        Column("范围", "scopes", _scopes, 40),
        Column("限于单位", "unit_name", width=24),
        Column("建立时间", "created_at", at_minute, 17),
        Column("到期时间", "expires_at", at_minute, 17),
        Column("最近使用", "last_used_at", at_minute, 17),
        Column("停用时间", "revoked_at", at_minute, 17),
    ),
    _TOKENS,
    lambda see, row: _present_token(see, row) | {"created_at": row.created_at},
)
