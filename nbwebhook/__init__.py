"""Run Marketo-style webhooks over a table of leads, from a notebook."""

from importlib.metadata import version

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

__version__ = version("nbwebhook")
