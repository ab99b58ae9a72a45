"""docs/plan-coverage.md tells of every row, of every page and path that there is, and of nothing that is not there."""

import re
from itertools import chain
from pathlib import Path

from tests.generated.routes import routes
from tests.plan_rows import coverage
from tests.plan_rows.foundation import BESIDE, FOUNDATION
from web.main import create_app

TESTS = Path(__file__).parents[1]


def test_every_row_is_told_of_with_its_tests_and_what_exists() -> None:
    parts = coverage.written()
    assert list(parts) == list(coverage.ROWS)
    there = {route.label for route in routes(create_app())}
    for row, part in parts.items():
        assert coverage.labels_in(part) <= there, f"row {row}"
        for test in coverage.tests_of(row):
            assert test.name in part, f"row {row}"
        assert coverage.tests_of(row) or "No test of its own yet." in part, f"row {row}"


def test_every_page_and_path_is_walked_for_a_row_or_named_with_why() -> None:
    there = [route.path for route in routes(create_app()) if not route.path.startswith("/static")]
    grounds = set(chain.from_iterable(FOUNDATION.values()))
    of_rows = {coverage.shape(path) for path in there if coverage.noun(path) not in grounds}
    walked = {
        coverage.shape(label.split()[1]) for part in coverage.written().values() for label in coverage.labels_in(part)
    }
    beside = list(chain.from_iterable(BESIDE.values()))
    left = sorted(of_rows - walked - set(beside))
    assert not left, f"walk through {left} in a row's test, or name them in tests/plan_rows/foundation.py"
    gone = sorted(set(beside) - (of_rows - walked))
    assert not gone and len(beside) == len(set(beside)), f"foundation.py names {gone}, which is walked or not there"
    assert grounds <= {coverage.noun(path) for path in there}, "a noun of the foundation is not there any more"


def test_what_stands_beside_a_row_is_of_a_resource_that_the_row_walks_through() -> None:
    folders, walked = coverage.folders(create_app()), coverage.written()
    for row, paths in BESIDE.items():
        known = set[str]().union(*(folders[coverage.noun(each.split()[1])] for each in coverage.labels_in(walked[row])))
        strange = [path for path in paths if known.isdisjoint(folders[coverage.noun(path)])]
        assert not strange, f"row {row} walks through nothing of {strange}: name them beside another, or walk"


def test_what_stands_beside_a_row_is_walked_by_the_tests_of_its_resource() -> None:
    folders = coverage.folders(create_app())
    words = {each.name: " ".join(path.read_text() for path in each.rglob("*.py")) for each in TESTS.iterdir()}
    unsaid = []
    for path in chain.from_iterable(BESIDE.values()):
        last = [part for part in path.split("/") if part and not part.startswith("{")][-1]
        told = [words.get(folder, "") for folder in folders[coverage.noun(path)]]
        if not any(re.search(rf"\b{last.replace('-', '[-_]')}\b", each) for each in told):
            unsaid.append(path)
    assert not unsaid, f"no test of its resource says how {unsaid} is walked"


def test_the_document_says_what_is_named_beside_and_beneath_the_rows() -> None:
    told = coverage.PLACE.read_text()
    assert told == coverage.whole(coverage.written()), "QL_APPROVE=1 uv run pytest tests/plan_rows -n 0 writes it anew"
