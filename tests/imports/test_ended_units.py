"""Names of units that have ended: what is theirs is told by them as it went out, and what is new is nobody's but the
successor's."""

from typing import Any

from app.core.policy import Role
from app.identity import operations as identity
from app.identity.models import GrantCreate
from app.imports.registry import IMPORTABLES
from tests.conftest import As
from tests.imports.tables import as_csv, counts, faults, looked_through, rows_of
from tests.indicators.steps import indicator, period, reported
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.units.merging import NEW, OLD, close, merge, rename
from tests.walk.steps import API, ok
from tests.world import World


def returned(client: Any, name: str, mode: str = "commit-valid") -> dict[str, Any]:
    """An export of the whole list, imported as it is."""
    content = client.get(f"{API}/{name}.csv").content
    return looked_through(client, content, "表.csv", resource=name, mode=mode)


def imported(client: Any, resource: str, *rows: tuple[str, ...]) -> dict[str, Any]:
    heads = [column.heading for column in IMPORTABLES[resource].columns][: len(rows[0])]
    return looked_through(client, as_csv(*rows, heads=heads), "表.csv", resource=resource, mode="commit-valid")


def wrong(client: Any, run: dict[str, Any]) -> list[tuple[str, str]]:
    return [(column, detail) for _, column, detail, _ in faults(rows_of(client, run, kind="wrong"))]


def test_grants_and_pairs_of_a_merged_school_stay_its_own(as_: As, stock: Stock, world: World) -> None:
    supervisor, secadmin = as_("supervisor"), as_("secadmin")
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit[OLD], "valid_from": day(-300).isoformat()}
    ok(supervisor.post(f"{API}/liaisons", json=pair), 201)
    ok(merge(as_, world))
    for client, name in ((secadmin, "role-grants"), (supervisor, "liaisons")):
        run = returned(client, name)
        assert counts(run)[:2] == (0, 0) and run["wrong_count"] == 0, (name, rows_of(client, run, kind="new"))
    told = [each["school_name"] for each in ok(supervisor.get(f"{API}/liaisons?limit=200"))["data"]]
    assert told.count(OLD) == 1
    # What is new under its name is for the one that followed.
    assert counts(imported(supervisor, "liaisons", ("教研室", OLD, day(1).isoformat()))) == (1, 0, 0, 0)
    pairs = ok(supervisor.get(f"{API}/liaisons?limit=200"))["data"]
    new = [each["school_name"] for each in pairs if each["valid_from"] == day(1).isoformat()]
    assert new == [NEW]


def test_grants_and_pairs_of_a_closed_school_come_back_and_get_no_more(as_: As, stock: Stock, world: World) -> None:
    supervisor, secadmin = as_("supervisor"), as_("secadmin")
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit[OLD]}
    ok(supervisor.post(f"{API}/liaisons", json=pair | {"valid_from": day(-300).isoformat()}), 201)
    ok(close(as_, world))
    for client, name in ((secadmin, "role-grants"), (supervisor, "liaisons")):
        run = returned(client, name)
        assert counts(run)[:2] == (0, 0) and run["wrong_count"] == 0, name
    run = imported(supervisor, "liaisons", ("教研室", OLD, ""))
    assert wrong(supervisor, run) == [("school", f"{OLD}已停用，请选择其他单位")]
    refused = supervisor.post(f"{API}/liaisons", json=pair)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/school_id"
    assert f"{OLD}已停用" in refused.text
    run = imported(secadmin, "role-grants", ("middle", "", "学校（园）", OLD))
    assert wrong(secadmin, run) == [("unit", f"{OLD}已停用，请选择其他单位")]


def test_nothing_is_put_beneath_a_unit_that_has_ended(as_: As, world: World) -> None:
    ok(close(as_, world))
    sysadmin, said = as_("sysadmin"), f"{OLD}已停用，请选择其他单位"
    run = imported(sysadmin, "units", ("N1", "东关教学点", "学校", OLD))
    assert wrong(sysadmin, run) == [("parent", said)]
    given = {"code": "N1", "name": "东关教学点", "kind": "school", "parent_id": world.unit[OLD]}
    refused = sysadmin.post(f"{API}/units", json=given)
    assert refused.status_code == 422 and said in refused.text
    made = ok(sysadmin.post(f"{API}/units", json=given | {"parent_id": None}), 201)
    sent = {"json": {"parent_id": world.unit[OLD]}, "headers": {"if-match": f'"{made["version"]}"'}}
    refused = sysadmin.patch(f"{API}/units/{made['id']}", **sent)
    assert refused.status_code == 422 and said in refused.text


def test_the_figures_of_a_merged_school_do_not_overwrite_its_successors(as_: As, world: World) -> None:
    of = indicator(as_, world)
    reported(as_("school"), of, 480, 500)
    reported(as_("middle"), of, 990, 1000)
    ok(merge(as_, world))
    for account, count in (("education", 2), ("middle", 2)):
        assert counts(returned(as_(account), "indicator-values")) == (0, 0, count, 0), account
    # For the successor a new figure comes by the old name, too.
    run = imported(as_("education"), "indicator-values", ("KHFW", OLD, period(1), "1", "2"))
    assert counts(run) == (1, 0, 0, 0)
    told = ok(as_("education").get(f"{API}/indicator-values?limit=200"))["data"]
    assert [each["unit_name"] for each in told if each["period"] == period(1)] == [NEW]


def test_the_progress_of_a_merged_school_is_not_reported_on_its_successors_row(
    as_: As, stock: Stock, world: World
) -> None:
    plan = stock.plan(year=2026)
    first, second = (stock.item(plan, title) for title in ("健全议事决策制度", "开展教育收费自查"))
    stock.assignment(plan, first, OLD, "completed", percent=100)
    theirs = stock.assignment(plan, first, NEW, "in_progress", percent=40)
    moved = stock.assignment(plan, second, OLD, "in_progress", percent=20)
    before = as_("school").get(f"{API}/assignments.csv").content
    ok(merge(as_, world))
    middle = as_("middle")
    run = returned(middle, "assignments")
    assert counts(run) == (0, 0, 3, 0), rows_of(middle, run)
    assert ok(middle.get(f"{API}/assignments/{theirs}"))["percent"] == 40
    # A table from before the merger means the rows where they are now.
    run = looked_through(middle, before.replace(b"20%", b"60%"), "表.csv", resource="assignments", mode="commit-valid")
    assert run["wrong_count"] == 0
    assert ok(middle.get(f"{API}/assignments/{moved}"))["percent"] in (20, 60)


def test_grants_at_both_schools_from_one_day_are_told_apart(as_: As, stock: Stock, world: World) -> None:
    """Both spans are told apart by their schools' names, though one name stands for the other school by now."""
    given = {"role": Role.SCHOOL, "valid_from": day(-30)}
    for name in (OLD, NEW):
        grant = GrantCreate(unit_id=world.unit[name], **given)
        stock.do(lambda tx, grant=grant: identity.add_grant(tx, world.user["office"], grant))
    ok(merge(as_, world))
    run = returned(as_("secadmin"), "role-grants")
    assert counts(run)[:2] == (0, 0) and run["wrong_count"] == 0


def _named_after(as_: As, world: World) -> None:
    """The successor takes the name of the one that was merged into it."""
    ok(merge(as_, world))
    ok(rename(as_, world, OLD, unit=NEW))


def test_what_a_merged_school_holds_stays_its_own_where_the_successor_is_called_so(
    as_: As, stock: Stock, world: World
) -> None:
    supervisor, secadmin = as_("supervisor"), as_("secadmin")
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit[OLD], "valid_from": day(-300).isoformat()}
    ok(supervisor.post(f"{API}/liaisons", json=pair), 201)
    reported(as_("school"), indicator(as_, world), 480, 500)
    plan = stock.plan(year=2026)
    stock.assignment(plan, stock.item(plan, "健全议事决策制度"), OLD, "completed", percent=100)
    _named_after(as_, world)
    told = ((secadmin, "role-grants"), (supervisor, "liaisons"), (as_("education"), "indicator-values"))
    for client, name in (*told, (as_("middle"), "assignments")):
        run = returned(client, name)
        assert (*counts(run)[:2], run["wrong_count"]) == (0, 0, 0), (name, rows_of(client, run))


def test_a_name_that_two_bear_is_asked_for_where_both_hold_the_row(as_: As, stock: Stock, world: World) -> None:
    of = indicator(as_, world)
    reported(as_("school"), of, 480, 500)
    reported(as_("middle"), of, 990, 1000)
    plan = stock.plan(year=2026)
    item = stock.item(plan, "健全议事决策制度")
    stock.assignment(plan, item, OLD, "completed", percent=100)
    stock.assignment(plan, item, NEW, "in_progress", percent=40)
    _named_after(as_, world)
    for account, name in (("education", "indicator-values"), ("middle", "assignments")):
        run = returned(as_(account), name)
        assert counts(run)[:2] == (0, 0), rows_of(as_(account), run)
        assert all("请写单位编码" in detail for _, detail in wrong(as_(account), run)) and run["wrong_count"] == 2


def test_what_is_new_of_a_form_is_given_to_no_unit_that_has_ended(as_: As, world: World) -> None:
    office, over = world.unit["教研室"], {"valid_from": "2020-01-01", "valid_to": day(-1).isoformat()}
    sysadmin, supervisor = as_("sysadmin"), as_("supervisor")

    def change(client: Any, at: str, **given: Any) -> Any:
        version = {"if-match": f'"{ok(client.get(f"{API}/{at}"))["version"]}"'}
        return client.patch(f"{API}/{at}", json=given, headers=version)

    branch = {"code": "JG1", "name": "教研党支部", "kind": "party_organization", "host_ids": [office]}
    team = {"unit_id": world.district, "name": "领导小组", "leader": "王建国", "office_unit_id": office}
    leads: dict[str, Any] = {"unit_id": world.district, "name": "何芳", "post": "副局长", "duty": "dual_duty"}
    leads["in_charge_unit_ids"] = [office]
    held = [
        ok(sysadmin.post(f"{API}/units", json=branch), 201),
        ok(supervisor.post(f"{API}/leading-groups", json=team), 201),
        ok(supervisor.post(f"{API}/appointments", json=leads), 201),
    ]
    ok(change(sysadmin, f"units/{office}", **over))
    grants, grant = f"users/{world.user['middle']}/role-grants", {"role": "office", "unit_id": office}
    asked: tuple[tuple[Any, str, dict[str, Any], str], ...] = (
        (as_("secadmin"), grants, grant, "unit_id"),
        (sysadmin, "units", branch | {"code": "JG2", "name": "另一支部"}, "host_ids"),
        (sysadmin, "units", {"code": "N1", "name": "东校", "kind": "school", "answering_unit_id": office}, "answering"),
        (supervisor, "leading-groups", team | {"name": "另一小组"}, "office_unit_id"),
        (supervisor, "appointments", leads | {"name": "高远"}, "in_charge_unit_ids"),
    )
    for client, path, given, field in asked:
        refused = client.post(f"{API}/{path}", json=given)
        assert refused.status_code == 422 and f"/{field}" in refused.text, (path, refused.text)
        assert "教研室已停用，请选择其他单位" in refused.text, path
    # What was so before may stay.
    ok(change(sysadmin, f"units/{held[0]['id']}", credit_code=None, host_ids=[office]))
    ok(change(supervisor, f"leading-groups/{held[1]['id']}", leader="高远", office_unit_id=office))
    ok(change(supervisor, f"appointments/{held[2]['id']}", post="局长", in_charge_unit_ids=[office]))
