"""What happened to a unit's row, and is its to do now, is told to its people: each time, and to nobody else."""

import sqlalchemy as sa
from fastapi import FastAPI

from app.identity.models import USER
from app.notifications.queries import NOUNS
from tests.cases.steps import circulated
from tests.conftest import As
from tests.generated.rows import MAKE, SCHOOL
from tests.integrity_risks.steps import opened
from tests.notifications.conftest import On
from tests.stock import Stock, day
from tests.walk.steps import API, finding, inspection, ok, rectification
from tests.world import World

NOTE = {"note": "请林青老师补充公示照片。"}
STEPS = (
    ("assignment", "submitted", "send-back", "supervisor", "sent_back"),
    ("assignment", "completed", "reopen", "supervisor", "reopened"),
    ("assignment", "declined", "redispatch", "supervisor", "sent_again"),
    ("assignment", "declined", "waive", "supervisor", "waived"),
    ("assignment", "pending", "cancel", "supervisor", "cancelled"),
    ("rectification", "submitted", "send-back", "supervisor", "sent_back"),
    ("rectification", "closed", "reopen", "supervisor", "reopened"),
    ("extension", "requested", "approve", "leader", "approved"),
    ("extension", "requested", "refuse", "leader", "refused"),
    ("filing", "filed", "send-back", "supervisor", "sent_back"),
    ("breakdown", "submitted", "send-back", "supervisor", "sent_back"),
    ("self_check", "submitted", "send-back", "supervisor", "sent_back"),
    ("self_check", "confirmed", "ask", "supervisor", "sent_back"),
    ("integrity_risk", "assessed", "send-back", "supervisor", "sent_back"),
    ("integrity_risk", "closing", "send-back", "supervisor", "sent_back"),
    ("liaison_matter", "answered", "send-back", "education", "sent_back"),
    ("appraisal_appeal", "pending", "uphold", "supervisor", "approved"),
    ("appraisal_appeal", "pending", "dismiss", "supervisor", "refused"),
    ("brief", "submitted", "select", "supervisor", "selected"),
    ("brief", "selected", "promote", "supervisor", "promoted"),
    ("venue_activity", "registered", "approve", "supervisor", "approved"),
    ("venue_activity", "registered", "refuse", "supervisor", "refused"),
)


def heard(as_: As, account: str = "school") -> list[tuple[str, str, int]]:
    """(kind, noun, id), the newest first."""
    rows = ok(as_(account).get(f"{API}/notifications?limit=200"))["data"]
    return [(row["kind"], row["resource"], row["resource_id"]) for row in rows]


def test_each_step_that_gives_a_unit_something_to_do_or_ends_it_is_told(
    app: FastAPI, as_: As, browse: As, stock: Stock
) -> None:
    expected = []
    for resource, state, action, account, kind in STEPS:
        row_id = MAKE[resource](stock, state)
        ok(as_(account).post(f"{API}/{NOUNS[resource]}/{row_id}/{action}", json=NOTE))
        expected.insert(0, (kind, NOUNS[resource], row_id))
    assert heard(as_) == expected
    for account in ("middle", "education", "supervisor", "leader", "other_school"):
        assert heard(as_, account) == [], account
    # Each leads to its row, and says nothing that a person wrote.
    browser = browse("school")
    page = browser.get("/notifications").text
    for _, noun, row_id in expected:
        assert f'href="/{noun}/{row_id}"' in page and browser.get(f"/{noun}/{row_id}").status_code == 200, noun
    texts = [row["text"] for row in ok(as_("school").get(f"{API}/notifications?limit=200"))["data"]]
    assert f"阵地活动 {day(0)} 讲座报告未批准，原因写在那一页上" in texts
    names = app.state.database.read_now(lambda connection: list(connection.execute(sa.select(USER.c.name)).scalars()))
    assert len(names) > 5 and not [name for name in (*names, "林青", "公示") if name in "\n".join(texts)]


def test_the_same_matter_again_is_told_again(as_: As, stock: Stock) -> None:
    row = f"{API}/assignments/{(row_id := MAKE['assignment'](stock, 'submitted'))}"
    ok(as_("supervisor").post(f"{row}/send-back", json=NOTE))
    ok(as_("school").post(f"{row}/submit"))
    ok(as_("supervisor").post(f"{row}/send-back", json=NOTE))
    for _ in range(2):
        ok(as_("supervisor").post(f"{row}/urgings", json={"level": 1}), 201)
    kinds = ["urged", "urged", "sent_back", "sent_back"]
    assert heard(as_) == [(kind, "assignments", row_id) for kind in kinds]
    ok(as_("supervisor").post(f"{API}/assignments/bulk", json={"action": "urge", "ids": [row_id]}))
    assert len(heard(as_)) == 5


def test_what_is_given_to_a_unit_is_told_and_an_inspections_findings_only_once_they_are_issued(
    as_: As, stock: Stock, world: World
) -> None:
    supervisor, unit_id = as_("supervisor"), world.unit[SCHOOL]
    made = inspection(as_, [unit_id], mode="unannounced")["id"]
    ok(supervisor.post(f"{API}/inspections/{made}/start"))
    found = finding(as_, made, unit_id)["id"]
    ok(supervisor.post(f"{API}/inspections/{made}/report"))
    assert supervisor.post(f"{API}/findings/{found}/issue").status_code == 409
    assert heard(as_) == heard(as_, "central") == []
    ok(supervisor.post(f"{API}/inspections/{made}/release"))
    assert heard(as_) == []
    ok(supervisor.post(f"{API}/findings/{found}/issue"))
    own = {"problem": "台账不全。", "source": "self_check"}
    ok(as_("school").post(f"{API}/rectifications", json=own), 201)
    given = ok(supervisor.post(f"{API}/rectifications", json=own | {"unit_id": unit_id, "source": "audit"}), 201)["id"]
    ok(supervisor.post(f"{API}/campaigns/{MAKE['campaign'](stock, 'draft')}/start"))
    visit = MAKE["liaison_visit"](stock, "recorded")
    urged = {"text": "更新公示。", "deadline_on": day(9).isoformat()}
    ok(as_("education").post(f"{API}/liaison-visits/{visit}/urge", json=urged), 201)
    told = heard(as_)
    assert [noun for _, noun, _ in told] == ["liaison-matters", "self-checks", "rectifications", "rectifications"]
    assert {kind for kind, _, _ in told} == {"given"} and told[2][2] == given
    for _, noun, row_id in told:
        ok(as_("school").get(f"{API}/{noun}/{row_id}"))
    assert heard(as_, "middle") == []


def test_whoever_is_asked_in_a_round_hears_of_it_when_it_is_opened(as_: As, world: World) -> None:
    supervisor, group = as_("supervisor"), {"unit_group_id": world.group["各学校（园）"]}
    offices = {"name": "局机关股室", "rule": {"kinds": ["office"]}}
    asked = opened(supervisor, world, unit_group_id=ok(supervisor.post(f"{API}/unit-groups", json=offices), 201)["id"])
    told = [("given", "risk-rounds", asked["id"])]
    assert heard(as_, "education") == told and heard(as_) == heard(as_, "sysadmin") == []
    path = f"{API}/risk-rounds/{asked['id']}"
    for changes in ({"title": "廉政风险再排查"}, group, {"title": "廉政风险排查"}):
        ok(supervisor.patch(path, json=changes, headers={"if-match": supervisor.get(path).headers["etag"]}))
    assert heard(as_) == heard(as_, "middle") == heard(as_, "education") == told, "whom it is asked of meanwhile, too"
    (notice,) = ok(as_("school").get(f"{API}/notifications"))["data"]
    assert notice["text"] == f"{asked['year']}年廉政风险排查已经部署，请在 {asked['deadline_on']} 前填报"


def test_a_unit_is_told_of_each_opinion_of_whoever_supervises_it_and_not_what_it_says(as_: As, stock: Stock) -> None:
    matter = MAKE["major_decision"](stock, "disclosed")
    for _ in range(2):
        ok(as_("supervisor").post(f"{API}/major-decisions/{matter}/remarks", json={"text": NOTE["note"]}), 201)
    assert heard(as_) == [("received", "major-decisions", matter)] * 2 and heard(as_, "middle") == []
    number = ok(as_("school").get(f"{API}/major-decisions/{matter}"))["number"]
    notice = ok(as_("school").get(f"{API}/notifications"))["data"][0]
    assert notice["text"] == f"三重一大事项 {SCHOOL} {day(0).year}-{number:03}有新的监督意见，请答复"


def test_of_a_case_its_new_handler_is_told_by_number_and_the_district_once_of_its_circular(
    as_: As, stock: Stock, world: World
) -> None:
    case = MAKE["case_file"](stock, "concluded")
    who = {"user_id": world.user["office"]}
    ok(as_("supervisor").post(f"{API}/cases/{case}/add-handler", json=who))
    (notice,) = ok(as_("office").get(f"{API}/notifications"))["data"]
    assert (notice["kind"], notice["text"]) == ("assigned", f"案件线索 #{case}已交由您承办")
    assert heard(as_) == heard(as_, "education") == []
    assert as_("supervisor").post(f"{API}/cases/{case}/remove-handler", json=who).status_code == 204
    assert heard(as_, "office") == [], "what one may not know any more is not told of either"
    readers = {"unit_ids": [world.unit[SCHOOL]], "copy_unit_ids": [world.unit["人事股"]]}
    seen = circulated(as_, world, {"id": case}, "education", **readers)
    paper, circular = seen["document"]["id"], seen["circular_id"]
    assert heard(as_) == [("given", "documents", paper)], "where they receipt it"
    assert heard(as_, "office") == [("published", "documents", paper)]
    assert heard(as_, "middle") == [("published", "case-circulars", circular)], "whoever the paper was not given to"
    assert heard(as_, "sysadmin") == heard(as_, "other_school") == []


def test_when_a_round_of_appraisal_is_frozen_each_unit_is_told_that_its_points_stand(as_: As, stock: Stock) -> None:
    result = MAKE["appraisal_result"](stock, "shown")
    round_id = ok(as_("supervisor").get(f"{API}/appraisal-results/{result}"))["appraisal_id"]
    ok(as_("supervisor").post(f"{API}/appraisals/{round_id}/freeze"))
    assert heard(as_) == [("final", "appraisal-results", result)] and heard(as_, "middle") == []


def test_a_notice_calls_its_row_by_what_its_people_know_it_by(as_: As, stock: Stock, world: World, on: On) -> None:
    """A number, a kind, an item of the plan; an id only where there is nothing else."""
    school, supervisor = as_("school"), as_("supervisor")
    found = rectification(as_, world)
    number = ok(school.get(f"{API}/rectifications/{found['id']}"))["number"]
    own = stock.rectification(SCHOOL, "closed", 9)
    filed, broken_down = MAKE["filing"](stock, "filed"), MAKE["breakdown"](stock, "submitted")
    for matter in (f"rectifications/{own}/reopen", f"filings/{filed}/send-back", f"breakdowns/{broken_down}/send-back"):
        ok(supervisor.post(f"{API}/{matter}", json=NOTE))
    item = ok(school.get(f"{API}/breakdowns/{broken_down}"))["item_title"]
    asked = {"deadline_on": day(90).isoformat(), "reason": "评比改期。"}
    later = ok(school.post(f"{API}/rectifications/{found['id']}/extensions", json=asked), 201)
    ok(as_("leader").post(f"{API}/extensions/{later['id']}/approve"))
    decided = ok(school.get(f"{API}/major-decisions/{MAKE['major_decision'](stock, 'decided')}"))
    on(day(90))
    told = [row["text"].partition("的时限")[0] for row in ok(school.get(f"{API}/notifications"))["data"]]
    assert number == f"{day(0).year}-督-001"
    assert f"三重一大事项 {SCHOOL} {decided['year']}-{decided['number']:03}" in told
    assert told[-5:] == [
        f"整改 {number}的延期申请已批准",
        f"“{item}”的任务分解被退回，请按意见修改后再报",
        "责任书备案被退回，请按意见修改后再报",
        f"整改 #{own}已重启，请继续办理",
        f"收到整改 {number}，请在时限内办理",
    ]
