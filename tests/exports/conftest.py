"""What the tests of exports share."""

from tests.stock import stock as stock
from tests.workers import nursery as nursery
from tests.workers import other as other
from tests.workers import work as work
