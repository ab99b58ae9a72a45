"""Review of a draft: unknown names with suggestions, what they stand for, settings for one item or for all."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import As
from tests.plans.texts import KNOWN, PLAN, draft, items_of
from tests.world import World


def unresolved(client: TestClient, plan_id: int) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/plans/{plan_id}/unresolved")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def resolve(client: TestClient, plan_id: int, *resolutions: dict[str, Any]) -> Any:
    return client.post(f"/api/v1/plans/{plan_id}/resolve", json={"resolutions": list(resolutions)})


def add_unit(as_: As, code: str, name: str, *aliases: str) -> int:
    body = {"code": code, "name": name, "kind": "subordinate_unit", "aliases": list(aliases)}
    made = as_("sysadmin").post("/api/v1/units", json=body)
    assert made.status_code == 201, made.text
    unit_id: int = made.json()["id"]
    return unit_id


def test_unknown_names_come_with_suggestions_and_why(as_: As) -> None:
    project = add_unit(as_, "X1", "项目建设办公室")
    training = add_unit(as_, "X2", "教师培训中心")
    growth = add_unit(as_, "X3", "教师发展中心", "师训中心")
    supervisor = as_("supervisor")
    plan_id = draft(supervisor)["id"]
    numbers = {item["id"]: item["number"] for item in items_of(supervisor, plan_id)}
    office, centre = unresolved(supervisor, plan_id)
    assert (office["name"], [numbers[item["id"]] for item in office["items"]]) == ("校建办", ["2", "4"])
    assert [(near["unit_id"], near["reason"]) for near in office["suggestions"]] == [(project, "名称相近")]
    assert [(near["unit_id"], near["reason"]) for near in centre["suggestions"]] == [
        (training, "含“培训中心”"),
        (growth, "别名“师训中心”"),
    ]


def test_resolving_a_name_serves_every_item_that_has_it(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    plan = draft(supervisor)
    unit_id = world.unit["办公室"]
    done = resolve(supervisor, plan["id"], {"name": "校建办", "unit_id": unit_id})
    assert done.status_code == 200, done.text
    assert (done.json()["unresolved_count"], done.json()["version"]) == (1, plan["version"] + 1)
    items = items_of(supervisor, plan["id"])
    assert [each["unit_id"] for n in (1, 3) for each in items[n]["responsibilities"] if each["name"] == "校建办"] == [
        unit_id,
        unit_id,
    ]
    assert [name["name"] for name in unresolved(supervisor, plan["id"])] == ["培训中心"]
    assert as_("supervisor").get("/api/v1/unit-aliases?q=校建办").json()["data"] == []


def test_remembered_name_is_known_from_then_on(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    first = draft(supervisor)
    both = [
        {"name": "校建办", "unit_id": world.unit["办公室"], "remember": True},
        {"name": "培训中心", "unit_group_id": world.group["二级单位"], "remember": True},
    ]
    assert resolve(supervisor, first["id"], *both).json()["unresolved_count"] == 0
    second = draft(supervisor, PLAN + "\n")
    assert second["unresolved_count"] == 0
    named = items_of(supervisor, second["id"])[1]["responsibilities"]
    assert (named[1]["unit_id"], named[2]["unit_group_id"]) == (world.unit["办公室"], world.group["二级单位"])
    again = resolve(supervisor, second["id"], {"name": "校建办", "unit_id": world.unit["办公室"], "remember": True})
    assert again.status_code == 200
    other = resolve(supervisor, second["id"], {"name": "校建办", "unit_id": world.unit["党办"], "remember": True})
    assert (other.status_code, other.json()["code"]) == (409, "alias_taken")
    assert items_of(supervisor, second["id"])[1]["responsibilities"][1]["unit_id"] == world.unit["办公室"]


def test_name_may_be_dropped_with_a_reason(as_: As) -> None:
    supervisor = as_("supervisor")
    plan_id = draft(supervisor)["id"]
    done = resolve(supervisor, plan_id, {"name": "培训中心", "drop_reason": "机构已撤销"})
    assert done.json()["unresolved_count"] == 1
    dropped = items_of(supervisor, plan_id)[1]["responsibilities"][2]
    assert (dropped["dropped_reason"], dropped["unit_id"]) == ("机构已撤销", None)


@pytest.mark.parametrize(
    ("resolution", "pointer"),
    [
        ({"name": "校建办"}, "/resolutions/0/unit_id"),
        ({"name": "校建办", "drop_reason": ""}, "/resolutions/0/drop_reason"),
        ({"name": "校建办", "unit_id": 1, "unit_group_id": 1}, "/resolutions/0/unit_id"),
        ({"name": "校建办", "unit_id": 999_999}, "/resolutions/0/unit_id"),
        ({"name": "校建办", "unit_group_id": 999_999}, "/resolutions/0/unit_group_id"),
        ({"name": "校建办", "drop_reason": "无", "remember": True}, "/resolutions/0/remember"),
        ({"name": "没有这个室", "drop_reason": "无"}, "/resolutions/0/name"),
        ({"name": "校建办", "unit_id": "1"}, "/resolutions/0/unit_id"),
        ({"name": "校建办", "unit": 1}, "/resolutions/0/unit"),
    ],
)
def test_unclear_resolution_is_refused(as_: As, resolution: dict[str, Any], pointer: str) -> None:
    supervisor = as_("supervisor")
    plan_id = draft(supervisor)["id"]
    refused = resolve(supervisor, plan_id, resolution)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), refused.text
    assert len(unresolved(supervisor, plan_id)) == 2


def test_resolutions_are_all_or_none(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    plan_id = draft(supervisor)["id"]
    good = {"name": "校建办", "unit_id": world.unit["办公室"], "remember": True}
    assert resolve(supervisor, plan_id, good, {"name": "培训中心"}).status_code == 422
    assert len(unresolved(supervisor, plan_id)) == 2
    assert as_("supervisor").get("/api/v1/unit-aliases?q=校建办").json()["data"] == []


def test_unit_of_another_district_is_unknown(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    refused = resolve(supervisor, draft(supervisor)["id"], {"name": "校建办", "unit_id": world.unit["临水督查室"]})
    assert refused.status_code == 422


def test_closed_unit_is_not_matched(as_: As, world: World) -> None:
    path = f"/api/v1/units/{world.unit['人事股']}"
    tag = as_("sysadmin").get(path).headers["etag"]
    ended = as_("sysadmin").patch(path, json={"valid_to": "2020-01-01"}, headers={"if-match": tag})
    assert ended.status_code == 200
    supervisor = as_("supervisor")
    names = unresolved(supervisor, draft(supervisor, KNOWN)["id"])
    assert [name["name"] for name in names] == ["人事股"]


# Settings


def patch(client: TestClient, item: dict[str, Any], version: int | None = None, **changes: Any) -> Any:
    tag = f'"{version or item["version"]}"'
    return client.patch(f"/api/v1/plan-items/{item['id']}", json=changes, headers={"if-match": tag})


def test_item_is_set_one_by_one(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    item = items_of(supervisor, draft(supervisor)["id"])[3]
    done = patch(
        supervisor,
        item,
        title="规范收费",
        measures="开展联合检查",
        deadline_on="2026-11-30",
        cadence="termly",
        required_evidence=["inspection", "summary", "inspection"],
        lead_unit_ids=[world.unit["计财股"]],
        weight=3,
    )
    assert done.status_code == 200, done.text
    body = done.json()
    assert (body["title"], body["measures"], body["weight"]) == ("规范收费", "开展联合检查", 3)
    assert (body["deadline_on"], body["deadline_kind"], body["cadence"]) == ("2026-11-30", "date", "termly")
    assert body["required_evidence"] == ["inspection", "summary"]
    assert [each["role"] for each in body["responsibilities"]] == ["lead", "responsible"]
    assert body["version"] > item["version"]
    cleared = patch(supervisor, body, deadline_on=None, lead_unit_ids=[]).json()
    assert (cleared["deadline_on"], cleared["deadline_kind"]) == (None, None)
    assert [each["role"] for each in cleared["responsibilities"]] == ["responsible", "responsible"]


def test_responsibilities_are_set_as_a_whole(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    item = items_of(supervisor, draft(supervisor)["id"])[0]
    wanted = [
        {"unit_id": world.unit["教育股"], "role": "lead"},
        {"unit_id": world.unit["计财股"], "role": "cooperate"},
        {"unit_group_id": world.group["各学校（园）"], "role": "responsible"},
    ]
    done = patch(supervisor, item, responsibilities=wanted, reason="分工调整")
    assert done.status_code == 200, done.text
    named = done.json()["responsibilities"]
    assert [(each["name"], each["role"], each["dropped_reason"]) for each in named] == [
        ("党办", "responsible", "分工调整"),
        ("人事股", "responsible", "分工调整"),
        ("教育股", "lead", None),
        ("各学校（园）", "responsible", None),
        ("计财股", "cooperate", None),
    ]
    assert named[0]["unit_id"] is None
    assert done.json()["version"] == item["version"] + 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"title": None}, "/title"),
        ({"cadence": "weekly"}, "/cadence"),
        ({"cadence": None}, "/cadence"),
        ({"deadline_on": "2026-02-30"}, "/deadline_on"),
        ({"deadline_on": 1}, "/deadline_on"),
        ({"deadline_kind": "date"}, "/deadline_on"),
        ({"weight": True}, "/weight"),
        ({"weight": 1001}, "/weight"),
        ({"required_evidence": ["photo"]}, "/required_evidence/0"),
        ({"lead_unit_ids": [999_999]}, "/lead_unit_ids"),
        ({"responsibilities": [{"role": "lead"}]}, "/responsibilities/0/unit_id"),
        ({"responsibilities": [{"role": "lead", "unit_id": 999_999}]}, "/responsibilities/0/unit_id"),
        ({"state": "issued"}, "/state"),
        ({"for_information": "true"}, "/for_information"),
    ],
)
def test_bad_setting_is_refused(as_: As, changes: dict[str, Any], pointer: str) -> None:
    supervisor = as_("supervisor")
    item = items_of(supervisor, draft(supervisor)["id"])[3]
    refused = patch(supervisor, item, **changes)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), refused.text
    assert patch(supervisor, item, weight=1).status_code == 200


def test_item_edit_needs_its_version(as_: As) -> None:
    supervisor = as_("supervisor")
    item = items_of(supervisor, draft(supervisor)["id"])[0]
    assert supervisor.patch(f"/api/v1/plan-items/{item['id']}", json={"weight": 2}).status_code == 428
    assert patch(supervisor, item, weight=2).status_code == 200
    assert patch(supervisor, item, weight=3).status_code == 412


def test_settings_for_all_items_or_some(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    plan = draft(supervisor)
    items = items_of(supervisor, plan["id"])
    path, tag = f"/api/v1/plans/{plan['id']}/items", {"if-match": '"1"'}
    body = {"required_evidence": ["scheme"], "lead_unit_ids": [world.unit["教育股"]]}
    done = supervisor.patch(path, json=body, headers=tag)
    assert done.status_code == 200, done.text
    assert done.json()["version"] == 2
    after = items_of(supervisor, plan["id"])
    assert all(item["required_evidence"] == ["scheme"] for item in after)
    assert [each["name"] for item in after for each in item["responsibilities"] if each["role"] == "lead"] == [
        "教育股",
        "教育股",
    ]
    assert supervisor.patch(path, json={"cadence": "yearly"}, headers=tag).status_code == 412
    some = {"ids": [items[3]["id"]], "deadline_on": "2026-12-31", "cadence": "monthly"}
    assert supervisor.patch(path, json=some, headers={"if-match": '"2"'}).status_code == 200
    last = items_of(supervisor, plan["id"])
    assert (last[3]["deadline_on"], last[3]["deadline_kind"], last[3]["cadence"]) == ("2026-12-31", "date", "monthly")
    assert [item["deadline_on"] for item in last[:3]] == [item["deadline_on"] for item in items[:3]]
    events = as_("auditor").get("/api/v1/events?operation=plan.edit_items&outcome=done").json()["data"]
    assert [event["after"]["items"] for event in events] == [1, 4]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/cadence"), ({"ids": [999_999], "cadence": "yearly"}, "/ids"), ({"ids": [], "weight": 1}, "/ids")],
)
def test_bad_settings_for_several_are_refused(as_: As, body: dict[str, Any], pointer: str) -> None:
    supervisor = as_("supervisor")
    path = f"/api/v1/plans/{draft(supervisor)['id']}/items"
    refused = supervisor.patch(path, json=body, headers={"if-match": '"1"'})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


def test_draft_has_title_year_and_number_to_mend(as_: As) -> None:
    supervisor = as_("supervisor")
    plan = draft(supervisor)
    path = f"/api/v1/plans/{plan['id']}"
    body = {"title": "清廉学校建设方案", "year": 2027, "document_number": "青教发〔2026〕8号"}
    done = supervisor.patch(path, json=body, headers={"if-match": '"1"'})
    assert done.status_code == 200, done.text
    assert {name: done.json()[name] for name in body} == body
    assert supervisor.patch(path, json={"title": None}, headers={"if-match": '"2"'}).status_code == 422
    assert supervisor.patch(path, json={"title": "x"}, headers={"if-match": '"1"'}).status_code == 412
    assert supervisor.patch(path, json={"title": "x"}).status_code == 428


def test_deleted_draft_leaves_nothing_and_may_come_again(as_: As) -> None:
    supervisor = as_("supervisor")
    plan_id = draft(supervisor)["id"]
    assert supervisor.delete(f"/api/v1/plans/{plan_id}").status_code == 204
    assert supervisor.get(f"/api/v1/plans/{plan_id}").status_code == 404
    assert items_of(supervisor, plan_id) == []
    assert draft(supervisor)["item_count"] == 4
