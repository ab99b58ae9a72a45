"""The application's own routes, from which these tests are made: a new one joins them by itself."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

API = "/api/v1"
CHANGING = {"POST", "PATCH", "PUT", "DELETE"}


class Route(NamedTuple):
    method: str
    path: str
    operation: str | None
    endpoint: Any

    @property
    def is_json(self) -> bool:
        return self.path.startswith(API)

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


def routes(app: FastAPI) -> list[Route]:
    found = sorted(set(_walk(app)), key=lambda route: (route.path, route.method))
    assert len(found) > 60, "the walk over the routes found too few: has the framework changed its shape?"
    return found


def noun_of(path: str) -> str:
    """``assignments`` of ``/api/v1/assignments/{id}/submit`` and of its page; beneath ``/setup``, of what is set up."""
    first, *rest = path.removeprefix(API).strip("/").split("/")
    return rest[0] if first == "setup" and "{id}" in rest else first


def twins(app: FastAPI) -> dict[str, Route]:
    """The JSON route of each operation."""
    return {r.operation: r for r in routes(app) if r.is_json and r.operation and r.method in CHANGING}


def _walk(app: FastAPI) -> Iterator[Route]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount) or context.path is None:
            continue
        for method in (context.methods or set()) - {"HEAD", "OPTIONS"}:
            yield Route(method, context.path, getattr(context.endpoint, "performs", None), context.endpoint)
