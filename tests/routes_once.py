"""FastAPI prepares a router's routes when an application is first asked for one of them, for each application anew.

The suite makes thousands of applications of the same routers; what was prepared for one serves the next. No test
overrides a dependency, which is all that differs between them.
"""

import copy
from typing import Any

from fastapi import routing

from app import main
from app.core.openapi import describe


def prepare_routes_once() -> None:
    included: Any = routing._IncludedRouter
    build = included._build_effective_context
    kept: dict[tuple[int, str], tuple[Any, Any]] = {}

    def build_once(router: Any, route: Any) -> Any:
        key = (id(route), router.include_context.prefix)
        if key not in kept:
            # The route is held with it, so that no other gets its id.
            kept[key] = (route, build(router, route))
        return kept[key][1]

    included._build_effective_context = build_once


def describe_once() -> None:
    """The OpenAPI description follows from the routes alone."""
    kept: dict[int, dict[str, Any]] = {}

    def described(application: Any, public: Any) -> dict[str, Any]:
        routes = sum(1 for _ in routing.iter_route_contexts(application.routes))
        if routes not in kept:
            kept[routes] = describe(application, public)
        return copy.deepcopy(kept[routes])

    main.describe = described  # type: ignore[assignment]
