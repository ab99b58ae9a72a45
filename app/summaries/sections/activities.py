"""Activities: those that units report under the plan's items, and those held in venues."""

from app.assignments.activities import LIST as REPORTED
from app.summaries.telling import Scene, Told, by_value, groups, labelled, link, total
from app.venue_activities.models import ACTIVITY, VENUE_KIND_LABELS
from app.venue_activities.queries import LIST as HELD_LIST
from app.venue_activities.rules import HELD

PATH, VENUES = "/activities", "/venue-activities"


def told(scene: Scene) -> Told:
    found = Told()
    of_plan = {"plan_id": str(scene.plan_id), **scene.between}
    held = {"state": HELD, **scene.between}
    reported = groups(scene.see, REPORTED, of_plan)[0].rows
    venues = groups(scene.see, HELD_LIST, held, {"kind": ACTIVITY.c.kind, "attended": ACTIVITY.c.attended})
    if not reported and not venues:
        found.sentences.append("本年度没有登记活动。")
        return found
    attended = sum((row.attended or 0) * row.rows for row in venues)
    found.count("任务活动", reported, link(PATH, **of_plan))
    found.count("阵地活动", total(venues), link(VENUES, **held))
    found.headings = ["阵地活动类别", "场次"]
    labelled(found, "kind", VENUE_KIND_LABELS, by_value(venues, "kind"), VENUES, **held)
    found.plot = ("阵地活动", "场", [(line[0].text, int(line[1].text)) for line in found.lines])
    found.sentences.append(
        f"本年度在本方案任务下开展活动 {reported} 场；举办阵地活动 {total(venues)} 场，参加 {attended} 人次。"
    )
    return found
