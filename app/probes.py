"""What watches the service asks: whether it lives, whether it is ready, and its figures."""

import asyncio
import secrets
import time
from typing import Any

import pydantic_core
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from app import readiness
from app.core.db import Database
from app.core.errors import NotFound, Problem, Unauthenticated
from app.core.http import problem_response
from app.core.log import fault, logger
from app.core.metrics import Metrics
from app.settings import Settings

router = APIRouter(include_in_schema=False)
KEPT_S = 1.0
PATIENCE_S = 2.0
BESIDE = frozenset({"worker", "complaint_key"})
"""Told, and no reason to send requests elsewhere: whoever answers them need not be who works, and but for the names of
those who report everything is done without the key."""


@router.get("/livez")
async def livez() -> Response:
    """Whether the process answers."""
    return Response("ok", media_type="text/plain")


class Readiness:
    """Asked once a second at the most, whoever asks: anybody may."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self._asking = asyncio.Lock()
        self._found: dict[str, bool] = {}
        self._until = 0.0

    async def checks(self) -> dict[str, bool]:
        async with self._asking:
            if time.monotonic() >= self._until:
                found = await asyncio.to_thread(readiness.of_disk, self.settings) | await self._database()
                if found != self._found:
                    logger().warning("readiness", **found)
                self._found, self._until = found, time.monotonic() + KEPT_S
        return self._found

    async def _database(self) -> dict[str, bool]:
        def query(connection: Any) -> dict[str, bool]:
            return readiness.of_database(connection, self.settings)

        try:
            return await asyncio.wait_for(self.database.read(query), PATIENCE_S)
        except (Problem, TimeoutError):
            pass
        except Exception as error:
            fault(error)
        return dict.fromkeys(("database", "migrations", "durability", "worker", "complaint_key"), False)


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether requests should be sent here: 200, or 503 and which check failed. ``worker`` and
    ``complaint_key`` make no 503."""
    checks = await request.app.state.readiness.checks()
    ready = all(passed for name, passed in checks.items() if name not in BESIDE)
    body = {"ready": ready, "checks": {name: "ok" if passed else "failed" for name, passed in checks.items()}}
    return Response(pydantic_core.to_json(body), 200 if ready else 503, media_type="application/json")


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Figures for Prometheus, with the bearer token of QL_METRICS_TOKEN; without that setting there are none."""
    token = request.app.state.settings.metrics_token.get_secret_value()
    if not token:
        return problem_response(NotFound())
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secrets.compare_digest(sent.encode(), token.encode()):
        return problem_response(Unauthenticated("Authorization 须为 Bearer 和 QL_METRICS_TOKEN 的值"))
    figures: Metrics = request.app.state.metrics
    figures.tell(await request.app.state.readiness.checks())
    text = await asyncio.to_thread(figures.text)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
