"""Headers that every answer carries, whatever its status: pure ASGI, the outermost layer."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders

from app.core import unwatched

Message = MutableMapping[str, Any]


def content_security_policy(script_source: str = "") -> str:
    scripts = f"script-src 'self' {script_source}".rstrip()
    return (
        f"default-src 'none'; {scripts}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}


class SecurityHeaders:
    def __init__(self, app: Any, *, policy: str, https: bool, subdomains: bool) -> None:
        self.app = app
        self.fixed = {**FIXED, "content-security-policy": policy}
        if https:
            self.fixed["strict-transport-security"] = "max-age=31536000" + ("; includeSubDomains" if subdomains else "")

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (unwatched.HEADERS if unwatched.is_unwatched(scope["path"]) else {}).items():
                    headers.setdefault(name, value)
                for name, value in self.fixed.items():
                    headers.setdefault(name, value)
                headers["x-request-id"] = scope.get("state", {}).get("request_id", "")
                if "cache-control" not in headers:
                    headers["cache-control"] = "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers)
