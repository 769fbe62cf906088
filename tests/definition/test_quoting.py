"""Where tokens stand in the text round them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.definition.quoting import cdata_places, json_quotings
from nbwebhook.definition.tokens import scan_template

T = "{{lead.X}}"


@pytest.mark.parametrize(
    ("text", "quotings"),
    [
        pytest.param(f'{{"a": {T}}}', ["bare"], id="value"),
        pytest.param(f"{T}", ["bare"], id="alone"),
        pytest.param(f'{{{T}: "{T}"}}', ["bare", "whole"], id="key-and-value"),
        pytest.param(f'"Dear {T}"', ["part"], id="after-text"),
        pytest.param(f'"{T} Inc."', ["part"], id="before-text"),
        pytest.param(f'"{T}{T}"', ["part", "part"], id="two-in-one-string"),
        pytest.param(f'"{T}', ["part"], id="never-closed"),
        pytest.param(f'"a\\"{T}"', ["part"], id="escaped-quote-before"),
        pytest.param(f'"{T}\\""', ["part"], id="escaped-quote-after"),
        pytest.param(f'"a\\\\"{T}', ["bare"], id="escaped-backslash"),
        pytest.param(f'"a"{T}"b"', ["bare"], id="between-strings"),
        pytest.param(f'"{T}", {T}, "{T}"', ["whole", "bare", "whole"], id="several"),
    ],
)
def test_a_token_of_a_json_text_stands_in_a_string_or_not(
    text: str, quotings: list[str]
) -> None:
    """Quotes are counted as JSON does, escapes too."""
    assert json_quotings(scan_template(text)[0].pieces) == quotings


@given(before=st.text(), after=st.text())
def test_a_token_in_a_json_string_is_always_found(before: str, after: str) -> None:
    """Whatever a string holds, a token in it is told from one after it."""
    text = json.dumps([before])[:-2] + T + json.dumps(after)[1:] + "," + T
    pieces = scan_template(text.replace("{{", "{ {").replace("{ {lead.X", "{{lead.X"))
    first, *_, last = json_quotings(pieces[0].pieces)
    assert first != "bare"
    assert last == "bare"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param(f"<a>{T}</a>", [False], id="content"),
        pytest.param(f"<a><![CDATA[{T}]]>{T}</a>", [True, False], id="section"),
        pytest.param(f"<a><![CDATA[ {T} ]] {T}", [True, True], id="not-closed"),
        pytest.param(f"]]><![CDATA[]]>{T}", [False], id="closed-before"),
    ],
)
def test_a_token_stands_in_a_cdata_section_or_not(
    text: str, places: list[bool]
) -> None:
    """A section reaches from its mark to the first `]]>`."""
    assert cdata_places(scan_template(text)[0].pieces) == places
