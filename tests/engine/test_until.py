"""A pilot ends when its rule is content with what has been measured."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import nbwebhook as nw
from nbwebhook.demo import demo_leads


class Rule:
    """Content at its second look."""

    def __init__(self) -> None:
        self.looks: list[int] = []

    def next_look(self, calls_done: int) -> int:
        """Look after 50 calls, then after 50 more."""
        return calls_done + 50

    def is_met(self, calls: Sequence[float]) -> bool:
        """Say yes at the second look."""
        self.looks.append(len(calls))
        return len(self.looks) == 2


def webhook(origin: str) -> nw.Webhook:
    """Return a webhook that asks the demo service for a score."""
    return nw.Webhook(
        url=f"{origin}/enrich?email={{{{lead.Email Address}}}}",
        request_type="GET",
        response_mappings={"result.score": "LeadScore"},
    )


@pytest.mark.timeout(60)
def test_a_rule_that_is_met_ends_the_run() -> None:
    """What was finished stays, the rest is skipped and says why."""
    import pandas as pd  # noqa: PLC0415 - the engine itself knows no pandas

    rule = Rule()
    leads = pd.DataFrame(demo_leads(3_000))
    with nw.DemoService(latency_ms=10) as service:
        result = nw.run(webhook(service.url), leads, until=rule, progress=False)
    assert rule.looks[0] >= 50
    assert rule.looks[1] >= rule.looks[0] + 50
    assert 100 <= result.summary.calls < 3_000
    assert result.summary.skipped == 3_000 - result.summary.calls
    assert "enough for the estimate" in result.calls["reason"].iloc[-1]


@pytest.mark.timeout(60)
def test_a_pilot_ends_when_its_estimate_is_tight_enough() -> None:
    """A steady service needs few calls."""
    import pandas as pd  # noqa: PLC0415 - as above

    leads = pd.DataFrame(demo_leads(3_000))
    rule = nw.TightEnough(leads=100_000, band_ratio=1.4)
    with nw.DemoService(latency_ms=10) as service:
        result = nw.run(webhook(service.url), leads, until=rule, progress=False)
    assert 100 <= result.summary.calls < 3_000
    assert rule.is_met(result)
