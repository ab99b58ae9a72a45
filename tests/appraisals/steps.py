"""Appraisals through the JSON API, for every test that needs some."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.appraisals.models import RESULT, ROUND
from app.core.audit import audited_write
from app.core.calendar import now, today_of
from tests.walk.steps import API, evidence, ok
from tests.world import World

AT, CRITERIA, RESULTS = f"{API}/appraisals", f"{API}/appraisal-criteria", f"{API}/appraisal-results"
TAKEN, APPEALS = f"{API}/appraisal-deductions", f"{API}/appraisal-appeals"
YEAR = today_of(now()).year


def started(supervisor: TestClient, world: World, **fields: Any) -> dict[str, Any]:
    body = {"year": YEAR, "title": "年度作风考核", "unit_group_id": world.group["各学校（园）"], **fields}
    return ok(supervisor.post(AT, json=body), 201)  # type: ignore[no-any-return]


def judged_by(supervisor: TestClient, row: dict[str, Any], source: str, **fields: Any) -> dict[str, Any]:
    body = {"name": f"指标{source}", "weight": 20, "source": source, **fields}
    return ok(supervisor.post(f"{AT}/{row['id']}/criteria", json=body), 201)  # type: ignore[no-any-return]


def taken_off(office: TestClient, criterion: dict[str, Any], unit_id: int, **fields: Any) -> dict[str, Any]:
    body = {"unit_id": unit_id, "points": "2.5", "reason": "会议无故缺席。", **fields}
    return ok(office.post(f"{CRITERIA}/{criterion['id']}/deductions", json=body), 201)  # type: ignore[no-any-return]


def finished(office: TestClient, criterion: dict[str, Any]) -> dict[str, Any]:
    """The office says that it is done; what nothing proved until then is proved by one paper."""
    at = f"{CRITERIA}/{criterion['id']}"
    if ok(office.get(f"{TAKEN}?criterion_id={criterion['id']}&unproven=true"))["data"]:
        ok(office.post(f"{at}/prove", json={"evidence_id": evidence(office, "会议签到表", kind="meeting")["id"]}))
    return ok(office.post(f"{at}/finish"))  # type: ignore[no-any-return]


def step(client: TestClient, row: dict[str, Any], action: str, note: str = "") -> dict[str, Any]:
    return ok(client.post(f"{AT}/{row['id']}/{action}", json={"note": note} if note else {}))  # type: ignore[no-any-return]


def published(supervisor: TestClient, row: dict[str, Any]) -> dict[str, Any]:
    step(supervisor, row, "score")
    return step(supervisor, row, "publish")


def results(client: TestClient, row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = ok(client.get(f"{RESULTS}?appraisal_id={row['id']}&limit=200"))["data"]
    return {each["unit_name"]: each for each in found}


def deductions(client: TestClient, row: dict[str, Any], unit_id: int) -> list[dict[str, Any]]:
    return ok(client.get(f"{TAKEN}?appraisal_id={row['id']}&unit_id={unit_id}"))["data"]  # type: ignore[no-any-return]


def days_pass(client: Any, row: dict[str, Any]) -> None:
    """The last day for appeals was yesterday."""
    over = today_of(now()) - timedelta(days=1)

    def work(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.update(ROUND).where(ROUND.c.id == row["id"]).values(appeal_until=over))
            connection.execute(sa.update(RESULT).where(RESULT.c.appraisal_id == row["id"]).values(appeal_until=over))

    client.app.state.database.write_now(work)
