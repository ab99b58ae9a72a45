"""Routers are asked only about paths of their own nouns: none of their routes may be lost by it."""

import re
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import Match

from app.settings import Settings
from tests.generated.routes import Route, routes
from web.main import create_app


def test_every_route_is_found_at_its_own_address(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path))
    assert [route.label for route in routes(app) if not _is_found(app, route)] == []


def _is_found(app: FastAPI, route: Route) -> bool:
    path = re.sub(r"\{[^}]*\}", "1", route.path)
    scope = {"type": "http", "path": path, "method": route.method, "root_path": "", "headers": []}
    return any(each.matches(dict(scope))[0] == Match.FULL for each in app.router.routes)
