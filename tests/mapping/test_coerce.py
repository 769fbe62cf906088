"""Response values to field values, by type, and present values compared."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import NotCoercible
from nbwebhook.mapping.coerce import coerce_value, same_value
from nbwebhook.mapping.documents import parse_xml
from nbwebhook.mapping.outcome import Fate, FieldValue

TEXTS = [FieldType.STRING, FieldType.EMAIL, FieldType.PHONE, FieldType.URL]
WHOLES = [FieldType.INTEGER, FieldType.SCORE, FieldType.PERCENT]
FRACTIONS = [FieldType.FLOAT, FieldType.CURRENCY]
DATES = [FieldType.DATE, FieldType.DATETIME]
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def _every(
    types: list[FieldType], name: str, pair: tuple[object, object]
) -> list[tuple[str, FieldType, object, object]]:
    raw, wanted = pair
    return [(f"{kind}-{name}", kind, raw, wanted) for kind in types]


ALL_TEXTS = [*TEXTS, FieldType.TEXT_AREA]
TAKEN_FROM_JSON = [
    *_every(ALL_TEXTS, "text", ("Zoë", "Zoë")),
    *_every(ALL_TEXTS, "empty", ("", "")),
    *_every(ALL_TEXTS, "spaces", ("  a\n ", "  a\n ")),
    *_every(ALL_TEXTS, "whole-number", (42, "42")),
    *_every(ALL_TEXTS, "fraction", (Decimal("1.50"), "1.50")),
    *_every(ALL_TEXTS, "exponent", (Decimal("1E+3"), "1000")),
    *_every(ALL_TEXTS, "long-id", (9007199254740993, "9007199254740993")),
    *_every(ALL_TEXTS, "true", (True, "true")),
    *_every(ALL_TEXTS, "false", (False, "false")),
    *_every(TEXTS, "255-characters", ("é" * 255, "é" * 255)),
    ("text-area-30000-bytes", FieldType.TEXT_AREA, "é" * 15_000, "é" * 15_000),
    ("string-control", FieldType.STRING, "\x01\x7f\u202e", "\x01\x7f\u202e"),
    ("string-emoji", FieldType.STRING, "😀", "😀"),
    *_every(WHOLES, "whole-number", (42, 42)),
    *_every(WHOLES, "zero", (0, 0)),
    *_every(WHOLES, "minus-zero-fraction", (Decimal("-0.0"), 0)),
    *_every(WHOLES, "zero-huge-exponent", (Decimal("0E+999999"), 0)),
    *_every(WHOLES, "integral", (Decimal("1.0"), 1)),
    *_every(WHOLES, "integral-exponent", (Decimal("1.2E+3"), 1200)),
    *_every(WHOLES, "largest", (2147483647, 2147483647)),
    *_every(WHOLES, "smallest", (Decimal("-2147483648.0"), -2147483648)),
    *_every(FRACTIONS, "whole-number", (42, Decimal(42))),
    *_every(FRACTIONS, "fraction", (Decimal("12.50"), Decimal("12.50"))),
    *_every(FRACTIONS, "exact", (Decimal("0.1"), Decimal("0.1"))),
    *_every(FRACTIONS, "tiny", (Decimal("1E-400"), Decimal("1E-400"))),
    *_every(FRACTIONS, "large", (10**308, Decimal(10**308))),
    ("boolean-true", FieldType.BOOLEAN, True, True),
    ("boolean-false", FieldType.BOOLEAN, False, False),
    ("date", FieldType.DATE, "2026-01-02", date(2026, 1, 2)),
    ("datetime", FieldType.DATETIME, "2026-01-02T13:00:00+01:00", NOON),
    ("datetime-no-zone", FieldType.DATETIME, "2026-01-02 12:00:00", NOON),
]


@pytest.mark.parametrize(
    ("field_type", "raw", "wanted"),
    [pytest.param(*row[1:], id=row[0]) for row in TAKEN_FROM_JSON],
)
def test_a_json_value_that_fits_is_taken(
    field_type: FieldType, raw: object, wanted: FieldValue
) -> None:
    """Each type takes its values whole, with the Python type that frames expect."""
    found = coerce_value(raw, field_type, from_xml=False)
    assert repr(found) == repr(wanted)


REFUSED_FROM_JSON = [
    *_every([*FieldType], "null", (None, "null")),
    *_every([*FieldType], "object", ({"a": 1}, "not_scalar")),
    *_every([*FieldType], "list", (["a"], "not_scalar")),
    *_every([*FieldType], "empty-list", ([], "not_scalar")),
    *_every(TEXTS, "256-characters", ("x" * 256, "too_long")),
    *_every(TEXTS, "number-of-256-digits", (10**255, "too_long")),
    ("text-area-over", FieldType.TEXT_AREA, "é" * 15_000 + "x", "too_long"),
    *_every(ALL_TEXTS, "nul", ("a\x00b", "type_mismatch")),
    *_every(ALL_TEXTS, "lone-surrogate", ("é\ud800", "type_mismatch")),
    ("text-area-surrogates", FieldType.TEXT_AREA, "\udfff" * 300, "type_mismatch"),
    *_every(WHOLES + FRACTIONS, "text", ("42", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "empty", ("", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "boolean", (True, "type_mismatch")),
    *_every(WHOLES, "fraction", (Decimal("1.5"), "type_mismatch")),
    *_every(WHOLES, "tiny-fraction", (Decimal("1E-999999999"), "type_mismatch")),
    *_every(WHOLES, "past-32-bits", (2147483648, "type_mismatch")),
    *_every(WHOLES, "past-minus-32-bits", (-2147483649, "type_mismatch")),
    *_every(WHOLES, "far-past-32-bits", (Decimal("1E+308"), "type_mismatch")),
    *_every(FRACTIONS, "past-a-double", (10**309, "type_mismatch")),
    *_every([FieldType.BOOLEAN], "text", ("true", "type_mismatch")),
    *_every([FieldType.BOOLEAN], "one", (1, "type_mismatch")),
    *_every([FieldType.BOOLEAN], "zero", (Decimal(0), "type_mismatch")),
    *_every(DATES, "number", (1767323045, "type_mismatch")),
    *_every(DATES, "boolean", (False, "type_mismatch")),
    *_every(DATES, "empty", ("", "type_mismatch")),
    *_every(DATES, "no-date", ("soon", "type_mismatch")),
    *_every(DATES, "no-such-day", ("2026-02-30", "type_mismatch")),
    ("date-with-time", FieldType.DATE, "2026-01-02T00:00:00Z", "type_mismatch"),
]


@pytest.mark.parametrize(
    ("field_type", "raw", "fate"),
    [pytest.param(*row[1:], id=row[0]) for row in REFUSED_FROM_JSON],
)
def test_a_json_value_that_does_not_fit_has_a_fate_and_a_reason(
    field_type: FieldType, raw: object, fate: str
) -> None:
    """Nothing is cut, rounded or guessed."""
    with pytest.raises(NotCoercible, match=r"\w+ \w+") as caught:
        coerce_value(raw, field_type, from_xml=False)
    assert Fate(caught.value.fate) == fate


@pytest.mark.parametrize("from_xml", [True, False])
@pytest.mark.parametrize("raw", ["Canary4711" * 4_000, "Canary4711\x00"])
@pytest.mark.parametrize("field_type", [*FieldType])
def test_no_reason_holds_the_value(
    *, raw: str, field_type: FieldType, from_xml: bool
) -> None:
    """A reason is the same sentence for every lead, so it cannot leak a value."""
    with pytest.raises(NotCoercible) as caught:
        coerce_value(raw, field_type, from_xml=from_xml)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param(
            "42", "a text that does not fit; a field of type integer takes a "
        ),
        pytest.param(
            True, "a boolean that does not fit; a field of type integer takes"
        ),
        pytest.param(
            Decimal("1.5"), "a number with a fraction; a field of type integer"
        ),
        pytest.param(
            1 << 40, "outside the signed 32 bits that a field of type integer"
        ),
        pytest.param({}, "an object; name one of its keys"),
        pytest.param([], r"a list; name one by its index, as in \[0\]"),
        pytest.param(None, "null in the response; the field stays"),
    ],
)
def test_the_reason_names_the_type_and_the_remedy(raw: object, problem: str) -> None:
    """What was found and what was wanted stand in the reason."""
    with pytest.raises(NotCoercible, match=problem):
        coerce_value(raw, FieldType.INTEGER, from_xml=False)


TAKEN_FROM_XML = [
    *_every(ALL_TEXTS, "text", ("42", "42")),
    *_every(ALL_TEXTS, "spaces", (" a\n", " a\n")),
    *_every(WHOLES, "whole-number", ("42", 42)),
    *_every(WHOLES, "spaces", ("\n  42 ", 42)),
    *_every(WHOLES, "minus", ("-7", -7)),
    *_every(WHOLES, "leading-zeros", ("007", 7)),
    *_every(WHOLES, "integral", ("1.0", 1)),
    *_every(WHOLES, "integral-exponent", ("1e3", 1000)),
    ("integer-plus", FieldType.INTEGER, "+5", 5),
    *_every(FRACTIONS, "fraction", (" 12.50 ", Decimal("12.50"))),
    *_every(FRACTIONS, "point-first", (".5", Decimal("0.5"))),
    *_every(FRACTIONS, "point-last", ("5.", Decimal(5))),
    *_every(FRACTIONS, "plus", ("+1.5e-3", Decimal("0.0015"))),
    ("boolean-true", FieldType.BOOLEAN, "true", True),
    ("boolean-upper", FieldType.BOOLEAN, " TRUE ", True),
    ("boolean-one", FieldType.BOOLEAN, "1", True),
    ("boolean-false", FieldType.BOOLEAN, "False", False),
    ("boolean-zero", FieldType.BOOLEAN, "0", False),
    ("date", FieldType.DATE, "\n2026-01-02\n", date(2026, 1, 2)),
    ("datetime", FieldType.DATETIME, " 2026-01-02T12:00:00Z ", NOON),
]


@pytest.mark.parametrize(
    ("field_type", "raw", "wanted"),
    [pytest.param(*row[1:], id=row[0]) for row in TAKEN_FROM_XML],
)
def test_xml_text_that_fits_is_taken(
    field_type: FieldType, raw: object, wanted: FieldValue
) -> None:
    """The field's type decides what a text means."""
    found = coerce_value(raw, field_type, from_xml=True)
    assert repr(found) == repr(wanted)


ELEMENT = parse_xml(b"<a><b/></a>").root
REFUSED_FROM_XML = [
    *_every([*FieldType], "empty", ("", "null")),
    *_every([*FieldType], "element", (ELEMENT, "not_scalar")),
    *_every([*FieldType], "several", ([ELEMENT, ELEMENT], "not_scalar")),
    *_every([*WHOLES, *FRACTIONS, FieldType.BOOLEAN], "spaces", (" \n", "null")),
    *_every(TEXTS, "256-characters", ("x" * 256, "too_long")),
    *_every(WHOLES, "fraction", ("1.5", "type_mismatch")),
    *_every(WHOLES, "past-32-bits", ("2147483648", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "word", ("many", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "hex", ("0x1F", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "thousands", ("1,000", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "currency-sign", ("$5", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "nan", ("NaN", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "infinity", ("INF", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "other-digits", ("\uff14\uff12", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "641-digits", ("1" * 641, "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "past-a-double", ("1e400", "type_mismatch")),
    *_every(WHOLES + FRACTIONS, "huge-exponent", ("1e9999", "type_mismatch")),
    ("score-relative", FieldType.SCORE, "+5", "type_mismatch"),
    ("boolean-yes", FieldType.BOOLEAN, "yes", "type_mismatch"),
    ("boolean-two", FieldType.BOOLEAN, "2", "type_mismatch"),
    *_every(DATES, "no-date", ("02.01.2026", "type_mismatch")),
]


@pytest.mark.parametrize(
    ("field_type", "raw", "fate"),
    [pytest.param(*row[1:], id=row[0]) for row in REFUSED_FROM_XML],
)
def test_xml_text_that_does_not_fit_has_a_fate(
    field_type: FieldType, raw: object, fate: str
) -> None:
    """An empty element is null, and text that is not of the type is refused."""
    with pytest.raises(NotCoercible, match=r"\w+ \w+") as caught:
        coerce_value(raw, field_type, from_xml=True)
    assert Fate(caught.value.fate) == fate


@pytest.mark.parametrize(
    "raw", ["a", "", "x" * 300, 42, 1 << 70, Decimal("1.50"), True, False]
)
def test_a_field_of_no_type_keeps_a_json_scalar_as_it_came(raw: FieldValue) -> None:
    """An undeclared custom field has no limits and no conversions."""
    found = coerce_value(raw, None, from_xml=False)
    assert found == raw
    assert type(found) is type(raw)


@pytest.mark.parametrize(
    ("raw", "from_xml", "fate"),
    [
        pytest.param(None, False, "null", id="null"),
        pytest.param([1], False, "not_scalar", id="list"),
        pytest.param({}, False, "not_scalar", id="object"),
        pytest.param("\ud800", False, "type_mismatch", id="lone-surrogate"),
        pytest.param("a\x00", False, "type_mismatch", id="nul"),
        pytest.param("", True, "null", id="empty-element"),
        pytest.param(ELEMENT, True, "not_scalar", id="element"),
    ],
)
def test_a_field_of_no_type_takes_scalars_only(
    *, raw: object, from_xml: bool, fate: str
) -> None:
    """Null, containers and text that no file can hold are refused here too."""
    with pytest.raises(NotCoercible) as caught:
        coerce_value(raw, None, from_xml=from_xml)
    assert caught.value.fate == fate


def test_a_time_without_zone_is_of_the_given_one() -> None:
    """The account's time zone applies to a text that names none."""
    zone = ZoneInfo("America/New_York")
    found = coerce_value(
        "2026-01-02T07:00:00", FieldType.DATETIME, from_xml=False, zone=zone
    )
    assert found == NOON


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | st.text(st.characters(codec=None), max_size=300)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=2), st.integers(), max_size=2)
)


@given(
    raw=_SCALARS,
    field_type=st.sampled_from([*FieldType, None]),
    from_xml=st.booleans(),
)
def test_any_value_is_taken_or_refused_with_a_fate(
    *, raw: object, field_type: FieldType | None, from_xml: bool
) -> None:
    """A value taken can be stored and equals itself; else there is a known fate."""
    try:
        found = coerce_value(raw, field_type, from_xml=from_xml)
    except NotCoercible as error:
        fate = Fate(error.fate)
    else:
        fate = Fate.WRITTEN
        str(found).encode()
    assert fate in {*Fate} - {Fate.MISSING, Fate.READ_ONLY, Fate.UNCHANGED}


@given(st.integers(-(2**31), 2**31 - 1))
def test_every_32_bit_number_is_the_same_from_json_and_xml(number: int) -> None:
    """An integer comes out of both formats as it went in, and as a text."""
    for kind in (FieldType.INTEGER, FieldType.PERCENT):
        assert coerce_value(number, kind, from_xml=False) == number
        assert coerce_value(str(number), kind, from_xml=True) == number
    assert coerce_value(number, FieldType.STRING, from_xml=False) == str(number)


@given(st.decimals(-(10**12), 10**12, places=4))
def test_every_decimal_keeps_its_digits(number: Decimal) -> None:
    """A float field holds the very digits of the response."""
    for kind in FRACTIONS:
        assert str(coerce_value(number, kind, from_xml=False)) == str(number)
        assert coerce_value(f"{number:f}", kind, from_xml=True) == number


@pytest.mark.parametrize(
    ("old_text", "new", "field_type", "wanted"),
    [
        pytest.param(None, "a", FieldType.STRING, False, id="empty-old"),
        pytest.param("", 1, FieldType.INTEGER, False, id="blank-old"),
        pytest.param(None, "", FieldType.STRING, True, id="empty-both"),
        pytest.param("", "", FieldType.STRING, True, id="blank-both"),
        pytest.param("a", "", FieldType.STRING, False, id="blank-new"),
        pytest.param("a", "a", FieldType.STRING, True, id="text"),
        pytest.param("a", "A", FieldType.EMAIL, False, id="case-counts"),
        pytest.param("a ", "a", FieldType.STRING, False, id="spaces-count"),
        pytest.param("00501", "501", FieldType.STRING, False, id="zeros-count"),
        pytest.param("42", "42", None, True, id="untyped-text"),
        pytest.param("42", 42, FieldType.INTEGER, True, id="integer"),
        pytest.param("42.0", 42, FieldType.INTEGER, True, id="integer-as-float"),
        pytest.param(" 42", 42, FieldType.INTEGER, True, id="integer-spaced"),
        pytest.param("43", 42, FieldType.INTEGER, False, id="other-integer"),
        pytest.param("many", 42, FieldType.INTEGER, False, id="no-integer"),
        pytest.param("42", 42, None, True, id="untyped-integer"),
        pytest.param("42.5", 42, None, False, id="untyped-fraction"),
        pytest.param("9007199254740992", 9007199254740993, None, False, id="exact"),
        pytest.param("1.5", Decimal("1.50"), FieldType.FLOAT, True, id="float"),
        pytest.param("0.1", Decimal("0.1"), FieldType.CURRENCY, True, id="currency"),
        pytest.param("1.51", Decimal("1.5"), FieldType.FLOAT, False, id="other-float"),
        pytest.param("1e3", Decimal(1000), None, True, id="untyped-exponent"),
        pytest.param("TRUE", True, FieldType.BOOLEAN, True, id="true"),
        pytest.param("0", False, FieldType.BOOLEAN, True, id="false-as-zero"),
        pytest.param("false", True, FieldType.BOOLEAN, False, id="other-boolean"),
        pytest.param("True", True, None, True, id="untyped-boolean"),
        pytest.param("maybe", True, FieldType.BOOLEAN, False, id="no-boolean"),
        pytest.param("2026-01-02", date(2026, 1, 2), FieldType.DATE, True, id="date"),
        pytest.param(
            "2026-01-02 00:00:00", date(2026, 1, 2), FieldType.DATE, True, id="midnight"
        ),
        pytest.param(
            "2026-01-02 01:00:00", date(2026, 1, 2), FieldType.DATE, False, id="not-it"
        ),
        pytest.param("soon", date(2026, 1, 2), FieldType.DATE, False, id="no-date"),
        pytest.param("2026-01-02 12:00:00", NOON, FieldType.DATETIME, True, id="time"),
        pytest.param(
            "2026-01-02T13:00:00+01:00", NOON, FieldType.DATETIME, True, id="offset"
        ),
        pytest.param("2026-01-02", NOON, FieldType.DATETIME, False, id="other-time"),
        pytest.param("x" * 300, "x" * 300, FieldType.TEXT_AREA, True, id="long-text"),
    ],
)
def test_a_present_value_is_compared_by_what_it_means(
    old_text: str | None, new: FieldValue, field_type: FieldType | None, *, wanted: bool
) -> None:
    """Text is the same if it is equal, all else if it means the same."""
    assert same_value(old_text, new, field_type) is wanted


@given(_SCALARS, st.sampled_from([*FieldType]))
def test_a_value_written_once_is_unchanged_the_second_time(
    raw: object, field_type: FieldType
) -> None:
    """What was written, as a list shows it, is the same value as before."""
    try:
        new = coerce_value(raw, field_type, from_xml=False)
    except NotCoercible:
        return
    assert same_value(str(new), new, field_type)
