"""The outcome of a call without a usable response: other than 2xx, or an error."""

from __future__ import annotations

import sys
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlsplit

from nbwebhook.errors import (
    AddressRefused,
    CallCancelled,
    EmptyBody,
    NbWebhookError,
    RenderError,
    RunStopped,
    TransportError,
)
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.mapping.texts import shown_text
from nbwebhook.transport.base import Response

__all__ = ["outcome_of_error", "outcome_of_status"]

_EMPTY_BODY_CODE = 1001
_MAX_PHRASE = 100
_MAX_URL = 2_000
_REDIRECTS = frozenset([301, 302, 303, 307, 308])


def outcome_of_status(response: Response) -> Outcome:
    """Return the outcome of a response other than 2xx: `failed`, and no field changes.

    Its error type is the reason phrase as Marketo shows it, or the code's standard
    phrase where there is none. A redirect is not followed, and of where it points to
    only the host is said, as path and query may hold a secret.
    """
    phrase = _phrase(response.status_code, response.reason[: _MAX_PHRASE + 1])
    if response.status_code in _REDIRECTS:
        location = response.header(b"location")[:_MAX_URL]
        reason = _redirect_reason(response.status_code, location)
    else:
        reason = _status_reason(response.status_code)
    return Outcome(OutcomeKind.FAILED, error_type=phrase, reason=reason)


def outcome_of_error(error: NbWebhookError) -> Outcome:
    """Return the outcome of a call that ended in an error.

    A call that may have reached the service is `unknown`; one that cannot have is
    `failed`, `interrupted` where the user cut it off, and `refused` where it was held
    back for safety.

    Example:
        >>> outcome_of_error(EmptyBody())
        <Outcome no_update EmptyBody>
    """
    is_empty = isinstance(error, EmptyBody)
    return Outcome(
        _kind_of(error),
        error_type=type(error).__name__,
        error_code=_EMPTY_BODY_CODE if is_empty else 0,
        reason=sys.intern(str(error)),
    )


def _kind_of(error: NbWebhookError) -> OutcomeKind:
    if isinstance(error, TransportError) and error.bytes_sent:
        return OutcomeKind.UNKNOWN
    kinds = {
        EmptyBody: OutcomeKind.NO_UPDATE,
        CallCancelled: OutcomeKind.INTERRUPTED,
        AddressRefused: OutcomeKind.REFUSED,
        RenderError: OutcomeKind.REFUSED,
        RunStopped: OutcomeKind.SKIPPED,
    }
    for kind_of_error, kind in kinds.items():
        if isinstance(error, kind_of_error):
            return kind
    return OutcomeKind.FAILED


@lru_cache(maxsize=1_024)
def _phrase(status_code: int, reason: str) -> str:
    phrase = shown_text(reason.strip(), _MAX_PHRASE)
    try:
        return phrase or HTTPStatus(status_code).phrase
    except ValueError:
        return f"Status {status_code}"


@lru_cache(maxsize=1_024)
def _status_reason(status_code: int) -> str:
    return f"the service answered {status_code}; fields are updated on 2xx only"


@lru_cache(maxsize=1_024)
def _redirect_reason(status_code: int, location: bytes) -> str:
    answered = f"the service answered {status_code}, a redirect, which is not followed"
    try:
        parts = urlsplit(location.decode("latin-1").strip())
        host = parts.hostname or ""
    except ValueError:
        return answered
    if not host:
        return f"{answered}; write the URL that the service wants"
    where = shown_text(f"{parts.scheme or 'http'}://{host}", _MAX_PHRASE)
    return f"{answered}; it points to {where}: write the URL that the service wants"
