"""A template's example can be read as it stands, where what it names is there; left in, it is nobody's row."""

import pytest

from tests.conftest import As, form
from tests.imports.tables import IMPORTS, counts, faults, looked_through, rows_of
from tests.imports.test_pages import press
from tests.imports.test_progress import DONE, HEADS, as_csv, begun
from tests.walk.steps import API, import_plan, inspection, issued_plan, ok
from tests.world import World

EXAMPLE = (2, "", "这是样表里的例子，请改成实际内容或删去这一行", [])
WRONG: dict[str, tuple[str, list[tuple[int, str, str, list[str]]]]] = {
    "assignments": ("school", [EXAMPLE]),
    "plan-items": ("supervisor", [EXAMPLE]),
    "findings": ("supervisor", [EXAMPLE]),
    "rectifications": ("school", [(2, "number", "没有这个编号的整改", []), EXAMPLE]),
}
"""Whose it is, and what alone is wrong with it: the number of the last is nobody's."""


@pytest.mark.parametrize("resource", WRONG)
def test_a_templates_example_can_be_read(as_: As, world: World, resource: str) -> None:
    if resource == "assignments":
        issued_plan(as_)
        begun(as_, world)
    elif resource == "plan-items":
        import_plan(as_("supervisor"))
    elif resource == "findings":
        made = inspection(as_, [world.unit["实验小学"]])
        ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    account, expected = WRONG[resource]
    template = as_(account).get(f"{IMPORTS}/templates/{resource}")
    run = looked_through(as_(account), template.content, "样表.xlsx", resource=resource)
    assert None not in run["columns"] and counts(run) == (0, 0, 0, 1)
    assert faults(rows_of(as_(account), run)) == expected


def test_a_school_imports_its_progress_by_hand(as_: As, browse: As, world: World) -> None:
    """From the ledger to the form, which offers what is the school's to import and nothing else."""
    issued_plan(as_)
    path, clerk = begun(as_, world), browse("school")
    assert "/imports/new?resource=assignments" in clerk.get("/assignments").text
    new = clerk.get("/imports/new?resource=assignments").text
    assert "任务进展" in new and "整改情况" in new and 'value="units"' not in new and 'value="plan-items"' not in new
    data = form(clerk, resource="assignments", mode="preview")
    made = clerk.post("/imports", data=data, files={"file": ("进展.csv", as_csv(DONE, heads=HEADS))})
    shown = clerk.get(made.headers["location"]).text
    assert "<del>0%</del> → <ins>60%</ins>" in shown
    assert press(clerk, shown, "/commit").status_code == 303
    told = clerk.get(path.removeprefix(API)).text
    assert "导入进展 60%" in told and "已修订议事规则。" in told
