"""The search in the head finds what its words promise, each as far as the person may see it."""

from tests.conftest import As
from tests.documents.steps import draft, served
from tests.filings.steps import drafted
from tests.stock import Stock, stock
from tests.walk.steps import API, evidence, ok, rectification
from tests.world import World

__all__ = ["stock"]


def test_a_document_number_finds_its_evidence_for_those_who_may_read_it(as_: As, browse: As, world: World) -> None:
    evidence(as_("school"), "议事规则修订稿", document_number="实小发〔2026〕7号")
    for account, seen in (("school", True), ("middle", False)):
        assert ("议事规则修订稿" in browse(account).get("/search?q=实小发〔2026〕7").text) is seen


def test_a_document_number_finds_a_filing_for_those_who_may_read_it(as_: As, browse: As) -> None:
    drafted(as_("school"), title="实验小学章程修订稿", document_number="实小党发〔2026〕9号")
    for account, seen in (("school", True), ("middle", False)):
        assert ("实验小学章程修订稿" in browse(account).get("/search?q=实小党发〔2026〕9").text) is seen


def test_a_document_number_finds_the_paper_for_whom_it_was_served(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    plan = stock.plan("方案")
    stock.assignment(plan, stock.item(plan, "收费公示"), "实验小学", "in_progress", days=-3)
    paper = served(as_, draft(as_, "urging_order", unit_id=world.unit["实验小学"]))
    for account, seen in (("school", True), ("middle", False)):
        assert (f'href="/documents/{paper["id"]}"' in browse(account).get(f"/search?q={paper['number']}").text) is seen


def test_the_number_of_a_problem_finds_it_and_what_is_done_about_it(as_: As, browse: As, world: World) -> None:
    matter = rectification(as_, world)
    number = ok(as_("school").get(f"{API}/rectifications/{matter['id']}"))["number"]
    for account, seen in (("school", True), ("supervisor", True), ("middle", False)):
        page = browse(account).get(f"/search?q={number}").text
        assert (f'href="/rectifications/{matter["id"]}"' in page) is seen, account
        found = [row["id"] for row in ok(as_(account).get(f"{API}/findings?q={number}"))["data"]]
        assert found == ([matter["finding_id"]] if seen else []), account
