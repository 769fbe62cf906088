"""One budget, lent in shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.scale.budget import Budget
from nbwebhook.scale.wire import Share


@pytest.mark.parametrize(
    ("whole", "names", "shares"),
    [
        pytest.param(Share(10), 4, [3, 3, 2, 2], id="ten-connections-for-four"),
        pytest.param(Share(2), 4, [1, 1, 0, 0], id="too-few-connections"),
        pytest.param(Share(10, 3.0), 4, [4, 3, 3, 0], id="three-calls-a-second"),
        pytest.param(Share(10, 0.5), 3, [10, 0, 0], id="less-than-a-call-a-second"),
    ],
)
def test_shares_are_even_and_first_come_first_served(
    whole: Share, names: int, shares: list[int]
) -> None:
    """Everybody has an even part; who comes too late waits without one."""
    budget = Budget(whole)
    for name in range(names):
        budget.join(str(name))
    found = [budget.grant(str(name)) for name in range(names)]
    assert [share.connections for share in found] == shares
    assert budget.served == sum(share > 0 for share in shares)


def test_whole_calls_are_lent_and_the_rest_goes_to_the_first() -> None:
    """The parts of a rate add up to it."""
    budget = Budget(Share(10, 7.5))
    for name in "abc":
        budget.join(name)
    rates = [budget.grant(name).calls_per_s for name in "abc"]
    assert rates == [3.5, 2.0, 2.0]


def test_a_share_is_lent_again_only_when_its_last_use_has_ended() -> None:
    """A call too many counts until it has settled, and a lost borrower until he left."""
    budget = Budget(Share(4))
    budget.join("a")
    assert budget.grant("a") == Share(4)
    budget.join("b")
    assert budget.grant("a") == Share(2)
    budget.settle("a", Share(4), busy=0)  # not applied yet
    assert budget.grant("b") == Share(0)
    budget.settle("a", Share(2), busy=3)
    assert budget.grant("b") == Share(1)
    budget.leave("a")
    assert budget.grant("b") == Share(4)


@given(
    connections=st.integers(1, 12),
    rate=st.none() | st.floats(0.1, 30),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["join", "grant", "apply", "leave"]), st.integers(0, 5)
        ),
        max_size=60,
    ),
)
def test_no_more_is_held_than_there_is(
    connections: int, rate: float | None, steps: list[tuple[str, int]]
) -> None:
    """Whatever the order of joining, granting, applying and leaving."""
    budget = Budget(Share(connections, rate))
    applied: dict[str, Share] = {}
    for what, number in steps:
        name = str(number)
        if what == "join":
            budget.join(name)
            applied.setdefault(name, Share(0))
        elif name not in applied:
            continue
        elif what == "grant":
            applied[name] = budget.grant(name)
        elif what == "apply":
            budget.settle(name, applied[name], busy=0)
        else:
            budget.leave(name)
            del applied[name]
        held = budget.held
        assert held.connections <= connections
        assert sum(share.connections for share in applied.values()) <= connections
        if rate is not None:
            assert held.calls_per_s is not None
            assert held.calls_per_s <= rate + 1e-9
