"""The rules that the names of a frame's columns keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

import pandas as pd

from nbwebhook.errors import DuplicateColumn, UnreadableList

__all__ = ["FRAME", "column_names"]

FRAME = "the leads frame"
"""What a message calls a frame that came without a file."""


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
    if isinstance(name, str) or pd.Series([name], dtype=object).isna().item():
        raise UnreadableList(FRAME, f"column {position} has no name; give it one")
    problem = (
        f"column {position} is called {name!r} of type {type(name).__name__}, and a "
        "token needs text; name it, or all: leads.columns = leads.columns.map(str)"
    )
    raise UnreadableList(FRAME, problem)
