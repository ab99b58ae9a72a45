"""Many requests under way at the same moment, on one event loop as in the server."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
from fastapi import FastAPI

AT_ONCE = 20
_THREAD = ThreadPoolExecutor(1)
"""Not the test's own thread, in which a browser test of the same process may keep an event loop running."""
Request = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]


def at_once(app: FastAPI, token: str, request: Request, times: int = AT_ONCE) -> list[httpx.Response]:
    """The same request so many times over, all under way before any is answered."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            return await asyncio.gather(*(request(client, n) for n in range(times)))

    return _THREAD.submit(lambda: asyncio.run(run())).result()
