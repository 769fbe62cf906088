r"""Cells that a spreadsheet would compute, and the apostrophe that keeps them text.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end for a
formula, and a lead's name may come from anybody who fills in a form. Such a cell gets an
apostrophe in front. A cell that already has apostrophes before such a sign gets one more,
so that what was written can be told: `read_leads(path, excel_safe=True)`, or taking one
apostrophe off every cell that matches `'+[=+\-@...]`, gives the cells as they were.

| cell | written |
| --- | --- |
| `=HYPERLINK("http://x")` | `'=HYPERLINK("http://x")` |
| `'=1` | `''=1` |
| `-5`, `+1.5e3` | as it is: a number |
| `+49 (30) 123-45` | as it is: digits and `().,/-` can compute nothing but themselves |
| `'s-Hertogenbosch` | as it is: the apostrophe stands before a letter |
"""

from __future__ import annotations

import re

__all__ = ["guard_cell", "has_live_cell", "unguard_cell"]

_SIGNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_SIGN = f"[{re.escape(_SIGNS)}]"
_LIVE = re.compile(f"'*{_SIGN}")
_GUARDED = re.compile(f"'+{_SIGN}")
_LIVE_IN_A_COLUMN = re.compile(f"\0'*{_SIGN}")
_HARMLESS = re.compile("[+-][0-9 \xa0\u202f().,/-]*(?:[eE][+-]?[0-9]+)?")


def guard_cell(cell: str) -> str:
    """Return a cell with an apostrophe in front if a spreadsheet would compute it.

    Example:
        >>> [guard_cell(cell) for cell in ("@SUM(A1)", "-5", "+49 30 1234", "'=1")]
        ["'@SUM(A1)", '-5', '+49 30 1234', "''=1"]
    """
    if _LIVE.match(cell) and not _HARMLESS.fullmatch(cell):
        return f"'{cell}"
    return cell


def unguard_cell(cell: str) -> str:
    """Return a cell as it was before `guard_cell`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def has_live_cell(together: str) -> bool:
    """Return whether there is a formula among cells, each of them after a zero."""
    # A search for one character costs next to nothing, and most columns have no sign.
    has_sign = any(sign in together for sign in _SIGNS)
    return has_sign and _LIVE_IN_A_COLUMN.search(together) is not None
