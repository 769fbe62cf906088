"""Repeated calls cost what an exact simulation of them costs."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nbwebhook.whatif.law import Law
from nbwebhook.whatif.plan import DelayPlan, RetryRule
from nbwebhook.whatif.retries import Repeats, held_law
from nbwebhook.whatif.simulate import CampaignSimulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.whatif.conftest import LawMaker

ATOMS = np.linspace(0.03, 0.12, 40)


@pytest.fixture
def failing_law() -> Callable[[float], Law]:
    """A law of which a share, its slowest atom, fails."""

    def make(share: float, replicates: int = 60) -> Law:
        atoms = np.append(ATOMS, 0.5)
        weights = np.append(np.full(len(ATOMS), (1 - share) / len(ATOMS)), share)
        rows = np.broadcast_to(weights, (replicates, len(atoms)))
        return Law(atoms, rows, atoms == 0.5)

    return make


def simulate_repeats(
    leads: int, connections: int, share: float, rule: RetryRule, seed: int
) -> float:
    """One campaign, event by event: failed leads come back after their pause."""
    rng = np.random.default_rng(seed)
    fresh, returning, now = leads, list[tuple[float, int]](), 0.0
    free, last = [0.0] * connections, 0.0
    while fresh or returning:
        now = max(now, free[0])
        if not fresh:
            ready, tries = heapq.heappop(returning)
            start = max(now, ready)
        else:
            fresh, start, tries = fresh - 1, now, 0
        fails = bool(rng.random() < share)
        end = start + (0.5 if fails else float(rng.choice(ATOMS)))
        again = fails and tries + 1 < rule.attempts
        hold = rule.pause_s(tries + 1) if again and rule.holds_connection else 0.0
        while again and rule.holds_connection:
            tries += 1
            fails = bool(rng.random() < share)
            end += hold + (0.5 if fails else float(rng.choice(ATOMS)))
            again = fails and tries + 1 < rule.attempts
            hold = rule.pause_s(tries + 1) if again else 0.0
        heapq.heapreplace(free, end)
        last = max(last, end)
        if again:
            heapq.heappush(returning, (end + rule.pause_s(tries + 1), tries + 1))
    return last


@pytest.mark.parametrize("holds", [True, False], ids=["held", "released"])
@pytest.mark.parametrize(
    ("leads", "connections", "share", "rule"),
    [
        pytest.param(3000, 20, 0.05, RetryRule(5, 1.0), id="some"),
        pytest.param(3000, 20, 0.2, RetryRule(3, 0.5), id="many"),
        pytest.param(2500, 5, 0.02, RetryRule(3, 4.0), id="few-and-long"),
    ],
)
def test_repeats_cost_what_a_simulation_of_them_costs(
    failing_law: Callable[[float], Law],
    holds: bool,  # noqa: FBT001 - a table
    leads: int,
    connections: int,
    share: float,
    rule: RetryRule,
) -> None:
    """Medians agree with campaigns simulated event by event."""
    rule = replace(rule, holds_connection=holds)
    plan = DelayPlan(leads, retry=rule, replicates=60)
    made = CampaignSimulator(failing_law(share), plan).makespans(connections)
    wanted = [
        simulate_repeats(leads, connections, share, rule, seed) for seed in range(12)
    ]
    assert made.quantile_s(0.5) == pytest.approx(float(np.median(wanted)), rel=0.05)
    assert made.method.endswith("repeats")


def test_calls_a_lead_are_a_cut_geometric(failing_law: Callable[[float], Law]) -> None:
    """With a share p and at most M calls a lead needs (1 - p^M) / (1 - p)."""
    repeats = Repeats.of(failing_law(0.2), RetryRule(4))
    assert repeats.calls_per_lead == pytest.approx(np.full(60, (1 - 0.2**4) / 0.8))


def test_a_held_lead_keeps_the_mean_of_its_chain(
    failing_law: Callable[[float], Law],
) -> None:
    """The law of a whole lead has the mean of attempts and pauses."""
    law, rule = failing_law(0.2), RetryRule(4, (1.0, 2.0), holds_connection=True)
    held = held_law(law, Repeats.of(law, rule), seed=0)
    again = [0.2**repeat for repeat in range(4)]
    calls_s = sum(again[repeat] * law.mean_s for repeat in range(4))
    pauses_s = again[1] * 1.0 + again[2] * 2.0 + again[3] * 2.0
    assert held.mean_s == pytest.approx(calls_s + pauses_s, rel=0.01)
    assert (np.diff(held.atoms) >= 0).all()
    assert held.weights.sum(axis=1) == pytest.approx(np.ones(60))


def test_a_share_given_overrides_the_calls(make_law: LawMaker) -> None:
    """The share of failures can be told where the calls do not show it."""
    law = make_law([0.1], [1.0], replicates=30)
    rule = RetryRule(2, 1.0, share=0.5, holds_connection=True)
    held = held_law(law, Repeats.of(law, rule), seed=0)
    assert held.mean_s == pytest.approx(0.1 + 0.5 * 1.1, rel=1e-6)


def test_calls_that_never_fail_are_never_repeated(make_law: LawMaker) -> None:
    """A rule without failures changes nothing."""
    law = make_law([0.1, 0.2], [1.0, 1.0], replicates=30)
    repeats = Repeats.of(law, RetryRule(3, holds_connection=True))
    assert held_law(law, repeats, seed=0) is law
    plain = CampaignSimulator(law, DelayPlan(500, replicates=30)).makespans(5)
    plan = DelayPlan(500, replicates=30, retry=RetryRule(3))
    assert CampaignSimulator(law, plan).makespans(5).seconds.tolist() == (
        plain.seconds.tolist()
    )


@pytest.mark.parametrize("holds", [True, False], ids=["held", "released"])
def test_repeats_take_tokens_too(make_law: LawMaker, holds: bool) -> None:  # noqa: FBT001 - a table
    """Under a rate limit, every call counts, not every lead."""
    law = make_law([0.05], [1.0], replicates=30)
    rule = RetryRule(3, 0.0, share=0.5, holds_connection=holds)
    plan = DelayPlan(10_000, retry=rule, max_calls_per_s=10, replicates=30)
    made = CampaignSimulator(law, plan).makespans(20)
    assert made.quantile_s(0.5) == pytest.approx(10_000 * 1.75 / 10, rel=0.02)
