"""What the plan demands, row 5: the secretary is responsible first, the principal is important, the team has dual duty;
heads of offices first for their own."""

from tests.conftest import As, form
from tests.imports.tables import as_csv, counts, looked_through
from tests.ledgers.test_forms import rows_of
from tests.walk.steps import API, assignment, issued_plan, ok, rectification
from tests.world import World

HEADS = ("单位", "姓名", "职务", "责任", "分管工作", "分管股室", "起", "止")
BUREAU = (
    ("青川区教育局", "王建国", "局长", "第一责任人", "全面工作", "督查室", "", ""),
    ("青川区教育局", "贺春明", "副局长", "一岗双责", "党建、人事、财务", "党办、人事股、计财股", "", ""),
    ("计财股", "段明", "股长", "第一责任人", "", "", "", ""),
)


def test_from_the_tiers_to_who_answers_for_each_row(as_: As, browse: As, world: World) -> None:
    plan = issued_plan(as_)
    supervisor, school = as_("supervisor"), as_("school")
    table = as_csv(*BUREAU, heads=HEADS)
    run = looked_through(supervisor, table, "任职.csv", resource="appointments", mode="commit")
    assert counts(run) == (3, 0, 0, 0)
    # The school's clerk writes down secretary, principal and the team.
    browser = browse("school")
    for name, post, duty in (
        ("林青", "党支部书记", "primary_responsible_person"),
        ("高岩", "校长", "important_responsible_person"),
        ("方远", "副校长", "dual_duty"),
    ):
        fields = form(browser, unit_id=world.unit["实验小学"], name=name, post=post, duty=duty, in_charge_of="德育")
        assert browser.post("/appointments", data=fields).status_code == 303, name
    listed = browser.get("/appointments").text
    for words in ("第一责任人", "重要责任人", "一岗双责", "林青", "高岩", "方远"):
        assert words in listed
    # Its rows show them, to the school and to whoever looks over it.
    row_id = assignment(as_, "school", world.unit["实验小学"])["id"]
    for account in ("school", "supervisor", "leader"):
        row = ok(as_(account).get(f"{API}/assignments/{row_id}"))
        assert (row["responsible_leader"]["name"], row["responsible_person"]["post"]) == ("林青", "校长"), account
    shown = browser.get(f"/assignments/{row_id}").text
    assert "责任领导" in shown and "林青" in shown and "高岩" in shown
    # The plan's own ledger names the bureau's leader in charge and the office's head.
    of_item = {row["重点任务"]: row for row in rows_of(supervisor, f"/plans/{plan['id']}/ledger.csv")}
    fees = of_item["开展教育收费自查"]
    assert (fees["牵头股室"], fees["责任领导"], fees["责任人"]) == ("计财股", "贺春明", "段明")
    # What is found at the school begins with their names.
    found = rectification(as_, world)
    (line,) = rows_of(school, "/rectifications.csv")
    assert (line["责任领导"], line["责任人"]) == ("林青", "高岩")
    assert 'value="林青"' in browser.get(f"/rectifications/{found['id']}").text
    # A new secretary answers from the day on; the earlier one stays on record.
    first = ok(school.get(f"{API}/appointments?duty=primary_responsible_person"))["data"][0]
    ended = browser.post(f"/appointments/{first['id']}/end", data=form(browser, note="调任。"))
    assert ended.status_code == 303
    fields = {"name": "郭岚", "post": "党支部书记", "duty": "primary_responsible_person"}
    ok(school.post(f"{API}/appointments", json=fields), 201)
    assert ok(school.get(f"{API}/assignments/{row_id}"))["responsible_leader"]["name"] == "郭岚"
    everyone = ok(school.get(f"{API}/appointments?duty=primary_responsible_person"))["data"]
    assert {each["name"] for each in everyone} == {"林青", "郭岚"}
