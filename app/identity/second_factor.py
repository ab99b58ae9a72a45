"""The second factor: codes of 30 seconds from a person's phone (TOTP, RFC 6238), and recovery codes for its loss.

The shared secret is kept sealed under the installation's own, recovery codes as keyed hashes; both are shown once.
A code is taken once: its time step moves on by a conditional UPDATE, so of two logins with one code one passes.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
import sqlalchemy as sa
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import Connection

from app.core import epoch
from app.core.audit import record
from app.core.db import insert_or_update
from app.core.errors import Conflict, Forbidden, Unavailable, invalid
from app.core.operation import Reader, Tx, operation
from app.core.secrecy import Unreadable, decrypt, encrypt, keyed_hash
from app.core.workflow import find
from app.identity import rules
from app.identity.access import CLOSELY_GUARDED
from app.identity.models import FACTOR, RECOVERY
from app.identity.sessions import end_sessions_of
from app.settings import Settings

PURPOSE = "second factor"
ISSUER = "清廉"
TO_CONFIRM = timedelta(minutes=30)
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is mistaken for another when copied by hand."""
_WINDOW = 1
"""Steps of 30 seconds that a phone's clock may be off."""


@dataclass(frozen=True)
class Provision:
    """What a phone needs: as text, and as an address for a QR code."""

    secret: str
    uri: str


def is_on(connection: Connection, user_id: int) -> bool:
    confirmed = sa.select(FACTOR.c.id).where(FACTOR.c.user_id == user_id, FACTOR.c.confirmed_at.is_not(None))
    return connection.execute(confirmed).first() is not None


# Setting up and taking away


@operation("second_factor.begin")
def begin(tx: Tx) -> Provision:
    """A new secret for oneself, to be confirmed by a code of it; one begun earlier is forgotten."""
    user_id = _self(tx)
    if is_on(tx.connection, user_id):
        raise Conflict("动态验证码已经开启，要换手机请先关闭再设置", code="already_on")
    secret = pyotp.random_base32()
    sealed = encrypt(tx.settings.secret, PURPOSE, str(user_id), secret)
    values = {"sealed": sealed, "begun_at": tx.now, "confirmed_at": None, "last_step": 0}
    insert = insert_or_update(tx.connection, FACTOR).values(district_id=tx.actor.district_id, user_id=user_id, **values)
    unconfirmed = FACTOR.c.confirmed_at.is_(None)
    tx.connection.execute(
        insert.on_conflict_do_update(index_elements=[FACTOR.c.user_id], set_=values, where=unconfirmed)
    )
    record(tx, "second_factor", user_id)
    return _provision(secret, tx.actor.username)


@operation("second_factor.confirm")
def confirm(tx: Tx, code: str) -> list[str]:
    """Turn it on by a first code; gives the recovery codes, once. Every other session of the user ends."""
    user_id = _self(tx)
    row = _row(tx.connection, user_id, locked=True)
    if row is not None and row.confirmed_at is not None:
        raise Conflict("动态验证码已经开启", code="already_on")
    if row is None or tx.now - row.begun_at > TO_CONFIRM:
        raise Conflict("设置已过期，请重新开始设置", code="not_begun")
    if not _take_totp(tx, row, code):
        raise invalid("code", "验证码不对，请输入手机上当前的 6 位数字，并核对手机的时间", code="bad_second_factor")
    tx.connection.execute(sa.update(FACTOR).where(FACTOR.c.user_id == user_id).values(confirmed_at=tx.now))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    rows = [
        {"district_id": tx.actor.district_id, "user_id": user_id, "code_hash": _hashed(tx, user_id, code)}
        for code in codes
    ]
    tx.connection.execute(sa.insert(RECOVERY), rows)
    record(tx, "second_factor", user_id, after={"recovery_codes": len(codes)})
    end_sessions_of(tx, user_id, but=tx.actor.session_id)
    _move_epoch(tx)
    return codes


BAD_CODE = "bad_second_factor"


@operation("second_factor.remove")
def remove(tx: Tx, code: str) -> None:
    """Turn off one's own, after the password was given once more, by a code: the phone's or a recovery code. That is
    taken in the same transaction, so that the same request again finds it done."""
    user_id = _self(tx)
    if is_required(tx.settings) and tx.actor.has(*CLOSELY_GUARDED):
        raise Conflict("本单位要求三员与局领导使用动态验证码，不能关闭；换手机请由安全管理员重置", code="required")
    if not is_on(tx.connection, user_id):
        raise Conflict("动态验证码没有开启", code="not_on")
    if take_code(tx, user_id, code) is None:
        raise invalid("code", "验证码不对，或已经用过，请输入手机上当前的 6 位数字，或一个恢复码", code=BAD_CODE)
    _forget(tx, user_id)
    record(tx, "second_factor", user_id)
    _move_epoch(tx)


@operation("second_factor.reset")
def reset(tx: Tx, user_id: int, note: str | None = None) -> int:
    """Take away another person's, who lost both the phone and the codes: their password alone opens again.

    The password is the system administrator's to reset, this the security administrator's: neither takes over an
    account by themselves.
    """
    row = find(tx, rules.USERS, user_id)
    if not row.may_reset_second_factor:
        raise Forbidden("动态验证码由安全管理员重置")
    if user_id == tx.actor.user_id:
        raise Conflict("不能重置自己的动态验证码：请凭密码和验证码关闭，或由另一位安全管理员办理", code="own_account")
    if not note:
        raise invalid("note", "重置动态验证码必须写明原因，如怎样核实了本人身份")
    if not _forget(tx, user_id):
        raise Conflict("这个账号没有开启动态验证码", code="not_on")
    record(tx, "second_factor", user_id, reason=note)
    end_sessions_of(tx, user_id)
    _move_epoch(tx)
    return user_id


def is_required(settings: Settings) -> bool:
    return settings.second_factor == "required" and not settings.demo


def _self(tx: Tx) -> int:
    if tx.actor.user_id is None or tx.actor.session_id is None:
        raise Forbidden("请登录网页后办理：令牌不能改动登录方式", code="session_required")
    return tx.actor.user_id


def _forget(tx: Tx, user_id: int) -> bool:
    tx.connection.execute(sa.delete(RECOVERY).where(RECOVERY.c.user_id == user_id))
    gone = sa.delete(FACTOR).where(FACTOR.c.user_id == user_id).returning(FACTOR.c.confirmed_at)
    row = tx.connection.execute(gone).one_or_none()
    return row is not None and row.confirmed_at is not None


def _move_epoch(tx: Tx) -> None:
    """What the person must do before anything else is part of the cached actor."""
    assert tx.actor.district_id is not None
    epoch.move(tx.connection, tx.actor.district_id)


# How it stands


def standing(see: Reader) -> dict[str, Any]:
    """Of whoever asks: whether it is on, since when, and how many recovery codes are left."""
    user_id = see.actor.user_id or 0
    row = _row(see.connection, user_id)
    unused = sa.select(sa.func.count()).where(RECOVERY.c.user_id == user_id, RECOVERY.c.used_at.is_(None))
    return {
        "on": row is not None and row.confirmed_at is not None,
        "since": row.confirmed_at if row is not None else None,
        "recovery_codes_left": see.connection.execute(unused).scalar_one(),
        "required": is_required(see.settings) and see.actor.has(*CLOSELY_GUARDED),
    }


def begun(see: Reader) -> Provision | None:
    """What was begun and waits for its code."""
    row = _row(see.connection, see.actor.user_id or 0)
    if row is None or row.confirmed_at is not None or see.now - row.begun_at > TO_CONFIRM:
        return None
    try:
        return _provision(_opened(see.settings, row.user_id, row.sealed), see.actor.username)
    except Unavailable:
        return None  # It can be begun anew.


# Codes


def take_code(tx: Tx, user_id: int, code: str) -> str | None:
    """Take a code at login: ``totp``, ``recovery``, or None where it is not right or was taken before."""
    typed = "".join(code.split()).replace("-", "").lower()
    row = _row(tx.connection, user_id, locked=True)
    if row is None or row.confirmed_at is None:
        return None
    if typed.isdigit():
        return "totp" if _take_totp(tx, row, typed) else None
    used = sa.update(RECOVERY).where(
        RECOVERY.c.user_id == user_id,
        RECOVERY.c.code_hash == _hashed(tx, user_id, typed),
        RECOVERY.c.used_at.is_(None),
    )
    return "recovery" if tx.connection.execute(used.values(used_at=tx.now)).rowcount == 1 else None


def _take_totp(tx: Tx, row: sa.Row[Any], code: str) -> bool:
    try:
        totp = pyotp.TOTP(_opened(tx.settings, row.user_id, row.sealed))
        step = totp.verify_and_get_timecode("".join(code.split()), for_time=tx.now, valid_window=_WINDOW)
    except OTPVerificationError:
        return False
    moved = sa.update(FACTOR).where(FACTOR.c.user_id == row.user_id, FACTOR.c.last_step < step)
    return tx.connection.execute(moved.values(last_step=step)).rowcount == 1


def _row(connection: Connection, user_id: int, *, locked: bool = False) -> sa.Row[Any] | None:
    asked = sa.select(FACTOR).where(FACTOR.c.user_id == user_id)
    return connection.execute(asked.with_for_update() if locked else asked).one_or_none()


def _opened(settings: Settings, user_id: int, sealed: bytes) -> str:
    try:
        return decrypt(settings.secret, PURPOSE, str(user_id), sealed)
    except Unreadable:
        mend = "请从备份恢复数据目录里的 secret 文件，或用 qinglian user reset-second-factor 重置"
        raise Unavailable(f"动态验证码的密钥读不出来：{mend}", code="sealed") from None


def _provision(secret: str, username: str) -> Provision:
    return Provision(secret, pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER))


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _hashed(tx: Tx, user_id: int, code: str) -> str:
    return keyed_hash(tx.settings.secret, "recovery code", f"{user_id} {code.replace('-', '')}")
