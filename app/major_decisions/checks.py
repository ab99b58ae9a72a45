"""What of a matter must fit together, and what each of its steps asks for."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from app.core.calendar import SHANGHAI, today_of
from app.core.errors import FieldError
from app.core.operation import Reader
from app.major_decisions.models import DecisionCategory, DecisionResult, DecisionState
from app.major_decisions.quorum import Quorum
from app.major_decisions.rules import EVERY

MEETING = ("meeting_kind", "held_at", "chair", "expected", "present")
ABOUT_MEETING = (*MEETING, "observer", "votes_for", "votes_against", "votes_abstain")
VOTES = {"votes_for": "赞成", "votes_against": "反对", "votes_abstain": "弃权"}
Fields = Mapping[str, Any]

NEEDED: dict[str, dict[str, str]] = {
    "deliberate": {"preparation": "请填写酝酿论证的情况"},
    "decide": {
        "meeting_kind": "请选择会议；没有上会的决定请另行补登",
        "held_at": "请填写开会的日期和时间",
        "chair": "请填写主持人",
        "expected": "请填写应到人数",
        "present": "请填写实到人数",
        "opinions": "请按发言顺序填写各人的意见",
        **{name: f"请填写{words}票数，没有的填 0" for name, words in VOTES.items()},
        "result": "请选择结果",
    },
    "disclose": {
        "disclosed_from": "请填写公示起始日期；不公示的请填写理由",
        "disclosed_to": "请填写公示截止日期",
        "disclosure_place": "请填写公示地点",
    },
    "execute": {"responsible_person": "请填写责任人", "execution": "请填写执行情况"},
}
"""Step → what must be filled in before it, with the words where it is not."""


def lacking(step: str, fields: Fields) -> dict[str, str]:
    if step == "disclose" and fields["undisclosed_reason"] and not fields["disclosed_from"]:
        return {}
    return {name: words for name, words in NEEDED[step].items() if fields[name] in (None, "", [])}


def reached(fields: Fields) -> DecisionState:
    """How far a matter of the past has gone, by what is known of it."""
    state = DecisionState.DECIDED
    if fields["result"] == DecisionResult.PASSED:
        for step, done in (("disclose", DecisionState.DISCLOSED), ("execute", DecisionState.EXECUTED)):
            if lacking(step, fields):
                break
            state = done
    return state


def taken_away(before: Fields, after: Fields) -> list[FieldError]:
    """What the steps that were taken asked for, and an edit would leave without."""
    steps = list(NEEDED)[: EVERY.index(before["state"])]
    return [
        FieldError(f"/{name}", f"不能清空：{words}")
        for step in steps
        for name, words in lacking(step, after).items()
        if name not in lacking(step, before)
    ]


def faults(see: Reader, fields: Fields, before: Fields | None = None) -> list[FieldError]:
    """What does not fit, at the field where it is to be mended. ``before``: what was decided by a lost vote before this
    was looked at stays as it is."""
    decided = before is not None and before["decided_on"] is not None
    vote = [] if decided and before and _of_vote(before) else _of_vote(fields, decided)
    return [*_of_matter(see, fields), *_of_meeting(see, fields), *vote, *_of_disclosure(fields)]


def _of_matter(see: Reader, fields: Fields) -> list[FieldError]:
    found = []
    if fields["category"] == DecisionCategory.FUND and not fields["amount"]:
        found.append(FieldError("/amount", "大额度资金须填写金额（元）"))
    by, on = fields["legality_by"], fields["legality_on"]
    if (by is None) != (on is None):
        found.append(FieldError("/legality_by" if by is None else "/legality_on", "审查人和审查日期须一起填写"))
    if on is not None and on > see.today:
        found.append(FieldError("/legality_on", f"{on} 还没有到，请填写审查的日期"))
    return found


def _of_meeting(see: Reader, fields: Fields) -> list[FieldError]:
    about = [name for name in ABOUT_MEETING if fields[name] is not None]
    if fields["meeting_kind"] is None and (about or fields["opinions"]):
        return [FieldError("/meeting_kind", "已填写会议的情况，请选择是什么会议")]
    found = _of_order(fields)
    expected, present = fields["expected"], fields["present"]
    if expected == 0:
        found.append(FieldError("/expected", "应到人数不能为 0"))
    if expected is not None and present is not None and present > expected:
        found.append(FieldError("/present", f"实到 {present} 人，多于应到 {expected} 人，请核对"))
    votes = [fields[name] for name in VOTES]
    if present is not None and None not in votes:
        away = len(fields["recusals"])
        if sum(votes) + away != present:
            counted = "、".join(f"{words} {fields[name]}" for name, words in VOTES.items())
            found.append(
                FieldError("/votes_for", f"{counted}、回避 {away}，合计 {sum(votes) + away}，与实到 {present} 人不符")
            )
    decided_on, held_at = fields["decided_on"], fields["held_at"]
    if decided_on is not None:
        if decided_on > see.today or (held_at is not None and held_at > see.now):
            where = "/held_at" if held_at is not None else "/decided_on"
            found.append(FieldError(where, "时间还没有到，已作出的决定请填写实际的日期"))
        elif fields["meeting_kind"] is not None and held_at is None:
            found.append(FieldError("/held_at", NEEDED["decide"]["held_at"]))
        elif held_at is not None and today_of(held_at) != decided_on:
            found.append(FieldError("/decided_on", f"与开会的日期 {today_of(held_at)} 不符，请核对"))
    return found


def _of_order(fields: Fields) -> list[FieldError]:
    """A further meeting comes after the one that put the matter off."""
    held_at, earlier = fields["held_at"], fields.get("earlier_meetings")
    if held_at is None or not earlier:
        return []
    before = earlier[-1]["held_at"]
    day = date.fromisoformat(earlier[-1]["decided_on"])
    last = datetime.fromisoformat(before) if before else datetime.combine(day, time.min, SHANGHAI)
    if held_at > last:
        return []
    return [FieldError("/held_at", f"上次在 {day} 暂缓，请填写这一次开会的时间")]


def _of_vote(fields: Fields, decided: bool = False) -> list[FieldError]:
    """Nothing is passed without more than half of those present who may vote; whoever recuses themselves may not."""
    votes = [fields[name] for name in VOTES]
    if fields["result"] != DecisionResult.PASSED or None in votes:
        return []
    voting, favour = sum(votes), fields["votes_for"]
    if fields["present"] is not None and voting + len(fields["recusals"]) != fields["present"]:
        return []  # That is to be mended first.
    if favour * 2 > voting:
        return []
    lost = f"可以表决的 {voting} 人中赞成 {favour} 票，没有超过半数（至少 {voting // 2 + 1} 票），不能是“通过”；"
    if decided:
        return [FieldError("/votes_for", f"{lost}结果已不能改，请核对票数")]
    return [FieldError("/result", f"{lost}请把结果改为“未通过”或“暂缓”，票数填错的请改正票数")]


def _of_disclosure(fields: Fields) -> list[FieldError]:
    found = []
    begun, ended, decided_on = fields["disclosed_from"], fields["disclosed_to"], fields["decided_on"]
    if begun is not None and ended is not None and ended < begun:
        found.append(FieldError("/disclosed_to", f"早于起始日期 {begun}，请改为同日或以后"))
    if begun is not None and decided_on is not None and begun < decided_on:
        found.append(FieldError("/disclosed_from", f"早于决定的日期 {decided_on}，请核对"))
    return found


def below_quorum(quorum: Quorum, fields: Fields) -> str:
    """Why nothing can be decided, and the way out; empty where there is a quorum or no meeting to have one."""
    expected, present = fields["expected"], fields["present"]
    if expected is None or present is None or present >= quorum.least(expected):
        return ""
    return (
        f"应到 {expected} 人，实到 {present} 人，不足{quorum.words}（至少 {quorum.least(expected)} 人），不能形成决定；"
        "请改期再开会后按实际人数填写，人数填错的请改正"
    )
