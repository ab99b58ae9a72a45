"""docs/nginx.conf keeps what the program promises: the same doors closed, the same requests in no log, no token led on."""

import json
import re
from pathlib import Path

from app.core import unwatched
from app.identity.gate import API, BY_SECRET, PROBES, PUBLIC

TEXT = re.sub(r"(?m)^\s*#.*$", "", (Path(__file__).parents[2] / "docs" / "nginx.conf").read_text())
PLAIN, SECURE = (f"\n{server}" for server in re.split(r"(?m)^server \{", TEXT)[1:])
UNLOGGED = "access_log off;"


def locations(server: str) -> dict[str, str]:
    """What each location of a server says, by its pattern."""
    return {
        place.strip(): said for place, said in re.findall(r"\n    location (.+?) \{\n(.*?)\n    \}", server, re.DOTALL)
    }


def is_logged(path: str) -> bool:
    """Whether the server for TLS writes a line of it: the first pattern that fits, else the longest prefix."""
    patterns = {place.removeprefix("~ "): said for place, said in locations(SECURE).items() if place.startswith("~ ")}
    said = next((said for pattern, said in patterns.items() if re.search(pattern, path)), locations(SECURE)["/"])
    return UNLOGGED not in said


def test_what_only_those_who_watch_may_ask_is_closed() -> None:
    closed = re.search(r"location ~ \^/\(([a-z|]+)\)\$ \{\s+return 404;", SECURE)
    assert closed and {f"/{name}" for name in closed[1].split("|")} == PROBES


def test_no_line_is_written_of_what_the_program_notes_nothing_of() -> None:
    secret = [
        path.replace("{token}", "q" * 43) for _, path in PUBLIC if BY_SECRET.fullmatch(path.replace("{token}", "q"))
    ]
    of_the_public = [path for _, path in PUBLIC if unwatched.is_unnoted(path)]
    assert len(secret) == 4 and len(of_the_public) > 10
    page = [f"{unwatched.STATIC}ql.css", f"{unwatched.STATIC}seal.svg", f"{unwatched.PAGES}/anything"]
    assert [path for path in [*secret, *of_the_public, *page] if is_logged(path)] == []
    others = ("/", "/login", "/reports", "/assignments", "/api/v1/units", "/calendar-days", "/unsubscribed")
    assert [path for path in others if not is_logged(path)] == []


def test_port_80_writes_no_line_and_leads_no_token_on() -> None:
    assert "listen 80;" in PLAIN and "listen 443 ssl;" in SECURE
    outside = re.sub(r"\{.*?\n    \}", "", PLAIN, flags=re.DOTALL)
    assert UNLOGGED in outside and PLAIN.count("access_log") == 1
    places = locations(PLAIN)
    assert places.keys() == {API, "/"} and places["/"].strip() == "return 301 https://$host$request_uri;"
    told = re.search(r"default_type application/problem\+json;\s+return 403 '(.+)';", places[API])
    assert told and json.loads(told[1]).keys() == {"type", "status", "code", "title", "detail"}
    assert json.loads(told[1])["status"] == 403
