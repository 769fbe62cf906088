"""Fingerprints: what makes a run another run, and what does not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.journal.identity import Identity, definition_parts, leads_parts
from nbwebhook.render.leads import Column, LeadBlock, Unsendable, Value

HOOK = Webhook(
    name="Score",
    url="https://score.example.test/leads?id={{lead.Id}}",
    payload_template='{"id": {{lead.Id}}}',
    request_token_encoding="JSON",
    custom_headers=[("X-Key", "{{secret.KEY}}"), ("X-Two", "1"), ("X-Two", "2")],
    response_mappings={"score": "LeadScore"},
)
CONTEXT = Context(my={"Discount": 5}, secrets={"KEY": "hush"})
PARTS = definition_parts(HOOK, CONTEXT, Fields({"Tier": "integer"}))


def differences(parts: dict[str, str]) -> tuple[str, ...]:
    """Return what differs from the run above."""
    return Identity(1, parts).differences(1, PARTS)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        pytest.param({"url": "https://score.example.test/v2"}, "url", id="url"),
        pytest.param({"request_type": "PUT"}, "request type", id="method"),
        pytest.param({"payload_template": "{}"}, "payload template", id="payload"),
        pytest.param(
            {"request_token_encoding": "None"}, "request token encoding", id="encoding"
        ),
        pytest.param(
            {"response_mappings": {"grade": "LeadScore"}},
            "response mappings",
            id="mapping",
        ),
        pytest.param(
            {"custom_headers": [("X-Key", "k"), ("X-Two", "1"), ("X-Two", "2")]},
            "custom header 'X-Key'",
            id="header",
        ),
        pytest.param(
            {
                "custom_headers": [
                    ("X-Key", "{{secret.KEY}}"),
                    ("X-Two", "2"),
                    ("X-Two", "1"),
                ]
            },
            "custom header 'X-Two'",
            id="order-of-headers",
        ),
    ],
)
def test_a_changed_definition_is_named(changed: dict[str, object], named: str) -> None:
    """What differs is told in the words of the form."""
    parts = definition_parts(
        HOOK.replace(**changed), CONTEXT, Fields({"Tier": "integer"})
    )
    assert differences(parts) == (named,)


@pytest.mark.parametrize(
    ("context", "fields", "campaign", "named"),
    [
        pytest.param(
            Context(my={"Discount": 6}), {"Tier": "integer"}, "trigger", "context value my.discount", id="my"
        ),
        pytest.param(
            Context(my={"Discount": "5"}), {"Tier": "integer"}, "trigger", "context value my.discount", id="my-type"
        ),
        pytest.param(
            Context(my={"Discount": 5}, time_zone="Asia/Tokyo"), {"Tier": "integer"}, "trigger", "time zone", id="zone"
        ),
        pytest.param(Context(my={"Discount": 5}), {"Tier": "string"}, "trigger", "field 'Tier'", id="field"),
        pytest.param(Context(my={"Discount": 5}), {"Tier": "integer"}, "batch", "campaign", id="campaign"),
    ],
)  # fmt: skip
def test_a_changed_context_is_named(
    context: Context, fields: dict[str, str], campaign: str, named: str
) -> None:
    """Values, their types, the zone, declared fields and the campaign count."""
    parts = definition_parts(HOOK, context, Fields(fields), campaign=campaign)
    assert differences(parts) == (named,)


def test_names_and_secrets_make_no_other_run() -> None:
    """A renewed key, a new name and a standard field declared as it is change nothing."""
    hook = HOOK.replace(name="Score v2", description="renamed")
    context = CONTEXT.replace(secrets={"KEY": "renewed", "OTHER": "x"})
    fields = Fields({"Tier": FieldType.INTEGER, "Lead Score": "score"})
    assert differences(definition_parts(hook, context, fields)) == ()


def test_nothing_can_be_read_from_a_fingerprint() -> None:
    """Hashes only: neither a header's text nor a context's value stands there."""
    told = repr(definition_parts(HOOK, CONTEXT, Fields()))
    assert "hush" not in told
    assert "example.test" not in told


def blocks(values: Sequence[Value], size: int) -> list[LeadBlock]:
    """Return one column of leads, cut into blocks."""
    keys = [str(row) for row in range(len(values))]
    return [
        LeadBlock(at, keys[at : at + size], (Column("A", values[at : at + size]),))
        for at in range(0, len(values), size)
    ]


VALUES: list[Value] = ["a", 1, True, None, Decimal("1.0"), date(2026, 1, 1), "b"]


def test_the_cut_into_blocks_plays_no_part() -> None:
    """The same leads in blocks of another size are the same leads."""
    found = [leads_parts(blocks(VALUES, size), "Id") for size in (1, 2, 3, 7)]
    assert found == [found[0]] * 4
    assert list(found[0]) == ["key column 'Id'", "column 'A'"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(["1"], [1], id="text-and-number"),
        pytest.param([1], [True], id="number-and-boolean"),
        pytest.param([1], [Decimal(1)], id="integer-and-decimal"),
        pytest.param([Decimal("1.0")], [Decimal("1.00")], id="zeros"),
        pytest.param(["a,b"], ["a", "b"], id="comma"),
        pytest.param([""], [None], id="empty-text-and-nothing"),
        pytest.param([None], ["null"], id="nothing-and-null"),
        pytest.param(["2026-01-01"], [date(2026, 1, 1)], id="text-and-date"),
        pytest.param(
            [datetime(2026, 1, 1, tzinfo=UTC)], [datetime(2026, 1, 1)], id="zone"  # noqa: DTZ001 - a naive one on purpose
        ),
        pytest.param([Unsendable("a")], [Unsendable("b")], id="unsendable"),
        pytest.param(["\ud800"], ["\\ud800"], id="half-a-pair"),
        pytest.param(["a", "b"], ["b", "a"], id="order"),
    ],
)  # fmt: skip
def test_other_values_have_another_fingerprint(
    one: list[Value], two: list[Value]
) -> None:
    """No two lists of values that would be sent otherwise look the same."""
    first, second = (leads_parts(blocks(v, 9), "Id")["column 'A'"] for v in (one, two))
    assert first != second


@given(st.lists(st.text('ab|~^`,"\\é\x00\x7f\u2028\ud83d\ude00'), min_size=1))
@example(["|", "~", "^", "`"])
@example(["\ud83d", "\ude00"])
def test_texts_keep_the_fingerprint_that_older_journals_have(texts: list[str]) -> None:
    """It is that of the texts as JSON, whatever signs are in them, in blocks of any size."""
    wanted = blake2b(b"null,", digest_size=16)
    wanted.update(f"{json.dumps(texts, separators=(',', ':'))[1:-1]},".encode())
    for size in (1, 2, 99):
        parts = leads_parts(blocks(texts, size), "Id")
        assert parts["column 'A'"] == wanted.hexdigest()


def test_the_type_of_a_column_counts() -> None:
    """It decides what an empty value leaves."""
    plain = LeadBlock(0, ["1"], (Column("A", [None]),))
    typed = LeadBlock(0, ["1"], (Column("A", [None], FieldType.INTEGER),))
    assert leads_parts([plain], "Id") != leads_parts([typed], "Id")


def test_of_another_number_of_leads_the_columns_are_not_named() -> None:
    """They all differ, which says nothing more."""
    mine = {"url": "1", "column 'A'": "1", "key column 'Id'": "1"}
    theirs = {"url": "2", "column 'A'": "2", "key column 'Id'": "2"}
    found = Identity(1_200, mine).differences(100, theirs)
    assert found == ("the number of leads (100 there, 1,200 here)", "url")


def test_many_differences_are_counted() -> None:
    """A message stays a message."""
    mine = {f"column {n}": "1" for n in range(30)}
    found = Identity(1, mine).differences(1, dict.fromkeys(mine, "2"))
    assert len(found) == 9
    assert found[-1] == "22 more"


def test_columns_that_only_one_definition_reads_are_not_named() -> None:
    """Another template is the difference; a column that is gone is one by itself."""
    mine = {"payload template": "1", "column 'A'": "1", "column 'B'": "1"}
    theirs = {"payload template": "2", "column 'B'": "2", "column 'C'": "2"}
    both = Identity(1, mine).differences(1, theirs)
    assert both == ("payload template", "column 'B'")
    less = {"payload template": "1", "column 'B'": "1"}
    assert Identity(1, mine).differences(1, less) == ("column 'A'",)
