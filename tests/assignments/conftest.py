from dataclasses import dataclass

import pytest

from tests.stock import Stock
from tests.stock import stock as stock  # the fixture

PLAN_ITEM = "推进廉洁文化融入校园文化建设"


@dataclass
class Ledger:
    """One issued plan, an item of it, and rows of that item."""

    stock: Stock
    plan: int
    item: int

    def row(self, unit: str, state: str = "pending", role: str = "responsible", **fields: object) -> int:
        item = fields.pop("item", self.item)
        return self.stock.assignment(self.plan, item, unit, state, role=role, **fields)  # type: ignore[arg-type]


@pytest.fixture
def ledger(stock: Stock) -> Ledger:
    plan = stock.plan()
    return Ledger(stock, plan, stock.item(plan, PLAN_ITEM))
