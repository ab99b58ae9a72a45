"""What the audit log calls documents."""

from app.core.words import Words
from app.documents.rules import WORKFLOW

WORDS = Words(
    resources={"document": "公文", "document_series": "发文字号"},
    workflows=(WORKFLOW,),
    operations={"document.create": "起草", "document_series.put": "设置代字"},
    fields={
        "addressee": "主送",
        "body": "正文",
        "copy_others": "抄送其他单位",
        "copy_unit_ids": "抄送单位",
        "printed_by": "印发机关",
        "document.reply_by": "回执期限",
        "document.served_at": "送达时间",
        "document.unit_ids": "送达单位",
    },
)
