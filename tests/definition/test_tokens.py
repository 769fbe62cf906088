"""The grammar of tokens and the template's backslash pass (marketo.md 3.2 and 4.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.definition.tokens import (
    Places,
    Token,
    place_in,
    scan_template,
    unescape_template,
)
from nbwebhook.errors import Fault


@pytest.mark.parametrize(
    ("body", "scope", "name", "default"),
    [
        pytest.param("lead.Email", "lead", "Email", None, id="scope-and-name"),
        pytest.param("Lead.Email Address", "lead", "Email Address", None, id="case"),
        pytest.param(" lead . Id ", "lead", "Id", None, id="spaces"),
        pytest.param("lead.X:default=", "lead", "X", "", id="empty-default"),
        pytest.param("lead.X:default=edit me", "lead", "X", "edit me", id="default"),
        pytest.param(
            "lead.X:DEFAULT= a ", "lead", "X", " a ", id="default-keeps-spaces"
        ),
        pytest.param(
            "lead.X:default=a:default=b", "lead", "X", "a:default=b", id="first"
        ),
        pytest.param("lead.X:default=a.b", "lead", "X", "a.b", id="dot-in-the-default"),
        pytest.param(
            "lead.Company=edit me", "lead", "Company=edit me", None, id="malformed"
        ),
        pytest.param(
            "lead.Misc - Ops Field: String 01",
            "lead",
            "Misc - Ops Field: String 01",
            None,
            id="colon-in-the-name",
        ),
        pytest.param("lead.v1.2", "lead", "v1.2", None, id="dot-in-the-name"),
        pytest.param("lead.İİ:default=x", "lead", "İİ", "x", id="longer-in-lower-case"),
        pytest.param("lead.Größe", "lead", "Größe", None, id="non-ascii"),
        pytest.param("lead.X{a", "lead", "X{a", None, id="brace-in-the-name"),
        pytest.param("lead.a\nb", "lead", "a\nb", None, id="line-break"),
        pytest.param("SP_Send_Alert_Info", "", "SP_Send_Alert_Info", None, id="no-dot"),
        pytest.param("X:default=a.b", "", "X", "a.b", id="no-dot-before-the-default"),
        pytest.param("", "", "", None, id="nothing"),
        pytest.param(".", "", "", None, id="dot-alone"),
    ],
)
def test_a_token_has_scope_name_and_default(
    body: str, scope: str, name: str, default: str | None
) -> None:
    """Only the first dot ends the scope, and only `:default=` starts the default."""
    template, unclosed = scan_template(f"{{{{{body}}}}}")
    assert template.pieces == (Token(scope, name, default, 0),)
    assert unclosed == ()


@pytest.mark.parametrize(
    ("text", "pieces", "unclosed"),
    [
        pytest.param("", (), (), id="empty"),
        pytest.param("a } b { c", ("a } b { c",), (), id="single-braces"),
        pytest.param("a}}b", ("a}}b",), (), id="closing-alone"),
        pytest.param("{{lead.A}}{{lead.B}}", ("lead.A", "lead.B"), (), id="adjacent"),
        pytest.param("{{{lead.A}}:1}", ("{", "lead.A", ":1}"), (), id="three-braces"),
        pytest.param("{{{{lead.A}}}}", ("{{", "lead.A", "}}"), (), id="four-braces"),
        pytest.param("x{{lead.A", ("x{{lead.A",), (1,), id="unclosed"),
        pytest.param("{{lead.A}}{{{b", ("lead.A", "{{{b"), (11,), id="unclosed-last"),
    ],
)
def test_text_is_cut_into_literals_and_tokens(
    text: str, pieces: tuple[str, ...], unclosed: tuple[int, ...]
) -> None:
    """Of many opening braces the last two count; the first closing pair closes."""
    template, found = scan_template(text)
    labels = tuple(p if isinstance(p, str) else p.label for p in template.pieces)
    assert (labels, found) == (pieces, unclosed)


@given(st.lists(st.sampled_from(["{", "}", "{{", "}}", "a", "lead.X"])).map("".join))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    """The pieces put together again are the text."""
    template, _ = scan_template(text)
    at = 0
    for piece in template.pieces:
        if isinstance(piece, str):
            assert text.startswith(piece, at)
            at += len(piece)
        else:
            assert piece.start == at
            at = text.index("}}", at) + 2
    assert at == len(text)
    assert len(template.tokens) == sum(isinstance(p, Token) for p in template.pieces)


@pytest.mark.parametrize(
    ("offset", "wanted"),
    [(0, "line 1, column 1"), (2, "line 1, column 3"), (3, "line 2, column 1")],
)
def test_a_place_is_line_and_column(offset: int, wanted: str) -> None:
    """Both counted from one; one line has columns alone."""
    assert place_in("url", "ab\ncd", offset) == f"url, {wanted}"
    assert Places("url", "abcd").at(offset) == f"url, column {offset + 1}"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        pytest.param("plain", "plain", id="none"),
        pytest.param(r"\b\t\n\f\r\\\"\'", "\b\t\n\f\r\\\"'", id="all"),
        pytest.param(r"\\n", r"\n", id="two-backslashes"),
        pytest.param(r"\\\\", r"\\", id="four-backslashes"),
    ],
)
def test_escapes_become_their_characters(written: str, wanted: str) -> None:
    """Each of the eight that Marketo allows."""
    assert unescape_template(written) == (wanted, ())


def test_every_other_escape_is_a_fault_with_its_place() -> None:
    """All of them are told, a backslash at the end too."""
    found = unescape_template("\\s\n \\u0041\\")[1]
    remedy = r"write two backslashes for one, or one of \b \t \n \f \r \" \'"
    assert found == (
        Fault(
            "payload template, line 1, column 1",
            r"'\s' is not an escape that Marketo allows",
            remedy,
        ),
        Fault(
            "payload template, line 2, column 2",
            r"'\u' is not an escape that Marketo allows",
            remedy,
        ),
        Fault(
            "payload template, line 2, column 8",
            r"'\' is not an escape that Marketo allows",
            remedy,
        ),
    )


@given(st.text(st.sampled_from("\\ntu\"' a")))
def test_doubled_backslashes_are_undone(text: str) -> None:
    """Any text comes back from its escaped form."""
    assert unescape_template(text.replace("\\", "\\\\")) == (text, ())


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{" * 500_000, id="open"),
        pytest.param("{{a" * 300_000, id="open-with-names"),
        pytest.param("{" * 1_000_000, id="single"),
        pytest.param("{{lead.X}}" * 100_000, id="tokens"),
    ],
)
def test_a_megabyte_is_scanned_in_no_time(text: str) -> None:
    """Scanning is linear, whatever the text."""
    assert scan_template(text)[0].pieces


@pytest.mark.timeout(10)
def test_a_megabyte_of_wrong_escapes_is_told_in_no_time() -> None:
    """Places are found in logarithmic time each."""
    assert len(unescape_template("\\q\n" * 200_000)[1]) == 200_000
