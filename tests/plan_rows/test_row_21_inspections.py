"""What the plan demands, row 21: announced and unannounced inspections, by chance and with a checklist."""

from tests.conftest import As, form
from tests.walk.steps import API, finding, inspection, ok
from tests.world import World


def test_from_a_draw_unknown_to_all_to_what_the_school_may_read(as_: As, browse: As, world: World) -> None:
    unit = world.unit["实验小学"]
    known = inspection(as_, [unit], title="开学检查")
    assert ok(as_("school").get(f"{API}/inspections/{known['id']}"))["title"] == "开学检查"
    surprise = inspection(as_, [unit, world.unit["第一中学"]], mode="unannounced", title="收费暗访")
    path, page = f"{API}/inspections/{surprise['id']}", f"/inspections/{surprise['id']}"
    supervisor = browse("supervisor")
    assert supervisor.post(f"{page}/start", data=form(supervisor)).status_code == 303
    for whose in ("实验小学", "第一中学"):
        ok(as_("supervisor").post(f"{path}/visits", json={"unit_id": world.unit[whose], "note": "公示栏未更新。"}), 201)
    found = finding(as_, surprise["id"], unit)
    # Until it is released, neither school knows of it, whatever it asks.
    for account in ("school", "middle"):
        own = as_(account)
        assert own.get(path).status_code == own.get(f"{API}/findings/{found['id']}").status_code == 404
        assert "暗访" not in own.get(f"{API}/inspections?q=暗访").text
        assert "收费暗访" not in browse(account).get("/my-work").text
    assert supervisor.post(f"{page}/report", data=form(supervisor, note="两校公示不全。")).status_code == 303
    assert supervisor.post(f"{page}/release", data=form(supervisor)).status_code == 303
    ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))
    # Then each reads its own findings and nobody else's.
    assert ok(as_("school").get(path))["title"] == "收费暗访"
    assert [each["id"] for each in ok(as_("school").get(f"{path}/findings"))["data"]] == [found["id"]]
    assert ok(as_("middle").get(f"{path}/findings"))["data"] == []
    (line,) = ok(as_("supervisor").get(f"{API}/findings?inspection_id={surprise['id']}"))["data"]
    assert line["unit_name"] == "实验小学"
