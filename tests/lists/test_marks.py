"""Numbers that were seen, in little memory."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.lists.marks import Marks


@given(st.lists(st.lists(st.integers(-5, 20) | st.integers(-(2**63), 2**63 - 1))))
def test_marks_say_what_a_set_says(parts: list[list[int]]) -> None:
    """In whatever portions they come, exactly those are repeats that were there before."""
    marks, seen = Marks(), set[int]()
    for part in parts:
        marks.extend(part)
    wanted, repeated = [], set()
    for place, mark in enumerate(chain.from_iterable(parts)):
        if mark in seen:
            wanted.append(place)
            repeated.add(mark)
        seen.add(mark)
    assert list(marks.repeats()) == wanted
    assert marks.repeated() == repeated


def test_many_marks_say_the_same() -> None:
    """More than are compared at once, with repeats far from each other and negative ones."""
    marks, count = Marks(), 200_000
    marks.extend(mark * 65_537 - 2**40 for mark in range(count))
    marks.extend(mark * 65_537 - 2**40 for mark in (count - 1, 5, 0, 5))
    assert list(marks.repeats()) == [count, count + 1, count + 2, count + 3]
    assert len(marks.repeated()) == 3
