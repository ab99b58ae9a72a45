from app.core.words import Words

WORDS = Words(
    resources={},
    operations={"unit.close": "撤销单位", "unit.merge": "撤并", "unit.rename": "更名"},
    fields={"counts": "涉及事项", "successor_id": "承接单位", "used_until": "用至"},
)
