"""Users, their dated role grants, sessions and API tokens."""

import re
from datetime import date, datetime
from typing import ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlmodel import Field, SQLModel

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Flag,
    Id,
    Input,
    Line,
    Name,
    Owned,
    ReadBase,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    whole,
)
from app.core.policy import Role

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
BAD_USERNAME = "账号须为 2 到 40 个小写字母、数字或 . _ -，并以字母或数字开头"


class UserFields(SQLModel):
    username: str = Field(max_length=40)
    """Latin letters, digits and ``. _ -``: two names that look alike are the same name."""
    name: Name


class User(UserFields, Audited, table=True):
    __tablename__ = "user"
    __table_args__ = (sa.UniqueConstraint("username"), sa.Index("ix_user_district", "district_id", "id"), IDS_ONCE)
    audit_name: ClassVar[str] = "user"
    audit_omit: ClassVar[frozenset[str]] = frozenset({"password_hash"})
    changes_access: ClassVar[bool] = True

    password_hash: str = Field(max_length=200)
    must_change_password: bool = False
    password_changed_at: datetime | None = instant_column(default=None, nullable=True)
    """None: it never was, since the account was made."""
    disabled_at: datetime | None = instant_column(default=None, nullable=True)
    failed_logins: int = 0
    """No longer counted here but in ``core.limits``; goes one release later (decision 7)."""
    locked_until: datetime | None = instant_column(default=None, nullable=True)
    """For administrators to see. What refuses is the counter, for names without an account as well."""


class RoleGrantFields(SQLModel):
    role: Role = enum_column(Role, "role")
    unit_id: int = id_column("unit.id")
    recursive: bool = False
    """Also the units beneath it (a central school's schools)."""
    valid_from: date
    valid_to: date | None = None


class RoleGrant(RoleGrantFields, Audited, table=True):
    __tablename__ = "role_grant"
    __table_args__ = IDS_ONCE
    audit_name: ClassVar[str] = "role_grant"
    changes_access: ClassVar[bool] = True

    user_id: int = id_column("user.id")


class UserSession(Owned, table=True):
    """A login. Only the token's hash is kept; a session ends at logout, password or role change, or idle."""

    __tablename__ = "user_session"
    __table_args__ = (sa.UniqueConstraint("token_sha256"), IDS_ONCE)

    user_id: int = id_column("user.id")
    token_sha256: str = Field(max_length=64)
    csrf: str = Field(default="", max_length=64)
    """Empty: it is derived from the cookie, so that no dump holds it; goes one release later (decision 7)."""
    device: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    """Which browser on which system, without versions: enough to know one's own logins apart."""
    created_at: datetime = instant_column(nullable=False)
    last_seen_at: datetime = instant_column(nullable=False)
    ended_at: datetime | None = instant_column(default=None, nullable=True)


class PasswordRecord(Owned, table=True):
    """A password that was replaced, for profiles that do not let it come again."""

    __tablename__ = "password_record"
    __table_args__ = IDS_ONCE

    user_id: int = id_column("user.id")
    password_hash: str = Field(max_length=200)
    replaced_at: datetime = instant_column(nullable=False)


class SecondFactor(Owned, table=True):
    """A person's one-time codes (TOTP). Until it is confirmed by a code it asks for nothing."""

    __tablename__ = "second_factor"
    __table_args__ = (sa.UniqueConstraint("user_id"), IDS_ONCE)

    user_id: int = id_column("user.id", index=False)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    """The shared secret under the installation's own, see ``core.secrecy``."""
    begun_at: datetime = instant_column(nullable=False)
    confirmed_at: datetime | None = instant_column(default=None, nullable=True)
    last_step: int = Field(default=0, sa_type=sa.BigInteger)
    """The time step of the last code that was taken: each is taken once."""


class RecoveryCode(Owned, table=True):
    """For when the phone is gone; each is good once."""

    __tablename__ = "recovery_code"
    __table_args__ = (sa.UniqueConstraint("user_id", "code_hash"), IDS_ONCE)

    user_id: int = id_column("user.id", index=False)
    code_hash: str = Field(max_length=64)
    used_at: datetime | None = instant_column(default=None, nullable=True)


class ApiToken(Audited, table=True):
    __tablename__ = "api_token"
    __table_args__ = (sa.UniqueConstraint("token_sha256"),)
    audit_name: ClassVar[str] = "api_token"
    audit_omit: ClassVar[frozenset[str]] = frozenset({"token_sha256"})
    changes_access: ClassVar[bool] = True

    user_id: int = id_column("user.id")
    name: str = Field(max_length=100)
    token_sha256: str = Field(max_length=64)
    scopes: list[str] | None = json_column(default=None, nullable=True)
    unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    expires_at: datetime | None = instant_column(default=None, nullable=True)
    last_used_at: datetime | None = instant_column(default=None, nullable=True)
    revoked_at: datetime | None = instant_column(default=None, nullable=True)


USER, GRANT, SESSION, TOKEN = (table_of(m) for m in (User, RoleGrant, UserSession, ApiToken))
FACTOR, RECOVERY, PASSWORD = (table_of(m) for m in (SecondFactor, RecoveryCode, PasswordRecord))


class GrantCreate(Input):
    role: Role
    unit_id: Id
    recursive: Flag = False
    valid_from: Date | None = None
    valid_to: Date | None = None


class UserCreate(Input):
    """A new account; its one-time password is in the answer, once."""

    username: Line
    name: Name
    grants: list[GrantCreate] = []


class UserPatch(Input):
    name: Name | None = None
    disabled: Flag | None = None


class PasswordsIssue(Input):
    """For the accounts that an import made."""

    import_id: Id


class TokenCreate(Input):
    name: Name
    scopes: list[Line] | None = None
    """Such as ``assignments:read``; absent, all that the user may do. Somebody else's must be limited."""
    days: whole(1, 3650) | None = None  # type: ignore[valid-type]
    """Until it ends by itself; absent, it does not. Somebody else's must."""
    unit_id: Id | None = None
    """Narrows the token to what the user may do for this one of their units."""
    user_id: Id | None = None


class Login(Input):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    code: str | None = Field(default=None, max_length=100)
    """Of the second factor, where the account has one: six digits, or a recovery code."""


class PasswordChange(Input):
    old_password: str = Field(max_length=1000)
    new_password: str = Field(max_length=1000)


class OwnPassword(Input):
    """One's password once more, before something that a stolen session must not do."""

    password: str = Field(max_length=1000)


class Code(Input):
    code: str = Field(max_length=100)


class OwnPasswordAndCode(OwnPassword, Code):
    """Both of what a login asks for; the code is of the phone, or a recovery code."""


# What is answered


class Shown(BaseModel):
    """No field is answered that is not described."""

    model_config = ConfigDict(extra="forbid")


class SessionOpened(Shown):
    csrf_token: str
    """Unsafe requests of the session carry it as X-CSRF-Token."""
    user_id: int


class SessionRead(Shown):
    id: int
    device: str
    """Which browser on which system; empty for another program."""
    created_at: datetime
    last_seen_at: datetime
    current: bool
    """Whether it is the session that asks."""


class OwnSessions(Shown):
    data: list[SessionRead]


class Me(Shown):
    """Who asks, and what they must do before anything else opens."""

    user_id: int
    username: str
    name: str
    district_id: int | None
    roles: list[Role]
    unit_ids: list[int]
    csrf_token: str
    """Empty for a bearer token."""
    must_change_password: bool
    must_set_up_second_factor: bool
    password_rule: str


class SecondFactorRead(Shown):
    on: bool
    since: datetime | None
    recovery_codes_left: int
    required: bool


class SecondFactorBegun(Shown):
    secret: str
    uri: str


class RecoveryCodes(Shown):
    recovery_codes: list[str]


class RoleHeld(Shown):
    role: Role
    unit_id: int
    unit_name: str


class GrantOfUser(RoleHeld):
    id: int
    recursive: bool
    valid_from: date
    valid_to: date | None
    ended: bool


class UserShown(ReadBase):
    username: str
    name: str
    disabled_at: datetime | None
    must_change_password: bool
    has_password: bool
    """False: none was issued yet, and nobody can log in."""
    locked_until: datetime | None


class UserRow(UserShown):
    """A user with the roles held today."""

    roles: list[RoleHeld]


class UserRead(UserShown):
    """A user with every grant, past ones too."""

    second_factor: bool
    grants: list[GrantOfUser]


class UserIssued(UserRead):
    one_time_password: str
    """Shown this once."""


class PasswordIssued(Shown):
    user_id: int
    username: str
    name: str
    one_time_password: str


class PasswordsIssued(Shown):
    """One-time passwords, shown this once."""

    data: list[PasswordIssued]
    left_out: list[str]
    """Accounts of security administrators and auditors: their passwords are reset on the server alone."""


class GrantRead(ReadBase):
    user_id: int
    role: Role
    unit_id: int
    recursive: bool
    valid_from: date
    valid_to: date | None


class TokenRead(ReadBase):
    """A token without its secret, which was shown once."""

    user_id: int
    name: str
    scopes: list[str] | None
    unit_id: int | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenIssued(TokenRead):
    token: str
    """Shown this once."""
