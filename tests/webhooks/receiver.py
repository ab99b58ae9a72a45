"""The other end: a server that keeps what it was sent, and answers as it is told."""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pydantic_core


class Got(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return pydantic_core.from_json(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]


@dataclass
class Receiver:
    """``status`` is what it answers; ``before`` is called first, with the count of requests so far."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[int], None] = lambda count: None
    answer: bytes = b""
    got: list[Got] = field(default_factory=list)

    def types(self) -> list[str]:
        return [each.json["type"] for each in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.got.append(Got({name.lower(): value for name, value in self.headers.items()}, body))
            told.before(len(told.got))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}/in"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def verify(secret: str, got: Got, at: float | None = None) -> bool:
    """As Standard Webhooks describe it, written from the specification and sharing nothing with the sender."""
    sent_at = int(got.headers["webhook-timestamp"])
    if abs((at if at is not None else time.time()) - sent_at) > 300:
        return False
    kind, key = secret.split("_", 1)
    assert kind == "whsec"
    signed = b".".join([got.headers["webhook-id"].encode(), str(sent_at).encode(), got.body])
    wanted = base64.b64encode(hmac.digest(base64.b64decode(key, validate=True), signed, hashlib.sha256))
    for each in got.headers["webhook-signature"].split(" "):
        version, _, found = each.partition(",")
        if version == "v1" and hmac.compare_digest(found.encode(), wanted):
            return True
    return False
