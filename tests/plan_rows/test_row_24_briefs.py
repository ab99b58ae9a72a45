"""What the plan demands, row 24: highlights, experience, publicity and analyses of new situations go from school to
bureau, which selects, promotes, collects, and improves the plan by them."""

import io

from docx import Document

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import day
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, PDF, import_plan, issued_plan, items, ok
from tests.world import World

LINK = "https://news.example.com/qinglian/1.html"


def test_from_what_a_school_writes_to_what_the_district_reads_and_the_plan_takes_up(
    as_: As, browse: As, world: World
) -> None:
    plan = issued_plan(as_)
    school, supervisor, neighbour = browse("school"), browse("supervisor"), browse("middle")
    written = {
        "highlight": "清廉家风进课堂",
        "publicity": "《伙食账目天天晒》",
        "situation_analysis": "课后服务经费的新情况",
        "experience": "采购公开三步走",
    }
    homes = {}
    for kind, title in written.items():
        fields = {"kind": kind, "title": title, "text": "做法一。\n做法二。", "written_on": day(0).isoformat()}
        more = {"link": LINK} if kind == "publicity" else {}
        if kind == "publicity":
            lacking = school.post("/briefs", data=form(school, unit_id=world.unit["实验小学"], **fields))
            assert lacking.status_code == 422 and "宣传须填写发布的网址" in lacking.text and title in lacking.text
        given = {"unit_id": world.unit["实验小学"], "plan_id": plan["id"], **fields, **more}
        made = school.post("/briefs", data=form(school, **given))
        assert made.status_code == 303, made.text
        homes[kind] = made.headers["location"]
    # A photo goes along; each is submitted, one withdrawn and submitted again.
    target = {"target": "briefs", "target_id": homes["highlight"].rpartition("/")[2], "back": homes["highlight"]}
    upload = {"data": form(school, **target, kind="activity"), "files": {"file": ("照片.pdf", PDF, "application/pdf")}}
    assert school.post("/evidence/upload", **upload).headers["location"] == homes["highlight"]
    for home in homes.values():
        assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    assert school.post(f"{homes['experience']}/withdraw", data=form(school)).status_code == 303
    assert school.post(f"{homes['experience']}/submit", data=form(school)).status_code == 303
    # The supervisor finds them among the matters, selects three, declines one with a note, promotes two.
    assert supervisor.get("/my-work").text.count("由督查室选用") == len(homes)
    assert f'href="{LINK}" rel="noreferrer"' in supervisor.get(homes["publicity"]).text
    for kind in ("highlight", "publicity", "situation_analysis"):
        assert supervisor.post(f"{homes[kind]}/select", data=form(supervisor)).status_code == 303
    note = "请补充成效数据。"
    assert supervisor.post(f"{homes['experience']}/decline", data=form(supervisor, note=note)).status_code == 303
    assert note in school.get(homes["experience"]).text
    assert neighbour.get(homes["highlight"]).status_code == 404
    for kind in ("highlight", "publicity"):
        assert supervisor.post(f"{homes[kind]}/promote", data=form(supervisor)).status_code == 303
    assert neighbour.get(homes["highlight"]).status_code == 200
    # The plan's next edition takes the analysis up in an item of its own: what is issued cannot. It stands on its pages.
    added = "4.规范课后服务经费。主要措施：按月结算、统一公示。责任股室：计财股\n三、工作要求"
    following = import_plan(supervisor, PLAN.replace("三、工作要求", added))
    assert following["previous_id"] == plan["id"]
    item, late = items(as_, following["id"])[3], form(supervisor, plan_id=plan["id"])
    refused = supervisor.post(f"{homes['situation_analysis']}/adopt", data=late)
    assert refused.status_code == 422 and "已经印发" in refused.text
    sent = form(supervisor, plan_id=following["id"], plan_item_id=item["id"])
    assert supervisor.post(f"{homes['situation_analysis']}/adopt", data=sent).status_code == 303
    for page in ("", "/review", "/comparison"):
        shown = supervisor.get(f"/plans/{following['id']}{page}").text
        assert written["situation_analysis"] in shown and "写进“规范课后服务经费”" in shown, page
    # The collection, as a page and as a paper; who hands in how much.
    shown = supervisor.get(f"/briefs/collection?written_from={day(0)}").text
    paper = Document(io.BytesIO(supervisor.get("/briefs/collection.docx?state=promoted").content))
    lines = [paragraph.text for paragraph in paper.paragraphs]
    assert "一、亮点" in shown and "三、研判" in shown and written["experience"] not in shown
    assert "（一）清廉家风进课堂" in lines and "二、宣传" in lines and f"链接：{LINK}" in lines
    assert written["situation_analysis"] not in "".join(lines)
    counted = ok(as_("supervisor").get(f"{API}/briefs/counts"))["data"]
    assert [(row["submitted"], row["selected"], row["promoted"], row["adopted"]) for row in counted] == [(4, 3, 2, 1)]
    assert f"/briefs?unit_id={world.unit['实验小学']}" in supervisor.get("/briefs/counts").text
    assert len(csv_lines(as_("middle").get(f"{API}/briefs.csv").content)) == 1 + 2
    row_id = homes["experience"].rpartition("/")[2]
    trail = ok(as_("auditor").get(f"{API}/events?resource=brief&resource_id={row_id}"))["data"]
    done = [event["operation"] for event in reversed(trail) if event["outcome"] == "done"]
    assert done == [f"brief.{step}" for step in ("create", "submit", "withdraw", "submit", "decline")]
