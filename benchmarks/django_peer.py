"""The list of 50 against Django REST framework on the same table, as its own guide would have it written.

Unmanaged models, a ``ModelSerializer``, ``ListAPIView``, cursor pagination by the same order, a bearer token looked up
in the same table, the same rows by a queryset of the district or the unit, ``select_related``, JSON alone (no browsable
API), no middleware, persistent connections, called as WSGI in this process. It leaves out what the product's list also
has: the lamp, what may be done with each row, access that ends at the next request, security headers.
"""

import asyncio
import io
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from app.main import create_app
from benchmarks.asgi import request
from benchmarks.measured import Measured, median, share, timed, timed_now
from benchmarks.run import Run
from benchmarks.stage import ACCOUNTS, Stage

PATH = "/api/v1/assignments"
AT_LEAST, AIM = {"sqlite": 3, "postgresql": 1.5}, {"sqlite": 8, "postgresql": 2.5}
"""On PostgreSQL both wait for the same server's answer, and the bare driver itself is no more than 2.6 times as fast as
the peer (docs/decisions/0021)."""


def measure(run: Run, engine: str) -> Iterator[Measured]:
    stage = run.stage(engine)
    product = create_app(stage.settings, stage.database)
    for account, scope in ACCOUNTS.items():
        token = stage.world.token[account]
        ours, theirs = request(product, PATH, token), peer(stage, token)
        times = run.times(200)
        pairs = []
        # Django's ORM refuses to work within a running event loop: the loop stands still in its turns.
        with asyncio.Runner() as loop:
            for _ in range(run.rounds + 1):
                pairs.append((loop.run(timed(ours, times)), timed_now(theirs, times)))
        ours_taken, theirs_taken = median([a for a, _ in pairs[1:]]), median([b for _, b in pairs[1:]])
        yield Measured(
            benchmark="list of 50 ÷ Django REST framework",
            database=engine,
            scope=scope,
            unit="ms",
            ours=ours_taken.wall * 1000,
            theirs=theirs_taken.wall * 1000,
            ratio=share(theirs_taken.wall, ours_taken.wall),
            cpu_ratio=share(theirs_taken.cpu, ours_taken.cpu),
            at_least=AT_LEAST[engine],
            aim=AIM[engine],
        )


def peer(stage: Stage, token: str) -> Callable[[], object]:
    application = _application()
    _point_at(stage)

    def call() -> int:
        status = ""

        def start(given: str, headers: Any, error: Any = None) -> None:
            nonlocal status
            status = given

        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/assignments", "QUERY_STRING": "", "SERVER_NAME": "localhost"}
        environ |= {"SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_AUTHORIZATION": f"Bearer {token}"}
        answer = application({**environ, "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http"}, start)
        length = sum(len(part) for part in answer)
        answer.close()
        assert status.startswith("200"), status
        return length

    return call


def _point_at(stage: Stage) -> None:
    """Django keeps its databases in one global: each stage takes the place of the one before."""
    from django.db import connections

    url = stage.database.url
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database}
    if stage.engine == "postgresql":
        settings = {"ENGINE": "django.db.backends.postgresql", "NAME": url.database, "USER": url.username}
        settings |= {"HOST": url.query.get("host") or url.host, "PORT": url.port or ""}
    connections.close_all()
    connections.settings = connections.configure_settings({"default": {**settings, "CONN_MAX_AGE": None}})
    if hasattr(connections._connections, "default"):
        del connections._connections.default


@cache
def _application() -> Any:
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    framework = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"], "UNAUTHENTICATED_USER": None}
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["rest_framework"],
        MIDDLEWARE=[],
        REST_FRAMEWORK=framework,
        ROOT_URLCONF="benchmarks.django_project",
        USE_TZ=True,
    )
    django.setup()
    return WSGIHandler()
