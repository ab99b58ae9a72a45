"""Which unit a row means, and whether what it says may be."""

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from app.core.models import Code, Name
from app.imports.checking import by_rule, by_types
from app.imports.registry import Draft
from app.units.checks import check_answering, check_dates, check_duty, check_hosts
from app.units.groups import has_ended
from app.units.importing.columns import DAYS, PLAIN
from app.units.importing.known import Known
from app.units.importing.naming import standing
from app.units.models import KIND_LABELS, CreditCode, SchoolCode, UnitKind
from app.units.names import fold
from app.units.operations import ENDED, ONLY_ONE_BUREAU
from app.units.succession_models import SUCCESSION_LABELS

COLUMN_OF = {"answering_unit_id": "answering", "host_ids": "hosts"}


class Checked(TypedDict, total=False):
    """What the API's own types check."""

    code: Code
    name: Name
    school_code: SchoolCode
    credit_code: CreditCode
    aliases: list[Name]


_CHECKED: TypeAdapter[Checked] = TypeAdapter(Checked)


def check(known: Known, draft: Draft) -> None:
    _find(known, draft)
    values, own_id = draft.values, draft.target_id or -draft.number
    held = draft.held or {}
    if len(draft.cells.get("school_code", "")) < 10 and len(values.get("school_code", "")) == 10:
        draft.remark("school_code", f"可能丢了开头的 0，已补成 {values['school_code']}")
    by_types(draft, _CHECKED)
    kind = values.get("kind", held.get("kind"))
    if draft.held is not None and values.get("kind", held["kind"]) != held["kind"]:
        draft.wrong("kind", f"已有单位的类别不能改，现在是“{KIND_LABELS[held['kind']]}”", [KIND_LABELS[held["kind"]]])
    elif draft.held is None and kind == UnitKind.BUREAU:
        draft.wrong("kind", ONLY_ONE_BUREAU)
    elif kind is not None:
        by_rule(draft, lambda: check_dates(*(values.get(name, held.get(name)) for name in DAYS)), COLUMN_OF)
        if values.get("duty"):
            by_rule(draft, lambda: check_duty(kind), COLUMN_OF)
        if values.get("answering"):
            by_rule(draft, lambda: check_answering(kind, known.kinds[values["answering"]]), COLUMN_OF)
        for name in ("answering", "hosts"):
            _check_standing(known, draft, name)
        if values.get("hosts"):
            by_rule(draft, lambda: check_hosts(kind, [known.kinds[host] for host in values["hosts"]]), COLUMN_OF)
    if own_id in known.ended and values.get("valid_to", held["valid_to"]) != held["valid_to"]:
        draft.wrong("valid_to", ENDED.format(done=SUCCESSION_LABELS[known.ended[own_id]]))
    if draft.held is not None and "name" in values and fold(values["name"]) != fold(held["name"]):
        _check_renaming(known, draft, own_id)
    _check_parent(known, draft, own_id)
    _check_aliases(known, draft, own_id)


def _find(known: Known, draft: Draft) -> None:
    """The unit of that code; without a code the one of that name."""
    its_code, name = draft.values.get("code"), draft.values.get("name", "")
    found = known.by_code.get(its_code) if its_code else None
    alike = known.by_name.get(fold(name), []) if name and found is None else []
    if its_code and alike:
        codes = "、".join(row.code for row in alike)
        draft.wrong("code", f"“{name}”已有，编码是 {codes}，请核对是不是同一个单位", [row.code for row in alike])
    elif len(alike) > 1:
        draft.wrong("name", f"有 {len(alike)} 个单位叫这个名称，请写明单位编码")
    elif alike:
        found = alike[0]
    key = f"id {found.id}" if found is not None else f"code {its_code}" if its_code else f"name {fold(name)}"
    if (first := known.met.setdefault(key, draft.number)) != draft.number:
        draft.wrong("code" if its_code else "name", f"与第 {first} 行是同一个单位，请只留一行")
    if found is None:
        return
    draft.target_id, draft.target_version = found.id, found.version
    draft.held = {name: getattr(found, name) for name in ("code", "kind", *PLAIN)}
    draft.held |= {"parent": found.parent_id, "answering": found.answering_unit_id}
    draft.held |= {"hosts": known.hosts[found.id], "aliases": known.aliases[found.id]}


def _check_renaming(known: Known, draft: Draft, own_id: int) -> None:
    """As a unit's own page has it: two of one name could not be told apart in a plan."""
    name = draft.values["name"]
    others = [row for row in known.by_name.get(fold(name), ()) if not has_ended(row, known.today)]
    bearers = (each.unit_id for each in known.directory.bearers(name))
    taken = {row.id for row in others} | {each for each in bearers if each is not None}
    first = known.renamed.setdefault(fold(name), draft.number)
    if own_id in known.ended:
        draft.wrong("name", f"这个单位已{SUCCESSION_LABELS[known.ended[own_id]]}，不能再更名")
    elif taken - {own_id}:
        draft.wrong("name", "已有同名的单位，请改用别的名称")
    elif first != draft.number:
        draft.wrong("name", f"第 {first} 行的单位也改成了这个名称，请改用别的名称")
    else:
        known.alias_of.setdefault(fold(known.titles[own_id]), own_id)
        draft.remark("name", f"更名：原名“{known.titles[own_id]}”记为曾用名，旧的方案和表格仍能对上")


def _check_standing(known: Known, draft: Draft, column: str) -> None:
    """Nothing is put under a unit that has ended; what was so already stays."""
    said, before = (each.get(column) or [] for each in (draft.values, draft.held or {}))
    before = before if isinstance(before, list) else [before]
    for unit_id in said if isinstance(said, list) else [said]:
        if unit_id not in before:
            standing(known, draft, column, unit_id, known.today)


def _check_parent(known: Known, draft: Draft, own_id: int) -> None:
    if "parent" not in draft.values:
        return
    if own_id == known.district_id:
        del draft.values["parent"]
        return
    _check_standing(known, draft, "parent")
    seen, here = set(), draft.values["parent"]
    while here is not None and here not in seen:
        if here == own_id:
            draft.wrong("parent", "上级单位不能是它自己或它的下级")
            return
        seen.add(here)
        here = known.parents.get(here)
    known.parents[own_id] = draft.values["parent"]


def _check_aliases(known: Known, draft: Draft, own_id: int) -> None:
    """Names are added, never taken away."""
    given = draft.values.pop("aliases", [])
    held = known.aliases[own_id] if draft.held is not None else []
    added = [name for name in given if known.alias_of.get(fold(name)) != own_id]
    if not added:
        return
    if draft.held is not None and not known.may_alias:
        draft.wrong("aliases", "已有单位的别名由督查室维护，请把这一格改回原样或留空")
    for name in added:
        owner = known.alias_of.setdefault(fold(name), own_id)
        if not fold(name):
            draft.wrong("aliases", "别名不能只有标点")
        elif owner != own_id:
            draft.wrong("aliases", f"“{name}”已是“{known.titles.get(owner, '一个单位组')}”的别名")
    draft.values["aliases"] = [*held, *added]
