"""What the options past Marketo let a response write."""

from collections.abc import Callable
from datetime import UTC

import pytest

from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.outcome import Change
from nbwebhook.mapping.targets import resolve_targets
from nbwebhook.transport.base import Response, Timing

make: Callable[..., Webhook] = Webhook
FIELDS = {
    "Tier": "integer",
    "Price": "currency",
    "Notes": "text_area",
    "Vip": "boolean",
}
RELATIVE = {"relative_scores": True}
NUMBERS = {"json_text_numbers": True}
CUT = {"cut_long_text": True}
CLEARS = {"null_clears": True}
MISFIT = "a text that does not fit; a field of type {} takes a {}number"


def _change(
    body: bytes,
    field: str,
    old: str | None,
    beyond: dict[str, bool],
    kind: str = "JSON",
) -> Change:
    hook = make(
        url="https://a.test/",
        response_type=kind,
        response_mappings={"r.v" if kind == "XML" else "v": field},
        beyond=beyond,
    )
    targets = resolve_targets(hook, columns={}, fields=Fields(FIELDS), key_column=None)
    response = Response(200, "OK", (), body, timing=Timing())
    [change] = Mapper(hook, targets, zone=UTC).map_response(response, [old]).changes
    return change


@pytest.mark.parametrize(
    ("body", "old", "facts"),
    [
        pytest.param(b'{"v": "+5"}', "10", ("written", 15, "relative score"), id="up"),
        pytest.param(b'{"v": "-5"}', "10", ("written", 5, "relative score"), id="down"),
        pytest.param(b'{"v": " +5 "}', None, ("written", 5, "relative score"), id="empty"),
        pytest.param(b'{"v": -5}', "10", ("written", -5, ""), id="a-number-is-absolute"),
        pytest.param(
            b'{"v": "+0"}', "10", ("unchanged", None, "the field has this value already"),
            id="by-nothing",
        ),
        pytest.param(
            b'{"v": "5"}', "10",
            ("type_mismatch", None, MISFIT.format("score", "whole ")), id="no-sign",
        ),
        pytest.param(
            b'{"v": "+5.5"}', "10",
            ("type_mismatch", None, MISFIT.format("score", "whole ")), id="fraction",
        ),
        pytest.param(
            b'{"v": "+5"}', "high",
            ("type_mismatch", None, "the present score is no whole number to count from"),
            id="from-text",
        ),
        pytest.param(
            b'{"v": "+1"}', "2147483647",
            ("type_mismatch", None,
             "outside the signed 32 bits that a field of type score has"),
            id="past-32-bits",
        ),
    ],
)  # fmt: skip
def test_a_score_may_be_relative(
    body: bytes, old: str | None, facts: tuple[str, object, str]
) -> None:
    """A text with a sign moves the present score; anything else is as without it."""
    change = _change(body, "LeadScore", old, RELATIVE)
    assert (str(change.fate), change.new_value, change.reason) == facts


def test_a_score_of_xml_may_be_relative_too() -> None:
    """In XML all is text, and the sign tells."""
    for text, wanted in ((b"+5", 15), (b"5", 5), (b"-5", 5)):
        change = _change(
            b"<r><v>" + text + b"</v></r>", "LeadScore", "10", RELATIVE, "XML"
        )
        assert change.new_value == wanted


def test_only_score_fields_are_relative() -> None:
    """An integer field takes no signed text, and a text field keeps it as text."""
    assert str(_change(b'{"v": "+5"}', "Tier", "1", RELATIVE).fate) == "type_mismatch"
    assert _change(b'{"v": "+5"}', "City", "1", RELATIVE).new_value == "+5"


@pytest.mark.parametrize(
    ("body", "field", "facts"),
    [
        pytest.param(b'{"v": "42"}', "Tier", ("written", "42"), id="integer"),
        pytest.param(b'{"v": " 42 "}', "Tier", ("written", "42"), id="spaces"),
        pytest.param(b'{"v": "1.50"}', "Price", ("written", "1.50"), id="currency"),
        pytest.param(
            b'{"v": "42.5"}', "Tier", ("type_mismatch", "None"), id="fraction"
        ),
        pytest.param(b'{"v": "many"}', "Tier", ("type_mismatch", "None"), id="word"),
        pytest.param(b'{"v": ""}', "Tier", ("type_mismatch", "None"), id="no-text"),
        pytest.param(b'{"v": " "}', "Tier", ("type_mismatch", "None"), id="blank"),
        pytest.param(b'{"v": "true"}', "Vip", ("type_mismatch", "None"), id="boolean"),
        pytest.param(b'{"v": "42"}', "City", ("written", "42"), id="text-field"),
        pytest.param(b'{"v": 42}', "Tier", ("written", "42"), id="number"),
        pytest.param(b'{"v": null}', "Tier", ("null", "None"), id="null"),
        pytest.param(b'{"v": [1]}', "Tier", ("not_scalar", "None"), id="list"),
    ],
)
def test_a_number_may_come_as_json_text(
    body: bytes, field: str, facts: tuple[str, str]
) -> None:
    """Only into number fields, and only text that is a number."""
    change = _change(body, field, None, NUMBERS)
    assert (str(change.fate), str(change.new_value)) == facts


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        pytest.param("City", "x" * 256, "x" * 255, id="string"),
        pytest.param("City", "é" * 300, "é" * 255, id="characters-count"),
        pytest.param("Notes", "é" * 20_000, "é" * 15_000, id="bytes-count-in-an-area"),
        pytest.param(
            "Notes", "x" + "é" * 15_000, "x" + "é" * 14_999, id="no-half-letter"
        ),
    ],
)
def test_long_text_may_be_cut(field: str, sent: str, kept: str) -> None:
    """To the field's limit, whole characters only, and the change says so."""
    change = _change(f'{{"v": "{sent}"}}'.encode(), field, None, CUT)
    assert (str(change.fate), change.new_value) == ("written", kept)
    assert change.reason == "cut to what the field holds"


@pytest.mark.parametrize("field", ["City", "Notes"])
def test_long_text_that_no_field_can_hold_is_not_cut(field: str) -> None:
    """U+0000 stays refused, however short the rest."""
    body = b'{"v": "\\u0000' + b"x" * 40_000 + b'"}'
    assert str(_change(body, field, None, CUT).fate) == "type_mismatch"


def test_a_long_number_is_not_cut() -> None:
    """The digits of a number are no text to cut."""
    body = b'{"v": ' + b"1" * 300 + b"}"
    assert str(_change(body, "City", None, CUT).fate) == "too_long"


@pytest.mark.parametrize(
    ("body", "kind", "field"),
    [
        pytest.param(b'{"v": null}', "JSON", "City", id="json-text"),
        pytest.param(b'{"v": null}', "JSON", "LeadScore", id="json-number"),
        pytest.param(b'{"v": null}', "JSON", "Free", id="json-no-type"),
        pytest.param(b"<r><v/></r>", "XML", "City", id="xml-text"),
        pytest.param(b"<r><v> </v></r>", "XML", "LeadScore", id="xml-number"),
    ],
)
def test_null_may_clear_a_field(body: bytes, kind: str, field: str) -> None:
    """Where there was a value it is written empty; where there was none it is unchanged."""
    change = _change(body, field, "old", CLEARS, kind)
    assert (str(change.fate), change.new_value) == ("written", None)
    assert change.reason == "null in the response clears the field"
    assert str(_change(body, field, None, CLEARS, kind).fate) == "unchanged"
    assert str(_change(body, field, "old", CUT, kind).fate) == "null"


def test_a_missing_value_clears_nothing() -> None:
    """Only a null that is there does."""
    assert str(_change(b"{}", "City", "old", CLEARS).fate) == "missing"


def test_an_empty_text_of_json_is_written_as_ever() -> None:
    """It is a text and no null."""
    change = _change(b'{"v": ""}', "City", "old", CLEARS)
    assert (str(change.fate), change.new_value, change.reason) == ("written", "", "")
