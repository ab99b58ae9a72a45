"""A text that was drawn up, written over by hand, and drawn up anew: what is whose."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise


def merged(drawn: Sequence[str], held: Sequence[str], anew: Sequence[str]) -> list[str]:
    """``held`` with each passage that still stands as it was ``drawn`` taken from ``anew``.

    What was written, changed or taken out by hand stays so, also where the new text says something else there.
    """
    lines: list[str] = []
    for was, mine, new in _passages(drawn, held, anew):
        if len(was) == len(mine) == len(new):
            lines += [theirs if line == old else line for old, line, theirs in zip(was, mine, new, strict=True)]
        else:
            lines += new if mine == was else mine
    return lines


def _passages(
    drawn: Sequence[str], held: Sequence[str], anew: Sequence[str]
) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """The three texts side by side, cut at each line that all of them have."""
    mine, new = _places(drawn, held), _places(drawn, anew)
    common = [(n, mine[n], new[n]) for n in range(len(drawn)) if n in mine and n in new]
    for before, after in pairwise([(-1, -1, -1), *common, (len(drawn), len(held), len(anew))]):
        texts = zip((drawn, held, anew), before, after, strict=True)
        was, mine_, new_ = (list(text[start + 1 : end]) for text, start, end in texts)
        yield was, mine_, new_
        if after[0] < len(drawn):
            line = [drawn[after[0]]]
            yield line, line, line


def _places(one: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Line of ``one`` → the same line in ``other``, in order."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return {block.a + n: block.b + n for block in blocks for n in range(block.size)}
