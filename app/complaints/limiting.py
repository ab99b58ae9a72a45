"""How often the public may report and try receipts, from one address in a day, without any address being kept.

The counters of ``core.limits`` stand under keyed hashes. Here the key is a day's own: it lies in the data folder, which
all instances share and no backup or dump of the database holds, and is thrown away when the day is over. From then on
nobody, not even whoever has everything, can try addresses against what is left; and that is swept. The counters know
the day, not the hour.
"""

from datetime import UTC, date, datetime, time, timedelta

from app.core import limits
from app.core.calendar import SHANGHAI, now, today_of
from app.core.errors import TooManyRequests, Unavailable
from app.core.limits import Limit, Taken
from app.core.operation import Tx, operation
from app.jobs.registry import Work
from app.settings import Settings, kept_secret

DAY = timedelta(days=1)


def reports(settings: Settings) -> Limit:
    return Limit("complaint report", settings.report_attempts, DAY)


def receipts(settings: Settings) -> Limit:
    return Limit("complaint receipt", settings.receipt_attempts, DAY)


@operation("complaint.count")
def count(tx: Tx, limit: Limit, address: str) -> Taken:
    """Take an attempt before what it pays for is done, in a transaction of its own. 503 where it cannot be counted."""
    return limits.take(tx.connection, key_of(tx.settings, tx.today), limit, address, begun(tx.today))


def give_back(tx: Tx, limit: Limit, address: str) -> None:
    """A receipt that was right does not count."""
    limits.give_back(tx.connection, key_of(tx.settings, tx.today), limit, address)


def refuse(taken: Taken) -> None:
    if not taken.passes:
        detail = f"这个网络地址今天已提交或查询 {taken.most} 次，请明天再来；情况紧急请直接拨打电话"
        raise TooManyRequests(detail, headers={"Retry-After": str(3600)})


def today() -> date:
    return today_of(now())


def begun(day: date) -> datetime:
    """The instant that stands for all of a day."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def key_of(settings: Settings, day: date) -> str:
    """The day's own key, made on first use; those of earlier days go."""
    path = settings.data / "daily" / day.isoformat()
    try:
        if not path.exists():
            forget(settings, day)
        return kept_secret(path)
    except OSError as error:
        raise Unavailable("现在不能受理网上举报，请稍后再试，或拨打举报电话") from error


def forget(settings: Settings, today: date) -> None:
    """Throw the keys of earlier days away."""
    # Not one that another is about to give its name to: that begins with a point.
    for path in (settings.data / "daily").glob("[0-9]*"):
        if path.name < today.isoformat():
            path.unlink(missing_ok=True)


def forget_all(work: Work) -> None:
    """Every night, where nobody reports."""
    forget(work.installation.settings, today())
