"""A kind is asked of several groups, of each until a day of its own; whoever is in two of them owes it once."""

import pytest
import sqlalchemy as sa

from app.units import groups
from app.units.models import GROUP, UNIT, Unit, UnitGroup
from tests.conftest import As, form
from tests.filings.steps import ASKED, AT, drafted, filed, matrix, missing, required
from tests.filings.test_owing import moved, owed
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import ok
from tests.world import World

SCHOOLS, KINDERGARTENS, BOTH = "各义务教育学校", "各幼儿园", "各学校（园）"
PLAN = "school_specific_plan"


def test_each_group_has_its_own_day(as_: As, browse: As, world: World) -> None:
    supervisor = as_("supervisor")
    required(supervisor, world, PLAN, unit_group_id=world.group[SCHOOLS], deadline_on=day(-1).isoformat())
    later = required(supervisor, world, PLAN, unit_group_id=world.group[KINDERGARTENS], deadline_on=day(30).isoformat())
    cells = {unit["unit_name"]: unit["cells"][0] for unit in matrix(supervisor)["data"]}
    assert {name: (cell["deadline_on"], cell["overdue"]) for name, cell in cells.items()} == {
        **dict.fromkeys(("柳林镇中心校", "柳林小学", "实验小学", "第一中学"), (day(-1).isoformat(), True)),
        "第一幼儿园": (day(30).isoformat(), False),
    }
    rows = ok(supervisor.get(f"{AT}/missing?kind={PLAN}"))["data"]
    assert {row["name"]: row["deadline_on"] for row in rows} == {n: c["deadline_on"] for n, c in cells.items()}
    assert (owed(as_("school"))[0][0], owed(as_("kindergarten"))[0][:3]) == (
        "overdue",
        ("rectify", later["id"], "green"),
    )
    page = browse("leader").get("/filings/matrix").text
    assert all(f">{name}</a>" in page for name in (SCHOOLS, KINDERGARTENS)) and "按其中较早的截止日期" in page


def test_a_unit_in_two_groups_owes_the_kind_once_until_the_earlier_day(as_: As, world: World) -> None:
    supervisor, kindergarten = as_("supervisor"), as_("kindergarten")
    all_ = required(supervisor, world, PLAN, deadline_on=day(30).isoformat())
    some = required(supervisor, world, PLAN, unit_group_id=world.group[KINDERGARTENS], deadline_on=day(-1).isoformat())
    assert [entry[:2] for entry in owed(kindergarten)] == [("overdue", some["id"])]
    assert [entry[:2] for entry in owed(as_("school"))] == [("rectify", all_["id"])]
    for account, figure in (("supervisor", 5), ("kindergarten", 1)):
        (sums,) = matrix(as_(account))["kinds"]
        assert (sums["required"], sums["missing"], len(missing(as_(account), PLAN))) == (figure, figure, figure)
    (own,) = matrix(kindergarten)["data"]
    assert [(cell["requirement_id"], cell["overdue"]) for cell in own["cells"]] == [(some["id"], True)]
    # Without a day it comes after one that has a day.
    moved(supervisor, some, deadline_on=None)
    assert [entry[:2] for entry in owed(kindergarten)] == [("rectify", all_["id"])]
    filed(kindergarten, PLAN)
    assert owed(kindergarten) == [] and missing(kindergarten, PLAN) == []


def test_what_is_asked_once_is_no_debt_beside_what_is_asked_yearly(as_: As, world: World) -> None:
    """What was filed in an earlier year meets the one and not the other, whose day counts then."""
    supervisor, kindergarten = as_("supervisor"), as_("kindergarten")
    required(supervisor, world, deadline_on=day(-400).isoformat())
    fields = {"unit_group_id": world.group[KINDERGARTENS], "yearly": True, "deadline_on": f"{day(0).year}-12-31"}
    yearly = required(supervisor, world, **fields)
    filed(kindergarten, adopted_on=day(-370).isoformat())
    (own,) = matrix(kindergarten)["data"]
    cell = {"requirement_id": yearly["id"], "standing": "missing", "overdue": False}
    assert own["cells"][0].items() >= cell.items()
    assert [entry[1] for entry in owed(kindergarten)] == [yearly["id"]]


def test_a_group_is_asked_for_a_kind_once(as_: As, browse: As, world: World) -> None:
    supervisor = as_("supervisor")
    required(supervisor, world)
    other = required(supervisor, world, unit_group_id=world.group[KINDERGARTENS])
    body = {"kind": "charter", "unit_group_id": world.group[BOTH]}
    path, version = f"{ASKED}/{other['id']}", {"if-match": str(other["version"])}
    for refused in (
        supervisor.post(ASKED, json=body),
        supervisor.patch(path, json={"unit_group_id": body["unit_group_id"]}, headers=version),
    ):
        error = refused.json()["errors"][0]
        assert (refused.status_code, refused.json()["code"], error["pointer"]) == (409, "duplicate", "/unit_group_id")
        assert "已要求“各学校（园）”报送章程" in error["detail"]
    browser = browse("supervisor")
    page = browser.post("/filing-requirements", data=form(browser, **body))
    assert page.status_code == 409 and "已要求“各学校（园）”报送章程" in page.text


def test_an_office_reviews_of_the_group_it_was_named_for(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    for group, office in ((SCHOOLS, "教育股"), (KINDERGARTENS, "人事股")):
        required(supervisor, world, PLAN, unit_group_id=world.group[group], office_id=world.unit[office])
    school, kindergarten = filed(as_("school"), PLAN), filed(as_("kindergarten"), PLAN)
    drafted(as_("middle"), PLAN)
    for account, ours, others in (("education", school, kindergarten), ("office", kindergarten, school)):
        client = as_(account)
        assert others["id"] not in {row["id"] for row in ok(client.get(AT))["data"]}, account
        assert client.post(f"{AT}/{others['id']}/confirm").status_code == 404, account
        groups_ = ok(client.get("/api/v1/my-work"))["groups"]
        waiting = [entry["id"] for group in groups_ for entry in group["data"] if entry["resource"] == "filings"]
        assert waiting == [ours["id"]], account
        seen = {unit["unit_id"] for unit in matrix(client)["data"]}
        assert ours["unit_id"] in seen and others["unit_id"] not in seen, account
        ok(client.post(f"{AT}/{ours['id']}/confirm"))


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kinds": ["school", "kindergarten"], "stages": [], "ownership": None},
        {"kinds": None, "stages": ["primary"], "includes": []},
        {"stages": ["junior", "kindergarten"], "ownership": "public", "excludes": ["第一中学"]},
        {"ownership": "private", "includes": ["教研室"]},
        {"under_unit_id": "柳林镇中心校"},
        {"under_unit_id": "", "kinds": ["office", "school"], "excludes": ["督查室"], "includes": ["督查室", "派驻组"]},
        {"includes": ["实验小学党支部"]},
    ],
)
def test_who_belongs_to_a_group_is_one_rule(rule: dict[str, object], stock: Stock, world: World) -> None:
    """As a condition it says what the function says."""

    def ids(value: object) -> object:
        return [world.unit[name] for name in value] if isinstance(value, list) else value

    above = {"": world.district, **world.unit}
    kept = {key: ids(value) if key in ("includes", "excludes") else value for key, value in rule.items()}
    if "under_unit_id" in rule:
        kept["under_unit_id"] = above[str(rule["under_unit_id"])]
    group = stock.add(UnitGroup, name="甲组", rule=kept)
    found = (
        sa.select(UNIT.c.id)
        .select_from(GROUP.join(UNIT, UNIT.c.district_id == GROUP.c.district_id))
        .where(GROUP.c.id == group, groups.belonging(UNIT, GROUP.c.rule))
        .order_by(UNIT.c.id)
    )
    as_condition = stock.do(lambda tx: list(tx.connection.execute(found).scalars()))
    assert as_condition == stock.do(lambda tx: groups.members(tx, [group], tx.today)[group])


def test_a_rule_finds_a_unit_however_many_levels_down(as_: As, stock: Stock, world: World) -> None:
    """On every path: the list of members, what a person's own units owe, and what an office reviews."""
    above = root = world.unit["柳林镇中心校"]
    for level in range(1, 5):
        above = stock.add(Unit, code=f"L{level}", name=f"第{level}教学点", kind="school", parent_id=above)
    school = f"/api/v1/units/{world.unit['实验小学']}"
    moved_to = {"json": {"parent_id": above}, "headers": {"if-match": str(ok(as_("sysadmin").get(school))["version"])}}
    ok(as_("sysadmin").patch(school, **moved_to))
    group = stock.add(UnitGroup, name="柳林片区", rule={"under_unit_id": root, "stages": ["primary"]})
    asked = required(as_("supervisor"), world, unit_group_id=group, office_id=world.unit["教育股"])
    assert "实验小学" in missing(as_("supervisor"))
    assert [entry[1] for entry in owed(as_("school"))] == [asked["id"]]
    made = filed(as_("school"))
    assert made["id"] in {row["id"] for row in ok(as_("education").get(AT))["data"]}
