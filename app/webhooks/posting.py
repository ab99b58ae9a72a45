"""One try: a name looked up once, the address checked, one POST to that address, and no more than its status read
(but by ``ask``).

Ten seconds for all of it and 64 KiB of answer, whatever the receiver does; a redirect is not followed; nothing of the
answer is kept but the status, for it could come from where nobody should look.
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from app import VERSION
from app.core.errors import Invalid
from app.webhooks.addresses import Address, NoName, Range, Target, is_open, is_within, resolve, target_of
from app.webhooks.models import Fault

LIMIT_S = 10
MOST_ANSWER = 64 * 1024
GONE = 410
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)[ \r]")
_END = b"\r\n\r\n"


class Outcome(NamedTuple):
    status: int | None
    fault: Fault | None
    duration_ms: int


class _Failed(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def post(url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Range]) -> Outcome:
    return _try(url, body, headers, allowed, reads=False)[0]


def ask(url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Range]) -> tuple[Outcome, bytes]:
    """The same, of a host that is trusted so far: with what it answered, as it came, up to the most."""
    return _try(url, body, headers, allowed, reads=True)


def _try(
    url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Range], *, reads: bool
) -> tuple[Outcome, bytes]:
    begun = time.monotonic()
    status: int | None = None
    fault: Fault | None = None
    answer = b""
    try:
        status, answer = _post(target_of(url), body, headers, allowed, begun + LIMIT_S, reads)
        fault = None if 200 <= status < 300 else Fault.REDIRECT if 300 <= status < 400 else Fault.STATUS
    except Invalid:
        fault = Fault.URL
    except _Failed as failed:
        fault = failed.fault
    except NoName:
        fault = Fault.NAME
    except TimeoutError:
        fault = Fault.TIMEOUT
    except ssl.SSLError:
        fault = Fault.TLS
    except OSError:
        fault = Fault.CONNECTION
    return Outcome(status, fault, round((time.monotonic() - begun) * 1000)), answer


def _post(
    target: Target, body: bytes, headers: Mapping[str, str], allowed: Sequence[Range], end: float, reads: bool
) -> tuple[int, bytes]:
    address = _admitted(target, resolve(target, left(end)), allowed)
    with socket.create_connection((str(address), target.port), timeout=left(end)) as plain:
        plain.settimeout(left(end))
        with _secured(plain, target) as link:
            link.settimeout(left(end))
            link.sendall(_request(target, body, headers))
            status, begun = _status(link, end)
            return status, _rest(link, end, begun) if reads else b""


def _admitted(target: Target, found: Sequence[Address], allowed: Sequence[Range]) -> Address:
    """The first of its addresses, if a message may go to every one of them."""
    if not all(is_open(each, allowed) for each in found):
        raise _Failed(Fault.ADDRESS)
    if not target.secure and not all(is_within(each, allowed) for each in found):
        raise _Failed(Fault.PLAIN)
    return found[0]


def _secured(plain: socket.socket, target: Target) -> socket.socket:
    """The certificate is held against the name, not the address."""
    return _tls().wrap_socket(plain, server_hostname=target.host) if target.secure else plain


@cache
def _tls() -> ssl.SSLContext:
    """The machine's own authorities, to which an intranet's may be added."""
    return ssl.create_default_context()


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {
        "Host": target.authority,
        "User-Agent": f"Qinglian/{VERSION}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _status(link: socket.socket, end: float) -> tuple[int, bytes]:
    """Of the answer's head, once it is there, and what came along behind it; heads that only announce one (1xx) are
    passed over."""
    head, read = b"", 0
    while True:
        while _END not in head:
            link.settimeout(left(end))
            piece = link.recv(4096)
            read += len(piece)
            if not piece or read > MOST_ANSWER:
                raise _Failed(Fault.ANSWER)
            head += piece
        found = _STATUS.match(head)
        if found is None:
            raise _Failed(Fault.ANSWER)
        status, head = int(found[1]), head.partition(_END)[2]
        if status >= 200:
            return status, head


def _rest(link: socket.socket, end: float, answer: bytes) -> bytes:
    """Until the other end closes, as it was asked to."""
    while len(answer) <= MOST_ANSWER:
        link.settimeout(left(end))
        piece = link.recv(4096)
        if not piece:
            return answer
        answer += piece
    raise _Failed(Fault.ANSWER)


def left(end: float) -> float:
    """Seconds until then; TimeoutError when they are over."""
    remaining = end - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining
