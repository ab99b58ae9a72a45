"""What falls due in the first days of a year is told of in the last ones of the year before."""

from datetime import date, timedelta

from tests.conftest import As
from tests.filings.steps import drafted, required, with_file
from tests.notifications.conftest import On
from tests.stock import day
from tests.walk.steps import API, ok
from tests.world import World


def test_a_filing_that_is_due_in_the_first_days_of_a_year_is_told_of_in_the_old_one(
    as_: As, world: World, on: On
) -> None:
    year = day(0).year
    asked = required(as_("supervisor"), world, "responsibility_letter", deadline_on=f"{year}-01-03")
    eve = date(year + 1, 12, 31)  # The last workdays of a year, whichever weekday its end is.
    for offset in range(8, -1, -1):
        on(eve - timedelta(days=offset))
    rows = ok(as_("school").get(f"{API}/notifications?limit=200"))["data"]
    told = {(row["kind"], row["deadline_on"]) for row in rows if row["resource_id"] == asked["id"]}
    assert told == {("overdue", f"{year + 1}-01-03"), ("soon", f"{year + 2}-01-03")}


def test_who_has_filed_for_the_next_year_is_told_of_it_no_more(as_: As, world: World, on: On) -> None:
    year = day(0).year
    asked = required(as_("supervisor"), world, "responsibility_letter", deadline_on=f"{year}-01-03")
    for of in (year, year + 1):
        row = with_file(as_("school"), drafted(as_("school"), "responsibility_letter", year=of))
        ok(as_("school").post(f"{API}/filings/{row['id']}/file"))
    eve = date(year, 12, 31)
    for offset in range(8, -1, -1):
        on(eve - timedelta(days=offset))
    for account, told in (("school", False), ("middle", True)):
        rows = ok(as_(account).get(f"{API}/notifications?limit=200"))["data"]
        soon = {row["deadline_on"] for row in rows if row["resource_id"] == asked["id"] and row["kind"] == "soon"}
        assert soon == ({f"{year + 1}-01-03"} if told else set()), account
