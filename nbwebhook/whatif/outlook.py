"""The part of a run's report that says how long a campaign would take."""

from __future__ import annotations

from nbwebhook.display.pages import Section
from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.pages import delay_section
from nbwebhook.whatif.sample import HasCalls

__all__ = ["tell_outlook"]

_CAMPAIGN_LEADS = 100_000


def tell_outlook(measured: HasCalls) -> Section:
    """Return the report's part on delay; a sentence where the calls allow no estimate."""
    try:
        estimate = estimate_delay(measured, leads=_CAMPAIGN_LEADS)
    except InvalidPlan as error:
        return Section(sentences=(f"No estimate: {error}",))
    return delay_section(estimate)
