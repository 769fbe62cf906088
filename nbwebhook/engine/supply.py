"""Leads to jobs: rendered in blocks, handed out one by one and in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from nbwebhook.errors import MissingKey, RenderError
from nbwebhook.render.leads import LeadBlock
from nbwebhook.render.request import Request

__all__ = ["Job", "Rendering", "Supply"]


class Rendering(Protocol):
    """What the supply needs of `render` and `mapping`."""

    def render(self, block: LeadBlock) -> Sequence[Request | RenderError]:
        """Return a request or the reason why there is none, one a lead."""

    def old_texts(self, block: LeadBlock) -> Sequence[Sequence[str | None]]:
        """Return the present value of each mapping's field as text, one a lead."""


class Job:
    """One lead's turn: its position, its request, and what its fields hold now."""

    __slots__ = ("old_texts", "request", "row")

    def __init__(
        self, row: int, request: Request | RenderError, old_texts: Sequence[str | None]
    ) -> None:
        self.row = row
        self.request = request
        self.old_texts = old_texts


class Supply:
    """Renders the next block when the last one is used up: a bounded queue by pull.

    Args:
        blocks: The leads.
        total: How many leads there are in all blocks.
        rendering: Makes requests of them.
        key_column: For the message to a lead without a key.
    """

    def __init__(
        self,
        blocks: Iterator[LeadBlock],
        *,
        total: int,
        rendering: Rendering,
        key_column: str,
    ) -> None:
        self.total = total
        self._blocks = blocks
        self._rendering = rendering
        self._no_key = MissingKey(key_column)
        self._jobs: list[Job] = []
        self.next_row = 0

    @property
    def is_empty(self) -> bool:
        """Whether every lead has been handed out."""
        return self.next_row >= self.total

    def take(self) -> Job | None:
        """Return the next lead's job, or None when there is none left."""
        if not self._jobs and not self._refill():
            return None
        self.next_row += 1
        return self._jobs.pop()

    def _refill(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            self.total = self.next_row
            return False
        requests = self._rendering.render(block)
        old = self._rendering.old_texts(block)
        rows = range(block.first_row, block.first_row + len(block))
        self._jobs = [
            Job(row, request if key is not None else self._no_key, texts)
            for row, key, request, texts in zip(
                rows, block.keys, requests, old, strict=True
            )
        ]
        self._jobs.reverse()
        return True
