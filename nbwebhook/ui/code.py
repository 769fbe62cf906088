"""The cell that does what the panel did."""

from __future__ import annotations

from typing import Any

from nbwebhook.definition.beyond import Beyond
from nbwebhook.ui.delay_state import DelayState
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.run_state import RunState
from nbwebhook.ui.webhook_state import PARTS, WebhookState

__all__ = ["cell_code"]

_DEFAULTS = {
    "name": "",
    "description": "",
    "payload_template": "",
    "custom_headers": (),
    "response_mappings": (),
    "beyond": Beyond(),
}
_LONG = 60


def cell_code(
    leads: LeadsState, webhook: WebhookState, run: RunState, delay: DelayState
) -> str:
    """Return Python that gives the same result, without any secret in it."""
    secrets = webhook.typed_secrets
    lines = ["from getpass import getpass", ""] if secrets else []
    lines += ["import nbwebhook as nw", ""]
    if leads.code and leads.code != "leads":
        lines += [f"leads = {leads.code}"]
    elif not leads.code:
        lines += ['leads = nw.read_leads("leads.csv")']
    lines += [*_webhook_lines(webhook), *_context_lines(secrets)]
    shared = _shared(leads, secrets)
    options = {name: _value(value) for name, value in run.options.items()}
    lines += [f"nw.check(hook, leads{_arguments(shared)})"]
    lines += [f"result = nw.run(hook, leads{_arguments(shared | options)})"]
    lines += [f"estimate = nw.estimate_delay(result{_arguments(_asked(delay))})"]
    return "\n".join(lines) + "\n"


def _webhook_lines(webhook: WebhookState) -> list[str]:
    lines = ["hook = nw.Webhook("]
    for part in PARTS:
        value = webhook.parts[part]
        if part in _DEFAULTS and value == _DEFAULTS[part]:
            continue
        if isinstance(value, Beyond):
            value = value.options_set
        lines.append(f"    {part}={_value(value)},")
    return [*lines, ")"]


def _context_lines(secrets: tuple[str, ...]) -> list[str]:
    if not secrets:
        return []
    asked = [f"        {name!r}: getpass({f'{name}: '!r})," for name in secrets]
    return ["context = nw.Context(", "    secrets={", *asked, "    }", ")"]


def _shared(leads: LeadsState, secrets: tuple[str, ...]) -> dict[str, str]:
    shared = {"key": repr(leads.key)} if leads.key else {}
    return shared | ({"context": "context"} if secrets else {})


def _asked(delay: DelayState) -> dict[str, str]:
    asked: dict[str, Any] = {
        "leads": delay.leads,
        "connections": delay.connections,
        "timeout_s": delay.timeout_s,
    }
    if delay.max_calls_per_s:
        asked |= {"max_calls_per_s": delay.max_calls_per_s, "burst": delay.burst}
    if delay.scale != 1:
        asked["scale"] = delay.scale
    return {name: repr(value) for name, value in asked.items()}


def _arguments(named: dict[str, str]) -> str:
    return "".join(f", {name}={value}" for name, value in named.items())


def _value(value: object) -> str:
    """Return a value as Python; a text of several lines a line each."""
    if isinstance(value, str) and "\n" in value and len(value) > _LONG:
        lines = value.splitlines(keepends=True)
        inner = "\n".join(f"        {line!r}" for line in lines)
        return f"(\n{inner}\n    )"
    if isinstance(value, tuple) and value:
        inner = "\n".join(f"        {pair!r}," for pair in value)
        return f"[\n{inner}\n    ]"
    module = type(value).__module__
    return f"nw.{value!r}" if module.startswith("nbwebhook.") else repr(value)
