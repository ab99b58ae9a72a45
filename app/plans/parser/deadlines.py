"""Deadlines: the words as written, their kind, and a date only where one is stated.

- …前 and …底 end with the day they name: 3月底前 is the last day of March, 2013年底 the last of December.
- A month without a year (7月底前) takes the year of the plan; a plan without a year gives no date.
- 上旬, 中旬 and 下旬 end on the 10th, the 20th and the month's last day; a quarter with its last month.
- A range ends with its last day; one that would end before it begins (12月—3月) tells no year for its end, and so
  no date. A compound keeps a date only if it states exactly one.
- What recurs, stands, follows the school calendar or is left open has no date.
"""

import re
from calendar import monthrange
from datetime import date

from .folding import FOLD
from .model import DeadlineKind, ParsedDeadline

_POINT = (
    r"(?:"
    r"(?P<y>(?:\d{4}|今|本|明|当)年)?\s*(?P<m>\d{1,2})\s*月(?:份)?\s*(?P<d>\d{1,2})\s*[日号]"
    r"|(?P<iy>\d{4})[-./](?P<im>\d{1,2})[-./](?P<id>\d{1,2})"
    r"|(?P<jy>\d{4})[-./](?P<jm>\d{1,2})(?![-./\d])"
    r"|(?P<my>(?:\d{4}|今|本|明|当)年)?\s*(?P<mm>\d{1,2})\s*月(?:份)?(?P<part>[底末初]|[上中下]旬)?"
    r"|(?P<qy>(?:\d{4}|今|本|明|当)年)?(?:第?(?P<q>[一二三四1-4])季度|(?P<half>[上下]半年))[底末]?"
    r"|(?P<ey>\d{4}|今|本|明|当)?年?(?<!学)年(?:度)?(?P<end>[底末终])"
    r"|(?P<wy>\d{4})年(?:度|内)?"
    r")(?P<by>之?以?前)?"
)
POINT = re.compile(_POINT)
_JOINED = re.compile(r"^\s*(?:-{1,2}|至|到|起至?|开始至)\s*$")
_RECURRING = re.compile(r"每(?!.{0,2}[个所位人]学校)|各[一两二\d]次|定期|按[月季周年]|逐[月季年]|季报|月报")
_STANDING = re.compile(r"长期|常态|持续|全年|贯穿|经常|始终|全程|全学[年期]|日常|常年|一直|全天|动态")
_SCHOOL = re.compile(
    r"[寒暑]假|开学|学期[初末中]|学年[初末]|期[末中](?:考试)?|放假|[春秋]季学期|[本上下]学期|学期结束|[中高]考[前后]"
    r"|毕业前|假期|第[一二12]学期|\d学年"
)
_OPEN = re.compile(
    r"待定|另行|适时|视情|未定|立行立改|立即|即[知时]即?改?|尽快|尽早|根据|按照?上级|按.{0,8}(?:要求|安排|部署|规定)"
    r"|按时|及时|随时"
)
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", 1)}
LONGEST = 60


def read_deadline(words: str, plan_year: int | None) -> ParsedDeadline | None:
    """The deadline that these words state; None where there are none."""
    text = words.strip(" \t\n\r\u3000。；;，,、")
    if not text or text in {"/", "-", "—", "——", "无"}:
        return None
    flat = in_figures(text.translate(FOLD)[:200])
    points = list(POINT.finditer(flat))
    dates = _days(points, plan_year)
    kind = _kind(flat, points)
    if kind == "range" and _ends_before_it_begins(points[0], dates):
        kind = "compound"
    return ParsedDeadline(text, kind, _date(kind, dates))


_IN_WORDS = re.compile(r"(?<![一二三四五六七八九十])(?P<tens>[二三]?十)?(?P<ones>[一二三四五六七八九])?(?=[月日号])")


_SPACED = re.compile(
    r"(?<=[\d年月日季度])[ ]+(?=[\d年月日号季底末初上中下前以之])|(?<=[\d年月日])[ ]*([-至])[ ]*(?=\d)"
)


def in_figures(flat: str) -> str:
    """十二月三十日 as 12月30日, 2024 年 3 月 without its spaces."""
    flat = _SPACED.sub(r"\1", flat)

    def figures(match: re.Match[str]) -> str:
        if not match.group():
            return ""
        tens = match["tens"] or ""
        return str(10 * (_DIGITS.get(tens[:1], 1) if tens else 0) + _DIGITS.get(match["ones"] or "", 0))

    return _IN_WORDS.sub(figures, flat)


def _kind(flat: str, points: list[re.Match[str]]) -> DeadlineKind:
    if _RECURRING.search(flat) and not _STANDING.search(flat) and not any(_stated_year(point) for point in points):
        return "recurring"
    kinds: set[DeadlineKind] = set()
    if points and not (_is_bare_year(points) and any(pattern.search(flat) for _, pattern in _WORDS)):
        kinds.add("range" if _is_range(flat, points) else "date")
    for kind, pattern in _WORDS:
        if pattern.search(flat):
            kinds.add(kind)
    if len(kinds) > 1:
        return "compound"
    if len(points) > 1 and kinds == {"date"}:
        return "compound"
    return kinds.pop() if kinds else "undetermined"


_WORDS: tuple[tuple[DeadlineKind, re.Pattern[str]], ...] = (
    ("recurring", _RECURRING),
    ("standing", _STANDING),
    ("school_calendar", _SCHOOL),
    ("undetermined", _OPEN),
)


def _is_bare_year(points: list[re.Match[str]]) -> bool:
    """2024年秋季开学前, 2024年全年: the year only says which autumn, and states no day."""
    return all(point["wy"] for point in points)


def _is_range(flat: str, points: list[re.Match[str]]) -> bool:
    """Two points joined by 至 or a dash, or one bare month or year, which lasts as long as it lasts."""
    if len(points) == 2 and is_joined(flat, *points):
        return True
    only = points[0]
    return len(points) == 1 and not only["by"] and bool(only["wy"] or only["jm"] or (only["mm"] and not only["part"]))


def is_joined(flat: str, first: re.Match[str], last: re.Match[str]) -> bool:
    return bool(_JOINED.match(flat[first.end() : last.start()]))


def _ends_before_it_begins(first: re.Match[str], dates: list[date | None]) -> bool:
    """2023年12月—3月 — of which year is the 3月? As where 次年 is said of it, no date is made up."""
    begins, ends = dates[0], dates[-1]
    if begins is None or ends is None or first["d"] or first["id"]:
        return begins is not None and ends is not None and ends < begins
    # What lasts is told by its last day: 上半年 by that in June.
    months = 11 if first["wy"] else 5 if first["half"] else 2 if first["q"] else 0
    return ends < begins.replace(month=begins.month - months, day=1)


def _date(kind: DeadlineKind, dates: list[date | None]) -> date | None:
    stated = [day for day in dates if day]
    if kind == "date" or (kind == "compound" and len(dates) == 1):
        return stated[0] if stated else None
    return dates[-1] if kind == "range" else None


def _days(points: list[re.Match[str]], year: int | None) -> list[date | None]:
    """2024年4月—11月: a year that was named holds of the months behind it."""
    found = []
    for point in points:
        found.append(day_in(point, year))
        named = (_stated_year(point) or "").rstrip("年")
        year = int(named) if named.isdigit() else year
    return found


def _stated_year(point: re.Match[str]) -> str | None:
    group = point.groupdict()
    return group["y"] or group["iy"] or group["jy"] or group["my"] or group["qy"] or group["ey"] or group["wy"]


def day_in(point: re.Match[str], plan_year: int | None) -> date | None:
    """The last day of a point in time, None where its year is unknown or the calendar has no such day."""
    group = point.groupdict()
    year = _year(_stated_year(point), plan_year)
    if year is None or not 1900 <= year <= 2200:
        return None
    if group["d"] or group["id"]:
        return _calendar(year, int(group["m"] or group["im"]), int(group["d"] or group["id"]))
    if group["mm"] or group["jm"]:
        return _calendar(
            year, int(group["mm"] or group["jm"]), {"上": 10, "初": 10, "中": 20}.get((group["part"] or "底")[0], 31)
        )
    if group["q"]:
        quarter = _DIGITS.get(group["q"]) or int(group["q"])
        return _calendar(year, quarter * 3, 31)
    return _calendar(year, 6 if group["half"] == "上半年" else 12, 31)


def _year(stated: str | None, plan_year: int | None) -> int | None:
    digits = (stated or "").rstrip("年")
    if digits.isdigit():
        return int(digits)
    if digits == "明":
        return plan_year + 1 if plan_year else None
    return plan_year


def _calendar(year: int, month: int, day: int) -> date | None:
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    last = monthrange(year, month)[1]
    # The 31st stands for the month's end; any other day that the month lacks is a slip of the pen.
    return date(year, month, last if day == 31 else day) if day == 31 or day <= last else None


def is_deadline(words: str) -> bool:
    """Whether a short phrase says nothing but when: 2023年6月底前完成, 长期坚持, 每季度末."""
    flat = in_figures(words.strip(" \t\n。;,").translate(FOLD))
    if not 2 <= len(flat) <= LONGEST:
        return False
    rest = POINT.sub("", flat)
    for pattern in (_PHRASE, _FILLER):
        rest = pattern.sub("", rest)
    return not rest.strip(" ,、;-") and bool(POINT.search(flat) or _PHRASE.search(flat))


_PHRASE = re.compile(
    r"每(?:学年|学期|年度?|半年|季度?|个?月|周|日|天|两?周)(?:的?\d{1,2}[日号]|[一二三四五六日]|[底末初])?(?:一次|\d次)?|[年月]内|本?学[年期]内|长期(?:坚持|推进|落实|任务|开展"
    r"|实施)?|常态化?(?:推进|开展|坚持)?"
    r"|持续(?:推进|开展|实施|整改|用力)?|全年(?:推进|开展|坚持)?|立行立改|[寒暑]假[前后]?|开学[前后初]?|即日|待定|各[一两二\d]次|[春秋]季学期(?:开学|结束)?"
    r"|\d{4}-\d{4}学年|[本上下]学期|第[一二12]学期|(?:学期|学年|期)[初末中]"
    r"|适时|全学[年期]|贯穿全年|即知即改|立即整改|常年坚持?"
)
_FILLER = re.compile(
    r"之?以?前|完成|办结|整改|到位|落实|并|起|至|到|于|底|-|开始|结束|期间|左右|全面|基本|坚持|启动|出台|印发|制定|实现|取得.{0,4}成效|见效|建成|达标|销号"
)
# A date in the body is a deadline only where the sentence says that the work is completed by then.
_IN_PROSE = re.compile(
    r"(?:^|[。;,\n])\s*(?:[^。;,\n]{0,12}(?:于|在)|力争|确保|计划)?(?P<words>"
    r"(?:\d{4}年)(?:[底末]|\d{1,2}月(?:底|\d{1,2}日)?)(?:之?以?前)?|\d{1,2}月(?:底|\d{1,2}日)(?:之?以?前))"
    r"[,]?(?:要|须|应|必须|全部|全面|基本|按时|如期|确保){0,2}完成"
)


def deadline_in_prose(flat: str, start: int, end: int) -> tuple[int, int] | None:
    """The one date by which a running text says its work is completed; several dates are stages, not a deadline."""
    found = [match.span("words") for match in _IN_PROSE.finditer(flat, start, end)]
    return found[0] if len(found) == 1 else None
