"""Which definitions from files may send what they send: asked once, remembered.

```text
CONFIG/trusted/3f5a....json     one file a fingerprint, 0600, in a folder of 0700
```

Deleting a file takes the trust back.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from nbwebhook.clock import Clock, RealClock
from nbwebhook.definition.departure import Departure, departure_of
from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.asking import ask_yes
from nbwebhook.display.text import show_controls
from nbwebhook.errors import NotTrusted

__all__ = ["CONFIG_VARIABLE", "TrustBook", "is_trusted", "require_trust", "trust"]

CONFIG_VARIABLE = "NBWEBHOOK_CONFIG_DIR"
"""The environment variable that names another folder than the user's own."""

_MAX_FILE_BYTES = 1 << 20
_QUESTION = "It has not been used on this machine as it is now. Trust it from now on?"


class TrustBook:
    """What somebody has said yes to on this machine.

    Args:
        folder: Where it is kept; else the folder that `CONFIG_VARIABLE` names, else the
            user's own for settings.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = (folder or _config_folder()) / "trusted"

    def knows(self, departure: Departure) -> bool:
        """Return whether what leaves has been trusted before, exactly as it is."""
        path = self._path(departure)
        try:
            no_link = getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(path, os.O_RDONLY | no_link), "rb") as file:
                kept = json.loads(file.read(_MAX_FILE_BYTES))
        except (OSError, ValueError):  # none, or damaged: then it is asked again
            return False
        return isinstance(kept, dict) and all(
            kept.get(name) == value
            for name, value in (
                ("fingerprint", departure.fingerprint),
                ("origin", departure.origin),
            )
        )

    def add(self, departure: Departure, clock: Clock) -> None:
        """Remember that somebody trusts it.

        Raises:
            OSError: It cannot be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {"format": 1, "at": clock.wall().isoformat(), **asdict(departure)}
        # A file that only its owner can read, under a name that nobody can guess.
        number, part = tempfile.mkstemp(dir=self._folder, suffix=".part")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(json.dumps(kept, indent=2).encode("utf-8", "replace"))
            Path(part).replace(self._path(departure))
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise

    def _path(self, departure: Departure) -> Path:
        return self._folder / f"{departure.fingerprint}.json"


def is_trusted(webhook: Webhook) -> bool:
    """Return whether a webhook may send without a question."""
    departure = departure_of(webhook)
    return not departure.needs_trust or TrustBook().knows(departure)


def require_trust(webhook: Webhook, *, trust: bool | None, clock: Clock) -> None:
    """Make sure that somebody trusts a definition with what it sends.

    One that was made in code needs none, and neither does one that sends nothing of
    anybody, or that goes to this machine.

    Args:
        webhook: The definition.
        trust: Whether it is trusted; None to ask, if it was never asked.
        clock: When it was trusted.

    Raises:
        NotTrusted: It is not, or nobody is there to ask.
    """
    departure = departure_of(webhook)
    if not departure.needs_trust:
        return
    book = TrustBook()
    if book.knows(departure):
        return
    if trust is None:
        trust = ask_yes(f"{departure}\n{_QUESTION}")
    if not trust:
        tokens, names = (
            tuple(map(show_controls, told))
            for told in (departure.tokens, departure.secrets)
        )
        raise NotTrusted(
            show_controls(departure.source), departure.origin, tokens, names
        )
    with suppress(OSError):  # where nothing can be remembered it is asked again
        book.add(departure, clock)


def trust(webhook: Webhook) -> Departure:
    """Trust a definition from a file with what it sends, from now on; return what that is.

    `run` asks by itself where somebody is there to ask. This is for jobs that run alone.

    Args:
        webhook: The definition; any change of what it sends needs trust anew.

    Raises:
        OSError: It cannot be remembered.
    """
    departure = departure_of(webhook)
    TrustBook().add(departure, RealClock())
    return departure


def _config_folder() -> Path:
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    import click  # noqa: PLC0415 - most runs trust nothing and need not wait for it

    return Path(click.get_app_dir("nbwebhook"))
