"""What is done with warnings while others' code runs."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

__all__ = ["warnings_taken"]

_filters = threading.Lock()


@contextmanager
def warnings_taken(
    action: Literal["error", "ignore"], category: type[Warning] = Warning
) -> Iterator[None]:
    """Have warnings of a category raise, or go unheard, in this stretch of code.

    Their filters are one for all threads: where two changed them at a time, one of them
    would put the other's back for good.

    Example:
        >>> import warnings
        >>> with warnings_taken("ignore"):
        ...     warnings.warn("a part of the workbook holds no cells")
    """
    with _filters, warnings.catch_warnings(action=action, category=category):
        yield
