"""The verbs that a user types: wiring only."""

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
