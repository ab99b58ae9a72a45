"""The secrets that messages are signed with: shown once, kept under the installation's own."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.operation import Tx
from app.core.secrecy import decrypt, encrypt
from app.settings import Settings
from app.webhooks.models import SECRET
from app.webhooks.signing import new_secret

OVERLAP = timedelta(hours=24)
"""So long after a rotation messages carry the signature of the secret before, too."""
PURPOSE = "webhook secret"


def make(tx: Tx, webhook_id: int, district_id: int) -> str:
    """A new secret, in the answer once; the one before ends when the overlap is over, and those before it when theirs
    are."""
    mine = SECRET.c.webhook_id == webhook_id
    tx.connection.execute(sa.delete(SECRET).where(mine, SECRET.c.ends_at <= tx.now))
    tx.connection.execute(sa.update(SECRET).where(mine, SECRET.c.ends_at.is_(None)).values(ends_at=tx.now + OVERLAP))
    secret = new_secret()
    sealed = encrypt(tx.settings.secret, PURPOSE, str(webhook_id), secret)
    values = {"webhook_id": webhook_id, "district_id": district_id, "sealed": sealed, "made_at": tx.now}
    tx.connection.execute(sa.insert(SECRET), values)
    return secret


_GOOD = (
    sa.select(SECRET.c.sealed)
    .where(
        SECRET.c.webhook_id == sa.bindparam("webhook"),
        sa.or_(SECRET.c.ends_at.is_(None), SECRET.c.ends_at > sa.bindparam("now", type_=SECRET.c.made_at.type)),
    )
    .order_by(SECRET.c.id.desc())
)


def good(connection: Connection, settings: Settings, webhook_id: int, at: datetime) -> list[str]:
    """Newest first."""
    sealed = connection.execute(_GOOD, {"webhook": webhook_id, "now": at}).scalars()
    return [decrypt(settings.secret, PURPOSE, str(webhook_id), each) for each in sealed]
