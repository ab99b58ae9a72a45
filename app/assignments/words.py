"""What an assignment is called: its item and, where it recurs, its period."""

QUARTERS = "一二三四"


def period(name: str) -> str:
    """``2023-Q3`` → 第三季度; nothing for what is done once."""
    if name == "once":
        return ""
    year, _, part = name.partition("-")
    if part.startswith("Q"):
        return f"第{QUARTERS[int(part[1]) - 1]}季度"
    if part.startswith("H"):
        return "上半年" if part == "H1" else "下半年"
    if part.startswith("T"):
        return f"第{QUARTERS[int(part[1]) - 1]}学期"
    return f"{int(part)}月" if part else f"{year}年"


def item(number: str, title: str, name: str) -> str:
    """第10项 第三季度 思政课教师“大练兵”."""
    return " ".join(part for part in (f"第{number}项", period(name), title) if part)
