"""Idempotency-Key: the same POST again gets the saved answer and does nothing.

A page's form has its key in a hidden field, and what is saved is not the answer but what the operation gave: the page
makes the same answer of it again. What adds a row has its key in what it adds, so that a page gone back to, which is
another form, does not add it once more unasked.

The claim is made in the write's own transaction: a duplicate in flight waits and then replays, and a failed
operation keeps no key. An answer may hold a new token or a one-time password, which nobody may read from a
dump of the database: of the key only a hash is kept, and the answer is sealed with the key and the installation's
secret. A key alone opens nothing: it may be one that is easily guessed, such as ``school-1``.

The hash is of the key alone. So a claim holds whichever instance made it, and after the secret was changed: what was
done is done once. An answer that cannot be opened any more is refused.

While this release and the one before run side by side, the same again has one effect too, whichever has it first: this
one gives what the other saved, the other cannot open what this one saved and answers with an error. Not so a form that
adds a row: there its key was that of the whole form, so one that is sent to both adds it twice.
"""

import base64
import hashlib
import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, SQLModel

from app.core.calendar import SHANGHAI
from app.core.db import LOCK_TIMEOUT, insert_or_update
from app.core.errors import Conflict, Invalid, invalid
from app.core.models import Row, id_column, instant_column, table_of, text_column
from app.core.operation import Tx
from app.core.secrecy import Unreadable, decrypt, encrypt, keyed_hash

T = TypeVar("T")
CHANGED = "changed"
KEPT = timedelta(hours=48)
AGAIN = timedelta(minutes=10)
"""For how long a form is the same one sent again. Later it is meant anew, from a page that stayed open or came back."""
SAME_DAY = timedelta(hours=12)
"""For how long whoever adds the same once more, in a form of another rendering, is asked whether they mean it."""
SLACK = timedelta(hours=1)
"""A record goes so much later than its key is free: a claim that met it just before still finds it."""
BATCH = 5000


class SentBefore(Conflict):
    """The same was added before, by another form or another rendering of this one."""

    code = "sent_before"

    def __init__(self, at: datetime) -> None:
        when = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        detail = f"您在 {when} 提交的已经保存，这次没有重复保存。确要再存一份相同的，请再提交一次。"
        super().__init__(detail, title="同样的内容已经提交过")


class Sent(NamedTuple):
    """A form that was sent. ``key`` stands for what is asked for, ``form`` for all of that rendering as it was sent."""

    key: str
    form: str
    adds: bool = False
    """Whether the key is of what is added alone, whichever form it comes from."""
    meant: bool = False
    """Whether whoever sent it was asked, and means it."""


class IdempotencyRecord(Row, SQLModel, table=True):
    __tablename__ = "idempotency_record"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"),)

    user_id: int = id_column("user.id", index=False)
    key: str = Field(max_length=200)
    fingerprint: str = Field(max_length=64)
    status: int = 0
    headers: str = Field(default="", max_length=500)
    body: str = text_column(default="")
    created_at: datetime = instant_column(nullable=False, index=True)


RECORD = table_of(IdempotencyRecord)


def check_key(key: str | None) -> str | None:
    if key is not None and not (1 <= len(key.strip()) <= 200 and key.isascii() and key.isprintable()):
        raise invalid("Idempotency-Key", "Idempotency-Key 须为 1 到 200 个可见的 ASCII 字符")
    return key


def fingerprint(*parts: bytes | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def told_apart(secret: str, *request: bytes | str) -> str:
    """What tells a request from another under the same key. A body may hold a password: without the installation's
    secret nobody who reads the database can try one against it.
    """
    return keyed_hash(secret, "idempotent request", fingerprint(*request))


def claim(tx: Tx, key: str, request: str) -> tuple[int, str, str] | None:
    """Claim ``key`` for this write; or the saved (status, headers, body) of the write that had it before."""
    if (saved := _claim(tx, key, request, RECORD.c.created_at <= tx.now - KEPT)) is None:
        return None
    if saved.fingerprint != request:
        raise Invalid("这个 Idempotency-Key 已用于另一个请求，请换一个", code="idempotency_key_reused")
    return saved.status, saved.headers, _open(tx, key, saved.body)


def _claim(tx: Tx, key: str, request: str, over: sa.ColumnElement[bool]) -> Any:
    """The record of the write that had the key before; None where there is none, or one that is ``over``."""
    values = {"user_id": tx.actor.user_id, "key": _hashed(key), "fingerprint": request, "created_at": tx.now}
    values |= {"status": 0, "headers": "", "body": ""}
    insert = insert_or_update(tx.connection, RECORD).values(values)
    # What is over counts as gone, also while it is there; of two at once the second waits, and finds the key taken.
    claimed = insert.on_conflict_do_update(
        index_elements=[RECORD.c.user_id, RECORD.c.key],
        set_={name: insert.excluded[name] for name in values if name not in ("user_id", "key")},
        where=over,
    ).returning(RECORD.c.id)
    try:
        mine = tx.connection.execute(claimed).scalar_one_or_none()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_TIMEOUT:
            raise Conflict("同一请求正在办理，请稍后再试", code="in_flight") from error
        raise
    return None if mine is not None else tx.connection.execute(sa.select(RECORD).where(_mine(tx, key))).one()


def keep(tx: Tx, key: str, status: int, headers: str, body: str, seal: str = "") -> None:
    sealed = _seal(tx, seal or key, body)
    tx.connection.execute(sa.update(RECORD).where(_mine(tx, key)).values(status=status, headers=headers, body=sealed))


def once(tx: Tx, sent: Sent, shape: TypeAdapter[T], act: Callable[[Tx], T]) -> T:
    """``act(tx)``; or what it gave when the same form was sent just before. 409 (``SentBefore``) where another form
    added the same and nobody was asked yet."""
    form, asks = fingerprint(sent.form), sent.adds and not sent.meant
    over = RECORD.c.created_at <= tx.now - (SAME_DAY if asks else AGAIN)
    saved = _claim(tx, sent.key, form, over | (RECORD.c.fingerprint != form) if sent.meant else over)
    seal = sent.key + sent.form
    if saved is not None:
        if saved.fingerprint not in (form, FORMERLY) or saved.created_at <= tx.now - AGAIN:
            raise SentBefore(saved.created_at)
        tx.changed = saved.headers == CHANGED
        return shape.validate_json(_open(tx, sent.key if saved.fingerprint == FORMERLY else seal, saved.body))
    result = act(tx)
    keep(tx, sent.key, 0, CHANGED if tx.changed else "", shape.dump_json(result).decode(), seal)
    return result


@cache
def shape_of(operation: Callable[..., Any]) -> TypeAdapter[Any]:
    """How what an operation gives is written down and read again, by the type that it says it gives."""
    return TypeAdapter(inspect.signature(operation).return_annotation)


def prune(tx: Tx) -> int:
    """Remove some of what is over; how many, 0 when all is done."""
    over = sa.select(RECORD.c.id).where(RECORD.c.created_at < tx.now - KEPT - SLACK).limit(BATCH)
    return tx.connection.execute(sa.delete(RECORD).where(RECORD.c.id.in_(over))).rowcount


def _mine(tx: Tx, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(RECORD.c.user_id == tx.actor.user_id, RECORD.c.key == _hashed(key))


def _hashed(key: str) -> str:
    return hashlib.sha256(b"key" + key.encode()).hexdigest()


FORMERLY = ""
"""The fingerprint of each form that the release before this one saved: its key was that of the whole form."""
SEALED = "2:"
"""How an answer begins that is sealed with the secret as well."""
SALT = 16


def _seal(tx: Tx, key: str, text: str) -> str:
    sealed = encrypt(tx.settings.secret, _purpose(key), _owner(tx), text, lasting=False)
    return SEALED + base64.b64encode(sealed).decode()


def _open(tx: Tx, key: str, sealed: str) -> str:
    if not sealed.startswith(SEALED):
        return _open_former(key, sealed)
    raw = base64.b64decode(sealed.removeprefix(SEALED))
    try:
        return decrypt(tx.settings.secret, _purpose(key), _owner(tx), raw, lasting=False)
    except Unreadable:
        raise Invalid("这一次提交已经办理，答复不能再取出，请刷新核对", code="idempotency_key_reused") from None


def _purpose(key: str) -> str:
    return f"idempotent answer {key}"


def _owner(tx: Tx) -> str:
    return str(tx.actor.user_id)


def _open_former(key: str, sealed: str) -> str:
    """What the release before this one saved, under the key alone: such answers are over two days after the upgrade,
    and this goes with the next release."""
    raw = base64.b64decode(sealed)
    stream = hashlib.shake_256(b"seal" + raw[:SALT] + key.encode()).digest(len(raw) - SALT)
    return (int.from_bytes(raw[SALT:]) ^ int.from_bytes(stream)).to_bytes(len(raw) - SALT).decode()
