"""Who was held to account: what was served in the year, by kind."""

from app.accountability.models import ACTION, ACTION_KIND_LABELS
from app.accountability.queries import LIST
from app.accountability.rules import AWAITING_REPLY, CLOSED, PERFORMED, REPLIED, SERVED
from app.summaries.telling import Scene, Told, by_value, groups, labelled, link, total

PATH = "/accountability-actions"
KNOWN = (SERVED, PERFORMED, REPLIED, CLOSED)
"""States in which the unit knows of it."""


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"state": ",".join(KNOWN), **scene.between}
    rows = groups(scene.see, LIST, asked, {"kind": ACTION.c.kind, "state": ACTION.c.state})
    if not rows:
        found.sentences.append("本年度没有送达的提醒、督促、约谈、通报和其他问责。")
        return found
    states = by_value(rows, "state")
    waiting = sum(states.get(state, 0) for state in AWAITING_REPLY)
    found.count("送达", total(rows), link(PATH, **asked))
    found.count("待答复", waiting, link(PATH, **asked | {"state": ",".join(AWAITING_REPLY)}))
    found.count("已办结", states.get(CLOSED, 0), link(PATH, **asked | {"state": CLOSED}))
    found.headings = ["问责方式", "次数"]
    labelled(found, "kind", ACTION_KIND_LABELS, by_value(rows, "kind"), PATH, **asked)
    found.plot = ("问责方式", "次", [(line[0].text, int(line[1].text)) for line in found.lines])
    spoken = "、".join(f"{line[0].text} {line[1].text} 次" for line in found.lines)
    found.sentences.append(f"本年度送达问责 {total(rows)} 次：{spoken}。")
    found.notes = ["只统计已送达的问责，按送达日期归入年度。"]
    return found
