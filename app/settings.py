"""The settings of one installation, read from the environment as ``QL_*``."""

import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Every setting has a default that works for one bureau on one machine."""

    model_config = SettingsConfigDict(env_prefix="QL_", extra="ignore")

    data: Path = Field(default=Path("data"), description="数据目录：SQLite 数据库、印证资料、密钥")
    database_url: str | None = Field(default=None, description="留空用数据目录里的 SQLite；或 postgresql+psycopg://…")
    assets: Literal["cdn", "local"] = Field(default="cdn", description="htmx 从 CDN 或从数据目录加载")
    cdn_base: str = Field(default="https://cdn.jsdelivr.net/npm", description="CDN 或内网镜像的地址")
    hosts: str = Field(default="*", description="允许的主机名，逗号分隔")
    https: bool = Field(default=False, description="站点经 HTTPS 提供：会话 Cookie 加 __Host- 与 Secure")
    session_idle_minutes: int = Field(default=30, ge=1, le=24 * 60, description="会话闲置多久失效（分钟）")
    login_attempts: int = Field(default=5, ge=1, le=100, description="连续登录失败几次后锁定")
    lockout_minutes: int = Field(default=15, ge=1, le=24 * 60, description="锁定多久（分钟）")
    lamp_days: int = Field(default=3, ge=0, le=30, description="临期黄灯提前几个工作日")
    evidence_max_mib: int = Field(default=200, ge=1, le=2000, description="单个印证资料上限（MiB）")
    plan_max_mib: int = Field(default=20, ge=1, le=100, description="方案文件上限（MiB）")
    audit_months: int = Field(default=36, ge=6, le=600, description="审计日志在库里至少保存几个月，之后才可归档")
    pool_size: int = Field(default=6, ge=2, le=32, description="PostgreSQL 连接与工作线程数")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="日志级别")

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'qinglian.sqlite3'}"

    @property
    def files(self) -> Path:
        return self.data / "files"

    @property
    def demo(self) -> bool:
        """Whether the data folder was filled by ``qinglian demo``."""
        return (self.data / "demo").exists()

    @cached_property
    def secret(self) -> str:
        """The installation's own secret, made on first use and kept in the data folder."""
        path = self.data / "secret"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text()
