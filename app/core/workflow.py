"""State tables: what may follow what, who may do it, and what people call it.

A resource's ``WORKFLOW`` makes its routes, its buttons (``allowed_actions``) and its diagram.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Row

from app.core.audit import audited_write, record, shown
from app.core.errors import Conflict, Forbidden, NotFound, Stale, invalid
from app.core.models import Audited
from app.core.policy import Actor, Policy, Roles
from app.core.prepared import Prepared
from app.core.within import many, within

M = TypeVar("M", bound=Audited)
LOST, STALE = "已被他人更新，请刷新后再办理", "已被他人更新，请重新读取后再修改"


@dataclass(frozen=True, slots=True)
class Transition:
    """``who`` names a condition of the resource's policy. Without ``target`` the act leaves the state as it is."""

    action: str
    sources: tuple[str, ...]
    target: str | None
    label: str
    who: str
    note: bool = False
    danger: bool = False

    @property
    def slug(self) -> str:
        """The action in a path: ``send-back``."""
        return self.action.replace("_", "-")


class Workflow:
    """The transitions of one resource, in the order in which buttons are shown."""

    def __init__(self, name: str, states: type[StrEnum], labels: Mapping[Any, str], policy: Policy, *rows: Transition):
        self.name = name
        self.states = states
        self.labels = {state.value: labels[state] for state in states}
        self.policy = policy
        self.transitions = {row.action: row for row in rows}
        assert len(self.transitions) == len(rows), f"{name}: an action stands twice"
        self._grounds = tuple(dict.fromkeys(row.who for row in rows))
        self._standing = attrgetter("state", *(f"may_{ground}" for ground in self._grounds))
        # Few combinations of a state and grounds occur; a list of fifty rows asks for each of its own.
        self._allowed: dict[tuple[Any, ...], tuple[str, ...]] = {}
        for row in rows:
            assert row.who in policy.conditions, f"{name}.{row.action}: unknown condition {row.who}"
            assert {*row.sources, row.target or row.sources[0]} <= set(self.labels), f"{name}.{row.action}: bad state"

    def __iter__(self) -> Iterator[Transition]:
        return iter(self.transitions.values())

    def allowed_actions(self, row: Any) -> list[str]:
        """What the actor may do with a row read with ``policy.columns``: states and rules intersected."""
        key = self._standing(row)
        known = self._allowed.get(key)
        if known is None:
            held = dict(zip(self._grounds, key[1:], strict=True))
            known = self._allowed[key] = tuple(t.action for t in self if key[0] in t.sources and held[t.who])
        return list(known)

    def find(self, tx: Any, row_id: int) -> Row[Any]:
        """The row with its ``may_…`` columns, for the actor of ``tx``; 404 when it does not exist for them."""
        return find(tx, self.policy, row_id)

    def guard(self, tx: Any, row_id: int, action: str, note: str | None = None) -> Row[Any]:
        """The row, if the actor may take ``action`` on it now; its ``may_…`` columns are asked of that ground alone.

        404 out of sight, 403 not theirs to do, 409 not in this state, 422 without a required note.
        """
        row = find(tx, self.policy, row_id, frozenset({self.transitions[action].who}))
        self.admit(row, action, note)
        return row

    def admit(self, row: Any, action: str, note: str | None = None) -> None:
        """The same of a row that was read with its ``may_…`` columns, one of many perhaps."""
        transition = self.transitions[action]
        if not getattr(row, f"may_{transition.who}"):
            raise Forbidden(f"您不能对这一项“{transition.label}”")
        if row.state not in transition.sources:
            state = self.labels[str(row.state)]
            raise Conflict(f"当前是“{state}”，不能“{transition.label}”", code="wrong_state", state=str(row.state))
        if transition.note and not note:
            raise invalid("note", f"{transition.label}时必须写明原因")

    def step(self, tx: Any, row: Any, action: str, note: str | None = None, **values: Any) -> None:
        """Take a step on a guarded row: one conditional UPDATE and its event. A lost race is a 409."""
        transition = self.transitions[action]
        assert transition.target is not None, f"{self.name}.{action} changes no state"
        table = self.policy.table
        statement = _step_statement(table, frozenset(values))
        parameters = {f"new_{key}": value for key, value in values.items()}
        with audited_write(tx.connection):
            done = statement.change(
                tx.connection,
                {
                    "row_id": row.id,
                    "row_state": row.state,
                    "row_version": row.version,
                    "new_state": transition.target,
                    "new_updated_at": tx.now,
                    **parameters,
                },
            )
        if done != 1:
            raise Conflict(LOST, code="lost_race")
        record(
            tx,
            self.name,
            row.id,
            operation=f"{self.name}.{action}",
            before={"state": str(row.state)},
            after={"state": transition.target, **{key: shown(value) for key, value in values.items()}},
            reason=note,
            district_id=row.district_id,
        )

    def mermaid(self) -> str:
        lines = ["stateDiagram-v2", "    direction LR"]
        lines += [f"    {state}: {label}" for state, label in self.labels.items()]
        first = next(iter(self.labels))
        lines.append(f"    [*] --> {first}")
        for row in self:
            if row.target is not None:
                lines += [f"    {source} --> {row.target}: {row.label}" for source in row.sources]
        return "\n".join(lines)


def find(tx: Any, policy: Policy, row_id: int, grounds: frozenset[str] | None = None) -> Row[Any]:
    """The row, 404 when it does not exist for the actor. Of named ``grounds`` alone it is asked what they may."""
    actor: Actor = tx.actor
    statement = _find_statement(policy, actor.roles, grounds)
    row = statement.one_or_none(tx.connection, {**actor.binds, "row_id": row_id})
    if row is None:
        raise NotFound()
    return row


def expect_version(row: Any, version: int | None) -> None:
    """412 when the client's copy is older than the row."""
    if version is not None and row.version != version:
        raise Stale(STALE)


def changing(tx: Any, model: type[M], row: Any, version: int | None = None) -> M:
    """The row just found, as an object to change; ``version`` is the client's copy.

    What was checked of ``row`` holds of the object: 412, or 409 without a client's copy, where it changed meanwhile.
    """
    expect_version(row, version)
    held: M | None = tx.session.get(model, row.id)
    if held is None:
        raise NotFound()
    if held.version != row.version:
        raise Conflict(LOST, code="lost_race") if version is None else Stale(STALE)
    return held


def counted_anew(tx: Any, table: sa.Table, ids: Collection[int]) -> None:
    """What a list counts of other rows for these is another number: whoever mirrors it is told. Their version stands,
    so that nobody who edits one meanwhile is refused; the event is that of what was counted."""
    if ids:
        with audited_write(tx.connection):
            change = sa.update(table).where(within(table.c.id, many("ids"))).values(updated_at=tx.now)
            tx.connection.execute(change, {"ids": sorted(ids)})


@cache
def _find_statement(policy: Policy, roles: Roles, grounds: frozenset[str] | None) -> Prepared:
    table = policy.table
    columns = [*table.c, *policy.columns(roles, grounds)]
    return Prepared(sa.select(*columns).where(table.c.id == sa.bindparam("row_id"), policy.read(roles)))


@lru_cache(maxsize=512)
def _step_statement(table: sa.Table, fields: frozenset[str]) -> Prepared:
    return Prepared(
        sa.update(table)
        .where(
            table.c.id == sa.bindparam("row_id"),
            table.c.state == sa.bindparam("row_state"),
            table.c.version == sa.bindparam("row_version"),
        )
        .values(
            state=sa.bindparam("new_state"),
            version=table.c.version + 1,
            updated_at=sa.bindparam("new_updated_at"),
            **{name: sa.bindparam(f"new_{name}") for name in fields},
        )
    )
