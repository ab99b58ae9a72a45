"""Filings over JSON: drafted, filed with a file, reviewed by someone else, superseded by the next version."""

from datetime import timedelta

from app.core.calendar import now, today_of
from tests.conftest import As, form
from tests.filings.steps import ADOPTED, AT, LAST, THIS, drafted, filed, required, sent_back, state, with_file
from tests.walk.steps import ok
from tests.world import World

YEARLY = "responsibility_letter"


def test_a_filing_needs_a_file_before_it_is_filed(as_: As) -> None:
    school = as_("school")
    row = drafted(school)
    assert (row["state"], row["number"], row["evidence"]) == ("draft", None, [])
    refused = school.post(f"{AT}/{row['id']}/file")
    assert (refused.status_code, refused.json()["code"]) == (409, "incomplete")
    assert refused.json()["errors"][0]["pointer"] == "/evidence"
    with_file(school, row)
    done = ok(school.post(f"{AT}/{row['id']}/file"))
    assert (done["state"], done["number"], done["filed_by_name"], done["reviewed_at"]) == ("filed", 1, "刘敏", None)
    assert len(done["evidence"]) == 1 and "edit" not in done["allowed_actions"]


def test_the_next_version_supersedes_the_one_before(as_: As) -> None:
    school = as_("school")
    first, other = filed(school), filed(school, "rules_of_procedure")
    second = filed(school, title="实验小学章程（修订）")
    assert (first["number"], second["number"], other["number"]) == (1, 2, 1)
    assert (state(school, first), state(school, second), state(school, other)) == ("superseded", "filed", "filed")
    assert [each["id"] for each in ok(school.get(f"{AT}/{second['id']}"))["versions"]] == [first["id"]]
    # Each of both writes has its event, in one transaction.
    asked = f"/api/v1/events?resource=filing&resource_id={first['id']}"
    newest = ok(as_("auditor").get(asked))["data"][0]
    assert (newest["operation"], newest["after"]["state"]) == ("filing.supersede", "superseded")


def test_one_sent_back_is_superseded_too(as_: As) -> None:
    school = as_("school")
    first = filed(school)
    sent_back(as_("supervisor"), first)
    second = filed(school)
    assert (state(school, first), state(school, second)) == ("superseded", "filed")
    again = school.post(f"{AT}/{first['id']}/file")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_what_is_made_for_a_year_replaces_that_years_alone(as_: As) -> None:
    school = as_("school")
    old, this = filed(school, YEARLY, year=LAST), filed(school, YEARLY, year=THIS)
    assert (state(school, old), state(school, this)) == ("filed", "filed")
    newer = filed(school, YEARLY, year=THIS)
    assert [state(school, row) for row in (old, this, newer)] == ["filed", "superseded", "filed"]
    assert filed(school, YEARLY)["year"] == THIS and filed(school)["year"] == THIS  # by the day of adoption
    wrong = school.post(AT, json={"kind": "charter", "title": "章程", "adopted_on": ADOPTED, "year": LAST})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/year")


def test_a_unit_has_one_draft_of_a_kind(as_: As) -> None:
    school = as_("school")
    row = drafted(school)
    again = school.post(AT, json={"kind": "charter", "title": "另一份", "adopted_on": ADOPTED})
    assert (again.status_code, again.json()["code"]) == (409, "draft_exists")
    drafted(school, YEARLY, year=LAST)
    letter = drafted(school, YEARLY, year=THIS)
    moved = {"headers": {"if-match": str(letter["version"])}, "json": {"year": LAST}}
    assert school.patch(f"{AT}/{letter['id']}", **moved).status_code == 409
    with_file(school, row)
    ok(school.delete(f"{AT}/{row['id']}"), 204)
    assert school.get(f"{AT}/{row['id']}").status_code == 404
    drafted(school)


def test_sent_back_with_a_note_and_filed_again_under_its_number(as_: As) -> None:
    school, supervisor = as_("school"), as_("supervisor")
    row = filed(school)
    bare = supervisor.post(f"{AT}/{row['id']}/send-back")
    assert bare.status_code == 422 and bare.json()["errors"][0]["pointer"] == "/note"
    back = sent_back(supervisor, row)
    assert (back["state"], back["sent_back_note"], back["number"]) == ("sent_back", "缺少议事决策一章。", 1)
    mended = ok(school.get(f"{AT}/{row['id']}"))
    assert {"edit", "link_evidence", "file"} <= set(mended["allowed_actions"])
    fields = {"headers": {"if-match": str(mended["version"])}, "json": {"title": "实验小学章程（修订稿）"}}
    ok(school.patch(f"{AT}/{row['id']}", **fields))
    again = ok(school.post(f"{AT}/{row['id']}/file"))
    assert (again["state"], again["number"], again["title"]) == ("filed", 1, "实验小学章程（修订稿）")
    assert again["sent_back_note"] is None


def test_confirmed_once_and_anew_after_it_was_sent_back(as_: As) -> None:
    school, supervisor = as_("school"), as_("supervisor")
    row = filed(school)
    done = ok(supervisor.post(f"{AT}/{row['id']}/confirm"))
    assert (done["state"], done["reviewed_by_name"]) == ("filed", "李卫东") and "confirm" not in done["allowed_actions"]
    twice = supervisor.post(f"{AT}/{row['id']}/confirm")
    assert (twice.status_code, twice.json()["code"]) == (409, "reviewed")
    assert sent_back(supervisor, row)["reviewed_at"] is None


def test_no_one_reviews_the_own_units(as_: As, world: World) -> None:
    required(as_("supervisor"), world, office_id=world.unit["人事股"])
    own, schools = filed(as_("office")), filed(as_("school"))
    for action in ("confirm", "send-back"):
        assert as_("office").post(f"{AT}/{own['id']}/{action}", json={"note": "自审。"}).status_code == 403
        assert as_("school").post(f"{AT}/{schools['id']}/{action}", json={"note": "自审。"}).status_code == 403
    assert set(ok(as_("office").get(f"{AT}/{own['id']}"))["allowed_actions"]) == set()
    ok(as_("office").post(f"{AT}/{schools['id']}/confirm"))
    ok(as_("supervisor").post(f"{AT}/{own['id']}/confirm"))
    # The supervision office's own is a leader's.
    theirs = filed(as_("supervisor"), unit_id=world.unit["督查室"])
    assert as_("supervisor").post(f"{AT}/{theirs['id']}/confirm").status_code == 403
    ok(as_("leader").post(f"{AT}/{theirs['id']}/confirm"))
    assert as_("leader").post(f"{AT}/{schools['id']}/send-back", json={"note": "退回。"}).status_code == 403


def test_who_sees_and_files_whose(as_: As, world: World) -> None:
    required(as_("supervisor"), world, office_id=world.unit["人事股"])
    charter, rules = filed(as_("school")), filed(as_("school"), "rules_of_procedure")
    beneath = drafted(as_("central"), unit_id=world.unit["柳林小学"])
    every = {charter["id"], rules["id"], beneath["id"]}
    for account, seen in {
        "supervisor": every,
        "leader": every,
        "discipline": every,
        "office": {charter["id"], beneath["id"]},
        "education": set(),
        "school": {charter["id"], rules["id"]},
        "central": {beneath["id"]},
        "middle": set(),
        "sysadmin": set(),
        "other_supervisor": set(),
    }.items():
        found = {row["id"] for row in ok(as_(account).get(AT))["data"]}
        assert found == seen, account
        assert {i for i in every if as_(account).get(f"{AT}/{i}").status_code == 200} == seen, account
    proof = charter["evidence"][0]["id"]
    assert as_("office").get(f"/api/v1/evidence/{proof}").status_code == 200
    assert as_("education").get(f"/api/v1/evidence/{proof}").status_code == 404
    body = {"kind": "charter", "title": "章程", "adopted_on": ADOPTED}
    assert as_("school").post(AT, json={**body, "unit_id": world.unit["第一中学"]}).status_code == 403
    assert as_("leader").post(AT, json={**body, "unit_id": world.unit["第一中学"]}).status_code == 403
    assert as_("discipline").post(AT, json=body).status_code == 422  # It files nothing with the bureau.
    assert as_("middle").post(f"{AT}/{charter['id']}/file").status_code == 404
    assert as_("supervisor").post(f"{AT}/{beneath['id']}/file").status_code == 403


def test_dates_to_come_are_refused(as_: As) -> None:
    late = (today_of(now()) + timedelta(days=1)).isoformat()
    refused = as_("school").post(AT, json={"kind": "charter", "title": "章程", "adopted_on": late})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/adopted_on")
    row = drafted(as_("school"))
    for given in ({"adopted_on": late}, {"title": None}, {"state": "filed"}, {"unit_id": 1}):
        answer = as_("school").patch(f"{AT}/{row['id']}", json=given, headers={"if-match": str(row["version"])})
        assert answer.status_code == 422, given


def test_only_a_later_version_is_said_to_replace_one(as_: As, browse: As) -> None:
    school = browse("school")
    for replaces in (False, True):
        row = with_file(as_("school"), drafted(as_("school")))
        school.post(f"/filings/{row['id']}/file", data=form(school))
        shown = school.get(f"/filings/{row['id']}").text
        assert "已报送备案" in shown and ("上一版自动列为被取代" in shown) == replaces
    # Of what is made for no year it goes by no year; what is filed again after it was sent back replaces nothing.
    row = with_file(as_("school"), drafted(as_("school"), adopted_on=f"{LAST}-01-01"))
    for replaces in (True, False):
        school.post(f"/filings/{row['id']}/file", data=form(school))
        assert ("上一版自动列为被取代" in school.get(f"/filings/{row['id']}").text) == replaces
        sent_back(as_("supervisor"), row)
