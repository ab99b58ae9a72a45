"""docs/plan-coverage.md: for each row of what the plan demands, the pages and paths that its tests walk through.

The tests of tests/plan_rows say it while they run, and ``QL_APPROVE=1 uv run pytest tests/plan_rows -n 0`` writes it
anew, for reading once more. What no row walks through is named in foundation.py and held against the routes, the folders
that they come from and the tests of these: ``test_coverage.py``.
"""

import re
from pathlib import Path

from fastapi import FastAPI

from tests.generated.routes import API, Route, noun_of, routes
from tests.plan_rows.foundation import BESIDE, FOUNDATION

PLACE = Path(__file__).parents[2] / "docs" / "plan-coverage.md"
HERE = Path(__file__).parent
ROWS = {
    1: "The yearly plan: basis documents, versions, issue",
    2: "The leading group and its office; each school's own",
    3: "Items in areas, responsible offices, groups expanded to units, dispatch",
    4: "Schools break the plan down and set their own assessment",
    5: "Tiers of responsibility: secretary, principal, dual duty; heads of offices",
    6: "Filings: responsibility list, rules of procedure, charter, one plan per school",
    7: "三重一大: collective decisions and their supervised process",
    8: "Ideology: risk checks, situation analysis, venues",
    9: "Themed study and activities, reading coverage, teacher drills",
    10: "Work-style appraisal, reminders and talks for the lowest",
    11: "Rule-of-law reports heard regularly",
    12: "Integrity risks: search, rating, ledger, prevention",
    13: "Cases, restricted to their handlers",
    14: "Special campaigns with their own group; joint inspection of fees",
    15: "Ethics violations investigated and circulated",
    16: "Clean-culture activities with photos and contests",
    17: "Indicators: homework, after-school service 1:1",
    18: "Complaints, hidden tutoring",
    19: "Evidence classified, itemised, boxed, ready for inspection",
    20: "Paired offices visit and urge their schools",
    21: "Announced and unannounced inspections",
    22: "What was found is rectified in time",
    23: "Circulars, talks, accountability for slow or poor work",
    24: "Highlights, experience, publicity; analyses that improve the plan",
}
HEAD = """# What the plan demands, and what carries it

Each of the 24 rows of DOMAIN.md §5 has a test named after it in [tests/plan_rows](../tests/plan_rows), which goes through
it from one end to the other as its people do. This page is written by those tests: a page or path stands here because
the row's test was answered there. What has no test yet says so. Beside it stands what the row's people may also do and
the tests of its resources walk through. Together with [what every row stands on](#what-every-row-stands-on) this names
every page and path that there is.
"""


def row_of(path: Path) -> int:
    found = re.match(r"test_row_(\d+)_", path.name)
    assert found, f"{path.name} names no row"
    return int(found[1])


def tests_of(row: int) -> list[Path]:
    return sorted(HERE.glob(f"test_row_{row:02}_*.py"))


def is_one_test(row: int) -> bool:
    return sum(len(re.findall(r"(?m)^def test_", each.read_text())) for each in tests_of(row)) == 1


def route_of(app: FastAPI, method: str, path: str) -> Route | None:
    """The most literal of the routes that take it."""
    for route in sorted(routes(app), key=lambda each: each.path.count("{")):
        pattern = re.sub(r"\{(\w+)(:\w+)?\}", r"[^/]+", route.path)
        if route.method == method and re.fullmatch(pattern, path):
            return route
    return None


def section(row: int, walked: set[str]) -> str:
    """``walked``: labels like ``GET /filings/{id}``."""
    lines = [f"## {row} {ROWS[row]}", ""]
    tests = tests_of(row)
    if not tests:
        return "\n".join([*lines, "No test of its own yet.", ""])
    lines += ["Test: " + ", ".join(f"[{each.name}](../tests/plan_rows/{each.name})" for each in tests), ""]
    for name, labels in (
        ("Pages", [each for each in walked if API not in each]),
        ("API", [each for each in walked if API in each]),
    ):
        # By what is asked for, reading before writing.
        told = sorted(labels, key=lambda label: (label.split()[1].replace(API, ""), label))
        lines += [f"{name}: " + (", ".join(f"`{each.replace(API, '')}`" for each in told) or "none"), ""]
    return "\n".join(lines)


def beside(row: int) -> str:
    return f"Beside it: {', '.join(f'`{path}`' for path in sorted(BESIDE[row]))}\n" if row in BESIDE else ""


def foundation() -> str:
    lines = ["## What every row stands on", ""]
    for subject, nouns in FOUNDATION.items():
        lines.append(f"- {subject}: {', '.join(f'`/{noun}`' for noun in sorted(nouns))}")
    return "\n".join(lines) + "\n"


def written() -> dict[int, str]:
    """Row → its section as it stands in the document."""
    parts = re.split(r"(?m)^(?=## )", PLACE.read_text()) if PLACE.exists() else []
    return {int(part.split()[1]): part for part in parts if re.match(r"## \d+ ", part)}


def whole(sections: dict[int, str]) -> str:
    """The document of these sections, each with what is beside it as it is said today."""
    parts = [HEAD]
    for row in ROWS:
        told = re.sub(r"(?m)^Beside it: .*\n", "", sections.get(row) or section(row, set())).strip()
        parts.append("\n\n".join(part for part in (told, beside(row).strip()) if part) + "\n")
    return "\n".join([*parts, foundation()])


def write(sections: dict[int, str]) -> None:
    PLACE.write_text(whole(sections))


def shape(path: str) -> str:
    """A page and its path in the API are one, and so are a list's exports, its printed page and its forms; a page has a
    path for what is a method of the API."""
    path = re.sub(r"\{[^}]+\}", "{id}", path.removeprefix(API))
    path = re.sub(r"\.\w+$", "", path)
    return re.sub(r"/(print|bulk|new|edit|delete)$", "", path) or "/"


def noun(path: str) -> str:
    return noun_of(path).partition(".")[0]


def folders(app: FastAPI) -> dict[str, set[str]]:
    """Noun → the folders of app/ and web/ whose routes bear it."""
    found: dict[str, set[str]] = {}
    for route in routes(app):
        package, _, rest = route.endpoint.__module__.partition(".")
        # A step's route is made by the core, and says nothing of where its resource is.
        if package in ("app", "web") and "." in rest and not rest.startswith("core."):
            found.setdefault(noun(route.path), set()).add(rest.partition(".")[0])
    return found


def labels_in(part: str) -> set[str]:
    found = set()
    for line in part.splitlines():
        prefix = API if line.startswith("API: ") else ""
        for method, path in re.findall(r"`([A-Z]+) (/[^`]*)`", line):
            found.add(f"{method} {prefix}{path}")
    return found
