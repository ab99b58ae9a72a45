"""A list that holds nothing says so, tells by what it is narrowed, and speaks of no conditions that were never set."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi import FastAPI

from tests.conftest import As
from tests.generated.routes import routes
from tests.world import World

NOT_LISTS = ("/login", "/logout", "/report", "/metrics", "/livez", "/readyz", "/search")
EMPTY = re.compile(r'<div class="empty">.*?</div>', re.S)
CONDITIONS = ("清除条件", "请换个条件", "没有符合条件")
NOTHING = "没有这样的内容"
FAR = "2190-01-01"


def lists(app: FastAPI) -> list[str]:
    paths = [r.path for r in routes(app) if r.method == "GET" and not r.is_json and "{" not in r.path]
    return [
        path
        for path in paths
        if not path.startswith(NOT_LISTS) and not re.search(r"\.\w+$|/export|/print|/ledger", path)
    ]


@pytest.mark.parametrize("account", ["supervisor", "school", "auditor", "sysadmin"])
def test_no_list_speaks_of_conditions_where_none_was_set(app: FastAPI, as_: As, account: str) -> None:
    person = as_(account)
    seen, wrong = 0, []
    for path in lists(app):
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
    for path in lists(app):
        for empty in EMPTY.findall(person.get(path, params={"q": NOTHING}).text):
            if any(words in empty for words in CONDITIONS):
                told += 1
                untold += [] if re.search(f"当前条件：[^<]*“{NOTHING}”。", empty) else [(path, empty)]
    assert told > 25 and untold == []


FORM = re.compile(r'<form class="filters".*?</form>', re.S)


def settings(form: str) -> Iterator[tuple[str, str, str]]:
    """(name, value, words) of each condition that a form offers: its last option, a day or a year far away."""
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        if found := re.findall(r'<option value="([^"]+)"[^>]*>(.*?)</option>', options, re.S):
            yield name, unescape(found[-1][0]), found[-1][1]
    for kind, field, name in re.findall(r'<input type="(date|number|text)"[^>]* id="([^"]+)" name="(\w+)"', form):
        value = FAR if kind == "date" else FAR[:4]
        label = form.partition(f'<label for="{field}">')[2].partition("<")[0].strip()
        yield name, value, f"{label} {value}"


@pytest.mark.parametrize(("account", "least"), [("supervisor", 60), ("school", 30), ("auditor", 4), ("sysadmin", 3)])
def test_each_field_of_a_lists_form_is_among_the_conditions(app: FastAPI, as_: As, account: str, least: int) -> None:
    person, told, untold = as_(account), 0, list[str]()
    for path in lists(app):
        for form in FORM.findall(person.get(path).text):
            for name, value, words in (each for each in settings(form) if each[0] != "sort"):
                asked = {name: value, "q": NOTHING} if 'name="q"' in form else {name: value}
                for empty in EMPTY.findall(person.get(path, params=asked).text):
                    if any(each in empty for each in CONDITIONS):
                        told += 1
                        untold += [] if re.search(f"{re.escape(words)}[、。]", empty) else [f"{path} {asked} {empty}"]
    assert told > least and untold == []


def test_a_marked_pill_or_tile_is_a_condition_and_the_one_for_all_is_none(as_: As) -> None:
    person = as_("supervisor")
    for address, words in [
        ("/accountability-actions?overdue=true", "逾期未答复"),
        ("/complaints?overdue=true&named=false", "逾期、匿名"),
        ("/liaison-matters?late=true", "逾期未答复"),
        ("/filings?state=filed&reviewed=false&year=2190", "待审核、年度 2190"),
        ("/complaints?category=fees", None),
        ("/liaison-visits/coverage?standing=none", "一次也没有"),
    ]:
        page = person.get(f"{address}&q={NOTHING}").text
        empty = next(each for each in EMPTY.findall(page) if "清除条件" in each)
        assert "全部" not in empty, address
        assert words is None or f"当前条件：{words}、" in empty, (address, empty)


def test_what_a_link_alone_brings_is_told_too(as_: As, world: World) -> None:
    page = as_("auditor").get("/events?user_id=1&resource_id=7&operation=plan.dispatch&resource=evidence").text
    assert "当前条件：下发、印证资料、指定的用户、指定的对象。" in page
    page = as_("supervisor").get(f"/documents?unit_id={world.unit['教育股']}&year=2190").text
    assert "当前条件：年度 2190、指定的单位。" in page
    page = as_("supervisor").get("/archive-boxes?year=2190&plan_id=1").text
    assert "年度 2190" in page.partition("当前条件：")[2].partition("。")[0]
