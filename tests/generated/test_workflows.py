"""Promise 6: only lawful states. For each workflow of the program, people take steps at random, several at once, over
two instances; what comes of it must be a walk through the transition table, each step with one event and one winner.

``QL_EXAMPLES=200 uv run pytest tests/generated/test_workflows.py`` looks longer.
"""

import itertools
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection

from app.core.audit import EVENT, audited_write
from app.core.db import Database
from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.workflow import LOST, Workflow
from app.reference import resources
from tests.at_once import at_once
from tests.generated.routes import API, routes
from tests.generated.rows import MAKE
from tests.stock import Stock
from tests.world import World
from web.main import create_app

EXAMPLES = int(os.environ.get("QL_EXAMPLES", "5"))
STEPS = 8
ACCOUNTS = ("supervisor", "education", "school", "leader", "kindergarten", "sysadmin", "secadmin", "other_supervisor")
WORKFLOWS = {resource.workflow.name: resource.workflow for resource in resources() if resource.workflow}
REFUSED = {403, 404, 409, 422}
WANTS_MORE = {("rectification.submit", "incomplete")}
"""What reopening cleared must be written anew, so that even a lawful step is refused until then."""


TAKEN_ALONG = {"filing.supersede", "integrity_risk.fall_due", "breakdown.supersede", "appraisal_deduction.void"}
TAKEN_ALONG |= {"appraisal_appeal.lapse", "integrity_risk.carry_over", "integrity_risk.take_back"}
TAKEN_ALONG |= {"case_file.circulate", "case_file.recall"}
"""Steps that another row's step takes, or the schedule, and nobody by themselves."""
BESIDE_THE_NOTE = {"archive_box.hand_over": {"to": "区档案馆"}, "document.receipt": {"receiver": "刘敏"}}
BESIDE_THE_NOTE |= {"complaint.conclude": {"result": "substantiated", "conclusion": "已改正。"}}
BESIDE_THE_NOTE |= {"venue_activity.hold": {"attended": 56}}
"""What a step asks for beside a note."""


class Row(NamedTuple):
    state: str
    version: int


class Step(NamedTuple):
    account: str
    action: str
    note: bool = True


class Hall:
    """Two instances on one database, and what both of them wrote there."""

    def __init__(self, apps: list[FastAPI], world: World) -> None:
        self.apps = apps
        self.world = world
        self.stock = Stock(apps[0], world)
        self.database: Database = apps[0].state.database
        self.paths = {route.operation: route.path for route in routes(apps[0]) if route.is_json and route.operation}

    def take(self, workflow: Workflow, row_id: int, steps: list[Step]) -> list[httpx.Response]:
        """All at the same moment."""

        async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
            account, action, note = steps[n]
            path = self.paths[f"{workflow.name}.{action}"].replace("{id}", str(row_id))
            headers = {"authorization": f"Bearer {self.world.token[account]}"}
            more = BESIDE_THE_NOTE.get(f"{workflow.name}.{action}", {})
            return await client.post(path, headers=headers, json={"note": "说明原因。", **more} if note else more)

        return at_once(self.apps, "", send, len(steps))

    def allowed(self, workflow: Workflow, row_id: int) -> list[Step]:
        """What the program itself offers to each person now."""
        noun = next(path for name, path in self.paths.items() if name.startswith(f"{workflow.name}.")).split("/")[3]

        async def look(client: httpx.AsyncClient, n: int) -> httpx.Response:
            headers = {"authorization": f"Bearer {self.world.token[ACCOUNTS[n]]}"}
            return await client.get(f"{API}/{noun}/{row_id}", headers=headers)

        seen = at_once(self.apps, "", look, len(ACCOUNTS))
        offers = [answer.json().get("allowed_actions", ()) for answer in seen]
        return [
            Step(account, action)
            for account, offered in zip(ACCOUNTS, offers, strict=True)
            for action in offered
            if workflow.transitions[action].target is not None and f"{workflow.name}.{action}" in self.paths
        ]

    def row(self, workflow: Workflow, row_id: int) -> Row:
        table = workflow.policy.table.c
        found = self.database.read_now(
            lambda connection: connection.execute(sa.select(table.state, table.version).where(table.id == row_id)).one()
        )
        return Row(str(found.state), found.version)

    def last_event(self) -> int:
        return int(self.database.read_now(lambda connection: connection.execute(_LAST).scalar_one()))

    def done_since(self, event_id: int) -> list[Any]:
        def query(connection: Connection) -> list[Any]:
            return list(connection.execute(_DONE, {"after": event_id}).all())

        return self.database.read_now(query)


_LAST = sa.select(sa.func.coalesce(sa.func.max(EVENT.c.id), 0))
_DONE = sa.select(EVENT).where(EVENT.c.id > sa.bindparam("after"), EVENT.c.outcome == "done").order_by(EVENT.c.id)


@pytest.fixture
def hall(app: FastAPI, world: World) -> Iterator[Hall]:
    other = create_app(app.state.settings)
    yield Hall([app, other], world)
    for each in (app, other):
        database: Database = each.state.database
        database.close()


def machine(hall: Hall, workflow: Workflow) -> type[RuleBasedStateMachine]:
    """The workflow's own table is the model: where the row may stand, and what may follow."""
    moving = [t.action for t in workflow if t.target is not None and f"{workflow.name}.{t.action}" in hall.paths]
    steps = st.builds(Step, st.sampled_from(ACCOUNTS), st.sampled_from(moving), st.booleans())
    # Drawn before it is known what is offered: that depends on who won a race, which no draw may.
    chance = st.integers(0, 999)

    class People(RuleBasedStateMachine):
        @initialize(state=st.sampled_from(list(workflow.labels)))
        def begin(self, state: str) -> None:
            self.row_id = MAKE[workflow.name](hall.stock, state)
            self.row = hall.row(workflow, self.row_id)
            assert self.row.state == state

        @rule(step=steps)
        def anyone_tries_anything(self, step: Step) -> None:
            self.race([step])

        @rule(chosen=chance)
        def someone_takes_what_is_offered(self, chosen: int) -> None:
            offered = hall.allowed(workflow, self.row_id)
            if not offered:
                return
            step = offered[chosen % len(offered)]
            (answer,) = self.race([step])
            asks = (f"{workflow.name}.{step.action}", answer.json().get("code"))
            assert answer.status_code == 200 or asks in WANTS_MORE, f"{step}: {answer.text}"

        @rule(chosen=chance, times=st.integers(2, 4))
        def all_take_the_same(self, chosen: int, times: int) -> None:
            offered = [s for s in hall.allowed(workflow, self.row_id) if self.once(s.action)]
            if not offered:
                return
            step = offered[chosen % len(offered)]
            won = [answer for answer in self.race([step] * times) if answer.status_code == 200]
            asks = any(name == f"{workflow.name}.{step.action}" for name, _ in WANTS_MORE)
            assert len(won) == 1 or (asks and not won), f"{step}: {len(won)} winners"

        @rule(chosen=st.lists(chance, max_size=3), wild=st.lists(steps, min_size=1, max_size=2))
        def they_get_in_each_others_way(self, chosen: list[int], wild: list[Step]) -> None:
            offered = hall.allowed(workflow, self.row_id)
            mine = [offered[each % len(offered)] for each in chosen] if offered else []
            self.race([*mine, *wild])

        def once(self, action: str) -> bool:
            """Whether the step leads out of the states it may be taken in."""
            transition = workflow.transitions[action]
            return transition.target not in transition.sources

        def race(self, taken: list[Step]) -> list[httpx.Response]:
            """The steps at once; then what happened must be a walk through the table, told by its events."""
            before, event_id = self.row, hall.last_event()
            answers = hall.take(workflow, self.row_id, taken)
            self.row = hall.row(workflow, self.row_id)
            done = hall.done_since(event_id)
            won = [step.action for step, answer in zip(taken, answers, strict=True) if answer.status_code == 200]
            assert {answer.status_code for answer in answers} <= REFUSED | {200}, [a.text for a in answers]
            mine = [e for e in done if (e.resource, e.resource_id) == (workflow.name, self.row_id)]
            assert sorted(e.operation for e in mine) == sorted(f"{workflow.name}.{action}" for action in won)
            assert won or done == [], f"refused, and yet: {done}"
            self.walk(before, mine)
            return answers

        def walk(self, before: Row, events: list[Any]) -> None:
            states = [before.state]
            for event in events:
                transition = workflow.transitions[event.operation.partition(".")[2]]
                assert event.before["state"] == states[-1] and states[-1] in transition.sources
                assert event.after["state"] == transition.target
                states.append(event.after["state"])
            assert self.row == Row(states[-1], before.version + len(events))

        @invariant()
        def stands_where_a_row_may(self) -> None:
            assert self.row.state in workflow.labels

    return People


WALKED = [
    name
    for name, workflow in WORKFLOWS.items()
    if any(t.target is not None and f"{name}.{t.action}" not in TAKEN_ALONG for t in workflow)
]
"""In the others no step is anybody's to take by itself: an appeal that is upheld voids its deduction."""


@pytest.mark.parametrize("name", WALKED)
def test_only_lawful_states_are_reached(hall: Hall, name: str) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine(hall, WORKFLOWS[name]),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="QL_EXAMPLES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("moved", ["state", "version"])
def test_a_step_on_a_row_that_moved_on_is_refused(hall: Hall, moved: str) -> None:
    """What was checked of the row holds no more, be it another state or an edit that left the state as it was."""
    for workflow in WORKFLOWS.values():
        table = workflow.policy.table
        transition = next(t for t in workflow if t.target not in (None, *t.sources))
        row_id = MAKE[workflow.name](hall.stock, transition.sources[0])
        mine = table.c.id == row_id
        changed = {"state": transition.target} if moved == "state" else {"version": table.c.version + 1}

        def act(
            tx: Tx,
            workflow: Workflow = workflow,
            action: str = transition.action,
            mine: Any = mine,
            changed: Any = changed,
        ) -> None:
            table = workflow.policy.table
            read = tx.connection.execute(sa.select(table).where(mine)).one()
            with audited_write(tx.connection):
                tx.connection.execute(sa.update(table).where(mine).values(changed))
            with pytest.raises(Conflict, match=LOST):
                workflow.step(tx, read, action)

        last = hall.last_event()
        hall.stock.do(act)
        assert hall.done_since(last) == [], workflow.name


def test_every_state_can_be_made_and_every_step_has_its_route(hall: Hall) -> None:
    """What the machines above walk over is all there is."""
    assert len(WORKFLOWS) >= 6
    for workflow in WORKFLOWS.values():
        for state in workflow.labels:
            assert hall.row(workflow, MAKE[workflow.name](hall.stock, state)).state == state
    steps = [(w, t) for w in WORKFLOWS.values() for t in w if t.target is not None]
    assert {f"{w.name}.{t.action}" for w, t in steps} - hall.paths.keys() == TAKEN_ALONG
    assert len(list(itertools.chain(*WORKFLOWS.values()))) > len(steps) >= 25
