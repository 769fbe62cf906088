"""The first requests as they would go out, and what came back if they were sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import pandas as pd

from nbwebhook.display.pages import (
    ChangeFacts,
    MessageFacts,
    PreviewFacts,
    PreviewPage,
    preview_html,
    preview_text,
)
from nbwebhook.display.text import decode_bytes, format_ms
from nbwebhook.errors import RenderError
from nbwebhook.frames.prepared import Prepared
from nbwebhook.frames.result import Result
from nbwebhook.render.request import Request
from nbwebhook.transport.base import Response
from nbwebhook.transport.head import request_headers

__all__ = ["Preview", "preview_requests", "preview_responses"]


@dataclass(frozen=True, repr=False)
class Preview:
    """Some requests, byte for byte.

    Attributes:
        requests: Head and body as they go on the wire, secrets and all; for a lead that
            would be refused the reason instead.
        result: What a run over these leads gave; None if nothing was sent.
        page: What is shown, secrets masked.
    """

    requests: tuple[bytes | str, ...]
    result: Result | None
    page: PreviewPage

    def __repr__(self) -> str:
        return preview_text(self.page)

    def _repr_html_(self) -> str:
        return preview_html(self.page)


def _render_all(prepared: Prepared) -> list[Request | RenderError]:
    blocks = prepared.blocks()
    return list(chain.from_iterable(prepared.render(block) for block in blocks))


def _head(request: Request) -> bytes:
    """Return the request line and all headers, those of the transport too."""
    lines = [request.method.encode() + b" " + request.target + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request_headers(request)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _wire(rendered: Request | RenderError) -> bytes | str:
    if isinstance(rendered, RenderError):
        return str(rendered)
    return _head(rendered) + (rendered.body or b"")


def _request_facts(prepared: Prepared, request: Request) -> MessageFacts:
    mask = prepared.redactor.mask
    head = mask(decode_bytes(_head(request)))
    body = None if request.body is None else mask(decode_bytes(request.body))
    return MessageFacts(head, body)


def _response_facts(prepared: Prepared, response: Response) -> MessageFacts:
    mask = prepared.redactor.mask
    lines = [f"HTTP {response.status_code} {response.reason}"]
    lines += [decode_bytes(name + b": " + value) for name, value in response.headers]
    note = f"{len(response.body):,} bytes in {format_ms(response.timing.latency_ms)}"
    return MessageFacts(
        mask("\r\n".join(lines)), mask(decode_bytes(response.body)), note
    )


def preview_requests(prepared: Prepared) -> Preview:
    """Return the requests of all prepared leads; nothing is sent."""
    rendered = _render_all(prepared)
    previews = tuple(
        PreviewFacts(
            lead=key or f"row {row}",
            request=_request_facts(prepared, one) if isinstance(one, Request) else None,
            problem="" if isinstance(one, Request) else str(one),
        )
        for row, (key, one) in enumerate(zip(prepared.keys, rendered, strict=True))
    )
    page = PreviewPage(
        title=f"Preview of {prepared.webhook.name or 'the webhook'}",
        status=f"{_requests(len(rendered))}, not sent",
        previews=previews,
    )
    return Preview(tuple(map(_wire, rendered)), None, page)


def preview_responses(
    prepared: Prepared, result: Result, responses: Sequence[Response | None]
) -> Preview:
    """Return requests with the responses and mapped values of a run over them.

    Args:
        prepared: The leads.
        result: The run's result.
        responses: What came, one a call and in their order.
    """
    rendered = _render_all(prepared)
    came = iter(responses)
    calls = result.calls.drop_duplicates("row", keep="last").set_index("row")
    reasons = calls["reason"].fillna("").to_dict()
    previews = []
    for row, one in enumerate(rendered):
        response = next(came, None) if isinstance(one, Request) else None
        reason = reasons[row]
        key = prepared.keys[row]
        previews.append(
            PreviewFacts(
                lead=key or f"row {row}",
                request=_request_facts(prepared, one)
                if isinstance(one, Request)
                else None,
                response=_response_facts(prepared, response) if response else None,
                changes=_changes(result.changes, key),
                problem=reason,
            )
        )
    page = PreviewPage(
        title=f"Preview of {prepared.webhook.name or 'the webhook'}",
        status=f"{_requests(result.summary.calls)}, sent",
        previews=tuple(previews),
    )
    return Preview(tuple(map(_wire, rendered)), result, page)


def _changes(changes: pd.DataFrame, key: str | None) -> tuple[ChangeFacts, ...]:
    mine = changes[changes["lead_key"] == key].astype(object)
    mine = mine.where(mine.notna(), "")
    return tuple(
        ChangeFacts(
            attribute=change["attribute"],
            field=change["field"],
            old_value=change["old_value"],
            new_value=change["new_value"],
            outcome=str(change["outcome"]),
            reason=change["reason"],
        )
        for change in mine.to_dict("records")
    )


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"
