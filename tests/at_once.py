"""Many requests under way at the same moment, on one event loop as in the server, over one instance or several."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import httpx
from fastapi import FastAPI

AT_ONCE = 20
Request = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]


def at_once(
    apps: FastAPI | Sequence[FastAPI], token: str, request: Request, times: int = AT_ONCE
) -> list[httpx.Response]:
    """The same request so many times over, all under way before any is answered; with several apps they take turns.
    Without a token the request shows who asks."""
    instances = [apps] if isinstance(apps, FastAPI) else apps

    async def run() -> list[httpx.Response]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(
                    httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", headers=headers)
                )
                for app in instances
            ]
            return await asyncio.gather(*(request(clients[n % len(clients)], n) for n in range(times)))

    return asyncio.run(run())
