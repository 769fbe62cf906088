"""Token values that do not come from the lead."""

import pickle
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from nbwebhook.definition.context import Context
from nbwebhook.definition.secrets import Secret
from nbwebhook.errors import Fault, InvalidContext

VALUE = "not text, a number, true or false, a date or nothing"
make: Callable[..., Context] = Context


def test_values_are_kept_by_scope() -> None:
    """Every scope takes text, numbers, booleans, dates and nothing."""
    values = {
        "a": "x",
        "b": 1,
        "c": 1.5,
        "d": Decimal("1.50"),
        "e": True,
        "f": date(2026, 1, 2),
        "g": None,
    }
    scopes = ("my", "program", "campaign", "trigger", "member", "social", "system")
    context = make(**dict.fromkeys(scopes, values))
    for scope in scopes:
        found = getattr(context, scope)
        assert found == values
        assert [type(v) for v in found.values()] == [type(v) for v in values.values()]


def test_nothing_given_is_an_empty_context() -> None:
    """Without arguments there are no values, and the zone is UTC."""
    context = Context()
    assert context.my == {}
    assert context.zone == ZoneInfo("UTC")


@pytest.mark.parametrize("layers", [list, tuple])
def test_my_tokens_are_inherited_and_overridden(layers: Callable[..., Any]) -> None:
    """The program's own count before those of its folders, in any case of the name."""
    context = make(
        my=layers(
            [
                {"Offer": "local", "Blank": None},
                {"OFFER": "folder", "Season": "autumn"},
                {"season": "all year", "blank": "x", "Sender": "global"},
            ]
        )
    )
    assert context.my == {
        "Offer": "local",
        "Blank": None,
        "Season": "autumn",
        "Sender": "global",
    }


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        pytest.param({"my": {"a": [1]}}, [("my.a", VALUE)], id="list"),
        pytest.param({"my": {"a": b"x"}}, [("my.a", VALUE)], id="bytes"),
        pytest.param(
            {"my": {"a": {}}, "trigger": {"b": object(), "c": "fine"}},
            [("my.a", VALUE), ("trigger.b", VALUE)],
            id="two",
        ),
        pytest.param(
            {"my": [{"a": "x"}, 5]},
            [("my", "a list of mappings, the program's own first")],
            id="no-mapping-in-a-list",
        ),
        pytest.param({"my": [{"a": [1]}]}, [("my.a", VALUE)], id="list-in-a-layer"),
        pytest.param(
            {"my": 5}, [("my", "Input should be a valid dictionary")], id="no-mapping"
        ),
        pytest.param(
            {"secrets": {"KEY": 5}},
            [("secrets.KEY", "a secret is text, not int")],
            id="secret-number",
        ),
        pytest.param(
            {"secrets": "s3cret"},
            [("secrets", "Input should be a valid dictionary")],
            id="secrets-text",
        ),
        pytest.param(
            {"time_zone": "Mars/Olympus"},
            [("time_zone", "'Mars/Olympus' is not an IANA time zone")],
            id="zone-unknown",
        ),
        pytest.param(
            {"time_zone": "../../etc/passwd"},
            [("time_zone", "'../../etc/passwd' is not an IANA time zone")],
            id="zone-is-a-path",
        ),
        pytest.param(
            {"time_zone": "a\x00b"},
            [("time_zone", r"'a\x00b' is not an IANA time zone")],
            id="zone-with-nul",
        ),
        pytest.param(
            {"time_zone": ""}, [("time_zone", "'' is not an IANA time zone")], id="zone"
        ),
        pytest.param(
            {"lead": {}, "self": 1, "my": {"a": ()}, "time_zone": 1},
            [
                ("lead", "is not a scope"),
                ("my.a", VALUE),
                ("self", "is not a scope"),
                ("time_zone", "Input should be a valid string"),
            ],
            id="four",
        ),
    ],
)
def test_all_faults_are_told_with_their_places(
    values: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    """Each fault names the scope and the token, and none holds a value."""
    with pytest.raises(InvalidContext, match="context: ") as caught:
        make(**values)
    found = [(fault.place, fault.problem) for fault in caught.value.faults]
    assert sorted(found) == faults
    assert "s3cret" not in str(caught.value)


def test_an_unknown_scope_is_told_the_known_ones() -> None:
    """The remedy lists what there is."""
    with pytest.raises(InvalidContext) as caught:
        make(token={})
    (fault,) = caught.value.faults
    names = "my, program, campaign, trigger, member, social, system, secrets, time_zone"
    names += ", secret_sources"
    assert fault == Fault("token", "is not a scope", f"there are {names}")


def test_secrets_do_not_show() -> None:
    """No repr and no text of a context holds a secret."""
    context = Context(secrets={"KEY": "s3cret"}, my={"a": "seen"})
    for text in (repr(context), str(context), repr(context.secrets)):
        assert "s3cret" not in text
    assert "seen" in repr(context)


def test_a_secret_is_found_by_name_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret given goes before one of the environment."""
    monkeypatch.setenv("API_KEY", "from-environment")
    context = Context(secrets={"OTHER": "other", "Api_Key": "given"})
    assert context.find_secret("API_KEY") == Secret("given")
    assert Context().find_secret("API_KEY") == Secret("from-environment")
    monkeypatch.delenv("API_KEY")
    assert Context().find_secret("API_KEY") is None


def test_a_copy_with_other_values_is_checked_anew() -> None:
    """`replace` keeps the rest, secrets too, and refuses what `Context` refuses."""
    context = Context(secrets={"KEY": "s3cret"}, my={"a": 1}, time_zone="Asia/Tokyo")
    copy = context.replace(my={"b": 2})
    assert (copy.my, copy.time_zone) == ({"b": 2}, "Asia/Tokyo")
    assert copy.find_secret("key") == Secret("s3cret")
    assert context.my == {"a": 1}
    with pytest.raises(InvalidContext, match="is not an IANA time zone"):
        context.replace(time_zone="Mars/Olympus")
    with pytest.raises(InvalidContext, match="is not an IANA time zone"):
        context.__replace__(time_zone="Mars/Olympus")


def test_a_context_is_frozen_and_can_be_pickled() -> None:
    """It is the same for every lead of a run and survives a process border."""
    context = Context(my={"a": Decimal("1.50")}, time_zone="Europe/Berlin")
    with pytest.raises(ValidationError, match="frozen"):
        context.time_zone = "UTC"
    assert pickle.loads(pickle.dumps(context)) == context  # noqa: S301 - our own bytes
