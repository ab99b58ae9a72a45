"""A request through the ASGI interface in this process: what the product does, without sockets."""

from collections.abc import Awaitable, Callable
from typing import Any


def request(app: Any, path: str, token: str, query: str = "", method: str = "GET") -> Callable[[], Awaitable[int]]:
    """One request, a GET, each time it is called; gives the length of the answer."""
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]
    fixed = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path}
    fixed |= {"raw_path": path.encode(), "query_string": query.encode(), "headers": headers, "root_path": ""}
    fixed |= {"scheme": "http", "client": ("127.0.0.1", 1), "server": ("localhost", 80)}

    async def call() -> int:
        length = status = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal length, status
            status = message.get("status", status)
            length += len(message.get("body", b""))

        await app(dict(fixed), receive, send)
        assert status == 200, f"{path}: {status}"
        return length

    return call
