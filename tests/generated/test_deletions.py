"""Whatever is deleted, by hand or with the import that brought it, takes the links of its evidence along, and its
number is not given again. A new route, a new table to import and a new kind of target join by themselves.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI

from app.core.audit import audited_write
from app.core.calendar import now
from app.core.operation import Tx
from app.evidence.models import EVIDENCE, LINK
from app.evidence.targets import TARGETS, Target
from app.imports.models import ImportRow, ImportRun, RowKind
from app.imports.registry import IMPORTABLES
from tests.architecture.test_ids_once import is_once
from tests.conftest import As
from tests.generated.routes import API, Route, noun_of, routes
from tests.generated.rows import MAKE, SCHOOL, proof
from tests.generated.stage import Stage
from tests.generated.test_workflows import WORKFLOWS, Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.inspections.test_draw import inspectors as inspectors  # the fixture
from tests.world import World

PERSONS = ("supervisor", "school", "education", "office", "central", "middle", "leader", "discipline", "sysadmin")
"""Tried in this order: it is not said who may."""
DELETABLE = {target.name: target for target in TARGETS.values() if is_once(target.table)}
STAY_WHILE_LINKED = {"visits"}
"""Which go only where nothing is linked."""


def test_what_is_deleted_leaves_no_links(
    app: FastAPI, hall: Hall, as_: As, world: World, inspectors: list[int]
) -> None:
    stage = Stage(hall, as_, world)
    piece = proof(stage.stock, "assignments", stage.task())
    gone: set[str] = set()
    for route in routes(app):
        if route.method == "DELETE" and route.is_json and "{id}" in route.path:
            gone |= _deleted(stage, route, piece)
    for target in DELETABLE.values():
        if target.name in IMPORTABLES:
            gone |= _taken_back(stage, target, piece)
    assert gone - STAY_WHILE_LINKED == DELETABLE.keys() - STAY_WHILE_LINKED


def _deleted(stage: Stage, route: Route, piece: int) -> set[str]:
    """What went with a row of the route, and with one in each state."""
    gone, noun, name = set(), noun_of(route.path), (route.operation or "").partition(".")[0]
    for row_id, is_new in _rows(stage, noun, name):
        before = _linked_to_all(stage, piece)
        path = route.path.replace("{id}", str(row_id))
        for account in PERSONS:
            shown = stage.as_(account).get(path)
            held = {"if-match": shown.headers["etag"]} if "etag" in shown.headers else {}
            if stage.as_(account).delete(path, headers=held).is_success:
                gone |= _gone_whole(stage, before, route.label)
                if is_new:
                    assert MAKE[name](stage.stock, next(iter(WORKFLOWS[name].labels))) > row_id, route.label
                break
    return gone


def _rows(stage: Stage, noun: str, name: str) -> Iterator[tuple[int, bool]]:
    if (known := stage.made.ids.get(noun, {}).get(SCHOOL)) is not None:
        yield known, False
    if name in WORKFLOWS:
        for state in WORKFLOWS[name].labels:
            yield MAKE[name](stage.stock, state), True


def _taken_back(stage: Stage, target: Target, piece: int) -> set[str]:
    """What went with the import that made it, whoever of those who may have made it takes it back."""
    gone: set[str] = set()
    for state in WORKFLOWS[target.table.name].labels if target.table.name in WORKFLOWS else ():
        row_id = MAKE[target.table.name](stage.stock, state)
        for account in PERSONS:
            before = _linked_to_all(stage, piece)
            run = _import_of(stage, target, row_id, account)
            if stage.as_(account).post(f"{API}/imports/{run}/undo").is_success:
                gone |= _gone_whole(stage, before, f"{target.name} taken back")
                break
    return gone


def _import_of(stage: Stage, target: Target, row_id: int, account: str) -> int:
    """An import of the account's that made this one row."""
    file = {"filename": "台账.csv", "sha256": f"{stage.stock.next('import'):064x}", "size": 1}
    about = {"user_id": stage.world.user[account], "resource": target.name, "state": "committed"}
    counts = {"line_count": 1, "new_count": 1, "written_count": 1, "committed_at": now()}
    run = stage.stock.add(ImportRun, **about, **file, **counts)
    version = stage.stock.do(
        lambda tx: tx.connection.execute(
            sa.select(target.table.c.version).where(target.table.c.id == row_id)
        ).scalar_one()
    )
    empty: dict[str, Any] = {"cells": [], "changes": {}, "faults": [], "remarks": []}
    made = {"kind": RowKind.NEW, "target_id": row_id, "target_version": version, "undo": {"visited": False}}
    stage.stock.add(ImportRow, import_run_id=run, number=1, **made, **empty)
    return run


def _linked_to_all(stage: Stage, piece: int) -> dict[str, set[int]]:
    """Every row that there is of each kind; to each the piece is linked, which is void, as all others are: what stands
    would keep some rows from being taken back."""

    def link(tx: Tx) -> dict[str, set[int]]:
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(EVIDENCE).values(voided_at=tx.now))
        found = {}
        for target in TARGETS.values():
            found[target.name] = set(tx.connection.execute(sa.select(target.table.c.id)).scalars())
            linked = sa.select(LINK.c.target_id).where(LINK.c.evidence_id == piece, LINK.c.target == target.name)
            new = found[target.name] - set(tx.connection.execute(linked).scalars())
            own = {"district_id": stage.world.district, "evidence_id": piece, "linked_at": tx.now, "revision": 1}
            if new:
                values = [{**own, "target": target.name, "target_id": row_id} for row_id in sorted(new)]
                tx.connection.execute(sa.insert(LINK), values)
        return found

    return stage.stock.do(link)


def _gone_whole(stage: Stage, before: dict[str, set[int]], by: str) -> set[str]:
    """The kinds of which a row went, each with its links."""

    def look(tx: Tx) -> set[str]:
        gone = set()
        for target in TARGETS.values():
            left = set(tx.connection.execute(sa.select(target.table.c.id)).scalars())
            linked = sa.select(LINK.c.target_id).where(LINK.c.target == target.name)
            stale = set(tx.connection.execute(linked).scalars()) - left
            assert not stale, f"{by}: links to {target.name} {stale}, which are not there"
            gone |= {target.name} if before[target.name] - left else set()
        return gone

    return stage.stock.do(look)
