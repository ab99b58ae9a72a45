"""The queue is the system administrator's: how work stands, not what it is about."""

from app.core.policy import Policy, Role, by
from app.jobs.models import JOB

POLICY = Policy(JOB, by(Role.SYSADMIN, JOB))
