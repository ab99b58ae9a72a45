"""A draft plan's items from a table: new ones, changed ones, who is responsible in the words of the table."""

from typing import Any

from tests.briefs.steps import promoted, taken
from tests.conftest import As
from tests.imports.tables import IMPORTS, TASKS, as_csv, columns, counts, faults, looked_through, rows_of, send
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, import_plan, issued_plan, items, ok
from tests.world import World

HEADS = ("序号", "重点任务", "具体措施", "成果形式", "牵头部门", "配合部门", "责任单位", "完成时限", "办理周期", "权重")
RULES, FEES = "健全学校议事决策制度", "开展教育收费自查"
NEW = (
    "4",
    "建立家校沟通台账",
    "每学期梳理一次。",
    "制度、会议",
    "教育股",
    "党办、局人事股",
    "各学校(园)",
    "每学期末",
    "",
    "2",
)


def table(as_: As, *rows: Any, heads: Any = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(as_("supervisor"), as_csv(*rows, heads=heads), "任务.csv", resource="plan-items", **fields)


def item(as_: As, plan: dict[str, Any], title: str) -> dict[str, Any]:
    return next(each for each in items(as_, plan["id"]) if each["title"].startswith(title))


def responsible(each: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """(as written, role, whether it is known) of those that were not dropped."""
    named = each["responsibilities"]
    return [(n["name"], n["role"], bool(n["unit_name"])) for n in named if n["dropped_reason"] is None]


def test_an_exported_list_of_several_plans_comes_back_unchanged(as_: As) -> None:
    supervisor = as_("supervisor")
    for text in (PLAN, PLAN.replace("2026年", "2027年", 1)):
        import_plan(supervisor, text)
    for path in ("plan-items.csv", "plan-items.xlsx"):
        content = supervisor.get(f"{API}/{path}").content
        run = looked_through(supervisor, content, path, resource="plan-items")
        assert (run["headings"][0], run["columns"][0]) == ("方案", "plan")
        assert faults(rows_of(supervisor, run)) == [] and counts(run)[2] == run["row_count"] >= 6


def test_items_are_added_and_changed_in_a_draft_and_then_nothing_changes(as_: As) -> None:
    plan, client = import_plan(as_("supervisor")), as_("supervisor")
    fees = ("2", FEES, "逐项核对。", "", "", "", "", "2026年11月底前", "", "")
    run = table(as_, NEW, fees)
    assert counts(run) == (1, 1, 0, 0)
    (changed,) = rows_of(client, run, kind="changed")
    assert changed["changes"] == {
        "measures": ["逐项核对收费公示，发现问题立即纠正。", "逐项核对。"],
        "deadline": ["2026年12月底前", "2026年11月底前"],
    }
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"))
    made = item(as_, plan, "建立家校")
    assert (made["number"], made["cadence"], made["weight"]) == ("4", "termly", 2)
    assert made["required_evidence"] == ["policy", "meeting"] and made["deadline_text"] == "每学期末"
    assert responsible(made) == [
        ("教育股", "lead", True),
        ("党办", "cooperate", True),
        ("局人事股", "cooperate", True),
        ("各学校(园)", "responsible", True),
    ]
    held = item(as_, plan, FEES)
    assert (held["deadline_on"], held["deadline_kind"]) == ("2026-11-30", "date") and held["measures"] == "逐项核对。"
    log = ok(as_("auditor").get(f"{API}/events"))["data"]
    assert (log[1]["operation"], log[1]["after"]) == ("plan_item.import", {"count": 2})
    (event,) = [each for each in log if each["operation"] == "plan.import_items"]
    assert (event["resource_id"], event["after"]) == (plan["id"], {"new": 1, "changed": 1})
    own = {each["resource_id"]: each for each in log[2:] if each["operation"] == "plan_item.import"}
    assert own[made["id"]]["before"] is None and own[made["id"]]["after"]["weight"] == 2
    days = (own[held["id"]][when]["deadline_on"] for when in ("before", "after"))
    assert [*days] == ["2026-12-31", "2026-11-30"] and own[held["id"]]["after"].keys() == {
        *("measures", "deadline_text", "deadline_on")
    }
    named = [each for each in log if each["resource"] == "responsibility"]
    assert [each["before"] for each in named] == [None] * 4 and named[0]["after"]["plan_item_id"] == made["id"]
    again = table(as_, NEW, fees, mode="commit")
    assert counts(again) == (0, 0, 2, 0)
    # Found by its number: another title of the same item.
    renamed = table(as_, ("4", "建立家校沟通机制", "", "", "", "", "", "", "", ""))
    assert rows_of(client, renamed)[0]["changes"] == {"title": ["建立家校沟通台账", "建立家校沟通机制"]}


def test_who_is_responsible_becomes_what_the_columns_say(as_: As) -> None:
    plan = import_plan(as_("supervisor"))
    row = ("", FEES, "", "", "计财股、教育股", "督查室、人事股", "", "", "", "")
    run = table(as_, row, mode="commit")
    assert responsible(item(as_, plan, FEES)) == [
        ("计财股", "lead", True),
        ("督查室", "cooperate", True),
        ("教育股", "lead", True),
        ("人事股", "cooperate", True),
    ]
    table(as_, ("", FEES, "", "", "", "督查室", "", "", "", ""), mode="commit")
    dropped = [n for n in item(as_, plan, FEES)["responsibilities"] if n["dropped_reason"]]
    assert [(n["name"], n["dropped_reason"]) for n in dropped] == [("人事股", "导入时去掉")]
    assert counts(run) == (0, 1, 0, 0)
    # As the list of items is exported, each name with what it is to do.
    told = "计财股（牵头）、教育股（配合）、督查室（配合）、各学校（园）（责任）"
    table(as_, (FEES, told), heads=("重点任务", "责任单位"), mode="commit")
    assert sorted(responsible(item(as_, plan, FEES))) == [
        ("各学校（园）", "responsible", True),
        ("教育股", "cooperate", True),
        ("督查室", "cooperate", True),
        ("计财股", "lead", True),
    ]
    assert counts(table(as_, (FEES, told), heads=("重点任务", "责任单位"))) == (0, 0, 1, 0)


def test_each_wrong_cell_is_named_with_what_may_have_been_meant(as_: As) -> None:
    import_plan(as_("supervisor"))
    run = table(
        as_,
        ("4", "新任务", "", "制度、照片", "党建办", "", "", "", "每旬", "2000"),
        ("", "", "没有任务名称", "", "", "", "", "", "", ""),
        ("", RULES, "", "", "党办", "党办", "", "", "", ""),
        ("1", RULES, "", "", "", "", "", "", "", "1.5"),
    )
    found = faults(rows_of(as_("supervisor"), run, kind="wrong"))
    assert [(number, column) for number, column, _, _ in found] == [
        (2, "required_evidence"),
        (2, "cadence"),
        (2, "lead"),
        (2, "weight"),
        (3, "title"),
        (4, "cooperate"),
        (5, "weight"),
        (5, "title"),
    ]
    assert found[2][2:] == ("没有这个单位，也没有这个单位组", found[2][3]) and "党办" in found[2][3]
    assert found[5][2] == "“党办”在别的列里也有，请只留一处"
    area = table(as_, (RULES, "文化涵养"), (FEES, "严实作风"), heads=("任务", "方面"))
    why = "方案里没有这个领域，可选：严实作风、涵养文化"
    assert faults(rows_of(as_("supervisor"), area)) == [(2, "area", why, [])]


def test_the_ledger_of_an_issued_plan_comes_back_unchanged_and_changes_nothing_there(as_: As) -> None:
    plan = issued_plan(as_)
    rows = []
    for each in items(as_, plan["id"]):
        named = {
            role: [n for n, r, _ in responsible(each) if r == role] for role in ("lead", "cooperate", "responsible")
        }
        leads = named["lead"] or named["responsible"]
        beside = [name for names in named.values() for name in names if name not in leads]
        deadline = each["deadline_on"] or each["deadline_text"] or ""
        said = (each["number"], each["title"], each["measures"], "", "、".join(leads), "、".join(beside), "", "")
        rows.append((*said, deadline, "0%（办结 0/5）", "待签收", "0", ""))
    assert counts(table(as_, *rows, heads=TASKS)) == (0, 0, 3, 0)
    run = table(as_, (*rows[0][:2], "另一种措施", *rows[0][3:]), ("9", "新任务", *rows[1][2:]), heads=TASKS)
    said = "方案当前是“印发”，不能“修改”"
    assert [(n, detail) for n, _, detail, _ in faults(rows_of(as_("supervisor"), run))] == [(2, said), (3, said)]
    # Beside a draft the ledger is still the issued plan's: a draft has none.
    import_plan(as_("supervisor"), PLAN.replace("2026", "2027"))
    assert counts(table(as_, *rows, heads=TASKS)) == (0, 0, 3, 0)
    # Without the columns of work under way it is the draft's, and says so where it would change something.
    run = table(as_, *(row[:9] for row in rows), heads=TASKS[:9])
    (changed,) = rows_of(as_("supervisor"), run, kind="changed")
    assert changed["changes"] == {"deadline": ["2027年12月底前", "2026-12-31"]}
    told = "表里没有写方案，按“2027年推进清廉校园建设实施方案”核对"
    assert [remark["detail"] for remark in changed["remarks"]] == [told]
    # As the list of the plan's items is exported.
    heads = columns("方案|序号|方面|重点任务|具体措施|周期|完成时限|时限原文|成果形式|权重")
    cadences = {"once": "一次", "standing": "长期坚持"}
    rows = [
        (
            plan["title"],
            each["number"],
            f"{each['area_number']} {each['area_title']}",
            each["title"],
            each["measures"],
            cadences[each["cadence"]],
            each["deadline_on"] or "",
            each["deadline_text"] or "",
            "",
            "1",
        )
        for each in items(as_, plan["id"])
    ]
    assert counts(table(as_, *rows, heads=heads)) == (0, 0, 3, 0)


def test_a_table_of_what_no_plan_at_work_holds_is_the_drafts(as_: As) -> None:
    issued_plan(as_)
    text = PLAN.replace("2026", "2027").replace(RULES, "订立新的章程").replace(FEES, "另查收费")
    plan = import_plan(as_("supervisor"), text)
    heads = ("序号", "重点任务", "具体措施", "佐证材料", "完成情况")
    rows = (("1", "订立新的章程", "", "会议纪要", ""), ("9", "开设廉洁课程", "每学期一次。", "教案", "未开始"))
    run = table(as_, *rows, heads=heads, mode="commit")
    assert counts(run)[0] == 1 and run["wrong_count"] == 0, faults(rows_of(as_("supervisor"), run))
    assert item(as_, plan, "开设廉洁课程")["number"] == "9"


def test_a_batch_is_taken_back_as_long_as_nobody_touched_it(as_: As) -> None:
    plan, client = import_plan(as_("supervisor")), as_("supervisor")
    rows = (NEW, ("2", FEES, "逐项核对。", "制度", "教育股", "", "", "2026-11-20", "每月", "3"))
    ignored = {"version", "updated_at"}

    def standing() -> list[dict[str, Any]]:
        return [{k: v for k, v in each.items() if k not in ignored} for each in items(as_, plan["id"])]

    before = standing()
    run = table(as_, *rows, mode="commit")
    held = item(as_, plan, FEES)
    assert (held["deadline_on"], held["deadline_text"], held["cadence"]) == ("2026-11-20", "2026年12月底前", "monthly")
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    assert standing() == before

    run = table(as_, *rows, mode="commit")
    ok(client.post(f"{API}/plans/{plan['id']}/issue"))
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert item(as_, plan, "建立家校")["weight"] == 2


def test_an_item_that_another_changed_since_stays(as_: As) -> None:
    plan, client = import_plan(as_("supervisor")), as_("supervisor")
    run = table(as_, NEW, mode="commit")
    made = item(as_, plan, "建立家校")
    patch = {"json": {"weight": 5}, "headers": {"if-match": f'"{made["version"]}"'}}
    ok(client.patch(f"{API}/plan-items/{made['id']}", **patch))
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched") and "第 2 行" in refused.text


def test_names_that_were_settled_since_are_not_taken_back(as_: As, world: World) -> None:
    """Saying what a name stands for moves the plan, and no item of it."""
    plan, client = import_plan(as_("supervisor")), as_("supervisor")
    run = table(as_, NEW, mode="commit")
    version = item(as_, plan, "建立家校")["version"]
    meant = {"name": "教育股", "unit_id": world.unit["教研室"]}
    ok(client.post(f"{API}/plans/{plan['id']}/resolve", json={"resolutions": [meant]}))
    assert item(as_, plan, "建立家校")["version"] == version
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched")
    assert "第 2 行任务的责任单位在导入之后又认定或改动过" in refused.json()["detail"]
    named = item(as_, plan, "建立家校")["responsibilities"]
    assert {each["name"]: each["unit_id"] for each in named}["教育股"] == world.unit["教研室"]


def test_an_item_that_took_up_a_brief_is_not_taken_back(as_: As) -> None:
    plan, client = import_plan(as_("supervisor")), as_("supervisor")
    run = table(as_, ("", FEES, "逐项核对。", "", "", "", "", "", "", ""), NEW, mode="commit")
    brief = promoted(as_("school"), client, "situation_analysis", title="新情况")
    taken(client, brief, "adopt", plan_id=plan["id"], plan_item_id=item(as_, plan, "建立家校")["id"])
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_in_use")
    assert "第 3 行的任务已被简报采纳" in refused.json()["detail"]
    taken(client, brief, "adopt")
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"


def test_the_supervisor_alone_imports_items(as_: As) -> None:
    import_plan(as_("supervisor"))
    for account in ("office", "school", "leader", "discipline", "sysadmin"):
        assert send(as_(account), as_csv(NEW, heads=HEADS), resource="plan-items").status_code == 403, account
    run = looked_through(as_("other_supervisor"), as_csv(NEW, heads=HEADS), resource="plan-items")
    assert faults(rows_of(as_("other_supervisor"), run))[0][1:3] == ("plan", "没有“草稿”的方案")
