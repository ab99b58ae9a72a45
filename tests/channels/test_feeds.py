"""A calendar by a secret address: whole, correct, as its owner may see it at each fetch, and nobody else's."""

import io
import json
import re
from datetime import date

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.channels.ics import Entry, calendar, folded
from app.core.calendar import now
from app.my_work.deadlines import DEADLINES, EXPECTED
from tests.channels.conftest import SITE
from tests.conftest import As, form
from tests.generated.rows import SCHOOL
from tests.identity.test_dump import dump
from tests.notifications.test_deadlines import with_deadlines
from tests.running.test_log import lines as lines  # the fixture
from tests.stock import Stock
from tests.walk.steps import API, inspection, ok
from tests.world import World

FEED = f"{API}/me/calendar-feed"


def feed_of(browse: As, account: str) -> str:
    return str(ok(browse(account).post(FEED), 201)["path"])


def titles(client: TestClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    text = answer.text.replace("\r\n ", "")
    return re.findall(r"^SUMMARY:(.*)\r$", text, re.MULTILINE)


def due(stock: Stock, unit: str, days: int = 5) -> int:
    plan = stock.plan()
    return stock.assignment(plan, stock.item(plan), unit, "in_progress", days=days)


def test_the_feed_holds_the_open_deadlines_of_ones_units(
    client: TestClient, browse: As, as_: As, world: World, stock: Stock
) -> None:
    task, matter = due(stock, "实验小学"), stock.rectification("实验小学", "in_progress", days=3)
    due(stock, "第一中学")
    stock.rectification("实验小学", "closed", days=3)
    seen = inspection(as_, [world.unit["实验小学"]])["id"]
    path = feed_of(browse, "school")
    told = {f"任务到期：实验小学 #{task}", f"整改到期：实验小学 #{matter}", f"督查检查 #{seen}"}
    assert set(titles(client, path)) == told
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store" and answer.content == client.get(path).content
    lines = answer.content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and lines[-2:] == [b"END:VCALENDAR", b""] and b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75


def test_an_address_is_good_until_it_is_renewed_or_revoked_and_is_nowhere_but_with_its_owner(
    app: FastAPI, client: TestClient, browse: As
) -> None:
    browser = browse("school")
    page = browser.post("/account/notices/feed", data=form(browser)).text
    first = re.search(rf"{SITE}(/calendar/[\w-]{{43}}\.ics)", page)
    assert first and client.get(first[1]).status_code == 200
    assert first[1] not in browser.get("/account/notices").text
    second = ok(browser.post(FEED), 201)["path"]
    assert client.get(first[1]).status_code == 404 and client.get(second).status_code == 200
    token = second.removeprefix("/calendar/").removesuffix(".ics")
    assert token.encode() not in dump(app)
    ok(browser.post(f"{FEED}/revoke"))
    assert client.get(second).status_code == 404 and browser.post(f"{FEED}/revoke").status_code == 409


def test_a_token_makes_no_feed(as_: As) -> None:
    refused = as_("school").post(FEED)
    assert (refused.status_code, refused.json()["code"]) == (403, "session_required")


def test_what_its_owner_may_not_see_any_more_is_gone_at_the_next_fetch(
    client: TestClient, browse: As, as_: As, world: World, stock: Stock
) -> None:
    task = due(stock, "实验小学")
    path = feed_of(browse, "school")
    assert titles(client, path) == [f"任务到期：实验小学 #{task}"]
    grants = ok(as_("secadmin").get(f"{API}/role-grants", params={"user_id": world.user["school"]}))["data"]
    for grant in grants:
        ok(as_("secadmin").post(f"{API}/role-grants/{grant['id']}/end", json={"note": "调离。"}))
    assert titles(client, path) == []
    user = f"{API}/users/{world.user['school']}"
    version = ok(as_("sysadmin").get(user))["version"]
    ok(as_("sysadmin").patch(user, json={"disabled": True}, headers={"if-match": f'"{version}"'}))
    assert client.get(path).status_code == 404


def test_no_line_of_the_log_holds_the_address(lines: io.StringIO, client: TestClient, browse: As, stock: Stock) -> None:
    path = feed_of(browse, "school")
    assert client.get(path).status_code == 200
    routes = [json.loads(line).get("route") for line in lines.getvalue().splitlines()]
    assert "/calendar/{token}.ics" in routes and path[10:30] not in lines.getvalue()


def test_lines_fold_within_75_octets_without_cutting_a_character() -> None:
    line = "SUMMARY:" + "清廉学校" * 30
    parts = folded(line).split("\r\n")
    assert len(parts) > 3 and all(len(part.encode()) <= 75 for part in parts)
    assert "".join([parts[0], *(part.removeprefix(" ") for part in parts[1:])]) == line
    made = calendar("甲", [Entry("a@b", 2, now(), date(2026, 11, 30), date(2026, 11, 30), "一,二;三\\四\n五")])
    assert "SUMMARY:一\\,二\\;三\\\\四\\n五\r\n" in made
    assert "DTSTART;VALUE=DATE:20261130\r\nDTEND;VALUE=DATE:20261201\r\n" in made


def test_the_feed_holds_every_deadline_that_a_notice_tells_of(
    client: TestClient, browse: As, as_: As, stock: Stock
) -> None:
    made = with_deadlines(stock)
    called = {(each.resource, each.title) for each in (*DEADLINES, *EXPECTED)} | {("document", "公文回执到期")}
    found = set(titles(client, feed_of(browse, "school")))
    for name, row_id in made:
        assert found & {f"{title}：{SCHOOL} #{row_id}" for resource, title in called if resource == name}, name
    assert {title.partition("：")[0] for title in found} == {title for _, title in called}
    assert not [title for title in found if SCHOOL not in title]
    assert {title.partition("：")[0] for title in titles(client, feed_of(browse, "middle"))} == {"廉政风险排查到期"}
    assert titles(client, feed_of(browse, "supervisor")) == []
