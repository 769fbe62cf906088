"""Run Marketo-style webhooks over a table of leads, from a notebook."""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbwebhook.api import check, estimate_delay, preview, run, start
    from nbwebhook.definition.context import Context
    from nbwebhook.definition.fields import Fields
    from nbwebhook.definition.webhook import ResponseMapping, Webhook
    from nbwebhook.demo import DemoService
    from nbwebhook.engine.handle import Run
    from nbwebhook.errors import NbWebhookError
    from nbwebhook.frames.leads import read_leads, scan_leads
    from nbwebhook.frames.result import Result

__all__ = [
    "Context",
    "DemoService",
    "Fields",
    "NbWebhookError",
    "ResponseMapping",
    "Result",
    "Run",
    "Webhook",
    "check",
    "estimate_delay",
    "preview",
    "read_leads",
    "run",
    "scan_leads",
    "start",
]

# A name is loaded when it is first used: `nbwebhook --help` waits for no pandas.
_HOMES = {
    "Context": "nbwebhook.definition.context",
    "DemoService": "nbwebhook.demo",
    "Fields": "nbwebhook.definition.fields",
    "NbWebhookError": "nbwebhook.errors",
    "ResponseMapping": "nbwebhook.definition.webhook",
    "Result": "nbwebhook.frames.result",
    "Run": "nbwebhook.engine.handle",
    "Webhook": "nbwebhook.definition.webhook",
    "check": "nbwebhook.api",
    "estimate_delay": "nbwebhook.api",
    "preview": "nbwebhook.api",
    "read_leads": "nbwebhook.frames.leads",
    "run": "nbwebhook.api",
    "scan_leads": "nbwebhook.frames.leads",
    "start": "nbwebhook.api",
}

__version__ = version("nbwebhook")


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nbwebhook' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
