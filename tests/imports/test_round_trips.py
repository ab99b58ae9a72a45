"""What goes out comes back: an exported list changes nothing, a template offers all that its columns take, and a text
that a workbook could not hold is not taken for the whole."""

import io
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

import app.main  # noqa: F401  # Registers what can be imported, and what goes out.
from app.core.exports import LISTS
from app.core.policy import Role
from app.core.tables import CUT
from app.imports.examining import INCOMPLETE
from app.imports.outgoing import OPTIONS, template
from app.imports.registry import IMPORTABLES
from tests.conftest import As
from tests.exported import csv_lines, part
from tests.generated import scenario
from tests.imports.tables import as_xlsx, counts, faults, looked_through, rows_of
from tests.stock import day
from tests.units.merging import OLD, merge, ok
from tests.walk.steps import API
from tests.world import World

ROLES = {each.value: each for each in (Role.SYSADMIN, Role.SECADMIN, Role.SUPERVISOR, Role.SCHOOL, Role.OFFICE)}
"""By account."""
PATHS = {
    "breakdowns": "breakdowns/steps",
    "appraisal-criteria": "appraisals/{id}/criteria",
    "archive-boxes": "archive-boxes/catalogue",
}
"""Lists that are part of something else; the criteria of the newest round, which is open."""
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.mark.parametrize("ended", ["", "merged", "closed"])
def test_every_exported_list_imports_back_unchanged(as_: As, world: World, ended: str) -> None:
    """For each who may import it and sees any of it; also once a school that has rows of every kind has ended."""
    newest = max(scenario.build(as_, world).ids["appraisals"].values())
    if ended == "merged":
        ok(merge(as_, world))
    elif ended:
        path, days = f"{API}/units/{world.unit[OLD]}", {"valid_to": day(-1).isoformat()}
        client = as_("sysadmin")
        ok(client.patch(path, json=days, headers={"if-match": client.get(path).headers["etag"]}))
    met, wrong = set(), {}
    # Whose school took the other in reads what was that one's.
    accounts = ROLES | ({"middle": Role.SCHOOL} if ended else {})
    for name, importable in IMPORTABLES.items():
        for account, role in accounts.items():
            if role not in importable.roles:
                continue
            path = f"{API}/{PATHS.get(name, name).format(id=newest)}"
            rows = len(csv_lines(as_(account).get(f"{path}.csv").content)) - 1
            for suffix in (".csv", ".xlsx") if rows else ():
                content = as_(account).get(f"{path}{suffix}").content
                run = looked_through(as_(account), content, f"表{suffix}", resource=name)
                met.add(name)
                if counts(run) != (0, 0, rows, 0):
                    wrong[name, account, suffix] = rows, counts(run), faults(rows_of(as_(account), run))[:5]
    assert not wrong, "\n".join(map(str, wrong.items()))
    # Of visits, and of what offices take off, the accounts above have none.
    assert (
        met == {*IMPORTABLES} - {"liaison-visits", "appraisal-deductions"}
        and {PATHS.get(name, name) for name in met} <= LISTS.keys()
    )


def test_a_text_that_a_workbook_cut_is_refused(as_: As) -> None:
    content = as_xlsx(("", "青山小学" + CUT, "学校"), heads=("单位编码", "单位名称", "类别"))
    run = looked_through(as_("sysadmin"), content, "单位名录.xlsx")
    assert faults(rows_of(as_("sysadmin"), run)) == [(2, "name", INCOMPLETE, [])]


def offered(content: bytes) -> dict[str, list[str]]:
    """The words of each drop-down, by its column's letter."""
    found = {}
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for each in ElementTree.fromstring(part(content, "xl/worksheets/sheet1.xml")).iter(f"{MAIN}dataValidation"):
        letter, formula = each.attrib["sqref"].partition("2:")[0], each.findtext(f"{MAIN}formula1") or ""
        if formula.startswith(f"'{OPTIONS}'!"):
            lines = book.get_sheet_by_name(OPTIONS).to_python(skip_empty_area=False)
            found[letter] = [str(line[ord(letter) - ord("A")]) for line in lines if line[ord(letter) - ord("A")]]
            assert formula.endswith(f"!${letter}$1:${letter}${len(found[letter])}")
        else:
            found[letter] = formula.strip('"').split(",")
    return found


def test_every_template_offers_the_words_of_its_columns() -> None:
    met = 0
    for importable in IMPORTABLES.values():
        chosen = {chr(ord("A") + at): [*each.choices] for at, each in enumerate(importable.columns) if each.choices}
        assert offered(template(importable)) == chosen, importable.name
        met += len(chosen)
    assert met > 15


def test_a_long_drop_down_is_offered_whole(as_: As) -> None:
    """Excel takes 255 characters within a cell's own rule, and a longer one would be left out without a word."""
    units = IMPORTABLES["units"]
    at = next(at for at, column in enumerate(units.columns) if column.choices)
    words = tuple(f"第{number}类单位" for number in range(100))
    columns: list[Any] = [*units.columns]
    columns[at] = replace(columns[at], choices=words)
    content = template(replace(units, columns=tuple(columns)))
    assert offered(content)[chr(ord("A") + at)] == [*words]
    # The words are no rows: what is read is the first sheet alone.
    assert counts(looked_through(as_("sysadmin"), content, "样表.xlsx"))[0] == 0


LEDGERS = {
    "任务分解台账": ("plans/{plan}/ledger", ("plan-items", "assignments")),
    "督查问题清单": ("findings", ("findings",)),
    "整改台账": ("rectifications", ("rectifications",)),
    "廉政风险点台账": ("integrity-risks", ("integrity-risks",)),
    "三重一大台账": ("major-decisions", ("major-decisions",)),
    "信访举报台账": ("complaints", ("complaints",)),
    "档案盒目录": ("archive-boxes/catalogue", ("archive-boxes",)),
}
"""Each ledger of the domain that holds what was written down: 通报排名 is computed."""


def test_every_ledger_of_the_domain_comes_back_unchanged_with_nothing_to_say(as_: As, world: World) -> None:
    made = scenario.build(as_, world)
    wrong, met = [], set()
    for ledger, (path, resources) in LEDGERS.items():
        path = f"{API}/{path.format(plan=made.ids['plans']['实验小学'])}"
        for name in resources:
            for account in (account for account, role in ROLES.items() if role in IMPORTABLES[name].roles):
                client = as_(account)
                rows = len(csv_lines(client.get(f"{path}.csv").content)) - 1
                for suffix in (".csv", ".xlsx") if rows else ():
                    content = client.get(f"{path}{suffix}").content
                    run = looked_through(client, content, f"表{suffix}", resource=name, mode="commit")
                    met.add((ledger, name))
                    if (*counts(run), run["remark_count"], run["notes"]) != (0, 0, rows, 0, 0, []):
                        wrong.append((ledger, name, account, suffix, rows, counts(run), rows_of(client, run)[:3]))
    assert not wrong, "\n".join(map(str, wrong))
    assert met == {(ledger, name) for ledger, (_, names) in LEDGERS.items() for name in names}
