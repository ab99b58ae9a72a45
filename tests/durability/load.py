"""People at work: threads that write over HTTP, note what was acknowledged, and ask again when nobody answered.

Every POST carries an Idempotency-Key, and what got no answer is sent again under the same key. So in the end each
request was acknowledged exactly once, and the database must hold exactly what these people remember.
"""

import hashlib
import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.core.calendar import now, today_of

API = "/api/v1"
MIB = 1024 * 1024
AWAY = {503}
"""What a server may say whose database is gone."""


@dataclass
class Memory:
    """What was acknowledged, by kind: texts, codes, hashes, names, and how far each row had come."""

    reports: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)
    names: dict[int, tuple[int, str]] = field(default_factory=dict)
    states: dict[int, tuple[int, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    count: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.count += 1
        self.lock.release()


class Person(threading.Thread):
    """One account's work, step after step, until told to stop."""

    def __init__(self, base: str, token: str, memory: Memory, work: Callable[["Person"], Iterator[None]]) -> None:
        super().__init__(daemon=True, name=work.__name__)
        self.client = httpx.Client(base_url=base, headers={"authorization": f"Bearer {token}"}, timeout=30)
        self.memory = memory
        self.work = work
        self.leaving, self.abandoned = threading.Event(), threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for _ in self.work(self):
                if self.leaving.is_set():
                    return
        except BaseException as error:
            self.failure = error

    def post(self, path: str, **content: Any) -> Any:
        """Sent until it is acknowledged, under one key."""
        key = {"idempotency-key": secrets.token_hex(8)}
        while (answer := self.send("POST", path, headers=key, **content)) is None:
            self.wait()
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def send(self, method: str, path: str, **content: Any) -> httpx.Response | None:
        """The answer; None where there was none."""
        try:
            answer = self.client.request(method, API + path, **content)
        except httpx.TransportError as error:
            self.memory.unanswered[type(error).__name__] += 1
            return None
        if answer.status_code in AWAY:
            self.memory.unanswered[str(answer.status_code)] += 1
            return None
        return answer

    def wait(self) -> None:
        time.sleep(0.05)
        if self.abandoned.is_set():
            raise SystemExit

    def read(self, path: str) -> Any:
        while (answer := self.send("GET", path)) is None:
            self.wait()
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


def reporting(assignment_id: int) -> Callable[[Person], Iterator[None]]:
    def report(person: Person) -> Iterator[None]:
        for n in itertools.count():
            text = f"进展 {secrets.token_hex(12)}"
            person.post(f"/assignments/{assignment_id}/progress-reports", json={"text": text, "percent": n % 101})
            with person.memory:
                person.memory.reports[text] = assignment_id
            yield

    return report


def stepping(assignment_id: int) -> Callable[[Person], Iterator[None]]:
    """Submitted and withdrawn, over and over."""

    def step(person: Person) -> Iterator[None]:
        row = person.read(f"/assignments/{assignment_id}")
        if not row["report_count"]:
            next(reporting(assignment_id)(person))
        for action in itertools.cycle(
            ("withdraw", "submit") if row["state"] == "submitted" else ("submit", "withdraw")
        ):
            row = person.post(f"/assignments/{assignment_id}/{action}")
            with person.memory:
                person.memory.states[assignment_id] = row["version"], row["state"]
            yield

    return step


def uploading(assignment_id: int) -> Callable[[Person], Iterator[None]]:
    """Small papers, and every eighth a photograph of two megabytes, each linked to the task at once."""

    def upload(person: Person) -> Iterator[None]:
        for n in itertools.count():
            content = b"\xff\xd8\xff\xe0" + secrets.token_bytes(2 * MIB if n % 8 == 3 else 20_000)
            fields = {"title": f"照片 {n}", "kind": "activity", "evidence_on": today_of(now()).isoformat()}
            fields |= {"target": "assignments", "target_id": str(assignment_id)}
            person.post("/evidence", data=fields, files={"file": ("照片.jpg", content)})
            with person.memory:
                person.memory.files[hashlib.sha256(content).hexdigest()] = len(content)
            yield

    return upload


def creating() -> Callable[[Person], Iterator[None]]:
    def create(person: Person) -> Iterator[None]:
        while True:
            code = secrets.token_hex(8)
            person.post("/units", json={"code": code, "name": f"学校 {code}", "kind": "school"})
            with person.memory:
                person.memory.units.add(code)
            yield

    return create


def editing(unit_id: int) -> Callable[[Person], Iterator[None]]:
    """A PATCH stands on a version instead of a key: unanswered, it was either saved or not, and the row says which."""

    def edit(person: Person) -> Iterator[None]:
        path = f"/units/{unit_id}"
        version = person.read(path)["version"]
        for n in itertools.count(1):
            name = f"改名 {n}"
            answer = person.send("PATCH", path, json={"name": name}, headers={"if-match": f'"{version}"'})
            row = person.read(path) if answer is None else answer.json()
            assert answer is None or answer.is_success, answer.text
            if answer is None and row["version"] == version:
                continue
            assert (row["version"], row["name"]) == (version + 1, name)
            version += 1
            with person.memory:
                person.memory.names[unit_id] = version, name
            yield

    return edit
