"""What the plan demands, row 19: evidence of the work classified, itemised, boxed, and ready for inspection."""

import io
import zipfile
from hashlib import sha256

from app.core.calendar import now, today_of
from tests.boxes.steps import BOXES
from tests.conftest import As, form
from tests.walk.steps import API, PDF, assignment, issued_plan, ok
from tests.world import World


def test_from_the_upload_to_the_box_that_is_handed_over(as_: As, browse: As, world: World) -> None:
    plan = issued_plan(as_)
    school = browse("school")
    row = assignment(as_, "school", world.unit["实验小学"])
    home = f"/assignments/{row['id']}"
    assert school.post(f"{home}/acknowledge", data=form(school)).status_code == 303
    # One upload beside the row, one that serves two rows.
    second = assignment(as_, "school", world.unit["实验小学"], item=1)
    assert school.post(f"/assignments/{second['id']}/acknowledge", data=form(school)).status_code == 303
    for title, kind in (("议事规则", "policy"), ("校务会纪要", "meeting")):
        fields = form(school, target="assignments", target_id=row["id"], back=home, title=title, kind=kind)
        sent = school.post("/evidence/upload", data=fields, files={"file": ("件.pdf", PDF + title.encode())})
        assert sent.status_code == 303, sent.text
    proofs = {each["title"]: each["id"] for each in ok(as_("school").get(f"{API}/evidence"))["data"]}
    shared = {"target": "assignments", "target_id": second["id"]}
    ok(as_("school").post(f"{API}/evidence/{proofs['校务会纪要']}/links", json=shared), 201)
    # The box fills itself by item and kind, and is sealed.
    box = ok(as_("school").post(BOXES, json={"plan_id": plan["id"], "name": "议事决策"}), 201)
    page = f"/archive-boxes/{box['id']}"
    assert school.post(f"{page}/fill", data=form(school)).status_code == 303
    shown = school.get(page).text
    assert "议事规则" in shown and "校务会纪要" in shown
    assert school.post(f"{page}/seal", data=form(school)).status_code == 303
    # Whoever inspects unpacks it: each file is the one that was uploaded, in its item's folder.
    archive = zipfile.ZipFile(io.BytesIO(as_("supervisor").get(f"{BOXES}/{box['id']}/export").content))
    files = {name: archive.read(name) for name in archive.namelist() if name.endswith(".pdf")}
    assert {sha256(each).hexdigest() for each in files.values()} == {
        sha256(PDF + title.encode()).hexdigest() for title in proofs
    }
    assert any(name.endswith("卷内目录.xlsx") for name in archive.namelist())
    handed = form(school, to="区档案室", on=today_of(now()).isoformat())
    assert school.post(f"{page}/hand-over", data=handed).status_code == 303
    assert "已移交" in school.get(page).text
    assert as_("kindergarten").get(f"{BOXES}/{box['id']}").status_code == 404
