"""A ledger that keeps numbers and no calls."""

from __future__ import annotations

from decimal import Decimal
from math import isnan

import pytest

from nbwebhook.engine.counts import LONG_INT, CountingLedger, ValueFacts
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.mapping.outcome import FieldValue, Outcome, OutcomeKind
from nbwebhook.transport.base import Timing


def call(latency_ms: float, status: int) -> CallFacts:
    """Return a call that took so long."""
    facts = CallFacts()
    facts.started_at_s, facts.throttle_ms, facts.status_code = 1.0, 2.0, status
    facts.timing = Timing()
    facts.timing.latency_ms = latency_ms
    return facts


def test_numbers_are_those_of_a_ledger_that_keeps_all() -> None:
    """Thousands of calls: as many, as long, as late; the other columns stay empty."""
    counting, whole = CountingLedger(()), Ledger()
    updated, failed = Outcome(OutcomeKind.UPDATED), Outcome(OutcomeKind.FAILED)
    for row in range(5_000):
        facts = call(row + 0.5, 200) if row % 10 else CallFacts()
        for ledger in (counting, whole):
            ledger.add(row, 1, updated if row % 10 else failed, facts)
    assert len(counting) == len(whole) == 5_000
    assert counting.made == 4_500
    assert counting.throttle_ms_sum == 9_000
    assert list(counting.kind) == list(whole.kind)
    wanted = [latency for latency in whole.phases[-1] if not isnan(latency)]
    assert counting.measured_latency_ms().tolist() == wanted
    assert list(counting.reason) == []
    assert 1 in counting.whole_ms
    assert 8 not in counting.whole_ms


@pytest.mark.parametrize(
    ("values", "kinds", "integral"),
    [
        pytest.param([], set(), True, id="nothing"),
        pytest.param([None, 7], {"int"}, True, id="gaps"),
        pytest.param([7, 2**63], {"int", LONG_INT}, True, id="beyond-64-bits"),
        pytest.param([7, Decimal("7.0")], {"int", "Decimal"}, True, id="whole"),
        pytest.param([Decimal("0.5"), 7], {"int", "Decimal"}, False, id="fraction"),
        pytest.param(["7", True], {"str", "bool"}, True, id="others"),
    ],
)
def test_values_are_told_by_all_of_them(
    values: list[FieldValue],
    kinds: set[str],
    integral: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Kinds and fractions of a column, whatever the order."""
    for order in (values, values[::-1]):
        facts = ValueFacts()
        for value in order:
            facts.add(value)
        assert (facts.kinds, facts.is_integral) == (kinds, integral)


def test_leads_without_a_call_share_no_time_that_can_be_written() -> None:
    """Whoever forgets a `Timing` of their own is told, and changes nobody's frames."""
    with pytest.raises(AttributeError, match="latency_ms of no call"):
        CallFacts().timing.latency_ms = 1.0
    assert isnan(CallFacts().timing.latency_ms)
