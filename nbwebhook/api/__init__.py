"""The verbs that a user types: wiring only."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbwebhook.api.looking import check, preview
    from nbwebhook.api.running import resume, run, runs, start
    from nbwebhook.frames.curl import to_curl
    from nbwebhook.whatif.advise import advise_connections
    from nbwebhook.whatif.arrivals import estimate_waits
    from nbwebhook.whatif.estimate import estimate_delay
    from nbwebhook.whatif.pilot import plan_pilot
    from nbwebhook.whatif.presets import compare_presets
    from nbwebhook.whatif.shared import estimate_shared

__all__ = [
    "advise_connections",
    "check",
    "compare_presets",
    "estimate_delay",
    "estimate_shared",
    "estimate_waits",
    "plan_pilot",
    "preview",
    "resume",
    "run",
    "runs",
    "start",
    "to_curl",
]

# A verb is loaded when it is first used: a run waits for no rule of a check.
_HOMES = {
    "advise_connections": "whatif.advise",
    "check": "api.looking",
    "compare_presets": "whatif.presets",
    "estimate_delay": "whatif.estimate",
    "estimate_shared": "whatif.shared",
    "estimate_waits": "whatif.arrivals",
    "plan_pilot": "whatif.pilot",
    "preview": "api.looking",
    "resume": "api.running",
    "run": "api.running",
    "runs": "api.running",
    "start": "api.running",
    "to_curl": "frames.curl",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nbwebhook.api' has no attribute {name!r}")
    value: object = getattr(import_module(f"nbwebhook.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
