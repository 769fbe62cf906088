"""A service that sends a secret back: it becomes no lead's field and no message."""

from __future__ import annotations

import json
from html import escape

import pytest

from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.targets import resolve_targets
from nbwebhook.redact import MASK, Redactor
from nbwebhook.transport.base import Response, Timing

SECRET = 'canary-7"&</é'
ECHOED = "the service sent back a secret, which is masked"


def mapper(secret: str, response_type: str = "JSON") -> Mapper:
    """Return a mapper of two fields that knows a secret."""
    paths = ["a", "b"] if response_type == "JSON" else ["r.a", "r.b"]
    hook = Webhook(
        url="https://a.test/",
        response_type=response_type,
        response_mappings={paths[0]: "A", paths[1]: "B"},
    )
    targets = resolve_targets(hook, columns={}, fields=Fields(), key_column=None)
    return Mapper(hook, targets, redactor=Redactor([secret]))


def response(body: str, status_code: int = 200, reason: str = "OK") -> Response:
    """Return a whole response."""
    return Response(status_code, reason, (), body.encode(), timing=Timing())


@pytest.mark.parametrize(
    ("response_type", "body"),
    [
        pytest.param("JSON", json.dumps({"a": f"Bearer {SECRET}", "b": 7}), id="json"),
        pytest.param(
            "JSON",
            json.dumps({"a": f"Bearer {SECRET}", "b": 7}, ensure_ascii=False),
            id="json-utf-8",
        ),
        pytest.param("XML", f"<r><a>Bearer {escape(SECRET)}</a><b>7</b></r>", id="xml"),
    ],
)
def test_a_secret_that_comes_back_is_masked_and_told(
    response_type: str, body: str
) -> None:
    """The other values stay as they are, and the changed one has its reason."""
    outcome = mapper(SECRET, response_type).map_response(response(body), [None, None])
    first, second = outcome.changes
    assert (first.new_value, first.response_value) == (f"Bearer {MASK}",) * 2
    assert first.reason == ECHOED
    assert (str(second.new_value), second.reason) == ("7", "")


def test_a_secret_in_a_reason_phrase_is_masked() -> None:
    """An error type is shown in every frame."""
    answer = response("", 500, f"No {SECRET}")
    outcome = mapper(SECRET).map_response(answer, [None, None])
    assert outcome.error_type == f"No {MASK}"


@pytest.mark.parametrize(
    "secret", [pytest.param("abc", id="short"), pytest.param(SECRET, id="elsewhere")]
)
def test_a_value_without_a_secret_is_never_changed(secret: str) -> None:
    """A short secret may be part of any text: data stay exact."""
    answer = response('{"a": "abcdef", "b": "x"}')
    first, _ = mapper(secret).map_response(answer, [None, None]).changes
    assert (first.new_value, first.reason) == ("abcdef", "")
