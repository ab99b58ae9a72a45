"""``qinglian serve`` as it really runs: a process of its own, asked over a socket, while others write."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.settings import Settings

PATIENCE_S = 240
"""To start; a machine with much to do takes its time."""


@dataclass
class Server:
    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    def wait_ready(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"not ready: {self.log.read_text()}")

    def stop(self) -> None:
        """By SIGTERM; by which it also ends, once it has ended everything else.

        What a proxy sends meanwhile over a connection that it kept is answered, and closes it; a new one is refused.
        """
        address = urlsplit(self.url)
        kept = HTTPConnection(str(address.hostname), address.port, timeout=60)
        assert self._alive(kept) == (200, None)
        self.process.send_signal(signal.SIGTERM)
        while self._takes_connections():
            time.sleep(0.01)
        assert self._alive(kept) == (200, "close")
        assert self.process.wait(60) in (0, -signal.SIGTERM)

    def _alive(self, connection: HTTPConnection) -> tuple[int, str | None]:
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("connection")

    def _takes_connections(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", urlsplit(self.url).port), timeout=60).close()
        except ConnectionRefusedError:
            return False
        return True


@contextmanager
def serving(settings: Settings, folder: Path, name: str, **more: str) -> Iterator[Server]:
    """Started, not yet ready; killed at the end if it still runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / f"{name}.log"
    ours = {"QL_DATA": str(settings.data), "QL_DATABASE_URL": settings.url, "QL_UNSAFE_DATABASE": "true", **more}
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **ours}, stderr=out, stdout=out)
    try:
        yield Server(process, f"http://127.0.0.1:{port}", log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@dataclass
class Writers:
    """Threads that write to the servers in turn, over connections they keep as a proxy does, until ``stop``."""

    servers: list[Server]
    request: Any
    """``request(client, url, n)``: one write, the ``n``-th."""
    acknowledged: dict[int, float] = field(default_factory=dict)
    """Which were, and when."""
    turned_away: int = 0
    """Refused before they could ask."""
    unlike: list[str] = field(default_factory=list)
    """Whatever else became of a request, such as no answer: it must be nothing."""
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, threads: int = 4) -> None:
        self._threads = [threading.Thread(target=self._write, args=(k, threads)) for k in range(threads)]
        for thread in self._threads:
            thread.start()

    def _write(self, first: int, step: int) -> None:
        with httpx.Client(timeout=60) as client:
            n = first
            while not self._over.is_set():
                server = self.servers[n // step % len(self.servers)]
                try:
                    answer = self.request(client, server.url, n)
                    if answer.status_code == 201:
                        self.acknowledged[n] = time.monotonic()
                    else:
                        self.unlike.append(f"{answer.status_code} {answer.text[:200]}")
                except httpx.ConnectError:
                    self.turned_away += 1
                    time.sleep(0.02)
                except httpx.HTTPError as error:
                    self.unlike.append(repr(error))
                n += step

    def until(self, many: int) -> None:
        """Wait for so many more acknowledgements."""
        reached, until = len(self.acknowledged) + many, time.monotonic() + PATIENCE_S
        while len(self.acknowledged) < reached:
            assert time.monotonic() < until and not self.unlike, self.unlike[:3]
            time.sleep(0.01)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
