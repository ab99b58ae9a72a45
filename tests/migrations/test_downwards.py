"""From the newest schema down to the first, with every kind of row there: at each revision down, up and down again."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from fastapi import FastAPI

from app.schema import Standing, standing
from app.settings import Settings
from tests.conftest import As
from tests.generated import scenario
from tests.migrations.stocked import fill
from tests.migrations.test_migrations import Content, alembic, content, count, revisions_from_first
from tests.stock import Stock
from tests.world import World

Columns = dict[str, list[Any]]
DOWN: dict[str, set[str]] = {
    # An import that is being taken back stays written, and its job goes: nobody there knows it.
    "20270112_import_undoing": {"import_run.busy", "job"},
    # Every list is a workbook there: a CSV would be given out as one, so it has expired.
    "20270110_export_format": {"export_run.state", "export_run.file"},
    # Every report counts there: those that were taken back go.
    "20270110_taken_back": {"progress_report"},
    # There is no word there for what a unit may not know yet to come of a complaint: it is told of as that.
    "20270106_assigned_source": {"rectification.source"},
    # Every piece of a box has a file there.
    "20270102_box_paper": {"archive_box_entry"},
    # A kind of filing is asked of one group there: the first.
    "20261231_requirement_group": {"filing_requirement"},
    # Circulars of cases are text alone there: their documents go, with their recipients and the series of their numbers.
    "20261230_case_document": {"document", "document_recipient", "document_series"},
    # Nothing ends there: what is struck off, is to be, or goes on elsewhere stands again.
    "20261229_risk_ending": {"integrity_risk.state"},
    # Something late is claimed once there, whatever its deadline.
    "20261226_mechanism": {"accountability_claim", "accountability_claim.period"},
    # Nothing lapses there: an appeal that ended with withdrawn scores is dismissed.
    "20261225_complaint_check": {"appraisal_appeal.state"},
    # Other words for activities are "other" there, and there is no figure of 0 of 0.
    "20261224_indicator_target": {"progress_report.activity", "indicator_value"},
    # Notices of what is known no more there go, and that they were read.
    "20261221_notice_kind": {"notification", "notification_read"},
    # So do those of complaints, which come over the network alone there.
    "20261220_complaint_channel": {"complaint.channel", "notification", "notification_read"},
    "20261214_appraisal": {"notification", "notification_read"},
    "20261209_brief": {"notification", "notification_read"},
    "20261206_accountability": {"notification", "notification_read"},
    # Nobody approves a document there: its drafter has it back.
    "20261130_document_review": {"document.state"},
}
"""What taking a revision back changes of what stays, where the release before knows no such value; all else stays."""
UP: dict[str, set[str]] = {
    # What a complaint led to is hidden while that is looked into; a reply waits until what was decided is done.
    "20270106_assigned_source": {"rectification.source", "accountability_action.reply_by"},
    # What is late is claimed with the deadline that it has.
    "20261226_mechanism": {"accountability_claim.period"},
}
"""What a revision changes of rows that were there."""
FOUND: dict[str, dict[str, Callable[[Columns], list[Any]]]] = {
    "20261225_complaint_check": {
        "complaint.accept_by": lambda c: _where(c, "due_on", "received"),
        "complaint.conclude_by": lambda c: _where(c, "due_on", "accepted", "investigating"),
        "complaint.reply_by": lambda c: _where(c, "due_on", "concluded"),
    },
    "20261228_meeting": {
        "major_decision.quorum": lambda c: [
            n and on and (n * 2 + 2) // 3 for n, on in zip(c["expected"], c["decided_on"], strict=True)
        ]
    },
    "20270101_box_lines": {"archive_box.area_id": lambda c: c["area_id"]},
    "20270105_name_folded": {
        "complaint.accused_folded": lambda c: c["accused_folded"],
        "case_file.person_folded": lambda c: c["person_folded"],
    },
    "20270109_document_names": {"document.unit_names": lambda c: c["unit_names"]},
}
"""Columns that a revision fills from what there is, and what it finds, told by the rows as they were."""


@pytest.fixture
def full(app: FastAPI, settings: Settings, as_: As, world: World) -> Iterator[sa.Engine]:
    """A database with two schools' work, every workflow's row in every state, and a row in every table."""
    scenario.build(as_, world)
    fill(Stock(app, world))
    made = sa.create_engine(settings.url)
    yield made
    made.dispose()


def test_each_migration_goes_down_up_and_down_with_every_kind_of_row(full: sa.Engine) -> None:
    """What a migration changes of rows that came after the first one is met here, by its way down and by its way up."""
    first, *later = revisions_from_first()
    above = newest = content(full)
    assert {table for table, columns in above.items() if not count(columns)} == set()
    words = admitted(full)
    for lower, upper in reversed(list(pairwise([first, *later]))):
        alembic(full, command.downgrade, lower)
        below = content(full)
        known, words, gone = words, admitted(full), changed(above, below)
        assert gone.keys() == DOWN.get(upper, set()), f"{upper} takes back more than it brought"
        for (table, column), values in known.items():
            if new := values - words.get((table, column), values):
                assert new & set(above[table][column]), f"{upper} meets no row of {table} whose {column} is of {new}"
                other = gone.get(f"{table}.{column}", set()) - new
                assert not other, f"{upper} takes {other} from {table}.{column}, which the release before knows"
        assert told_of(below) <= below.keys() | {"dispatch"}, f"{upper} leaves notices of what is there no more"
        alembic(full, command.upgrade, upper)
        again = content(full)
        assert changed(below, again).keys() == UP.get(upper, set()), f"{upper} changes what it does not name"
        for name, told in FOUND.get(upper, {}).items():
            table, _, column = name.partition(".")
            wanted, found = (list(map(_read, each)) for each in (told(above[table]), again[table][column]))
            assert found == wanted, f"{upper} fills {name} otherwise"
            assert any(each is not None for each in found), f"{upper} meets no row for {name}"
        alembic(full, command.downgrade, lower)
        above = content(full)
        assert changed(below, above).keys() <= UP.get(upper, set()), (
            f"{upper} does not go down the second time as the first"
        )
    for table in ("unit", "user", "plan", "plan_item", "assignment", "finding"):
        assert len(above[table]["id"]) == len(newest[table]["id"]), f"{table} lost rows on the way down to {first}"
    for revision in later:
        alembic(full, command.upgrade, revision)
    with full.connect() as connection:
        assert standing(connection) == Standing.CURRENT
        if full.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    after = content(full)
    assert changed(above, after).keys() == {"evidence_link"}
    # What was linked to rows that went with their tables is so no more.
    assert links(above) == links(after) != []


def _where(columns: Columns, name: str, *states: str) -> list[Any]:
    return [each if state in states else None for each, state in zip(columns[name], columns["state"], strict=True)]


def _read(value: Any) -> Any:
    """JSON by what it says: nothing may be kept as ``null``, or not at all."""
    return json.loads(value) if isinstance(value, str) and (value == "null" or value.startswith("{")) else value


def admitted(engine: sa.Engine) -> dict[tuple[str, str], set[str]]:
    """By table and column: the words that its check knows."""
    found = sa.inspect(engine).get_multi_check_constraints()
    return {
        (table, str(check["name"]).removeprefix(f"ck_{table}_")): set(re.findall("'([a-z_-]+)'", check["sqltext"]))
        for (_, table), checks in found.items()
        for check in checks
    }


def told_of(found: Content) -> set[str]:
    return set(found["notification"]["resource"]) if "notification" in found else set()


def changed(before: Content, after: Content) -> dict[str, set[Any]]:
    """Of the tables and columns that both have: the table, if it has other rows; the columns that hold something else
    in the rows that both have, and what they held."""
    found: dict[str, set[Any]] = {}
    for table in before.keys() & after.keys():
        names = before[table].keys() & after[table].keys()
        one, other = (_by_id({name: each[table][name] for name in names}) for each in (before, after))
        if one.keys() != other.keys():
            found[table] = set()
        for row in one.keys() & other.keys():
            for name in names:
                if one[row][name] != other[row][name]:
                    found.setdefault(f"{table}.{name}", set()).add(one[row][name])
    return found


def _by_id(columns: Columns) -> dict[Any, dict[str, Any]]:
    """A row that has none is known by all that it holds."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {row.get("id", tuple(row.values())): row for row in rows}


def links(found: Content) -> list[tuple[str, int]]:
    """Those to work that the first schema knew."""
    held = found["evidence_link"]
    known = ("assignments", "findings", "rectifications", "visits")
    return [each for each in zip(held["target"], held["target_id"], strict=True) if each[0] in known]
