"""Notes where the tests of a row are answered, and holds it against docs/plan-coverage.md."""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.plan_rows import coverage

APPROVE = bool(os.environ.get("QL_APPROVE"))
walked: dict[int, set[str]] = {}


@pytest.fixture(autouse=True)
def noted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not request.path.name.startswith("test_row_"):
        yield
        return
    app: FastAPI = request.getfixturevalue("app")
    answered: set[tuple[str, str]] = set()
    send = httpx.Client.send

    def sending(client: httpx.Client, asked: httpx.Request, **options: Any) -> httpx.Response:
        answer = send(client, asked, **options)
        if answer.status_code < 400 and "/sessions" not in asked.url.path:
            answered.add((asked.method, asked.url.path))
        return answer

    monkeypatch.setattr(httpx.Client, "send", sending)
    yield
    row = coverage.row_of(request.path)
    found = (coverage.route_of(app, method, path) for method, path in answered)
    labels = {route.label for route in found if route is not None}
    if APPROVE:
        walked.setdefault(row, set()).update(labels)
        return
    told = coverage.labels_in(coverage.written().get(row, ""))
    assert labels <= told, f"docs/plan-coverage.md does not know of {sorted(labels - told)}: QL_APPROVE=1 writes it"
    if coverage.is_one_test(row):
        assert labels == told, f"docs/plan-coverage.md tells of {sorted(told - labels)}, which no test walks any more"


def pytest_sessionfinish() -> None:
    if walked:
        coverage.write(coverage.written() | {row: coverage.section(row, labels) for row, labels in walked.items()})
