"""What a landing runs of the suite: a part drawn by ``QL_DRAW`` (CI gives the commit); without it everything is run.

Every second test is run, and one that asks for both databases on one of them: one in three on PostgreSQL, whose tests
take twice as long. Of the walks, which go through every route, form or migration or take as long as such, one in
sixteen is run, and of the pages one in sixteen is looked at in a browser; what issues ask of each landing is run whole.
The same word draws the same part, so that a failure is seen again; other words draw others, so that landings one after
the other come to everything (docs/decisions/0024-how-long-ci-takes.md).
"""

import os
import re
from collections.abc import Sequence
from zlib import crc32

WORD = os.environ.get("QL_DRAW", "")
FOLDERS = ("backup", "bad_input", "browser", "durability", "examples", "fuzz", "generated", "migrations", "running")
WALKS = (
    *(f"tests/{folder}/" for folder in FOLDERS),
    "tests/boxes/test_pages.py::test_a_full_box",
    "tests/documents/test_layout.py",
    "tests/exports/test_long.py",
    "tests/identity/test_accounts.py::test_no_route_is_open",
    "tests/identity/test_first_password.py::test_nothing_opens",
    "tests/imports/test_long.py",
    "tests/imports/test_round_trips.py",
    "tests/jobs/test_schedules.py",
)
ALWAYS = ("tests/durability/test_kills.py", "tests/fuzz/test_api.py", "tests/browser/test_pages.py")
"""10 kills a database; 2,000 cases of the OpenAPI; pages, of which it draws itself."""
ONE_IN = 16
PLAIN_ONE_IN = 2
ON_POSTGRESQL = 3
_DATABASES = ("sqlite", "postgresql")
_DATABASE = re.compile(rf"\b(?:{'|'.join(_DATABASES)})\b")


def drawn(names: Sequence[str], word: str) -> set[str]:
    """Those of the suite's tests, by their names in order, that this word draws."""
    walks = [name for name in names if name.startswith(WALKS) and not name.startswith(ALWAYS)]
    turn = _number(word)
    kept = {name for number, name in enumerate(walks, turn) if number % ONE_IN == 0}
    asked = set(names)
    plain = (name for name in names if not name.startswith(WALKS) and _is_run(name, asked, word))
    return {*kept, *plain, *(name for name in names if name.startswith(ALWAYS))}


def falls_to_this(part: str) -> bool:
    """Whether this part of a walk, a page by its address, is drawn."""
    return not WORD or _number(f"{WORD} {part}") % ONE_IN == 0


def _is_run(name: str, asked: set[str], word: str) -> bool:
    """A plain test; of a pair that is drawn, the one on its database."""
    pair = [_DATABASE.sub(database, name, count=1) for database in _DATABASES]
    turn = _number(f"{word} {pair[0]}")
    if turn % PLAIN_ONE_IN:
        return False
    return not asked.issuperset(pair) or name == pair[turn // PLAIN_ONE_IN % ON_POSTGRESQL == 0]


def _number(text: str) -> int:
    return crc32(text.encode())
