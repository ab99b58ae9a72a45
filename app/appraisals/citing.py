"""Whoever ranks last in a frozen round may be reminded or called in: by places from the bottom, or by their share."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.accountability.sources import readable_by
from app.accountability.triggers import Found, Source, Wanted
from app.appraisals.models import RESULT, ROUND
from app.appraisals.rules import FROZEN, POLICY, RESULTS
from app.core.operation import Reader
from app.documents.drafting import NEVER_ADDRESSED
from app.units.models import UNIT

FOR = timedelta(days=365)
"""So long a place is spoken of."""
_AT, _OF = UNIT.alias("ranked"), ROUND.alias("of_round")
_RANKED = (
    sa.select(
        *(RESULT.c[name] for name in ("appraisal_id", "unit_id", "rank", "score")),
        _OF.c.title,
        sa.func.count().over(partition_by=RESULT.c.appraisal_id).label("units"),
        _AT.c.kind,
    )
    .select_from(RESULT.join(_OF, _OF.c.id == RESULT.c.appraisal_id).join(_AT, _AT.c.id == RESULT.c.unit_id))
    .where(_OF.c.state == FROZEN, _OF.c.frozen_at > sa.bindparam("since", type_=_OF.c.frozen_at.type))
    .order_by(RESULT.c.unit_id, RESULT.c.appraisal_id)
)


def _ranks(see: Reader, wanted: Wanted, *, by_share: bool) -> Iterator[Found]:
    """Whoever shares a rank shares the better place; whoever is first is not last, though all be equal."""
    binds = {**see.actor.binds, "since": see.now - FOR}
    rows: Any = see.connection.execute(_RANKED.where(RESULTS.read(see.actor.roles)), binds)
    for row in rows:
        place = row.units - row.rank + 1
        measure = -(-100 * place // row.units) if by_share else place
        if row.rank == 1 or measure > wanted.figure or row.kind in NEVER_ADDRESSED:
            continue
        if wanted.leaves_out(row.unit_id, row.appraisal_id):
            continue
        said = f"《{row.title.strip('《》')}》排名第{row.rank}（共{row.units}个单位，倒数第{place}），得{row.score:g}分"
        yield Found(row.appraisal_id, row.unit_id, said, measure)


def lowest(see: Reader, wanted: Wanted) -> Iterator[Found]:
    return _ranks(see, wanted, by_share=False)


def lowest_share(see: Reader, wanted: Wanted) -> Iterator[Found]:
    return _ranks(see, wanted, by_share=True)


LOWEST = Source(
    "appraisal_rank",
    "作风考核排名靠后",
    "作风考核倒数 {n} 名以内",
    lowest,
    readable_by(POLICY),
    "appraisals",
    by_hand=10_000,
    fewer_is_worse=True,
    inherited=False,
)
LOWEST_SHARE = Source(
    "appraisal_share",
    "作风考核排名末段",
    "作风考核排名在末 {n}% 以内",
    lowest_share,
    readable_by(POLICY),
    "appraisals",
    by_hand=100,
    fewer_is_worse=True,
    inherited=False,
)
