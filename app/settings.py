"""The settings of one installation, read from the environment as ``QL_*``."""

import ipaddress
import os
import re
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024
MAIL_ADDRESS = (
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""In plain ASCII, without quotes: what every mail server takes."""
REPLY_WORKDAYS = 15
"""At most, by law: in which a real-name report is answered."""


class Settings(BaseSettings):
    """Every setting has a default that works for one bureau on one machine."""

    model_config = SettingsConfigDict(env_prefix="QL_", extra="ignore")

    data: Path = Field(default=Path("data"), description="数据目录：SQLite 数据库、印证资料、密钥")
    database_url: str | None = Field(default=None, description="留空用数据目录里的 SQLite；或 postgresql+psycopg://…")
    assets: Literal["cdn", "local"] = Field(default="cdn", description="htmx 从 CDN 或从数据目录加载")
    cdn_base: str = Field(default="https://cdn.jsdelivr.net/npm", description="CDN 或内网镜像的地址")
    hosts: str = Field(default="*", description="允许的主机名，逗号分隔")
    https: bool = Field(default=False, description="站点经 HTTPS 提供：会话 Cookie 加 __Host- 与 Secure")
    hsts_subdomains: bool = Field(
        default=False,
        description="本主机名之下的所有子域名也只准用 HTTPS（HSTS includeSubDomains），须确认它们都已启用",
    )
    session_idle_minutes: int = Field(default=30, ge=1, le=24 * 60, description="会话闲置多久失效（分钟）")
    session_hours: int = Field(default=12, ge=1, le=24 * 7, description="会话最长多久，到时须重新登录（小时）")
    login_attempts: int = Field(default=5, ge=1, le=100, description="连续登录失败几次后锁定")
    lockout_minutes: int = Field(default=15, ge=1, le=24 * 60, description="锁定多久（分钟）")
    address_attempts: int = Field(default=60, ge=1, le=10_000, description="同一网络地址在锁定时长内登录失败几次后拒绝")
    proxies: str = Field(
        default="127.0.0.1,::1", description="可信的反向代理，逗号分隔的地址或网段；只采信它们转告的客户端地址"
    )
    password_profile: Literal["asvs", "dengbao"] = Field(
        default="asvs", description="密码规则：asvs（够长、不常见）或 dengbao（等保：加字符种类、90 天更换）"
    )
    one_time_password_hours: int = Field(default=72, ge=1, le=24 * 30, description="一次性密码多久不用就失效（小时）")
    second_factor: Literal["optional", "required"] = Field(
        default="optional", description="动态验证码：optional（各人自愿）或 required（三员与局领导必须设置）"
    )
    lamp_days: int = Field(default=3, ge=0, le=30, description="临期黄灯提前几个工作日")
    evidence_max_mib: int = Field(default=200, ge=1, le=2000, description="单个印证资料上限（MiB）")
    plan_max_mib: int = Field(default=20, ge=1, le=100, description="方案文件上限（MiB）")
    audit_months: int = Field(default=36, ge=6, le=600, description="审计日志在库里至少保存几个月，之后才可归档")
    import_days: int = Field(
        default=90, ge=1, le=3650, description="导入的逐行记录和原表格保存几天，之后只留数目，不能再撤销"
    )
    export_days: int = Field(default=7, ge=1, le=365, description="后台生成的文件保存几天，之后删除")
    worker: Literal["inside", "outside"] = Field(
        default="inside",
        description="长时间的工作由谁做：inside（服务自己）或 outside（另开 qinglian worker）",
    )
    webhook_allow: str = Field(
        default="", description="内部网络中准许推送的网段，逗号分隔，如 10.2.0.0/16；留空则只推送到公网的 https 地址"
    )
    site_url: str = Field(
        default="", description="本站的网址，如 https://qinglian.example.gov.cn，邮件与群消息里的链接由它开头"
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="发信服务器：smtp://账号:口令@主机:587（STARTTLS）或 smtps://…:465；末尾 ?tls=off 不加密",
    )
    mail_from: str = Field(default="", description="发件人的电子邮箱，如 qinglian@example.gov.cn")
    robot_hosts: str = Field(
        default="qyapi.weixin.qq.com,oapi.dingtalk.com", description="准许设为群机器人的主机名，逗号分隔"
    )
    complaint_key: SecretStr = Field(
        default=SecretStr(""), description="举报人身份的密钥；留空则用密钥文件，首次实名举报时自动生成"
    )
    complaint_key_file: Path | None = Field(
        default=None, description="举报人身份的密钥文件；留空为数据目录里的 complaint-key，宜放到别处单独保管"
    )
    complaint_accept_workdays: int = Field(
        default=15, ge=1, description="收到举报后几个工作日内决定是否受理，不超过 15"
    )
    complaint_reply_workdays: int = Field(default=15, ge=1, description="举报办结后几个工作日内答复，不超过 15")
    decision_quorum: str = Field(
        default="2/3", description="三重一大会议的实到人数至少为应到的几分之几，如 1/2、2/3；此前已作的决定不重算"
    )
    decision_disclose_workdays: int = Field(default=5, ge=1, le=60, description="三重一大决定后几个工作日内公示")
    report_attempts: int = Field(default=20, ge=1, le=10_000, description="同一网络地址一天可提交几件举报")
    receipt_attempts: int = Field(default=20, ge=1, le=10_000, description="同一网络地址一天可输错几次回执码")
    report_notice: str = Field(default="", description="举报页上的强制报告提示（伤害未成年人时该找谁）；留空用内置的")
    pool_size: int = Field(default=6, ge=2, le=32, description="PostgreSQL 连接与工作线程数")
    database_timeout_s: int = Field(default=15, ge=2, le=600, description="等数据库回答多久（秒），过后回答 503")
    unsafe_database: bool = Field(default=False, description="数据库断电会丢失已确认的写入时仍然启动；只用于测试")
    metrics_token: SecretStr = Field(default=SecretStr(""), description="读取 /metrics 的口令；留空则没有 /metrics")
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="日志格式；auto：终端上为 text，否则每行一个 JSON"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="日志级别")

    @field_validator("webhook_allow")
    @classmethod
    def _ranges(cls, value: str) -> str:
        _networks(value)
        return value

    @field_validator("complaint_accept_workdays", "complaint_reply_workdays")
    @classmethod
    def _within_the_law(cls, value: int) -> int:
        """检举控告工作规则 (2020) has a real-name report answered within 15 workdays of its receipt and of its
        conclusion."""
        if value > REPLY_WORKDAYS:
            raise ValueError(
                f"{value} 超过 {REPLY_WORKDAYS} 个工作日：检举控告工作规则要求实名举报自收到、办结之日起 "
                f"{REPLY_WORKDAYS} 个工作日内答复，请改为 1 至 {REPLY_WORKDAYS}"
            )
        return value

    @field_validator("decision_quorum")
    @classmethod
    def _share(cls, value: str) -> str:
        if not re.fullmatch(r"[1-9]/[2-9]", value, re.ASCII) or value[0] >= value[2]:
            raise ValueError("须为小于 1 的分数，如 1/2、2/3、3/4")
        return value

    @field_validator("site_url")
    @classmethod
    def _site(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+/?", value):
            raise ValueError("须为 https://主机 的网址，不带路径")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
            usable = not value.get_secret_value() or (parts.scheme in ("smtp", "smtps") and bool(parts.hostname))
            usable = usable and parts.port != 0 and parts.query in ("", "tls=off")
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("须为 smtp://主机:端口 或 smtps://主机:端口")
        return value

    @field_validator("mail_from")
    @classmethod
    def _from(cls, value: str) -> str:
        if value and not re.fullmatch(MAIL_ADDRESS, value):
            raise ValueError("须为电子邮箱，如 qinglian@example.gov.cn")
        return value

    @cached_property
    def webhook_ranges(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        return _networks(self.webhook_allow)

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.sqlite_path}"

    @property
    def sqlite_path(self) -> Path:
        """The database, where it is SQLite in the data folder."""
        return self.data / "qinglian.sqlite3"

    @property
    def postgresql_mark(self) -> Path:
        """Says of the data folder that its database is PostgreSQL (``app.installation``)."""
        return self.data / "postgresql"

    @property
    def files(self) -> Path:
        return self.data / "files"

    @property
    def keys(self) -> dict[str, Path]:
        """The installation's secrets, which no backup holds unless it is told to: by the names that a backup gives
        them, wherever they lie.
        """
        return {
            "secret": self.data / "secret",
            "complaint-key": self.complaint_key_path,
            "audit.key": self.audit_key_path,
        }

    @property
    def audit_key_path(self) -> Path:
        return self.data / "audit.key"

    @property
    def complaint_key_path(self) -> Path:
        return self.complaint_key_file or self.data / "complaint-key"

    @property
    def demo(self) -> bool:
        """Whether the data folder was filled by ``qinglian demo``."""
        return (self.data / "demo").exists()

    @cached_property
    def secret(self) -> str:
        """The installation's own secret, made on first use and kept in the data folder."""
        return kept_secret(self.data / "secret")


def kept_secret(path: Path) -> str:
    """A random secret in a file of its own, made on first use, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written whole before it gets its name: of two instances that start at once both read the same one.
        made = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text()


def _networks(value: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in value.split(",") if each.strip())
    except ValueError:
        raise ValueError("须为逗号分隔的网段，如 10.2.0.0/16") from None
