"""One call: a request sent, and its end taken down whatever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import isnan

from nbwebhook.clock import Clock
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.engine.retry import idempotency_key
from nbwebhook.engine.supply import Job
from nbwebhook.errors import CallCancelled, NbWebhookError
from nbwebhook.mapping.mapper import Mapper, outcome_of_error
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.render.request import Request
from nbwebhook.transport.base import (
    CallProgress,
    Response,
    Timing,
    Transport,
    remote_address_of,
    status_code_of,
    timing_of,
)

__all__ = ["CallEnd", "Caller", "keyed_request", "with_doubt"]

_SURPRISE = Outcome(
    OutcomeKind.UNKNOWN,
    error_type="Exception",
    reason="the transport failed in a way that does not tell what was sent",
)
_DOUBT = "an attempt before may have been acted on"


class CallEnd:
    """How a call ended.

    Attributes:
        method: The request's method.
        outcome: What came of it.
        facts: When and how it ran.
        response: The whole response, if one came.
        error: Why none came.
        began_s: When it began, by the clock.
    """

    __slots__ = ("began_s", "error", "facts", "method", "outcome", "response")

    def __init__(self, method: str, began_s: float) -> None:
        self.method = method
        self.began_s = began_s
        self.outcome = _SURPRISE
        self.facts = CallFacts()
        self.response: Response | None = None
        self.error: BaseException | None = None


class Caller:
    """Makes calls through one transport.

    Args:
        mapper: Makes outcomes of responses.
        clock: Time.
        timeout_s: Limit of a whole call.
        on_end: Told of each call's end, also of one that is cancelled.

    Attributes:
        transport: Sends the requests; to be set before the first.
        in_flight: Calls between their first step and their last byte.
    """

    def __init__(
        self,
        mapper: Mapper,
        clock: Clock,
        timeout_s: float,
        on_end: Callable[[Job, CallEnd], None],
    ) -> None:
        self.transport: Transport
        self.in_flight = 0
        self._mapper = mapper
        self._clock = clock
        # One look at the wall clock: a second one for each call would cost more than
        # both clocks drift apart.
        self._epoch_s = clock.wall().timestamp() - clock.monotonic_s()
        self._timeout_s = timeout_s
        self._on_end = on_end

    async def call(
        self, job: Job, request: Request, turn_s: float, throttle_s: float
    ) -> None:
        """Send one request and take down its end.

        Args:
            job: Whose it is.
            request: What to send.
            turn_s: When the lead's turn began, by the clock.
            throttle_s: What of the time since then was due to the pacing.
        """
        end = CallEnd(request.method, began_s := self._clock.monotonic_s())
        facts = end.facts
        facts.started_at_s = self._epoch_s + began_s
        facts.wait_ms = (began_s - turn_s) * 1e3
        facts.throttle_ms = throttle_s * 1e3
        sending = CallProgress()
        self.in_flight += 1
        try:
            response = await self.transport.send(
                request, self._timeout_s, progress=sending
            )
        except asyncio.CancelledError:
            cut = CallCancelled("wait", bytes_sent=sending.bytes_sent)
            _note_error(end, cut, self._since_ms(began_s))
            raise
        except NbWebhookError as error:
            _note_error(end, error, self._since_ms(began_s))
        except Exception as error:  # noqa: BLE001 - the one boundary: a plugged-in transport
            _note_surprise(end, error, self._since_ms(began_s))
        else:
            _note_response(end, response, self._since_ms(began_s))
            end.outcome = self._mapper.map_response(response, job.old_texts)
        finally:
            self.in_flight -= 1
            self._on_end(job, end)

    def _since_ms(self, began_s: float) -> float:
        return (self._clock.monotonic_s() - began_s) * 1e3


def _note_response(end: CallEnd, response: Response, spent_ms: float) -> None:
    """Take over what a whole response tells."""
    end.response = response
    facts = end.facts
    facts.timing = response.timing
    facts.status_code = response.status_code
    facts.request_bytes = response.request_bytes
    facts.response_bytes = response.response_bytes
    facts.connection_reused = response.connection_reused
    facts.remote_address = response.remote_address
    facts.overhead_ms = max(spent_ms - response.timing.latency_ms, 0.0)


def _note_error(end: CallEnd, error: NbWebhookError, spent_ms: float) -> None:
    """Take over what the transport knows of a call that failed."""
    end.error = error
    facts = end.facts
    facts.timing = timing_of(error)
    if isnan(facts.timing.latency_ms):
        facts.timing.latency_ms = spent_ms
    facts.remote_address = remote_address_of(error)
    facts.status_code = status_code_of(error)
    end.outcome = outcome_of_error(error)


def _note_surprise(end: CallEnd, error: Exception, spent_ms: float) -> None:
    """Take down a call that ended in a plugged-in transport's own error."""
    end.error = error
    end.facts.timing = Timing()
    end.facts.timing.latency_ms = spent_ms
    end.outcome = Outcome(
        OutcomeKind.UNKNOWN, error_type=type(error).__name__, reason=_SURPRISE.reason
    )


def with_doubt(outcome: Outcome) -> Outcome:
    """Return the last outcome of a lead of which an earlier attempt is unknown.

    Example:
        >>> with_doubt(Outcome(OutcomeKind.FAILED, reason="no connection")).reason
        'no connection; an attempt before may have been acted on'
    """
    return Outcome(
        outcome.kind,
        error_type=outcome.error_type,
        error_code=outcome.error_code,
        reason=f"{outcome.reason}; {_DOUBT}" if outcome.reason else _DOUBT,
        changes=outcome.changes,
    )


def keyed_request(request: Request, header: str, run_id: str, lead_key: str) -> Request:
    """Return the request with the lead's idempotency key, unless it has that header.

    Args:
        request: As rendered.
        header: Name of the header.
        run_id: The run's id.
        lead_key: What tells the lead apart.
    """
    name = header.encode()
    if any(known.lower() == name.lower() for known, _ in request.headers):
        return request
    return Request(
        request.method,
        request.origin,
        request.target,
        (*request.headers, (name, idempotency_key(run_id, lead_key).encode())),
        request.body,
    )
