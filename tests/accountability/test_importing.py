"""Actions of earlier years from a table: history that nobody is told of, and the exported ledger changes nothing."""

from typing import Any

import pytest

from tests.accountability.steps import AT, SCHOOL, late, proposed, take
from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, columns, counts, faults, looked_through, rows_of, send
from tests.imports.traces import every_row_leaves_its_event as every_row_leaves_its_event
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

HEADS = columns(
    "序号|单位|责任人|方式|情形|问责原因|发文字号|送达时间|答复时限|执行情况|答复情况|答复时间|整改成效|结案日期"
)
OF_UNIT = (
    *("1", SCHOOL, "", "督办单", "２０２４年有举报查实。", "多次催办仍未办结。", "青教督办〔2024〕7号", "2024年3月1日"),
    *("2024.3.8", "", "已补报。", "2024-03-06", "已整改到位。", "20240320"),
)
OF_PERSON = ("2", SCHOOL, "林青", "约谈责任人", "", "整改逾期。", "", "2024/5/6", *[""] * 5, "2024-05-06")


def imported(client: Any, *rows: Cells, mode: str = "commit") -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=HEADS), "台账.csv", resource="accountability-actions", mode=mode)


def test_what_is_brought_in_is_history_and_goes_again_untouched(as_: As, stock: Stock) -> None:
    supervisor, school, discipline = as_("supervisor"), as_("school"), as_("discipline")
    late(stock)
    waiting = ok(supervisor.get(f"{AT}/preview"))
    work = ok(school.get(f"{API}/my-work"))["groups"]
    run = imported(supervisor, OF_UNIT, OF_PERSON)
    assert counts(run) == (2, 0, 0, 0), faults(rows_of(supervisor, run))
    by_person, by_unit = ok(supervisor.get(f"{AT}?trigger=past"))["data"]
    assert (by_person["kind"], by_person["person"], by_person["state"]) == ("personal_talk", "林青", "closed")
    assert (by_unit["document_number"], by_unit["reply_by"]) == ("青教督办〔2024〕7号", "2024-03-08")
    assert by_unit["triggers"][0]["said"].endswith("有举报查实。")
    for client in (supervisor, as_("leader"), school):
        assert [each["allowed_actions"] for each in ok(client.get(f"{AT}?state=closed"))["data"]] == [[], []]
    # Its unit finds it, not what it was for; nobody waits for anything, and the ladder goes on as it was.
    assert [each["triggers"] for each in ok(school.get(AT))["data"]] == [[], []]
    assert ok(school.get(f"{API}/notifications"))["data"] == [] and ok(school.get(f"{API}/my-work"))["groups"] == work
    assert ok(supervisor.get(f"{AT}/preview")) == waiting and waiting["total"] == 1
    ledger = supervisor.get(f"{AT}.csv").text
    assert "补登,," in ledger and "青教督办〔2024〕7号" in ledger
    assert counts(imported(supervisor, OF_UNIT, OF_PERSON)) == (0, 0, 2, 0)
    again = imported(discipline, (*OF_UNIT[:10], "没有补报。", *OF_UNIT[11:]))
    (row,) = rows_of(discipline, again)
    assert counts(again) == (0, 0, 1, 0) and row["remarks"][0]["column"] == "reply"
    ok(supervisor.post(f"{IMPORTS}/{run['id']}/undo"))
    assert ok(supervisor.get(AT))["data"] == []
    assert counts(imported(discipline, OF_UNIT, OF_PERSON)) == (2, 0, 0, 0)


def test_the_office_that_calls_in_is_not_the_unit_called_in(as_: As) -> None:
    supervisor = as_("supervisor")
    table = as_csv((*OF_UNIT, "教育股"), heads=(*HEADS, "责任股室"))
    run = looked_through(supervisor, table, "台账.csv", resource="accountability-actions", mode="commit")
    assert counts(run) == (1, 0, 0, 0) and ok(supervisor.get(AT))["data"][0]["unit_name"] == SCHOOL


def test_what_does_not_fit_is_told_at_its_cell(as_: As) -> None:
    supervisor = as_("supervisor")
    at = {name: place for place, name in enumerate(HEADS)}

    def row(**cells: str) -> list[str]:
        return [cells.get(name, OF_UNIT[place]) for name, place in at.items()]

    wrong = (
        ("unit", row(单位="督查室")),
        ("person", row(责任人="林青")),
        ("person", row(方式="移送")),
        ("kind", row(方式="记过")),
        ("served_on", row(送达时间=day(0).isoformat(), 答复时限="", 答复时间="", 结案日期=day(0).isoformat())),
        ("served_on", row(送达时间="")),
        ("reply_by", row(问责原因="甲。", 答复时限="2024-02-01")),
        ("closed_on", row(问责原因="乙。", 结案日期="2024-02-01")),
        ("closed_on", row(问责原因="丙。", 结案日期=day(9).isoformat())),
        ("closed_on", row(问责原因="丁。", 结案日期="")),
        ("", row(问责原因="戊。")),
    )
    run = imported(supervisor, *(cells for _, cells in wrong[:-1]), row(问责原因="戊。"), wrong[-1][1], mode="preview")
    said = faults(rows_of(supervisor, run))
    assert [column for _, column, *_ in said] == [column for column, _ in wrong], said
    assert as_("discipline").get(AT).json()["data"] == []


def test_the_exported_ledger_changes_nothing(as_: As, stock: Stock, world: World) -> None:
    supervisor, leader = as_("supervisor"), as_("leader")
    for _ in range(2):  # The same twice: each line is one of them.
        proposed(supervisor, world, late(stock))
    take(supervisor, take(leader, proposed(supervisor, world, late(stock)), "approve"), "serve")
    proposed(as_("discipline"), world, late(stock, "督查室"), "督查室", kind="referral", person="周敏")
    imported(supervisor, OF_UNIT, OF_PERSON)
    # What is proposed against the supervision office itself its own people do not see.
    for account, seen in (("supervisor", 5), ("discipline", 6)):
        for suffix in ("csv", "xlsx"):
            content, client = as_(account).get(f"{AT}.{suffix}").content, as_(account)
            run = looked_through(client, content, f"台账.{suffix}", resource="accountability-actions", mode="commit")
            assert counts(run) == (0, 0, seen, 0), (account, suffix, faults(rows_of(client, run)))


@pytest.mark.parametrize("account", ["leader", "office", "school", "sysadmin"])
def test_only_whoever_proposes_brings_them_in(as_: As, account: str) -> None:
    content = as_csv(OF_UNIT, heads=HEADS)
    assert send(as_(account), content, "台账.csv", resource="accountability-actions").status_code == 403


def test_what_it_was_for_is_told_to_nobody_of_its_unit(as_: As, browse: As) -> None:
    """The words may name a complaint; a supervisor of the unit sees across the district, and reads them no more."""
    team, supervisor, leader = as_("discipline"), as_("supervisor"), as_("leader")
    imported(team, (OF_UNIT[0], "督查室", *OF_UNIT[2:]))
    (mine,) = ok(supervisor.get(AT))["data"]
    assert mine["triggers"] == [] and ok(supervisor.get(f"{AT}?trigger=past"))["data"] == []
    assert "举报" not in supervisor.get(f"{AT}.csv").content.decode("utf-8-sig")
    assert "有举报查实" not in browse("supervisor").get(f"/accountability-actions/{mine['id']}").text
    for client in (team, leader):
        assert ok(client.get(f"{AT}?trigger=past"))["data"][0]["triggers"][0]["said"].endswith("有举报查实。")
