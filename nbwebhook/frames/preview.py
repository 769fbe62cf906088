"""The first requests as they would go out, and what came back if they were sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from nbwebhook.display.pages import (
    MappedValue,
    PreviewItem,
    PreviewPage,
    preview_html,
    preview_text,
)
from nbwebhook.errors import RenderError
from nbwebhook.frames.prepare import Prepared
from nbwebhook.frames.result import Result
from nbwebhook.render.request import Request
from nbwebhook.transport.base import Response
from nbwebhook.transport.head import request_bytes

__all__ = ["Preview", "preview_requests", "preview_responses"]


@dataclass(frozen=True, repr=False)
class Preview:
    """Some requests, byte for byte, secrets masked where they are shown.

    Attributes:
        requests: Head and body as they go on the wire; a lead that would be refused
            has the reason instead.
        result: What a run over these leads gave; None if nothing was sent.
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


def _shown(rendered: Request | RenderError) -> bytes | str:
    return request_bytes(rendered) if isinstance(rendered, Request) else str(rendered)


def _make(
    prepared: Prepared,
    rendered: Sequence[Request | RenderError],
    answers: Sequence[tuple[str, str, tuple[MappedValue, ...]]],
    result: Result | None,
) -> Preview:
    mask = prepared.redactor.mask
    items = []
    shown = tuple(_shown(one) for one in rendered)
    for key, text, (status, body, values) in zip(
        prepared.keys, shown, answers, strict=True
    ):
        is_refused = isinstance(text, str)
        request = "" if is_refused else text.decode("utf-8", "backslashreplace")
        items.append(
            PreviewItem(
                lead_key=key or "",
                request=mask(request),
                refusal=text if is_refused else "",
                status=mask(status),
                response=mask(body),
                values=values,
            )
        )
    page = PreviewPage(title=prepared.webhook.name, items=tuple(items))
    return Preview(shown, result, page)


def preview_requests(prepared: Prepared) -> Preview:
    """Return the requests of all prepared leads; nothing is sent."""
    rendered = _render_all(prepared)
    return _make(prepared, rendered, [("", "", ())] * len(rendered), None)


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
    answers = []
    calls = result.calls.drop_duplicates("row", keep="last").set_index("row")
    for row, one in enumerate(rendered):
        response = next(came, None) if isinstance(one, Request) else None
        call = calls.loc[row]
        status = f"{call['outcome']}"
        if response is not None:
            status = f"{response.status_code} {response.reason}: {status}"
        elif isinstance(one, Request):
            status = f"{status}: {call['reason']}"
        body = response.body.decode("utf-8", "backslashreplace") if response else ""
        answers.append((status, body, _values(result, prepared.keys[row])))
    return _make(prepared, rendered, answers, result)


def _values(result: Result, key: str | None) -> tuple[MappedValue, ...]:
    changes = result.changes
    mine = changes[changes["lead_key"] == key].astype(object)
    mine = mine.where(mine.notna(), "")
    return tuple(
        MappedValue(
            attribute=change["attribute"],
            field=change["field"],
            old_value=change["old_value"],
            new_value=change["new_value"],
            fate=str(change["outcome"]),
            reason=change["reason"],
        )
        for change in mine.to_dict("records")
    )
