"""HTTP as no library would write it, against the real server over a socket: an answer or a closed connection.

Never a fault, never a hang, and the server goes on answering others.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app.settings import Settings
from tests.world import World

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds until an open connection without an answer counts as a hang."""


CUT = b"<cut>"


class Wire(NamedTuple):
    port: int
    token: str

    def head(self, method: str = "POST", path: str = "/api/v1/units", *lines: str) -> bytes:
        sent = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.token}"]
        sent += ["Content-Type: application/json", *lines]
        return ("\r\n".join(sent) + "\r\n\r\n").encode("latin-1")

    def say(self, *parts: bytes) -> bytes:
        """What comes back, to the end of the connection; ``CUT`` hangs up half-way. TimeoutError on a hang."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as line:
            line.settimeout(PATIENCE)
            try:
                for part in parts:
                    line.shutdown(socket.SHUT_WR) if part == CUT else line.sendall(part)
                    time.sleep(0.02)
            except OSError:
                pass  # Closed on us before we had said all.
            got = b""
            try:
                while chunk := line.recv(65536):
                    got += chunk
            except ConnectionError:
                pass
            return got


@pytest.fixture
def wire(settings: Settings, world: World, tmp_path: Path) -> Iterator[Wire]:
    """``qinglian serve`` as a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "QL_DATA": str(settings.data),
        "QL_DATABASE_URL": settings.url,
        "QL_LOG_LEVEL": "ERROR",
    }
    log = (tmp_path / "serve.log").open("wb")
    served = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port)]
    process = subprocess.Popen(served, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _await(port, process)
        yield Wire(port, world.token["sysadmin"])
        assert process.poll() is None, "the server died"
    finally:
        process.terminate()
        process.wait(90)
        log.close()
    assert b"Traceback" not in (tmp_path / "serve.log").read_bytes(), (tmp_path / "serve.log").read_text()[-3000:]


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1800):
        assert process.poll() is None, "the server did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not listen")


def statuses(got: bytes) -> list[int]:
    return [int(part[:3]) for part in got.split(b"HTTP/1.1 ")[1:]]


UNIT = b'{"code": "W1", "name": "w", "kind": "school"}'
CLOSED: tuple[int, ...] = ()
"""No answer: the connection is closed."""


def rows(wire: Wire) -> dict[str, tuple[tuple[bytes, ...], tuple[tuple[int, ...], ...]]]:
    """What is sent → which answers are right."""
    head, asked = wire.head, wire.head("GET", "/api/v1/me", "Connection: close")
    refused, gone = (400,), CLOSED
    chunked = head("POST", "/api/v1/units", "Transfer-Encoding: chunked")
    return {
        "a request line of garbage": ((b"\x00\x01\x02garbage\r\n\r\n",), (refused, gone)),
        "a request line without a version": ((b"GET /\r\n\r\n",), (refused, gone, (303,))),
        "TLS spoken to a plain port": ((b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64, CUT), (refused, gone)),
        "nothing at all": ((CUT,), (gone,)),
        "half a head": ((b"GET /api/v1/me HTTP/1.1\r\nHost: local", CUT), (refused, gone)),
        "a head without a host": ((b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n",), (refused, (200,))),
        "a header without a colon": ((b"GET /livez HTTP/1.1\r\nHost: a\r\nbroken\r\n\r\n",), (refused, gone)),
        "a header name of control characters": ((b"GET /livez HTTP/1.1\r\nHost: a\r\n\x01a: b\r\n\r\n",), (refused, gone)),
        "NUL in a header": ((b"GET /livez HTTP/1.1\r\nHost: a\r\nx: a\x00b\r\n\r\n",), (refused, gone)),
        "a line that is folded": ((b"GET /livez HTTP/1.1\r\nHost: a\r\nx: a\r\n b\r\nConnection: close\r\n\r\n",), (refused, gone, (200,))),
        "a header of 64 KB": ((wire.head("GET", "/api/v1/me", "X-Long: " + "x" * 65_536, "Connection: close"),), ((431,), refused)),
        "a path of 64 KB": ((wire.head("GET", "/api/v1/" + "x" * 65_536, "Connection: close"),), ((404,), (414,), (431,), refused, gone)),
        "a path with raw bytes": ((b"GET /units/\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",), (refused, gone, (303,), (404,))),
        "a path that is no UTF-8": ((wire.head("GET", "/api/v1/units/%ff%fe", "Connection: close"),), ((404,), refused)),
        "a query that is no UTF-8": ((wire.head("GET", "/api/v1/units?q=%ff", "Connection: close"),), (refused,)),
        "a query of raw bytes": ((b"GET /login?next=\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",), (refused, gone)),
        "a path with NUL": ((wire.head("GET", "/api/v1/units/%00", "Connection: close"),), ((404,), refused)),
        "a path out of the static files": ((wire.head("GET", "/static/..%2f..%2fapp%2fmain.py", "Connection: close"),), ((404,),)),
        "an absolute address of another host": ((wire.head("GET", "http://evil.example/api/v1/me", "Connection: close"),), ((200,), (404,), refused)),
        "a body shorter than its length": ((head("POST", "/api/v1/units", "Content-Length: 100"), UNIT[:10], CUT), (refused, gone)),
        "a file cut off": (
            (head("POST", "/api/v1/evidence", "Content-Length: 9000").replace(b"application/json", b"multipart/form-data; boundary=x"), b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-', CUT),
            (refused, gone),
        ),
        "a chunk whose size is no number": ((chunked, b"zz\r\nabc\r\n0\r\n\r\n"), (refused, gone)),
        "a chunk cut off": ((chunked, b"ff\r\nabc", CUT), (refused, gone)),
        "a chunk of 2**70 bytes": ((chunked, b"400000000000000000\r\nabc", CUT), (refused, gone)),
        "two lengths that differ": ((head("POST", "/api/v1/units", "Content-Length: 5", "Content-Length: 6"), b"[1,2,"), (refused, gone)),
        "a length below nothing": ((head("POST", "/api/v1/units", "Content-Length: -1"),), (refused, gone)),
        "a length of letters": ((head("POST", "/api/v1/units", "Content-Length: many"),), (refused, gone)),
        "a length beyond all numbers": ((head("POST", "/api/v1/units", "Content-Length: " + "9" * 30),), (refused, gone, (413,))),
        "a length and chunks": ((head("POST", "/api/v1/units", "Content-Length: 4", "Transfer-Encoding: chunked", "Connection: close"), b"0\r\n\r\n"), (refused, gone, (422,))),
        "an encoding nobody knows": ((head("POST", "/api/v1/units", "Transfer-Encoding: gzip, identity"),), (refused, gone)),
        "2 GiB announced": ((head("POST", "/api/v1/units", "Content-Length: 2147483648", "Connection: close"),), ((413,),)),
        "a stranger's 2 GiB": ((b"POST /api/v1/evidence HTTP/1.1\r\nHost: a\r\nContent-Length: 2147483648\r\nConnection: close\r\n\r\n",), ((401,),)),
        "a file of 3 GiB announced": ((head("POST", "/api/v1/evidence", "Content-Length: 3221225472", "Connection: close"),), ((413,),)),
        "two requests at once": ((wire.head("GET", "/api/v1/me") + asked,), ((200, 200),)),
        "a second request of garbage": ((wire.head("GET", "/api/v1/me") + b"\x00\x01\r\n\r\n",), ((200, 400), (200,), refused)),
        "a request smuggled in a body": (
            (head("POST", "/api/v1/units", f"Content-Length: {len(asked)}", "Connection: close") + asked,),
            (refused,),
        ),
        "an upgrade to another protocol": ((wire.head("GET", "/api/v1/me", "Upgrade: h2c", "Connection: Upgrade, close"),), ((200,), refused)),
        "an upgrade to a web socket": (
            (wire.head("GET", "/api/v1/me", "Upgrade: websocket", "Connection: Upgrade, close", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),),
            ((200,), refused, gone),
        ),
        "a body awaited that never comes": ((head("POST", "/api/v1/units", "Expect: 100-continue", "Content-Length: 10"), CUT), (refused, gone, (100, 400), (100,))),
        "HTTP/0.9": ((b"GET /livez HTTP/0.9\r\n\r\n",), (refused, gone, (200,))),
        "HTTP/3.0": ((b"GET /livez HTTP/3.0\r\nHost: a\r\n\r\n",), (refused, gone, (505,))),
    }  # fmt: skip


def test_broken_http_gets_an_answer_or_a_closed_connection(wire: Wire, settings: Settings) -> None:
    wrong = []
    for what, (parts, right) in rows(wire).items():
        begun = time.monotonic()
        try:
            told = tuple(statuses(wire.say(*parts)))
        except TimeoutError:
            wrong.append(f"{what}: hangs")
            continue
        if told not in right:
            wrong.append(f"{what}: {told} after {time.monotonic() - begun:.1f} s")
    assert wrong == [], "\n".join(wrong)
    assert statuses(wire.say(wire.head("GET", "/api/v1/me", "Connection: close"))) == [200]
    assert not settings.files.exists() or [p for p in settings.files.rglob("*") if p.is_file()] == []
