"""The demo plan's yearly summary: prose beside the figures that the rest of the demo gives, not yet final."""

from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.summaries import operations as ops
from app.summaries.models import SummaryCreate, SummaryPatch

WRITTEN_ON = -1
TEXTS = {
    "overview": "全区教育系统把清廉学校建设与日常管理、教育教学同部署、同落实、同检查，各项任务有序推进。",
    "findings": "问题集中在收费公示和台账更新，多数属于日常管理不细致，已逐一下达整改要求。",
    "highlights": "清廉家风进课堂、岗位聘用全程留痕等做法已在全区推广。",
    "problems": "一是部分单位签收和填报不及时，材料集中在时限前几天报送。\n"
    "二是个别学校整改停留在表面，同类问题仍有发生。\n三是课后服务经费公示滞后，村小账务人手不足。",
    "suggestions": "一是把经费统一结算、统一公示写进下一年方案，由中心校代办。\n"
    "二是对重复出现的问题开展专项治理，纳入作风考核。\n三是继续推广亮点单位的做法，组织经验交流。",
}


def note(diary: Diary, bureau: Bureau, plan_id: int) -> None:
    def write(tx: Tx) -> None:
        made = ops.create(tx, SummaryCreate(plan_id=plan_id))
        ops.edit(tx, made, SummaryPatch(**TEXTS))

    diary.note(WRITTEN_ON, 500, bureau.actors["supervisor"], write)
