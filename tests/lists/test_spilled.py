"""Texts that go to disk once there are many."""

from __future__ import annotations

import pytest

from nbwebhook.lists.spilled import SpilledTexts


def test_spilled_texts_are_a_sequence() -> None:
    """Any place can be read at any time, in memory or on disk, in any order."""
    wanted = [None if n % 10 == 3 else f"Łódź {n}" for n in range(40_000)]
    texts = SpilledTexts(wanted)
    assert len(texts) == len(wanted)
    assert list(texts) == wanted
    assert texts[39_999] == wanted[-1]
    assert texts[-1] == wanted[-1]
    for at in (20_000, 3, 0, 39_000, 1_023, 1_024):
        assert texts[at] == wanted[at]
    assert texts[1_020:1_030] == wanted[1_020:1_030]
    with pytest.raises(IndexError):
        texts[40_000]
