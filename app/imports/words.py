from app.core.words import Words
from app.imports.rules import WORKFLOW

WORDS = Words(
    resources={"import_run": "导入", "import_row": "导入的行"},
    workflows=(WORKFLOW,),
    operations={
        "import_run.create": "上传并核对",
        "import_row.correct": "改正后重新核对",
        "import_run.accept_suggestions": "采用建议",
        "import_run.look_again": "重新核对",
        "import_run.check": "逐行核对",
        "import_run.prune": "清理逐行记录",
        "import_run.end_in_vain": "没有完成",
    },
)
