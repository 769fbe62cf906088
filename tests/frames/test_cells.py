"""A value as plain text: what a key is compared by."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from nbwebhook.frames.cells import text_of_value
from nbwebhook.render.leads import Unsendable, Value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("", "", id="empty-text"),
        pytest.param(" a ", " a ", id="text"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(10**20, "1" + "0" * 20, id="int"),
        pytest.param(Decimal("1.10"), "1.10", id="decimal"),
        pytest.param(Decimal("1E-7"), "0.0000001", id="small-decimal"),
        pytest.param(dt.date(2024, 2, 29), "2024-02-29", id="date"),
        pytest.param(
            dt.datetime(2024, 2, 29, 9, tzinfo=dt.UTC),
            "2024-02-29 09:00:00+00:00",
            id="moment",
        ),
        pytest.param(None, None, id="none"),
        pytest.param(Unsendable("no"), None, id="unsendable"),
    ],
)
def test_a_value_has_one_plain_text(value: Value, text: str | None) -> None:
    """None has none, and neither has what cannot be sent."""
    assert text_of_value(value) == text
