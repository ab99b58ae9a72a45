"""Who reported it: sealed with a key outside of the database, opened for the handler alone, each time with a reason."""

import json

import sqlalchemy as sa
from sqlalchemy import Connection

from app.complaints.forms import ComplaintSubmit
from app.complaints.models import IDENTITY
from app.core.errors import Unavailable
from app.core.operation import Tx
from app.core.secrecy import Unreadable, decrypt, encrypt
from app.settings import Settings, kept_secret

PURPOSE = "complaint identity"
LOST = "举报人身份的密钥不在或不是原来的一把，请系统管理员从单独保管处放回（见运维手册）"


def seal(tx: Tx, complaint_id: int, district_id: int, given: ComplaintSubmit) -> None:
    text = json.dumps({"name": given.name, "contact": given.contact}, ensure_ascii=False)
    sealed = encrypt(_key(tx.settings, make=True), PURPOSE, str(complaint_id), text)
    values = {"district_id": district_id, "complaint_id": complaint_id, "sealed": sealed}
    tx.connection.execute(sa.insert(IDENTITY).values(values))


def opened(tx: Tx, complaint_id: int) -> dict[str, str]:
    """Name and contact. 503 without the key they were sealed with."""
    sealed = sa.select(IDENTITY.c.sealed).where(IDENTITY.c.complaint_id == complaint_id)
    try:
        key = _key(tx.settings, make=False)
        text = decrypt(key, PURPOSE, str(complaint_id), tx.connection.execute(sealed).scalar_one())
    except (Unreadable, OSError) as error:
        raise Unavailable(LOST, code="key_missing") from error
    found: dict[str, str] = json.loads(text)
    return found


def _key(settings: Settings, *, make: bool) -> str:
    """From ``QL_COMPLAINT_KEY``, else from its file, which is made when the first real-name report comes in."""
    if given := settings.complaint_key.get_secret_value():
        return given
    return kept_secret(settings.complaint_key_path) if make else settings.complaint_key_path.read_text()


def fault(connection: Connection, settings: Settings) -> str:
    """For ``qinglian doctor``: what is wrong with the key, by the newest identity; nothing where it opens."""
    newest = connection.execute(sa.select(IDENTITY).order_by(IDENTITY.c.id.desc()).limit(1)).one_or_none()
    if newest is None:
        return ""
    try:
        decrypt(_key(settings, make=False), PURPOSE, str(newest.complaint_id), newest.sealed)
    except (Unreadable, OSError):
        return LOST
    return ""
