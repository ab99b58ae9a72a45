"""docs/security.md names what is there: each file, each test and its rows; every promise; every line of bad input; every
requirement of levels 1 and 2."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(
    r"`((?:app|web|tests|benchmarks|migrations|docs)/[\w./-]*|[\w-]+\.(?:lock|toml|yml)|Dockerfile)"
    r"(?:::(\w+)(?:\[([^`]+)\])?)?`"
)
"""A file, a test in it, and the rows of the test's table."""
ROW = re.compile(r"^\| (V[\d. V]+) \| ([12]) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
PER_LEVEL = {"1": 70, "2": 183}
"""As ASVS 5.0.0 lists them."""


BAD_INPUT = TEXT.partition("\n## Bad input\n")[2].partition("\n## ")[0]
LINES_AT_LEAST = 80
WHOLLY = {
    "tests/bad_input/test_files.py": "ROWS",
    "tests/plans/test_documents.py": "bad",
    "tests/imports/test_files.py": "bad",
}
"""Tables of which every row stands in the catalogue."""


def rows_of(path: str, table: str) -> list[str]:
    """What the rows of a test's table are called: read, not made, since some of them are large."""
    tree = ast.parse((ROOT / path).read_text())
    [found] = [each for each in tree.body if table in (getattr(each, "name", ""), ast.unparse(each)[: len(table)])]
    rows = next(each for each in ast.walk(found) if isinstance(each, ast.Tuple) and len(each.elts) > 10).elts
    return [str(ast.literal_eval(row.args[0] if isinstance(row, ast.Call) else row.elts[0])) for row in rows]  # type: ignore[attr-defined]


def test_every_file_test_and_row_named_exists() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 200
    gone = []
    for path, test, rows in named:
        place = ROOT / path
        if not place.exists() or (test and f"def {test}(" not in place.read_text()):
            gone.append(f"{path}::{test}" if test else path)
        elif rows:
            gone += [f"{path}::{test}[{row}]" for row in rows.split("; ") if f'"{row}"' not in place.read_text()]
    assert gone == []


def test_every_bad_input_has_its_answer_and_a_test() -> None:
    lines = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", BAD_INPUT, re.MULTILINE)
    sent = [what for what, *_ in lines if what not in ("what is sent", "---")]
    assert len(sent) >= LINES_AT_LEAST
    assert len(lines) == len(re.findall(r"^\|", BAD_INPUT, re.MULTILINE)) - BAD_INPUT.count("|---|---|---|")
    for what, answer, shown in lines:
        if what == "what is sent":
            continue
        assert any(test for _, test, _ in NAMED.findall(shown)), f"{what}: no test is named"
        assert set(re.findall(r"\b5\d\d\b", answer)) <= {"507"}, f"{what}: a fault of the server"


def test_every_row_of_the_tables_of_files_is_in_the_catalogue() -> None:
    named = {(path, row) for path, _, rows in NAMED.findall(BAD_INPUT) for row in rows.split("; ")}
    for path, table in WHOLLY.items():
        rows = rows_of(path, table)
        assert len(rows) >= 30, path
        assert [row for row in rows if (path, row) not in named] == [], path


def test_every_promise_has_its_row() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 24))
    unshown = [number for number, mechanism, shown in rows if "`" not in shown and "later issue" not in mechanism]
    assert unshown == [], "what is not there yet says so"


def test_every_requirement_of_levels_1_and_2_is_answered_once() -> None:
    answers = [(each, level, status) for ids, level, status, _ in ROW.findall(TEXT) for each in ids.split()]
    assert [each for each, times in Counter(each for each, *_ in answers).items() if times > 1] == []
    assert Counter(level for _, level, _ in answers) == PER_LEVEL
    for level, together in PER_LEVEL.items():
        found = Counter(status for _, of, status in answers if of == level)
        figures = [found.pop(status) for status in ("met", "not met", "not applicable")]
        assert found == {} and f"| {level} | {' | '.join(map(str, figures))} | {together} |" in TEXT
