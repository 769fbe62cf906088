"""The one door to Jinja: autoescape on, hidden characters shown, no exception to it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from .text import control_parts, format_count, shorten, show_controls

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["BODY_LIMIT", "data_uri", "render_template", "style_hash"]

BODY_LIMIT = 20_000
"""So many characters of a body are shown; a page says how many more there are."""


def _show(value: object) -> str:
    """Return what an expression of a template may put out: plain text, never markup.

    Even a value that says of itself that it is safe HTML is taken for text, so that no
    cell of a frame can bring its own.
    """
    return show_controls(str(value))


def data_uri(svg: str) -> str:
    """Return an SVG picture as the `src` of an `<img>`, where no script of it runs."""
    encoded = base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
    return f"data:image/svg+xml;base64,{encoded}"


def text_lines(text: str) -> Iterator[str]:
    r"""Yield the lines of `text` without their newline; a carriage return stays.

    Example:
        >>> list(text_lines("a\r\nb"))
        ['a\r', 'b']
    """
    yield from text.split("\n")


@cache
def _environment() -> Environment:
    from jinja2 import (  # noqa: PLC0415 - a run that shows no page need not wait for it
        Environment,
        PackageLoader,
        StrictUndefined,
    )

    environment = Environment(
        loader=PackageLoader("nbwebhook.display"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_show,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        control_parts=control_parts,
        data_uri=data_uri,
        format_count=format_count,
        shorten=shorten,
        text_lines=text_lines,
    )
    environment.globals["body_limit"] = BODY_LIMIT
    return environment


def render_template(name: str, **facts: object) -> str:
    """Return the template `name` of this package filled with `facts`."""
    return _environment().get_template(name).render(**facts)


@cache
def style_hash(name: str) -> str:
    """Return the CSP source that permits the style sheet `name` and no other."""
    digest = hashlib.sha256(render_template(name).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
