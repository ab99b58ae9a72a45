"""Each request leaves one line in the log and counts in the figures, but the public's complaints and the files that
their pages load: pure ASGI, the outermost layer."""

import random
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.core.log import REQUEST, fault, logger
from app.core.metrics import Metrics
from app.core.unwatched import is_unnoted

Message = MutableMapping[str, Any]
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
UNFINISHED = 499
"""The client went away before the answer's end."""


class Observed:
    def __init__(self, app: Any, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self.log = logger()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Always an id of our own: one that came with the request could hold anything. It is no secret, and the system's
        # random numbers would let another thread take the interpreter at the start of each request.
        request_id = scope.setdefault("state", {})["request_id"] = f"{random.getrandbits(64):016x}"
        REQUEST.set(request_id)
        begun = time.perf_counter()
        status, ended = UNFINISHED, False

        async def sending(message: Message) -> None:
            nonlocal status, ended
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                ended = not message.get("more_body", False)

        self.metrics.under_way += 1
        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            fault(error)
            raise
        finally:
            self.metrics.under_way -= 1
            if not is_unnoted(scope["path"]):
                self._note(scope, status if ended else UNFINISHED, begun)

    def _note(self, scope: MutableMapping[str, Any], status: int, begun: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = route_of(scope)
        self.metrics.requests.count(method, route, status, begun)
        note = self.log.error if status == 500 else self.log.warning if status > 500 else self.log.info
        note("request", method=method, route=route, status=status, ms=round((time.perf_counter() - begun) * 1000, 1))


def route_of(scope: MutableMapping[str, Any]) -> str:
    """The template of the route that answered; a folder's for files, ``-`` where the request never reached one."""
    route = scope.get("route")
    template: str = route.path if route is not None else scope.get("root_path") or "-"
    return template
