"""Many requests at little cost: straight into the application, on the loop it runs on, one after another."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import httpx
from starlette.testclient import TestClient
from starlette.types import Message


class Request(NamedTuple):
    method: str
    target: str
    """Path and query; bytes beyond ASCII as the characters of those numbers."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    method: str, target: str, sent: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> Request:
    """``sent`` as the test client takes it: ``json=``, ``data=``, ``files=``."""
    made = httpx.Request(method, f"http://testserver{target}", headers=headers, **(sent or {}))
    raw = tuple((name.lower(), value) for name, value in made.headers.raw if name.lower() not in NEVER_SENT)
    return Request(method, made.url.raw_path.decode(), raw, made.read())


NEVER_SENT = (b"accept", b"accept-encoding", b"connection", b"user-agent")


def ask(
    client: TestClient,
    requests: Sequence[Request],
    token: str | None = None,
    cookie: str | None = None,
    crashes: bool = False,
) -> list[Answer]:
    """The answers in the requests' order, asked with a token, with a session's cookie, or by a stranger.

    What breaks in the program is raised here, unless ``crashes`` are what is asked for.
    """
    shown = [(b"authorization", f"Bearer {token}".encode())] if token else []
    shown += [(b"cookie", f"ql={cookie}".encode())] if cookie else []

    async def run() -> list[Answer]:
        return [await send(client.app, each, shown, crashes) for each in requests]

    answers: list[Answer] = client.portal.call(run)  # type: ignore[union-attr]
    return answers


async def send(app: Any, asked: Request, shown: Sequence[tuple[bytes, bytes]] = (), crashes: bool = False) -> Answer:
    """One request, with these headers beside its own."""
    path, _, query = asked.target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode("latin-1"),
        "headers": [*asked.headers, *shown],
        "client": ("testclient", 50000),
        "server": ("testserver", 80),
        "extensions": {},
        "state": {},
    }
    begun: dict[str, Any] = {}
    body: list[bytes] = []

    waiting = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> Message:
        # An answer that is streamed listens for the client's leaving meanwhile, which never comes.
        return waiting.pop() if waiting else await asyncio.get_running_loop().create_future()

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.update(message)
        else:
            body.append(message.get("body", b""))

    try:
        await app(scope, receive, take)
    except Exception:
        if not crashes:
            raise
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in begun["headers"]}
    assert len(headers) == len(begun["headers"]), f"{asked.target}: a header stands twice: {begun['headers']}"
    return Answer(begun["status"], headers, b"".join(body))
