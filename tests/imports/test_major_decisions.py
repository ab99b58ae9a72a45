"""Past major decisions from a table: a school brings in its own, and its ledger changes nothing."""

from typing import Any

from tests.conftest import As
from tests.exported import csv_lines
from tests.imports.tables import IMPORTS, Cells, as_csv, columns, counts, faults, looked_through, rows_of
from tests.ledgers.test_forms import DECISIONS
from tests.major_decisions.steps import AT, DISCLOSED, SUPERVISED, decided, held_on, minute, registered, step
from tests.walk.steps import API, ok
from tests.world import World

HEADS = columns(
    "事项类别|决策事项|提议人|合法性审查|会议类型|时间|应到/实到|主持人|意见|表决|回避|公示|金额|责任人|执行情况"
)
PAST = (
    *("大额度资金", "购置桌椅", "林青", "不需审查：金额较小", "校长办公会", "2026/03/05 14:30", "９/８", "林青"),
    *("高岩：同意\n林青：同意", "赞成7，反对0", "何芳（亲属投标）", "2026-03-06 至 2026-03-12 校务公开栏"),
    *("48,000元", "高岩", "已验收"),
)
ALONE = ("重大项目安排", "维修围墙", "林青", *[""] * 2, "2026.3.9", *[""] * 9)


def imported(client: Any, *rows: Cells, heads: Cells = HEADS, mode: str = "commit") -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "台账.csv", resource="major-decisions", mode=mode)


def test_past_matters_are_taken_in_once_with_what_is_suspicious(as_: As) -> None:
    school = as_("school")
    run = imported(school, PAST, ALONE)
    assert faults(rows_of(school, run)) == [] and counts(run) == (2, 0, 0, 0)
    found = {row["subject"]: row for row in ok(school.get(AT))["data"]}
    past, alone = found["购置桌椅"], found["维修围墙"]
    assert (past["state"], past["flags"], past["amount"]) == ("executed", [], "48000")
    assert (past["expected"], past["present"], past["votes_for"], past["votes_abstain"]) == (9, 8, 7, 0)
    assert [each["is_chair"] for each in past["opinions"]] == [False, True]
    assert alone["state"] == "decided" and {"without_meeting", "overdue_disclosure"} <= set(alone["flags"])
    assert counts(imported(school, PAST, ALONE)) == (0, 0, 2, 0)
    assert school.post(f"{IMPORTS}/{run['id']}/undo").status_code == 409


def test_what_does_not_fit_is_told_at_its_cell(as_: As) -> None:
    school = as_("school")
    at = {name: place for place, name in enumerate(HEADS)}

    def row(**cells: str) -> list[str]:
        return [cells.get(name, PAST[place]) for name, place in at.items()]

    wrong = (
        row(决策事项="甲", 金额=""),
        row(决策事项="乙", **{"应到/实到": "八人"}),
        row(决策事项="丙", 表决="赞成 3，反对 0"),
        row(决策事项="丁", 时间="2199-01-01 08:00", 公示=""),
        row(决策事项="戊", 意见="同意"),
        row(决策事项="己", 会议类型="茶话会"),
    )
    run = imported(school, *wrong, mode="preview")
    said = {number: column for number, column, *_ in faults(rows_of(school, run))}
    assert list(said.values()) == ["amount", "heads", "votes", "when", "opinions", "meeting"], said


def test_an_exported_ledger_changes_nothing(as_: As) -> None:
    school = as_("school")
    registered(school)  # Not decided yet.
    step(school, decided(school, **DISCLOSED, responsible_person="高岩"), "disclose")
    registered(
        school, "fund", amount="9000.5", decided_on="2026-03-02", undisclosed_reason="涉密", legality_waived="小额"
    )
    deferred = decided(school, subject="维修校门", held_at=minute(9), result="deferred")
    step(school, deferred, "reconvene")
    for path in (f"{AT}.csv", f"{AT}.xlsx", f"{AT}/ledger.csv", f"{AT}/ledger.xlsx"):
        content, name = school.get(path).content, f"台账{path[path.rindex('.') :]}"
        run = looked_through(school, content, name, resource="major-decisions", mode="commit")
        assert counts(run) == (0, 0, 4, 0), (path, rows_of(school, run))
    assert len(columns(DECISIONS)) == 21
    # A line about the meeting that put a matter off is about that matter.
    line = ("重大项目安排", "维修校门", "林青", "", "党组织会议", held_on(9), *[""] * 9)
    assert counts(imported(school, line)) == (0, 0, 1, 0)


PUT_OFF = (
    *("重大项目安排", "维修校门", "林青", "", "校长办公会", "2025-03-05 14:30", "9/8", "林青", "高岩：再算一算"),
    *("赞成 3，反对 5", "", "", "", "", "", "暂缓"),
)
PASSED = (
    *("重大项目安排", "维修 校门", "高岩", "区司法所 2025-04-01 同意", "党组织会议", "2025-04-08 09:00", "9/9", "林青"),
    *("高岩：同意\n林青：同意", "赞成 9，反对 0", "", "2025-04-09 至 2025-04-15 公开栏", "", "高岩", "已验收", "通过"),
)
WITH_RESULT = [*HEADS, "结果"]


def test_the_meetings_on_what_was_put_off_are_one_matter(as_: As) -> None:
    school = as_("school")
    again = (*PUT_OFF[:5], "2025-03-20", *PUT_OFF[6:])
    lines = (PUT_OFF, again, (*ALONE, ""), PASSED)
    run = imported(school, *lines, heads=WITH_RESULT)
    assert counts(run) == (4, 0, 0, 0), faults(rows_of(school, run))
    _, gate = sorted(ok(school.get(AT))["data"], key=lambda row: len(row["earlier_meetings"]))
    assert (gate["state"], gate["decided_on"], gate["proposer"], gate["flags"]) == (
        "executed",
        "2025-04-08",
        "高岩",
        [],
    )
    earlier = [(met["decided_on"], met["result"], met["votes_against"]) for met in gate["earlier_meetings"]]
    assert earlier == [("2025-03-05", "deferred", 5), ("2025-03-20", "deferred", 5)]
    assert counts(imported(school, *lines, heads=WITH_RESULT)) == (0, 0, 4, 0)
    done = ok(as_("auditor").get(f"{API}/events?resource=major_decision&resource_id={gate['id']}"))["data"]
    assert {event["operation"] for event in done} == {"major_decision.bring_in"}


def test_a_meeting_whose_matter_waits_elsewhere_is_refused_with_what_to_do(as_: As) -> None:
    school = as_("school")
    run = imported(school, PASSED, PUT_OFF, heads=WITH_RESULT, mode="preview")
    assert [(number, column) for number, column, *_ in faults(rows_of(school, run))] == [(3, "when")]
    assert "移到它的上面" in str(rows_of(school, run))
    imported(school, PUT_OFF, heads=WITH_RESULT)
    run = imported(school, PUT_OFF, PASSED, heads=WITH_RESULT, mode="preview")
    assert counts(run) == (0, 0, 1, 1) and "再次上会" in str(faults(rows_of(school, run)))


def test_matters_of_other_units_come_back_unchanged_or_are_refused(as_: As, world: World) -> None:
    """An office reads those of the categories that it supervises: they come back as they went out."""
    school, office, supervisor = as_("school"), as_("office"), as_("supervisor")
    body = {"category": "fund", "office_id": world.unit["人事股"], "basis": "分工"}
    ok(supervisor.post(SUPERVISED, json=body), 201)
    imported(school, PAST)
    registered(school, "fund", amount="9000.5", subject="购置图书")
    for suffix in ("csv", "xlsx"):
        content = office.get(f"{AT}.{suffix}").content
        run = looked_through(office, content, f"台账.{suffix}", resource="major-decisions", mode="commit")
        assert counts(run) == (0, 0, 2, 0), faults(rows_of(office, run))
    head, *lines = csv_lines(office.get(f"{AT}.csv").content)
    line = next(line for line in lines if "购置桌椅" in line)
    changed = [f"{cell}，另行公开" if name == "公示" else cell for name, cell in zip(head, line, strict=True)]
    run = imported(office, changed, heads=head, mode="preview")
    ((_, column, why, _),) = faults(rows_of(office, run))
    assert (column, why) == ("disclosure", "这是实验小学登记的事项，只能由它改动，请照台账填写，或删去这一行")
    # By what tells it, without its number; and what it does not read is nobody's to import.
    plain = dict(zip(HEADS, PAST, strict=True)) | {"单位": "实验小学"}
    assert counts(imported(office, [*plain.values()], heads=[*plain], mode="preview")) == (0, 0, 1, 0)
    plain["决策事项"] = "购置课桌"
    run = imported(office, [*plain.values()], heads=[*plain], mode="preview")
    assert faults(rows_of(office, run)) == [(2, "unit", "只能导入本单位的事项", [])]


def test_ones_own_file_is_sent_again_though_the_ledger_has_a_column_of_that_name(as_: As) -> None:
    school = as_("school")
    run = imported(school, (*PAST, "通过"), heads=WITH_RESULT, mode="preview")
    back = school.get(f"{IMPORTS}/{run['id']}/file").content
    again = looked_through(school, back, "台账.csv", resource="major-decisions")
    assert again["columns"] == [*run["columns"], None, None] and counts(again) == counts(run) == (1, 0, 0, 0)
