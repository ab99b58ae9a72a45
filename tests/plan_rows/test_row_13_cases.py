"""What the plan demands, row 13: cases in admissions, construction, research funds, school enterprises and procurement,
from the clue to the circular, restricted to their handlers."""

from tests.cases.steps import FOUND, TOLD, WORDS
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.walk.steps import API, PDF, finding, inspection, ok
from tests.world import World

CATEGORIES = ("招生考试", "工程建设", "教研经费", "校办企业", "招标采购", "师德失范")


def test_from_a_finding_to_what_the_district_reads(as_: As, browse: As, world: World) -> None:
    supervisor, school, discipline = browse("supervisor"), browse("school"), browse("discipline")
    made = inspection(as_, [world.unit["实验小学"]])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    found = finding(as_, made["id"], world.unit["实验小学"])
    ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))
    # The finding's page leads there, not for the school that it is about.
    link = f"/cases/new?finding_id={found['id']}"
    assert link in supervisor.get(f"/findings/{found['id']}").text
    assert "转为线索" not in school.get(f"/findings/{found['id']}").text
    page = supervisor.get(link).text
    assert "由督查问题转来" in page and all(category in page for category in CATEGORIES)
    fields = {"finding_id": found["id"], "category": "procurement", "source": "finding", "person": "高岩", **WORDS}
    wrong = supervisor.post("/cases", data=form(supervisor, **fields | {"source": "audit"}))
    assert wrong.status_code == 422 and WORDS["title"] in wrong.text
    sent = supervisor.post("/cases", data=form(supervisor, **fields))
    assert sent.status_code == 303, sent.text
    home = sent.headers["location"]
    assert WORDS["title"] in supervisor.get("/my-work").text and WORDS["title"] in supervisor.get("/cases").text
    # Nobody else knows; then the stationed team's person is asked in.
    for other in (school, discipline, browse("office"), browse("leader")):
        assert other.get(home).status_code == 404
        assert WORDS["title"] not in other.get("/my-work").text + other.get("/search?q=大宗采购").text
    assert "郑严" in supervisor.get(home).text and "刘敏" not in supervisor.get(home).text.partition("增加承办人")[2]
    asked = form(supervisor, user_id=world.user["discipline"])
    assert supervisor.post(f"{home}/add-handler", data=asked).status_code == 303
    assert discipline.get(home).status_code == 200
    assert discipline.post(f"{home}/notes", data=form(discipline, text="与总务主任谈话。")).status_code == 303
    target = {"target": "cases", "target_id": home.rpartition("/")[2], "back": home, "kind": "inspection"}
    upload = {"data": form(discipline, **target), "files": {"file": ("谈话笔录.pdf", PDF, "application/pdf")}}
    assert discipline.post("/evidence/upload", **upload).headers["location"] == home
    assert "谈话笔录" in supervisor.get(home).text and "谈话笔录" not in browse("leader").get("/evidence").text
    for step in ("examine", "file"):
        assert supervisor.post(f"{home}/{step}", data=form(supervisor)).status_code == 303
    refused = supervisor.post(f"{home}/conclude", data=form(supervisor))
    assert refused.status_code == 409 and "请填写结论" in refused.text
    version = ok(as_("supervisor").get(f"{API}{home}"))["version"]
    changed = {**WORDS, **FOUND, "category": "procurement", "source": "finding", "person": "高岩", "version": version}
    assert supervisor.post(f"{home}/edit", data=form(supervisor, **changed)).status_code == 303
    assert supervisor.post(f"{home}/conclude", data=form(supervisor)).status_code == 303
    # Its circular is an official document, which names nobody and is approved by the other handler.
    assert ">起草通报</button>" in supervisor.get(home).text
    assert supervisor.post(f"{home}/draw-up", data=form(supervisor)).status_code == 303
    drawn = ok(as_("supervisor").get(f"{API}{home}"))["document"]
    paper = f"/documents/{drawn['id']}"
    assert paper in supervisor.get(home).text and ">起草通报</button>" not in supervisor.get(home).text
    chosen = ok(as_("supervisor").get(f"{API}{paper}"))
    words = {"title": drawn["title"], "unit_ids[]": chosen["unit_ids"], "version": chosen["version"]}
    named = supervisor.post(f"{paper}/edit", data=form(supervisor, **words, body="高岩被批评教育。"))
    assert named.status_code == 422 and "请隐去" in named.text and "高岩被批评教育。" in named.text
    assert supervisor.post(f"{paper}/edit", data=form(supervisor, **words, body=TOLD)).status_code == 303
    assert supervisor.post(f"{paper}/submit", data=form(supervisor)).status_code == 303
    assert "撤回" in supervisor.get(paper).text and paper in discipline.get("/my-work").text
    for other in (school, browse("leader"), browse("office")):
        assert other.get(paper).status_code == 404 and paper not in other.get("/documents").text
    for person, step in ((discipline, "approve"), (supervisor, "serve")):
        assert person.post(f"{paper}/{step}", data=form(person)).status_code == 303, step
    assert "教案通〔" in school.get("/documents").text and school.get(paper).status_code == 200
    assert school.get(f"{paper}.docx").status_code == 200 and home not in school.get(paper).text
    assert school.post(f"{paper}/receipt", data=form(school, receiver="刘敏")).status_code == 303
    # The ledger is the handlers'; the circular is everyone's and says nothing of where it comes from.
    (head, line) = csv_lines(discipline.get("/cases.csv").content)
    shown = dict(zip(head, line, strict=True))
    assert (shown["涉及单位"], shown["承办人"], shown["结论"]) == ("实验小学", "李卫东、郑严", FOUND["conclusion"])
    assert len(csv_lines(browse("leader").get("/cases.csv").content)) == 1
    read = school.get("/case-circulars").text
    assert TOLD[:20] in read and "高岩" not in read and home not in read
    assert school.get(home).status_code == 404 and WORDS["title"] not in supervisor.get("/my-work").text
