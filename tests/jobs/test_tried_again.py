"""What a person would be told to send again, a job does again by itself."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.errors import Conflict, Problem
from app.exports import working as exporting
from app.jobs import queue
from tests.conftest import As
from tests.walk.steps import API, ok


def _held_by_another() -> Problem:
    problem = Conflict("别人正在办理同一项，请稍后再试", code="in_flight")
    problem.__cause__ = sa.exc.OperationalError("UPDATE", {}, Exception())
    return problem


def _deadlocked() -> Problem:
    problem = Conflict("同时办理的人较多，请重新提交")
    problem.__cause__ = sa.exc.OperationalError("UPDATE", {}, Exception())
    return problem


@pytest.mark.parametrize(
    ("met", "attempts"),
    [(_held_by_another, 2), (_deadlocked, 2), (lambda: Conflict("", code="lost_race"), 2), (lambda: Conflict(""), 1)],
)
def test_a_job_that_met_another_at_work_is_done_all_the_same(
    as_: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch, met: Callable[[], Problem], attempts: int
) -> None:
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    write, tries = exporting._write, 0

    def once(*given: Any, **named: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise met()
        return write(*given, **named)

    monkeypatch.setattr(exporting, "_write", once)
    run = ok(as_("school").post(f"{API}/exports", json={"list": "units"}), 202)
    work()
    assert tries == attempts
    assert ok(as_("school").get(f"{API}/exports/{run['id']}"))["state"] == ("done" if attempts == 2 else "failed")
