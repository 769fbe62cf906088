"""Values to pixels, and round values on the axes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.display.axes import spread
from nbwebhook.display.scales import (
    Scale,
    clean_values,
    count_ticks,
    duration_ticks,
    log_duration_ticks,
    widen,
)

_POSITIVE = st.floats(min_value=1e-6, max_value=1e12)


@pytest.mark.parametrize(
    ("scale", "value", "pixel"),
    [
        pytest.param(Scale(0, 10, 100, 200), 5, 150, id="linear"),
        pytest.param(Scale(0, 10, 200, 100), 5, 150, id="upwards"),
        pytest.param(Scale(1, 100, 0, 200, is_log=True), 10, 100, id="logarithmic"),
        pytest.param(Scale(0, 10, 100, 200), 99, 200, id="above-is-at-the-edge"),
        pytest.param(Scale(1, 9, 0, 200, is_log=True), 0, 0, id="nought-on-a-log-axis"),
        pytest.param(Scale(5, 5, 100, 200), 5, 100, id="no-extent"),
    ],
)
def test_a_value_has_its_pixel(scale: Scale, value: float, pixel: float) -> None:
    """A scale places values, those outside at its edge."""
    assert scale.place(value) == pytest.approx(pixel)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        pytest.param(0, 3, (0, 1, 2, 3), id="never-between-whole-numbers"),
        pytest.param(0, 87, (0, 20, 40, 60, 80), id="twenties"),
        pytest.param(0, 1_251, (0, 500, 1_000), id="five-hundreds"),
        pytest.param(7, 7, (7,), id="no-extent"),
    ],
)
def test_counts_have_round_ticks(
    low: float, high: float, ticks: tuple[float, ...]
) -> None:
    """Ticks of a count are whole and 1-2-5 apart."""
    assert count_ticks(low, high) == ticks


@pytest.mark.parametrize(
    ("high_s", "step_s"),
    [
        pytest.param(0.087, 0.02, id="milliseconds"),
        pytest.param(8.3, 2, id="seconds"),
        pytest.param(55, 10, id="tens-of-seconds"),
        pytest.param(80, 15, id="quarter-minutes"),
        pytest.param(25 * 60, 5 * 60, id="five-minutes"),
        pytest.param(5 * 3600, 3600, id="hours"),
        pytest.param(3 * 86_400, 12 * 3600, id="half-days"),
        pytest.param(500 * 86_400, 100 * 86_400, id="hundred-days"),
    ],
)
def test_time_is_marked_where_people_mark_it(high_s: float, step_s: float) -> None:
    """Ticks of a time axis are those of a clock, not of powers of ten."""
    ticks = duration_ticks(0, high_s)
    assert np.diff(ticks) == pytest.approx(step_s)
    assert ticks[0] == 0


def test_a_time_axis_without_extent_has_one_tick() -> None:
    """One moment is one tick."""
    assert duration_ticks(3, 3) == (3,)


@given(_POSITIVE, _POSITIVE)
def test_ticks_lie_on_the_axis_and_are_few(one: float, other: float) -> None:
    """However far apart the ends are, ticks lie between them and stay readable."""
    low, high = sorted((one, other))
    for ticks in (duration_ticks(low, high), count_ticks(low, high)):
        assert len(ticks) <= 8
        edge = 1e-6 * high
        assert all(low - edge <= tick <= high + edge for tick in ticks)
    wide_low, wide_high = widen(low, high, factor=10)
    log_ticks = log_duration_ticks(wide_low, wide_high)
    assert 1 <= len(log_ticks) <= 8
    assert list(log_ticks) == sorted(log_ticks)


@pytest.mark.parametrize(
    ("low_s", "high_s", "ticks"),
    [
        pytest.param(0.01, 1, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1), id="two-decades"),
        pytest.param(0.004, 40, (0.01, 0.1, 1, 10), id="four-decades"),
        pytest.param(50, 7_500, (60, 120, 300, 600, 1_800, 3_600, 7_200), id="clock"),
    ],
)
def test_a_logarithmic_time_axis_has_known_marks(
    low_s: float, high_s: float, ticks: tuple[float, ...]
) -> None:
    """A short axis has 1-2-5 or clock marks, a long one powers of ten."""
    assert log_duration_ticks(low_s, high_s) == pytest.approx(ticks)


@given(_POSITIVE, _POSITIVE)
def test_a_widened_range_holds_what_it_held(one: float, other: float) -> None:
    """Widening never moves an end inwards, and reaches the factor."""
    low, high = sorted((one, other))
    wide_low, wide_high = widen(low, high, factor=10)
    assert wide_low <= low
    assert wide_high >= high
    assert wide_high / wide_low >= 10 * (1 - 1e-9)


def test_what_cannot_be_drawn_is_left_out() -> None:
    """Values that are not finite or below zero do not reach a picture."""
    values = [1.5, math.nan, -1.0, math.inf, 0.0, -math.inf]
    assert clean_values(values).tolist() == [1.5, 0.0]


@given(
    st.lists(st.floats(min_value=0, max_value=100), max_size=6).map(sorted),
)
def test_spread_labels_never_overlap(places: list[float]) -> None:
    """Labels keep their order, their distance and the room they have."""
    moved = spread(places, apart=10, low=0, high=100)
    assert len(moved) == len(places)
    assert all(b - a >= 10 - 1e-9 for a, b in itertools.pairwise(moved))
    assert all(-1e-9 <= place <= 100 for place in moved)
