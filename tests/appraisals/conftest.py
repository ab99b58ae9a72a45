from tests.stock import stock

__all__ = ["stock"]
