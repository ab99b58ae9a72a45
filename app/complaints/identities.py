"""Who reported it: sealed with a key outside of the database, opened for the handler alone, each time with a reason."""

import json
import os
import secrets
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy import Connection

from app.complaints.models import IDENTITY, ComplaintSubmit
from app.core.errors import Unavailable
from app.core.operation import Tx
from app.core.secrecy import Unreadable, decrypt, encrypt
from app.settings import Settings

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
    path = settings.complaint_key_path
    if make and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text()


def fault(connection: Connection, settings: Settings) -> str:
    """For ``qinglian doctor``: whether the newest identity opens with the key that is there; nothing where all is well."""
    newest = connection.execute(sa.select(IDENTITY).order_by(IDENTITY.c.id.desc()).limit(1)).one_or_none()
    if newest is None:
        return ""
    try:
        decrypt(_key(settings, make=False), PURPOSE, str(newest.complaint_id), newest.sealed)
    except (Unreadable, OSError):
        return LOST
    return ""
