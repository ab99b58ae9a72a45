"""The audit log as a file of JSON lines: seals, each followed by its events, and a signed head at the end.

Such a file can be checked by itself, years later: ``{"part": …}`` says where each lane begins and up to which seal its
events were archived before, ``{"seal": …}`` and ``{"event": …}`` follow, ``{"head": …}`` closes a district. The head's
signature covers both ends, so that a file cut short at either shows.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from app.core.calendar import now
from app.core.db import consistent
from app.core.errors import Conflict, Invalid
from app.core.seal import FIELDS, fingerprint, instant_text, text_of
from app.events.chain import UNREADABLE, Checked, Events, Fault, check, follows, last_archived, sound_seals
from app.events.heads import Head, line_of, opened

_BROKEN = "日志链有问题，没有导出：{}。请先用 qinglian audit verify 查明"
Ends = dict[int, tuple[int, str]]
"""Lane → (seq, hash) of a seal."""


@consistent
def write(
    connection: Connection, file: TextIO, district_id: int, key: Ed25519PrivateKey, until: datetime | None = None
) -> Ends:
    """Write a district's part; with ``until`` only seals before that instant which were not archived yet.

    409 where the chain is broken: what is wrong must be found out before.
    """
    public = key.public_key().public_bytes_raw()
    archive = last_archived(connection, district_id, public)
    found = check(connection, district_id, public)
    if found.fault:
        raise Conflict(_BROKEN.format(found.fault.words))
    # No further than the log is believed: what an archive goes on from is not walked again below, and of what the file
    # says was archived before it may lack events.
    archived = {lane: seq for lane, (seq, _) in found.covered.items()}
    begin: Ends = dict(found.covered) if until else {}
    reader, ends, closed = Events(connection, district_id), dict(begin), set[int]()
    part = {"district_id": district_id, "after": _by_text(begin), "archived": _by_text(archived)}
    _line(file, "part", part)
    for each in sound_seals(connection, district_id):
        if isinstance(each, Fault):
            raise Conflict(_BROKEN.format(each.words))
        seal, lane = each, each["lane"]
        if lane in closed or seal["seq"] <= begin.get(lane, (0, ""))[0]:
            continue
        if until and seal["at"] >= until:
            closed.add(lane)
            continue
        gone = archive.covers(seal)
        _line(file, "seal", dict(seal) | {"at": instant_text(seal["at"])})
        _events(file, reader, seal, gone)
        ends[lane] = (seal["seq"], seal["hash"])
    head = Head(district_id, now(), [(lane, seq, sha) for lane, (seq, sha) in sorted(ends.items())], _digest(part))
    _line(file, "head", json.loads(line_of(head, key)))
    return ends


def _events(file: TextIO, reader: Events, seal: Mapping[str, Any], gone: bool) -> None:
    for event_id, sealed in seal["events"]:
        read = reader.take(event_id)
        if read is None and gone:
            continue
        if read is None or read.row is None or read.fingerprint != sealed:
            raise Conflict(f"第 {event_id} 号记录与封条不符，没有导出。请先用 qinglian audit verify 查明")
        told = {name: read.row[name] for name in FIELDS}
        _line(file, "event", {"id": event_id, **told, "at": instant_text(read.row["at"])})


def _by_text(lanes: Mapping[int, Any]) -> dict[str, Any]:
    """As JSON gives it back."""
    return {str(lane): value for lane, value in lanes.items()}


def _digest(part: Mapping[str, Any]) -> str:
    return hashlib.sha256(text_of(part).encode()).hexdigest()


def _line(file: TextIO, kind: str, value: Any) -> None:
    file.write(json.dumps({kind: value}, ensure_ascii=False) + "\n")


class Part:
    """One district of a file while it is read."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.digest = _digest(told)
        self.district_id = int(told["district_id"])
        self.begin: Ends = {int(lane): (seq, sha) for lane, (seq, sha) in told["after"].items()}
        self.ends = dict(self.begin)
        self.archived_through = {int(lane): int(seq) for lane, seq in told["archived"].items()}
        self.waiting: dict[int, str] = {}
        self.seal: dict[str, Any] = {}
        self.seals = self.events = self.archived = 0

    def take_seal(self, seal: dict[str, Any]) -> Fault | None:
        fault = self.close()
        lane, seq = seal["lane"], seal["seq"]
        last, previous = self.ends.get(lane, (0, ""))
        seal["at"] = datetime.fromisoformat(seal["at"])
        if seq != last + 1:
            return fault or Fault("gap", lane, last + 1)
        if seal["district_id"] != self.district_id or not follows(seal, previous):
            return fault or Fault("seal", lane, seq, at=seal["at"])
        self.ends[lane], self.seal, self.waiting = (seq, seal["hash"]), seal, dict(seal["events"])
        self.seals += 1
        return fault

    def take_event(self, event: dict[str, Any]) -> Fault | None:
        event_id, at = event["id"], datetime.fromisoformat(event["at"])
        sealed = self.waiting.pop(event_id, None)
        if sealed is None:
            return Fault("extra", event_id=event_id, at=at)
        if fingerprint(event_id, event | {"at": at}) != sealed:
            return Fault("changed", self.seal["lane"], self.seal["seq"], event_id, at)
        self.events += 1
        return None

    def close(self) -> Fault | None:
        """A seal's events are all there, or were archived before."""
        left, self.waiting = self.waiting, {}
        if left and self.seal["seq"] > self.archived_through.get(self.seal["lane"], 0):
            return Fault("missing", self.seal["lane"], self.seal["seq"], min(left), self.seal["at"])
        self.archived += len(left)
        return None

    def take_head(self, told: dict[str, Any], number: int, public: bytes | None) -> Fault | None:
        fault = self.close()
        head = opened(told, number, public)
        kept = {lane: (seq, sha) for lane, seq, sha in head.seals}
        if fault or (head.part == self.digest and head.district_id == self.district_id and kept == self.ends):
            return fault
        wrong = next((lane for lane in {**kept, **self.ends} if kept.get(lane) != self.ends.get(lane)), 0)
        return Fault("head", wrong, kept.get(wrong, (0, ""))[0], at=head.at)


def check_file(path: Path, public: bytes | None = None) -> Iterator[Checked]:
    """Each district of a file; 422 where it is none, or ends before its head. ``public``: who must have signed."""
    part: Part | None = None
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                [(kind, value)] = json.loads(line).items()
                if kind == "part" and part is None:
                    part, fault = Part(value), None
                elif part is None:
                    raise ValueError
                elif fault is None:
                    take = {"seal": part.take_seal, "event": part.take_event}
                    fault = part.take_head(value, number, public) if kind == "head" else take[kind](value)
            except UNREADABLE:
                raise Invalid(f"第 {number} 行不是日志文件的内容，文件不完整或已被改动") from None
            if kind == "head":
                counts = part.seals, part.events, part.archived
                yield Checked(part.district_id, *counts, fault, covered=part.begin)
                part = None
    if part is not None:
        raise Invalid("文件没有写完：最后一行应是带签名的封条")


def event_ids(path: Path, district_id: int) -> Iterator[int]:
    """The events that a district's part of a file holds."""
    inside = False
    with path.open(encoding="utf-8") as file:
        for line in file:
            [(kind, value)] = json.loads(line).items()
            if kind == "part":
                inside = value["district_id"] == district_id
            elif kind == "event" and inside:
                yield value["id"]
