from app.core.operation import Reader


def waiting_count(see: Reader) -> int:
    return 0
