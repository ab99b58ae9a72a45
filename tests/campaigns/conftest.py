from tests.stock import stock as stock  # the fixture
