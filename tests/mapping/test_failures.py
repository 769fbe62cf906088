"""Outcomes of calls without a usable response."""

import pytest

from nbwebhook.errors import (
    AddressRefused,
    BodyTooLarge,
    CallCancelled,
    ConnectFailed,
    DeadlineExceeded,
    EmptyBody,
    HeadersTooLarge,
    InvalidBody,
    MissingKey,
    NameNotResolved,
    NbWebhookError,
    StoppedByUser,
    TlsFailed,
    TooManyFailures,
    TransportError,
    TruncatedBody,
    UndecodableBody,
    UnencodableValue,
    UnsafeHeader,
)
from nbwebhook.mapping.failures import outcome_of_error, outcome_of_status
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.transport.base import Response, Timing


def _facts(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.kind,
        outcome.error_type,
        outcome.error_code,
        outcome.reason,
        outcome.changes,
    )


def _transport(kind: type[TransportError], *, sent: bool) -> TransportError:
    return kind("wait", "detail", bytes_sent=sent)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (_transport(ConnectFailed, sent=False), OutcomeKind.FAILED),
        (_transport(NameNotResolved, sent=False), OutcomeKind.FAILED),
        (_transport(TlsFailed, sent=False), OutcomeKind.FAILED),
        (_transport(DeadlineExceeded, sent=False), OutcomeKind.FAILED),
        (_transport(DeadlineExceeded, sent=True), OutcomeKind.UNKNOWN),
        (_transport(TruncatedBody, sent=True), OutcomeKind.UNKNOWN),
        (_transport(CallCancelled, sent=True), OutcomeKind.UNKNOWN),
        (_transport(CallCancelled, sent=False), OutcomeKind.INTERRUPTED),
        (_transport(AddressRefused, sent=False), OutcomeKind.REFUSED),
        (BodyTooLarge(10), OutcomeKind.FAILED),
        (HeadersTooLarge(10), OutcomeKind.FAILED),
        (UndecodableBody("bad gzip"), OutcomeKind.FAILED),
        (InvalidBody("JSON", "no"), OutcomeKind.FAILED),
        (EmptyBody(), OutcomeKind.NO_UPDATE),
        (MissingKey("Id"), OutcomeKind.REFUSED),
        (UnencodableValue("lead.X", "no text form"), OutcomeKind.REFUSED),
        (UnsafeHeader("X-A", "line break"), OutcomeKind.REFUSED),
        (TooManyFailures(5, 5), OutcomeKind.SKIPPED),
        (StoppedByUser(), OutcomeKind.SKIPPED),
        (NbWebhookError("other"), OutcomeKind.FAILED),
    ],
    ids=lambda value: (
        type(value).__name__ if isinstance(value, Exception) else str(value)
    ),
)
def test_an_error_becomes_an_outcome(error: NbWebhookError, kind: OutcomeKind) -> None:
    """The kind tells whether the service can have acted; type and reason say why."""
    code = 1001 if isinstance(error, EmptyBody) else 0
    wanted = (kind, type(error).__name__, code, str(error), ())
    assert _facts(outcome_of_error(error)) == wanted


def test_equal_reasons_share_one_string() -> None:
    """A million leads that fail alike hold one sentence."""
    first, second = (outcome_of_error(BodyTooLarge(10)).reason for _ in range(2))
    assert first is second


def _response(status_code: int, reason: str, location: bytes | None = None) -> Response:
    headers = () if location is None else ((b"location", location),)
    return Response(status_code, reason, headers, b"{}", timing=Timing())


@pytest.mark.parametrize(
    "status_code",
    [
        *(100, 101, 103, 199),
        *(300, 301, 302, 303, 304, 305, 307, 308, 399),
        *(400, 401, 403, 404, 408, 410, 413, 418, 422, 425, 429, 451, 499),
        *(500, 501, 502, 503, 504, 599, 600, 999),
    ],
)
def test_every_status_but_2xx_is_failed(status_code: int) -> None:
    """No field changes, and the reason names the code."""
    outcome = outcome_of_status(_response(status_code, "Phrase"))
    assert _facts(outcome)[:3] == (OutcomeKind.FAILED, "Phrase", 0)
    assert outcome.changes == ()
    assert f"answered {status_code}" in outcome.reason


@pytest.mark.parametrize(
    ("status_code", "reason", "wanted"),
    [
        pytest.param(404, "Not Found", "Not Found", id="as-sent"),
        pytest.param(404, "Nix da", "Nix da", id="own-phrase"),
        pytest.param(404, "", "Not Found", id="standard-phrase"),
        pytest.param(503, "  ", "Service Unavailable", id="blank"),
        pytest.param(999, "", "Status 999", id="no-standard-phrase"),
        pytest.param(500, "x" * 10_000, "x" * 99 + "…", id="very-long"),
        pytest.param(500, "a\x1b[31mb", r"a\x1b[31mb", id="escape-sequence"),
        pytest.param(500, "<b>\u202e", r"<b>\u202e", id="markup-and-bidi"),
    ],
)
def test_the_error_type_is_the_reason_phrase(
    status_code: int, reason: str, wanted: str
) -> None:
    """As in Marketo's log, shown without effect, or the standard phrase."""
    assert outcome_of_status(_response(status_code, reason)).error_type == wanted


def test_a_failed_call_says_that_only_2xx_updates() -> None:
    """The sentence holds the code and no text of the service."""
    wanted = "the service answered 500; fields are updated on 2xx only"
    assert outcome_of_status(_response(500, "secret")).reason == wanted


@pytest.mark.parametrize(
    ("location", "where"),
    [
        pytest.param(
            b"https://www.example.test/v2?key=s3cret#x",
            "; it points to https://www.example.test: write",
            id="absolute",
        ),
        pytest.param(
            b"http://user:s3cret@169.254.169.254/s3cret",
            "; it points to http://169.254.169.254: write",
            id="user-and-metadata-address",
        ),
        pytest.param(b"//evil.test/s3cret", "to http://evil.test:", id="no-scheme"),
        pytest.param(b"/s3cret", "; write the URL that", id="path"),
        pytest.param(b"file:///s3cret", "; write the URL that", id="file"),
        pytest.param(b"http://[::1/s3cret", "is not followed", id="broken"),
        pytest.param(b"http://a\x1b.test/", r"a\x1b.test", id="control"),
        pytest.param(b"http://" + b"a" * 9_000, "…: write", id="very-long"),
        pytest.param(b"", "; write the URL that", id="empty"),
        pytest.param(None, "; write the URL that", id="absent"),
    ],
)
@pytest.mark.parametrize("status_code", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(
    status_code: int, location: bytes | None, where: str
) -> None:
    """Of the place it points to only the host is said."""
    reason = outcome_of_status(_response(status_code, "Moved", location)).reason
    assert reason.startswith(f"the service answered {status_code}, a redirect, which")
    assert where in reason
    assert "s3cret" not in reason
    assert len(reason) < 250


@pytest.mark.parametrize("status_code", [300, 304, 305, 400])
def test_a_status_without_a_target_is_no_redirect(status_code: int) -> None:
    """A Location beside another status is not looked at."""
    reason = outcome_of_status(_response(status_code, "X", b"http://a.test/")).reason
    assert reason.endswith("fields are updated on 2xx only")
