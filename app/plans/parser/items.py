"""Which nodes of the outline are tasks: the lowest level that carries its own title, or its own units."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .folding import Folded
from .genre import Verdict, is_planning_section
from .headings import SectionKind, is_closing, is_oversight, is_standing, is_task_title, plain_kind, section_kind
from .outline import ARTICLE, DECIMAL, ITEM, SECTION
from .statements import Reader, Statement
from .tree import Node

RUN_IN_TITLE = 45


@dataclass(slots=True)
class Chosen:
    """The outcome for one part: tasks, and numbered demands that name no unit."""

    items: list[Node] = field(default_factory=list)
    requirements: list[Node] = field(default_factory=list)
    shared: dict[Node, Node] = field(default_factory=dict)
    """By task, the last of its list, behind which units stand that are those of all."""


@dataclass(slots=True)
class Chooser:
    source: Folded
    reader: Reader
    roots: Sequence[Node]
    ledgers: Sequence[int] = ()
    """Where tables begin whose rows are tasks, in order."""
    own: dict[Node, bool] = field(default_factory=dict)
    below: dict[Node, int] = field(default_factory=dict)
    home: set[float] = field(default_factory=set)
    hoisted: set[float] = field(default_factory=set)
    agreed: dict[int, bool] = field(default_factory=dict)
    """By parent, whether most lists beneath its children consist of entries with titles."""
    mostly_tasks: bool = False
    """Whether most top headings say what is to be done; one verb that is not known does no harm."""
    shared: dict[Node, Node] = field(default_factory=dict)
    own_home: set[float] = field(default_factory=set)
    """The ranks most of whose nodes, where units are named at all, name them in their own words."""

    def choose(self, verdict: Verdict) -> Chosen:
        for root in self.roots:
            self._count_units(root)
        self._find_home()
        chosen = Chosen(shared=self.shared)
        flat = not any(root.children for root in self.roots)
        self.mostly_tasks = flat and self._are_mostly_tasks()
        for root in self.roots:
            if verdict.plan_half and not is_planning_section(self.title(root)):
                continue
            # 工作计划 is an appendix of other plans, but what this half of a report is about.
            kind = "work" if verdict.plan_half else section_kind(self.title(root))
            self._sort(root, kind, flat, verdict, chosen)
        return chosen

    def title(self, node: Node) -> str:
        return self.source.flat[node.title_start : node.title_end].strip()

    def _count_units(self, node: Node) -> int:
        """How many nodes of a subtree name units themselves; children first."""
        statement: Statement = self.reader.read(node.marker.end, node.own_end)
        self.own[node] = bool(statement.mentions)
        self.below[node] = sum(self._count_units(child) for child in node.children)
        return self.below[node] + self.own[node]

    def _find_home(self) -> None:
        """The ranks that carry units, and those whose units stand behind their last child and belong to them all."""
        ranks: Counter[float] = Counter()
        last_only: Counter[float] = Counter()
        several: Counter[float] = Counter()
        for root in self.roots:
            for node in root.walk():
                ranks[node.rank] += self.own[node]
                naming = [child for child in node.children if self.own[child] or self.below[child]]
                if len(node.children) >= 2 and naming and not self.own[node]:
                    only_last = len(naming) == 1 and naming[0] is node.children[-1]
                    (last_only if only_last else several)[node.rank] += 1
        self.home = {rank for rank, count in ranks.items() if count}
        self.own_home = {rank for rank in self.home if ranks[rank] > last_only[rank] + several[rank]}
        self.hoisted = {
            rank for rank, count in last_only.items() if rank != SECTION and count >= 2 and count > several[rank]
        }
        self.hoisted |= {
            rank for rank, count in last_only.items() if rank == SECTION and count >= 3 and not several[rank]
        }

    def _closes_list(self, node: Node) -> bool:
        """A list whose units stand on a line of their own behind the last entry: they are the whole list's."""
        last = node.children[-1]
        taken = self.reader.read(last.marker.end, last.own_end).taken
        if not taken or self.source.before(taken[0][0]) != "\n":
            return False
        if node.rank <= SECTION:
            return node.rank in self.own_home
        return node.rank >= ITEM or not any(self._has_run_in_title(child) for child in node.children[:-1])

    def _sort(self, root: Node, kind: SectionKind, flat: bool, verdict: Verdict, chosen: Chosen) -> None:
        if not root.children:
            if self._is_childless_task(root, kind, flat, verdict):
                chosen.items.append(root)
            elif kind == "requirement":
                chosen.requirements.append(root)
            return
        for node in self._tasks(root):
            inner = kind
            if inner == "work":
                inner = self._inherited(node)
            if self.own[node] or self.below[node] or (inner == "work" and not self._names_a_fault(node)):
                chosen.items.append(node)
            elif inner == "requirement":
                chosen.requirements.append(node)

    def _names_a_fault(self, node: Node) -> bool:
        """违反规定收费的； — beside tasks that name units, what is to be punished or looked into is no task."""
        words = self.source.flat[node.marker.end : node.end].rstrip(" \n\t。;")
        return bool(self.home) and words.endswith("的") and not node.children

    def _inherited(self, node: Node) -> SectionKind:
        """A standing noun above or at a node (（一）指导思想, （三）时间安排) tells of everything beneath it."""
        step: Node | None = node
        while step is not None:
            kind = plain_kind(self.title(step))
            if kind != "work":
                return kind
            step = step.parent
        return "work"

    def _is_childless_task(self, node: Node, kind: SectionKind, flat: bool, verdict: Verdict) -> bool:
        """A heading without a list beneath it: a task if it names units, or reads like one in a list of such."""
        if is_closing(self.title(node)):
            return False
        if self.own[node]:
            return True
        if kind != "work" or self.source.flat[node.marker.end : node.end].strip() == "":
            return False
        if self._heads_ledger(node):
            return False
        if node.rank >= ITEM:
            return True
        if self.home and node.rank not in self.home and node.rank <= ARTICLE:
            return False
        if not flat and node.rank <= SECTION and is_oversight(self.title(node)):
            return False
        if flat:
            return verdict.kind not in ("通知", "", "意见") or self.mostly_tasks
        return is_task_title(self.title(node)) and (node.rank > SECTION or not self.home)

    def _heads_ledger(self, node: Node) -> bool:
        """一、教育公平 above a table: its rows are the tasks."""
        at = bisect_left(self.ledgers, node.start)
        return at < len(self.ledgers) and self.ledgers[at] < node.end

    def _are_mostly_tasks(self) -> bool:
        titles = [self.title(root) for root in self.roots]
        return 2 * sum(is_task_title(title) or section_kind(title) == "requirement" for title in titles) > len(titles)

    def _tasks(self, node: Node) -> list[Node]:
        if not node.children or not self._descends(node):
            return [node]
        return [task for child in node.children for task in self._tasks(child)]

    def _descends(self, node: Node) -> bool:
        """Whether the tasks lie beneath this node rather than being it."""
        naming = sum(bool(self.own[child] or self.below[child]) for child in node.children)
        if self.own[node]:
            return naming > 0
        if naming:
            last = node.children[-1]
            only_last = naming == 1 and (self.own[last] or self.below[last])
            closed = node.rank in self.hoisted or (len(node.children) > 1 and self._closes_list(node))
            closed = closed or _lists_in_line(node)
            if only_last and closed and is_standing(self.title(node)):
                # 工作措施 is no task: those in its list are, and the units behind it are theirs.
                self.shared |= {child: last for child in node.children[:-1]}
                return True
            return not (only_last and closed)
        if self.home:
            if node.rank in self.home:
                return False
            if min(self.home) < node.rank:
                return False
            if node.children[0].rank in self.home:
                return True
        return self._children_are_titled(node) and self._siblings_agree(node)

    def _siblings_agree(self, node: Node) -> bool:
        """One list whose entries happen to look like titles is no reason to take it apart where its like are not."""
        siblings = node.parent.children if node.parent else self.roots
        if id(node.parent) not in self.agreed:
            titled = [self._children_are_titled(other) for other in siblings if other.children]
            self.agreed[id(node.parent)] = 2 * sum(titled) >= len(titled)
        return self.agreed[id(node.parent)]

    def _children_are_titled(self, node: Node) -> bool:
        if node.parent is None and node.rank <= SECTION:
            return True
        titled = sum(self._has_run_in_title(child) for child in node.children)
        if titled * 2 > len(node.children):
            return node.rank < ITEM or self._is_bare(node)
        return (
            node.rank < ITEM
            and self._is_bare(node)
            and node.children[0].rank <= DECIMAL + 1
            and self._opens_lines(node)
        )

    def _has_run_in_title(self, node: Node) -> bool:
        """A short title followed by its own text: 1.五星三名。对标…"""
        rest = self.source.flat[node.title_end : node.end].strip(" \n。;:,、")
        return len(self.title(node)) <= RUN_IN_TITLE and bool(rest)

    def _is_bare(self, node: Node) -> bool:
        """A heading with no text of its own before its list."""
        return not self.source.flat[node.title_end : node.own_end].strip(" \n\t。;")

    def _opens_lines(self, node: Node) -> bool:
        return all(child.marker.own_line for child in node.children) or (
            not any(child.marker.own_line for child in node.children)
            and "\n" not in self.source.flat[max(0, node.start - 400) : node.start]
        )


def _lists_in_line(node: Node) -> bool:
    """开展“两个一”：（1）…；（2）…。责任科室：… A list within one paragraph, whose last words are the paragraph's."""
    return node.marker.own_line and len(node.children) > 1 and not any(child.marker.own_line for child in node.children)
