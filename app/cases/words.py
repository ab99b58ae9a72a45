from app.cases.models import CASE_CATEGORY_LABELS, CASE_SOURCE_LABELS
from app.cases.rules import WORKFLOW
from app.core.words import Words

WORDS = Words(
    resources={
        "case_file": "案件线索",
        "case_note": "核查记录",
        "case_circular": "案件通报",
        "case_office": "承办股室",
    },
    workflows=(WORKFLOW,),
    operations={
        "case_file.create": "登记线索",
        "case_file.take_over": "接手承办",
        "case_note.create": "记录核查",
        "case_office.put": "设置承办股室",
    },
    fields={
        "case_file.category": "类别",
        "case_file.source": "来源",
        "case_file.text": "主要问题",
        "case_note.case_file_id": "案件线索",
        "case_office.office_id": "承办股室",
        "circulated_on": "通报日期",
        "concluded_at": "结案时间",
        "conclusion": "结论",
        "case_file.filed_at": "立案时间",
        "finding_id": "问题",
        "case_file.measures": "处理措施",
        "of_discipline": "派驻组案件",
        "person": "当事人",
    },
    values={
        "case_file.category": CASE_CATEGORY_LABELS,
        "case_circular.category": CASE_CATEGORY_LABELS,
        "case_office.category": CASE_CATEGORY_LABELS,
        "case_file.source": CASE_SOURCE_LABELS,
    },
)
