#!/usr/bin/env python3
"""Mirror 清廉 into a SQLite file: its units, and the assignments that the token may read.

    export QINGLIAN_URL=https://ql.example.cn QINGLIAN_TOKEN=ql_…      # a token with units:read and assignments:read
    python mirror.py district.sqlite3                      # again and again: each time what has changed
    python mirror.py district.sqlite3 --full               # everything, and gone is what is no longer shown

Needs Python 3.11 and httpx. A table's rows are JSON beside the columns that one asks by; ``synced`` says how far each
list has got, and moves when a pass is whole: killed at any moment, the next run reads that pass again.

What has changed is told by ``updated_since``; what has left the token's sight is not. So a run reads everything when
its account's roles or units have changed (``view``), when a list's count differs from the mirror's, and with --full,
which is for once a night. Exit code: 0 done, 1 refused or in vain, with the reason.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

LISTS = ("units", "assignments")
BEGINNING = "1970-01-01T00:00:00Z"
ATTEMPTS, LONGEST_WAIT_S = 5, 60
SCHEMA = """
CREATE TABLE IF NOT EXISTS {0} (id INTEGER PRIMARY KEY, updated_at TEXT, pass INTEGER NOT NULL, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS synced (list TEXT PRIMARY KEY, until TEXT NOT NULL, view TEXT NOT NULL);
"""


class Refused(Exception):
    """What the server said, for a person to read."""


def ask(client: httpx.Client, path: str, **query: Any) -> dict[str, Any]:
    """A page. What may pass (a server too busy, a broken line) is asked again, later each time."""
    for attempt in range(ATTEMPTS):
        wait = min(2.0**attempt, LONGEST_WAIT_S)
        try:
            answer = client.get(path, params=query)
        except httpx.TransportError as error:
            reason = f"{client.base_url}: {error or type(error).__name__}"
        else:
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
            reason = told(answer)
            if answer.status_code not in (429, 502, 503, 504):
                break
            after = answer.headers.get("retry-after", "")
            wait = min(float(after), LONGEST_WAIT_S) if after.isdigit() else wait
        if attempt + 1 < ATTEMPTS:
            time.sleep(wait)
    raise Refused(reason)


def told(answer: httpx.Response) -> str:
    """A problem's own words, and the number under which the server logged it."""
    try:
        problem = answer.json()
        words = f"{problem.get('title', '')} {problem.get('detail', '')} ({problem.get('code', '')})"
    except ValueError:
        words = answer.reason_phrase
    return f"{answer.request.url.path}: {answer.status_code} {words} [{answer.headers.get('x-request-id', '')}]"


def pages(client: httpx.Client, name: str, since: str) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {"updated_since": since, "limit": 200}
    while True:
        page = ask(client, name, **query)
        yield page
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def mirror(store: sqlite3.Connection, client: httpx.Client, name: str, full: bool) -> tuple[int, int, int]:
    """Bring one list up to date: how many rows were new, changed, and taken away."""
    store.executescript(SCHEMA.format(name))
    held = None if full else store.execute("SELECT until, view FROM synced WHERE list = ?", (name,)).fetchone()
    until, view = held or (BEGINNING, None)
    this_pass, counts, gone = time.time_ns(), {"new": 0, "changed": 0}, 0
    for page in pages(client, name, until):
        if view not in (None, page["view"]):
            return mirror(store, client, name, full=True)  # Other rows are shown than last time.
        with store:
            for row in page["data"]:
                keep(store, name, row, this_pass, counts)
    with store:
        if held is None:
            gone = store.execute(f"DELETE FROM {name} WHERE pass < ?", (this_pass,)).rowcount
        store.execute("INSERT OR REPLACE INTO synced VALUES (?, ?, ?)", (name, page["synced_until"], page["view"]))
    if held and ask(client, name, limit=1, count="true")["total"] != count(store, name):
        new, changed, gone = mirror(store, client, name, full=True)
        return counts["new"] + new, counts["changed"] + changed, gone
    return counts["new"], counts["changed"], gone


def count(store: sqlite3.Connection, name: str) -> int:
    total: int = store.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    return total


def keep(store: sqlite3.Connection, name: str, row: dict[str, Any], this_pass: int, counts: dict[str, int]) -> None:
    """A row as it is now. The same row may come twice: it is counted once, and kept all the same."""
    text = json.dumps(row, ensure_ascii=False, sort_keys=True)
    before = store.execute(f"SELECT row FROM {name} WHERE id = ?", (row["id"],)).fetchone()
    if before is None or before[0] != text:
        counts["changed" if before else "new"] += 1
    values = (row["id"], row["updated_at"], this_pass, text)
    store.execute(f"INSERT OR REPLACE INTO {name} VALUES (?, ?, ?, ?)", values)


def main() -> int:
    options = argparse.ArgumentParser(description="Mirror units and assignments into a SQLite file.")
    options.add_argument("file")
    options.add_argument("--full", action="store_true", help="read everything, and take away what is no longer shown")
    given = options.parse_args()
    try:
        url, token = os.environ["QINGLIAN_URL"], os.environ["QINGLIAN_TOKEN"]
    except KeyError as missing:
        print(f"Set {missing.args[0]}.", file=sys.stderr)
        return 1
    store = sqlite3.connect(given.file)
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", headers=headers, timeout=30) as client:
        for name in LISTS:
            try:
                new, changed, gone = mirror(store, client, name, given.full)
            except Refused as refused:
                print(refused, file=sys.stderr)
                return 1
            print(f"{name}: {new} new, {changed} changed, {gone} gone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
