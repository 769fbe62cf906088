"""Run Marketo-style webhooks over a table of leads, from a notebook."""

from importlib.metadata import version

from nbwebhook.api import (
    advise_connections,
    check,
    compare_presets,
    estimate_delay,
    estimate_shared,
    estimate_waits,
    plan_pilot,
    preview,
    run,
    start,
)
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import ResponseMapping, Webhook
from nbwebhook.demo import DemoService
from nbwebhook.engine.handle import Run
from nbwebhook.errors import NbWebhookError
from nbwebhook.frames.leads import read_leads, scan_leads
from nbwebhook.frames.result import Result
from nbwebhook.whatif.pilot import TightEnough
from nbwebhook.whatif.plan import RetryRule
from nbwebhook.whatif.presets import Preset
from nbwebhook.whatif.shared import Campaign

__all__ = [
    "Campaign",
    "Context",
    "DemoService",
    "Fields",
    "NbWebhookError",
    "Preset",
    "ResponseMapping",
    "Result",
    "RetryRule",
    "Run",
    "TightEnough",
    "Webhook",
    "advise_connections",
    "check",
    "compare_presets",
    "estimate_delay",
    "estimate_shared",
    "estimate_waits",
    "plan_pilot",
    "preview",
    "read_leads",
    "run",
    "scan_leads",
    "start",
]

__version__ = version("nbwebhook")
