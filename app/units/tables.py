"""Units, their groups, other names and pairs as tables; that of units is the one that is imported."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.policy import DISTRICT
from app.core.tables import Column, Row, figure, labelled, of_list
from app.core.within import many, within
from app.units import queries
from app.units.importing.columns import COLUMNS, PLAIN
from app.units.models import ALIAS, GROUP, HOST, KIND_LABELS, OWNERSHIP_LABELS, STAGE_LABELS, UNIT

_TITLES = sa.select(UNIT.c.id, UNIT.c.name).where(UNIT.c.district_id == DISTRICT)
_HOSTS = sa.select(HOST).where(within(HOST.c.unit_id, many("units"))).order_by(HOST.c.host_id)
_NAMES = sa.select(ALIAS.c.unit_id, ALIAS.c.name).where(within(ALIAS.c.unit_id, many("units"))).order_by(ALIAS.c.id)


class Titles(NamedTuple):
    """Id → name of the district's units."""

    titles: dict[int, str]


def titles(see: Reader) -> Titles:
    return Titles({row.id: row.name for row in see.connection.execute(_TITLES, see.actor.binds)})


def _present(_see: Reader, row: Any) -> Row:
    shown = {name: getattr(row, name) for name in ("id", "code", "kind", *PLAIN)}
    return shown | {"parent": row.parent_id, "answering": row.answering_unit_id}


def _complete(see: Reader, rows: list[Row]) -> None:
    of = {"units": [row["id"] for row in rows]}
    hosts: dict[int, list[int]] = defaultdict(list)
    aliases: dict[int, list[str]] = defaultdict(list)
    for pair in see.connection.execute(_HOSTS, of):
        hosts[pair.unit_id].append(pair.host_id)
    for alias in see.connection.execute(_NAMES, of):
        aliases[alias.unit_id].append(alias.name)
    for row in rows:
        row |= {"hosts": hosts[row["id"]], "aliases": aliases[row["id"]]}


UNITS = of_list("单位名录", COLUMNS, queries.LIST, _present, _complete, known=titles)


def _rule(rule: Mapping[str, Any], known: Titles) -> str:
    """A group's rule in words."""
    kinds = "、".join(KIND_LABELS[kind] for kind in rule.get("kinds", ()))
    stages = "、".join(STAGE_LABELS[stage] for stage in rule.get("stages", ()))
    under = rule.get("under_unit_id")
    parts = [
        kinds,
        stages and f"学段含{stages}",
        OWNERSHIP_LABELS[rule["ownership"]] if rule.get("ownership") else "",
        f"隶属{known.titles.get(under, '某单位')}" if under else "",
        *(
            f"{words}{'、'.join(known.titles.get(unit, '某单位') for unit in rule[name])}"
            for name, words in (("includes", "另列"), ("excludes", "除外"))
            if rule.get(name)
        ),
    ]
    return "；".join(part for part in parts if part)


GROUPS = of_list(
    "单位组",
    (Column("名称", "name", width=24), Column("规则", "rule", _rule, 60), Column("现有单位数", "unit_count", figure)),
    queries.GROUP_LIST,
    queries.present_group,
    queries.complete_groups,
    known=titles,
)

_NAMED_UNIT, _NAMED_GROUP = UNIT.alias("named_unit"), GROUP.alias("named_group")
_WITH_TARGET = ALIAS.outerjoin(_NAMED_UNIT, _NAMED_UNIT.c.id == ALIAS.c.unit_id)
_ALIASES = replace(
    queries.ALIAS_LIST,
    source=_WITH_TARGET.outerjoin(_NAMED_GROUP, _NAMED_GROUP.c.id == ALIAS.c.unit_group_id),
    columns=[*ALIAS.c, _NAMED_UNIT.c.name.label("unit_name"), _NAMED_GROUP.c.name.label("group_name")],
)


def _present_alias(_see: Reader, row: Any) -> Row:
    return {"name": row.name, "unit_name": row.unit_name, "group_name": row.group_name}


ALIASES = of_list(
    "单位别名",
    (Column("别名", "name", width=24), Column("单位", "unit_name", width=24), Column("单位组", "group_name", width=24)),
    _ALIASES,
    _present_alias,
)
LIAISONS = of_list(
    "包联关系",
    (
        Column("包联股室", "office_name", width=20),
        Column("学校（园）", "school_name", width=24),
        Column("开始日期", "valid_from"),
        Column("结束日期", "valid_to"),
        Column("状态", "ended", labelled({True: "已结束", False: "有效"}), 10),
    ),
    queries.LIAISON_LIST,
    queries.present_liaison,
)
