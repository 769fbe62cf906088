"""Run Marketo-style webhooks over a table of leads, from a notebook."""

import typing
from importlib.metadata import version

from nbwebhook.api import check, estimate_delay, preview, run, runs, start
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import ResponseMapping, Webhook
from nbwebhook.demo import DemoService
from nbwebhook.engine.handle import Run
from nbwebhook.errors import NbWebhookError
from nbwebhook.frames.leads import read_leads, scan_leads
from nbwebhook.frames.result import Result
from nbwebhook.ui import accessor as accessor  # gives frames `leads.webhook`

if typing.TYPE_CHECKING:
    from nbwebhook.ui.form import form
    from nbwebhook.ui.magics import load_ipython_extension

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
    "form",
    "load_ipython_extension",
    "preview",
    "read_leads",
    "run",
    "runs",
    "scan_leads",
    "start",
]

__version__ = version("nbwebhook")

_ON_FIRST_USE = {
    "form": "nbwebhook.ui.form",
    "load_ipython_extension": "nbwebhook.ui.magics",
}


def __getattr__(name: str) -> typing.Any:  # noqa: ANN401 - whatever has that name
    """Load the panel when it is first asked for: importing the package loads no widget."""
    if name not in _ON_FIRST_USE:
        message = f"module 'nbwebhook' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - only here

    return getattr(import_module(_ON_FIRST_USE[name]), name)
