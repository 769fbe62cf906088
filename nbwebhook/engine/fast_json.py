"""The JSON of the extra `fast`, where it is installed."""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import Any

__all__ = ["orjson"]

orjson: Any = None
"""The package, or None without it; whoever asks keeps a way that needs none."""

with suppress(ImportError):
    orjson = importlib.import_module("orjson")
