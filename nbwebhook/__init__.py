"""Run Marketo-style webhooks over a table of leads, from a notebook."""

from importlib.metadata import version

from nbwebhook.api import check, estimate_delay, preview, run, start, to_curl
from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import ResponseMapping, Webhook
from nbwebhook.demo import DemoService
from nbwebhook.engine.handle import Run
from nbwebhook.errors import NbWebhookError
from nbwebhook.frames.leads import read_leads, scan_leads
from nbwebhook.frames.result import Result

__all__ = [
    "Beyond",
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
    "to_curl",
]

__version__ = version("nbwebhook")
