"""What the administrator does with the queue."""

import sqlalchemy as sa

from app.core.audit import record
from app.core.errors import Conflict
from app.core.operation import Tx, operation
from app.core.workflow import LOST, find
from app.jobs.models import JOB, STATE_LABELS, JobState
from app.jobs.registry import KINDS
from app.jobs.rules import POLICY


@operation("job.retry")
def retry(tx: Tx, job_id: int, note: str | None = None) -> int:
    """A job that was given up, once more from the beginning and by its own person's right. 409 unless it failed, or
    where what it was about has moved on."""
    job = find(tx, POLICY, job_id)
    if job.state != JobState.FAILED:
        detail = f"这项工作{STATE_LABELS[job.state]}，只有失败的才能重试"
        raise Conflict(detail, code="wrong_state", state=str(job.state))
    if job.kind not in KINDS:
        raise Conflict("这一版程序没有这类工作，不能重试", code="unknown_kind")
    KINDS[job.kind].again(tx, job.subject_id)
    # Attempts are counted on: they tell a worker that was thought dead from the one that is at it.
    anew = {"state": JobState.WAITING, "due_at": tx.now, "finished_at": None}
    same = sa.and_(JOB.c.id == job.id, JOB.c.state == JobState.FAILED)
    if tx.connection.execute(sa.update(JOB).where(same).values(**anew)).rowcount != 1:
        raise Conflict(LOST, code="lost_race")
    record(tx, "job", job.id, before={"state": "failed"}, after={"state": "waiting", "kind": job.kind}, reason=note)
    return job_id
