"""A long text as one short line, for where the whole would be too much."""


def short(text: str, most: int = 60, ends: str = "。；") -> str:
    """``ends`` are signs that it does not end with, since a sentence goes on around it."""
    line = " ".join(text.split()).rstrip(ends)
    return line if len(line) <= most else f"{line[:most]}…"
