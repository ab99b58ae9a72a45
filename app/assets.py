"""The one script that is not ours: htmx, pinned, from a CDN with its hash or from the data folder."""

import base64
import hashlib
import urllib.error
import urllib.request
from pathlib import Path

from app.core.errors import Invalid, NotFound
from app.settings import Settings

HTMX = "htmx.org@4.0.1/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
TIMEOUT_S = 30
LARGEST = 1024 * 1024


def cdn_url(settings: Settings) -> str:
    return f"{settings.cdn_base.rstrip('/')}/{HTMX}"


def local_path(settings: Settings) -> Path:
    """Where ``QL_ASSETS=local`` serves it from."""
    return settings.data / "assets" / "htmx.min.js"


def integrity(data: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def is_whole(path: Path) -> bool:
    """Whether the file is there with exactly the bytes that browsers will accept."""
    return path.is_file() and integrity(path.read_bytes()) == HTMX_INTEGRITY


def fill(settings: Settings, file: Path | None = None) -> Path:
    """Put htmx into the data folder, from ``file`` or from ``QL_CDN_BASE``; 422 when it is not exactly the one."""
    data = _read(file) if file else _download(cdn_url(settings))
    if (found := integrity(data)) != HTMX_INTEGRITY:
        raise Invalid(f"这不是 {HTMX}：校验值应为 {HTMX_INTEGRITY}，实为 {found}。没有保存，请换一个来源")
    place = local_path(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(".part")
    partial.write_bytes(data)
    partial.replace(place)
    return place


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"读不了 {file}（{error.strerror}），请核对路径") from error


def _download(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise Invalid("QL_CDN_BASE 须以 https:// 或 http:// 开头")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
            data: bytes = response.read(LARGEST + 1)
    except (urllib.error.URLError, TimeoutError) as error:
        mend = "在能上网的机器上下载后用 --file 指定，或用 QL_CDN_BASE 指向内网镜像"
        raise NotFound(f"取不到 {url}（{getattr(error, 'reason', error)}）。请{mend}") from error
    return data
