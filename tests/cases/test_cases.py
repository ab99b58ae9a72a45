"""Cases over JSON: known to their handlers alone, in lists, counts, searches, files, matters and by their numbers."""

from tests.cases.steps import AT, CIRCULARS, FOUND, OFFICES, TOLD, circulated, concluded, joined, noted, opened
from tests.conftest import As
from tests.exported import csv_lines
from tests.walk.steps import API, evidence, finding, inspection, ok
from tests.world import World

OTHERS = ("supervisor", "office", "education", "school", "leader", "sysadmin", "auditor", "other_supervisor")


def test_only_its_handlers_know_of_a_case(as_: As, world: World) -> None:
    row = opened(as_("supervisor"), world, person="高岩")
    proof = evidence(
        as_("supervisor"), "询价单", target="cases", target_id=str(row["id"]), unit_id=world.unit["督查室"]
    )
    knows = {"supervisor"}

    def check() -> None:
        for account in (*OTHERS, "discipline", "other_discipline"):
            client, seen = as_(account), account in knows
            assert [each["id"] for each in ok(client.get(AT))["data"]] == [row["id"]] * seen, account
            assert ok(client.get(f"{AT}?count=true&q=报价&unit_id={world.unit['实验小学']}"))["total"] == seen
            assert len(csv_lines(client.get(f"{AT}.csv").content)) == 1 + seen
            for path in (f"{AT}/{row['id']}", f"{API}/evidence/{proof['id']}", f"{API}/evidence/{proof['id']}/file"):
                assert client.get(path).status_code == (200 if seen else 404), (account, path)
            work = client.get(f"{API}/my-work")
            assert ("大宗采购" in work.text) == seen, account
            assert client.post(f"{AT}/{row['id']}/notes", json={"text": "探听。"}).status_code in (
                (201,) if seen else (404,)
            )

    check()
    joined(as_("supervisor"), row, world.user["office"])
    knows.add("office")
    check()
    removed = {"json": {"user_id": world.user["supervisor"]}}
    ok(as_("office").post(f"{AT}/{row['id']}/remove-handler", **removed), 204)
    knows.remove("supervisor")
    check()
    last = as_("office").post(f"{AT}/{row['id']}/remove-handler", json={"user_id": world.user["office"]})
    assert (last.status_code, last.json()["code"]) == (409, "last_handler")
    told = ok(as_("auditor").get(f"{API}/events?resource=case_file&resource_id={row['id']}"))["data"]
    done = [(event["operation"], event["after"] or event["before"]) for event in told if event["outcome"] == "done"]
    assert ("case_file.add_handler", {"user_id": world.user["office"]}) in done
    assert ("case_file.remove_handler", removed["json"]) in done
    for event in told:  # Whom it is about the log does not say.
        assert not {"unit_id", "person"} & (event["after"] or {}).keys() and "采购" not in str(event)


def test_the_stationed_teams_own_is_known_to_it_and_to_nobody_else(as_: As, world: World) -> None:
    row = opened(as_("discipline"), world, "第一中学")
    assert row["of_discipline"] is True
    for account in OTHERS:
        assert ok(as_(account).get(AT))["data"] == [] and as_(account).get(f"{AT}/{row['id']}").status_code == 404
    assert opened(as_("supervisor"), world)["of_discipline"] is False
    assert [each["id"] for each in ok(as_("discipline").get(AT))["data"]] == [row["id"]]


def test_nobody_of_the_unit_concerned_handles_it(as_: As, world: World) -> None:
    for account, unit in {"office": "人事股", "supervisor": "督查室"}.items():
        body = {"category": "other", "source": "audit", "title": "线索", "text": "内容。", "unit_id": world.unit[unit]}
        refused = as_(account).post(AT, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/unit_id")
        assert as_("school").post(AT, json=body).status_code == as_("leader").post(AT, json=body).status_code == 403
    row = opened(as_("supervisor"), world, "教育股")
    for account in ("education", "school", "leader", "other_discipline"):
        refused = as_("supervisor").post(f"{AT}/{row['id']}/add-handler", json={"user_id": world.user[account]})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/user_id"), account
    joined(as_("supervisor"), row, world.user["office"])
    # Whoever is granted something on that unit afterwards knows nothing of it any more.
    grant = {"role": "office", "unit_id": world.unit["教育股"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['office']}/role-grants", json=grant), 201)
    assert as_("office").get(f"{AT}/{row['id']}").status_code == 404 and ok(as_("office").get(AT))["data"] == []


def test_numbers_say_nothing_of_how_many_there_are(as_: As, world: World) -> None:
    rows = [opened(as_("supervisor"), world) for _ in range(3)]
    ids = [row["id"] for row in rows]
    assert min(abs(a - b) for n, a in enumerate(ids) for b in ids[:n]) > 3 and min(ids) >= 10**9
    assert [each["id"] for each in ok(as_("supervisor").get(AT))["data"]] == ids[::-1]
    pages = ok(as_("supervisor").get(f"{AT}?limit=2"))
    rest = ok(as_("supervisor").get(f"{AT}?limit=2&cursor={pages['next']}"))["data"]
    assert [each["id"] for each in rest] == ids[:1]


def test_from_clue_to_circular_and_closed_without_filing(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    row = opened(supervisor, world, person="高岩")
    path = f"{AT}/{row['id']}"
    assert supervisor.post(f"{path}/file").json()["code"] == "wrong_state"
    ok(supervisor.post(f"{path}/examine"))
    ok(supervisor.post(f"{path}/file"))
    refused = supervisor.post(f"{path}/conclude")
    assert refused.json()["code"] == "incomplete"
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/conclusion", "/measures"]
    version = noted(supervisor, row)["version"]
    ok(supervisor.patch(path, json=FOUND, headers={"if-match": str(version)}))
    ok(supervisor.post(f"{path}/conclude"))
    done = circulated(as_, world, row, "office")
    assert (done["state"], done["circular"], done["allowed_actions"]) == ("circulated", TOLD, [])
    for account in ("school", "middle", "leader", "discipline", "education"):
        (read,) = ok(as_(account).get(CIRCULARS))["data"]
        assert read["text"] == TOLD and str(row["id"]) not in str(read) and "unit_id" not in read
        assert as_(account).get(path).status_code == 404
    assert ok(as_("other_supervisor").get(CIRCULARS))["data"] == ok(as_("sysadmin").get(CIRCULARS))["data"] == []
    other = opened(supervisor, world)
    assert supervisor.post(f"{AT}/{other['id']}/close").status_code == 422
    assert ok(supervisor.post(f"{AT}/{other['id']}/close", json={"note": "不属实。"}))["state"] == "closed"


def test_a_category_is_not_handled_without_its_office(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    body = {"category": "ethics", "office_id": world.unit["人事股"]}
    assert as_("office").post(OFFICES, json=body).status_code == 403
    row = opened(supervisor, world, category="ethics", source="complaint")
    ok(supervisor.post(OFFICES, json=body), 201)
    refused = supervisor.post(f"{AT}/{row['id']}/examine")
    assert (refused.status_code, refused.json()["code"]) == (409, "office_missing") and "人事股" in refused.text
    joined(supervisor, row, world.user["education"])
    assert supervisor.post(f"{AT}/{row['id']}/examine").status_code == 409
    row = joined(supervisor, row, world.user["office"])
    assert concluded(as_("office"), row)["state"] == "concluded"
    free = opened(supervisor, world)
    assert concluded(supervisor, free)["state"] == "concluded"


def test_a_finding_becomes_a_clue_for_those_who_read_it(as_: As, world: World) -> None:
    made = inspection(as_, [world.unit["实验小学"]])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    found = finding(as_, made["id"], world.unit["实验小学"])
    body = {
        "category": "procurement",
        "source": "finding",
        "title": "收费线索",
        "text": "内容。",
        "finding_id": found["id"],
    }
    row = ok(as_("supervisor").post(AT, json=body), 201)
    assert (row["unit_name"], row["finding_id"]) == ("实验小学", found["id"])
    hidden = as_("office").post(AT, json=body)
    missing = as_("office").post(AT, json={**body, "finding_id": 987_654_321})
    assert hidden.status_code == missing.status_code == 422
    assert hidden.json()["errors"][0]["pointer"] == missing.json()["errors"][0]["pointer"] == "/finding_id"
    # The draft is not held back by what nobody may know of.
    ok(as_("supervisor").delete(f"{API}/findings/{found['id']}"), 204)
    assert ok(as_("supervisor").get(f"{AT}/{row['id']}"))["finding_id"] is None
