"""The whole product: the JSON API and the pages on top of it. What ``qinglian serve`` runs."""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app.core.db import Database
from app.main import create_app as create_api
from app.settings import Settings
from web import account, assignments, dashboard, events, evidence, inspections, my_work, plans, rectifications, units
from web.site import Site, respond

STATIC = Path(__file__).parent / "static"
PAGES = (my_work, plans, assignments, inspections, rectifications, evidence, dashboard, units, account, events)


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    settings = settings or Settings()
    site = Site(settings)

    def extend(app: FastAPI) -> None:
        app.state.site = site
        for resource in PAGES:
            app.include_router(resource.router)
        app.add_api_route("/favicon.ico", favicon, include_in_schema=False)
        if settings.assets == "local":
            app.mount("/static/vendor", StaticFiles(directory=settings.data / "assets", check_dir=False))
        app.mount("/static", StaticFiles(directory=STATIC))

    return create_api(settings, database, respond=respond, script_source=site.script_source, extend=extend)


async def favicon() -> Response:
    return RedirectResponse("/static/seal.svg", 301)
