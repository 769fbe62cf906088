"""Help that keeps its examples as they are written."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import click

__all__ = ["Story", "Taught"]

_KEPT = "\b\n"
"""Click's sign that a paragraph is not to be filled anew."""


def _keep_examples(text: str | None) -> str | None:
    """Mark the paragraphs of a help text that have an indented line."""
    if text is None:
        return None
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(
        _KEPT + one if "\n  " in f"\n{one}" else one for one in paragraphs
    )


class Taught(click.Command):
    """A command whose docstring shows how it is used."""

    def __init__(
        self,
        name: str | None = None,
        *,
        help: str | None = None,  # noqa: A002 - as click calls it
        **parts: Any,  # noqa: ANN401 - passed on as they are
    ) -> None:
        super().__init__(name, help=_keep_examples(help), **parts)


class Story(click.Group):
    """A group that lists its commands in the order in which one meets them."""

    command_class = Taught

    def __init__(
        self,
        name: str | None = None,
        *,
        help: str | None = None,  # noqa: A002 - as click calls it
        **parts: Any,  # noqa: ANN401 - passed on as they are
    ) -> None:
        super().__init__(name, help=_keep_examples(help), **parts)

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order in which they were added."""
        return list(self.commands)
