"""Who answers for it: leading groups and the duties of persons, as they stood at the year's end, or stand today."""

from datetime import date

from app.appointments.models import APPOINTMENT, APPOINTMENT_DUTY_LABELS
from app.appointments.queries import LIST as APPOINTMENTS
from app.core.calendar import long_day
from app.leading_groups.queries import AT, LIST, count_missing
from app.summaries.telling import Cell, Scene, Told, by_value, groups, labelled, link, total
from app.units.models import SCHOOLS

PATH, PEOPLE = "/leading-groups", "/appointments"


def told(scene: Scene) -> Told:
    found, see = Told(), scene.see
    day = min(see.today, date(scene.year, 12, 31))
    asked = {"valid_on": day.isoformat()}
    formed = groups(see, LIST, asked, {"kind": AT.c.kind})
    duties = groups(see, APPOINTMENTS, asked, {"duty": APPOINTMENT.c.duty})
    if not formed and not duties:
        found.sentences.append(f"{long_day(day)}没有登记的领导小组和责任人。")
        return found
    schools = sum(row.rows for row in formed if row.kind in SCHOOLS)
    found.count("领导小组", total(formed), link(PATH, **asked))
    found.figures.append(("学校（园）领导小组", Cell(str(schools))))
    said = f"{long_day(day)}，有领导小组 {total(formed)} 个，其中学校（园） {schools} 个"
    if day == see.today:
        # Which schools have none is known of today alone.
        missing = count_missing(see)
        found.figures.append(("还没有领导小组的学校（园）", Cell(str(missing), f"{PATH}/missing" if missing else None)))
        said += f"，没有建立的学校（园） {missing} 所" if missing else ""
    found.headings = ["责任", "任职"]
    labelled(found, "duty", APPOINTMENT_DUTY_LABELS, by_value(duties, "duty"), PEOPLE, **asked)
    found.sentences.append(said + "。")
    if duties:
        spoken = "、".join(f"{line[0].text} {line[1].text} 人次" for line in found.lines)
        found.sentences.append(f"登记的责任人：{spoken}。")
    found.notes = [f"按 {day.isoformat()} 在任的统计；一人几项职务的，分别计算。"]
    return found
