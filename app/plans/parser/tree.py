"""The outline as a tree: each marker with the text it governs and the markers beneath it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .folding import Folded
from .headings import title_end
from .labels import Label
from .numbered_labels import opens_with
from .outline import ITEM, Marker


@dataclass(slots=True, eq=False)
class Node:
    """`own_end` is where the first child begins; `end` where the node's last words end."""

    marker: Marker
    rank: float
    end: int = 0
    title_start: int = 0
    title_end: int = 0
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.marker.start

    @property
    def own_end(self) -> int:
        return self.children[0].start if self.children else self.end

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def top(self) -> "Node":
        node = self
        while node.parent:
            node = node.parent
        return node


_HEADING_LINE = re.compile(r"[^。;:,!?\n]{2,30}")


def build(source: Folded, markers: Sequence[Marker], labels: Sequence[Label], end: int) -> list[Node]:
    """Nest markers by rank. A numbering that starts again beneath running text is a list inside the open node."""
    roots: list[Node] = []
    path: list[Node] = []
    for at, marker in enumerate(markers):
        rank = _rank(source, marker, path)
        while path and path[-1].rank >= rank:
            path.pop().end = marker.start
        node = Node(marker, rank, parent=path[-1] if path else None)
        (path[-1].children if path else roots).append(node)
        path.append(node)
        node.end = markers[at + 1].start if at + 1 < len(markers) else end
    for node in path:
        node.end = end
    _read_titles(source, roots, labels)
    return roots


def _rank(source: Folded, marker: Marker, path: Sequence[Node]) -> float:
    """Half a rank deeper for a list that restarts under an open node of its own kind."""
    if marker.rank == ITEM and marker.number == 1 and path and "." in path[-1].marker.label:
        # 1、 right beneath 3.1 is a list inside it, although 3、 above counts in the same way.
        return path[-1].rank + 0.25
    same = [node for node in path if node.marker.rank == marker.rank]
    if not same or marker.rank < ITEM:
        return marker.rank
    inner = same[-1]
    if marker.number == inner.marker.number + 1:
        return inner.rank
    if len(same) > 1 and marker.number == same[0].marker.number + 1:
        return same[0].rank
    if marker.number == 1 and marker.own_line and inner.marker.number >= 1:
        if len(same) > 1:
            return inner.rank
        return marker.rank if _after_heading_line(source, marker) else marker.rank + 0.25
    return inner.rank if len(same) > 1 else marker.rank


def _after_heading_line(source: Folded, marker: Marker) -> bool:
    line_end = source.flat.rfind("\n", 0, marker.start)
    line_start = source.flat.rfind("\n", max(0, line_end - 40), max(line_end, 0)) + 1
    return bool(line_start and _HEADING_LINE.fullmatch(source.flat, line_start, max(line_start, line_end)))


def _read_titles(source: Folded, roots: Sequence[Node], labels: Sequence[Label]) -> None:
    """Titles in document order, so that the labels are walked once."""
    at = 0
    for root in roots:
        for node in root.walk():
            while at < len(labels) and labels[at].start < node.marker.end:
                at += 1
            node.title_start = node.marker.end
            if at < len(labels) and _names_title(source, node, labels[at]):
                node.title_start = labels[at].end
                at += 1
            limit = node.own_end
            if at < len(labels) and opens_with(source, node.marker, labels[at]):
                # 三、时间安排：… The label is the heading's own words.
                limit = min(limit, labels[at].end)
            elif at < len(labels):
                bracket = source.bracket_around(labels[at].start)
                limit = min(limit, bracket[0] if bracket and bracket[0] > node.start else labels[at].start)
            node.title_end = title_end(source, node.title_start, max(limit, node.title_start), node.rank)


def _names_title(source: Folded, node: Node, label: Label) -> bool:
    """1.问题表现：… — a label right behind the number says what kind of words the title is."""
    named = label.kind in ("measures", "other") and label.end <= node.own_end
    return named and opens_with(source, node.marker, label)
