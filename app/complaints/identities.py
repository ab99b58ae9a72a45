"""Who reported it: sealed with a key outside of the database, opened for the handler alone, each time with a reason."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.complaints.forms import Reported
from app.complaints.models import IDENTITY
from app.core.errors import Unavailable
from app.core.operation import Tx
from app.core.secrecy import Unreadable, decrypt, encrypt
from app.settings import Settings, kept_secret

PURPOSE = "complaint identity"
LOST = "举报人身份的密钥不在或不是原来的一把，请系统管理员从单独保管处放回（见运维手册）"
NOT_NOW = (
    "现在不能保存举报人的姓名和联系方式：加密用的密钥不在或不是原来的一把，这一件没有提交。"
    "可以留空这两项匿名提交，或请系统管理员放回密钥后再试"
)
_FAULTS = (Unreadable, OSError, ValueError)
"""No file, one that cannot be read or is no text, or another key than it was sealed with."""


def seal(tx: Tx, complaint_id: int, district_id: int, given: Reported) -> None:
    """503 without the key that the others were sealed with: another one would leave some of them unreadable."""
    text = json.dumps({"name": given.name, "contact": given.contact}, ensure_ascii=False)
    try:
        key = _proven(tx.connection, tx.settings, make=True)
    except _FAULTS as error:
        raise Unavailable(NOT_NOW, code="key_missing") from error
    sealed = encrypt(key, PURPOSE, str(complaint_id), text)
    values = {"district_id": district_id, "complaint_id": complaint_id, "sealed": sealed}
    tx.connection.execute(sa.insert(IDENTITY).values(values))


def opened(tx: Tx, complaint_id: int) -> dict[str, str]:
    """Name and contact. 503 without the key they were sealed with."""
    sealed = sa.select(IDENTITY.c.sealed).where(IDENTITY.c.complaint_id == complaint_id)
    try:
        key = _key(tx.settings, make=False)
        text = decrypt(key, PURPOSE, str(complaint_id), tx.connection.execute(sealed).scalar_one())
    except _FAULTS as error:
        raise Unavailable(LOST, code="key_missing") from error
    found: dict[str, str] = json.loads(text)
    return found


def _key(settings: Settings, *, make: bool) -> str:
    """From ``QL_COMPLAINT_KEY``, else from its file, which is made when the first real-name report comes in."""
    if given := settings.complaint_key.get_secret_value():
        return given
    path = settings.complaint_key_path
    found = kept_secret(path) if make else path.read_text()
    if not found.strip():
        raise Unreadable(PURPOSE)
    return found


_NEWEST = sa.select(IDENTITY).order_by(IDENTITY.c.id.desc()).limit(1)


def _proven(connection: Connection, settings: Settings, *, make: bool = False) -> str:
    """The key, which opens the newest identity; made, if asked to, where there is none yet."""
    newest: Any = connection.execute(_NEWEST).one_or_none()
    key = _key(settings, make=make and newest is None)
    if newest is not None:
        decrypt(key, PURPOSE, str(newest.complaint_id), newest.sealed)
    return key


def fault(connection: Connection, settings: Settings) -> str:
    """What is wrong with the key; nothing where it opens what is sealed, or where nothing is sealed yet."""
    if connection.execute(_NEWEST).first() is None:
        return ""
    try:
        _proven(connection, settings)
    except _FAULTS:
        return LOST
    return ""
