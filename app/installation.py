"""One installation from the inside: the command line and the demo act on it without a request."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core import audit
from app.core.calendar import now, today_of
from app.core.db import Database, marked_as
from app.core.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from app.core.operation import Sight, Tx, transact
from app.core.policy import Actor, system_within
from app.identity.access import resolve
from app.identity.models import USER
from app.schema import Standing, migrate, newest, revision_of, standing
from app.settings import Settings
from app.units.models import UNIT, UnitKind

P = ParamSpec("P")
T = TypeVar("T")
DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}
MEMORY = ":memory:"


class Act(NamedTuple):
    """Something one person does at one moment."""

    actor: Actor
    instant: datetime | None
    """None: that of the transaction, which nobody knows before it is its turn."""
    do: Callable[[Tx], Any]


class Installation:
    """Its settings and its database, open until ``close()``; or within a server, with the server's database."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self.settings = settings
        self.database = database or Database(settings.url, settings.pool_size, settings.database_timeout_s)
        if database is None:
            audit.watch(self.database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.database.close()

    # Acting

    def perform(self, actor: Actor, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One operation in a transaction of its own, as ``actor``, now."""
        outcome: T = self.perform_all([Act(actor, None, lambda tx: operation(tx, *args, **kwargs))])[0]
        return outcome

    def perform_all(self, acts: Sequence[Act]) -> list[Any]:
        """Several people's acts in one transaction, in order; all of them or none."""
        effects: list[Callable[[], None]] = []

        def job(connection: Connection) -> list[Any]:
            effects.clear()
            outcomes = []
            for actor, instant, do in acts:
                tx = Tx(connection, actor, self.settings, instant=instant)
                outcomes.append(transact(tx, do))
                effects.extend(tx.after_commit)
            return outcomes

        outcomes = self.database.write_now(job)
        for effect in effects:
            effect()
        return outcomes

    def read(self, actor: Actor, query: Callable[Concatenate[Sight, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``query(see, …)`` through the actor's eyes."""

        def run(connection: Connection) -> T:
            return query(Sight(connection, actor, self.settings), *args, **kwargs)

        return self.database.read_now(marked_as(query, run))

    # Who acts

    def bureau(self, code: str | None = None) -> Actor:
        """The installation itself within a bureau: of that code, or the only one there is."""
        named = sa.select(UNIT.c.id, UNIT.c.code, UNIT.c.name).where(UNIT.c.kind == UnitKind.BUREAU)
        bureaus = self.database.read_now(lambda connection: connection.execute(named.order_by(UNIT.c.id)).all())
        if code is not None:
            bureaus = [bureau for bureau in bureaus if bureau.code == code]
        if not bureaus:
            raise NotFound("请先用 qinglian init 建立教育局" if code is None else f"没有代码为 {code} 的教育局")
        if len(bureaus) > 1:
            codes = "、".join(f"{bureau.code}（{bureau.name}）" for bureau in bureaus)
            raise Conflict(f"这里有几个教育局，请用 --bureau 写明是哪一个：{codes}")
        return system_within(bureaus[0].id)

    def person(self, username: str) -> Actor:
        """The actor an account is today."""

        def find(connection: Connection) -> Actor | None:
            user_id = connection.execute(sa.select(USER.c.id).where(USER.c.username == username)).scalar()
            return None if user_id is None else resolve(connection, user_id, today_of(now()))

        actor = self.database.read_now(find)
        if actor is None:
            raise NotFound(f"没有账号 {username}，或已停用；账号见 qinglian user list")
        return actor


FOUNDED = sa.select(sa.func.min(UNIT.c.created_at)).where(UNIT.c.kind == UnitKind.BUREAU)
"""When the first of its bureaus was."""
_BUREAUS = sa.select(UNIT.c.id).where(UNIT.c.kind == UnitKind.BUREAU).order_by(UNIT.c.id)


def bureaus(connection: Connection) -> list[int]:
    """Every bureau that this installation serves."""
    return list(connection.execute(_BUREAUS).scalars())


MARKED = (
    "{} 里的数据用的是 PostgreSQL，而 QL_DATABASE_URL 没有设，或指向 SQLite，没有打开："
    "请连同服务的环境文件一起运行（set -a; . /etc/qinglian.env; set +a）；确要改用 SQLite，请先删除 {}"
)
MARK = (
    "这个数据目录的数据库是 PostgreSQL（QL_DATABASE_URL 所指）。有这个文件，本程序就不会在这里另开一个 SQLite，\n"
    "否则少设一个 QL_DATABASE_URL，就会备份、核对一个空的或早已不用的数据库而不报错。\n"
    "确要改用 SQLite，请先删除本文件。\n"
)


def address(settings: Settings) -> sa.URL:
    """Where the database is; 422 for an address that this program has no use for, 409 for SQLite in a data folder that
    belongs to PostgreSQL.
    """
    try:
        url = sa.make_url(settings.url)
        usable = DRIVERS.get(url.get_backend_name()) == url.get_driver_name() and url.database not in (None, "", MEMORY)
    except (sa.exc.ArgumentError, ValueError):
        usable = False
    if not usable:
        mend = "请写成 postgresql+psycopg://账号:口令@主机/数据库，或留空用数据目录里的 SQLite"
        raise Invalid(f"QL_DATABASE_URL 不是可用的数据库地址，{mend}")
    if url.get_backend_name() == "sqlite" and settings.postgresql_mark.exists():
        raise Conflict(MARKED.format(settings.data, settings.postgresql_mark))
    return url


def mark(settings: Settings) -> None:
    """Say in the data folder that its database is PostgreSQL, where it is and nobody has said so yet. A command that
    may only read the folder goes on without.
    """
    if address(settings).get_backend_name() != "sqlite" and settings.data.is_dir():
        with suppress(OSError), settings.postgresql_mark.open("x", encoding="utf-8") as file:
            file.write(MARK)


def shown(settings: Settings) -> str:
    """The database's address without its password, as far as it can be read."""
    try:
        return sa.make_url(settings.url).render_as_string(hide_password=True)
    except (sa.exc.ArgumentError, ValueError):
        return "（看不懂的地址）"


def mend_of(url: sa.URL) -> str:
    """What to do about a database that cannot be opened."""
    if url.get_backend_name() == "sqlite":
        return "它已损坏、不是 SQLite 数据库或没有读写权限，请核对权限或从备份恢复，也可用 --data 另选目录"
    return "请确认数据库已启动，并核对 QL_DATABASE_URL 的主机、账号和口令"


def has_database(settings: Settings) -> bool:
    """Whether there is a database to connect to: opening a SQLite file that is not there would make it."""
    url = address(settings)
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


NEWER = "数据库的版本 {} 比程序新，请换用新版程序"


def _standing(database: Database, settings: Settings) -> tuple[Standing, str | None]:
    """How the database's schema stands to the program, and its revision; 503 when it cannot be opened."""
    try:
        return database.read_now(lambda connection: (standing(connection), revision_of(connection)))
    except (Unavailable, sa.exc.DBAPIError) as error:
        raise Unavailable(f"打不开数据库 {shown(settings)}：{mend_of(database.url)}") from error


def prepare(settings: Settings) -> None:
    """The data folder and an up-to-date database."""
    if has_database(settings):
        with closing(Database(settings.url, settings.pool_size, settings.database_timeout_s)) as database:
            stands, revision = _standing(database, settings)
        if stands == Standing.NEWER:
            raise Conflict(NEWER.format(revision))
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.url)
    mark(settings)


def open_current(settings: Settings, *, newer: bool = False) -> Installation:
    """An installation whose database is of this release; 409 says what to run otherwise.

    ``newer``: a database that a later release has widened will do too, so that a server started again while the
    others are brought up to date comes back.
    """
    if not has_database(settings):
        raise NotFound(f"{settings.data} 里还没有数据库，请先运行 qinglian init（正式使用）或 qinglian demo（体验）")
    installation = Installation(settings)
    try:
        stands, revision = _standing(installation.database, settings)
        if stands == Standing.NEWER and not newer:
            raise Conflict(NEWER.format(revision))
        if stands in (Standing.EMPTY, Standing.OLDER):
            raise Conflict(f"数据库的版本是 {revision or '空'}，程序需要 {newest()}，请先运行 qinglian migrate")
        mark(settings)
    except Problem:
        installation.close()
        raise
    return installation
