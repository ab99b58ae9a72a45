"""What is deleted is over: its number is nobody else's, on SQLite as on PostgreSQL."""

from app.core.audit import record
from tests.briefs.steps import AT, written
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World


def test_a_new_row_has_neither_the_history_nor_the_readers_of_a_deleted_one(as_: As, browse: As) -> None:
    first = written(as_("school"))
    ok(as_("school").delete(f"{AT}/{first['id']}"), 204)
    second = written(as_("middle"))
    assert second["id"] > first["id"]
    page = browse("middle").get(f"/briefs/{second['id']}").text
    names = [ok(as_(account).get(f"{API}/me"))["name"] for account in ("middle", "school")]
    assert [name in page.partition("办理过程")[2] for name in names] == [True, False]
    for account in ("school", "middle"):
        late = as_(account).patch(f"{AT}/{first['id']}", json={"title": "改过的"}, headers={"if-match": '"1"'})
        assert late.status_code == 404, account


def test_a_timeline_tells_nothing_of_another_district(as_: As, browse: As, stock: Stock, world: World) -> None:
    """Where the log holds an event of the same number, such as one from before SQLite gave each number once."""
    row = written(as_("school"))

    def tell(district: int, reason: str) -> None:
        told = {"operation": "brief.decline", "reason": reason}
        stock.do(lambda tx: record(tx, "brief", row["id"], **told), district)

    tell(world.district, "本区的说明")
    tell(world.other_district, "外区的说明")
    page = browse("school").get(f"/briefs/{row['id']}").text
    assert "本区的说明" in page and "外区的说明" not in page
