"""Accounts and grants from tables. Two resources, because two administrators keep them (等保2.0): the system
administrator makes accounts, the security administrator says what each may do."""

from app.core.policy import Role
from app.identity.importing import grants, users
from app.identity.models import RoleGrant, User
from app.imports.registry import Following, Importable

USERS = Importable(
    name="users",
    label="用户",
    model=User,
    columns=users.COLUMNS,
    roles=frozenset({Role.SYSADMIN}),
    known=users.Known,
    check=users.check,
    write=users.write,
    undo=users.undo,
    notes=(
        "已有的账号按“账号”一列比对，不会重复；空着的格子不改动已有的内容。",
        "这里不填密码：新账号写入后由您发放一次性密码。角色和单位由安全管理员另用“授权”样表导入。",
    ),
    following=Following(
        "/users/issue-passwords", "发放一次性密码", "新账号没有密码，凭一次性密码登录；遗失或过期可以再次发放。"
    ),
)
GRANTS = Importable(
    name="role-grants",
    label="授权",
    model=RoleGrant,
    columns=grants.COLUMNS,
    roles=frozenset({Role.SECADMIN}),
    known=grants.Known,
    check=grants.check,
    write=grants.write,
    finish=grants.finish,
    undo=grants.undo,
    notes=(
        "账号须已由系统管理员建立。同一账号、角色、单位的授权只改止的日期和含下级，不会重复；空着的格子不改动已有的内容。",
        "写入后从本人下一次请求起生效，本人的登录随之失效。表里没有的授权不受影响；要结束一项授权，请填写止的日期。",
    ),
)
