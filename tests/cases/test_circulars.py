"""The circular of a case: an official document that its handlers draw up and approve, and nobody else knows of until it
is served; after that its units read it, and nothing else of the case."""

import io

from docx import Document as Docx

from app.documents.models import Document
from tests.cases.steps import AT, CIRCULARS, TOLD, circulated, concluded, drawn_up, joined, noted, opened
from tests.conftest import As
from tests.documents.steps import DOCUMENTS, receipt
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

ELSEWHERE = ("leader", "discipline", "education", "school", "middle", "sysadmin", "other_supervisor")


def test_until_it_is_served_its_handlers_alone_know_of_it(as_: As, world: World) -> None:
    """Nor does the supervision office, where it does not handle the case, or a leader, who approves all others."""
    row = joined(
        as_("supervisor"), concluded(as_("supervisor"), opened(as_("supervisor"), world)), world.user["office"]
    )
    ok(as_("supervisor").post(f"{AT}/{row['id']}/remove-handler", json={"user_id": world.user["supervisor"]}), 204)
    paper = drawn_up(as_, row, "office", title="关于采购的通报")
    path, everybody = f"{DOCUMENTS}/{paper['id']}", (*ELSEWHERE, "supervisor")

    def unknown() -> None:
        for account in everybody:
            client = as_(account)
            assert client.get(path).status_code == client.get(f"{path}.docx").status_code == 404, account
            assert "关于采购" not in client.get(DOCUMENTS).text + client.get(f"{API}/my-work").text, account
            for step in ("submit", "withdraw", "approve", "serve"):
                assert client.post(f"{path}/{step}", json={}).status_code == 404, (account, step)
            assert client.post(f"{path}/void", json={"note": "探听。"}).status_code == 404, account

    unknown()
    assert ok(as_("office").get(f"{DOCUMENTS}?count=true"))["total"] == 1
    assert "，通报拟稿" in as_("office").get(f"{API}/my-work").text
    assert as_("office").post(f"{AT}/{row['id']}/draw-up", json={}).json()["code"] == "circular_exists"
    ok(as_("office").post(f"{path}/submit"))
    unknown()
    assert as_("office").post(f"{path}/approve").status_code == 403, "who drew it up does not approve it"
    joined(as_("office"), row, world.user["supervisor"])
    everybody = ELSEWHERE
    assert [each["verb"] for each in _waiting(as_, "supervisor")] == ["审批"]
    assert ok(as_("supervisor").post(f"{path}/approve"))["number"].endswith("〕1号")
    unknown()
    ok(as_("office").post(f"{path}/serve"))
    for account in ("leader", "education", "school", "middle", "discipline"):
        assert (ok(as_(account).get(path))["state"], as_(account).get(f"{AT}/{row['id']}").status_code) == (
            "served",
            404,
        )
        assert str(row["id"]) not in as_(account).get(path).text


def _waiting(as_: As, account: str) -> list[dict[str, str]]:
    groups = ok(as_(account).get(f"{API}/my-work"))["groups"]
    return [row for each in groups for row in each["data"] if row["resource"] == "documents"]


def test_its_units_read_and_receipt_it_and_nothing_else_of_the_case(as_: As, world: World) -> None:
    row = opened(as_("supervisor"), world, person="高岩")
    noted(as_("supervisor"), row)
    case = circulated(
        as_, world, concluded(as_("supervisor"), row), unit_ids=[world.unit["实验小学"], world.unit["第一中学"]]
    )
    paper = f"{DOCUMENTS}/{case['document']['id']}"
    seen = ok(as_("school").get(paper))
    assert [each["unit_name"] for each in seen["recipients"]] == ["实验小学"] and seen["allowed_actions"] == ["receipt"]
    for secret in (str(row["id"]), "高岩", row["title"], "与总务主任谈话"):
        assert secret not in as_("school").get(paper).text + as_("school").get(CIRCULARS).text, secret
    text = "\n".join(each.text for each in Docx(io.BytesIO(as_("school").get(f"{paper}.docx").content)).paragraphs)
    assert case["document"]["number"] in text and TOLD in text and "高岩" not in text
    ok(receipt(as_, "school", seen))
    assert ok(receipt(as_, "middle", seen))["state"] == "receipted"
    shown = ok(as_("supervisor").get(paper))
    assert shown["receipt_count"] == shown["recipient_count"] == 2
    (circular,) = ok(as_("middle").get(CIRCULARS))["data"]
    assert circular["document_id"] == seen["id"] and circular["text"] == TOLD
    (circular,) = ok(as_("kindergarten").get(CIRCULARS))["data"]
    assert circular["document_id"] is None and as_("kindergarten").get(paper).status_code == 404


def test_the_draft_says_what_was_decided_without_the_sentences_that_name(as_: As, world: World) -> None:
    row = concluded(
        as_("supervisor"), opened(as_("supervisor"), world, person="高岩"), conclusion="反映属实。高\u3000岩负有责任。"
    )
    paper = drawn_up(as_, row)
    assert (
        paper["title"] == "关于一起招标采购典型案例的通报" and "审计" in paper["body"] and "实验小学" in paper["body"]
    )
    assert "反映属实。" in paper["body"] and "批评教育，限期整改。" in paper["body"] and "责任" not in paper["body"]
    assert len(paper["unit_ids"]) > 3


def test_nothing_that_it_says_may_name_the_person(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    paper = drawn_up(as_, concluded(supervisor, opened(supervisor, world, person="高岩")))
    for field in ("title", "addressee", "body", "printed_by"):
        for name in ("高岩", "高 岩", "高\u3000岩"):
            sent = {"json": {field: f"{name}被批评教育"}, "headers": {"if-match": str(paper["version"])}}
            refused = supervisor.patch(f"{DOCUMENTS}/{paper['id']}", **sent)
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}"), name


def test_what_names_somebody_is_neither_submitted_nor_approved(as_: As, stock: Stock, world: World) -> None:
    """However it came to be written."""
    case = stock.case("实验小学", "concluded", person="高岩")
    stock.handle(case, "supervisor", "education")
    words = {"kind": "case_circular", "issuer": "青川区教育局", "title": "通报", "body": "高 岩被批评教育。"}
    of = {"case_file_id": case, "unit_ids": [world.unit["实验小学"]], "submitted_by": world.user["supervisor"]}
    for state, account, step in (("draft", "supervisor", "submit"), ("submitted", "education", "approve")):
        paper = f"{DOCUMENTS}/{stock.add(Document, state=state, **words, **of)}"
        refused = as_(account).post(f"{paper}/{step}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body"), step
        assert (ok(as_(account).get(paper))["state"], ok(as_(account).get(paper))["number"]) == (state, None)


def test_one_that_is_voided_is_circulated_no_more_and_gives_way_to_another(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    first = circulated(as_, world, concluded(supervisor, opened(supervisor, world)))
    ok(supervisor.post(f"{DOCUMENTS}/{first['document']['id']}/void", json={"note": "措辞有误。"}))
    assert ok(as_("school").get(CIRCULARS))["data"] == []
    row = ok(supervisor.get(f"{AT}/{first['id']}"))
    assert (row["state"], row["circular"], "draw_up" in row["allowed_actions"]) == ("concluded", None, True)
    second = circulated(as_, world, row, body="另一份通报。")
    (circular,) = ok(as_("school").get(CIRCULARS))["data"]
    assert (circular["text"], circular["document_id"]) == ("另一份通报。", second["document"]["id"])
    assert second["document"]["number"].endswith("〕2号")


def test_it_is_drawn_up_from_its_case_alone(as_: As) -> None:
    refused = as_("supervisor").post(DOCUMENTS, json={"kind": "case_circular"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/kind")
