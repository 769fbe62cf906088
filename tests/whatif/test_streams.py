"""Streams have exactly the law of a queue in front of the connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.whatif import streams
from nbwebhook.whatif.drawer import Drawer
from nbwebhook.whatif.law import Law, generator
from nbwebhook.whatif.streams import stream_makespans

if TYPE_CHECKING:
    from tests.whatif.conftest import Distance, LawMaker, Reference

LAWS = {
    "two-times": ([1.0, 7.0], [0.8, 0.2]),
    "body-and-timeouts": ([0.04, 0.05, 0.07, 30.0], [0.4, 0.3, 0.29, 0.01]),
    "heavy-tail": (np.geomspace(0.05, 20.0, 40).tolist(), np.geomspace(1.0, 1e-3, 40)),
    "nearly-constant": ([0.9, 1.0, 1.1], [1.0, 2.0, 1.0]),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(
    ("leads", "connections"),
    [(1, 1), (5, 1), (7, 3), (8, 8), (9, 20), (60, 7), (60, 50), (400, 20)],
)
def test_the_law_is_that_of_a_heap(
    make_law: LawMaker,
    heap_makespans: Reference,
    distance: Distance,
    name: str,
    leads: int,
    connections: int,
) -> None:
    """Makespans of streams and of a plain heap come from one law."""
    law = make_law(*LAWS[name])
    made = stream_makespans(law, leads, connections, generator(3))
    assert distance(made, heap_makespans(law, leads, connections, 4)) < 1


@pytest.mark.parametrize(
    ("leads", "connections", "wanted_s"),
    [
        (1, 1, 2.0),
        (7, 1, 14.0),
        (7, 3, 6.0),
        (9, 3, 6.0),
        (5, 9, 2.0),
        (50_001, 5, 20_002.0),
    ],
)
def test_constant_calls_take_whole_rounds(
    make_law: LawMaker, leads: int, connections: int, wanted_s: float
) -> None:
    """Ties at the very end start no more calls than there are leads."""
    law = make_law([2.0], [1.0], replicates=3)
    assert (
        stream_makespans(law, leads, connections, generator(0)).tolist()
        == [pytest.approx(wanted_s)] * 3
    )


@pytest.mark.parametrize("name", ["two-times", "body-and-timeouts", "heavy-tail"])
@pytest.mark.parametrize("block", [60, 300], ids=["many-windows", "few-windows"])
def test_windows_of_time_do_not_change_the_law(
    monkeypatch: pytest.MonkeyPatch,
    make_law: LawMaker,
    heap_makespans: Reference,
    distance: Distance,
    name: str,
    block: int,
) -> None:
    """A campaign held in windows, one after the other, ends as one held whole."""
    monkeypatch.setattr(streams, "_BLOCK", block)
    law = make_law(*LAWS[name])
    made = stream_makespans(law, 900, 7, generator(3))
    assert distance(made, heap_makespans(law, 900, 7, 4)) < 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.001, 30.0), min_size=1, max_size=12, unique=True),
    st.integers(1, 300),
    st.integers(1, 60),
    st.integers(0, 1000),
)
def test_every_makespan_lies_in_what_its_calls_allow(
    atoms: list[float], leads: int, connections: int, seed: int
) -> None:
    """No campaign beats its shortest calls or is worse than its longest."""
    atoms = sorted(atoms)
    weights = np.full((20, len(atoms)), 1 / len(atoms))
    law = Law(np.array(atoms), weights, np.zeros(len(atoms), np.bool_))
    makespans = stream_makespans(law, leads, connections, generator(seed))
    rounds = -(-leads // connections)
    assert (makespans >= rounds * atoms[0] * (1 - 1e-9)).all()
    assert (makespans <= rounds * atoms[-1] * (1 + 1e-9)).all()


def test_rare_long_calls_are_drawn_as_often_as_they_occur() -> None:
    """A call rarer than one in a table's entries keeps its share over replicates."""
    rare = 1e-6
    counts = [
        int(
            (
                Drawer(
                    np.array([1.0, 2.0]), np.array([1 - rare, rare]), 10**6, rng
                ).draw(50_000)
                == 2.0
            ).sum()
        )
        for rng in (generator(seed) for seed in range(2000))
    ]
    assert np.mean(counts) == pytest.approx(50_000 * rare, abs=0.06)


@pytest.mark.parametrize(
    ("draws", "at_a_time"),
    [(10, 50), (10, 5_000), (10_000_000, 60_000)],
    ids=["searched", "shuffled", "table"],
)
def test_draws_follow_the_weights(draws: int, at_a_time: int) -> None:
    """All ways of drawing give each atom its share, in any order."""
    weights = np.array([0.5, 0.3, 0.2])
    drawer = Drawer(np.array([1.0, 2.0, 3.0]), weights, draws, generator(1))
    drawn = np.stack([drawer.draw(at_a_time) for _ in range(60_000 // at_a_time)])
    shares = [float((drawn == atom).mean()) for atom in (1.0, 2.0, 3.0)]
    assert shares == [pytest.approx(weight, abs=0.01) for weight in weights]
    after_first = drawn[:, 1:][drawn[:, :-1] == 1.0]
    assert float((after_first == 1.0).mean()) == pytest.approx(0.5, abs=0.02)
