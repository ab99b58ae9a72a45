"""Two people whom a complaint and a case name: whoever would read them by their role, and may not; and by name alone."""

import sqlalchemy as sa
from fastapi import FastAPI

from app.cases.models import CASE, HANDLER
from app.complaints.models import COMPLAINT
from app.core.audit import audited_write
from app.core.naming import folded
from app.core.operation import Tx
from app.core.policy import Role
from tests.generated.scenario import Scenario
from tests.world import Builder, World

ACCUSED = "冯远征"


def name_people(app: FastAPI, world: World, made: Scenario) -> None:
    """``accused``, of the supervision office, is who the complaints and the cases are about; ``handler``, of the office
    that the complaints are given to, is named for them."""
    make = Builder(app.state.database, app.state.settings)
    make.world = world
    make.act_in(world.district)
    accused = make.user("accused", ACCUSED, (Role.SUPERVISOR, world.district))
    handler = make.user("handler", "唐宁", (Role.OFFICE, world.unit["人事股"]))

    def name(tx: Tx) -> None:
        run = tx.connection.execute
        with audited_write(tx.connection):
            complaints = COMPLAINT.c.district_id == world.district
            run(sa.update(COMPLAINT).where(complaints).values(accused_user_id=accused))
            given = COMPLAINT.c.handler_id == world.user["office"]
            run(sa.update(COMPLAINT).where(given).values(handler_id=handler))
            cases = list(set(made.ids["cases"].values()))
            mine = sa.and_(CASE.c.id.in_(cases), CASE.c.district_id == world.district)
            run(sa.update(CASE).where(mine).values(person=ACCUSED, person_folded=folded(ACCUSED)))
            for case in run(sa.select(CASE.c.id).where(mine)).scalars().all():
                handlers = [{"case_file_id": case, "user_id": each} for each in (accused, handler)]
                run(sa.insert(HANDLER), [each | {"district_id": world.district} for each in handlers])

    make.do(name)
