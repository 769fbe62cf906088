"""Leads to requests in one call, for tables of what goes in and what comes out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from nbwebhook.clock import ManualClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import RenderError
from nbwebhook.render.leads import Column, LeadBlock, Value
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.request import Request

NOON = datetime(2013, 8, 8, 23, 34, 13, tzinfo=UTC)


def _make_renderer(
    columns: Sequence[str] = (),
    *,
    fields: Mapping[str, str] | None = None,
    context: Context | None = None,
    now: datetime = NOON,
    **webhook: object,
) -> Renderer:
    parts: dict[str, object] = {"url": "https://example.test/", **webhook}
    return Renderer(
        Webhook(**parts),  # type: ignore[arg-type]  # tables give any property
        columns=columns,
        fields=Fields(fields),
        context=context or Context(),
        clock=ManualClock(now),
    )


def _make_block(leads: Mapping[str, Sequence[Value]]) -> LeadBlock:
    count = max((len(values) for values in leads.values()), default=1)
    columns = tuple(Column(name, values) for name, values in leads.items())
    return LeadBlock(0, [str(row) for row in range(count)], columns)


def _render(
    leads: Mapping[str, Sequence[Value]], **parts: object
) -> list[Request | RenderError]:
    renderer = _make_renderer(tuple(leads), **parts)  # type: ignore[arg-type]  # as above
    return renderer.render(_make_block(leads))


def _render_body(
    template: str,
    lead: Mapping[str, Value],
    encoding: str = "JSON",
    **parts: object,
) -> bytes | str:
    found = _render(
        {name: [value] for name, value in lead.items()},
        payload_template=template,
        request_token_encoding=encoding,
        **parts,
    )[0]
    if isinstance(found, RenderError):
        return f"{type(found).__name__}: {found}"
    assert found.body is not None
    return found.body


def _render_target(
    path: str, lead: Mapping[str, Value], encoding: str = "JSON", **parts: object
) -> bytes | str:
    found = _render(
        {name: [value] for name, value in lead.items()},
        url=f"https://example.test{path}",
        request_token_encoding=encoding,
        **parts,
    )[0]
    if isinstance(found, RenderError):
        return f"{type(found).__name__}: {found}"
    assert str(found.origin) == "https://example.test"
    return found.target


def _render_header(value: str, lead: Mapping[str, Value], **parts: object) -> object:
    found = _render(
        {name: [cell] for name, cell in lead.items()},
        custom_headers={"X-Lead": value},
        **parts,
    )[0]
    if isinstance(found, RenderError):
        return f"{type(found).__name__}: {found}"
    return found.headers


@pytest.fixture(scope="session")
def make_renderer() -> Callable[..., Renderer]:
    """Return the maker of a renderer: columns, then properties of the webhook."""
    return _make_renderer


@pytest.fixture(scope="session")
def make_block() -> Callable[..., LeadBlock]:
    """Return the maker of a block from values by column."""
    return _make_block


@pytest.fixture(scope="session")
def render() -> Callable[..., list[Request | RenderError]]:
    """Return the renderer of values by column: a request or an error for each lead."""
    return _render


@pytest.fixture(scope="session")
def render_body() -> Callable[..., bytes | str]:
    """Return the renderer of one lead to its body, or to the error's text."""
    return _render_body


@pytest.fixture(scope="session")
def render_target() -> Callable[..., bytes | str]:
    """Return the renderer of one lead to its target, or to the error's text."""
    return _render_target


@pytest.fixture(scope="session")
def render_header() -> Callable[..., object]:
    """Return the renderer of one lead to its headers, or to the error's text."""
    return _render_header
