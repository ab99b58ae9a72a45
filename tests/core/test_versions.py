"""No lost update: a PATCH says on which version it stands."""

from typing import Any

import pytest

from tests.conftest import As
from tests.world import World


@pytest.fixture
def unit(as_: As, world: World) -> Any:
    path = f"/api/v1/units/{world.unit['实验小学']}"

    def patch(if_match: str | None, **fields: Any) -> Any:
        headers = {} if if_match is None else {"if-match": if_match}
        return as_("sysadmin").patch(path, json=fields or {"name": "改名小学"}, headers=headers)

    patch.path = path  # type: ignore[attr-defined]
    return patch


def test_patch_without_if_match_is_428(unit: Any) -> None:
    answer = unit(None)
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


@pytest.mark.parametrize("sent", ['"99"', "99", "*", '"abc"', "", '"-1"', '"１"', '"' + "9" * 4000 + '"', '"1", "2"'])
def test_stale_or_senseless_if_match_is_412(unit: Any, sent: str) -> None:
    answer = unit(sent.encode("utf-8"))
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")


def test_etag_of_a_read_is_what_patch_wants(unit: Any, as_: As) -> None:
    read = as_("sysadmin").get(unit.path)
    assert read.headers["etag"] == f'"{read.json()["version"]}"'
    first = unit(read.headers["etag"], name="第一次")
    assert first.status_code == 200
    assert first.headers["etag"] != read.headers["etag"]
    assert unit(read.headers["etag"], name="第二次").status_code == 412
    assert unit("W/" + first.headers["etag"], name="第三次").status_code == 200


def test_of_two_editors_one_loses_and_is_told(unit: Any, as_: As) -> None:
    seen = as_("sysadmin").get(unit.path).headers["etag"]
    assert sorted(unit(seen, name=name).status_code for name in ("甲改", "乙改")) == [200, 412]
    assert as_("sysadmin").get(unit.path).json()["name"] == "甲改"


def test_precondition_comes_after_authorisation(as_: As, world: World) -> None:
    path = f"/api/v1/units/{world.unit['实验小学']}"
    answer = as_("school").patch(path, json={"name": "自改"}, headers={"if-match": '"99"'})
    assert answer.status_code == 403
    assert as_("other_school").patch(path, json={"name": "自改"}, headers={"if-match": '"1"'}).status_code == 404


def test_an_edit_of_an_older_version_is_in_the_log(unit: Any, as_: As) -> None:
    assert unit('"99"').status_code == 412
    [event] = as_("auditor").get("/api/v1/events?outcome=refused").json()["data"]
    assert (event["operation"], event["code"]) == ("unit.edit", "stale")
