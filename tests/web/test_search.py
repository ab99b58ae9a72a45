"""The search in the head finds what its words promise, each as far as the person may see it."""

from tests.conftest import As
from tests.walk.steps import evidence
from tests.world import World


def test_a_document_number_finds_its_evidence_for_those_who_may_read_it(as_: As, browse: As, world: World) -> None:
    evidence(as_("school"), "议事规则修订稿", document_number="实小发〔2026〕7号")
    for account, seen in (("school", True), ("middle", False)):
        assert ("议事规则修订稿" in browse(account).get("/search?q=实小发〔2026〕7").text) is seen
