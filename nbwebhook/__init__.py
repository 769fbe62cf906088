"""Run Marketo-style webhooks over a table of leads, from a notebook."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from nbwebhook.lists.uncollected import uncollected

if TYPE_CHECKING:
    from nbwebhook.api import (
        advise_connections,
        check,
        compare_presets,
        estimate_delay,
        estimate_shared,
        estimate_waits,
        plan_pilot,
        preview,
        resume,
        run,
        runs,
        start,
        to_curl,
    )
    from nbwebhook.definition.beyond import Beyond
    from nbwebhook.definition.context import Context
    from nbwebhook.definition.fields import Fields
    from nbwebhook.definition.secrets import Secret
    from nbwebhook.definition.trust import trust
    from nbwebhook.definition.webhook import ResponseMapping, Webhook
    from nbwebhook.demo import DemoService
    from nbwebhook.engine.breaker import Breaker
    from nbwebhook.engine.handle import Run
    from nbwebhook.engine.retry import Retry
    from nbwebhook.errors import NbWebhookError
    from nbwebhook.frames.leads import read_leads, write_leads
    from nbwebhook.frames.result import Result
    from nbwebhook.frames.scanned import scan_leads
    from nbwebhook.ui.form import form
    from nbwebhook.ui.magics import load_ipython_extension
    from nbwebhook.whatif.arrival_times import Arrivals
    from nbwebhook.whatif.pilot import TightEnough
    from nbwebhook.whatif.plan import RetryRule
    from nbwebhook.whatif.presets import Preset
    from nbwebhook.whatif.shared import Campaign

    __version__: str

__all__ = [
    "Arrivals",
    "Beyond",
    "Breaker",
    "Campaign",
    "Context",
    "DemoService",
    "Fields",
    "NbWebhookError",
    "Preset",
    "ResponseMapping",
    "Result",
    "Retry",
    "RetryRule",
    "Run",
    "Secret",
    "TightEnough",
    "Webhook",
    "advise_connections",
    "check",
    "compare_presets",
    "estimate_delay",
    "estimate_shared",
    "estimate_waits",
    "form",
    "load_ipython_extension",
    "plan_pilot",
    "preview",
    "read_leads",
    "resume",
    "run",
    "runs",
    "scan_leads",
    "start",
    "to_curl",
    "trust",
    "write_leads",
]

# A name is loaded when it is first used: `nbwebhook --help` waits for no pandas.
_HOMES = {
    "Arrivals": "whatif.arrival_times",
    "Beyond": "definition.beyond",
    "Breaker": "engine.breaker",
    "Campaign": "whatif.shared",
    "Context": "definition.context",
    "DemoService": "demo",
    "Fields": "definition.fields",
    "NbWebhookError": "errors",
    "Preset": "whatif.presets",
    "ResponseMapping": "definition.webhook",
    "Result": "frames.result",
    "Retry": "engine.retry",
    "RetryRule": "whatif.plan",
    "Run": "engine.handle",
    "Secret": "definition.secrets",
    "TightEnough": "whatif.pilot",
    "Webhook": "definition.webhook",
    "form": "ui.form",
    "load_ipython_extension": "ui.magics",
    "read_leads": "frames.leads",
    "scan_leads": "frames.scanned",
    "trust": "definition.trust",
    "write_leads": "frames.leads",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - slow, and rarely asked

        return version("nbwebhook")
    if name not in __all__:
        raise AttributeError(f"module 'nbwebhook' has no attribute {name!r}")
    with uncollected():  # pandas alone makes fifty thousand objects that stay
        home = import_module(f"nbwebhook.{_HOMES.get(name, 'api')}")
        value: object = getattr(home, name)
        if _give_accessor():
            globals()[name] = value  # nobody need come here again
    return value


def _give_accessor() -> bool:
    """Give data frames `leads.webhook`, if there is a pandas to give it to by now."""
    if "pandas" not in sys.modules:
        return False
    import_module("nbwebhook.ui.accessor")
    return True


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


_give_accessor()
