"""A table of so many lines that a worker goes through it, for the tests of that."""

from typing import Any

import pytest

from app.imports import operations as ops
from tests.imports.tables import IMPORTS, as_csv
from tests.walk.steps import API, ok


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of more than three lines is long."""
    monkeypatch.setattr(ops, "AT_ONCE", 3)
    monkeypatch.setattr("app.imports.uploads.AT_ONCE", 3)


def table(count: int, *more: tuple[str, ...]) -> bytes:
    return as_csv(*((f"L{n}", f"第{n}小学", "学校", "", "小学") for n in range(count)), *more)


def again(client: Any, run: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ok(client.get(f"{IMPORTS}/{run['id']}"))
    return found


def failed_job(client: Any) -> str:
    """The address of the one job that was given up."""
    (job,) = ok(client.get(f"{API}/jobs?state=failed"))["data"]
    return f"{API}/jobs/{job['id']}"
