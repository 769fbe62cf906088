"""What the scheduler knows of a run, with time as a number."""

from __future__ import annotations

import pytest

from nbwebhook.scale.board import Board
from nbwebhook.scale.wire import NOTHING, SILENCE_S, Orders, Report, Share, Terms

TIMEOUT_S = 2.0
GONE_S = SILENCE_S + TIMEOUT_S


def board(connections: int = 4, *, max_failures: int | None = None) -> Board:
    """Return the board of a run."""
    return Board(Terms(Share(connections), TIMEOUT_S, max_failures))


def test_a_partition_belongs_to_one_attempt_until_its_calls_must_have_ended() -> None:
    """The second attempt waits, and the first one is told that it has lost its share."""
    runs = board()
    runs.report("first", 7, Report(), 0.0)
    assert runs.orders("first", 0.0) == Orders("run", Share(4))
    runs.report("second", 7, Report(), 1.0)
    assert runs.orders("second", 1.0) == Orders("pause", NOTHING)
    runs.report("second", 7, Report(), GONE_S - 0.01)
    assert runs.orders("second", GONE_S - 0.01) == Orders("pause", NOTHING)
    runs.report("second", 7, Report(), GONE_S + 0.01)
    assert runs.orders("second", GONE_S + 0.01) == Orders("run", Share(4))
    runs.report("first", 7, Report(), GONE_S + 0.02)
    assert runs.orders("first", GONE_S + 0.02) == Orders("lost")


def test_what_a_silent_worker_holds_comes_back_after_its_last_call() -> None:
    """Until then the others share what is left."""
    runs = board()
    runs.report("a", 0, Report(), 0.0)
    runs.orders("a", 0.0)
    runs.report("b", 1, Report(), 0.0)
    runs.orders("a", 0.0)
    runs.report("a", 0, Report("run", Share(2)), 0.1)
    assert runs.orders("b", 0.1).share == Share(2)
    runs.report("b", 1, Report("run", Share(2)), GONE_S)
    assert runs.orders("b", GONE_S).share == Share(2)
    runs.report("b", 1, Report("run", Share(2)), GONE_S + 0.2)
    assert runs.orders("b", GONE_S + 0.2).share == Share(4)


def test_a_pause_that_a_service_asks_for_reaches_all_and_does_not_grow() -> None:
    """Told on by whoever heard it, it ends when it was to end."""
    runs = board()
    for name, partition in (("a", 0), ("b", 1)):
        runs.report(name, partition, Report(), 0.0)
    runs.report("a", 0, Report(hold_s=3.0), 1.0)
    assert runs.orders("b", 1.0).hold_s == 3.0
    runs.report("b", 1, Report(hold_s=2.05), 2.0)
    assert runs.orders("a", 2.0).hold_s == 2.0
    assert runs.orders("a", 5.0).hold_s == 0.0
    assert runs.orders("a", 1.0).are_news(Report("run", Share(2)))
    assert not runs.orders("a", 1.0).are_news(
        Report("run", runs.orders("a", 1.0).share, known_hold_s=3.0)
    )


def test_failures_are_counted_over_all_partitions_and_from_this_run_on() -> None:
    """Those of earlier runs, which the journals know, do not stop it."""
    runs = board(max_failures=3)
    runs.report("a", 0, Report(outcomes={"failed": 9}), 0.0)
    runs.report("b", 1, Report(outcomes={"unknown": 1}), 0.0)
    assert runs.look(0.0).state == "running"
    runs.report("a", 0, Report(outcomes={"failed": 11}), 1.0)
    assert runs.look(1.0).state == "running"
    runs.report("b", 1, Report(outcomes={"unknown": 2, "updated": 5}), 1.0)
    look = runs.look(1.0)
    assert look.reason == ("TooManyFailures", 3, 3)
    assert look.outcomes == {"failed": 11, "unknown": 2, "updated": 5}
    assert runs.orders("a", 1.0) == Orders("stop", reason=look.reason)


def test_the_user_pauses_resumes_changes_and_cuts() -> None:
    """Each of it reaches whoever has a share."""
    runs = board()
    runs.report("a", 0, Report(), 0.0)
    runs.pause()
    assert runs.orders("a", 0.0) == Orders("pause", Share(4))
    assert runs.look(0.0).state == "paused"
    runs.resume()
    runs.set_connections(9)
    assert runs.orders("a", 0.0) == Orders("run", Share(9))
    runs.stop(("StoppedByUser",))
    runs.cut()
    assert runs.orders("a", 0.0) == Orders("cut", reason=("StoppedByUser",))
    runs.report("b", 0, Report(), 0.0)
    assert runs.orders("b", 0.0) == Orders("pause", NOTHING)


@pytest.mark.parametrize("reason", [(), ("PartitionStopped", 0, "no room")], ids=str)
def test_who_leaves_gives_all_back_and_may_stop_the_others(
    reason: tuple[object, ...],
) -> None:
    """His last numbers count, and he is asked for nothing more."""
    runs = board()
    runs.report("a", 0, Report(), 0.0)
    runs.orders("a", 0.0)
    runs.leave("a", 0, Report(outcomes={"updated": 3}), reason)
    look = runs.look(0.0)
    assert look.outcomes == {"updated": 3}
    assert look.reason == reason
    assert runs.share_held == NOTHING
    assert runs.attempts == 0
