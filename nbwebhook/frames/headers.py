"""The rules that the names of columns keep, whatever the leads come from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from nbwebhook.definition.fields import fold_name
from nbwebhook.errors import DuplicateColumn, UnreadableList

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FRAME", "check_header", "column_names"]

FRAME = "the leads frame"
"""What a message calls a frame that came without a file."""

_EMAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def check_header(source: str, names: Sequence[str], line: int | None = None) -> None:
    """Refuse the first row of a file if it cannot be the names of its columns.

    Names that differ by case or outer spaces only are the same name, since tokens are
    matched without these.

    Args:
        source: The file, as messages call it.
        names: The cells of the first row, as written.
        line: Where the row starts.

    Raises:
        UnreadableList: A name is empty, or the row is a lead and not a header.
        DuplicateColumn: Two columns have the same name.
    """
    for position, name in enumerate(names, start=1):
        if not name.strip():
            problem = f"column {position} of {len(names)} has no name; give it one"
            raise UnreadableList(source, problem, line)
    if _is_a_lead(names):
        problem = (
            "the first row holds values, not the names of the columns; put a line with "
            "the names above it"
        )
        raise UnreadableList(source, problem, line)
    by_name: dict[str, list[str]] = {}
    for name in names:
        by_name.setdefault(fold_name(name), []).append(name)
    repeated = [name for alike in by_name.values() if len(alike) > 1 for name in alike]
    if repeated:
        raise DuplicateColumn(source, tuple(dict.fromkeys(repeated)))


def _is_a_lead(names: Sequence[str]) -> bool:
    cells = [name.strip() for name in names]
    return any(map(_EMAIL_ADDRESS.fullmatch, cells)) or all(
        map(_NUMBER.fullmatch, cells)
    )


def column_names(leads: pd.DataFrame) -> tuple[str, ...]:
    """Return the names of a frame's columns if a token can name every one of them.

    Names that differ by case only may stand side by side in a frame; a token that fits
    both is an error where it is used.

    Raises:
        UnreadableList: Columns have several levels, or a name is empty or not text.
        DuplicateColumn: Two columns have the same name.

    Example:
        >>> import pandas as pd
        >>> column_names(pd.DataFrame({"Id": [1], "Email Address": ["a@example.com"]}))
        ('Id', 'Email Address')
    """
    import pandas as pd  # noqa: PLC0415 - the header of a file needs no frames

    if isinstance(leads.columns, pd.MultiIndex):
        problem = (
            f"the columns have {leads.columns.nlevels} levels and need names of one; "
            'flatten them: leads.columns = leads.columns.map(" ".join)'
        )
        raise UnreadableList(FRAME, problem)
    names = [_text_name(p, name) for p, name in enumerate(leads.columns, start=1)]
    repeated = tuple(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise DuplicateColumn(FRAME, repeated)
    return tuple(names)


def _text_name(position: int, name: Hashable) -> str:
    if isinstance(name, str) and name.strip():
        return name
    import pandas as pd  # noqa: PLC0415 - as above

    if isinstance(name, str) or pd.Series([name], dtype=object).isna().item():
        raise UnreadableList(FRAME, f"column {position} has no name; give it one")
    problem = (
        f"column {position} is called {name!r} of type {type(name).__name__}, and a "
        "token needs text; name it, or all: leads.columns = leads.columns.map(str)"
    )
    raise UnreadableList(FRAME, problem)
