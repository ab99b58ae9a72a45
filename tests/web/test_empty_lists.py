"""A list that holds nothing says so, and asks nobody to clear conditions that were never set."""

import re

import pytest
from fastapi import FastAPI

from tests.conftest import As
from tests.generated.routes import routes

NOT_LISTS = ("/login", "/logout", "/report", "/metrics", "/livez", "/readyz")
EMPTY = re.compile(r'<div class="empty">.*?</div>', re.S)
CONDITIONS = ("清除条件", "请换个条件", "没有符合条件")


@pytest.mark.parametrize("account", ["supervisor", "school", "auditor", "sysadmin"])
def test_no_list_speaks_of_conditions_where_none_was_set(app: FastAPI, as_: As, account: str) -> None:
    person = as_(account)
    paths = [r.path for r in routes(app) if r.method == "GET" and not r.is_json and "{" not in r.path]
    seen, wrong = 0, []
    for path in paths:
        if path.startswith(NOT_LISTS) or re.search(r"\.\w+$|/export", path):
            continue
        page = person.get(path)
        for empty in EMPTY.findall(page.text):
            seen += 1
            if any(words in empty for words in CONDITIONS):
                wrong.append((path, re.sub(r"<[^>]*>|\s+", " ", empty).strip()))
        if "没有符合条件的内容" in page.text:
            wrong.append((path, "没有符合条件的内容"))
    assert seen >= 2 and wrong == []


def test_a_list_in_which_nothing_is_found_tells_the_conditions(app: FastAPI, as_: As) -> None:
    person, told, untold = as_("supervisor"), 0, []
    for path in [r.path for r in routes(app) if r.method == "GET" and not r.is_json and "{" not in r.path]:
        if path.startswith((*NOT_LISTS, "/search")) or re.search(r"\.\w+$|/export|/print|/ledger", path):
            continue
        for empty in EMPTY.findall(person.get(path, params={"q": "没有这样的内容"}).text):
            if "清除条件" in empty:
                told += 1
                untold += [] if "当前条件：“没有这样的内容”" in empty else [(path, empty)]
    assert told > 20 and untold == []
