"""What one value becomes in each place under each encoding (marketo.md 4 and 10)."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from nbwebhook.definition.context import Context
from nbwebhook.errors import RenderError, UnencodableValue
from nbwebhook.render.encoding import MAX_VALUE_BYTES
from nbwebhook.render.leads import Unsendable, Value
from nbwebhook.render.request import Request

Render = Callable[..., list[Request | RenderError]]
RenderText = Callable[..., bytes | str]

NAUGHTY = 'O\'Neil & "Söhne" \\ 50%+1\n\t\u2028\x00\U0001f600'


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("Ann", b'"Ann"', id="text-is-quoted"),
        pytest.param('a "b" \\ c', b'"a \\"b\\" \\\\ c"', id="quotes-are-escaped"),
        pytest.param("a\r\n\tb", b'"a\\r\\n\\tb"', id="line-breaks-are-escaped"),
        pytest.param("\x00\x1f\x7f", b'"\\u0000\\u001f\x7f"', id="controls"),
        pytest.param("Zoë 山", b'"Zo\xc3\xab \xe5\xb1\xb1"', id="non-ascii-is-utf8"),
        pytest.param("\u2028", b'"\xe2\x80\xa8"', id="line-separator-stays"),
        pytest.param("</script>", b'"</script>"', id="slash-stays"),
        pytest.param("{{lead.X}}", b'"{{lead.X}}"', id="a-value-is-never-parsed"),
        pytest.param("00501", b'"00501"', id="digits-in-text-stay-text"),
        pytest.param("TRUE", b'"TRUE"', id="truth-in-text-stays-text"),
        pytest.param("", b'""', id="no-text"),
        pytest.param(None, b'""', id="nothing-in-a-column-of-nothing"),
        pytest.param(42, b"42", id="integer-is-bare"),
        pytest.param(-7, b"-7", id="negative"),
        pytest.param(2**70, b"1180591620717411303424", id="any-size"),
        pytest.param(Decimal("1.50"), b"1.50", id="decimal-keeps-its-digits"),
        pytest.param(Decimal("1E+3"), b"1000", id="decimal-has-no-exponent"),
        pytest.param(Decimal("1E-7"), b"0.0000001", id="small-decimal"),
        pytest.param(True, b"true", id="true-is-bare"),
        pytest.param(False, b"false", id="false-is-bare"),
        pytest.param(date(2016, 5, 23), b'"2016-05-23"', id="date-is-quoted"),
        pytest.param(
            datetime(2010, 11, 11, 11, 11, 11, 987_654),  # noqa: DTZ001 - naive on purpose
            b'"2010-11-11 11:11:11"',
            id="datetime-is-quoted-in-the-space-form",
        ),
        pytest.param(date(33, 1, 2), b'"0033-01-02"', id="early-year-has-four-digits"),
    ],
)
def test_json_quotes_text_and_leaves_numbers_and_truth_bare(
    render_body: RenderText, value: Value, wanted: bytes
) -> None:
    """Without a declared type, a value is written by its own type."""
    assert render_body("{{lead.X}}", {"X": value}) == wanted


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        pytest.param("integer", "42", b"42", id="digits-in-a-number-field-are-bare"),
        pytest.param("integer", " 42 ", b"42", id="spaces-round-a-number-go"),
        pytest.param("float", "-1.5e3", b"-1.5e3", id="any-json-number"),
        pytest.param("integer", "007", b'"007"', id="not-a-json-number"),
        pytest.param("integer", "1,000", b'"1,000"', id="grouped"),
        pytest.param("integer", "٣", '"٣"'.encode(), id="digits-of-another-script"),
        pytest.param("score", "+5", b'"+5"', id="relative-score"),
        pytest.param("integer", "", b"", id="empty-number-leaves-nothing"),
        pytest.param("currency", None, b"", id="null-number-leaves-nothing"),
        pytest.param("boolean", "TRUE", b"true", id="truth-in-any-case"),
        pytest.param("boolean", " false", b"false", id="spaces-round-truth-go"),
        pytest.param("boolean", "yes", b'"yes"', id="not-truth"),
        pytest.param("boolean", 1, b"1", id="number-in-a-boolean"),
        pytest.param("boolean", None, b"", id="empty-boolean-leaves-nothing"),
        pytest.param("string", 501, b'"501"', id="number-in-a-text-field-is-quoted"),
        pytest.param("phone", True, b'"true"', id="truth-in-a-text-field-is-quoted"),
        pytest.param("string", None, b'""', id="empty-text-field"),
        pytest.param("date", None, b'""', id="empty-date-is-text"),
        pytest.param("date", "2016-05-23", b'"2016-05-23"', id="date-as-text"),
        pytest.param(
            "date",
            datetime(2016, 5, 23),  # noqa: DTZ001 - as pandas keeps dates
            b'"2016-05-23"',
            id="a-date-field-shows-no-time",
        ),
        pytest.param("datetime", 20160523, b'"20160523"', id="number-in-a-date"),
        pytest.param("date", date(2016, 5, 23), b'"2016-05-23"', id="a-date"),
        pytest.param("float", Decimal("2.50"), b"2.50", id="decimal"),
        pytest.param("integer", True, b"true", id="truth-in-a-number-field"),
    ],
)
def test_json_follows_the_declared_type(
    render_body: RenderText, kind: str, value: Value, wanted: bytes
) -> None:
    """A declared type decides over what the value looks like."""
    found = render_body("{{lead.X}}", {"X": value}, fields={"X": kind})
    assert found == wanted


@pytest.mark.parametrize(
    ("token", "lead", "wanted"),
    [
        pytest.param("lead.Lead Score", "12", b"12", id="standard-number-field"),
        pytest.param("lead.leadScore", "12", b"12", id="by-another-of-its-names"),
        pytest.param("lead.Postal Code", 501, b'"501"', id="standard-text-field"),
        pytest.param("lead.Do Not Call", "False", b"false", id="standard-boolean"),
        pytest.param("lead.Id", "1001", b"1001", id="id"),
    ],
)
def test_json_knows_the_types_of_standard_fields(
    render_body: RenderText, token: str, lead: Value, wanted: bytes
) -> None:
    """A standard field has Marketo's type without being declared."""
    column = token.removeprefix("lead.")
    assert render_body(f"{{{{{token}}}}}", {column: lead}) == wanted


@pytest.mark.parametrize(
    ("template", "values", "wanted"),
    [
        pytest.param("{{lead.N}}", [1, None], [b"1", b""], id="numbers"),
        pytest.param("{{lead.N}}", [True, None], [b"true", b""], id="truth"),
        pytest.param("{{lead.N}}", ["a", None], [b'"a"', b'""'], id="text"),
        pytest.param(
            "{{lead.N}}", [1, "a", None], [b"1", b'"a"', b'""'], id="mixed-is-text"
        ),
        pytest.param(
            "{{lead.N}}",
            [Decimal("1.0"), Decimal("1.00"), None],
            [b"1.0", b"1.00", b""],
            id="equal-decimals-keep-their-own-digits",
        ),
        pytest.param(
            "{{lead.N}}",
            [1, True, Decimal(1)],
            [b"1", b"true", b"1"],
            id="1-is-not-true",
        ),
        pytest.param(
            "{{lead.N}}", [Decimal("NaN"), 1], [b"", b"1"], id="not-a-number-is-empty"
        ),
        pytest.param(
            "{{lead.N:default=0}}", [1, None], [b"1", b"0"], id="default-bare"
        ),
        pytest.param(
            "{{lead.N:default=0}}", ["a", ""], [b'"a"', b'"0"'], id="default-quoted"
        ),
    ],
)
def test_json_takes_the_type_of_the_column_where_nothing_declares_one(
    render: Render, template: str, values: list[Value], wanted: list[bytes]
) -> None:
    """Empty values of a column are written as the column's values say."""
    found = render(
        {"N": values}, payload_template=template, request_token_encoding="JSON"
    )
    assert [each.body for each in found if isinstance(each, Request)] == wanted


@pytest.mark.parametrize(
    ("template", "lead", "wanted"),
    [
        pytest.param(
            "{{lead.Lead Score:default=0}}", {"Lead Score": None}, b"0", id="number"
        ),
        pytest.param(
            "{{lead.Do Not Call:default=false}}",
            {"Do Not Call": ""},
            b"false",
            id="boolean",
        ),
        pytest.param(
            "{{lead.Lead Score:default=edit me}}",
            {"Lead Score": None},
            b"edit me",
            id="any-text-is-bare-in-a-number-field",
        ),
        pytest.param("{{lead.City:default=x}}", {"City": None}, b'"x"', id="text"),
        pytest.param("{{lead.City:default=}}", {"City": None}, b'""', id="empty-text"),
        pytest.param(
            "{{lead.Lead Score:default=}}", {"Lead Score": None}, b"", id="empty-number"
        ),
        pytest.param("{{lead.City:default=x}}", {"City": "y"}, b'"y"', id="not-shown"),
        pytest.param("{{lead.City:default=x}}", {}, b'"x"', id="no-column"),
        pytest.param("{{lead.Lead Score:default=0}}", {}, b"0", id="number-no-column"),
        pytest.param('{{lead.City:default=a "b"}}', {}, b'"a \\"b\\""', id="escaped"),
        pytest.param("{{campaign.id:default=7}}", {}, b"7", id="an-id-is-a-number"),
        pytest.param("{{my.X:default=7}}", {}, b'"7"', id="an-unknown-name-is-text"),
    ],
)
def test_json_writes_a_default_like_the_value_that_is_missing(
    render_body: RenderText, template: str, lead: Mapping[str, Value], wanted: bytes
) -> None:
    """Defaults are bare for numbers and truth, quoted for all else."""
    assert render_body(template, lead) == wanted


@pytest.mark.parametrize(
    ("template", "lead", "wanted"),
    [
        pytest.param('"{{lead.X}}"', {"X": "v"}, b'""v""', id="quoted-token"),
        pytest.param('"Hi {{lead.X}}"', {"X": "v"}, b'"Hi "v""', id="token-in-text"),
        pytest.param('"id {{lead.X}}"', {"X": 5}, b'"id 5"', id="number-in-text"),
        pytest.param("{{{lead.X}}: 1}", {"X": "k"}, b'{"k": 1}', id="as-a-key"),
        pytest.param('{"n":\n{{lead.X}}\n}', {"X": 1}, b'{"n":\n1\n}', id="lines"),
        pytest.param(
            '{"a":{"b":{{lead.X}}}}', {"X": 1}, b'{"a":{"b":1}}', id="closing-braces"
        ),
        pytest.param("{{lead.X}}{{lead.X}}", {"X": 1}, b"11", id="side-by-side"),
        pytest.param("[{{lead.X}},{{lead.Y}}]", {"X": 1, "Y": 2}, b"[1,2]", id="two"),
        pytest.param(
            "{{ ''.__class__ }}{% x %}$(x)%s{0}",
            {},
            b'""{% x %}$(x)%s{0}',
            id="no-engine",
        ),
    ],
)
def test_json_is_faithful_to_the_template(
    render_body: RenderText, template: str, lead: Mapping[str, Value], wanted: bytes
) -> None:
    """What stands round a token is sent as it is, also where that breaks the JSON."""
    assert render_body(template, lead) == wanted


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        pytest.param(r"a\\nb", rb"a\nb", id="two-backslashes-are-one"),
        pytest.param(r"a\nb\tc", b"a\nb\tc", id="escapes-become-characters"),
        pytest.param(r"\"\'\b\f\r", b"\"'\b\f\r", id="all-the-others"),
        pytest.param(r"\\\\", rb"\\", id="four-are-two"),
        pytest.param(r"{{lead.X:default=\"}}", b'"\\""', id="in-a-default"),
        pytest.param(r"{{lead.Y}}", b'"\\\\n"', id="never-in-a-value"),
    ],
)
def test_the_template_is_parsed_for_backslashes_before_tokens(
    render_body: RenderText, template: str, wanted: bytes
) -> None:
    """The template's own escapes are undone once; values keep theirs."""
    assert render_body(template, {"X": None, "Y": r"\n"}) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("1;NOT PROVIDED;TRUE", b"1%3BNOT+PROVIDED%3BTRUE", id="space"),
        pytest.param("a+b@x.test", b"a%2Bb%40x.test", id="plus"),
        pytest.param("AT&T=50%", b"AT%26T%3D50%25", id="delimiters"),
        pytest.param("%26", b"%2526", id="percent"),
        pytest.param("*-._~", b"*-._%7E", id="as-java-and-browsers"),
        pytest.param("é\U0001f600", b"%C3%A9%F0%9F%98%80", id="utf8"),
        pytest.param("a\r\nb\x00", b"a%0D%0Ab%00", id="controls"),
        pytest.param(None, b"", id="nothing"),
        pytest.param(1, b"1", id="number"),
        pytest.param(Decimal("-0.5"), b"-0.5", id="decimal"),
        pytest.param(False, b"false", id="truth"),
        pytest.param(date(2016, 5, 23), b"2016-05-23", id="date"),
        pytest.param(
            datetime(2010, 11, 11, 11, 11, 11),  # noqa: DTZ001 - naive on purpose
            b"2010-11-11+11%3A11%3A11",
            id="datetime",
        ),
    ],
)
def test_form_url_encodes_the_value_alone(
    render_body: RenderText, value: Value, wanted: bytes
) -> None:
    """A value is form-urlencoded; the template's own %2B, + and space stay."""
    found = render_body("From=%2B1 +&v={{lead.X}}&w", {"X": value}, "Form/Url")
    assert found == b"From=%2B1 +&v=" + wanted + b"&w"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param(NAUGHTY, NAUGHTY.encode(), id="text-as-it-is"),
        pytest.param("0\r\n\r\nGET /admin", b"0\r\n\r\nGET /admin", id="smuggling"),
        pytest.param("]]><a>&", b"]]><a>&", id="xml-is-not-escaped"),
        pytest.param(None, b"", id="nothing"),
        pytest.param(42, b"42", id="number"),
        pytest.param(True, b"true", id="truth"),
    ],
)
def test_none_leaves_the_value_as_it_is(
    render_body: RenderText, value: Value, wanted: bytes
) -> None:
    """Under None the body holds the value's text as UTF-8."""
    assert render_body("<{{lead.X}}>", {"X": value}, "None") == b"<" + wanted + b">"


@pytest.mark.parametrize("encoding", ["JSON", "Form/Url", "None"])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param(
            "a\ud800",
            "holds half of a surrogate pair, which has no UTF-8 form",
            id="lone-surrogate",
        ),
        pytest.param(
            "é" * (MAX_VALUE_BYTES // 2 + 1), "longer than 65,536 bytes", id="too-long"
        ),
        pytest.param(
            Unsendable("a list; give text"), "a list; give text", id="unsendable"
        ),
        pytest.param(
            Decimal("Infinity"), "an infinite number has no text form", id="inf"
        ),
        pytest.param(
            Decimal("1E+999999"), "a number of more than 4,300 digits", id="exponent"
        ),
        pytest.param(10**5000, "a number of more than 4,300 digits", id="huge-integer"),
        pytest.param(
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
            "its year in the account's time zone is not of 1 to 9999",
            id="before-year-one",
        ),
        pytest.param(b"x", "a value of type bytes has no text form", id="bytes"),
        pytest.param(["x"], "a value of type list has no text form", id="list"),
    ],
)
def test_a_value_without_exact_text_refuses_its_lead_alone(
    render: Render, encoding: str, value: Value, problem: str
) -> None:
    """The lead's error names the token and never the value; its neighbours are sent."""
    first, bad, last = render(
        {"X": ["a", value, "a"]},
        payload_template="{{lead.X}}",
        request_token_encoding=encoding,
    )
    assert isinstance(first, Request)
    assert first == last
    assert isinstance(bad, UnencodableValue)
    assert str(bad) == f"{{{{lead.X}}}}: {problem}"
    assert bad.__traceback__ is None
    assert bad.__context__ is None


def test_the_longest_value_is_measured_before_it_is_escaped(
    render_body: RenderText,
) -> None:
    """A value of exactly the cap is sent, however long its encoded form is."""
    value = "\n" * MAX_VALUE_BYTES
    assert render_body("{{lead.X}}", {"X": value}) == json.dumps(value).encode()
    assert render_body("{{lead.X}}", {"X": value}, "Form/Url") == b"%0A" * len(value)


def test_a_long_text_of_digits_is_capped_too(render_body: RenderText) -> None:
    """A number field is no way round the cap."""
    found = render_body(
        "{{lead.X}}", {"X": "1" * (MAX_VALUE_BYTES + 1)}, fields={"X": "integer"}
    )
    assert found == "UnencodableValue: {{lead.X}}: longer than 65,536 bytes"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param(
            datetime(2024, 7, 1, 12, tzinfo=UTC), b'"2024-07-01 08:00:00"', id="summer"
        ),
        pytest.param(
            datetime(2024, 1, 1, 2, tzinfo=UTC), b'"2023-12-31 21:00:00"', id="winter"
        ),
        pytest.param(
            datetime(2024, 1, 1, 2),  # noqa: DTZ001 - naive on purpose
            b'"2024-01-01 02:00:00"',
            id="naive-stays",
        ),
    ],
)
def test_a_time_with_a_zone_is_shown_in_the_accounts(
    render_body: RenderText, value: Value, wanted: bytes
) -> None:
    """Dates with a zone are brought to the account's, whatever the season."""
    context = Context(time_zone="America/New_York")
    assert render_body("{{lead.X}}", {"X": value}, context=context) == wanted


def test_both_passes_of_an_hour_keep_their_own_time(render: Render) -> None:
    """Two times that compare equal but differ in offset are told apart."""
    zone = ZoneInfo("America/New_York")
    passes = [datetime(2024, 11, 3, 1, 30, fold=fold, tzinfo=zone) for fold in (0, 1)]
    found = render(
        {"X": passes}, payload_template="{{lead.X}}", request_token_encoding="None"
    )
    bodies = [each.body for each in found if isinstance(each, Request)]
    assert bodies == [b"2024-11-03 05:30:00", b"2024-11-03 06:30:00"]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("7", b'"7"', id="text"),
        pytest.param(7, b"7", id="integer"),
        pytest.param(7.0, b"7", id="whole-float"),
        pytest.param(0.1, b"0.1", id="float-is-shortest"),
        pytest.param(1e22, b"10000000000000000000000", id="float-has-no-exponent"),
        pytest.param(Decimal("7.10"), b"7.10", id="decimal"),
        pytest.param(True, b"true", id="truth"),
        pytest.param(date(2016, 5, 23), b'"2016-05-23"', id="date"),
        pytest.param(None, b'""', id="nothing"),
        pytest.param(float("nan"), b'""', id="not-a-number"),
        pytest.param(
            float("inf"),
            "UnencodableValue: {{my.X}}: an infinite number has no text form",
            id="infinite",
        ),
        pytest.param(
            "a\udfff",
            "UnencodableValue: {{my.X}}: holds half of a surrogate pair, which has no UTF-8 form",
            id="surrogate",
        ),
        pytest.param(
            "x" * 500_000, b'"' + b"x" * 500_000 + b'"', id="my-token-of-500000"
        ),
    ],
)
def test_a_value_of_the_run_is_written_by_its_python_type(
    render_body: RenderText, value: Value, wanted: bytes | str
) -> None:
    """Context values under JSON; the cap on leads' values does not hold for them."""
    assert render_body("{{my.X}}", {}, context=Context(my={"X": value})) == wanted  # type: ignore[dict-item]  # never Unsendable here
