"""Ids in bodies and filters: one of others' rows and one of no row answer alike, in words and in work, on every route.

The request is otherwise one that succeeds (tests/generated/situations.py), so that the id is looked at. It is asked by
whoever takes it, about another district's row, and about a neighbouring school's where they may not read that.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.accountability.sources import ASSIGNMENT_LATE, RECTIFICATION_LATE, REFUSED
from app.appraisals.deduction_models import Cited
from app.briefs.models import BriefSource
from app.evidence.targets import TARGETS
from tests.conftest import As
from tests.generated import scenario
from tests.generated.asking import Request, request
from tests.generated.bodies import sample
from tests.generated.named_ids import Place, is_id, noun_named, places, put
from tests.generated.routes import API, Route, noun_of, routes
from tests.generated.rows import MAKE
from tests.generated.situations import call
from tests.generated.stage import Stage
from tests.generated.test_editors import EDITORS
from tests.generated.test_foreign import MISSING, Asker, apart
from tests.generated.test_foreign import statements as statements  # the fixture
from tests.generated.test_workflows import Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.inspections.test_draw import inspectors as inspectors  # the fixture
from tests.walk.plan_text import PLAN
from tests.walk.steps import import_plan, inspection, items, ok
from tests.world import World

SCHOOL, NEIGHBOUR, ABROAD = scenario.WHOSE
UNREAD = {"decision-remarks", "archive-box-entries", "visits"}
"""No route reads one of these; nobody of another school is shown any."""
OPEN = f"{API}/public/"
"""Whoever reports is of no district: a unit is chosen among all."""
ORDERED = {"after", "carry_into"}
"""Where a page begins, and before which round: ids of what is seen anyway are smaller or greater, none is looked for."""
INSTEAD = {"ids": "ids", "sample": "unit_ids"}
"""What an id is sent in place of: rows that are changed whatever becomes of the others, and units that are chosen."""
CITED = {ASSIGNMENT_LATE: "assignments", RECTIFICATION_LATE: "rectifications", REFUSED: "rectifications"}
CITED |= {"finding": "findings", "bottom_rank": "plans"}
CITABLE = (Cited.ASSIGNMENTS, Cited.RECTIFICATIONS, Cited.FINDINGS)
KINDS = {
    "target_id": ("target", {name: name for name in TARGETS}),
    "source_id": ("kind", CITED),
    "cited_id": ("cited", {each.value: each.value for each in CITABLE}),
    "promoted_from_id": ("promoted_from", {each.value: each.value for each in BriefSource}),
    "resource_id": ("resource", {"rectification": "rectifications"}),
}
"""What names any of several nouns: the field that says which, and its words for them."""
ASKED_BY = {"events": "auditor", "robots": "secadmin", "webhooks": "secadmin", "webhook-deliveries": "secadmin"}
"""Lists that the supervision office and schools do not read."""
BUREAU = "the bureau"
BESIDE: dict[str, dict[str, Any]] = {
    "POST /api/v1/api-tokens with user_id": {"scopes": ["units:read"], "days": 30},
    "POST /api/v1/appointments with in_charge_unit_ids": {"unit_id": BUREAU},
    "POST /api/v1/appraisals/{id}/criteria with office_id": {"source": "entered"},
    "POST /api/v1/archive-boxes/{id}/remove with entry_id": {"evidence_id": None},
    "POST /api/v1/cases with complaint_id": {"source": "complaint"},
    "POST /api/v1/cases with finding_id": {"source": "finding"},
    "POST /api/v1/documents with assignment_ids": {"kind": "urging_order", "rectification_id": None},
    "POST /api/v1/documents with inspection_ids": {"kind": "circular", "rectification_id": None},
    "POST /api/v1/documents with notice_id": {"kind": "talk_record", "rectification_id": None},
    "POST /api/v1/documents with plan_id": {"kind": "circular", "rectification_id": None},
    "POST /api/v1/documents with unit_id": {"kind": "talk_notice", "rectification_id": None},
    "POST /api/v1/plans/{id}/resolve with resolutions.unit_group_id": {"unit_id": None},
    "POST /api/v1/setup/unit-aliases with unit_group_id": {"unit_id": None},
    "POST /api/v1/unit-aliases with unit_group_id": {"unit_id": None},
    "PATCH /api/v1/archive-boxes/{id}/catalogue with entries.evidence_id": {"entry_id": None},
    "PATCH /api/v1/plans/{id}/items with ids": {"cadence": "yearly"},
}
"""What the request has to say besides, for the id to be looked at."""
BY = {
    "POST /api/v1/api-tokens with user_id": "secadmin",
    "POST /api/v1/evidence with target_id of cases": "supervisor",
}
"""Of whom the id is looked at, where it is not of whoever the request otherwise succeeds with."""
NOT_LOOKED_FOR = {
    "GET /api/v1/filings/matrix with unit_id": "compared with the units that are seen",
    "GET /api/v1/my-work with unit": "compared with the units of the person's own grants",
    "PATCH /api/v1/activities/{id} with evidence_ids": "compared with what proves the assignment",
    "PATCH /api/v1/archive-boxes/{id}/catalogue with entries.entry_id": "compared with the lines of the box",
    "PATCH /api/v1/archive-boxes/{id}/catalogue with entries.evidence_id": "compared with the lines of the box",
    "PATCH /api/v1/plan-items/{id} with continues_id": "compared with the items of the edition before",
    "PATCH /api/v1/plan-items/{id} with held_by_id": "compared with the item that goes on from the same one",
    "PATCH /api/v1/plan-items/{id} with lead_unit_ids": "compared with the units responsible",
    "PATCH /api/v1/plans/{id}/items with ids": "compared with the plan's own items",
    "POST /api/v1/accountability-actions with triggers.source_id of bottom_rank": "compared with what may be cited",
    "POST /api/v1/appraisal-criteria/{id}/deductions with unit_id": "compared with the units of the round",
    "POST /api/v1/appraisal-criteria/{id}/enter with unit_ids": "compared with the units of the round",
    "POST /api/v1/archive-boxes/{id}/explain with assignment_id": "compared with what the box lacks",
    "POST /api/v1/archive-boxes/{id}/remove with entry_id": "compared with the lines of the box",
    "POST /api/v1/assignments/{id}/progress-reports with evidence_ids": "compared with what proves the assignment",
    "POST /api/v1/campaigns/{id}/summarize with unit_id": "compared with the offices of the campaign",
    "POST /api/v1/cases/{id}/remove-handler with user_id": "compared with those who handle the case",
    "POST /api/v1/complaints/{id}/inspect with sample.group_id": "refused whole: nobody is drawn",
    "POST /api/v1/complaints/{id}/inspect with sample.inspector_unit_id": "refused whole: nobody is drawn",
    "POST /api/v1/evidence with unit_id": "compared with the person's own units",
    "POST /api/v1/evidence/{id}/links with target_id of cases": "a school reads no case, whatever its id",
    "POST /api/v1/evidence/{id}/unlink with target_id of cases": "a school reads no case, whatever its id",
    "POST /api/v1/inspections/{id}/findings with visit_id": "compared with the visit to the unit",
    "POST /api/v1/users with grants.unit_id": "refused first: nobody may both make an account and give it a role",
}
"""Ids that no statement gets, and why: they are compared with what is read anyway, or never come to be looked at."""


class Named(NamedTuple):
    """A request that holds an id: by whom, where, and of what."""

    account: str
    label: str
    noun: str
    make: Any


class Looked:
    """Every parameter that the databases are given."""

    def __init__(self) -> None:
        self.given = ""

    def note(self, _connection: Any, _cursor: Any, _statement: str, parameters: Any, *_rest: Any) -> None:
        self.given += repr(parameters)


@pytest.fixture
def looked() -> Iterator[Looked]:
    made = Looked()
    sa.event.listen(sa.Engine, "before_cursor_execute", made.note)
    yield made
    sa.event.remove(sa.Engine, "before_cursor_execute", made.note)


def test_foreign_and_missing_ids_answer_alike(
    statements: list[str], looked: Looked, hall: Hall, as_: As, world: World, inspectors: list[int]
) -> None:
    stage = Stage(hall, as_, world)
    scenario.build_abroad(as_, world, stage.made)
    askers = Askers(stage, statements)
    faults: list[str] = []
    reached: dict[str, bool] = {}
    for named in _requests(hall.apps[0], stage):
        for whose in (ABROAD, NEIGHBOUR):
            if not askers.foreign(named.account, named.noun, whose):
                continue
            row_id = stage.made.ids[named.noun][whose]
            asker = askers(named.account)
            asker.refresh(named.make(MISSING + 1))
            theirs = asker(named.make(row_id), row_id)
            looked.given = ""
            nobodys = asker(named.make(MISSING), row_id)
            what = f"{named.account}: {named.label}, of {whose}"
            reached[named.label] = reached.get(named.label, False) or str(MISSING) in looked.given
            if theirs != nobodys:
                faults.append(apart(what, theirs, nobodys))
            elif theirs[0] < 400 and not (
                named.label.startswith("GET") or "/bulk" in named.label or named.label in NOT_LOOKED_FOR
            ):
                faults.append(f"{what} is taken: {theirs[0]}")
    unseen = {label for label, at in reached.items() if not at} ^ NOT_LOOKED_FOR.keys()
    faults += [f"{label}: is it looked at or not?" for label in sorted(unseen)]
    assert faults == [], "\n".join(faults)
    assert len(reached) > 350, len(reached)


class Askers:
    def __init__(self, stage: Stage, statements: list[str]) -> None:
        self.stage, self.statements = stage, statements
        self.known: dict[str, Asker] = {}
        self.read: dict[tuple[str, str], bool] = {}
        self.readable = {
            noun_of(route.path)
            for route in routes(stage.hall.apps[0])
            if route.label.startswith(f"GET {API}") and route.path.endswith("/{id}")
        }

    def __call__(self, account: str) -> Asker:
        if account not in self.known:
            client = self.stage.nobody()
            self.known[account] = Asker(client, self.statements, token=self.stage.world.token[account])
        return self.known[account]

    def foreign(self, account: str, noun: str, whose: str) -> bool:
        """Whether the row is not there for the account."""
        rows = self.stage.made.ids[noun]
        if whose == ABROAD:
            return True
        if noun == "users" or account == "auditor":
            return False  # A district's people are chosen among, and its log is read whole.
        if rows[whose] == rows[SCHOOL] or noun not in self.readable:
            return noun in UNREAD and account == "school"
        if (account, noun) not in self.read:
            asked = request("GET", f"{API}/{noun}/{rows[whose]}")
            self.read[account, noun] = self(account)(asked, 0)[0] != 404
        return not self.read[account, noun]


# What may be asked


def _requests(app: FastAPI, stage: Stage) -> Iterator[Named]:
    described = app.openapi()
    asked = [route for route in routes(app) if route.is_json and not route.path.startswith(OPEN)]
    for route in asked:
        about = described["paths"].get(route.path, {}).get(route.method.lower(), {})
        if route.method == "GET" and not route.path.endswith((".csv", ".xlsx")):  # By the list's own filters.
            yield from _by_filter(route, about, stage)
        elif route.method == "POST" and (found := _held(described, about)):
            yield from _by_field(described, found, route, stage, _posted(route, stage))
    editable = _editable(stage)
    for route in asked:
        if route.method == "PATCH" and (found := _held(described, described["paths"][route.path]["patch"])):
            yield from _by_field(described, found, route, stage, _edited(described, found[0], route, stage, editable))


def _editable(stage: Stage) -> dict[str, int]:
    """Of nouns of which the scenario's own row no longer takes every field."""
    supervisor, district = stage.as_("supervisor"), stage.world.district
    draft = import_plan(supervisor, PLAN.replace("2026", "2031"))
    next_edition = {"json": {"previous_id": stage.made.ids["plans"][SCHOOL]}, "headers": {"if-match": '"1"'}}
    ok(supervisor.patch(f"{API}/plans/{draft['id']}", **next_edition))
    leader = {"unit_id": district, "name": "周岚", "post": "副局长", "duty": "dual_duty"}
    return {
        "plans": draft["id"],
        "plan-items": items(stage.as_, draft["id"])[0]["id"],
        "inspections": inspection(stage.as_, [stage.world.unit[SCHOOL]], title="下周检查")["id"],
        "campaigns": MAKE["campaign"](stage.stock, "draft"),
        "appointments": ok(supervisor.post(f"{API}/appointments", json=leader), 201)["id"],
    }


def _by_filter(route: Route, about: Mapping[str, Any], stage: Stage) -> Iterator[Named]:
    noun = noun_of(route.path)
    of_path = f"{noun[:-1].replace('-', '_')}_id" if "{id}" in route.path else ""
    for parameter in about.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] != "query" or name in {*ORDERED, of_path} or not is_id(name, parameter["schema"]):
            continue
        path = route.path.replace("{id}", str(stage.made.ids[noun][SCHOOL])) if "{id}" in route.path else route.path
        for of, told in _variants(name, noun, stage):
            more = "".join(f"&{key}={value}" for key, value in told.items())

            def make(row_id: int, target: str = f"{path}?{name}=", more: str = more) -> Request:
                return request("GET", f"{target}{row_id}{more}")

            for account in [ASKED_BY[noun]] if noun in ASKED_BY else ["supervisor", "school"]:
                yield Named(account, f"{route.label} with {name}{more}", of, make)


def _variants(field: str, noun: str, stage: Stage) -> Iterator[tuple[str, dict[str, str]]]:
    """Nouns that the field may name, each with what says so."""
    nouns = stage.made.ids
    if field == "ids":
        yield noun, {}
    elif field in KINDS:
        says, told = KINDS[field]
        yield from ((of, {says: kind}) for kind, of in told.items() if of in nouns)
    else:
        yield noun_named(field, nouns), {}


class Body(NamedTuple):
    """The request that otherwise succeeds, and what its fields may hold that it does not."""

    account: str
    path: str
    sent: dict[str, Any]
    known: Mapping[str, Any] = {}
    headers: Mapping[str, str] = {}


def _held(described: Any, about: Mapping[str, Any]) -> tuple[Any, list[Place]] | None:
    """What the body looks like, and where it may hold ids; None where nowhere."""
    if "requestBody" not in about:
        return None
    schema = next(iter(about["requestBody"]["content"].values()))["schema"]
    found = list(places(described, schema))
    return (schema, found) if found else None


def _posted(route: Route, stage: Stage) -> Body:
    asked = call(stage, route)
    known = scenario.fitting(route.path, stage.made, SCHOOL)
    return Body(asked.account, route.path.replace("{id}", str(asked.row_id)), asked.sent, known)


def _edited(described: Any, schema: Any, route: Route, stage: Stage, editable: Mapping[str, int]) -> Body:
    """Of the copy as it is now, with nothing changed."""
    account, noun = EDITORS.get(route.path, "supervisor"), noun_of(route.path)
    path = route.path.replace("{id}", str(editable.get(noun, stage.made.ids[noun][SCHOOL])))
    etag = stage.as_(account).get("/".join(path.split("/")[:5])).headers["etag"]
    line = {"entry_id": stage.made.ids["archive-box-entries"][SCHOOL]}  # A catalogue is sent with all its lines.
    return Body(account, path, {"json": sample(described, schema, line, "")}, {}, {"if-match": etag})


def _by_field(described: Any, held: tuple[Any, list[Place]], route: Route, stage: Stage, body: Body) -> Iterator[Named]:
    schema, found = held
    noun_of_ids = "plan-items" if route.path.endswith("/plans/{id}/items") else noun_of(route.path)
    for place in found:
        named = [name for name in place if name != "*"]
        for noun, told in _variants(named[-1], noun_of_ids, stage):
            label = f"{route.label} with {'.'.join(named)}" + "".join(f" of {kind}" for kind in told.values())
            beside = told | BESIDE.get(label, {})
            beside = {key: stage.world.district if value == BUREAU else value for key, value in beside.items()}

            def make(row_id: int, place: Place = place, beside: dict[str, Any] = beside) -> Request:
                return request(
                    route.method, body.path, _sent(described, schema, body, place, row_id, beside), body.headers
                )

            yield Named(BY.get(label, body.account), label, noun, make)


def _sent(described: Any, schema: Any, body: Body, place: Place, row_id: int, beside: dict[str, Any]) -> dict[str, Any]:
    """The body with the id at the place."""
    if "files" in body.sent:
        told = {name: str(value) for name, value in ({place[0]: row_id} | beside).items()}
        return body.sent | {"data": body.sent.get("data", {}) | told}
    without = INSTEAD.get(place[0])
    plain = {name: value for name, value in body.sent.get("json", {}).items() if name != without}
    return {"json": put(described, schema, plain, place, row_id, body.known, beside)}
