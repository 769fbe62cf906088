"""The verbs that look at a definition and its leads before a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nbwebhook.api.machine import Campaign, FieldTable, start_machine
from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.trust import require_trust
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.plan import RunPlan
from nbwebhook.lint.findings import Findings
from nbwebhook.lint.linter import find_findings
from nbwebhook.transport.choose import TransportChoice
from nbwebhook.transport.keeping import KeepingTransport

if TYPE_CHECKING:
    from nbwebhook.api.machine import Leads
    from nbwebhook.frames.preview import Preview

__all__ = ["check", "preview"]


def check(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook | Mapping[str, object],
    leads: Leads | None = None,
    *,
    context: Context | None = None,
    fields: FieldTable = None,
    key: str | None = None,
    campaign: Campaign = "trigger",
    sample_response: str | bytes | None = None,
) -> Findings:
    """Return what would break or surprise, for which leads, and the remedy.

    Nothing is sent. What is wrong with the list or the definition is a finding too, so
    that this verb raises nothing for bad input.

    Args:
        webhook: The definition; or the properties of one by name, as in its file, where
            it has faults and cannot be made.
        leads: The leads; without them only the definition is checked.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
        key: The column that tells leads apart; else `Id`, else `Email Address`.
        campaign: What kind of campaign calls it in Marketo.
        sample_response: The body of a response, to try the response mappings on.
    """
    return find_findings(
        webhook,
        leads,
        context=context,
        fields=fields,
        key=key,
        campaign=campaign,
        sample_response=sample_response,
    )


def preview(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook,
    leads: Leads,
    *,
    count: int = 5,
    send: bool = False,
    context: Context | None = None,
    fields: FieldTable = None,
    key: str | None = None,
    timeout_s: float = 30.0,
    transport: TransportChoice = "auto",
    trust: bool | None = None,
) -> Preview:
    """Return the first requests as they would go out, secrets masked.

    Args:
        webhook: The definition.
        leads: The leads.
        count: How many of them, from the top.
        send: Send them, one after the other, and show the responses and the mapped
            values too. Without it nothing is sent.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
        key: The column that tells leads apart; else `Id`, else `Email Address`.
        timeout_s: Limit for each whole call.
        transport: As in `run`.
        trust: As in `run`.

    Raises:
        DefinitionError: The definition, or an argument, cannot be used.
        LeadsError: The list cannot be used.
    """
    from nbwebhook.frames.prepare import prepare  # noqa: PLC0415 - loads pandas
    from nbwebhook.frames.preview import (  # noqa: PLC0415 - likewise
        preview_requests,
        preview_responses,
    )

    prepared = prepare(
        webhook,
        leads.head(count),
        context=context,
        fields=fields,
        key=key,
        clock=RealClock(),
    )
    if not send:
        return preview_requests(prepared)
    plan = RunPlan(connections=1, timeout_s=timeout_s)
    require_trust(webhook, trust=trust, clock=RealClock())
    keeping = KeepingTransport()
    run_ = start_machine(prepared, plan, transport, keeping=keeping)
    return preview_responses(prepared, run_.result(), keeping.responses)
