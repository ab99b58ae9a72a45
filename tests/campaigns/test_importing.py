"""Campaigns from a table: as far as whoever brings it may draw one up, and change what runs."""

from typing import Any

from tests.campaigns.steps import AT, CHECKS, WORDS, own, started
from tests.conftest import As
from tests.imports.tables import IMPORTS, as_csv, counts, faults, looked_through, rows_of
from tests.imports.test_forms import SPANS
from tests.walk.steps import API, ok
from tests.world import World

TITLE, GROUP = WORDS["title"], "教育收费专项检查领导小组"


def imported(client: Any, mode: str = "commit", **cells: str) -> dict[str, Any]:
    content = as_csv(list(cells.values()), heads=list(cells))
    return looked_through(client, content, "专项.csv", resource="campaigns", mode=mode)


def test_what_runs_is_changed_by_whoever_leads_it_and_as_far_as_it_may_be(as_: As, world: World) -> None:
    made = started(as_, world, unit_id=world.unit["教育股"], office_ids=[world.unit["人事股"]])
    lead, office = as_("education"), as_("office")
    asked = {"名称": TITLE, "自查单位": "实验小学、第一中学、第一幼儿园"}
    run = imported(lead, **asked)
    assert counts(run) == (0, 1, 0, 0), faults(rows_of(lead, run))
    assert own(as_("kindergarten"), made)["state"] == "pending"
    assert lead.post(f"{IMPORTS}/{run['id']}/undo").status_code == 409, "a unit that was asked stays asked"
    for cells in ({"自查单位": "实验小学"}, {"涉及收费": "否"}, {"自查时间": "3月9日"}):
        assert counts(imported(lead, "preview", 名称=TITLE, **cells)) == (0, 0, 0, 1), cells
    # Whoever takes part sees it, and changes nothing; nor does it draw up another office's.
    changed = {"牵头股室": "教育股", "名称": TITLE}
    assert counts(imported(office, **changed, 目的=WORDS["purpose"])) == (0, 0, 1, 0)
    assert counts(imported(office, "preview", **changed, 目的="别的。")) == (0, 0, 0, 1)
    new = {"名称": "小金库清理", "依据": "要点", "目的": "清理。", "领导小组": GROUP}
    new |= dict(zip(("自查时间", "检查时间", "整改时间", "总结时间"), SPANS, strict=True))
    assert counts(imported(office, "preview", 牵头股室="计财股", **new)) == (0, 0, 0, 1)
    run = imported(office, **new)
    assert counts(run) == (1, 0, 0, 0), faults(rows_of(office, run))
    (row,) = ok(office.get(f"{AT}?state=draft"))["data"]
    assert (row["unit_name"], row["leading_group_id"]) == ("人事股", made["leading_group_id"])
    ok(as_("supervisor").post(f"{AT}/{made['id']}/cancel", json={"note": "不再开展。"}))
    again = imported(lead, "preview", **(new | {"名称": TITLE}))
    assert counts(again) == (1, 0, 0, 0), "what was called off is drawn up anew"
    assert as_("school").get(f"{IMPORTS}/templates/campaigns").status_code == 403


def test_whoever_is_asked_is_not_told_whom_else(as_: As, world: World) -> None:
    units = [world.unit["人事股"], world.unit["第一中学"]]
    made = started(as_, world, unit_id=world.unit["教育股"], unit_ids=units)
    office = as_("office")
    assert ok(office.get(f"{CHECKS}?campaign_id={made['id']}"))["data"][0]["unit_id"] == units[0]
    run = imported(office, "preview", 牵头股室="教育股", 名称=TITLE, 自查单位="实验小学")
    assert counts(run) == (0, 0, 1, 0) and "第一中学" not in office.get(f"{API}/imports/{run['id']}/rows").text
