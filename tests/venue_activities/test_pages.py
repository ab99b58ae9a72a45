"""The page of an activity that was held: who came and the papers are one form, of which nothing typed is lost."""

from typing import Any

import pytest

from tests.conftest import As, form
from tests.generated.forms import pressed_by_enter
from tests.stock import Stock
from tests.venue_activities.steps import AT, days_go_by, registered
from tests.walk.steps import PDF, evidence, ok


@pytest.fixture
def home(as_: As, stock: Stock) -> str:
    """Approved, over since yesterday, with a photo."""
    row = registered(as_("school"))
    ok(as_("supervisor").post(f"{AT}/{row['id']}/approve"))
    days_go_by(stock, row["id"])
    evidence(as_("school"), "照片", target="venue-activities", target_id=str(row["id"]))
    return f"/venue-activities/{row['id']}"


def test_enter_in_the_number_of_people_tells_that_it_was_held(browse: As, home: str) -> None:
    page = browse("school").get(home).text
    assert "撤下" in page and pressed_by_enter(page, "fill") == f"{home}/hold"


def test_a_remark_without_a_number_is_kept_when_a_photo_comes(browse: As, home: str) -> None:
    school = browse("school")
    target = {"target": "venue-activities", "target_id": home.rpartition("/")[2], "beside": "1", "kind": "activity"}
    sent: dict[str, Any] = {"data": form(school, **target, attended="", note="因雨改在室内。")}
    shown = school.post("/evidence/upload", **sent, files={"file[]": ("照片二.pdf", PDF, "application/pdf")})
    assert shown.status_code == 200 and "因雨改在室内。" in shown.text and "照片二" in shown.text
