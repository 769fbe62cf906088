"""A snapshot of a run: the rate, and what is left of it."""

from __future__ import annotations

from nbwebhook.engine.progress import Progress


def progress(done: int, elapsed_s: float) -> Progress:
    """Return a run that is so far."""
    return Progress("running", 100, done, 4, 20, {}, elapsed_s)


def test_the_rate_is_an_average_and_the_rest_follows() -> None:
    """Before there is a rate nothing is foretold."""
    assert progress(20, 2.0).leads_per_s == 10.0
    assert progress(20, 2.0).left_s == 8.0
    assert progress(0, 2.0).left_s is None
    assert progress(0, 0.0).leads_per_s == 0.0
