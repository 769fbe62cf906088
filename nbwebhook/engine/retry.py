"""When a call is made again, and when never."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid5

from nbwebhook.definition.faults import faults_of_parts
from nbwebhook.errors import (
    AddressRefused,
    CallCancelled,
    InvalidPlan,
    ResponseError,
    TlsFailed,
    TransportError,
)

__all__ = ["Retry", "idempotency_key"]

_STATUSES = (408, 425, 429, 500, 502, 503, 504)
_ERROR_STATUSES = range(400, 600)
_MAX_ATTEMPTS = 100
_MAX_S = 86_400.0
_IDEMPOTENT = frozenset(["GET", "PUT", "DELETE"])
_LASTING = (AddressRefused, CallCancelled, TlsFailed)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a failed call is made again; `Retry.never()` is the default.

    A call whose request did not leave, such as one that found no connection, may always
    be made again. One that may have been acted on, or was answered with one of
    `statuses`, is made again only if that does no harm: GET, PUT and DELETE promise so
    (RFC 9110, 9.2.2), POST and PATCH do not. A failed certificate, an address
    that is refused and a response that came whole but cannot be used are never tried
    again: they stay as they are.

    Each attempt has a time limit, a row in `calls` and a record in the journal of its
    own, and takes its turn at the rate limit, the pauses and the breaker like any call. The
    outcome of a lead is that of its last attempt. While a lead waits for its next
    attempt its connection serves others; at most ten leads a connection wait so, and then
    no new lead is begun.

    Attributes:
        attempts: Calls of one lead at most, the first one included.
        statuses: Statuses after which to try again.
        backoff_s: The wait before the second attempt is random, from 0 up to this;
            twice as long at most before the third, and so on.
        max_backoff_s: No wait is longer.
        max_total_s: No attempt begins later than this after the lead's first one began.
        idempotent: `True`: the service takes the same request twice as once, so that any
            method may be sent again, also after a crash, when resuming from a journal.
            `False`: nothing is sent again that may have been acted on, for a GET that
            sends a message. `None`: as the method promises.
        idempotency_key_header: Name of a header, such as `Idempotency-Key`, that gets a
            key of the lead in this run: the same on every repeat, also after a crash. A
            webhook's own header of the name is left as it is.

    Raises:
        InvalidPlan: An attribute has a value that cannot be.

    Example:
        >>> Retry(attempts=5, idempotent=True).longest_wait_s(4)
        8.0
    """

    attempts: int = 3
    statuses: tuple[int, ...] = _STATUSES
    backoff_s: float = 1.0
    max_backoff_s: float = 60.0
    max_total_s: float = 300.0
    idempotent: bool | None = None
    idempotency_key_header: str | None = None

    def __post_init__(self) -> None:
        if not _is_whole(self.attempts) or not 1 <= self.attempts <= _MAX_ATTEMPTS:
            problem = (
                f"{self.attempts!r} is not a whole number from 1 to {_MAX_ATTEMPTS}"
            )
            raise InvalidPlan("retry.attempts", problem)
        object.__setattr__(self, "statuses", _checked_statuses(self.statuses))
        for name in ("backoff_s", "max_backoff_s", "max_total_s"):
            value = getattr(self, name)
            if not 0 <= value <= _MAX_S:
                problem = f"{value} is not from 0 to {_MAX_S:g} s"
                raise InvalidPlan(f"retry.{name}", problem)
        if self.idempotent not in {None, True, False}:
            problem = f"{self.idempotent!r} is not True, False or None"
            raise InvalidPlan("retry.idempotent", problem)
        if self.idempotency_key_header is not None:
            _check_header(self.idempotency_key_header)

    @classmethod
    def never(cls) -> Retry:
        """Return the policy under which every lead is called once at most."""
        return cls(attempts=1)

    def may_repeat(
        self, method: str, status_code: int, error: BaseException | None
    ) -> bool:
        """Return whether a call that ended so may be made again.

        Args:
            method: The request's method.
            status_code: The status of the whole response; not looked at after an error.
            error: Why there is no whole response; None if there is one.

        Example:
            >>> retry = Retry()
            >>> retry.may_repeat("POST", 503, None), retry.may_repeat("GET", 503, None)
            (False, True)
        """
        if isinstance(error, (*_LASTING, ResponseError)):
            return False
        if isinstance(error, TransportError) and not error.bytes_sent:
            return True
        if error is None and status_code not in self.statuses:
            return False
        return method in _IDEMPOTENT if self.idempotent is None else self.idempotent

    def longest_wait_s(self, attempts: int) -> float:
        """Return the longest wait after so many attempts."""
        return min(self.backoff_s * 2.0 ** (attempts - 1), self.max_backoff_s)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _checked_statuses(statuses: Iterable[int]) -> tuple[int, ...]:
    found = tuple(statuses)
    if bad := [code for code in found if code not in _ERROR_STATUSES]:
        raise InvalidPlan("retry.statuses", f"{bad[0]!r} is not from 400 to 599")
    return found


def _check_header(name: str) -> None:
    faults = [*faults_of_parts({"custom_headers": ((name, "key"),)})]
    if name.lower() == "host" or faults:
        problem = faults[0].problem if faults else "is the URL's own"
        raise InvalidPlan("retry.idempotency_key_header", f"{name!r} {problem}")


def idempotency_key(run_id: str, lead_key: str) -> str:
    """Return the key of a lead in a run: the same from every worker, in every attempt.

    Args:
        run_id: The run's id, 32 hexadecimal digits.
        lead_key: What tells the lead apart.

    Example:
        >>> idempotency_key("6ba7b8119dad11d180b400c04fd430c8", "7")
        '5bd20866-3478-53f7-bc79-d2aae304b443'
    """
    name = lead_key.encode("utf-8", "backslashreplace").decode("utf-8")
    return str(uuid5(UUID(hex=run_id), name))
