"""The web server, and how it stops: what is under way is finished, nothing new is taken."""

import asyncio
import socket
from contextlib import suppress

import uvicorn

from app.core import log
from app.settings import Settings

DRAIN_S = 2
"""How long open connections may still send what is on its way; each answer then closes its own."""
GRACE_S = 25
"""How long what is under way may take to end; a container must be given more (``stop_grace_period``)."""


class Draining(uvicorn.Server):
    """A proxy keeps connections open: one closed as it sends the next request would cost that request its answer."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        until = asyncio.get_running_loop().time() + DRAIN_S
        while self.server_state.connections and asyncio.get_running_loop().time() < until and not self.force_exit:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def serve(application: str, host: str, port: int) -> None:
    """Until SIGTERM or SIGINT.

    asyncio's own loop: at 100 clients uvloop let some of them wait for seconds at equal throughput.
    """
    settings = Settings()
    log.configure(settings)
    config = uvicorn.Config(
        application,
        factory=True,
        host=host,
        port=port,
        loop="asyncio",
        access_log=False,
        log_config=None,
        log_level=settings.log_level.lower(),
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.proxies,
        ws="none",
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Draining(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(3)
