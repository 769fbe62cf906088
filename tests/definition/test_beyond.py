"""Options past Marketo: off by default, checked when made, saved only when set."""

import inspect
import json
from collections.abc import Callable

import pytest

from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidDefinition

make: Callable[..., Webhook] = Webhook
URL = "https://a.test/"


def test_nothing_goes_past_marketo_by_default() -> None:
    """A definition that says nothing of it has no option set."""
    assert not make(url=URL).beyond
    assert make(url=URL).beyond.options_set == {}
    assert "beyond" not in json.loads(make(url=URL).to_json())


@pytest.mark.parametrize("name", list(Beyond.model_fields))
def test_every_option_says_what_marketo_does(name: str) -> None:
    """Each option is documented, and Marketo stands in its text."""
    text = inspect.getdoc(Beyond) or ""
    start = text.index(f"    {name}: ")
    later = [text.find(f"    {other}: ") for other in Beyond.model_fields]
    ends = [at for at in later if at > start]
    assert "Marketo" in text[start : min(ends, default=text.index("Raises:"))]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"xml_escape": True, "datetime_format": "ISO"}, id="mapping"),
        pytest.param(Beyond(xml_escape=True, datetime_format="iso"), id="object"),
    ],
)
def test_options_may_be_given_either_way(given: object) -> None:
    """A mapping as in a file and an object give equal webhooks, saved with what is set."""
    hook = make(url=URL, beyond=given)
    assert hook.beyond == Beyond(xml_escape=True, datetime_format="iso")
    assert hook == make(url=URL, beyond={"xml_escape": True, "datetime_format": "iso"})
    saved = json.loads(hook.to_json())["beyond"]
    assert saved == {"xml_escape": True, "datetime_format": "iso"}


def test_options_can_be_taken_back() -> None:
    """A copy with `beyond=None` runs as in Marketo again."""
    assert make(url=URL, beyond={"null_clears": True}).replace(beyond=None) == make(
        url=URL
    )


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        pytest.param(
            {"xml_escape": 1, "datetime_format": "unix", "colour": "red", 7: True},
            [
                "beyond, xml_escape: is not true or false",
                "beyond, datetime_format: is not 'marketo', 'iso' or 'iso_utc'",
                "beyond: has no option 'colour'; there are lenient_json_quotes, ",
                "beyond: has no option '7'; there are lenient_json_quotes, ",
                "url: starts with 'a.test'",
            ],
            id="values-and-names",
        ),
        pytest.param(
            True,
            [
                "beyond: is not an object of options and their values",
                "url: starts with 'a.test'",
            ],
            id="not-an-object",
        ),
    ],
)
def test_wrong_options_are_told_with_all_other_faults(
    given: object, problems: list[str]
) -> None:
    """Every wrong option is one fault, beside those of the rest."""
    with pytest.raises(InvalidDefinition) as caught:
        make(url="a.test", beyond=given)
    found = [str(fault) for fault in caught.value.faults]
    assert len(found) == len(problems)
    assert all(f.startswith(p) for f, p in zip(found, problems, strict=True))
