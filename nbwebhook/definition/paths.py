"""The grammar of a response attribute: `orders[0].orderDate` to its steps.

Keys hold letters, digits, '-', '_', ':' and whitespace; an index is a whole number in
square brackets; a top-level array starts with one (marketo.md 7 and 10).
"""

from __future__ import annotations

__all__ = ["InvalidPath", "parse_path"]

_KEYS = "keys are letters, digits, '-', '_', ':' and spaces"
_MAX_PATH = 2_000
_MAX_DIGITS = 9


class InvalidPath(Exception):
    """A response attribute is not of the grammar; an error of this room only."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"


def _is_key_char(char: str) -> bool:
    return char.isalnum() or char in "-_:" or char.isspace()


def _parse_index(text: str, at: int) -> tuple[int, int]:
    end = text.find("]", at)
    digits = text[at + 1 : end] if end > 0 else ""
    if (
        end < 0
        or not (digits.isascii() and digits.isdigit())
        or len(digits) > _MAX_DIGITS
    ):
        raise InvalidPath(
            f"an index at column {at + 1} is not a whole number in brackets",
            "write it like orders[0]",
        )
    return int(digits), end + 1


def _parse_key(text: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] not in ".[":
        if not _is_key_char(text[end]):
            raise InvalidPath(f"{text[end]!r} at column {end + 1}", _KEYS)
        end += 1
    if not text[at:end].strip():
        raise InvalidPath(f"empty key at column {at + 1}", _KEYS)
    return text[at:end], end


def parse_path(text: str) -> tuple[str | int, ...]:
    """Return the steps of a response attribute: keys as text, indexes as numbers.

    Raises:
        InvalidPath: With the column and the remedy.

    Example:
        >>> parse_path("orders[0].orderDate")
        ('orders', 0, 'orderDate')
    """
    if len(text) > _MAX_PATH:
        raise InvalidPath(
            f"{len(text):,} characters long", f"{_MAX_PATH:,} are allowed"
        )
    steps: list[str | int] = []
    at = 0
    wants_key = not text.startswith("[")
    while at < len(text) or wants_key:
        if wants_key:
            key, at = _parse_key(text, at)
            steps.append(key)
        elif text[at] == "[":
            index, at = _parse_index(text, at)
            steps.append(index)
        elif text[at] == ".":
            at += 1
            wants_key = True
            continue
        else:
            raise InvalidPath(f"{text[at]!r} at column {at + 1}", "'.' or '[' follows")
        wants_key = False
    return tuple(steps)
