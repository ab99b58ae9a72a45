"""Where a message may go: out, or into a range of the inside network that an administrator allowed.

What is checked is the address itself, and to that very address the connection is made: a name that resolves to
another one a moment later changes nothing.
"""

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from app.core.errors import Invalid, invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Range = ipaddress.IPv4Network | ipaddress.IPv6Network
PORTS = {"http": 80, "https": 443}
_VISIBLE = re.compile(r"[!-~]*")
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NEVER = [
    ipaddress.ip_network(each)
    for each in (
        "2002::/16",  # 6to4, NAT64 and Teredo: an IPv4 address of any kind within.
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "fec0::/10",
        "::/96",
        "192.88.99.0/24",
        "192.0.0.0/24",
    )
]


class Target(NamedTuple):
    """A webhook's URL, taken apart once."""

    host: str
    port: int
    path: str
    secure: bool

    @property
    def authority(self) -> str:
        """For the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """422 at ``url`` for one that is not plainly ``https://host/path``, or that writes an address in disguise."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("看不懂，请按 https://主机/路径 填写") from None
    if not _VISIBLE.fullmatch(url) or "\\" in url:
        raise _bad("只能含可见的 ASCII 字符；中文域名请写成 xn-- 开头的形式")
    if parts.scheme not in PORTS:
        raise _bad("须以 https:// 开头")
    if "@" in parts.netloc:
        raise _bad("不能含账号或口令，请去掉 @ 及其之前的部分")
    if "#" in url:
        raise _bad("不能含 # 及其之后的部分")
    if port == 0:
        raise _bad("端口须在 1 到 65535 之间")
    host = _host(parts.hostname or "", bracketed="[" in parts.netloc)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port or PORTS[parts.scheme], path, parts.scheme == "https")


def _host(host: str, *, bracketed: bool) -> str:
    """A name, or an address in its one plain form: whatever else a resolver takes for one (2130706433, 0x7f.1, 127.1)
    is refused."""
    try:
        if bracketed:
            return str(ipaddress.IPv6Address(host))
        if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise _bad("IP 地址须按 203.0.113.5 或 [2001:db8::5] 的通常写法") from None
    if not _NAME.fullmatch(host):
        raise _bad("没有主机名，或主机名不合规定")
    return host


def check_url(url: str, allowed: Sequence[Range]) -> None:
    """422 at ``url`` for one that could never be sent to. A name is looked up anew at each try, not here."""
    target = target_of(url)
    literal = literal_of(target.host)
    if literal is not None and not is_open(literal, allowed):
        raise _bad("这个 IP 地址在内部网络，须由系统管理员用 QL_WEBHOOK_ALLOW 放行其网段")
    if not target.secure and (not allowed or (literal is not None and not is_within(literal, allowed))):
        raise _bad("须以 https:// 开头；只有 QL_WEBHOOK_ALLOW 放行的网段可用 http://")


def _bad(detail: str) -> Invalid:
    return invalid("url", detail)


def literal_of(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def plain(address: Address) -> Address:
    """``::ffff:127.0.0.1`` is 127.0.0.1 in other clothes."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_within(address: Address, ranges: Sequence[Range]) -> bool:
    return any(plain(address) in each for each in ranges)


def is_open(address: Address, allowed: Sequence[Range]) -> bool:
    """Whether a message may go there: to the public network, or where it is allowed."""
    if is_within(address, allowed):
        return True
    at = plain(address)
    return at.is_global and not at.is_multicast and not is_within(at, _NEVER)


class NoName(Exception):
    """The name has no address."""


def look_up(host: str, port: int) -> list[str]:
    """The resolver's answer, once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def resolve(target: Target, within_s: float) -> list[Address]:
    """All addresses of the host; a resolver that says nothing is left to itself. TimeoutError, or NoName."""
    literal = literal_of(target.host)
    if literal is not None:
        return [literal]
    answer: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(look_up(target.host, target.port))
        except (OSError, UnicodeError):
            answer.put(None)

    threading.Thread(target=ask, name="ql-resolve", daemon=True).start()
    try:
        found = answer.get(timeout=max(within_s, 0))
    except queue.Empty:
        raise TimeoutError from None
    if not found:
        raise NoName
    return [plain(ipaddress.ip_address(each.partition("%")[0])) for each in found]
