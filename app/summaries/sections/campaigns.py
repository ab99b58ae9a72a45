"""Special campaigns of the year: how far each came, and how many units that it asked handed their self-check in."""

from typing import Any

from app.campaigns.models import CAMPAIGN, CAMPAIGN_STATE_LABELS, HANDED_IN, SELF_CHECK, CampaignState
from app.campaigns.queries import LEAD, LIST
from app.campaigns.rules import CLOSED, RUNNING
from app.campaigns.self_check_queries import LIST as SELF_CHECKS
from app.summaries.telling import MOST_LINES, Cell, Scene, Told, groups, link, number

PATH, CHECKS = "/campaigns", "/self-checks"


def told(scene: Scene) -> Told:
    found, see = Told(), scene.see
    asked = {"state": ",".join((*RUNNING, CLOSED)), **scene.between}
    of = {"id": CAMPAIGN.c.id, "title": CAMPAIGN.c.title, "lead": LEAD.c.name, "state": CAMPAIGN.c.state}
    rows = sorted(groups(see, LIST, asked, of), key=lambda row: int(row.id))
    if not rows:
        found.sentences.append("本年度没有开展专项行动。")
        return found
    closed = sum(row.state == CLOSED for row in rows)
    found.count("专项行动", len(rows), link(PATH, **asked))
    found.count("进行中", len(rows) - closed, link(PATH, **asked | {"state": ",".join(RUNNING)}))
    found.count("已结束", closed, link(PATH, **asked | {"state": CLOSED}))
    handed_in = {"handed_in": SELF_CHECK.c.state.in_(HANDED_IN)}
    checks = {row.of: row for row in groups(see, SELF_CHECKS, {}, {"of": SELF_CHECK.c.campaign_id}, handed_in)}
    found.headings = ["专项行动", "牵头股室", "阶段", "应自查单位", "已报送自查"]
    found.lines = [_line(row, checks.get(row.id)) for row in rows[:MOST_LINES]]
    found.sentences.append(f"本年度开展专项行动 {len(rows)} 项，已结束 {closed} 项。")
    found.notes = ["按自查开始日期归入年度；未启动和撤销的不计。"]
    return found


def _line(row: Any, checks: Any) -> list[Cell]:
    all_, done = (checks.rows, checks.handed_in) if checks else (0, 0)
    handed_in = link(CHECKS, campaign_id=row.id, state=",".join(HANDED_IN))
    return [
        Cell(row.title, f"{PATH}/{row.id}"),
        Cell(row.lead),
        Cell(CAMPAIGN_STATE_LABELS[CampaignState(row.state)]),
        number(all_, link(CHECKS, campaign_id=row.id)),
        number(done, handed_in),
    ]
