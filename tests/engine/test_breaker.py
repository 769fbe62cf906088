"""The breaker: opens on a streak, probes, closes or gives up."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.engine.breaker import Breaker, Circuit, has_failed
from nbwebhook.errors import (
    AddressRefused,
    BodyTooLarge,
    CallCancelled,
    CircuitOpen,
    ConnectFailed,
    DeadlineExceeded,
    InvalidPlan,
    UnsafeTarget,
)

BREAKER = Breaker(failures=3, cooldown_s=10.0, max_probes=2)


def fail(circuit: Circuit, now_s: float, *, began_s: float | None = None) -> bool:
    """Tell the circuit of a failed call."""
    began_s = now_s if began_s is None else began_s
    return circuit.end(failed=True, began_s=began_s, now_s=now_s)


def opened(now_s: float = 0.0) -> Circuit:
    """Return a circuit that has just opened."""
    circuit = Circuit(BREAKER)
    for _ in range(3):
        fail(circuit, now_s)
    return circuit


def test_a_streak_opens_it_and_anything_else_breaks_the_streak() -> None:
    """Two failures, a success and two failures leave it closed; a third opens it."""
    circuit = Circuit(BREAKER)
    states = []
    for failed in (True, True, False, True, True, None, True):
        circuit.end(failed=failed, began_s=0.0, now_s=0.0)
        states.append(circuit.state)
    assert states == ["closed"] * 6 + ["open"]
    assert circuit.openings == 1
    assert circuit.wait_s(4.0) == 6.0


def test_after_the_cooldown_one_call_probes_and_the_others_wait() -> None:
    """Nobody else starts until the probe has ended; its success closes the circuit."""
    circuit = opened()
    assert circuit.wait_s(10.0) == 0.0
    circuit.start(10.0)
    assert circuit.wait_s(11.0) == inf
    circuit.end(failed=False, began_s=10.0, now_s=12.0)
    assert circuit.state == "closed"
    assert circuit.wait_s(12.0) == 0.0


def test_a_failed_probe_costs_another_cooldown_and_the_last_one_gives_up() -> None:
    """After `max_probes` failed probes there is no hope."""
    circuit = opened()
    circuit.start(10.0)
    assert fail(circuit, 11.0) is False
    assert circuit.wait_s(11.0) == 10.0
    circuit.start(21.0)
    assert fail(circuit, 22.0) is True
    assert str(circuit.reason()) == str(CircuitOpen(3, 2))


def test_calls_from_before_the_opening_say_nothing_of_the_probe() -> None:
    """A late failure of an old call is not the probe's."""
    circuit = opened()
    circuit.start(10.0)
    assert fail(circuit, 12.0, began_s=1.0) is False
    assert circuit.state == "probing"


def test_a_probe_that_was_not_sent_gives_its_turn_to_the_next() -> None:
    """A refused lead as the probe costs no cooldown."""
    circuit = opened()
    circuit.start(10.0)
    circuit.end(failed=None, began_s=10.0, now_s=10.5)
    assert (circuit.state, circuit.wait_s(10.5)) == ("open", 0.0)


@given(st.lists(st.sampled_from([True, False, None]), max_size=60))
def test_it_never_waits_for_ever_without_a_probe(ends: list[bool | None]) -> None:
    """Whatever the calls come to, somebody may start after a cooldown at most."""
    circuit = Circuit(BREAKER)
    now_s = 0.0
    for failed in ends:
        wait_s = circuit.wait_s(now_s)
        assert 0.0 <= wait_s <= BREAKER.cooldown_s
        now_s += wait_s
        circuit.start(now_s)
        circuit.end(failed=failed, began_s=now_s, now_s=now_s)


@pytest.mark.parametrize(
    ("code", "error", "failed"),
    [
        pytest.param(200, None, False, id="200"),
        pytest.param(404, None, False, id="404"),
        pytest.param(429, None, True, id="429"),
        pytest.param(500, None, True, id="500"),
        pytest.param(599, None, True, id="599"),
        pytest.param(0, ConnectFailed("connect", bytes_sent=False), True, id="connect"),
        pytest.param(0, DeadlineExceeded("wait", bytes_sent=True), True, id="late"),
        pytest.param(0, RuntimeError("own"), True, id="a-surprise"),
        pytest.param(200, BodyTooLarge(1), False, id="an-answer-too-large"),
        pytest.param(
            0, AddressRefused("resolve", bytes_sent=False), None, id="refused"
        ),
        pytest.param(0, CallCancelled("wait", bytes_sent=True), None, id="cut-off"),
        pytest.param(0, UnsafeTarget("a space"), None, id="unsafe"),
    ],
)
def test_what_is_a_failure_of_the_service(
    code: int, error: BaseException | None, *, failed: bool | None
) -> None:
    """No answer, 429 and 5xx are; a lead's own fault is not."""
    assert has_failed(code, error) is failed


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        pytest.param("failures", 0, id="no-failure"),
        pytest.param("failures", 1.5, id="a-fraction"),
        pytest.param("max_probes", True, id="a-boolean"),
        pytest.param("cooldown_s", 0, id="no-cooldown"),
        pytest.param("cooldown_s", nan, id="nan"),
        pytest.param("cooldown_s", inf, id="for-ever"),
    ],
)
def test_a_breaker_that_cannot_be_is_refused(argument: str, value: object) -> None:
    """The error names the argument."""
    with pytest.raises(InvalidPlan, match=rf"breaker\.{argument}"):
        Breaker(**{argument: value})  # type: ignore[arg-type]  # wrong on purpose
