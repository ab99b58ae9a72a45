from app.boxes.models import RETENTION_LABELS
from app.boxes.rules import WORKFLOW
from app.core.words import Words

WORDS = Words(
    resources={"archive_box": "档案盒"},
    workflows=(WORKFLOW,),
    fields={
        "area_id": "领域",
        "catalogue_sha256": "目录校验值",
        "entries": "件数",
        "handed_over_on": "移交日期",
        "handed_over_to": "移交给",
        "location": "存放位置",
        "retention": "保管期限",
        "seal_count": "封盒次数",
        "sealed_at": "封盒时间",
        "sealed_by": "封盒人",
    },
    values={"retention": RETENTION_LABELS},
)
