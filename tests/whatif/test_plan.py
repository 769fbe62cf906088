"""A plan refuses what cannot be, every fault at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.plan import DelayPlan, RateLimit, RetryRule, read_connections


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"leads": 0}, "leads: 0 leads; it takes", id="no-leads"),
        pytest.param({"leads": 1.5}, "1.5 leads", id="half-a-lead"),
        pytest.param({"leads": True}, "True leads", id="a-yes"),
        pytest.param({"leads": "many"}, "'many' leads", id="a-word"),
        pytest.param({"burst": 0}, "a burst of 0", id="burst"),
        pytest.param({"replicates": 5}, "5 replicates; it takes 20", id="replicates"),
        pytest.param({"seed": -1}, "a seed of -1", id="seed"),
        pytest.param({"timeout_s": 0}, "a time limit of 0; it takes", id="limit"),
        pytest.param({"scale": -1}, "a scale of -1", id="scale"),
        pytest.param({"scale": True}, "a scale of True", id="scale-yes"),
        pytest.param({"cap_s": "x"}, "a cap of 'x'", id="cap"),
        pytest.param(
            {"max_calls_per_s": float("nan")}, "a rate limit of nan", id="rate"
        ),
        pytest.param(
            {"leads": -1, "timeout_s": -2},
            r"leads, timeout_s: -1 leads; .* from 1 to 10\^9; a time limit of -2",
            id="two",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    change: dict[str, Any], sentence: str
) -> None:
    """Each wrong argument is named with what was found and wanted."""
    with pytest.raises(InvalidPlan, match=sentence):
        DelayPlan(**({"leads": 100} | change))


def test_a_plan_knows_its_limits() -> None:
    """The rate limit is there if asked for; the cap shortens the longest call."""
    assert DelayPlan(9).limit is None
    assert DelayPlan(9, max_calls_per_s=5, burst=3).limit == RateLimit(5, 3)
    assert (DelayPlan(9).longest_s, DelayPlan(9, cap_s=2).longest_s) == (30.0, 2)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        pytest.param(20, (20,), id="one"),
        pytest.param([5, 1, 5], (5, 1, 5), id="in-their-order"),
        pytest.param(range(1, 3), (1, 2), id="range"),
        pytest.param(np.array([3, 4]), (3, 4), id="numpy"),
    ],
)
def test_connections_are_one_number_or_several(
    asked: object,
    wanted: tuple[int, ...],
) -> None:
    """Any iterable of whole numbers will do."""
    assert read_connections(asked) == wanted  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param(0, "0", id="zero"),
        pytest.param([], "none", id="none"),
        pytest.param([1, 2.5, "x"], "2.5, 'x'", id="no-counts"),
        pytest.param(200_000, "200000", id="too-many"),
    ],
)
def test_other_connections_are_refused(
    asked: object,
    found: str,
) -> None:
    """The message names what was found."""
    with pytest.raises(InvalidPlan, match=f"connections: found {found}; it takes"):
        read_connections(asked)  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    ("retry", "wanted"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(RetryRule(1), None, id="one-call-is-no-retry"),
        pytest.param(RetryRule(2), RetryRule(2), id="a-rule"),
        pytest.param(
            SimpleNamespace(attempts=4, backoff_s=2), RetryRule(4, 2.0), id="one-pause"
        ),
        pytest.param(
            SimpleNamespace(attempts=4, backoff_s=[1, 5]),
            RetryRule(4, (1.0, 5.0)),
            id="pauses",
        ),
        pytest.param(
            SimpleNamespace(attempts=2, backoff_s=None),
            RetryRule(2, 0.0),
            id="no-pause",
        ),
    ],
)
def test_anything_with_attempts_and_pauses_is_a_rule(
    retry: object,
    wanted: RetryRule | None,
) -> None:
    """The engine's own retry policy can be passed."""
    assert RetryRule.of(retry) == wanted  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    "retry",
    [object(), SimpleNamespace(attempts="x", backoff_s=1)],
    ids=["other", "word"],
)
def test_what_is_no_rule_is_refused(retry: object) -> None:
    """The message says what to pass."""
    with pytest.raises(InvalidPlan, match="no usable attempts and backoff_s; pass a"):
        RetryRule.of(retry)  # type: ignore[arg-type]  # a table


def test_a_rule_that_cannot_be_is_refused() -> None:
    """Every fault of the rule is named."""
    with pytest.raises(
        InvalidPlan, match=r"attempts is 0; .*; backoff_s .*; share is 1"
    ):
        RetryRule(0, -1.0, share=1.0)


def test_the_last_pause_holds_for_all_that_follow() -> None:
    """Pauses are taken in turn."""
    rule = RetryRule(5, (1.0, 4.0))
    assert [rule.pause_s(repeat) for repeat in (1, 2, 3)] == [1.0, 4.0, 4.0]
    assert RetryRule(5, 2.5).pause_s(3) == 2.5
