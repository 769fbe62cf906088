"""The small parts that pictures are made of."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.display.charts.quantiles import Quantile, find_quantile, thin_ecdf
from nbwebhook.display.svg import fit_words, group, path, tag, words_at, words_width


@pytest.mark.parametrize(
    ("made", "svg"),
    [
        pytest.param(tag("g"), "<g/>", id="empty"),
        pytest.param(tag("rect", rx=0.04), '<rect rx="0"/>', id="rounded-number"),
        pytest.param(tag("g", class_="a"), '<g class="a"/>', id="reserved-word"),
        pytest.param(
            tag("g", aria_label='"<&\u202e'),
            '<g aria-label="&quot;&lt;&amp;\\u202e"/>',
            id="attribute-escaped",
        ),
        pytest.param(group(), "", id="empty-group"),
        pytest.param(group(group(), tag("g")), "<g><g/></g>", id="nothing-left-out"),
        pytest.param(
            words_at(1, 2.25, "a<b", role="ink strong"),
            '<text class="nbw-ink nbw-strong" x="1" y="2.2">a&lt;b</text>',
            id="words",
        ),
    ],
)
def test_parts_are_escaped_and_short(made: str, svg: str) -> None:
    """An element is written once, escaped, with one decimal at most."""
    assert made == svg


def test_a_path_joins_its_points() -> None:
    """A path is its points, closed only when asked."""
    assert path([(1, 2), (3.25, 4)]) == "M1 2L3.2 4"


@given(st.text(), st.floats(min_value=20, max_value=600))
def test_fitted_words_fit(words: str, width_px: float) -> None:
    """A text that was cut to a width has that width, up to its ellipsis."""
    assert words_width(fit_words(words, width_px)) <= max(width_px, 2 * 12)


def test_wide_letters_need_more_room() -> None:
    """Chinese letters are as wide as they are high."""
    assert words_width("王小明", 10) == 30
    assert words_width("iii", 10) < words_width("nnn", 10) < words_width("mmm", 10)


def _at_most(rank: int, count: int, share: Fraction) -> Fraction:
    """Return the chance that at most `rank` of `count` values lie below a quantile."""
    return sum(
        (
            math.comb(count, number) * share**number * (1 - share) ** (count - number)
            for number in range(rank + 1)
        ),
        start=Fraction(0),
    )


@pytest.mark.parametrize("count", [1, 5, 10, 100, 200, 300])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99])
def test_quantile_intervals_are_those_of_the_binomial_law(
    count: int, share: float
) -> None:
    """The ranks are the narrowest that leave 2.5 % outside on each side, or none."""
    quantile = find_quantile(np.arange(1.0, count + 1), share)
    exact, tail = Fraction(str(share)), Fraction(1, 40)
    low = int(quantile.low)
    assert low == 0 or _at_most(low - 1, count, exact) <= tail
    assert _at_most(low, count, exact) > tail
    if math.isinf(quantile.high):
        assert _at_most(count - 1, count, exact) < 1 - tail
        return
    high = int(quantile.high)
    assert _at_most(high - 1, count, exact) >= 1 - tail
    assert _at_most(high - 2, count, exact) < 1 - tail


def test_quantile_intervals_of_large_samples_are_those_of_the_normal_law() -> None:
    """The median of 100,000 values lies within 1.96 times 158 ranks."""
    quantile = find_quantile(np.arange(1.0, 100_001), 0.5)
    assert quantile == Quantile(0.5, 50_000, 49_690, 50_311)
    assert quantile.name == "p50"


def test_thinned_curves_keep_both_ends_and_the_tail() -> None:
    """Of many values few are kept, the first, the last and those far apart among them."""
    values = np.concatenate([np.linspace(1, 2, 100_000), [50.0, 75.0, 100.0]])
    kept = thin_ecdf(values, values, 400)
    assert len(kept) <= 400
    assert kept[0] == 0
    assert values[kept][-3:].tolist() == [50.0, 75.0, 100.0]
