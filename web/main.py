"""The whole product: the JSON API and the pages on top of it. What ``qinglian serve`` runs."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app.core.db import Database
from app.main import create_app as create_api
from app.settings import Settings
from web import (
    accountability,
    api_docs,
    appointments,
    appraisals,
    assignments,
    boxes,
    breakdowns,
    briefs,
    calendars,
    campaigns,
    cases,
    channels,
    complaints,
    dashboard,
    documents,
    events,
    evidence,
    exports,
    filings,
    identity,
    imports,
    indicators,
    inspections,
    integrity_risks,
    jobs,
    leading_groups,
    liaison_visits,
    major_decisions,
    my_work,
    notifications,
    plans,
    rectifications,
    robots,
    setup,
    summaries,
    units,
    venue_activities,
    webhooks,
)
from web.site import Site, respond

STATIC = Path(__file__).parent / "static"
PAGES = (
    my_work,
    notifications,
    channels,
    plans,
    assignments,
    inspections,
    rectifications,
    filings,
    integrity_risks,
    major_decisions,
    complaints,
    breakdowns,
    briefs,
    liaison_visits,
    venue_activities,
    cases,
    documents,
    accountability,
    evidence,
    boxes,
    dashboard,
    summaries,
    appointments,
    appraisals,
    leading_groups,
    indicators,
    units,
    calendars,
    campaigns,
    setup,
    identity,
    webhooks,
    robots,
    imports,
    exports,
    jobs,
    events,
    api_docs,
)


class Assets(StaticFiles):
    """Files named with the mark of their content (``?v=``) are kept for good; others are asked for again."""

    def file_response(self, full_path: Any, stat_result: Any, scope: Any, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        marked = b"v=" in scope["query_string"]
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if marked else "no-cache"
        return response


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    settings = settings or Settings()
    site = Site(settings)

    def extend(app: FastAPI) -> None:
        app.state.site = site
        if settings.assets == "local":
            # Where `qinglian assets` has not filled it, it is missing (404); without the folder that were a 500.
            folder = settings.data / "assets"
            folder.mkdir(parents=True, exist_ok=True)
            app.mount("/static/vendor", StaticFiles(directory=folder))
        app.mount("/static", Assets(directory=STATIC))
        for resource in PAGES:
            app.include_router(resource.router)
        app.add_api_route("/favicon.ico", favicon, include_in_schema=False)

    return create_api(settings, database, respond=respond, script_source=site.script_source, extend=extend)


async def favicon() -> Response:
    return RedirectResponse("/static/seal.svg", 301)
