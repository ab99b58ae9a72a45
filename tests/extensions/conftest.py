from tests.assignments.conftest import ledger as ledger  # the fixtures
from tests.stock import stock as stock
