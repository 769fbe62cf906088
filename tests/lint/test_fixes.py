"""Certain fixes: what they make of the definition, one by one and all at once."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidDefinition
from nbwebhook.lint.corrections import Correction, Edit, correct_all
from nbwebhook.lint.findings import Finding, Findings

Check = Callable[..., Findings]
OfRule = Callable[[Findings, str], list[Finding]]
JSON = {"request_token_encoding": "JSON"}
TYPE = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    ("rule", "parts", "fixed"),
    [
        pytest.param(
            "quoted-token",
            {"payload_template": '{"a": "{{lead.City:default=x}}", "b": 1}', **JSON},
            {"payload_template": '{"a": {{lead.City:default=x}}, "b": 1}'},
            id="quoted-token",
        ),
        pytest.param(
            "quoted-token",
            {"payload_template": r"{\"a\": \"{{lead.City}}\", \"b\": 1}", **JSON},
            {"payload_template": r"{\"a\": {{lead.City}}, \"b\": 1}"},
            id="quoted-token-with-escaped-quotes",
        ),
        pytest.param(
            "quoted-token",
            {"payload_template": r'["\\\\", "{{lead.City}}"]', **JSON},
            {"payload_template": r'["\\\\", {{lead.City}}]'},
            id="quoted-token-after-backslashes",
        ),
        pytest.param(
            "api-name",
            {"custom_headers": {"A": "b", "X": "x {{lead.email:default=no one}}"}},
            {
                "custom_headers": (
                    ("A", "b"),
                    ("X", "x {{lead.Email Address:default=no one}}"),
                )
            },
            id="api-name-in-a-header",
        ),
        pytest.param(
            "malformed-default",
            {"url": "https://a.test/?c={{company.City=edit me}}&d=1"},
            {"url": "https://a.test/?c={{company.City:default=edit me}}&d=1"},
            id="malformed-default",
        ),
        pytest.param(
            "missing-content-type",
            {"payload_template": "{}", "custom_headers": {"A": "b"}},
            {"custom_headers": (("A", "b"), TYPE)},
            id="missing-content-type",
        ),
        pytest.param(
            "missing-content-type",
            {"payload_template": "a=b"},
            {
                "custom_headers": (
                    ("Content-Type", "application/x-www-form-urlencoded"),
                )
            },
            id="missing-content-type-of-a-form",
        ),
        pytest.param(
            "field-by-name",
            {"response_mappings": [("a", "City"), ("b", " lead score ")]},
            {"response_mappings": (("a", "City"), ("b", "LeadScore"))},
            id="field-by-name",
        ),
        pytest.param(
            "raw-form",
            {"payload_template": "a={{lead.City}}"},
            {"request_token_encoding": "Form/Url"},
            id="raw-form",
        ),
        pytest.param(
            "raw-json",
            {"payload_template": '{"a": "{{lead.City}}", "b": "{{lead.State}}"}'},
            {
                "request_token_encoding": "JSON",
                "payload_template": '{"a": {{lead.City}}, "b": {{lead.State}}}',
            },
            id="raw-json",
        ),
        pytest.param(
            "unquoted-token",
            {"payload_template": '{"a": {{lead.City}}}'},
            {"request_token_encoding": "JSON"},
            id="unquoted-token",
        ),
        pytest.param(
            "raw-url",
            {"url": "https://a.test/?a={{lead.City}}"},
            {"request_token_encoding": "Form/Url"},
            id="raw-url",
        ),
        pytest.param(
            "encoding-mismatch",
            {"payload_template": "a={{lead.City}}", **JSON},
            {"request_token_encoding": "Form/Url"},
            id="form-under-json",
        ),
        pytest.param(
            "encoding-mismatch",
            {
                "payload_template": "[{{lead.City}}]",
                "request_token_encoding": "Form/Url",
            },
            {"request_token_encoding": "JSON"},
            id="json-under-form",
        ),
        pytest.param(
            "space-in-form",
            {"payload_template": "a={{lead.A & B}} &\n b=1 & c"},
            {"payload_template": "a={{lead.A & B}}&b=1&c"},
            id="space-in-form",
        ),
        pytest.param(
            "unescaped-url",
            {"url": "https://a.test/a|b?c=\u00e9{{lead.\u00e9}}&d=5%"},
            {"url": "https://a.test/a%7Cb?c=%C3%A9{{lead.\u00e9}}&d=5%25"},
            id="unescaped-url",
        ),
        pytest.param(
            "unescaped-url",
            {"url": "https://a.test/a b?c={{lead.First Name}}&d=x y"},
            {"url": "https://a.test/a%20b?c={{lead.First Name}}&d=x%20y"},
            id="spaces-in-the-url",
        ),
        pytest.param(
            "template-with-get",
            {"request_type": "GET", "payload_template": "a={{lead.City}}"},
            {"payload_template": ""},
            id="template-with-get",
        ),
        pytest.param(
            "backslash",
            {"payload_template": r"a.split(/\s*;\d/) \n \\ {{lead.City}}" + "\\"},
            {"payload_template": r"a.split(/\\s*;\\d/) \n \\ {{lead.City}}" + "\\\\"},
            id="backslash",
        ),
    ],
)
def test_a_certain_fix_mends_the_definition(
    check: Check,
    of_rule: OfRule,
    rule: str,
    parts: Mapping[str, object],
    fixed: Mapping[str, object],
) -> None:
    """The finding is gone, and nothing but what it is about has changed."""
    found = of_rule(check(parts), rule)
    assert found[0].can_fix
    hook = found[0].fix()
    expected = {"url": "https://a.test/v1", **parts, **fixed}
    assert hook == Webhook(**expected)  # type: ignore[arg-type]  # a table's properties
    assert not of_rule(check(hook), rule)


def test_a_fixed_template_sends_the_same_for_clean_values(check: Check) -> None:
    """The encoding JSON with unquoted tokens is proposed only where that is so."""
    for template in (
        '{"a": "{{lead.City}}", "s": "{{lead.Lead Score}}"}',
        '{"a": "Dear {{lead.City}}"}',
        '{"a": "{{lead.City}}", "b": {{lead.Lead Score}}}',
    ):
        [found] = [
            f for f in check({"payload_template": template}) if f.rule == "raw-json"
        ]
        assert not found.can_fix


def test_a_finding_without_a_certain_fix_says_so(check: Check, of_rule: OfRule) -> None:
    """With the remedy, for doing it by hand."""
    [found] = of_rule(check({"url": "http://a.test/"}), "plain-http")
    assert not found.can_fix
    with pytest.raises(
        ValueError, match="plain-http has no certain fix: write https://"
    ):
        found.fix()


def test_all_certain_fixes_are_made_at_once(check: Check) -> None:
    """Every one of them, edits of one text too."""
    found = check(
        {
            "url": "https://a.test/?c={{lead.email=edit me}}&d=a|b",
            "payload_template": '{"a": "{{lead.FirstName}}", "b": "{{lead.City}}"}',
            "response_mappings": {"a": "Lead Score"},
            **JSON,
        }
    )
    assert found.fix() == Webhook(
        url="https://a.test/?c={{lead.email:default=edit me}}&d=a%7Cb",
        payload_template='{"a": {{lead.First Name}}, "b": {{lead.City}}}',
        request_token_encoding="JSON",
        custom_headers=[TYPE],
        response_mappings={"a": "LeadScore"},
    )


def test_faults_and_findings_are_mended_together(check: Check) -> None:
    """A definition that could not be made becomes one, with the rest mended too."""
    found = check(
        {
            "url": "https://a.test/a b?c={{lead.email}}",
            "request_type": "GET",
            "payload_template": "x",
        }
    )
    assert [f.rule for f in found][:2] == ["unescaped-url", "template-with-get"]
    hook = found.fix()
    assert hook.url == "https://a.test/a%20b?c={{lead.Email Address}}"
    assert hook.payload_template == ""


def test_faults_alone_can_be_mended(check: Check) -> None:
    """Where the definition has no other finding with a certain fix."""
    found = check({"url": "https://a.test/a b", "request_type": "GET"})
    assert found.fix().url == "https://a.test/a%20b"


def test_what_nobody_can_mend_is_still_told(check: Check) -> None:
    """A fix of one fault leaves the others, and the definition is none."""
    found = check({"url": "https://{{lead.Website}}/a b", "payload_template": r"\d"})
    fixable = [finding for finding in found if finding.can_fix]
    assert [finding.rule for finding in fixable] == ["backslash"]
    with pytest.raises(InvalidDefinition, match="a token in the host"):
        fixable[0].fix()
    with pytest.raises(InvalidDefinition, match="a token in the host"):
        found.fix()


def test_nothing_to_mend_is_told(check: Check) -> None:
    """Of a good definition, and of one that only a person can mend."""
    for parts in ({"request_type": "GET"}, {"url": "http://a.test/"}):
        with pytest.raises(ValueError, match="nothing found has a certain fix"):
            check(parts).fix()


def test_two_edits_of_one_stretch_are_one() -> None:
    """The first one counts, whatever the second says."""
    parts: dict[str, Any] = {"url": "https://a.test/abc", "payload_template": "x"}
    first = Correction(parts, edits=(Edit("url", 15, 17, "X"),))
    second = Correction(
        parts, edits=(Edit("url", 16, 18, "Y"), Edit("url", 18, 18, "!"))
    )
    assert correct_all(parts, [first, second]).url == "https://a.test/Xc!"


def test_one_header_is_added_once() -> None:
    """Of two with one name the first one counts."""
    parts: dict[str, Any] = {"url": "https://a.test/", "custom_headers": ()}
    both = [Correction(parts, headers=((n, v),)) for n, v in (("A", "1"), ("a", "2"))]
    assert correct_all(parts, both).custom_headers == (("A", "1"),)
