"""Periods by their names, their ends and deadlines."""

from datetime import date, timedelta

import pytest

from app.assignments.dispatch import dispatch
from app.assignments.periods import Period, Stated, current, deadline, due, fits, named, read
from app.assignments.words import dated
from app.core.calendar import PLAIN, Workdays, lamp
from app.plans.models import Cadence, DeadlineKind
from tests.assignments.test_dispatch import named as named_item
from tests.assignments.test_dispatch import on
from tests.stock import Stock

TABLE = [
    Period("2023-T1", date(2023, 8, 28), date(2024, 1, 19)),
    Period("2023-T2", date(2024, 2, 26), date(2024, 7, 5)),
]


@pytest.mark.parametrize(
    ("cadence", "day", "name", "last"),
    [
        (Cadence.ONCE, date(2023, 10, 11), "once", None),
        (Cadence.STANDING, date(2023, 10, 11), "once", None),
        (Cadence.MONTHLY, date(2023, 12, 31), "2023-12", date(2023, 12, 31)),
        (Cadence.MONTHLY, date(2024, 2, 1), "2024-02", date(2024, 2, 29)),
        (Cadence.QUARTERLY, date(2023, 10, 1), "2023-Q4", date(2023, 12, 31)),
        (Cadence.QUARTERLY, date(2024, 3, 31), "2024-Q1", date(2024, 3, 31)),
        (Cadence.TERMLY, date(2023, 9, 1), "2023-T1", date(2024, 1, 31)),
        (Cadence.TERMLY, date(2024, 1, 31), "2023-T1", date(2024, 1, 31)),
        (Cadence.TERMLY, date(2024, 2, 1), "2023-T2", date(2024, 8, 31)),
        (Cadence.YEARLY, date(2023, 1, 1), "2023", date(2023, 12, 31)),
    ],
)
def test_current_period(cadence: Cadence, day: date, name: str, last: date | None) -> None:
    period = current(cadence, day)
    assert (period.name, period.ends_on) == (name, last)
    assert fits(cadence, name)
    assert named(cadence, name) == period


def test_table_of_terms_wins_over_the_default_division() -> None:
    assert current(Cadence.TERMLY, date(2023, 8, 29), TABLE).name == "2023-T1"
    assert current(Cadence.TERMLY, date(2024, 2, 1), TABLE) == TABLE[1], "in the holidays the next term counts"
    assert named(Cadence.TERMLY, "2023-T2", TABLE).ends_on == date(2024, 7, 5)
    assert current(Cadence.TERMLY, date(2024, 9, 2), TABLE).name == "2024-T1", "past the table"


def test_due_periods_run_on_across_the_new_year() -> None:
    names = [period.name for period in due(Cadence.MONTHLY, date(2023, 10, 31), date(2024, 1, 5))]
    assert names == ["2023-11", "2023-12", "2024-01"]
    assert [p.name for p in due(Cadence.QUARTERLY, date(2023, 9, 30), date(2024, 1, 5))] == ["2023-Q4", "2024-Q1"]
    assert [p.name for p in due(Cadence.TERMLY, date(2023, 8, 20), date(2024, 3, 1), TABLE)] == ["2023-T1", "2023-T2"]


def test_first_dispatch_and_repeated_one_take_the_current_period_alone() -> None:
    assert [p.name for p in due(Cadence.MONTHLY, None, date(2023, 10, 11))] == ["2023-10"]
    assert [p.name for p in due(Cadence.MONTHLY, date(2023, 10, 31), date(2023, 10, 11))] == ["2023-10"]


@pytest.mark.parametrize(
    ("stated", "last"),
    [(None, date(2023, 10, 31)), (date(2023, 10, 20), date(2023, 10, 20)), (date(2023, 12, 20), date(2023, 10, 31))],
)
def test_recurring_period_ends_with_itself_unless_a_date_within_it_is_stated(stated: date | None, last: date) -> None:
    assert deadline(Cadence.MONTHLY, current(Cadence.MONTHLY, date(2023, 10, 11)), Stated(stated)) == last


@pytest.mark.parametrize(
    ("cadence", "stated", "day", "last"),
    [
        (Cadence.YEARLY, date(2026, 11, 30), date(2027, 3, 1), date(2027, 11, 30)),
        (Cadence.YEARLY, date(2028, 2, 29), date(2029, 3, 1), date(2029, 2, 28)),
        (Cadence.MONTHLY, date(2026, 10, 25), date(2027, 2, 1), date(2027, 2, 25)),
        (Cadence.MONTHLY, date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31)),
        (Cadence.QUARTERLY, date(2026, 6, 20), date(2026, 12, 1), date(2026, 12, 20)),
        (Cadence.QUARTERLY, date(2026, 6, 30), date(2026, 12, 1), date(2026, 12, 31)),
        (Cadence.TERMLY, date(2023, 9, 11), date(2024, 3, 1), date(2024, 3, 11)),
        (Cadence.TERMLY, date(2024, 1, 15), date(2024, 3, 1), date(2024, 7, 5)),
    ],
)
def test_a_date_set_for_one_period_is_moved_to_those_after_it(
    cadence: Cadence, stated: date, day: date, last: date
) -> None:
    assert deadline(cadence, current(cadence, day, TABLE), Stated(stated, DeadlineKind.DATE), TABLE) == last


@pytest.mark.parametrize(
    ("cadence", "words", "day", "last"),
    [
        (Cadence.MONTHLY, "每月25日前", date(2026, 2, 3), date(2026, 2, 25)),
        (Cadence.MONTHLY, "每月二十五日前", date(2026, 10, 3), date(2026, 10, 25)),
        (Cadence.MONTHLY, "每月31日前", date(2026, 2, 3), date(2026, 2, 28)),
        (Cadence.MONTHLY, "每个月的5日至10日", date(2026, 2, 3), date(2026, 2, 10)),
        (Cadence.MONTHLY, "每月中旬", date(2026, 2, 3), date(2026, 2, 20)),
        (Cadence.MONTHLY, "每月底", date(2026, 2, 3), date(2026, 2, 28)),
        (Cadence.MONTHLY, "每月小结，次月5日前报送", date(2026, 12, 3), date(2027, 1, 5)),
        (Cadence.MONTHLY, "每月10日、25日前", date(2026, 2, 3), date(2026, 2, 28)),
        (Cadence.MONTHLY, "每月10日、每月25日前", date(2026, 2, 3), date(2026, 2, 28)),
        (Cadence.MONTHLY, "每月25日后", date(2026, 2, 3), date(2026, 2, 28)),
        (Cadence.MONTHLY, "每月5日起开展，每月20日前报送", date(2026, 2, 3), date(2026, 2, 20)),
        (Cadence.MONTHLY, "每月5日起至20日", date(2026, 2, 3), date(2026, 2, 20)),
        (Cadence.MONTHLY, "每月20日至月底", date(2026, 2, 3), date(2026, 2, 28)),
        (Cadence.MONTHLY, "每月25日至次月5日", date(2026, 12, 3), date(2027, 1, 5)),
        (Cadence.QUARTERLY, "每季度末月20日至次季度首月10日", date(2026, 11, 3), date(2027, 1, 10)),
        (Cadence.QUARTERLY, "每季度末月20日起", date(2026, 11, 3), date(2026, 12, 31)),
        (Cadence.QUARTERLY, "每季度末月20日前", date(2026, 11, 3), date(2026, 12, 20)),
        (Cadence.QUARTERLY, "每季度第一个月10日前", date(2026, 11, 3), date(2026, 10, 10)),
        (Cadence.QUARTERLY, "下季度首月10日前", date(2026, 11, 3), date(2027, 1, 10)),
        (Cadence.QUARTERLY, "每季度末", date(2026, 11, 3), date(2026, 12, 31)),
        (Cadence.QUARTERLY, "每季度20日前", date(2026, 11, 3), date(2026, 12, 31)),
        (Cadence.QUARTERLY, "每季度结束后10日内", date(2026, 11, 3), date(2027, 1, 10)),
        (Cadence.YEARLY, "每年11月底前", date(2027, 3, 1), date(2027, 11, 30)),
        (Cadence.YEARLY, "每年2月底前", date(2027, 3, 1), date(2027, 2, 28)),
        (Cadence.YEARLY, "每年6月30日前", date(2027, 3, 1), date(2027, 6, 30)),
        (Cadence.YEARLY, "每年9月至11月", date(2027, 3, 1), date(2027, 11, 30)),
        (Cadence.YEARLY, "每年6月、11月", date(2027, 3, 1), date(2027, 12, 31)),
        (Cadence.YEARLY, "每年年底前", date(2027, 3, 1), date(2027, 12, 31)),
        (Cadence.YEARLY, "每年度总结于次年1月15日前报送", date(2026, 3, 1), date(2027, 1, 15)),
        (Cadence.YEARLY, "每年度总结于翌年2月底前报送", date(2026, 3, 1), date(2027, 2, 28)),
        (Cadence.YEARLY, "每年的总结次年年底前报送", date(2026, 3, 1), date(2027, 12, 31)),
        (Cadence.YEARLY, "每年3月1日起", date(2026, 3, 1), date(2026, 12, 31)),
        (Cadence.YEARLY, "每年9月起开展", date(2026, 3, 1), date(2026, 12, 31)),
        (Cadence.YEARLY, "每年9月起开展，11月底前完成", date(2026, 3, 1), date(2026, 11, 30)),
        (Cadence.TERMLY, "每学期开学后两周内", date(2024, 3, 1), date(2024, 3, 11)),
        (Cadence.TERMLY, "每学期第三周", date(2024, 3, 1), date(2024, 3, 17)),
        (Cadence.TERMLY, "每学期末", date(2024, 3, 1), date(2024, 7, 5)),
        (Cadence.TERMLY, "每学期开学后两周内", date(2030, 3, 1), date(2030, 8, 31)),
        (Cadence.QUARTERLY, "每月25日前", date(2026, 11, 3), date(2026, 12, 31)),
    ],
)
def test_the_day_that_the_plan_names_in_each_period(cadence: Cadence, words: str, day: date, last: date) -> None:
    stated = Stated(None, DeadlineKind.RECURRING, words)
    assert deadline(cadence, current(cadence, day, TABLE), stated, TABLE) == last
    by_hand = Stated(date(2026, 2, 9), DeadlineKind.DATE, words)
    assert deadline(Cadence.MONTHLY, current(Cadence.MONTHLY, date(2026, 2, 3)), by_hand) == date(2026, 2, 9)


def test_the_first_date_of_several_is_no_other_periods() -> None:
    first = Stated(date(2026, 6, 20), DeadlineKind.COMPOUND, "2026年6月20日前制定，此后每季度报送")
    assert deadline(Cadence.QUARTERLY, current(Cadence.QUARTERLY, date(2026, 9, 1)), first) == date(2026, 9, 30)


def test_the_term_to_come_is_due_when_it_begins() -> None:
    table = [*TABLE, Period("2024-T1", date(2024, 9, 2), date(2025, 1, 17))]
    assert due(Cadence.TERMLY, TABLE[1].ends_on, date(2024, 7, 6), table) == []
    assert due(Cadence.TERMLY, TABLE[1].ends_on, date(2024, 9, 1), table) == []
    assert due(Cadence.TERMLY, TABLE[1].ends_on, date(2024, 9, 2), table) == [table[2]]
    assert due(Cadence.TERMLY, None, date(2024, 7, 6), table) == [table[2]], "a first dispatch has nothing else to give"


def test_deadline_of_what_happens_once_is_as_stated_or_none() -> None:
    assert deadline(Cadence.ONCE, Period("once"), Stated(date(2023, 12, 20))) == date(2023, 12, 20)
    assert deadline(Cadence.ONCE, Period("once"), Stated()) is None


@pytest.mark.parametrize("calendar", [PLAIN, Workdays(frozenset({date(2023, 10, 7)}), frozenset({date(2023, 10, 9)}))])
@pytest.mark.parametrize("amber_within", [0, 1, 3, 5])
def test_last_amber_date_agrees_with_the_lamp(calendar: Workdays, amber_within: int) -> None:
    for offset in range(30):
        today = date(2023, 9, 25) + timedelta(days=offset)
        last = calendar.last_within(today, amber_within)
        for ahead in range(15):
            day = today + timedelta(days=ahead)
            assert (lamp(day, today, calendar, amber_within).colour == "amber") == (day <= last), (today, day)


@pytest.mark.parametrize(
    ("cadence", "name", "words"),
    [
        (Cadence.ONCE, "once", ""),
        (Cadence.YEARLY, "2023", "2023年"),
        (Cadence.MONTHLY, "2023-10", "2023年10月"),
        (Cadence.QUARTERLY, "2023-Q3", "2023年第三季度"),
        (Cadence.TERMLY, "2023-T2", "2023学年第二学期"),
    ],
)
def test_a_page_names_a_period_in_words_that_a_table_may_bring_back(cadence: Cadence, name: str, words: str) -> None:
    assert dated(name) == words
    assert name == "once" or read(cadence, words) == name


def test_what_expires_on_a_day_of_rest_says_so_on_the_last_workday() -> None:
    friday, sunday = date(2026, 11, 27), date(2026, 11, 29)
    assert lamp(sunday, friday, PLAIN, 3).words == "休息日到期"
    assert lamp(sunday, friday - timedelta(days=1), PLAIN, 3).words == "剩 1 个工作日"


def test_plan_of_a_coming_year_begins_with_that_years_first_period(stock: Stock) -> None:
    plan = stock.plan(year=2027)
    for cadence in ("monthly", "quarterly", "termly"):
        named_item(stock, plan, "人事股", cadence=cadence)
    first = on(stock, date(2026, 11, 28), dispatch, plan)
    assert [new.period for new in first.add] == ["2027-01", "2027-Q1", "2026-T1"], "its term ends in January"
    assert on(stock, date(2026, 12, 31), dispatch, plan).add == []
    assert [new.period for new in on(stock, date(2027, 2, 1), dispatch, plan).add] == ["2027-02", "2026-T2"]
