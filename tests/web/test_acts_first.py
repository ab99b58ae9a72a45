"""On a phone what stands aside comes last: a form by which a row is accepted or sent back would be its page's end."""

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
TWO_WAYS = 'class="acts even"'
"""The buttons of whoever decides: yes and no, side by side."""


def test_every_page_of_a_reviewer_puts_the_decision_first() -> None:
    found = [path for path in sorted(WEB.rglob("*.html")) if TWO_WAYS in path.read_text().partition('"stack aside"')[2]]
    assert len(found) >= 12
    last = [str(path) for path in found if not re.search(r'class="cols [^>]*(acts|aside)-first', path.read_text())]
    assert last == []
