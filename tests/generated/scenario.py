"""Work under way at two schools, with an id of every kind of row for each of them."""

from dataclasses import dataclass, field
from typing import Any

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.walk.steps import API, assignment, evidence, finding, inspection, issued_plan, items, ok, rectification
from tests.world import PASSWORD, World

SCHOOLS = {"school": "实验小学", "central": "柳林小学"}


@dataclass
class Scenario:
    """``ids[noun][school]``: ``ids["assignments"]["实验小学"]``."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)

    def put(self, noun: str, school: str, row_id: int) -> None:
        self.ids.setdefault(noun, {})[school] = row_id


def build(as_: As, world: World) -> Scenario:
    made = Scenario()
    plan = issued_plan(as_)
    item = items(as_, plan["id"])[0]
    for account, school in SCHOOLS.items():
        unit_id = world.unit[school]
        row = assignment(as_, account, unit_id)
        ok(as_(account).post(f"{API}/assignments/{row['id']}/acknowledge"))
        report = {"text": "已完成初稿。", "percent": 40}
        ok(as_(account).post(f"{API}/assignments/{row['id']}/progress-reports", json=report), 201)
        unit = {"unit_id": str(unit_id)} if account == "central" else {}
        proof = evidence(as_(account), f"{school}议事规则", **unit)
        link = {"target": "assignments", "target_id": row["id"]}
        as_(account).post(f"{API}/evidence/{proof['id']}/links", json=link)
        matter = rectification(as_, world, school)
        asked = {"deadline_on": "2199-01-01", "reason": "需要更多时间。"}
        extension = ok(as_(account).post(f"{API}/rectifications/{matter['id']}/extensions", json=asked), 201)
        surprise = inspection(as_, [unit_id], mode="unannounced", title=f"{school}暗访")
        ok(as_("supervisor").post(f"{API}/inspections/{surprise['id']}/start"))
        draft = finding(as_, surprise["id"], unit_id)
        ok(as_(account).post(f"{API}/sessions", json={"username": account, "password": PASSWORD}), 201)
        login = ok(as_(account).get(f"{API}/me/sessions"))["data"][0]
        for noun, value in {
            "assignments": row["id"],
            "evidence": proof["id"],
            "rectifications": matter["id"],
            "extensions": extension["id"],
            "inspections": surprise["id"],
            "findings": draft["id"],
            "plans": plan["id"],
            "plan-items": item["id"],
            "units": unit_id,
            "unit-groups": world.group["各学校（园）"],
            "users": world.user[account],
            "sessions": login["id"],
        }.items():
            made.put(noun, school, value)
    _shared(as_, world, made)
    return made


def _shared(as_: As, world: World, made: Scenario) -> None:
    """Rows that belong to no school."""
    alias = {"name": "实小", "unit_id": world.unit["实验小学"]}
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit["实验小学"]}
    day = {"on": "2026-10-10", "is_workday": True, "name": "调休上班"}
    term = {"name": "2026-T1", "starts_on": "2026-09-01", "ends_on": "2027-01-22"}
    points = {"title": "收费公示检查表", "points": [{"area": "公示", "text": "按学期更新", "score": 5}]}
    supervisor = as_("supervisor")
    shared = {
        "unit-aliases": ok(supervisor.post(f"{API}/unit-aliases", json=alias), 201)["id"],
        "liaisons": ok(supervisor.post(f"{API}/liaisons", json=pair), 201)["id"],
        "calendar-days": ok(supervisor.post(f"{API}/calendar-days", json=day), 201)["id"],
        "school-terms": ok(supervisor.post(f"{API}/school-terms", json=term), 201)["id"],
        "checklists": ok(supervisor.post(f"{API}/checklists", json=points), 201)["id"],
        "role-grants": ok(as_("secadmin").get(f"{API}/role-grants?user_id={world.user['school']}"))["data"][0]["id"],
        "events": ok(as_("auditor").get(f"{API}/events"))["data"][0]["id"],
        "api-tokens": ok(as_("school").get(f"{API}/api-tokens"))["data"][0]["id"],
    }
    for noun, row_id in shared.items():
        for school in SCHOOLS.values():
            made.put(noun, school, row_id)
    made.bodies = _bodies(world, made)


def _bodies(world: World, made: Scenario) -> dict[str, Any]:
    """Values for the fields of request bodies, by the field's name."""
    today = today_of(now()).isoformat()
    return {
        "unit_id": world.unit["实验小学"],
        "unit_group_id": None,
        "group_id": world.group["各学校（园）"],
        "inspector_unit_id": world.unit["督查室"],
        "office_id": world.unit["教育股"],
        "school_id": world.unit["第一幼儿园"],
        "answering_unit_id": None,
        "parent_id": None,
        "user_id": None,
        "target": "assignments",
        "target_id": made.ids["assignments"]["实验小学"],
        "ids": [made.ids["assignments"]["实验小学"]],
        "unit_ids": [world.unit["第一幼儿园"]],
        "action": "acknowledge",
        "cause": "无人负责更新。",
        "starts_on": today,
        "ends_on": today,
        "evidence_on": today,
        "username": "newcomer",
        "old_password": "qinglian-demo",
        "new_password": "another-long-one",
        "password": PASSWORD,
        "role": "school",
        "scopes": ["units:read"],
        "days": 30,
        "valid_from": None,
        "valid_to": None,
        "host_ids": [],
        "recursive": False,
        "code": "NEW-1",
        "kind": "school",
        "score": 1,
        "sample": None,
        "checklist_id": None,
        "visit_id": None,
        "team_user_ids": [],
        "team_unit_ids": [],
        "deadline_on": "2199-01-02",
        "note": "说明原因。",
        "reason": "说明原因。",
        "school_code": None,
        "credit_code": None,
        "duty": None,
    }
