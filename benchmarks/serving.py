"""Real servers for the benchmarks that need many clients, and those clients.

``create_app`` is the product with one route more: an empty POST that does nothing but pass the gate.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil
from fastapi import FastAPI
from starlette.responses import Response

from app.core.http import Context, api_router
from app.core.models import Step
from app.serving import serve
from app.settings import Settings
from web.main import create_app as create_product

EMPTY = "/api/v1/empty"


def create_app() -> FastAPI:
    app = create_product()
    empty = api_router("/empty", "benchmarks")
    empty.add_api_route("", _empty, methods=["POST"], status_code=204)
    app.include_router(empty)
    # Found at once: what is compared with it shall not gain by how long a request looks for a route that comes last.
    app.router.routes.insert(0, app.router.routes.pop())
    return app


async def _empty(_ctx: Context, _body: Step | None = None) -> Response:
    """A POST like every other of the API, read as strictly, that does nothing."""
    return Response(status_code=204)


@dataclass
class Server:
    """A process as ``qinglian serve`` starts it, with its line for each request."""

    port: int
    process: psutil.Process

    def cpu(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def server(
    settings: Settings, worker: str = "outside", app: str = "benchmarks.serving", more: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """``worker``: ``inside`` where long work is what is measured. ``more`` goes into the environment."""
    port = _free_port()
    environment = {**os.environ, "QL_DATA": str(settings.data), "QL_DATABASE_URL": settings.url}
    # What is due once a day is due at a first start as well: it is not what is measured here.
    environment |= {"QL_WORKER": worker, **(more or {})}
    command = [sys.executable, "-m", "benchmarks.serving", app, str(port)]
    with (settings.data / "server.log").open("ab") as lines:
        started = subprocess.Popen(command, env=environment, stdout=lines, stderr=lines)
    try:
        _wait_for(port)
        yield Server(port, psutil.Process(started.pid))
    finally:
        started.terminate()
        started.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def peak_growth(one: Server, act: Callable[[], object]) -> tuple[float, float]:
    """How many bytes the server's memory stood above where it began, at its highest; and the seconds it took."""
    began = highest = one.process.memory_info().rss
    over = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.005):
            highest = max(highest, one.process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.perf_counter()
    try:
        act()
    finally:
        over.set()
        watching.join()
    return highest - began, time.perf_counter() - started


class Request(NamedTuple):
    method: str
    path: str
    token: str
    body: bytes = b""

    def message(self) -> bytes:
        head = f"{self.method} {self.path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {self.token}\r\n"
        if self.body:
            head += "content-type: application/json\r\n"
        return f"{head}content-length: {len(self.body)}\r\n\r\n".encode() + self.body


@dataclass
class Crowd:
    """What so many clients met in one go."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    """Seconds of each answer."""
    failed: list[str] = field(default_factory=list)
    cpu: float = 0.0
    """Processor seconds of the servers."""

    @property
    def rate(self) -> float:
        return len(self.taken) / self.seconds

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.taken)

    @property
    def p50(self) -> float:
        return statistics.median(self.taken)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.taken, n=100)[98]


def crowd(servers: list[Server], clients: int, requests: Iterable[Request]) -> Crowd:
    """All requests, each taken by the next client that is free; clients keep their connection, to one server each."""
    before = sum(server.cpu() for server in servers)
    met = asyncio.run(_crowd([server.port for server in servers], clients, iter(requests)))
    met.cpu = sum(server.cpu() for server in servers) - before
    return met


async def _crowd(ports: list[int], clients: int, requests: Iterator[Request]) -> Crowd:
    met = Crowd()
    connections = [await asyncio.open_connection("127.0.0.1", ports[n % len(ports)]) for n in range(clients)]
    started = time.perf_counter()
    await asyncio.gather(*(_client(reader, writer, requests, met) for reader, writer in connections))
    met.seconds = time.perf_counter() - started
    for _, writer in connections:
        writer.close()
    return met


async def _client(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: Iterator[Request], met: Crowd
) -> None:
    for request in requests:
        started = time.perf_counter()
        writer.write(request.message())
        status, body = await _answer(reader)
        met.taken.append(time.perf_counter() - started)
        if not 200 <= status < 300:
            met.failed.append(f"{request.method} {request.path}: {status} {body[:200].decode(errors='replace')}")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    _, found, rest = head.partition(b"\r\ncontent-length:")
    length = int(rest[: rest.index(b"\r")]) if found else 0
    return status, await reader.readexactly(length) if length else b""


if __name__ == "__main__":
    serve(f"{sys.argv[1]}:create_app", "127.0.0.1", int(sys.argv[2]))
