"""What landings leave out of the suite, they come to one after the other."""

from tests.drawn import ALWAYS, ONE_IN, drawn

WALKS = [
    f"tests/generated/test_scope.py::test_{n}[{database}]" for n in range(9) for database in ("postgresql", "sqlite")
]
PLAIN = [f"tests/boxes/test_{n}.py::test_rule[{kind}]" for n in range(40) for kind in ("postgresql-a", "sqlite-a")]
ALONE = ["tests/plans/test_parser.py::test_seed", "tests/jobs/test_lanes.py::test_lanes[postgresql]"]
WHOLE = [f"{name}::test_it[{database}]" for name in ALWAYS for database in ("sqlite", "postgresql")]
NAMES = [*WALKS, *PLAIN, *ALONE, *WHOLE]
WORDS = [str(number) for number in range(200)]


def test_each_draw_holds_every_second_plain_test_on_one_of_its_databases() -> None:
    pairs = {name.replace("postgresql", "sqlite") for name in PLAIN}
    counts = []
    for word in WORDS:
        found = drawn(NAMES, word)
        of_a_pair = [name.replace("postgresql", "sqlite") for name in PLAIN if name in found]
        assert len(of_a_pair) == len(set(of_a_pair))
        assert found.issuperset(WHOLE)
        counts.append(len(of_a_pair))
    assert 0.45 * len(pairs) < sum(counts) / len(counts) < 0.55 * len(pairs)


def test_each_draw_holds_its_share_of_the_walks() -> None:
    for word in WORDS:
        count = len(drawn(NAMES, word).intersection(WALKS))
        assert len(WALKS) // ONE_IN <= count <= len(WALKS) // ONE_IN + 1


def test_draws_come_to_everything() -> None:
    assert set().union(*(drawn(NAMES, word) for word in WORDS)) == set(NAMES)
