"""Who has filed what is asked: units × kinds; each sum is the number of rows behind its link."""

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.filings.steps import ADOPTED, AT, LAST, THIS, drafted, filed, matrix, missing, required, sent_back, standings
from tests.walk.steps import API, ok
from tests.world import World

EVERY = ["柳林镇中心校", "柳林小学", "实验小学", "第一中学", "第一幼儿园"]


def test_how_each_unit_stands(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    required(supervisor, world)
    filed(as_("school"))
    drafted(as_("middle"))
    sent_back(supervisor, filed(as_("kindergarten")))
    assert standings(supervisor) == {
        "柳林镇中心校": "missing",
        "柳林小学": "missing",
        "实验小学": "filed",
        "第一中学": "draft",
        "第一幼儿园": "sent_back",
    }
    # The next version under way does not hide the one on record.
    drafted(as_("school"))
    assert standings(supervisor)["实验小学"] == "filed"
    assert standings(supervisor, unit_id=world.unit["第一中学"]) == {"第一中学": "draft"}
    pages = [matrix(supervisor, limit=3), matrix(supervisor, limit=3, after=matrix(supervisor, limit=3)["next"])]
    assert [unit["unit_name"] for page in pages for unit in page["data"]] == EVERY
    assert pages[0]["kinds"] == pages[1]["kinds"]


def test_sums_are_the_rows_behind_them(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    required(supervisor, world, "charter", office_id=world.unit["人事股"])
    required(supervisor, world, "responsibility_letter")
    required(supervisor, world, "party_responsibility_list", unit_group_id=world.group["各基层党组织"])
    filed(as_("school"))
    drafted(as_("central"), unit_id=world.unit["柳林小学"])
    filed(as_("middle"), "responsibility_letter", year=LAST)
    filed(as_("school"), "party_responsibility_list", unit_id=world.unit["实验小学党支部"])
    for account in ("supervisor", "leader", "discipline", "office", "education", "school", "central", "sysadmin"):
        for year in (LAST, THIS):
            sums = {each["kind"]: each["missing"] for each in matrix(as_(account), year=year)["kinds"]}
            for kind, figure in sums.items():
                listed = ok(as_(account).get(f"{AT}/missing?kind={kind}&year={year}&count=true&limit=200"))
                assert len(listed["data"]) == listed["total"] == figure, (account, kind, year)
                cells = standings(as_(account), kind, year=year)
                assert sorted(row["name"] for row in listed["data"]) == sorted(
                    u for u in cells if cells[u] == "missing"
                )
    assert missing(supervisor, "charter") == ["柳林镇中心校", "第一中学", "第一幼儿园"]
    assert missing(supervisor, "responsibility_letter", year=LAST) == [name for name in EVERY if name != "第一中学"]
    assert missing(supervisor, "responsibility_letter", year=THIS) == EVERY
    assert missing(supervisor, "party_responsibility_list") == ["城区联合党支部"]
    assert missing(supervisor, "assessment_method") == []  # It is asked of nobody.


def test_what_is_asked_yearly_is_asked_anew(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    asked = required(supervisor, world)
    filed(as_("school"), adopted_on=f"{LAST}-03-02")
    assert "实验小学" not in missing(supervisor, year=THIS)
    changed = {"json": {"yearly": True}, "headers": {"if-match": str(asked["version"])}}
    ok(supervisor.patch(f"{API}/filing-requirements/{asked['id']}", **changed))
    assert "实验小学" in missing(supervisor, year=THIS) and "实验小学" not in missing(supervisor, year=LAST)


def test_each_sees_the_units_whose_filings_they_would(as_: As, world: World) -> None:
    required(as_("supervisor"), world, "charter", office_id=world.unit["人事股"])
    required(as_("supervisor"), world, "rules_of_procedure")
    for account, charters, rules in (
        ("supervisor", EVERY, EVERY),
        ("office", EVERY, []),
        ("education", [], []),
        ("school", ["实验小学"], ["实验小学"]),
        ("central", EVERY[:2], EVERY[:2]),
        ("sysadmin", [], []),
        ("other_supervisor", [], []),
    ):
        assert missing(as_(account), "charter") == charters, account
        assert missing(as_(account), "rules_of_procedure") == rules, account
    assert matrix(as_("other_supervisor"))["kinds"] == []


def test_the_supervisor_keeps_what_is_asked(as_: As, world: World) -> None:
    asked = required(as_("supervisor"), world, "responsibility_letter", deadline="三月底前")
    assert asked["yearly"] is True and asked["unit_group_name"] == "各学校（园）"
    path, body = f"{API}/filing-requirements", {"kind": "charter", "unit_group_id": world.group["各幼儿园"]}
    for field, value in {"unit_group_id": 999_999, "office_id": world.unit["实验小学"]}.items():
        refused = as_("supervisor").post(path, json={**body, field: value})
        assert refused.json()["errors"][0]["pointer"] == f"/{field}" and refused.status_code == 422
    assert as_("school").post(path, json=body).status_code == 403
    assert as_("school").get(f"{path}/{asked['id']}").status_code == 200
    assert as_("office").delete(f"{path}/{asked['id']}").status_code == 403
    assert as_("other_supervisor").delete(f"{path}/{asked['id']}").status_code == 404
    ok(as_("supervisor").delete(f"{path}/{asked['id']}"), 204)
    assert matrix(as_("supervisor"))["kinds"] == []


def test_the_table_goes_out_as_it_is_shown(as_: As, browse: As, world: World) -> None:
    required(as_("supervisor"), world)
    filed(as_("school"))
    (head, *lines) = csv_lines(as_("supervisor").get(f"{AT}/matrix.csv").content)
    assert head[:2] == ["单位", "章程"]
    assert {line[0]: line[1] for line in lines} == {name: "缺" for name in EVERY} | {"实验小学": "已备案（第1版）"}
    page = browse("supervisor").get("/filings/matrix").text
    assert "/filings/missing?kind=charter&amp;year=" in page and "缺 4 个单位" in page
    found = browse("supervisor").get("/filings/missing?kind=charter").text
    assert all(name in found for name in EVERY if name != "实验小学") and ">实验小学<" not in found


def test_a_school_begins_from_what_is_missing(as_: As, browse: As, world: World) -> None:
    required(as_("supervisor"), world)
    browser = browse("school")
    assert f"/filings/new?unit_id={world.unit['实验小学']}&amp;kind=charter" in browser.get("/filings/missing").text
    new = browser.get(f"/filings/new?unit_id={world.unit['实验小学']}&kind=charter").text
    assert '<option value="charter" selected>' in new
    fields = {"unit_id": world.unit["实验小学"], "kind": "charter", "title": "章程", "adopted_on": ADOPTED}
    wrong = browser.post("/filings", data=form(browser, **fields | {"adopted_on": "2199-01-01", "title": "草案"}))
    assert wrong.status_code == 422 and 'value="草案"' in wrong.text and "还没有到" in wrong.text
    assert browser.post("/filings", data=form(browser, **fields)).status_code == 303
    assert missing(as_("school")) == []
