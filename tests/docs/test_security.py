"""docs/security.md names what is there: each file, each test; every promise; every requirement of levels 1 and 2."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(
    r"`((?:app|web|tests|benchmarks|migrations|docs)/[\w./-]*|[\w-]+\.(?:lock|toml|yml)|Dockerfile)(?:::(\w+))?`"
)
ROW = re.compile(r"^\| (V[\d. V]+) \| ([12]) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
PER_LEVEL = {"1": 70, "2": 183}
"""As ASVS 5.0.0 lists them."""


def test_every_file_and_test_named_exists() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 100
    gone = []
    for path, test in named:
        place = ROOT / path
        if not place.exists() or (test and f"def {test}(" not in place.read_text()):
            gone.append(f"{path}::{test}" if test else path)
    assert gone == []


def test_every_promise_has_its_row() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 24))
    unshown = [number for number, mechanism, shown in rows if "`" not in shown and "later issue" not in mechanism]
    assert unshown == ["12"], "what is not there yet says so; 12 comes with 11"


def test_every_requirement_of_levels_1_and_2_is_answered_once() -> None:
    answers = [(each, level, status) for ids, level, status, _ in ROW.findall(TEXT) for each in ids.split()]
    assert [each for each, times in Counter(each for each, *_ in answers).items() if times > 1] == []
    assert Counter(level for _, level, _ in answers) == PER_LEVEL
    for level, together in PER_LEVEL.items():
        found = Counter(status for _, of, status in answers if of == level)
        figures = [found.pop(status) for status in ("met", "not met", "not applicable")]
        assert found == {} and f"| {level} | {' | '.join(map(str, figures))} | {together} |" in TEXT
