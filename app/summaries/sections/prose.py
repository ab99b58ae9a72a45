"""Two sections that a person writes; the situation analyses that plans took up are proposed beside them."""

from app.briefs.models import BriefKind
from app.briefs.queries import LIST, present
from app.briefs.rules import CHOSEN
from app.summaries.sections.highlights import PATH, written
from app.summaries.telling import Cell, Scene, Told

MOST = 50


def problems(_scene: Scene) -> Told:
    return Told()


def suggestions(scene: Scene) -> Told:
    """With the year's analyses that were taken up, of as many as fit."""
    found, see = Told(), scene.see
    asked = {"kind": BriefKind.SITUATION_ANALYSIS.value, "state": ",".join(CHOSEN), **written(scene)}
    rows, _ = LIST.page(see, LIST.asked({**asked, "limit": str(MOST)}), frozenset())
    for brief in (present(see, row) for row in rows):
        if brief["adopted_plan_id"]:
            found.proposals.append((brief["unit_name"], Cell(brief["title"], f"{PATH}/{brief['id']}")))
    return found
