"""Numbers that were seen, in little memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.frames.marks import Marks


@given(st.lists(st.lists(st.integers(-5, 20) | st.integers(-(2**63), 2**63 - 1))))
def test_marks_say_what_a_set_says(parts: list[list[int]]) -> None:
    """In whatever portions they come, exactly those are repeats that were there before."""
    marks, seen = Marks(), set[int]()
    for part in parts:
        wanted = []
        for place, mark in enumerate(part):
            if mark in seen:
                wanted.append(place)
            seen.add(mark)
        assert marks.add(part) == wanted
