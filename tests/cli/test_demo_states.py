"""What the demo shows of every workflow there is: each state once at least. A new state joins by itself."""

from typing import Any

import pytest

from app.reference import resources
from tests.cli.test_demo import made as made  # the fixture
from tests.cli.test_demo import rows as rows  # the fixture

SILENT = "a demo sends nothing out: there is nobody at the addresses it knows"
LACKING = {
    ("webhook", "active"): SILENT,
    ("webhook_delivery", "waiting"): SILENT,
    ("webhook_delivery", "delivered"): SILENT,
    ("webhook_delivery", "failed"): SILENT,
    ("robot", "active"): SILENT,
}
"""What it does not show, and why."""
WORKFLOWS = {each.workflow.name: each.workflow for each in resources() if each.workflow}
STATES = [(name, state.value) for name, workflow in sorted(WORKFLOWS.items()) for state in workflow.states]


def test_the_walk_over_the_workflows_finds_them() -> None:
    assert len(WORKFLOWS) > 30 and {*LACKING} <= {*STATES}


@pytest.mark.parametrize(("name", "state"), STATES, ids=".".join)
def test_every_state_of_every_workflow_has_a_row(rows: Any, name: str, state: str) -> None:
    table = WORKFLOWS[name].policy.table.name
    found = rows(f"SELECT count(*) FROM \"{table}\" WHERE state = '{state}'")[0][0]
    if (name, state) in LACKING:
        assert found == 0, "no longer lacking: take it off the list"
    else:
        assert found > 0, f"no {table} is {state}: tell of one in app/demo"
