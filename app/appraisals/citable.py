"""What a deduction may cite when an office enters it: rows that the office may read itself."""

from app.appraisals.deduction_models import Cited
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.core.policy import Policy
from app.inspections.rules import FINDING_POLICY as FINDINGS
from app.rectifications.rules import POLICY as RECTIFICATIONS

CITABLE: dict[Cited, Policy] = {
    Cited.ASSIGNMENTS: ASSIGNMENTS,
    Cited.RECTIFICATIONS: RECTIFICATIONS,
    Cited.FINDINGS: FINDINGS,
}
