"""A run as the panel knows it: its limits, its pace, its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook import api
from nbwebhook.engine.ledger import Ledger
from nbwebhook.engine.progress import Progress
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.pace import Pace, live_latency
from nbwebhook.ui.run_state import RunState, accepted_options
from tests.ui.conftest import until


def test_a_run_goes_from_start_to_result(
    state: FormState, service: nw.DemoService
) -> None:
    """Every lead is called once, and the result is handed on."""
    state.run.start()
    assert state.run.is_live
    state.work.settle()
    assert state.run.phase == "finished"
    assert service.counts.requests == 60
    assert state.results.result is not None
    assert state.results.result.summary.leads == 60
    assert state.run.facts is not None
    assert (state.run.facts.done, state.run.facts.updated) == (60, 60)
    assert any("median" in line for line in state.run.details)


def test_a_run_is_paused_resumed_and_stopped(
    make_hook: Callable[..., nw.Webhook], leads: pd.DataFrame
) -> None:
    """Each button does what it says while the run goes on, and a result comes anyway."""
    state = FormState(make_hook(), leads, namespace=dict)
    state.run.connections, state.run.max_calls_per_s = 2, 20.0
    state.run.start()
    state.run.pause()
    until(state.run, lambda: state.run.phase == "paused")
    state.run.connections = 3
    until(state.run, lambda: state.run.progress and state.run.progress.connections == 3)
    state.run.resume()
    until(state.run, lambda: state.run.phase == "running")
    state.run.start()
    assert "a run goes on" in state.run.problem
    state.run.stop()
    state.work.settle()
    assert state.run.phase == "stopped"
    assert state.results.result is not None
    assert state.results.result.summary.skipped > 0
    state.run.pause()
    assert state.run.phase == "stopped"


def test_calls_in_flight_can_be_cut_off(leads: pd.DataFrame) -> None:
    """A service that hangs does not hold up the end."""
    with nw.DemoService(latency_ms=60_000) as slow:
        hook = nw.Webhook(url=f"{slow.url}/enrich", payload_template="x")
        state = FormState(hook, leads.head(2), namespace=dict)
        state.run.start()
        until(
            state.run, lambda: state.run.progress and state.run.progress.in_flight == 2
        )
        state.run.stop()
        until(state.run, lambda: state.run.phase == "stopping")
        assert any(line.startswith("stopping") for line in state.run.details)
        state.run.cut()
        state.work.settle()
    assert state.run.phase == "stopped"


def test_a_run_is_found_again_by_another_panel(state: FormState) -> None:
    """The registry has it, and whoever follows it gets its result."""
    state.run.max_calls_per_s = 200.0
    state.run.start()
    other = FormState(None, None, namespace=dict)
    assert other.runs[0] is state.run.run
    assert other.runs.known[0].webhook == "Score"
    assert "Score, started" in repr(other.runs)
    assert state.run.run is not None
    other.run.follow(state.run.run)
    other.work.settle()
    state.work.settle()
    assert other.results.result is state.results.result


def test_of_the_runs_that_ended_the_last_are_kept(state: FormState) -> None:
    """The registry does not grow with every run."""
    for _ in range(5):
        state.run.start()
        state.work.settle()
    ended = [run for run in nw.runs() if run.is_done]
    assert len(ended) <= 4
    assert nw.runs()[0] is state.run.run


@pytest.mark.parametrize(
    ("hook_url", "has_leads", "told"),
    [
        pytest.param("", True, "a definition without faults", id="no-definition"),
        pytest.param("http://127.0.0.1:9/", False, "a list of leads", id="no-list"),
        pytest.param("http://127.0.0.1:9/{{secret.NO_KEY}}", True, "NO_KEY", id="no-secret"),
    ],
)  # fmt: skip
def test_what_is_missing_for_a_run_is_told(
    leads: pd.DataFrame, hook_url: str, told: str, *, has_leads: bool
) -> None:
    """Nothing is started, and the next step is named."""
    state = FormState(None, leads if has_leads else None, namespace=dict)
    state.webhook.url = hook_url
    state.run.start()
    assert told in state.run.problem
    assert state.run.phase == "idle"
    assert state.run.facts is None
    assert state.run.details == ()


def test_a_limit_that_cannot_be_is_told(state: FormState) -> None:
    """The engine's own words stand in the panel."""
    state.run.timeout_s = 0.0
    state.run.start()
    assert "timeout_s" in state.run.problem


def test_options_are_those_that_are_set(state: FormState) -> None:
    """Zero stands for no limit and is left out."""
    assert state.run.options == {"connections": 20, "timeout_s": 30.0}
    state.run.max_failures = 7
    state.run.max_calls_per_s = 2.5
    assert state.run.options["max_failures"] == 7
    assert state.run.options["max_calls_per_s"] == 2.5


def test_later_options_count_where_the_engine_has_them(
    state: FormState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Repeats, journal and equal requests are passed on if `start` takes them."""

    def start(*, retry: object, journal: str | None, dedupe: bool) -> None:
        """Take the later options."""

    monkeypatch.setattr(api, "start", start)
    assert accepted_options() == ("retry", "journal", "dedupe")
    state.run.attempts, state.run.journal, state.run.dedupe = 3, " a.sqlite ", True
    state.run.idempotent = True
    options = state.run.options
    assert options["retry"] == nw.Retry(attempts=3, idempotent=True)
    assert (options["journal"], options["dedupe"]) == ("a.sqlite", True)


def test_options_that_the_engine_lacks_are_not_passed_on(
    state: FormState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A control that would do nothing is not there, and its value goes nowhere."""

    def start(*, connections: int) -> None:
        """Take no later option."""

    monkeypatch.setattr(api, "start", start)
    state.run.attempts, state.run.journal, state.run.dedupe = 3, "a.sqlite", True
    assert set(state.run.options) == {"connections", "timeout_s"}


def test_failed_calls_are_made_again_and_a_journal_is_kept(
    make_hook: Callable[..., nw.Webhook], leads: pd.DataFrame, tmp_path: Path
) -> None:
    """What the panel's boxes say is what the engine does, and the code says it too."""
    with nw.DemoService(latency_ms=1, failure_share=0.5) as service:
        state = FormState(make_hook(url=f"{service.url}/enrich"), leads, namespace=dict)
        state.run.attempts, state.run.idempotent = 2, True
        state.run.journal = str(tmp_path / "run.sqlite")
        assert "retry=nw.Retry(attempts=2" in state.code
        compile(state.code, "cell", "exec")
        state.run.start()
        state.work.settle()
        assert state.run.problem == ""
        assert service.counts.requests > len(leads)
    assert (tmp_path / "run.sqlite").is_file()


def test_the_latency_of_late_is_that_of_the_last_calls() -> None:
    """Quantiles of what has ended, and the time lost so far."""
    ledger = Ledger()
    assert live_latency(ledger).words == ""
    for latency_ms in [1e9] + [10.0] * 2_000:
        ledger.phases[-1].append(latency_ms)
    for throttle_ms in (500.0, float("nan"), 1_500.0):
        ledger.throttle_ms.append(throttle_ms)
    latency = live_latency(ledger)
    assert (latency.calls, latency.p99_ms, latency.throttle_s) == (2_000, 10.0, 2.0)
    assert "2 s lost" in latency.throttle_words


def test_the_time_left_has_a_band_once_there_are_steps() -> None:
    """The band is what the slow and the fast seconds of late would take."""

    def at(second: int, done: int, state: str = "running") -> Progress:
        return Progress(state, 1_000, done, 5, 5, {}, float(second))  # type: ignore[arg-type]  # a state

    pace = Pace()
    assert pace.left_words(at(0, 0)) == ""
    done = 0
    for second in range(1, 9):
        done += 50 if second % 2 else 100
        pace.note(at(second, done))
    words = pace.left_words(at(8, done))
    assert words.startswith("about")
    assert "(4 s to 8 s)" in words
    pace.note(at(9, done, "paused"))
    assert pace.left_words(at(9, done, "paused")) == ""
    assert "(" not in pace.left_words(at(9, done))
    stuck = Pace()
    for second in range(1, 9):
        stuck.note(at(second, 10))
    assert "(" not in stuck.left_words(at(9, 10))


def test_the_plan_says_what_is_known(leads: pd.DataFrame) -> None:
    """Without a list it says so; nan is never shown."""
    assert FormState(None, None, namespace=dict).plan_words() == "no list of leads yet"
    state = FormState(None, leads, namespace=dict)
    assert isinstance(state.run, RunState)
    assert "nan" not in state.run.plan_words(60, float(np.float64(2.0)))
