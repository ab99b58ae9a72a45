"""Signed heads: the last seals of a district on one line, for keeping where whoever owns the database cannot reach.

Whoever can write to the database can cut a chain's tail off, or make the whole of it anew; neither agrees with a head
that was kept. The key lies in the data folder; its public half stands in each head.
"""

import base64
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection

from app.core.calendar import now
from app.core.db import consistent
from app.core.errors import Invalid
from app.core.seal import Chain, instant_text, text_of
from app.events.chain import Fault, lasts, seal_of
from app.events.restores import Restore
from app.settings import Settings


class Head(NamedTuple):
    """``seals``: (lane, seq, hash) of the last seal in each lane; ``at``: when it was looked at; ``part``: at the end
    of a file, the sha256 of what that says of its own beginning.
    """

    district_id: int
    at: datetime
    seals: list[tuple[int, int, str]]
    part: str = ""

    @property
    def signed_text(self) -> bytes:
        return text_of([self.district_id, instant_text(self.at), self.seals, self.part]).encode()


def has_key(settings: Settings) -> bool:
    return settings.audit_key_path.exists()


def key_of(settings: Settings) -> Ed25519PrivateKey:
    """The installation's signing key, made on first use."""
    path = settings.audit_key_path
    if not path.exists():
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate().private_bytes_raw()
        # Whole or not at all, and never another's: two processes may come here at once.
        fresh = path.with_name(f".audit.key-{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(made)
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def public_of(settings: Settings) -> bytes | None:
    """Its public half; None where no key was made yet, or it is not here."""
    return key_of(settings).public_key().public_bytes_raw() if has_key(settings) else None


@consistent
def head_of(connection: Connection, district_id: int) -> Head:
    found = [
        (lane, seq, seal["hash"])
        for lane, seq in lasts(connection, district_id).items()
        if (seal := seal_of(connection, Chain(district_id, lane), seq))
    ]
    return Head(district_id, now(), found)


def line_of(head: Head, key: Ed25519PrivateKey) -> str:
    """A head as one line of JSON, signed."""
    public, signature = key.public_key().public_bytes_raw(), key.sign(head.signed_text)
    told = head._asdict() | {"at": instant_text(head.at), "public_key": _text(public), "signature": _text(signature)}
    return json.dumps(told)


def read(file: Path, settings: Settings) -> list[Head]:
    """The heads of a file, each signed by this installation; 422 for any other."""
    public = key_of(settings).public_key().public_bytes_raw()
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    return [opened(_told(line, n), n, public) for n, line in lines if line.strip()]


def _told(line: str, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise Invalid(f"第 {number} 行不是 qinglian audit head 输出的封条") from None


def opened(told: Any, number: int, public: bytes | None) -> Head:
    """A head whose signature holds; by this key, where one is given."""
    try:
        seals = [(lane, seq, sha) for lane, seq, sha in told["seals"]]
        head = Head(told["district_id"], datetime.fromisoformat(told["at"]), seals, told["part"])
        signature, by = base64.b64decode(told["signature"]), base64.b64decode(told["public_key"])
        Ed25519PublicKey.from_public_bytes(by).verify(signature, head.signed_text)
    except InvalidSignature:
        raise Invalid(f"第 {number} 行的签名不符：这份封条已被改动") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Invalid(f"第 {number} 行不是 qinglian audit head 输出的封条") from None
    if public is not None and by != public:
        raise Invalid(f"第 {number} 行不是本系统签署的，或数据目录里的 audit.key 已被更换")
    return head


class Lost(NamedTuple):
    """A head kept elsewhere that is not in the chain, and the restore that explains it, if one does."""

    fault: Fault
    by: Restore | None


@consistent
def lost_heads(
    connection: Connection, district_id: int, kept: Iterable[Head], restores: Iterable[Restore] = ()
) -> list[Lost]:
    """All of a district that were kept and are missing. A restore counts as long as the chain goes on from where it
    says: what was cut off before that is not of its doing.
    """
    held = [each for each in restores if not _missing(connection, district_id, each.ends)]
    found = []
    for head in kept:
        if missing := _missing(connection, district_id, head.seals):
            by = next((r for r in held if all(r.explains(head.at, lane, seq) for lane, seq in missing)), None)
            found.append(Lost(Fault("head", *missing[0], at=head.at), by))
    return found


def _missing(connection: Connection, district_id: int, seals: Iterable[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """(lane, seq) of those that are not in the chain as they were."""
    found = ((lane, seq, sha, seal_of(connection, Chain(district_id, lane), seq)) for lane, seq, sha in seals)
    return [(lane, seq) for lane, seq, sha, seal in found if seal is None or seal["hash"] != sha]


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
