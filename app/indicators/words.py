from app.core.words import Words
from app.indicators.models import DIRECTION_LABELS, MEASURE_LABELS

WORDS = Words(
    resources={"indicator": "指标", "indicator_value": "指标数据"},
    operations={"indicator_value.create": "填报"},
    fields={
        "definition": "口径",
        "denominator": "分母",
        "denominator_name": "分母名称",
        "direction": "要求",
        "indicator.target": "目标值",
        "target_from": "新目标起始周期",
        "indicator_id": "指标",
        "indicator_value.number": "数值",
        "indicator_value.reported_on": "填报日期",
        "measure": "计量方式",
        "numerator": "分子",
        "numerator_name": "分子名称",
        "indicator.office_id": "主管股室",
    },
    values={"direction": DIRECTION_LABELS, "measure": MEASURE_LABELS},
)
