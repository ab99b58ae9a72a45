"""What the program says of itself: who may do what, the states, the settings. ``docs/`` is made from it.

Rules are SQL conditions built per role, so the matrix is read off them: a condition is walked with the actor's
sets of units empty but for one, and what can then still be true is what that set gives.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.sql import elements, operators, selectable

import app
from app.core.policy import (
    CONCERNED,
    DISTRICT,
    ENTRUSTED,
    IN_PERSON,
    OFFICES,
    OWN,
    PAIRED,
    ROLE_LABELS,
    USER,
    Policy,
    Role,
)
from app.core.within import amid, within
from app.core.workflow import Workflow
from app.settings import Settings

NAMES = {
    "plan": "方案",
    "plan_item": "任务项",
    "assignment": "任务",
    "extension": "延期申请",
    "evidence": "印证资料",
    "archive_box": "档案盒",
    "inspection": "督查",
    "visit": "检查记录",
    "finding": "问题",
    "checklist": "检查表",
    "rectification": "整改",
    "campaign": "专项行动",
    "self_check": "专项自查",
    "complaint": "信访举报",
    "breakdown": "任务分解",
    "brief": "简报",
    "filing": "备案",
    "filing_requirement": "备案要求",
    "risk_round": "廉政风险排查",
    "integrity_risk": "廉政风险",
    "risk_measure": "防控措施",
    "major_decision": "三重一大",
    "decision_supervision": "三重一大监督分工",
    "liaison_visit": "包联走访",
    "liaison_matter": "督促事项",
    "liaison_quota": "走访次数",
    "venue_activity": "阵地活动",
    "venue_reviewer": "活动审批分工",
    "brief_reviewer": "简报审阅分工",
    "case_file": "案件线索",
    "case_circular": "案件通报",
    "case_office": "承办股室",
    "summary": "年度总结",
    "document": "公文",
    "appraisal": "作风考核",
    "appraisal_criterion": "考核指标",
    "appraisal_result": "考核得分",
    "appraisal_deduction": "考核扣分",
    "appraisal_appeal": "考核申诉",
    "accountability_action": "问责",
    "accountability_rung": "问责阶梯",
    "unit": "单位",
    "unit_group": "单位组",
    "unit_alias": "别名",
    "liaison": "包联",
    "appointment": "任职",
    "leading_group": "领导小组",
    "indicator": "指标",
    "indicator_value": "指标数据",
    "calendar_day": "工作日历",
    "school_term": "学期",
    "user": "用户",
    "role_grant": "授权",
    "api_token": "令牌",
    "notification": "通知",
    "webhook": "推送",
    "webhook_delivery": "推送记录",
    "robot": "群机器人",
    "import_run": "导入",
    "import_row": "导入的行",
    "event": "审计事件",
}
ACTS = {"read": "读取", "edit": "修改", "end": "结束", "delete": "删除", "revoke": "停用", "mark": "标为已读"}

# What each role's grants can fill; the other sets are empty for it.
FILLED: dict[Role, tuple[str, ...]] = {
    Role.OFFICE: (OWN.key, OFFICES.key, ENTRUSTED.key, PAIRED.key, CONCERNED.key, DISTRICT.key),
    Role.SCHOOL: (OWN.key, CONCERNED.key),
}
SCOPES = {OWN.key: "本单位", OFFICES.key: "本股室", PAIRED.key: "包联", DISTRICT.key: "局本级", USER.key: "本人参与"}
SCOPES |= {IN_PERSON.key: "本人登录"}
ONESELF = (USER.key, IN_PERSON.key)
EVERYTHING, CONDITIONAL, NOTHING = "全区", "有条件", "—"


class Resource(NamedTuple):
    """A table with rules; its acts in order: (name, label, condition's name or None for reading)."""

    name: str
    policy: Policy
    acts: tuple[tuple[str, str, str | None], ...]
    workflow: Workflow | None


@cache
def resources() -> tuple[Resource, ...]:
    """Every resource that has rules, in the order of ``NAMES``."""
    workflows: dict[str, Workflow] = {}
    policies: dict[str, Policy] = {}
    labels: dict[str, dict[str, str]] = {}
    for module in _rule_modules():
        for value in vars(module).values():
            if isinstance(value, Workflow):
                workflows[value.policy.table.name] = value
            elif isinstance(value, Policy):
                policies[value.table.name] = value
                labels[value.table.name] = getattr(module, "LABELS", {})
    order = list(NAMES)
    names = sorted(policies, key=lambda name: order.index(name) if name in order else len(order))
    return tuple(_resource(name, policies[name], workflows.get(name), labels[name]) for name in names)


def _rule_modules() -> Iterator[Any]:
    for package in iter_modules(app.__path__):
        name = f"app.{package.name}.rules"
        if package.ispkg and find_spec(name):
            yield import_module(name)


def _resource(name: str, policy: Policy, workflow: Workflow | None, labels: dict[str, str]) -> Resource:
    acts: list[tuple[str, str, str | None]] = [("read", ACTS["read"], None)]
    if workflow:
        acts += [(transition.action, transition.label, transition.who) for transition in workflow]
    else:
        acts += [(each, labels.get(each) or ACTS.get(each, each), each) for each in policy.conditions]
    return Resource(name, policy, tuple(acts), workflow)


# Who may do what


def scope(policy: Policy, role: Role, condition: str | None) -> str:
    """Over which rows someone with this one role may act (None: read): 全区, 本单位 … or —."""
    rule = policy.conditions[condition] if condition else policy.read
    expression = rule(frozenset({role}))
    if _possible(expression, frozenset())[0]:
        return EVERYTHING
    filled = (*FILLED.get(role, ()), *ONESELF)
    alone = [name for name in filled if name in SCOPES and _possible(expression, _with_implied(name))[0]]
    if OWN.key in alone and OFFICES.key in alone and not _possible(expression, frozenset({OFFICES.key}))[0]:
        alone.remove(OFFICES.key)
    if alone:
        return "、".join(SCOPES[name] for name in alone)
    return CONDITIONAL if _possible(expression, frozenset(filled))[0] else NOTHING


def _with_implied(name: str) -> frozenset[str]:
    """An office's units are its own as well, and entrusted with what it was given."""
    return frozenset({name, OWN.key, ENTRUSTED.key}) if name == OFFICES.key else frozenset({name})


def _possible(expression: Any, filled: frozenset[str]) -> tuple[bool, bool]:
    """(can be true, can be false) when only the sets named in ``filled`` have members."""
    match expression:
        case elements.True_():
            return True, False
        case elements.False_():
            return False, True
        case elements.Grouping():
            return _possible(expression.element, filled)
        case elements.BooleanClauseList():
            parts = [_possible(part, filled) for part in expression.clauses]
            true, false = [part[0] for part in parts], [part[1] for part in parts]
            if expression.operator is operators.and_:
                return all(true), any(false)
            return any(true), all(false)
        case elements.AsBoolean(operator=operators.is_true):
            return _possible(expression.element, filled)
        case elements.UnaryExpression(operator=operators.inv | operators.is_false):
            true_, false_ = _possible(expression.element, filled)
            return false_, true_
        case elements.UnaryExpression(operator=operators.exists):
            return _possible_row(expression.element, filled), True
        case within():
            return list(expression.clauses)[1].key in filled, True
        case amid():
            return _possible_row(list(expression.clauses)[1], filled), True
        case elements.BinaryExpression():
            return _possible_comparison(expression, filled)
    return True, True


def _possible_comparison(expression: Any, filled: frozenset[str]) -> tuple[bool, bool]:
    right = expression.right
    if isinstance(right, elements.BindParameter):
        # The bureau's own rows; that a row is of the district is no ground by itself.
        of_bureau = right.key == DISTRICT.key and getattr(expression.left, "name", "") == "unit_id"
        holds = not (of_bureau or right.key in ONESELF) or right.key in filled
    elif expression.operator in (operators.in_op, operators.not_in_op):
        holds = _possible_row(right, filled)
    else:
        return True, True
    negated = expression.operator in (operators.not_in_op, operators.ne)
    return (True, holds) if negated else (holds, True)


def _possible_row(subquery: Any, filled: frozenset[str]) -> bool:
    """Whether a subquery can give a row."""
    while not isinstance(subquery, selectable.Select):
        inner = getattr(subquery, "element", None)
        if inner is None:
            return True
        subquery = inner
    where: ColumnElement[bool] | None = subquery.whereclause
    return where is None or _possible(where, filled)[0]


# As Markdown


def matrix() -> str:
    """Role × action for every resource."""
    return "\n\n".join(_table(resource) for resource in resources())


def _table(resource: Resource) -> str:
    lines = [_heading(resource), ""]
    lines.append("| 动作 | " + " | ".join(ROLE_LABELS[role] for role in Role) + " |")
    lines.append("|---|" + "---|" * len(Role))
    for name, label, condition in resource.acts:
        cells = [scope(resource.policy, role, condition) for role in Role]
        lines.append(f"| {label} `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def states() -> str:
    """One diagram per workflow."""
    return "\n\n".join(
        f"{_heading(resource)}\n\n```mermaid\n{resource.workflow.mermaid()}\n```"
        for resource in resources()
        if resource.workflow
    )


def _heading(resource: Resource) -> str:
    return f"### {NAMES.get(resource.name, resource.name)} `{resource.name}`"


def settings() -> str:
    """Every setting with its default, in Chinese as ``qinglian doctor`` says it."""
    lines = ["| 环境变量 | 默认值 | 说明 |", "|---|---|---|"]
    for name, default, description in setting_rows():
        lines.append(f"| `{name}` | {f'`{default}`' if default else '空'} | {description} |")
    return "\n".join(lines)


def setting_rows() -> list[tuple[str, str, str]]:
    """(environment variable, default, description)."""
    return [
        (f"QL_{name.upper()}", "" if field.default is None else str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


# Into documents


GENERATED = {"states": states, "matrix": matrix, "settings": settings}
_SECTION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def regenerated(text: str) -> str:
    """A document with its generated sections made anew."""
    return _SECTION.sub(lambda found: f"{found[1]}\n{GENERATED[found[2]]()}\n\n{found[3]}", text)


def regenerate(file: Path) -> bool:
    """Bring a document's generated sections up to date; whether anything changed."""
    before = file.read_text()
    after = regenerated(before)
    if after != before:
        file.write_text(after)
    return after != before
