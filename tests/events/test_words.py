"""The audit page says in Chinese what was done, whatever it was."""

import re
from pathlib import Path

import web.main  # noqa: F401  # Its resources bring their workflows.
from web.events.words import operation

APP = Path(__file__).parents[2] / "app"
NAMED = re.compile(r'@operation\("([a-z_.]+)"\)|\boperation="([a-z_.]+)"')


def test_every_operation_has_words() -> None:
    named = {one or other for file in APP.rglob("*.py") for one, other in NAMED.findall(file.read_text())}
    assert len(named) > 70
    assert sorted(name for name in named if re.search("[a-z]", operation(name))) == []
