"""What a worker does for this folder."""

from app.channels import digests
from app.channels.operations import CONFIRM
from app.jobs.registry import Kind

KINDS = {
    digests.SEND: Kind(digests.send, digests.give_up, "发送邮件摘要"),
    CONFIRM: Kind(digests.send_code, lambda work, why: None, "发送邮箱确认码"),
}
