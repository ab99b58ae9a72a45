from app.core.words import Words

WORDS = Words(
    resources={"notice_choice": "通知设置", "digest": "邮件摘要", "calendar_feed": "日历订阅"},
    operations={
        "notice_choice.put": "选择",
        "notice_choice.leave_out": "选择平台内通知",
        "notice_choice.ask_address": "填写邮箱",
        "notice_choice.confirm_address": "确认邮箱",
        "notice_choice.remove_address": "删除邮箱",
        "notice_choice.unsubscribe": "退订邮件",
        "digest.prepare": "准备发送",
        "calendar_feed.renew": "生成地址",
        "calendar_feed.revoke": "停用地址",
    },
    fields={"digest": "邮件摘要", "left_out": "不计入的类别", "topics": "不通知的类别"},
    values={"digest": {"none": "不发", "daily": "每个工作日早晨", "weekly": "每周一次"}},
)
