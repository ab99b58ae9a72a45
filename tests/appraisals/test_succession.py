"""What a merged office entered in an open round is in its successor's hands, and in nobody else's."""

from tests.appraisals.steps import CRITERIA, TAKEN, finished, judged_by, started, taken_off
from tests.conftest import As
from tests.units.merging import merge
from tests.walk.steps import ok
from tests.world import World


def test_the_successor_changes_what_the_merged_office_entered(as_: As, world: World) -> None:
    supervisor, unit = as_("supervisor"), world.unit["实验小学"]
    criterion = judged_by(supervisor, started(supervisor, world), "entered", office_id=world.unit["教育股"])
    path = f"{CRITERIA}/{criterion['id']}"
    kept, wrong = (taken_off(as_("education"), criterion, unit) for _ in range(2))
    finished(as_("education"), criterion)
    assert merge(as_, world, "教育股", "人事股").status_code == 200
    office = as_("office")
    ok(office.post(f"{path}/resume"))
    mended = {"json": {"points": "1"}, "headers": {"if-match": str(kept["version"])}}
    assert ok(office.patch(f"{TAKEN}/{kept['id']}", **mended))["points"] == "1"
    ok(office.delete(f"{TAKEN}/{wrong['id']}"), 204)
    assert taken_off(office, criterion, unit)["office_name"] == "人事股"
    assert ok(office.get(f"{TAKEN}/{kept['id']}"))["office_name"] == "教育股"
    for account in ("education", "school"):
        assert as_(account).post(f"{path}/finish").status_code in (403, 404), account
    finished(office, criterion)
