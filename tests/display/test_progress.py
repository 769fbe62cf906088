"""A run under way, as a bar with words."""

from __future__ import annotations

import re

import pytest
from lxml import html as lxml_html

from nbwebhook.display.progress import ProgressFacts, progress_html


def _body(facts: ProgressFacts) -> str:
    return re.sub(r"<style>.*?</style>\n?", "", progress_html(facts), flags=re.DOTALL)


def test_the_bar_carries_its_numbers_in_words() -> None:
    """Everything that the bar shows can be read, and nothing else is in it."""
    facts = ProgressFacts(
        done=50,
        total=200,
        in_flight=4,
        updated=48,
        failed=2,
        elapsed_s=5,
        leads_per_s=10.4,
        left_s=15,
    )
    assert _body(facts) == (
        '<div class="nbw-page nbw-progress">\n'
        '<div><progress class="nbw-bar" max="200" value="50" aria-label="leads done">'
        "</progress> <strong>50 of 200 leads (25 %)</strong>, 10 leads/s, 15 s left"
        "</div>\n"
        '<div class="nbw-muted">48 updated, 2 failed; 4 in flight</div>\n'
        "</div>"
    )


@pytest.mark.parametrize(
    ("facts", "value", "most"),
    [
        pytest.param(ProgressFacts(), "0", "1", id="nothing-known"),
        pytest.param(ProgressFacts(done=7), "0", "1", id="total-not-known"),
        pytest.param(ProgressFacts(done=9, total=6), "6", "6", id="never-over-full"),
    ],
)
def test_the_bar_is_never_over_full(
    facts: ProgressFacts, value: str, most: str
) -> None:
    """The bar stays within its ends whatever the numbers are."""
    bar = lxml_html.fromstring(progress_html(facts)).find(".//progress")
    assert (bar.get("value"), bar.get("max")) == (value, most)


def test_a_run_without_an_outcome_says_so() -> None:
    """Before the first outcome the second line is not empty."""
    assert "no outcome yet" in progress_html(ProgressFacts(total=3))


def test_progress_is_small_enough_for_ten_a_second() -> None:
    """One update is a few kilobytes at most."""
    facts = ProgressFacts(10**7, 10**7, 10**4, *(10**6,) * 6)
    assert len(progress_html(facts)) < 3_000
