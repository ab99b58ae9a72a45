from app.core.words import Words

WORDS = Words(
    resources={
        "api_token": "接口令牌",
        "role_grant": "授权",
        "second_factor": "动态验证码",
        "session": "登录",
        "user": "用户",
    },
    operations={
        "bureau.found": "建立教育局",
        "role_grant.create": "授权",
        "role_grant.end": "收回授权",
        "second_factor.begin": "开始设置",
        "second_factor.confirm": "开启",
        "second_factor.remove": "关闭",
        "second_factor.reset": "重置",
        "session.challenge": "密码通过，待验证码",
        "session.create": "登录",
        "session.end": "退出登录",
        "session.end_one": "结束一处登录",
        "session.end_others": "结束其他登录",
        "user.confirm_password": "核对密码",
    },
    fields={
        "factor": "凭据",
        "must_change_password": "须改密码",
        "password_changed_at": "改密码时间",
        "recovery_codes": "恢复码",
        "username": "账号",
    },
    values={"factor": {"password": "密码", "totp": "密码与动态验证码", "recovery": "密码与恢复码"}},
)
