"""Names of units as plans write them: compared folded, matched to the directory, and suggested with a reason.

Width, spaces, the shape of brackets and a leading 局, 区局 or XX区教育局 do not count.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.imports.columns import Wrong
from app.units.groups import exists_on
from app.units.models import ALIAS, GROUP, UNIT

_PREFIX = re.compile(
    r"(?:[\u4e00-\u9fffx]{0,7}?[省市区县旗州]?(?:教育体育局|教育和体育局|教体局|教育局)|驻?[省市区县旗]局|本局|我局|局)?(?:机关)?"
)
_IGNORED = frozenset(" \t\r\n\u3000·•.,，、;；:：\"'“”‘’《》〈〉")
_BRACKETS = str.maketrans("[]{}【】〔〕〖〗", "()()()()()")
MOST_SUGGESTIONS = 3
NEAR = 0.6
"""How much of a name another one must hold, in the same order, to be called near."""


def fold(name: str) -> str:
    """The form in which two spellings of one name are equal: 局督查室 = 督查室, 各学校(园) = 各学校（园）."""
    flat = unicodedata.normalize("NFKC", name).casefold().translate(_BRACKETS)
    flat = "".join(character for character in flat if character not in _IGNORED)
    prefix = _PREFIX.match(flat)
    assert prefix is not None
    rest = flat[prefix.end() :]
    return rest if len(rest) >= 2 else flat


class Target(NamedTuple):
    """A unit or a group: one of the two ids."""

    unit_id: int | None
    unit_group_id: int | None


class Suggestion(NamedTuple):
    unit_id: int | None
    unit_group_id: int | None
    name: str
    reason: str
    """Why it may be meant: 名称相同, 含“培训中心”, 别名“师训中心”, 曾用名“教师学校”, 只差“科”字, 名称相近."""


@dataclass(frozen=True, slots=True)
class Known:
    """One name of the directory: a unit's or group's own, or an alias of it."""

    folded: str
    written: str
    target: Target
    alias: bool
    former: bool
    """An alias that was the own name of a unit until it was renamed or merged; any other is a short form or another
    way to write it."""

    @property
    def otherwise(self) -> str:
        return f"{'曾用名' if self.former else '别名'}“{self.written}”"


@dataclass(slots=True)
class Directory:
    """Every name of a district as it stands on a day; units that do not exist then are left out."""

    names: list[Known] = field(default_factory=list)
    titles: dict[Target, str] = field(default_factory=dict)
    absent: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The units left out, by their own names."""
    _by_folded: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))

    def add(self, written: str, target: Target, *, alias: bool = False, former: bool = False) -> None:
        known = Known(fold(written), written, target, alias, former)
        self.names.append(known)
        self._by_folded[known.folded].append(known)
        if not alias:
            self.titles[target] = written

    def known(self) -> list[str]:
        """The own names of groups and units, groups first, for a form's list."""
        order = sorted(self.titles.items(), key=lambda entry: (entry[0].unit_group_id is None, entry[1]))
        return [title for _, title in order]

    def match(self, name: str, *, is_group: bool = False) -> Target | None:
        """What a name stands for: a group or a unit of that name, else an alias; None when in doubt."""
        found = self._by_folded.get(fold(name), ())
        for alias in (False, True):
            targets = {known.target for known in found if known.alias is alias}
            if len(targets) > 1:
                targets = {t for t in targets if (t.unit_group_id is not None) is is_group}
            if len(targets) == 1:
                return targets.pop()
            if targets:
                return None
        return None

    def ended(self, name: str) -> list[int]:
        """Units of that own name that do not exist on the day: another may go by it by now."""
        return self.absent.get(fold(name), []) if self.absent else []

    def bearers(self, name: str) -> list[Target]:
        """Whose own name it is."""
        return [known.target for known in self._by_folded.get(fold(name), ()) if not known.alias]

    def meant(self, name: str, unit_id: int, holds: Callable[[int], bool]) -> int:
        """``unit_id``, for which the name stands today; but a unit that has ended where it ``holds`` what is meant.
        ``Wrong`` where both hold it and bear the name: only the code tells them apart."""
        gone = next((each for each in self.ended(name) if each != unit_id and holds(each)), None)
        if gone is None:
            return unit_id
        if Target(unit_id, None) in self.bearers(name) and holds(unit_id):
            raise Wrong(f"现有一个“{name}”，已停用的也有一个，两个都有这一项，请写单位编码", column="unit")
        return gone

    def suggest(self, name: str, *, is_group: bool = False) -> list[Suggestion]:
        """Nearest first, each with its reason; groups first where the name sounds like one."""
        flat = fold(name)
        best: dict[Target, tuple[float, str]] = {}
        for known in self.names:
            score, reason = _likeness(flat, known)
            if score and score > best.get(known.target, (0.0, ""))[0]:
                best[known.target] = score, reason
        kind_first = sorted(
            best.items(), key=lambda e: ((e[0].unit_group_id is None) is is_group, -e[1][0], self.titles[e[0]])
        )
        return [Suggestion(*target, self.titles[target], reason) for target, (_, reason) in kind_first][
            :MOST_SUGGESTIONS
        ]


def _likeness(flat: str, known: Known) -> tuple[float, str]:
    """How near a known name is to what was written, from 0 (not at all), and in which respect."""
    other = known.folded
    if flat == other:
        return 3.0, known.otherwise if known.alias else "名称相同"
    shared = len(set(flat) & set(other))
    if shared < 2:
        return 0.0, ""
    closeness = 2 * min(len(flat), len(other)) / (len(flat) + len(other))
    if len(flat) >= 2 and flat in other:
        return 1.0 + closeness, known.otherwise if known.alias else f"含“{flat}”"
    if len(other) >= 2 and other in flat:
        return 1.0 + closeness, known.otherwise if known.alias else f"原文含“{other}”"
    if len(flat) == len(other) and (differing := _as_good_as(flat, other)):
        return 1.0, known.otherwise if known.alias else f"只差“{differing}”字"
    if shared / len(flat) < NEAR:
        return 0.0, ""
    held = _common_length(flat, other)
    if held / len(flat) < NEAR:
        return 0.0, ""
    score = 2 * held / (len(flat) + len(other))
    return score, known.otherwise if known.alias else "名称相近"


_OFFICES = frozenset("股科处室办组部")
_CONFUSED = (frozenset("察查"), frozenset("账帐"))


def _as_good_as(one: str, other: str) -> str:
    """The one character of a name that differs, where people write either: 计财科 and 计财股, 督察室 and 督查室."""
    different = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(different) != 1:
        return ""
    at = different[0]
    pair = frozenset((one[at], other[at]))
    ending = at == len(one) - 1 and len(one) > 2 and pair <= _OFFICES
    return one[at] if ending or pair in _CONFUSED else ""


def _common_length(one: str, other: str) -> int:
    """How many characters two names share in the same order (their longest common subsequence)."""
    row = [0] * (len(other) + 1)
    for left in one:
        diagonal = 0
        for at, right in enumerate(other, 1):
            diagonal, row[at] = row[at], diagonal + 1 if left == right else max(row[at], row[at - 1])
    return row[-1]


_UNITS = sa.select(UNIT.c.id, UNIT.c.name, UNIT.c.valid_from, UNIT.c.valid_to).where(
    UNIT.c.district_id == sa.bindparam("district")
)
_GROUPS = sa.select(GROUP.c.id, GROUP.c.name).where(GROUP.c.district_id == sa.bindparam("district"))
_ALIASES = sa.select(ALIAS.c.name, ALIAS.c.unit_id, ALIAS.c.unit_group_id, ALIAS.c.used_until).where(
    ALIAS.c.district_id == sa.bindparam("district")
)


def directory(see: Any) -> Directory:
    """The names of the actor's district today."""
    district = {"district": see.actor.district_id}
    found = Directory()
    for unit in see.connection.execute(_UNITS.order_by(UNIT.c.id), district):
        if exists_on(unit, see.today):
            found.add(unit.name, Target(unit.id, None))
        else:
            found.absent[fold(unit.name)].append(unit.id)
    for group in see.connection.execute(_GROUPS.order_by(GROUP.c.id), district):
        found.add(group.name, Target(None, group.id))
    for alias in see.connection.execute(_ALIASES.order_by(ALIAS.c.id), district):
        target = Target(alias.unit_id, alias.unit_group_id)
        if target in found.titles:
            found.add(alias.name, target, alias=True, former=alias.used_until is not None)
    return found
