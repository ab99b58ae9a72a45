"""The words of plan pages."""

from typing import Any

from app.plans.models import CADENCE_LABELS, EVIDENCE_KIND_LABELS, PLAN_STATE_LABELS, ROLE_WORDS

FIELDS = {
    "file": "方案文件",
    "issuer_unit_id": "印发单位",
    "title": "标题",
    "year": "年度",
    "document_number": "文号",
    "previous_id": "接续的方案",
    "continues_id": "接续上一版",
    "other": "其他单位",
    "drop_reason": "不采用的原因",
    "cadence": "办理周期",
    "deadline_on": "完成时限",
    "required_evidence": "须附印证资料",
    "lead_unit_ids": "牵头单位",
    "added": "增加责任单位",
    "reason": "修改原因",
}
WORDS: dict[str, Any] = {
    "states": {state.value: label for state, label in PLAN_STATE_LABELS.items()},
    "state_kinds": {"draft": "mute", "issued": "ok", "archived": "mute", "withdrawn": "bad"},
    "cadences": [(each.value, label) for each, label in CADENCE_LABELS.items()],
    "cadence_words": {each.value: label for each, label in CADENCE_LABELS.items()},
    "evidence_kinds": [(each.value, label) for each, label in EVIDENCE_KIND_LABELS.items()],
    "evidence_words": {each.value: label for each, label in EVIDENCE_KIND_LABELS.items()},
    "roles": [(each.value, label) for each, label in ROLE_WORDS.items()],
    "role_words": {each.value: label for each, label in ROLE_WORDS.items()},
    "fields": FIELDS,
    "steps": ["上传", "审阅", "印发", "下发"],
}


def by_area(plan: dict[str, Any], items: list[dict[str, Any]]) -> list[tuple[dict[str, Any] | None, list[Any]]]:
    """Areas in order with their items; those of no area where they stand in the text."""
    areas = {area["id"]: area for area in plan["areas"]}
    groups: list[tuple[dict[str, Any] | None, list[Any]]] = []
    for item in items:
        area = areas.get(item["area_id"])
        if not groups or groups[-1][0] is not area:
            groups.append((area, []))
        groups[-1][1].append(item)
    return groups
