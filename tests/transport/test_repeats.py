"""What comes again is kept, and little of it; what never does is not looked for."""

from __future__ import annotations

from nbwebhook.transport.repeats import Repeats


def _look_up(repeats: Repeats[int, str], key: int) -> bool:
    """Look a key up as its users do; return whether it was known."""
    if repeats.find(key) is not None:
        return True
    repeats.keep(key, str(key), size_bytes=1)
    return False


def test_keys_that_come_again_are_known_however_many_there_were() -> None:
    """Where new keys come now and then, as seconds do, all but the first of each hit."""
    repeats = Repeats[int, str]()
    known = [_look_up(repeats, call // 10) for call in range(10_000)]
    assert known.count(False) <= 1_000 + 10
    assert _look_up(repeats, 999)


def test_keys_that_never_come_again_are_soon_not_kept() -> None:
    """A service that numbers its answers costs no further look."""
    repeats = Repeats[int, str]()
    assert not any(_look_up(repeats, call) for call in range(1_000))
    assert not _look_up(repeats, 7)
    assert not _look_up(repeats, 7)


def test_what_is_long_is_not_kept() -> None:
    """Memory is bounded whatever a service sends."""
    repeats = Repeats[int, str]()
    repeats.keep(1, "long", size_bytes=5_000)
    repeats.keep(2, "short", size_bytes=4_000)
    assert repeats.find(1) is None
    assert repeats.find(2) == "short"
