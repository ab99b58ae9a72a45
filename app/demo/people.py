"""The accounts of the demo: one for each role under its own name, and a clerk for every other unit."""

from typing import NamedTuple

from app.core.policy import Role

PASSWORD = "qinglian-demo"


class Account(NamedTuple):
    username: str
    name: str
    title: str
    """What it is, for whoever chooses one."""
    grants: tuple[tuple[Role, str], ...]
    """(role, unit's name); an empty name is the bureau."""


ACCOUNTS = (
    Account(
        "supervisor", "李卫东", "督查室主任，同时办理督查室自己的任务", ((Role.SUPERVISOR, ""), (Role.OFFICE, "督查室"))
    ),
    Account("office", "周敏", "人事股", ((Role.OFFICE, "人事股"),)),
    Account("school", "刘敏", "实验小学", ((Role.SCHOOL, "实验小学"),)),
    Account("discipline", "郑严", "派驻组", ((Role.DISCIPLINE, ""), (Role.OFFICE, "派驻组"))),
    Account("leader", "王建国", "局领导", ((Role.LEADER, ""),)),
    Account("sysadmin", "孙立新", "系统管理员：单位与用户", ((Role.SYSADMIN, ""),)),
    Account("secadmin", "何芳", "安全管理员：授权与令牌", ((Role.SECADMIN, ""),)),
    Account("auditor", "马志远", "审计管理员：审计日志", ((Role.AUDITOR, ""),)),
)

_FAMILY = "赵钱陈吴张杨黄徐胡朱高林郭罗梁宋谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余"
_GIVEN = (
    "文静",
    "志强",
    "晓梅",
    "建军",
    "海燕",
    "国栋",
    "丽华",
    "永刚",
    "雪梅",
    "明亮",
    "春兰",
    "卫平",
    "秀英",
    "少华",
)


def clerk_name(number: int) -> str:
    """The name of the person who keeps the matters of unit ``number``; invented, each once."""
    return _FAMILY[number % len(_FAMILY)] + _GIVEN[(number * 5 + number // len(_FAMILY)) % len(_GIVEN)]
