"""Reading goes on while nothing can be written: that a session was used is noted later."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.calendar import now
from app.core.errors import NoSpace
from app.identity.models import SESSION, TOKEN
from app.settings import Settings
from tests.conftest import As, form
from tests.world import World

SEEN = sa.select(SESSION.c.last_seen_at).order_by(SESSION.c.id.desc()).limit(1)
LONG_AGO = timedelta(minutes=5)


@pytest.fixture
def beside(settings: Settings) -> Iterator[sa.Engine]:
    """Another program on the same database."""
    engine = sa.create_engine(settings.url, connect_args={"timeout": 1} if settings.url.startswith("sqlite") else {})
    yield engine
    engine.dispose()


@contextmanager
def held(engine: sa.Engine) -> Iterator[None]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        for table in (SESSION, TOKEN):
            connection.execute(sa.select(table.c.id).with_for_update()).all()
        yield
        connection.rollback()


def _full(*_: Any) -> None:
    raise NoSpace("请联系系统管理员清理磁盘后再试")


@pytest.mark.parametrize("why", ["the disk is full", "another holds the writer"])
def test_a_page_is_read_though_nothing_can_be_written(
    browse: As, as_: As, beside: sa.Engine, monkeypatch: pytest.MonkeyPatch, world: World, why: str
) -> None:
    browser, program = browse("school"), as_("school")
    old = now() - LONG_AGO
    with beside.begin() as connection:
        connection.execute(sa.update(SESSION).values(last_seen_at=old))
    with monkeypatch.context() as patch, held(beside) if why.startswith("another") else patch.context():
        if not why.startswith("another"):
            patch.setattr("app.identity.gate.touch", _full)
        began = time.monotonic()
        answers = [browser.get("/my-work"), browser.get("/api/v1/assignments"), program.get("/api/v1/assignments")]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert time.monotonic() - began < 5
        with beside.connect() as connection:
            assert connection.execute(SEEN).scalar_one() == old
    assert browser.post("/notifications/read-all", data=form(browser)).status_code == 303
    with beside.connect() as connection:
        assert connection.execute(SEEN).scalar_one() > old + LONG_AGO - timedelta(minutes=1)


def test_a_write_is_refused_where_its_session_cannot_be_noted(
    browse: As, beside: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browse("school")
    with beside.begin() as connection:
        connection.execute(sa.update(SESSION).values(last_seen_at=now() - LONG_AGO))
    monkeypatch.setattr("app.identity.gate.touch", _full)
    assert browser.post("/notifications/read-all", data=form(browser)).status_code == 507
