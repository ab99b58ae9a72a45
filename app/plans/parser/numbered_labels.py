"""Numbers in front of labels: 1.主要措施：… 2.责任单位：… 3.完成时限：… count what is said of one task, not tasks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .folding import Folded
from .labels import Label
from .outline import SECTION, Marker

MOST_SPACE = 8


@dataclass(slots=True)
class _Run:
    """Markers of one rank that count on, each with another label right behind it; the indices of both."""

    rank: float
    number: int
    markers: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    words: set[str] = field(default_factory=set)


def join_numbered_labels(
    source: Folded, markers: Sequence[Marker], labels: Sequence[Label]
) -> tuple[list[Marker], list[Label]]:
    """The markers without those that only count labels, and these labels with their numbers."""
    joined = list(labels)
    dropped: set[int] = set()
    for run in _runs(source, markers, labels):
        if len(run.markers) > 1 and run.rank > SECTION and any(labels[at].kind == "units" for at in run.labels):
            dropped |= set(run.markers)
            for marker, label in zip(run.markers, run.labels, strict=True):
                joined[label] = replace(joined[label], start=markers[marker].start)
    return [marker for at, marker in enumerate(markers) if at not in dropped], joined


def _runs(source: Folded, markers: Sequence[Marker], labels: Sequence[Label]) -> list[_Run]:
    runs: list[_Run] = []
    run: _Run | None = None
    label = 0
    for at, marker in enumerate(markers):
        while label < len(labels) and labels[label].start < marker.end:
            label += 1
        if label < len(labels) and opens_with(source, marker, labels[label]):
            word = labels[label].word
            if not (run and run.rank == marker.rank and run.number + 1 == marker.number and word not in run.words):
                run = _Run(marker.rank, marker.number)
                runs.append(run)
            run.number = marker.number
            run.markers.append(at)
            run.labels.append(label)
            run.words.add(word)
        elif run and marker.rank <= run.rank:
            run = None
    return runs


def opens_with(source: Folded, marker: Marker, label: Label) -> bool:
    """Nothing stands between a number and a label."""
    return label.start - marker.end <= MOST_SPACE and not source.flat[marker.end : label.start].strip(" 、.")
