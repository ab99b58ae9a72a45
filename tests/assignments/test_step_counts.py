"""What the commonest write of all, a step, asks of the database: so many statements and no more, on either database.

The benchmark measures the step beside the statements that the product itself sends, and would not notice if these
became more.
"""

import re
from typing import Any

from fastapi import FastAPI

from tests.conftest import As
from tests.generated.statements import statements
from tests.stock import Stock
from tests.world import World

WORD = re.compile(
    r"(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|BEGIN|COMMIT|SAVEPOINT|RELEASE)\b(?:.*?\bFROM)?\s*(\w*)", re.S
)
EXPECTED: dict[bool, list[str]] = {
    True: [
        "SELECT api_token",
        "BEGIN IMMEDIATE",
        "SELECT json_each",
        "UPDATE assignment",
        "INSERT INTO event",
        "SELECT json_each",
        "SELECT event_seal",
        "INSERT INTO event_seal",
    ],
    False: ["SELECT api_token", "SELECT unit", "UPDATE assignment", "INSERT INTO event", "SELECT unit", "SELECT"],
}
"""On SQLite, and on PostgreSQL, which seals in the statement that commits: who asks, the row as it may be completed, the
step, its event, the row as it is answered, the seal. A row is called by the first table that its rule looks at."""


def test_completing_takes_no_more_statements_than_these(app: FastAPI, as_: As, world: World) -> None:
    stock = Stock(app, world)
    plan = stock.plan()
    rows = [
        stock.assignment(plan, stock.item(plan), "实验小学", "submitted", days=30, report_count=1) for _ in range(3)
    ]
    supervisor, database = as_("supervisor"), app.state.database
    for row in rows[:2]:  # What is looked up once is known then.
        assert supervisor.post(f"/api/v1/assignments/{row}/complete").status_code == 200
    with statements() as seen:
        answer = supervisor.post(f"/api/v1/assignments/{rows[2]}/complete")
    assert (answer.status_code, answer.json()["state"]) == (200, "completed")
    asked = [_called(statement) for statement, _ in seen]
    assert asked == EXPECTED[database.is_sqlite], "\n".join(asked)


def _called(statement: str) -> str:
    found: Any = WORD.match(statement)
    return " ".join(found.groups()).strip() if found else statement[:60]
