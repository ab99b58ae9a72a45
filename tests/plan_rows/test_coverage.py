"""docs/plan-coverage.md tells of every row, and of nothing that is not there."""

from tests.generated.routes import routes
from tests.plan_rows import coverage


def test_every_row_is_told_of_with_its_tests_and_what_exists() -> None:
    parts = coverage.written()
    assert list(parts) == list(coverage.ROWS)
    from web.main import create_app

    there = {route.label for route in routes(create_app())}
    for row, part in parts.items():
        assert coverage.labels_in(part) <= there, f"row {row}"
        for test in coverage.tests_of(row):
            assert test.name in part, f"row {row}"
        assert coverage.tests_of(row) or "No test of its own yet." in part, f"row {row}"
