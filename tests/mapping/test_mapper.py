"""One response to one outcome."""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.outcome import Change, Fate, FieldValue, Outcome, OutcomeKind
from nbwebhook.mapping.targets import resolve_targets
from nbwebhook.transport.base import Response, Timing

Pairs = Sequence[tuple[str, str]]
ChangeFacts = tuple[int, str, str | None, FieldValue, str]

NO_VALUE = "no value at this path"
NULL = "null in the response; the field stays"
HELD = "the field has this value already"
OVERTAKEN = "a later mapping to the same field comes after it"


def _mapper(
    pairs: Pairs,
    *,
    response_type: str = "JSON",
    columns: Mapping[str, FieldType | None] | None = None,
    zone: tzinfo = UTC,
) -> Mapper:
    hook = Webhook(
        url="https://a.test/", response_type=response_type, response_mappings=pairs
    )
    targets = resolve_targets(
        hook,
        columns=columns or {},
        fields=Fields({"Tier": "integer", "Price": "currency", "Seen": "datetime"}),
        key_column=None,
    )
    return Mapper(hook, targets, zone=zone)


def _response(
    body: bytes = b"{}",
    status_code: int = 200,
    reason: str = "OK",
    content_type: bytes = b"application/json",
) -> Response:
    headers = ((b"date", b"now"), (b"content-type", content_type))
    return Response(status_code, reason, headers, body, timing=Timing())


def _change_facts(change: Change) -> ChangeFacts:
    return (
        change.mapping,
        str(change.fate),
        change.response_value,
        change.new_value,
        change.reason,
    )


def _facts(outcome: Outcome) -> tuple[object, ...]:
    return (
        str(outcome.kind),
        outcome.error_type,
        outcome.error_code,
        outcome.reason,
        tuple(_change_facts(change) for change in outcome.changes),
    )


def _map(
    pairs: Pairs,
    body: bytes,
    old_texts: Sequence[str | None] | None = None,
    response_type: str = "JSON",
) -> tuple[object, ...]:
    mapper = _mapper(pairs, response_type=response_type)
    olds = [None] * len(pairs) if old_texts is None else old_texts
    return _facts(mapper.map_response(_response(body), olds))


def test_each_mapping_has_its_own_fate() -> None:
    """One response: written, unchanged, missing, null, misfits, all side by side."""
    pairs = [
        ("score", "LeadScore"),
        ("city", "City"),
        ("nope", "State"),
        ("none", "Country"),
        ("word", "Tier"),
        ("long", "Title"),
        ("tags", "Segment"),
        ("price", "Price"),
        ("flag", "Flag"),
    ]
    body = {
        "score": 57,
        "city": "Bonn",
        "none": None,
        "word": "42",
        "long": "x" * 256,
        "tags": ["a", 1],
        "flag": True,
    }
    text = json.dumps(body)[:-1] + ', "price": 12.50}'
    olds = ["42", "Bonn", "NRW", "DE", None, None, None, None, None]
    assert _map(pairs, text.encode(), olds) == (
        "updated",
        "",
        0,
        "",
        (
            (0, "written", "57", 57, ""),
            (1, "unchanged", "Bonn", None, HELD),
            (2, "missing", None, None, NO_VALUE),
            (3, "null", "null", None, NULL),
            (
                4,
                "type_mismatch",
                "42",
                None,
                "a text that does not fit; a field of type integer takes a whole number",
            ),
            (
                5,
                "too_long",
                "x" * 256,
                None,
                "longer than the 255 characters of a field of its type",
            ),
            (
                6,
                "not_scalar",
                '["a", 1]',
                None,
                "a list; name one by its index, as in [0]",
            ),
            (7, "written", "12.50", Decimal("12.50"), ""),
            (8, "written", "true", True, ""),
        ),
    )


def test_xml_is_mapped_by_the_types_of_the_fields() -> None:
    """Text of a document becomes what each field holds."""
    pairs = [
        ("r.score", "LeadScore"),
        ("r.list.e[1].name", "City"),
        ("r.empty", "State"),
        ("r.list", "Country"),
        ("r.seen", "Seen"),
        ("r.other", "Segment"),
    ]
    body = (
        b"<r><score> 57 </score><list><e><name>Bonn</name></e><e><name>K&#246;ln"
        b"</name></e></list><empty/><seen>2026-01-02T03:04:05Z</seen></r>"
    )
    listed = "<list><e><name>Bonn</name></e><e><name>Köln</name></e></list>"
    assert _map(pairs, body, response_type="XML") == (
        "updated",
        "",
        0,
        "",
        (
            (0, "written", " 57 ", 57, ""),
            (1, "written", "Köln", "Köln", ""),
            (2, "null", "", None, "the element is empty; the field stays"),
            (3, "not_scalar", listed, None, "an element with children; name one"),
            (
                4,
                "written",
                "2026-01-02T03:04:05Z",
                datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                "",
            ),
            (5, "missing", None, None, NO_VALUE),
        ),
    )


@pytest.mark.parametrize(
    ("body", "old_texts", "reason"),
    [
        pytest.param(b"{}", [None, None], "2 missing", id="missing"),
        pytest.param(b'{"a": null}', [None, None], "1 missing, 1 null", id="null"),
        pytest.param(b'{"a": "x", "b": []}', ["x", None], "1 unchanged, 1 not_scalar"),
        pytest.param(b'{"a": 1, "b": "1"}', ["1", ""], "1 unchanged, 1 type_mismatch"),
        pytest.param(b"[]", [None, None], "2 missing", id="list"),
        pytest.param(b'"a"', [None, None], "2 missing", id="text"),
        pytest.param(b"1", [None, None], "2 missing", id="number"),
        pytest.param(b"null", [None, None], "2 missing", id="root-null"),
        pytest.param(b'""', [None, None], "2 missing", id="empty-text"),
    ],
)
def test_a_response_that_writes_nothing_says_why(
    body: bytes, old_texts: list[str | None], reason: str
) -> None:
    """`no_update` counts the fates; each change holds its own reason besides."""
    kind, error_type, code, why, _ = _map(
        [("a", "City"), ("b", "Tier")], body, old_texts
    )
    assert (kind, error_type, code) == ("no_update", "", 0)
    assert why == f"no mapping wrote a value: {reason}"


@pytest.mark.parametrize("status_code", [200, 201, 202, 203, 206, 226, 299])
def test_every_2xx_is_mapped(status_code: int) -> None:
    """Any 2xx with a body updates fields."""
    outcome = _mapper([("a", "City")]).map_response(
        _response(b'{"a": "Bonn"}', status_code), [None]
    )
    assert outcome.kind is OutcomeKind.UPDATED


@pytest.mark.parametrize("pairs", [(), (("a", "City"),)], ids=["none", "one"])
@pytest.mark.parametrize("response_type", ["JSON", "XML"])
@pytest.mark.parametrize(
    ("status_code", "body"),
    [
        pytest.param(200, b"", id="200-empty"),
        pytest.param(200, b" \r\n", id="200-blank"),
        pytest.param(204, b"", id="204"),
        pytest.param(204, b'{"a": "Bonn"}', id="204-with-a-body"),
        pytest.param(205, b"<a>Bonn</a>", id="205-with-a-body"),
    ],
)
def test_an_empty_body_is_1001(
    pairs: Pairs, response_type: str, status_code: int, body: bytes
) -> None:
    """Marketo's error 1001, and not a fault of parsing."""
    mapper = _mapper(pairs, response_type=response_type)
    found = mapper.map_response(_response(body, status_code), [None] * len(pairs))
    reason = "the response's body is empty (1001)"
    assert _facts(found) == ("no_update", "EmptyBody", 1001, reason, ())


@pytest.mark.parametrize("body", [b"", b"OK", b'{"a": "Bonn"}'])
def test_response_type_none_reads_no_body(body: bytes) -> None:
    """Mappings are told to be of no use; without any there is nothing to tell."""
    response = _response(body)
    bare = _mapper([], response_type="None").map_response(response, [])
    assert _facts(bare) == ("no_update", "", 0, "", ())
    told = _mapper([("a", "City")], response_type="None")
    reason = "the definition's response type is None, so that no mapping is read"
    assert _facts(told.map_response(response, [None])) == (
        "no_update",
        "",
        0,
        reason,
        (),
    )


@pytest.mark.parametrize("body", [b"OK", b"<html>", b'{"a": 1}', b"\xff"])
@pytest.mark.parametrize("response_type", ["JSON", "XML"])
def test_without_mappings_a_body_is_not_looked_at(
    body: bytes, response_type: str
) -> None:
    """A service that answers `OK` to a webhook that maps nothing is fine."""
    mapper = _mapper([], response_type=response_type)
    found = mapper.map_response(_response(body), [])
    assert _facts(found) == ("no_update", "", 0, "", ())


@pytest.mark.parametrize(
    ("response_type", "body", "content_type", "error_type", "reason"),
    [
        pytest.param(
            "JSON",
            b"<!DOCTYPE html><html><h1>secret",
            b"application/json",
            "InvalidBody",
            "the response is not JSON: looks like an HTML page; check the URL and "
            "whether the service wants a login",
            id="html-as-json",
        ),
        pytest.param(
            "XML",
            b"<html><body>secret</body></html>",
            b"text/xml",
            "InvalidBody",
            "the response is not XML: looks like an HTML page; check the URL and "
            "whether the service wants a login",
            id="html-as-xml",
        ),
        pytest.param(
            "JSON",
            b"<a>secret</a>",
            b"application/json",
            "InvalidBody",
            "the response is not JSON: looks like XML; choose response type XML, or "
            "check the URL",
            id="xml-as-json",
        ),
        pytest.param(
            "XML",
            b'{"a": "secret"}',
            b"text/xml",
            "InvalidBody",
            "the response is not XML: looks like JSON; choose response type JSON, or "
            "check the URL",
            id="json-as-xml",
        ),
        pytest.param(
            "JSON",
            b'{"a": "secret',
            b"",
            "InvalidBody",
            "the response is not JSON: unterminated string starting at line 1, column 7",
            id="cut-off",
        ),
        pytest.param(
            "JSON",
            b'{"a": "caf\xe9"}',
            b"application/json; charset=utf-8",
            "UndecodableBody",
            "the response's body is not utf-8 at byte 11",
            id="latin-1-called-utf-8",
        ),
        pytest.param(
            "JSON",
            b"{}",
            b"application/json; charset=klingon",
            "UndecodableBody",
            "the response's character set 'klingon' is not decoded; UTF-8 is what "
            "services send",
            id="klingon",
        ),
        pytest.param(
            "XML",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
            b"text/xml",
            "InvalidBody",
            "the response is not XML: it has a DOCTYPE, which is never read",
            id="doctype",
        ),
    ],
)
def test_a_body_of_another_kind_is_failed(
    response_type: str, body: bytes, content_type: bytes, error_type: str, reason: str
) -> None:
    """The response type rules, whatever the Content-Type says."""
    mapper = _mapper([("a", "City")], response_type=response_type)
    found = mapper.map_response(_response(body, content_type=content_type), [None])
    assert _facts(found) == ("failed", error_type, 0, reason, ())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b'{"a": "Zo\xc3\xab"}', b"text/html", id="json-called-html"),
        pytest.param(b'{"a": "Zo\xc3\xab"}', b"", id="no-content-type"),
        pytest.param(b'{"a": "Zo\xeb"}', b"a/b; charset=ISO-8859-1", id="latin-1"),
        pytest.param('{"a": "Zoë"}'.encode("utf-16"), b"a/b", id="utf-16-bom"),
        pytest.param('{"a": "Zoë"}'.encode("utf-8-sig"), b"a/b", id="utf-8-bom"),
    ],
)
def test_text_arrives_right_whatever_its_character_set(
    body: bytes, content_type: bytes
) -> None:
    """Header and byte order mark are heeded."""
    mapper = _mapper([("a", "City")])
    found = mapper.map_response(_response(body, content_type=content_type), [None])
    assert found.changes[0].new_value == "Zoë"


def test_other_than_2xx_changes_nothing() -> None:
    """A body that fits is not read when the status is not 2xx."""
    found = _mapper([("a", "City")]).map_response(
        _response(b'{"a": "Bonn"}', 500, "Internal Server Error"), [None]
    )
    reason = "the service answered 500; fields are updated on 2xx only"
    assert _facts(found) == ("failed", "Internal Server Error", 0, reason, ())


def test_a_repeated_key_is_told() -> None:
    """The last value counts, and the outcome says that there were two."""
    note = "an object of the response has one key twice; the last one counts"
    kind, _, _, reason, changes = _map([("a", "City")], b'{"a": "x", "a": "y"}')
    assert (kind, reason) == ("updated", note)
    assert changes == ((0, "written", "y", "y", ""),)
    _, _, _, reason, _ = _map([("a", "City")], b'{"b": 1, "b": 2}')
    assert reason == f"no mapping wrote a value: 1 missing; {note}"


@pytest.mark.parametrize(
    ("body", "old_text", "changes"),
    [
        pytest.param(
            b'{"a": "x", "b": "y"}',
            None,
            ((0, "unchanged", "x", None, OVERTAKEN), (1, "written", "y", "y", "")),
            id="both",
        ),
        pytest.param(
            b'{"a": "x", "b": "y"}',
            "y",
            (
                (0, "unchanged", "x", None, OVERTAKEN),
                (1, "unchanged", "y", None, HELD),
            ),
            id="last-is-held",
        ),
        pytest.param(
            b'{"a": "x", "b": null}',
            None,
            ((0, "written", "x", "x", ""), (1, "null", "null", None, NULL)),
            id="last-is-null",
        ),
        pytest.param(
            b'{"a": "x"}',
            None,
            ((0, "written", "x", "x", ""), (1, "missing", None, None, NO_VALUE)),
            id="last-is-missing",
        ),
        pytest.param(
            b'{"b": "y"}',
            None,
            ((0, "missing", None, None, NO_VALUE), (1, "written", "y", "y", "")),
            id="first-is-missing",
        ),
    ],
)
@pytest.mark.parametrize(
    "names", [("City", "city"), ("Fresh", " fresh "), ("Company", "Company Name")]
)
def test_of_two_mappings_to_one_field_the_last_that_fits_wins(
    names: tuple[str, str],
    body: bytes,
    old_text: str | None,
    changes: tuple[ChangeFacts, ...],
) -> None:
    """At most one change of a field is written, under whichever names it goes."""
    pairs = [("a", names[0]), ("b", names[1])]
    assert _map(pairs, body, [old_text, old_text])[4] == changes


def test_the_account_time_zone_applies() -> None:
    """A time without zone, and an old one, are of the zone given."""
    mapper = _mapper([("a", "Seen")], zone=ZoneInfo("Europe/Berlin"))
    response = _response(b'{"a": "2026-01-02T03:04:05"}')
    (change,) = mapper.map_response(response, [None]).changes
    assert change.new_value == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    (change,) = mapper.map_response(response, ["2026-01-02 03:04:05"]).changes
    assert change.fate is Fate.UNCHANGED


def test_text_that_no_file_can_hold_is_shown_escaped() -> None:
    """Half a surrogate pair and U+0000 are refused, and what is shown is plain."""
    body = rb'{"a": "x\ud800", "b": "\u0000"}'
    changes = _map([("a", "City"), ("b", "Fresh")], body)[4]
    reason = "the text holds U+0000 or half a surrogate pair"
    assert changes == (
        (0, "type_mismatch", r"x\ud800", None, reason),
        (1, "type_mismatch", r"\u0000", None, reason),
    )


def test_leads_share_what_is_equal() -> None:
    """Reasons, missing and null changes are one object for all leads."""
    mapper = _mapper([("a", "City"), ("b", "State")])
    first, second = (
        mapper.map_response(_response(b'{"a": null}'), [None, None]) for _ in range(2)
    )
    assert first.changes[0] is second.changes[0]
    assert first.changes[1] is second.changes[1]
    assert first.reason is second.reason


def test_a_wrong_number_of_old_values_is_a_mistake_of_the_caller() -> None:
    """Old values cannot be taken for those of other mappings."""
    with pytest.raises(ValueError, match="shorter"):
        _mapper([("a", "City"), ("b", "State")]).map_response(_response(), [None])


def test_threads_may_share_a_mapper() -> None:
    """Each response is mapped on its own, whichever thread does it."""
    mapper = _mapper([("a", "City")])
    found: dict[int, FieldValue] = {}

    def map_many(number: int) -> None:
        for _ in range(200):
            response = _response(b'{"a": "%d"}' % number)
            (change,) = mapper.map_response(response, [None]).changes
            found[number] = change.new_value

    threads = [threading.Thread(target=map_many, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: str(n) for n in range(4)}


_BODIES = st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
).map(lambda value: json.dumps(value).encode())
_XML_BODIES = st.lists(
    st.sampled_from(
        ["<a>", "</a>", "<b/>", "x", "&amp;", "&e;", "<!DOCTYPE a>", "<![CDATA[", "]]>"]
    )
).map(lambda parts: "".join(parts).encode())
_CONTENT_TYPES = st.sampled_from(
    [
        b"",
        b"text/html",
        b"a/b; charset=utf-16",
        b"a/b; charset=hex",
        b"\xff;charset=\xff",
    ]
)


@given(
    body=_BODIES | _XML_BODIES,
    response_type=st.sampled_from(["JSON", "XML", "None"]),
    status_code=st.sampled_from([200, 200, 200, 204, 299, 302, 404, 999]),
    reason=st.text(max_size=5),
    content_type=_CONTENT_TYPES,
    old_text=st.none() | st.text(max_size=3),
)
def test_any_response_gives_one_outcome_that_a_file_can_hold(
    *,
    body: bytes,
    response_type: str,
    status_code: int,
    reason: str,
    content_type: bytes,
    old_text: str | None,
) -> None:
    """Nothing is raised, kinds and changes agree, and every text is encodable."""
    pairs = [("a", "City"), ("a.b[0]", "Tier"), ("[0]", "Fresh"), ("a[0].b", "city")]
    mapper = _mapper(pairs, response_type=response_type)
    response = _response(body, status_code, reason, content_type)
    found = mapper.map_response(response, [old_text] * 4)
    fates = [change.fate for change in found.changes]
    assert len(fates) in {0, 4}
    assert (Fate.WRITTEN in fates) is (found.kind is OutcomeKind.UPDATED)
    assert found.kind in {
        OutcomeKind.UPDATED,
        OutcomeKind.NO_UPDATE,
        OutcomeKind.FAILED,
    }
    assert (found.kind is OutcomeKind.FAILED) <= bool(found.error_type and found.reason)
    for change in found.changes:
        assert (change.fate is Fate.WRITTEN) is (not change.reason)
        assert (change.new_value is None) or change.fate is Fate.WRITTEN
        for text in (change.response_value, change.new_value, found.error_type):
            assert b"\x00" not in str(text).encode()


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text(), max_size=2))
def test_every_plain_text_is_written_as_it_came(values: dict[str, str]) -> None:
    """What a service sends as text is what a new field gets."""
    changes = _map([("a", "Fresh"), ("b", "Other")], json.dumps(values).encode())[4]
    for key, facts in zip("ab", changes, strict=True):  # type: ignore[call-overload] # a tuple
        if key not in values:
            assert facts[1] == "missing"
        elif values[key] == "":
            assert facts[1] == "unchanged"
        elif "\x00" not in values[key]:
            assert facts[3] == values[key]
