"""Starts the product's own server, again and again, in processes of their own that can be killed.

A process that has imported the program once forks a child for each line on its input; the child does what
``qinglian serve`` does. So a server that was killed is back in a tenth of a second, and it is the real one.

    python -m tests.durability.nursery        {"port": 8001, "env": {"QL_DATA": …}} → the child's process id
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

import httpx

PATIENCE_S = 60


class Nursery:
    """The forking process, as the test sees it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", __name__]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, port: int, env: Mapping[str, str]) -> int:
        """A server that answers; its process id."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"port": port, "env": dict(env)}) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/livez", timeout=5)
                return pid
            except httpx.TransportError:
                assert alive(pid), "the server ended before it answered"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.01)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


def kill(pid: int) -> None:
    """SIGKILL, and gone when this returns."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + PATIENCE_S
    while alive(pid):
        assert time.monotonic() < until, f"{pid} does not die"
        time.sleep(0.002)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    import uvicorn  # noqa: F401  # What the children need, imported once.

    import web.main  # noqa: F401
    from app.cli import serve

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for those killed.
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.update(asked["env"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        serve(host="127.0.0.1", port=asked["port"])
        os._exit(0)


if __name__ == "__main__":
    main()
