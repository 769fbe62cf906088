"""Presets name their source, and compare the same webhook with each caller."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.presets import PRESETS, Preset, compare_presets

COLUMNS = {
    "preset": "string",
    "connections": "Int64",
    "timeout_s": "float64",
    "max_calls_per_s": "float64",
    "makespan_p05_s": "float64",
    "makespan_p50_s": "float64",
    "makespan_p95_s": "float64",
    "makespan_p95_pessimistic_s": "float64",
    "takes": "string",
    "extrapolated": "boolean",
    "retries": "string",
    "source": "string",
    "source_date": "string",
    "note": "string",
}


def test_the_same_webhook_with_each_caller() -> None:
    """50 ms calls, 100,000 leads: by connections or by rate, and your own."""
    own = Preset("mine", connections=50, timeout_s=10.0)
    frame = compare_presets([50.0] * 200, 100_000, own=own)
    assert {str(name): str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS
    takes = dict(zip(frame["preset"], frame["makespan_p50_s"], strict=True))
    assert takes == {
        "Adobe's example": 5000.0,
        "Marketo": 250.0,
        "HubSpot workflows": pytest.approx(5000.0, rel=1e-4),
        "API with a rate limit": pytest.approx(9998.0, rel=1e-4),
        "mine": 100.0,
    }
    assert frame["takes"].tolist()[:2] == ["1.39 hours", "4.17 minutes"]


def test_a_caller_beyond_the_measured_concurrency_has_a_range() -> None:
    """What was measured one at a time does not tell Marketo's time."""
    frame = compare_presets(
        [50.0] * 200, 100_000, presets=PRESETS[:3], measured_connections=1
    )
    assert frame["extrapolated"].tolist() == [False, True, False]
    assert frame["takes"].iloc[1] == "4.17 minutes to 1.39 hours"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_names_its_source(preset: Preset) -> None:
    """Each figure can be looked up; a date is a date."""
    assert len(preset.source) > 20
    if preset.source_date:
        datetime.date.fromisoformat(preset.source_date)


def test_marketo_is_as_documented() -> None:
    """20 connections over all webhooks, 30 s, no retry, trigger campaigns."""
    marketo = next(preset for preset in PRESETS if preset.name == "Marketo")
    assert (marketo.connections, marketo.timeout_s) == (20, 30.0)
    assert marketo.retries == "none"
    assert "trigger campaigns only" in marketo.note


def test_a_caller_without_any_limit_is_refused() -> None:
    """Connections or a rate must be given."""
    with pytest.raises(InvalidPlan, match="preset 'x': neither connections nor"):
        Preset("x")


def test_no_preset_is_an_empty_frame() -> None:
    """Nothing to compare has the columns and no row."""
    frame = compare_presets([50.0, 60.0], 100, presets=())
    pd.testing.assert_index_equal(frame.columns, pd.Index(list(COLUMNS)))
    assert frame.empty
