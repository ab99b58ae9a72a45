"""Risk points that ended stand again where the migration is taken back, and keep their level over both ways."""

import sqlalchemy as sa
from alembic import command

from app.core.calendar import now, today_of
from app.integrity_risks.models import RISK
from app.integrity_risks.round_models import ROUND
from app.units.models import GROUP
from tests.integrity_risks.steps import WORDS
from tests.migrations.test_migrations import alembic
from tests.migrations.test_migrations import engine as engine  # the fixture

HERE, BEFORE = "20261229_risk_ending", "20261228_meeting"
STATES = {"assessed": "assessed", "closing": "controlled", "closed": "controlled", "carried_over": "controlled"}


def test_what_ended_stands_again_once_the_migration_is_taken_back(engine: sa.Engine) -> None:
    at = {"created_at": now(), "updated_at": now(), "version": 1}
    with engine.begin() as connection:
        group = connection.execute(sa.select(GROUP).limit(1)).one()
        own = {"district_id": group.district_id, "unit_id": group.district_id}
        about = {
            "year": 2026,
            "title": "排查",
            "deadline_on": today_of(now()),
            "unit_group_id": group.id,
            "state": "open",
        }
        asked = sa.insert(ROUND).values(district_id=group.district_id, **about, **at).returning(ROUND.c.id)
        point = WORDS | own | at | {"round_id": connection.execute(asked).scalar_one(), "rating_count": 1}
        point |= {"review_on": today_of(now()), "by_rule": False, "unrated": False}
        for state in STATES:
            connection.execute(sa.insert(RISK).values(point | {"state": state}))
    for act, revision in ((command.downgrade, BEFORE), (command.upgrade, HERE)):
        alembic(engine, act, revision)
        with engine.begin() as connection:
            rows = connection.execute(sa.select(RISK.c.state, RISK.c.level).order_by(RISK.c.id)).all()
            assert [(str(row.state), str(row.level)) for row in rows] == [
                (state, "medium") for state in STATES.values()
            ]
