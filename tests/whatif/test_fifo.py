"""The queue is exact: bounds, closed forms, and a token counter agree with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.whatif.fifo import (
    bucket_starts,
    erlang_c,
    fast_server_starts,
    start_times,
)
from nbwebhook.whatif.plan import RateLimit

SERVICES = st.lists(st.floats(0.001, 100.0), min_size=1, max_size=60)


@settings(deadline=None)
@given(SERVICES, st.integers(1, 12))
def test_a_makespan_lies_in_grahams_bracket(
    services: list[float], connections: int
) -> None:
    """Work shared evenly, or the longest call, from below; Graham 1969 from above."""
    services_s = np.array(services)
    starts_s = start_times(np.zeros(len(services)), services_s, connections)
    makespan = float((starts_s + services_s).max())
    share, longest = sum(services) / connections, max(services)
    assert makespan >= max(share, longest) * (1 - 1e-9)
    assert makespan <= (share + (1 - 1 / connections) * longest) * (1 + 1e-9)


@settings(deadline=None)
@given(SERVICES, st.integers(1, 12), st.data())
def test_no_more_calls_than_connections_run_at_once(
    services: list[float], connections: int, data: st.DataObject
) -> None:
    """Calls start in order, after their arrival, and never too many at once."""
    gap = st.floats(0.0, 50.0)
    gaps = data.draw(st.lists(gap, min_size=len(services), max_size=len(services)))
    arrivals_s, services_s = np.cumsum(gaps), np.array(services)
    starts_s = start_times(arrivals_s, services_s, connections)
    ends_s = starts_s + services_s
    assert (starts_s >= arrivals_s).all()
    assert (np.diff(starts_s) >= -1e-9).all()
    for start in starts_s:
        running = (starts_s <= start) & (ends_s > start + 1e-9)
        assert int(running.sum()) <= connections


def test_no_call_starts_before_its_arrival_by_a_rounding() -> None:
    """5.346881101073442 less 1.001, and 1.001 more, is a last digit less than that."""
    arrivals_s = np.array([0.0, 5.346881101073442])
    starts_s = start_times(arrivals_s, np.array([1.001, 1.0]), 1)
    assert starts_s.tolist() == arrivals_s.tolist()


@settings(deadline=None)
@given(SERVICES, st.data())
def test_one_connection_matches_its_recursion(
    services: list[float], data: st.DataObject
) -> None:
    """Each start is the arrival or the end before it, whichever is later."""
    gap = st.floats(0.0, 50.0)
    gaps = data.draw(st.lists(gap, min_size=len(services), max_size=len(services)))
    arrivals_s = np.cumsum(gaps)
    wanted, free_s = [], 0.0
    for arrival, service in zip(arrivals_s.tolist(), services, strict=True):
        wanted.append(max(arrival, free_s))
        free_s = wanted[-1] + service
    starts_s = start_times(arrivals_s, np.array(services), 1)
    assert starts_s == pytest.approx(np.array(wanted), abs=1e-6)


@settings(deadline=None)
@given(
    st.lists(st.floats(0.0, 0.3), min_size=1, max_size=80),
    st.floats(0.5, 50.0),
    st.integers(1, 20),
)
def test_the_rate_limit_is_a_token_counter(
    gaps: list[float], calls_per_s: float, burst: int
) -> None:
    """The queue, the closed form and tokens counted one by one agree."""
    arrivals_s = np.cumsum(gaps)
    limit = RateLimit(calls_per_s, burst)
    tokens, last_s, now_s, wanted = float(burst), 0.0, 0.0, []
    for arrival in arrivals_s.tolist():
        now_s = max(now_s, arrival)
        tokens = min(burst, tokens + (now_s - last_s) * calls_per_s)
        if tokens < 1:
            now_s += (1 - tokens) / calls_per_s
            tokens = 1.0
        last_s, tokens = now_s, tokens - 1
        wanted.append(now_s)
    closed_s = bucket_starts(arrivals_s, limit)
    queued_s = start_times(arrivals_s, np.zeros(len(gaps)), len(gaps), limit)
    assert closed_s == pytest.approx(np.array(wanted), abs=1e-6)
    assert queued_s == pytest.approx(closed_s, abs=1e-6)


@settings(deadline=None)
@given(SERVICES, st.integers(1, 8), st.floats(0.1, 50.0), st.integers(1, 5))
def test_a_window_never_holds_more_calls_than_the_limit(
    services: list[float], connections: int, calls_per_s: float, burst: int
) -> None:
    """In any stretch of time start at most burst + rate x stretch calls."""
    services_s = np.array(services)
    at_once = np.zeros(len(services))
    starts_s = start_times(
        at_once, services_s, connections, RateLimit(calls_per_s, burst)
    )
    free_s = start_times(at_once, services_s, connections)
    assert (starts_s >= free_s - 1e-6).all()
    for first in range(len(starts_s)):
        stretch = starts_s[first:] - starts_s[first]
        allowed = burst + stretch * calls_per_s + 1e-6
        assert (np.arange(1, len(stretch) + 1) <= allowed).all()


def test_a_slow_limit_alone_decides() -> None:
    """Ten calls a second with a burst of five: the last of 1,005 starts at 100 s."""
    starts_s = start_times(np.zeros(1005), np.full(1005, 0.05), 20, RateLimit(10, 5))
    assert starts_s[:6] == pytest.approx([0, 0, 0, 0, 0, 0.1])
    assert starts_s[-1] == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("connections", "load", "wanted"),
    [
        pytest.param(1, 0.8, 0.8, id="one"),
        pytest.param(2, 1.0, 1 / 3, id="two"),
        pytest.param(20, 19.0, 0.7548, id="twenty"),
        pytest.param(5, 5.0, 1.0, id="overloaded"),
    ],
)
def test_erlang_c_has_its_known_values(
    connections: int, load: float, wanted: float
) -> None:
    """The share of calls that wait in M/M/k."""
    assert erlang_c(connections, load) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(("connections", "rho"), [(1, 0.6), (5, 0.7), (20, 0.8)])
def test_random_arrivals_wait_as_erlang_says(connections: int, rho: float) -> None:
    """Mean waits of the simulated M/M/k are those of the formula."""
    rng = np.random.default_rng(11)
    rate, leads, means, shares = 20.0, 20_000, [], []
    for _ in range(12):
        gaps = rng.exponential(1 / (rho * connections * rate), leads)
        arrivals_s = np.cumsum(gaps)
        services_s = rng.exponential(1 / rate, leads)
        waits_s = start_times(arrivals_s, services_s, connections) - arrivals_s
        means.append(float(waits_s[leads // 10 :].mean()))
        shares.append(float((waits_s[leads // 10 :] > 1e-12).mean()))
    waiting = erlang_c(connections, rho * connections)
    wanted_s = waiting / (connections * rate * (1 - rho))
    error = float(np.std(means)) / np.sqrt(len(means))
    assert float(np.mean(means)) == pytest.approx(wanted_s, abs=4 * error)
    assert float(np.mean(shares)) == pytest.approx(waiting, rel=0.05)


def test_a_fast_server_stands_for_an_overload() -> None:
    """While there is a line, one fast server ends when all connections do."""
    rng = np.random.default_rng(3)
    arrivals_s = np.cumsum(rng.exponential(0.002, 20_000))
    services_s = rng.exponential(0.06, 20_000)
    exact_s = start_times(arrivals_s, services_s, 20)
    fast_s = fast_server_starts(arrivals_s, services_s, 20)
    exact_waits, fast_waits = exact_s - arrivals_s, fast_s - arrivals_s
    assert np.median(fast_waits) == pytest.approx(np.median(exact_waits), rel=0.02)
