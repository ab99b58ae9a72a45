"""What the plan demands, row 6: party-building responsibility list, rules of procedure, school charter, one plan per
school, filed by the school; and of row 4 the school's own assessment method."""

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.filings.steps import ADOPTED
from tests.walk.steps import API, PDF, ok
from tests.world import World

KINDS = {
    "charter": ("各学校（园）", "办公室"),
    "rules_of_procedure": ("各学校（园）", "党办"),
    "party_responsibility_list": ("各基层党组织", "人事股"),
    "school_specific_plan": ("各学校（园）", ""),
    "assessment_method": ("各义务教育学校", ""),
}


def test_from_what_is_asked_to_what_is_on_record(as_: As, browse: As, world: World) -> None:
    supervisor, school = browse("supervisor"), browse("school")
    for kind, (group, office) in KINDS.items():
        fields = {"kind": kind, "unit_group_id": world.group[group], "office_id": world.unit.get(office, "")}
        yearly = {"yearly": "1"} if kind == "school_specific_plan" else {}
        sent = supervisor.post("/filing-requirements", data=form(supervisor, **fields, deadline="三月底前", **yearly))
        assert sent.status_code == 303, kind
    # The school sees what it lacks, its branch's list among them, and files each.
    unit, branch = world.unit["实验小学"], world.unit["实验小学党支部"]
    lacking = ok(as_("school").get(f"{API}/filings/matrix"))
    assert {each["kind"]: each["missing"] for each in lacking["kinds"]} == dict.fromkeys(KINDS, 1)
    paths = {}
    for kind in KINDS:
        whose = branch if kind == "party_responsibility_list" else unit
        fields = {"unit_id": whose, "kind": kind, "title": f"本校{kind}", "adopted_on": ADOPTED}
        made = school.post("/filings", data=form(school, **fields))
        assert made.status_code == 303, kind
        home = paths[kind] = made.headers["location"]
        assert school.post(f"{home}/file", data=form(school)).status_code == 409  # There is no file yet.
        target = {"target": "filings", "target_id": home.rpartition("/")[2], "back": home, "kind": "policy"}
        upload = {"data": form(school, **target), "files": {"file": ("章程.pdf", PDF, "application/pdf")}}
        assert school.post("/evidence/upload", **upload).headers["location"] == home
        assert school.post(f"{home}/file", data=form(school)).status_code == 303
    assert ok(as_("school").get(f"{API}/filings?state=filed&count=true"))["total"] == len(KINDS)
    # The office named for the list finds it among its matters and sends it back; the school has it among its own.
    office, home = browse("office"), paths["party_responsibility_list"]
    assert "备案 · 实验小学党支部党建责任清单" in office.get("/my-work").text
    assert as_("office").get(f"{API}{paths['charter']}").status_code == 404
    note = "缺少纪检委员的责任。"
    assert office.post(f"{home}/send-back", data=form(office, note=note)).status_code == 303
    assert office.get("/my-work").text.count("党建责任清单") == 0
    assert "党建责任清单" in school.get("/my-work").text and note in school.get(home).text
    version = ok(as_("school").get(f"{API}{home}"))["version"]
    fields = {"version": version, "title": "党建责任清单（补充）", "adopted_on": ADOPTED}
    assert school.post(f"{home}/edit", data=form(school, **fields)).status_code == 303
    assert school.post(f"{home}/file", data=form(school)).status_code == 303
    assert office.post(f"{home}/confirm", data=form(office)).status_code == 303
    # Revised, the charter is filed anew and the earlier one stays readable as superseded.
    fields = {"unit_id": unit, "kind": "charter", "title": "章程（修订）", "adopted_on": ADOPTED}
    newer = school.post("/filings", data=form(school, **fields)).headers["location"]
    proof = ok(as_("school").get(f"{API}{paths['charter']}"))["evidence"][0]["id"]
    link = {"target": "filings", "target_id": int(newer.rpartition("/")[2])}
    ok(as_("school").post(f"{API}/evidence/{proof}/links", json=link), 201)  # One upload serves both.
    assert school.post(f"{newer}/file", data=form(school)).status_code == 303
    assert "已被取代" in school.get(paths["charter"]).text and "第 2 版" in school.get(newer).text
    # The supervisor sees the table: what the school filed stands there, and every figure is its list.
    table = ok(as_("supervisor").get(f"{API}/filings/matrix"))
    own = next(row for row in table["data"] if row["unit_id"] == unit)
    assert {cell["kind"]: cell["standing"] for cell in own["cells"]} == dict.fromkeys(
        KINDS.keys() - {"party_responsibility_list"}, "filed"
    )
    for each in table["kinds"]:
        rows = ok(as_("supervisor").get(f"{API}/filings/missing?kind={each['kind']}&limit=200"))["data"]
        assert len(rows) == each["missing"] == each["required"] - 1, each
    assert len(csv_lines(as_("supervisor").get(f"{API}/filings.csv").content)) == 1 + len(KINDS) + 1
    trail = ok(as_("auditor").get(f"{API}/events?resource=filing&resource_id={home.rpartition('/')[2]}"))["data"]
    steps = ["create", "file", "send_back", "edit", "file", "confirm"]
    done = [event["operation"] for event in reversed(trail) if event["outcome"] == "done"]
    assert done == [f"filing.{step}" for step in steps]
