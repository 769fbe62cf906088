"""Secrets: a value that no repr shows, for one origin only where somebody says so.

```text
{{secret.KEY}}  the context's own, else the environment variable KEY, else the keyring:
                the password of KEY for the origin, `https://score.example.com`
```
"""

from __future__ import annotations

import getpass
import os
from importlib import import_module
from pathlib import Path
from typing import Literal, Self

from nbwebhook.definition.urls import Origin, split_url, url_faults
from nbwebhook.errors import Fault, InvalidContext

__all__ = ["SECRET_SOURCES", "Secret", "SecretSource", "look_up_secret"]

SecretSource = Literal["environment", "keyring"]
"""Where a secret is looked up that is not given."""

SECRET_SOURCES: tuple[SecretSource, ...] = ("environment", "keyring")

_MAX_FILE_BYTES = 64 << 10


class Secret:
    """A value for `{{secret.NAME}}`; it shows itself as a mask.

    Args:
        value: The value itself.
        origin: Scheme, host and port that it may be sent to, such as
            `https://score.example.com`. A webhook that goes elsewhere is refused
            before anything is sent. None for any webhook that names it.

    Raises:
        InvalidContext: The origin is none, or the value cannot be read.

    Example:
        >>> Secret("s3cret", origin="https://score.example.com/v1")
        Secret(••••, origin='https://score.example.com')
    """

    __slots__ = ("_origin", "_value")

    def __init__(self, value: str, *, origin: str | None = None) -> None:
        self._value = value
        self._origin = None if origin is None else _origin_of(origin)

    @classmethod
    def ask(cls, name: str, *, origin: str | None = None) -> Self:
        """Return what somebody types, without showing it: in a cell or on a terminal."""
        return cls(getpass.getpass(f"{name}: "), origin=origin)

    @classmethod
    def from_file(cls, path: str | Path, *, origin: str | None = None) -> Self:
        """Return the text of a file, as container platforms mount secrets.

        One line end after it is left out.

        Raises:
            InvalidContext: The file cannot be read, or is no such text.
        """
        try:
            with Path(path).open("rb") as file:
                raw = file.read(_MAX_FILE_BYTES + 1)
            text = raw.decode("utf-8")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "not UTF-8 text"
            # The file's bytes stand in the cause, and would leave with a traceback.
            raise InvalidContext((Fault(f"secret file {path}", why),)) from None
        if len(raw) > _MAX_FILE_BYTES:
            why = f"larger than {_MAX_FILE_BYTES:,} bytes"
            raise InvalidContext((Fault(f"secret file {path}", why),))
        return cls(text.removesuffix("\n").removesuffix("\r"), origin=origin)

    @property
    def origin(self) -> str | None:
        """Where it may be sent to; None for anywhere."""
        return None if self._origin is None else str(self._origin)

    def reveal(self) -> str:
        """Return the value."""
        return self._value

    def bound_to(self, origin: str) -> Secret:
        """Return the same secret for one origin only; its own counts if it has one."""
        return self if self._origin else Secret(self._value, origin=origin)

    def may_go_to(self, origin: Origin) -> bool:
        """Return whether a request to `origin` may hold it."""
        return self._origin is None or self._origin == origin

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self._value, self._origin) == (other._value, other._origin)

    def __hash__(self) -> int:
        return hash((self._value, self._origin))

    def __repr__(self) -> str:
        bound = f", origin={self.origin!r}" if self._origin else ""
        return f"Secret(••••{bound})"


def look_up_secret(
    name: str, origin: Origin | None, sources: tuple[SecretSource, ...]
) -> Secret | None:
    """Return the secret called `name` from the first source that has it, or None.

    What the keyring has for an origin may go to no other.
    """
    if "environment" in sources and (found := _from_environment(name)):
        return Secret(found)
    if "keyring" in sources and origin and (found := _from_keyring(str(origin), name)):
        return Secret(found, origin=str(origin))
    return None


def _from_environment(name: str) -> str | None:
    try:
        return os.environ.get(name)
    except ValueError:  # a name that no environment variable can have
        return None


def _from_keyring(service: str, name: str) -> str | None:
    """Return a password of the user's keyring, None where there is no keyring."""
    try:
        keyring = import_module("keyring")
        errors = import_module("keyring.errors")
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(service, name)
    except errors.KeyringError:
        return None
    return found


def _origin_of(url: str) -> Origin:
    if faults := url_faults(url):
        raise InvalidContext((Fault("secret's origin", *_told(faults[0])),))
    return split_url(url)[0]


def _told(fault: Fault) -> tuple[str, str]:
    return f"{fault.place}: {fault.problem}", fault.remedy
