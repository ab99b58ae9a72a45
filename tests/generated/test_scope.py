"""Scope everywhere: what others do changes nothing a person sees, and an unannounced inspection is not there.

Every answer a person gets is kept: each list with each filter, each choice of it, each order, with counts, cut to
one row (so with its cursor), searched; single rows, files, dashboards, 我的待办 and its groups; every page. Then
others work, and the same status, headers and bytes must come again, request ids and the time of day apart.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.inspections.models import InspectionState
from tests.breakdowns.steps import drafted
from tests.breakdowns.steps import taken as taken_on
from tests.briefs.steps import taken, written
from tests.campaigns.steps import own as self_check
from tests.campaigns.steps import started, told
from tests.cases.steps import noted, opened
from tests.complaints.steps import reported
from tests.conftest import As
from tests.filings.steps import drafted as drafted_filing
from tests.filings.steps import filed
from tests.generated import scenario
from tests.generated.asking import Answer, Request, ask, request
from tests.generated.routes import API, Route, routes
from tests.integrity_risks.steps import identified
from tests.liaison_visits.steps import pair, urged, visited
from tests.venue_activities.steps import registered
from tests.walk.steps import assignment, evidence, finding, inspection, ok, rectification, rectified, submitted
from tests.world import World

NOISE = re.compile(
    rb'name="(?:csrf|nonce)" value="[^"]*"|(\d{4}-\d{2}-\d{2}[T ])?\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|\+00:00)?'
    rb'|"snapshot_at":"[^"]*"|v=[0-9a-f]{10}'
)
ASIDE = ("/docs", "/me", "/account", "/openapi.json", "/login", "/livez", "/readyz", "/metrics", "/events/export")
ASIDE += ("/events.csv", "/events.xlsx", "/calendar")
"""Paths, with all that lies beneath them. Among them what is noted in the log that others look at."""
WORDS = ("公示", "学")
"""What the others' work is full of: one stands in what is inspected, one in the names of schools and plans."""
DISTRICT = ["supervisor", "office", "school", "discipline", "leader", "sysadmin", "secadmin", "auditor"]
SIBLINGS = ["school", "kindergarten", "office", "central"]
UNSUSPECTING = ["school", "central", "middle", "education", "office", "sysadmin"]
"""Targets, the central school above one, the office paired with another, and those who know of none."""
CLOSELY = {"supervisor", "office", "school"}
"""One of each kind looks through every filter and order, on PostgreSQL the school alone; the others at each list as it
stands, counted and searched, and at what the search page finds. Pages are looked at by one of each role."""
ONE_OF_EACH = {*DISTRICT, "central", "other_supervisor", "other_school"}
ABROAD = ["other_supervisor", "other_school", "other_discipline", "other_leader", "other_auditor"]
Sights = dict[tuple[str, str], tuple[int, dict[str, str], bytes]]


@dataclass
class Eyes:
    client: TestClient
    world: World
    requests: list[Request]

    @property
    def on_sqlite(self) -> bool:
        return bool(self.client.app.state.database.is_sqlite)  # type: ignore[attr-defined]

    def see(self, persons: Iterable[str]) -> Sights:
        found: Sights = {}
        for person in persons:
            closely = person in CLOSELY and (self.on_sqlite or person == "school")
            requests = self.requests if closely else [each for each in self.requests if _at_a_glance(each)]
            if person not in ONE_OF_EACH:
                requests = [each for each in requests if each.target.startswith((API, "/search?"))]
            answers = ask(self.client, requests, self.world.token[person])
            for asked, answer in zip(requests, answers, strict=True):
                assert answer.status < 500, f"{person} {asked.target}: {answer.text[:500]}"
                kept = answer.headers["cache-control"]
                assert kept in ("no-store", "private, no-cache"), f"{asked.target} may be kept for others: {kept}"
                found[person, asked.target] = plain(answer)
        return found


def _at_a_glance(asked: Request) -> bool:
    path = asked.target.partition("?")[0]
    if path.endswith((".xlsx", ".docx")) or (path.endswith(".csv") and not path.startswith(API)):
        return False  # Made of what the API's CSV is made of, or the page.
    name, _, value = asked.target.partition("?")[2].partition("=")
    return name in ("", "count", "group") or (name == "q" and value == quote(WORDS[0]))


def plain(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    apart = ("x-request-id", "content-length")
    headers = {name: value for name, value in answer.headers.items() if name not in apart}
    return answer.status, headers, NOISE.sub(b"", unpacked(answer.body))


def unpacked(body: bytes) -> bytes:
    """A workbook by what its parts say; what lies compressed could not be compared but for the time of day."""
    if not body.startswith(b"PK\x03\x04"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def same(before: Sights, after: Sights, what: str) -> None:
    changed = [key for key, sight in after.items() if before[key] != sight]
    assert changed == [], f"{what}: {changed[:20]}\n{_difference(before[changed[0]], after[changed[0]])}"


def _difference(before: Any, after: Any) -> str:
    if before[:2] != after[:2]:
        return f"before: {before[:2]}\nafter: {after[:2]}"
    old, new = (side[2].decode(errors="replace") for side in (before, after))
    at = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return f"before: …{old[max(at - 200, 0) : at + 200]}…\nafter: …{new[max(at - 200, 0) : at + 200]}…"


# What may be asked


def everything(app: FastAPI, client: TestClient, world: World, made: scenario.Scenario, school: str) -> list[Request]:
    """Every GET there is, with every parameter that any of them describes; rows by the ids of that school's."""
    ids = {noun: rows[school] for noun, rows in made.ids.items()}
    described = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    targets: list[str] = []
    for route in routes(app):
        path = f"{route.path.removeprefix(API)}/"
        if route.method != "GET" or any(path.startswith(f"{aside}/") for aside in ASIDE):
            continue
        parameters = described.get(route.path, {}).get("get", {}).get("parameters", [])
        named = [each["name"] for each in parameters if each["in"] == "query"]
        if route.path.endswith((".csv", ".xlsx")):
            named = []  # The filters are the list's own, and leave less of what is whole here.
        for path in _paths(route, ids):
            targets.append(path)
            targets += [f"{path}?{name}={value}" for name in named for value in _values(client, world, path, name)]
    targets += [f"/search?q={word}" for word in WORDS]
    targets += [f"{API}/evidence?target={target}&target_id={n}" for target in ("findings", "visits") for n in (2, 3)]
    return [request("GET", target) for target in targets]


def _paths(route: Route, ids: dict[str, int]) -> Iterator[str]:
    noun = route.path.removeprefix(API).strip("/").split("/")[0]
    if "{" not in route.path:
        yield route.path
    else:
        yield (
            route.path.replace("{resource}", "units")
            .replace("{id}", str(ids[noun]))
            .replace("{unit_id}", str(ids["units"]))
        )


def _lists(client: TestClient) -> set[str]:
    """Those that are given page by page."""
    described = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    named = {path: [each["name"] for each in at.get("get", {}).get("parameters", [])] for path, at in described.items()}
    return {path for path, names in named.items() if "limit" in names and "{" not in path}


def _values(client: TestClient, world: World, path: str, name: str) -> list[str]:
    """Values to give a parameter: the choices its own refusal of a wrong one offers."""
    if name in ("limit", "count", "cursor", "q"):
        return {"limit": ["1"], "count": ["true"], "cursor": [], "q": list(WORDS)}[name]
    told = ask(client, [request("GET", f"{path}?{name}=~")], world.token["supervisor"])[0]
    if told.status != 422:
        return []
    detail = told.json()["detail"]
    if "可选：" in detail:
        choices: list[str] = detail.split("可选：")[1].split("、")
        return choices if name in ("sort", "group") else choices[-1:]
    if "编号" in detail:
        return [str(world.unit["第一中学"]), "2"]
    if "true" in detail:
        return ["true"]
    return ["2026"] if "整数" in detail else ["2026-10-10"]


# The others


def siblings_drafts(as_: As) -> list[str]:
    """What another school began, and will take back."""
    middle = as_("middle")
    rounds = ok(middle.get(f"{API}/risk-rounds"))["data"]
    begun = {
        "briefs": written(middle, title="第一中学家风课初稿"),
        "filings": drafted_filing(middle, title="第一中学章程初稿"),
        "integrity-risks": identified(middle, round_id=rounds[0]["id"]),
    }
    return [f"{API}/{noun}/{row['id']}" for noun, row in begun.items()]


def siblings_work(as_: As, world: World, drafts: list[str]) -> None:
    """Another school deletes its drafts, reports, is inspected and rectifies, on an item for which the office asked is
    not responsible."""
    for draft in drafts:
        ok(as_("middle").delete(draft), 204)
    submitted(as_, "middle", world.unit["第一中学"], item=1)
    own = assignment(as_, "middle", world.unit["第一中学"], 1)["id"]
    taken_on(as_("middle"), drafted(as_("middle"), own), "submit")
    evidence(as_("middle"), "第一中学的材料")
    filed(as_("middle"), title="第一中学章程")
    rounds = ok(as_("middle").get(f"{API}/risk-rounds"))["data"]
    identified(as_("middle"), round_id=rounds[0]["id"])
    ok(as_("middle").post(f"{API}/risk-rounds/{rounds[1]['id']}/nil-reports", json={}), 201)
    reported(as_("middle"), world, "第一中学")
    taken(as_("middle"), written(as_("middle"), title="第一中学家风课"), "submit")
    matter = rectified(as_, "middle", rectification(as_, world, "第一中学"))
    notice = {"kind": "rectification_notice", "rectification_id": matter["id"]}
    paper = f"{API}/documents/{ok(as_('supervisor').post(f'{API}/documents', json=notice), 201)['id']}"
    for account, step in (("supervisor", "submit"), ("leader", "approve"), ("supervisor", "serve")):
        ok(as_(account).post(f"{paper}/{step}"))
    counted = ok(as_("middle").get(f"{API}/indicators"))["data"][0]["id"]
    figures = {"indicator_id": counted, "numerator": 300, "denominator": 600}
    ok(as_("middle").post(f"{API}/indicator-values", json=figures), 201)
    bought = {"category": "project", "subject": "维修屋面", "proposer": "郑宁"}
    ok(as_("middle").post(f"{API}/major-decisions", json=bought), 201)
    _held_to_account(as_, world.unit["第一中学"], matter["finding_id"])
    urged(as_("education"), visited(as_("education"), pair(as_, world)), "更新收费公示。")
    registered(as_("middle"))
    known = ok(as_("supervisor").get(f"{API}/leading-groups?unit_id={world.district}"))["data"][0]["id"]
    led = {"unit_id": world.unit["督查室"], "leading_group": None, "leading_group_id": known}
    asked = started(as_, world, unit_ids=[world.unit["第一中学"]], **led)
    told(as_("middle"), self_check(as_("middle"), asked))
    noted(as_("discipline"), opened(as_("discipline"), world, "第一中学"))
    surprise = inspection(as_, [world.unit["第一中学"]], mode="unannounced", title="第一中学暗访")
    ok(as_("supervisor").post(f"{API}/inspections/{surprise['id']}/start"))


def _held_to_account(as_: As, unit_id: int, finding_id: int) -> None:
    """Served to that school, which replies."""
    cited = [{"kind": "finding", "source_id": finding_id}]
    body = {"unit_id": unit_id, "kind": "open_criticism", "reason": "收费公示不全。", "triggers": cited}
    action = f"{API}/accountability-actions/{ok(as_('supervisor').post(f'{API}/accountability-actions', json=body), 201)['id']}"
    for account, step in (("leader", "approve"), ("supervisor", "serve"), ("middle", "reply")):
        ok(as_(account).post(f"{action}/{step}", json={"note": "已更新公示。"}))


def siblings_people(as_: As) -> None:
    """Of a school that the office asked knows, for it reviews rows there."""
    post = {"name": "郑宁", "post": "校长", "duty": "primary_responsible_person"}
    ok(as_("middle").post(f"{API}/appointments", json=post), 201)
    ok(as_("middle").post(f"{API}/leading-groups", json={"name": "第一中学领导小组", "leader": "郑宁"}), 201)


def surprises(as_: As, world: World) -> dict[InspectionState, int]:
    """Unannounced inspections of several units, one in each state before release, with all that is recorded in them."""
    units = [world.unit[name] for name in ("实验小学", "柳林小学", "第一中学", "实验小学党支部")]
    made = {}
    for state in InspectionState:
        row = inspection(as_, units, mode="unannounced", title="公示突击暗访")
        made[state] = row["id"]
        if state == InspectionState.CANCELLED:
            ok(as_("supervisor").post(f"{API}/inspections/{row['id']}/cancel", json={"note": "改期"}))
        elif state != InspectionState.PLANNED:
            _recorded(as_, world, row["id"], units)
        if state in (InspectionState.REPORTED, InspectionState.RELEASED):
            ok(as_("supervisor").post(f"{API}/inspections/{row['id']}/report", json={"note": "公示不全。"}))
    sample = {
        "group_id": world.group["各学校（园）"],
        "size": 2,
        "inspector_unit_id": world.unit["督查室"],
        "team_size": 1,
    }
    drawn = inspection(as_, [], mode="unannounced", title="双随机暗访", sample=sample)
    ok(as_("supervisor").post(f"{API}/inspections/{drawn['id']}/redraw", json={"reason": "人员调整。"}))
    return made


def _recorded(as_: As, world: World, inspection_id: int, units: list[int]) -> None:
    supervisor, path = as_("supervisor"), f"{API}/inspections/{inspection_id}"
    ok(supervisor.post(f"{path}/start"))
    for unit_id in units:
        visit = ok(supervisor.post(f"{path}/visits", json={"unit_id": unit_id, "note": "公示栏未更新。"}), 201)
        draft = finding(as_, inspection_id, unit_id)
        for target, target_id in (("visits", visit["id"]), ("findings", draft["id"])):
            evidence(supervisor, "暗访照片", target=target, target_id=str(target_id))


# The promises


def test_others_work_changes_nothing_that_a_person_sees(
    app: FastAPI, client: TestClient, as_: As, world: World
) -> None:
    made = scenario.build(as_, world)
    drafts = siblings_drafts(as_)
    eyes = Eyes(client, world, everything(app, client, world, made, "实验小学"))
    assert _lists(client) - {each.target for each in eyes.requests} == {f"{API}/events/export"}
    # Whoever reads the log looks last, and has looked before: what anybody is refused is noted there once.
    everyone = sorted(dict.fromkeys(DISTRICT + SIBLINGS + UNSUSPECTING), key=lambda person: person == "auditor")
    for person in everyone:  # The first use of a token is noted with it.
        ask(client, eyes.requests[:1], world.token[person])
    eyes.see(["auditor"])
    before = eyes.see(everyone)
    assert sum(len(body) for _, _, body in before.values()) > 1_000_000, len(eyes.requests)

    scenario.build_abroad(as_, world, made)
    # Siblings look only once, after what comes next as well: they may see neither.
    same(before, eyes.see(name for name in DISTRICT if name not in SIBLINGS), "another district's work shows")
    abroad = Eyes(client, world, everything(app, client, world, made, scenario.ABROAD))
    abroad.see(["other_auditor"])
    theirs = abroad.see(ABROAD)

    siblings_work(as_, world, drafts)
    same(before, eyes.see(["office"]), "another district's or school's work shows")
    siblings_people(as_)
    same(
        before,
        eyes.see(name for name in SIBLINGS if name != "office"),
        "another district's or school's work or people show",
    )

    known = before | eyes.see(["middle", "education", "office"])
    secret = surprises(as_, world)
    same(known, eyes.see(UNSUSPECTING), "an unannounced inspection shows")
    same(theirs, abroad.see(ABROAD), "this district's work shows in another")

    released = secret[InspectionState.RELEASED]
    ok(as_("supervisor").post(f"{API}/inspections/{released}/release"))
    for account in ("school", "central", "middle", "education"):
        seen = {row["id"] for row in ok(as_(account).get(f"{API}/inspections?q=突击暗访"))["data"]}
        assert seen == {released}, f"{account} sees {seen}, released is {released}"
