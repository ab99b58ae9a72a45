from app.core.words import Words
from app.robots.models import KIND_LABELS, WHY_LABELS
from app.robots.rules import WORKFLOW

WORDS = Words(
    resources={"robot": "群机器人", "robot_message": "群消息"},
    workflows=(WORKFLOW,),
    operations={"robot_message.prepare": "准备发送", "robot.try": "发送"},
    fields={"host": "主机", "robot.kind": "类别"},
    values={"robot.kind": KIND_LABELS, "robot.why": WHY_LABELS},
)
