"""``qinglian demo``: an invented bureau at work, made through the product's own operations.

The folder's marker file says that it is demo data (a banner on every page tells so). It holds ``making`` until
everything is there: an interrupted run is begun anew, a finished one is never touched again.
"""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from app.complaints.intake import grouped
from app.core.errors import Conflict
from app.demo.fill import fill
from app.demo.people import ACCOUNTS, PASSWORD
from app.installation import Installation, has_database, prepare
from app.plans.reading import read_plan_now
from app.settings import Settings

FOLDER = Path("demo-data")
MARKER, RECEIPT = "demo", "demo-receipt"
"""The second holds the receipt of an invented complaint, so that what the public sees of one can be tried."""
MAKING, READY = "making", "ready"


def settings_for(folder: Path | None) -> Settings:
    """Settings of a demo folder, also for the server that follows: always SQLite, whatever the environment says."""
    chosen = folder or Path(os.environ.get("QL_DATA") or FOLDER)
    os.environ["QL_DATA"] = str(chosen)
    os.environ.pop("QL_DATABASE_URL", None)
    return Settings()


def ensure(settings: Settings, plan: Path | None, say: Callable[[str], None]) -> None:
    """Make the demo data unless they are there. 409 for a folder with a real bureau in it."""
    marker = settings.data / MARKER
    if marker.exists() and marker.read_text() == READY:
        if plan:
            say(f"{settings.data} 里已有演示数据，没有改用 {plan}；要用它，请用 --data 另选一个目录")
        prepare(settings)
        return
    if not marker.exists() and has_database(settings):
        raise Conflict(f"{settings.data} 里已有正式数据，演示请用 --data 另选一个目录")
    # Read before anything is made: a file that is no plan leaves nothing behind.
    reading = read_plan_now(plan.read_bytes(), plan.name) if plan else None
    say("正在准备演示数据……")
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker.write_text(MAKING)
    _clear(settings)
    prepare(settings)
    with Installation(settings) as installation:
        receipt = fill(installation, reading)
    (settings.data / RECEIPT).write_text(grouped(receipt))
    marker.write_text(READY)


def _clear(settings: Settings) -> None:
    """What an interrupted run left."""
    for path in settings.data.glob("qinglian.sqlite3*"):
        path.unlink()
    shutil.rmtree(settings.files, ignore_errors=True)


def free_port(host: str, first: int) -> int:
    """The first port from ``first`` on that nobody listens on; any free one when a hundred are taken."""
    for port in (*range(first, first + 100), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise Conflict("没有空闲的端口，请用 --port 指定一个")


def welcome(settings: Settings, url: str, command: str, *, served: bool) -> str:
    """What to open (and first to start, unless it is served now), as whom, and one line to try the JSON API with."""
    accounts = "\n".join(f"  {account.username:<11} {account.title}" for account in ACCOUNTS)
    start = "" if served else f"启动 {command} serve --data {settings.data} --port {url.rpartition(':')[2]}\n"
    receipt = settings.data / RECEIPT
    try_it = f"举报进展：{url}/report/status，回执码 {receipt.read_text()}\n\n" if receipt.exists() else ""
    token = f"{command} token create --user school --data {settings.data}"
    return (
        f"\n{start}打开 {url}\n\n账号（密码都是 {PASSWORD}）：\n{accounts}\n\n{try_it}"
        f'JSON 接口：\n  curl -H "Authorization: Bearer $({token})" {url}/api/v1/my-work\n'
    )
