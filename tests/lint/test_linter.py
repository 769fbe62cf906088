"""A check as a whole: what it takes, its order, its limits, and that it raises nothing."""

import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.definition.context import Context
from nbwebhook.definition.webhook import Webhook
from nbwebhook.lint.definitions import DEFINITION_RULES
from nbwebhook.lint.findings import Finding, Findings
from nbwebhook.lint.lists import LIST_RULES
from nbwebhook.lint.registry import RULES

Check = Callable[..., Findings]
OfRule = Callable[[Findings, str], list[Finding]]
GOOD = Webhook(
    name="Good",
    url="https://score.example.test/v1?email={{lead.Email Address}}",
    payload_template='{"id": {{lead.Id}}, "first": {{lead.First Name}}, '
    '"company": {{company.Company Name}}, "score": {{lead.Lead Score:default=0}}}',
    request_token_encoding="JSON",
    custom_headers={"Content-Type": "application/json"},
    response_mappings={"score": "LeadScore"},
)


def _leads(count: int) -> pd.DataFrame:
    numbers = range(count)
    columns = {
        "Id": [str(n) for n in numbers],
        "Email Address": [f"person{n}@example{n % 997}.test" for n in numbers],
        "First Name": [f"First{n % 5000}" for n in numbers],
        "Company Name": [f"Company {n % 9000} & Sons" for n in numbers],
        "Lead Score": [str(n % 100) if n % 7 else "" for n in numbers],
    }
    return pd.DataFrame(columns, dtype="string")


def test_a_good_definition_and_a_good_list_have_no_findings(check: Check) -> None:
    """Nothing is told that is no trouble."""
    found = check(GOOD, _leads(100))
    assert list(found) == []
    assert not found.has_errors
    assert "100 leads looked at" in repr(found)


def test_errors_come_first(check: Check) -> None:
    """Then warnings, then notes, each in the order of the definition."""
    found = check(
        {
            "url": "http://a.test/",
            "payload_template": '{"a": "{{lead.City}}", "s": "{{lead.Lead Score}}"}',
            "request_token_encoding": "JSON",
        }
    )
    assert [finding.severity for finding in found] == sorted(
        (finding.severity for finding in found), key=["error", "warning", "note"].index
    )
    assert found.has_errors


def test_every_rule_is_listed_with_one_line(check: Check) -> None:
    """Names differ, and each says what it is about, for the documentation."""
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert not set(names) & set(LIST_RULES)
    for about in [
        *(r.about for r in RULES),
        *DEFINITION_RULES.values(),
        *LIST_RULES.values(),
    ]:
        assert about.endswith(".")
        assert len(about) < 90
        assert "\n" not in about


@pytest.mark.parametrize(
    ("parts", "rules"),
    [
        pytest.param(
            {"url": "https://{{lead.X}}/"}, ["token-in-host"], id="host-token"
        ),
        pytest.param({"url": "https://u:p@a.test"}, ["credentials-in-host"], id="user"),
        pytest.param({"url": "https://a_b c"}, ["host-name"], id="host"),
        pytest.param({"url": "ftp://a.test"}, ["url-scheme"], id="scheme"),
        pytest.param(
            {"payload_template": "{{lead.X"}, ["unclosed-token"], id="unclosed"
        ),
        pytest.param({"custom_headers": {"Host": "b"}}, ["header"], id="header"),
        pytest.param(
            {"response_mappings": {"$.a": "City", "b": ""}},
            ["response-attribute", "no-field"],
            id="mappings",
        ),
        pytest.param({"colour": "red", "name": 7}, ["definition"] * 2, id="properties"),
        pytest.param({"beyond": {"colour": True}}, ["definition"], id="options"),
        pytest.param({"request_type": "TRACE"}, ["definition"], id="method"),
        pytest.param({"url": None}, ["definition"], id="nothing"),
        pytest.param({7: "x", "url": "https://a.test/"}, ["definition"], id="no-names"),
    ],
)
def test_a_definition_that_is_none_is_looked_at_too(
    check: Check, parts: dict[str, Any], rules: list[str]
) -> None:
    """Every fault is a finding of its rule, and an error."""
    found = check(parts)
    assert [finding.rule for finding in found] == rules
    assert {finding.severity for finding in found} == {"error"}
    assert set(rules) <= set(DEFINITION_RULES)


def test_ten_faults_give_ten_findings(check: Check) -> None:
    """With their places, and a wrong list on top."""
    found = check(
        {
            "url": "https://a.test/ x",
            "request_type": "FETCH",
            "payload_template": r"\d {{lead.Id",
            "request_token_encoding": "UTF-8",
            "response_type": "CSV",
            "custom_headers": {"Upgrade": "h2c", "a b": "1"},
            "response_mappings": {"a..b": "City"},
            "colour": "red",
        },
        {"City": ["Oslo"]},
    )
    assert len(found) == 11
    assert len({(f.rule, f.place) for f in found}) == 11


def test_a_file_s_properties_may_be_given(check: Check) -> None:
    """With its format number, as they stand in it."""
    assert not check({"format": 1, "url": "https://a.test/", "request_type": "GET"})


def test_wrong_fields_are_findings(check: Check, of_rule: OfRule) -> None:
    """Both of them, and the rest is looked at without them."""
    fields = {"Tier": "whole", "Segment": "thing"}
    found = check(GOOD, _leads(3), fields=fields)
    assert [f.place for f in of_rule(found, "fields")] == [
        "field 'Tier'",
        "field 'Segment'",
    ]


def test_a_list_that_cannot_be_read_leaves_the_definition(
    check: Check, of_rule: OfRule
) -> None:
    """The definition is looked at alone."""
    leads = pd.DataFrame([[1, 2]], columns=["City", "City"])
    found = check({"url": "http://a.test/"}, leads)
    assert [f.severity for f in of_rule(found, "list")] == ["error"]
    assert of_rule(found, "plain-http")


def test_a_list_without_a_key_is_looked_at_by_row(
    check: Check, of_rule: OfRule
) -> None:
    """The examples are rows then."""
    parts = {"payload_template": "a={{lead.City}}"}
    found = check(parts, {"City": ["x", "a&b", "c"]})
    assert of_rule(found, "no-key")
    [hit] = of_rule(found, "raw-form-value")
    assert (hit.rows, hit.examples) == (1, ("row 1",))


def test_repeated_keys_are_shown(check: Check, of_rule: OfRule) -> None:
    """The first few of them."""
    [found] = of_rule(check({}, {"Id": ["a", "b", "b", "a"]}), "duplicate-key")
    assert (found.rows, found.examples) == (2, ("b", "a"))


def test_the_first_leads_are_the_examples(check: Check, of_rule: OfRule) -> None:
    """By their keys, three at most, across blocks of the list."""
    count = 50_000
    values = ["a&b" if n in {5, 19_999, 20_000, 49_999} else "c" for n in range(count)]
    leads = {"Id": [f"k{n}" for n in range(count)], "X": values}
    [found] = of_rule(
        check({"payload_template": "x={{lead.X}}"}, leads), "raw-form-value"
    )
    assert (found.rows, found.examples) == (4, ("k5", "k19999", "k20000"))


def test_repeats_are_found_across_blocks(check: Check, of_rule: OfRule) -> None:
    """A lead of the last block may repeat one of the first."""
    count = 45_000
    values = [str(n % 30_000) for n in range(count)]
    leads = {"Id": [str(n) for n in range(count)], "X": values}
    [found] = of_rule(
        check({"payload_template": "x={{lead.X}}"}, leads), "duplicate-requests"
    )
    assert (found.rows, found.examples) == (15_000, ("30000", "30001", "30002"))


def test_very_many_findings_of_a_rule_are_counted(
    check: Check, of_rule: OfRule
) -> None:
    """A template of 10,000 wrong tokens gives a page and not a book, and soon."""
    template = "".join(f"{{{{nope.X{n}}}}}" for n in range(10_000))
    found = of_rule(check({"payload_template": template}), "unknown-token")
    assert len(found) == 26
    assert found[-1].message == "and 9,975 more of the same kind"


def test_a_secret_of_the_context_is_not_missing(check: Check, of_rule: OfRule) -> None:
    """One that is given is taken, the others are told; none is ever shown."""
    parts = {"custom_headers": {"A": "{{secret.NBW_A}}", "B": "{{secret.NBW_B}}"}}
    context = Context(secrets={"NBW_A": "s3cr3t-A"})
    found = check(parts, {"Id": ["1"]}, context=context)
    assert [f.place for f in of_rule(found, "missing-secret")] == [
        "custom header 'B', column 1"
    ]
    assert "s3cr3t-A" not in repr(found)


def test_several_ambiguous_tokens_are_all_told(check: Check, of_rule: OfRule) -> None:
    """And the rest is looked at with the first column of each."""
    leads = {"Id": ["1"], "a": ["x&y"], "A": ["q"], "b": ["1"], "B": ["2"]}
    parts = {
        "payload_template": "x={{lead.a}}&y={{lead.b}}",
        "url": "https://a.test/{{lead.A}}",
    }
    found = check(parts, leads)
    assert [f.place for f in of_rule(found, "ambiguous-token")] == [
        "url, column 16",
        "payload template, column 3",
        "payload template, column 16",
    ]
    assert of_rule(found, "raw-form-value")


def test_findings_make_a_frame(check: Check) -> None:
    """One row each, for those who want to filter."""
    frame = check({"url": "http://a.test/"}, {"Id": ["1", ""]}).frame()
    assert list(frame.columns) == [
        *("severity", "rule", "place", "message", "remedy", "rows")
    ]
    assert frame.loc[frame["rule"] == "missing-key", "rows"].tolist() == [1]


def test_findings_are_a_sequence(check: Check) -> None:
    """They can be counted, indexed, cut and gone through."""
    found = check({"url": "http://a.test/"})
    assert found[0] == next(iter(found)) == found[:1][0]
    assert str(found[0]) == (
        "warning: url: http:// sends everything readable for whoever is on the way; "
        "write https://"
    )
    assert "(2 leads)" in str(check({}, {"Id": ["", None, "1"]})[0])


def test_a_hundred_thousand_leads_take_seconds(check: Check) -> None:
    """Two on a quiet machine; five times that is the alarm."""
    leads = _leads(100_000)
    start = time.process_time()
    found = check(GOOD, leads)
    assert time.process_time() - start < 10
    assert not found


_CELL = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.sampled_from([b"x", [1], {}, "\ud800", "\x00", pd.NaT, pd.NA]),
)
_PIECE = st.sampled_from(
    [
        *(
            "{{lead.X}}",
            "{{lead.x:default=1}}",
            "{{my.A}}",
            "{{lead.Lead Score}}",
            "{{",
        ),
        *(
            "}}",
            '"',
            "{",
            "}",
            "a=",
            "&",
            "<a>",
            "</a>",
            ": ",
            ",",
            "\\",
            "1",
            " ",
            "#",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    template=st.lists(_PIECE, max_size=8).map("".join),
    tail=st.lists(_PIECE, max_size=4).map("".join),
    encoding=st.sampled_from(["None", "JSON", "Form/Url", "UTF-8"]),
    cells=st.lists(_CELL, max_size=5),
)
def test_whatever_comes_gives_findings(
    check: Check, template: str, tail: str, encoding: str, cells: list[Any]
) -> None:
    """Wrong definitions and wrong lists are told, never raised."""
    parts = {
        "url": f"https://a.test/{tail}",
        "payload_template": template,
        "request_token_encoding": encoding,
        "custom_headers": {"X": "{{lead.X}}"},
        "response_mappings": {"a": "X", "b": "LeadScore"},
    }
    leads = pd.DataFrame(
        {
            "Id": [str(n) for n in range(len(cells))],
            "X": pd.Series(cells, dtype=object),
            "Lead Score": pd.Series(cells[::-1], dtype=object),
        }
    )
    found = check(parts, leads)
    assert repr(found)
    assert found._repr_html_()
    for finding in found:
        assert finding.rows <= max(len(cells), 0)
        if finding.can_fix and not any(f.rule in DEFINITION_RULES for f in found):
            assert isinstance(finding.fix(), Webhook)
