"""A calendar as RFC 5545 writes it: whole days, CRLF, lines of at most 75 octets."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

MOST_OCTETS = 75


class Entry(NamedTuple):
    uid: str
    version: int
    changed_at: datetime
    starts_on: date
    ends_on: date
    """The last day."""
    title: str
    url: str = ""


def calendar(name: str, entries: Iterable[Entry]) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Qinglian//Deadlines//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
    ]
    for each in entries:
        lines += _event(each)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _event(entry: Entry) -> list[str]:
    """``DTEND`` is the day after the last; ``DTSTAMP`` the last change, so that a row that rests is the same bytes."""
    changed = entry.changed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{entry.version}",
        f"DTSTART;VALUE=DATE:{entry.starts_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{entry.ends_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escaped(entry.title)}",
        *([f"URL:{entry.url}"] if entry.url else []),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def escaped(text: str) -> str:
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def folded(line: str) -> str:
    """A line that goes on begins with a space, which counts; no character is cut in two."""
    parts, room = [""], MOST_OCTETS
    for character in line:
        octets = len(character.encode())
        if octets > room:
            parts.append("")
            room = MOST_OCTETS - 1
        parts[-1] += character
        room -= octets
    return "\r\n ".join(parts)
