"""The delay of a campaign as the panel knows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import nbwebhook as nw
from nbwebhook.ui import delay_state
from nbwebhook.ui.delay_state import STATED, DelayState
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.work import Work


@pytest.fixture
def delay() -> Iterator[DelayState]:
    """Return a state that rests on stated times, at rest."""
    work = Work()
    made = DelayState(work)
    made.ensure()
    work.settle()
    yield made
    work.settle()


@pytest.mark.usual_rests
def test_an_estimate_is_there_at_once_and_refined_at_rest() -> None:
    """Quick numbers first; once nothing moves, well simulated ones."""
    work = Work()
    delay = DelayState(work)
    assert (delay.sentence, delay.page, delay.notes) == ("", None, ())
    delay.ensure()
    assert delay.precision == "quick"
    assert delay.sentence.startswith("With 20 connections")
    work.settle()
    assert delay.precision == "full"
    assert delay.estimate is not None
    assert [row.connections for row in delay.estimate.rows] == [1, 5, 20, 100]


@pytest.mark.usual_rests
def test_slow_cells_come_at_rest_and_the_line_asked_for_at_once(
    delay: DelayState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that would be slow shows the connections asked for; the rest follows."""
    monkeypatch.setattr(delay_state, "_QUICK_S", 0.0)
    delay.max_calls_per_s = 100.0
    assert delay.is_partial
    assert delay.estimate is not None
    assert [row.connections for row in delay.estimate.rows] == [20]
    assert delay.sentence.startswith("With 20 connections")
    delay._work.settle()
    assert (delay.is_partial, delay.precision) == (False, "full")
    assert [row.connections for row in delay.estimate.rows] == [1, 5, 20, 100]


def test_the_refined_estimate_is_that_of_the_verb(delay: DelayState) -> None:
    """Cell by cell or all at once, the numbers and the notes are the same."""
    told = nw.estimate_delay(STATED, leads=100_000, connections=[1, 5, 20, 100])
    assert delay.estimate is not None
    assert delay.estimate.frame.equals(told.frame)
    assert delay.estimate.notes == told.notes


@pytest.mark.parametrize(
    ("trait", "value", "is_longer"),
    [
        pytest.param("leads", 200_000, True, id="more-leads"),
        pytest.param("connections", 40, False, id="more-connections"),
        pytest.param("scale", 2.0, True, id="slower-service"),
        pytest.param("max_calls_per_s", 10.0, True, id="rate-limit"),
        pytest.param("timeout_s", 1.0, False, id="shorter-limit"),
    ],
)
def test_every_slider_moves_the_estimate_the_right_way(
    delay: DelayState, trait: str, value: float, *, is_longer: bool
) -> None:
    """More leads take longer, more connections do not."""

    def p95_s() -> float:
        assert delay.estimate is not None
        rows = {row.connections: row for row in delay.estimate.rows}
        return rows[delay.connections].makespan_p95_s

    before_s = p95_s()
    setattr(delay, trait, value)
    after_s = p95_s()
    assert (after_s > before_s) is is_longer


def test_what_cannot_be_is_told_and_the_rest_stays(delay: DelayState) -> None:
    """The last estimate is kept; mending it brings the next."""
    delay.leads = 0
    assert "leads" in delay.problem
    delay.leads = 1_000
    assert delay.problem == ""
    delay.stated = "quick, I think"
    assert delay.problem


def test_known_callers_set_all_limits(delay: DelayState) -> None:
    """Connections, time limit, rate and burst come from the preset."""
    delay.use("API with a rate limit")
    limits = delay.connections, delay.max_calls_per_s, delay.burst, delay.timeout_s
    assert limits == (20, 10.0, 20, 30.0)
    delay.use("HubSpot workflows")
    assert (delay.connections, delay.max_calls_per_s) == (20, 20.0)
    delay.use("Adobe's example")
    assert (delay.connections, delay.max_calls_per_s, delay.burst) == (1, 0.0, 1)
    delay.use("nobody")
    assert delay.connections == 1


def test_a_run_gives_the_estimate_its_times(state: FormState) -> None:
    """After a run it rests on measured calls, and says on how many."""
    assert state.delay.expected_s(10, 5, 30.0) is None
    state.run.start()
    state.work.settle()
    assert state.delay.is_measured
    assert state.delay.source == "60 measured calls of the last run"
    assert state.delay.expected_s(10, 5, 30.0)
    assert state.delay.expected_s(10, 0, 30.0) is None
    assert state.delay.page is not None
    assert state.delay.notes
