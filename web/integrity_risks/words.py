"""Words of integrity risks' pages."""

from typing import Any

from app.integrity_risks.models import (
    ENDED,
    MEASURE_STATE_LABELS,
    RISK_LEVEL_LABELS,
    RISK_STATE_LABELS,
    SCALE,
    SOURCE_KIND_LABELS,
    THRESHOLDS,
    VERDICT_LABELS,
)
from app.integrity_risks.queries import ASSIGNMENT_STATES
from app.integrity_risks.round_models import ROUND_STATE_LABELS, STANDING_LABELS
from app.plans.models import EVIDENCE_KIND_LABELS

WORDS: dict[str, Any] = {
    "states": RISK_STATE_LABELS,
    "state_kinds": {
        "identified": "mute",
        "assessed": "warn",
        "controlled": "ok",
        "due_for_review": "bad",
        "closing": "warn",
        "closed": "mute",
        "carried_over": "mute",
    },
    "ended": ENDED,
    "levels": {level.value: label for level, label in RISK_LEVEL_LABELS.items()},
    "thresholds": {level.value: least for level, least in THRESHOLDS.items()},
    "level_kinds": {"high": "bad", "medium": "warn", "low": "mute"},
    "sources": {source.value: label for source, label in SOURCE_KIND_LABELS.items()},
    "round_states": ROUND_STATE_LABELS,
    "round_kinds": {"open": "info", "closed": "mute"},
    "standings": {standing.value: label for standing, label in STANDING_LABELS.items()},
    "standing_kinds": {"risks": "ok", "nil": "info", "missing": "warn"},
    "measure_states": MEASURE_STATE_LABELS,
    "measure_kinds": {"in_progress": "info", "done": "ok"},
    "lamps": {"green": "ok", "amber": "warn", "red": "bad", "done": "done", "none": "none"},
    "evidence_kinds": {kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
    "assignment_states": ASSIGNMENT_STATES,
    "verdicts": VERDICT_LABELS,
    "scale": [(n, n) for n in SCALE],
}
LABELS = {
    "round_id": "排查轮次",
    "unit_id": "单位",
    "department": "部门",
    "post": "岗位",
    "duty_item": "职权事项",
    "risk_point": "风险点",
    "manifestation": "表现形式",
    "source": "风险来源",
    "likelihood": "可能性",
    "impact": "危害程度",
    "by_rule": "按规则定级",
    "review_on": "复评日期",
    "measures": "防控措施",
    "note": "意见",
    "text": "防控措施",
    "responsible_person": "责任人",
    "responsible_leader": "责任领导",
    "deadline_on": "时限",
    "assignment_id": "任务",
    "evidence": "印证资料",
    "year": "年度",
    "title": "名称",
    "unit_group_id": "排查单位",
    "office_id": "审核股室",
    "risk_ids": "风险点",
}
