"""Words of accountability's pages."""

from typing import Any

from app.accountability.models import ACTION_KIND_LABELS, ACTION_STATE_LABELS, OF_UNITS, SANCTIONS_OF_PERSONS

WORDS: dict[str, Any] = {
    "action_kinds": {kind.value: label for kind, label in ACTION_KIND_LABELS.items()},
    "of_persons": [(kind.value, ACTION_KIND_LABELS[kind]) for kind in SANCTIONS_OF_PERSONS],
    "of_units": [(kind.value, ACTION_KIND_LABELS[kind]) for kind in OF_UNITS],
    "states": ACTION_STATE_LABELS,
    "state_kinds": {
        "proposed": "warn",
        "approved": "warn",
        "served": "info",
        "performed": "info",
        "replied": "warn",
        "closed": "ok",
        "withdrawn": "mute",
    },
}
LABELS = {
    "unit_id": "被问责单位",
    "kind": "问责方式",
    "appointment_id": "被问责人",
    "person": "被问责人",
    "reason": "事由",
    "triggers": "问责情形",
    "note": "说明",
    "trigger": "情形",
    "threshold": "条件数值",
    "proposes": "拟采取",
    "enabled": "启用",
}
