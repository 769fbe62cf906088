"""Limits that cannot be are refused before anything starts."""

from __future__ import annotations

from math import inf, nan

import pytest

from nbwebhook.engine.plan import RunPlan
from nbwebhook.errors import InvalidPlan


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        pytest.param("connections", 0, id="no-connection"),
        pytest.param("connections", 1.5, id="a-fraction"),
        pytest.param("connections", True, id="a-boolean"),
        pytest.param("connections", 10_001, id="too-many"),
        pytest.param("timeout_s", 0, id="no-time"),
        pytest.param("timeout_s", -1, id="negative-time"),
        pytest.param("timeout_s", nan, id="nan-time"),
        pytest.param("timeout_s", 3_601, id="too-long"),
        pytest.param("ramp_up_s", -1, id="negative-ramp"),
        pytest.param("ramp_up_s", nan, id="nan-ramp"),
        pytest.param("max_calls_per_s", 0, id="no-rate"),
        pytest.param("max_calls_per_s", inf, id="infinite-rate"),
        pytest.param("max_failures", 0, id="no-failures"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(argument: str, value: float) -> None:
    """The error names the argument."""
    with pytest.raises(InvalidPlan, match=argument):
        RunPlan(**{argument: value})  # type: ignore[arg-type]  # wrong on purpose
