"""What became of the leads, as one bar."""

from __future__ import annotations

from typing import Any

from lxml import etree

from nbwebhook.display.charts import outcome_chart

_SVG = "{http://www.w3.org/2000/svg}"


def _parse(svg: str) -> Any:  # noqa: ANN401 - lxml has no types
    return etree.fromstring(svg.encode())


def _words(svg: str) -> list[str]:
    """Return every text that is drawn."""
    return [element.text for element in _parse(svg).iter(f"{_SVG}text")]


def _hints(svg: str) -> list[str]:
    """Return what is told when the mouse rests on a mark."""
    return [element.text for element in _parse(svg).iter(f"{_SVG}title")][1:]


def _description(svg: str) -> str:
    return str(_parse(svg).find(f"{_SVG}desc").text)


def test_outcomes_are_told_in_words_and_textures() -> None:
    """Each part has a word with count and share, and a texture of its own."""
    svg = outcome_chart({"unknown": 2, "failed": 8, "updated": 90, "skipped": 0})
    assert _words(svg)[1:] == [
        "100 leads, updated 90 (90 %)",
        "updated 90 (90 %)",
        "failed 8 (8 %)",
        "unknown 2 (2 %)",
    ]
    assert _hints(svg) == ["updated 90 (90 %)", "failed 8 (8 %)", "unknown 2 (2 %)"]
    assert _description(svg) == (
        "100 leads: updated 90 (90 %), failed 8 (8 %), unknown 2 (2 %)"
    )
    patterns = [p.get("id") for p in _parse(svg).iter(f"{_SVG}pattern")]
    assert len(patterns) == len(set(patterns)) == 2


def _bar_widths(svg: str) -> list[float]:
    bars = [r for r in _parse(svg).iter(f"{_SVG}rect") if r.get("y") == "62"]
    return [float(bar.get("width")) for bar in bars]


def test_one_failure_among_a_million_can_be_seen() -> None:
    """The smallest part has a width, and the parts never run over."""
    widths = _bar_widths(outcome_chart({"updated": 999_999, "failed": 1, "unknown": 1}))
    assert min(widths) >= 1.5
    assert sum(widths) <= 688


def test_two_pictures_on_a_page_share_no_id() -> None:
    """Textures of one picture do not depend on another that may be hidden."""
    ids = [
        {
            p.get("id")
            for p in _parse(outcome_chart({"failed": n})).iter(f"{_SVG}pattern")
        }
        for n in (1, 2)
    ]
    assert ids[0].isdisjoint(ids[1])


def test_an_outcome_that_nobody_knows_is_shown_by_name() -> None:
    """A word from elsewhere is grey, comes last and says its name."""
    words = _words(outcome_chart({"mystery": 1, "failed": 1}))
    assert words[2:] == ["failed 1 (50 %)", "mystery 1 (50 %)"]
