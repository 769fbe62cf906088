"""What the linter is told of every token."""

from collections.abc import Callable

import pytest

from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import FieldType
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.resolved import ResolvedToken
from nbwebhook.render.scopes import TokenSource

MakeRenderer = Callable[..., Renderer]


def _only(renderer: Renderer) -> ResolvedToken:
    (found,) = renderer.tokens
    return found


def test_every_token_is_listed_with_its_place(make_renderer: MakeRenderer) -> None:
    """Url, payload, headers; places are those of the text as the user wrote it."""
    renderer = make_renderer(
        ["Id", "First Name"],
        url="https://example.test/{{lead.Id}}?a={{lead.Id}}#{{lead.Id}}",
        payload_template='{\\"a\\\\\\n":\n  {{lead.First Name}}, {{my.X:default=\\"}}}',
        custom_headers={"X-A": "b {{lead.Id}}"},
    )
    found = [
        (token.part, token.place, token.offset, token.token.label)
        for token in renderer.tokens
    ]
    assert found == [
        ("url", "url, column 22", 21, "lead.Id"),
        ("url", "url, column 36", 35, "lead.Id"),
        (
            "payload template",
            "payload template, line 2, column 3",
            13,
            "lead.First Name",
        ),
        ("payload template", "payload template, line 2, column 24", 34, "my.X"),
        ("custom header 'X-A'", "custom header 'X-A', column 3", 2, "lead.Id"),
    ]
    assert renderer.columns_used == ("Id", "First Name")


@pytest.mark.parametrize(
    ("token", "source", "column", "kind"),
    [
        pytest.param("lead.Id", "column", "Id", FieldType.INTEGER, id="column"),
        pytest.param("lead.Tier", "column", "Tier", None, id="column-of-no-type"),
        pytest.param(
            "lead.Email", "column", "Email Address", FieldType.EMAIL, id="api"
        ),
        pytest.param(
            "company.Website", "column", "company.Website", FieldType.URL, id="scoped"
        ),
        pytest.param("my.Offer", "context", "", None, id="context"),
        pytest.param("program.id", "blank", "", FieldType.INTEGER, id="not-given"),
        pytest.param("system.date", "system", "", None, id="clock"),
        pytest.param("system.dateTime", "context", "", None, id="clock-overridden"),
        pytest.param("secret.KEY", "secret", "", None, id="secret"),
        pytest.param("lead.City", "blank", "", FieldType.STRING, id="field-no-column"),
        pytest.param("lead.SFDC ID", "blank", "", None, id="name-of-marketo's"),
        pytest.param(
            "lead.City:default=x", "default_only", "", FieldType.STRING, id="default"
        ),
        pytest.param("lead.Id:default=x", "column", "Id", FieldType.INTEGER, id="both"),
        pytest.param("lead.Nope", "unknown", "", None, id="unknown"),
        pytest.param(
            "lead.Nope:default=", "default_only", "", None, id="unknown-default"
        ),
        pytest.param(
            "lead.Full Name", "column", "First Name", FieldType.STRING, id="full"
        ),
    ],
)
def test_the_source_of_a_token(
    make_renderer: MakeRenderer,
    token: str,
    source: str,
    column: str,
    kind: FieldType | None,
) -> None:
    """Where its text comes from, which column, and of what type."""
    found = _only(
        make_renderer(
            [
                "Id",
                "Tier",
                "Email Address",
                "company.Website",
                "First Name",
                "Last Name",
            ],
            payload_template=f"{{{{{token}}}}}",
            context=Context(
                my={"Offer": 1}, system={"dateTime": "x"}, secrets={"KEY": "s3cr"}
            ),
        )
    )
    assert (found.source, found.column, found.type) == (source, column, kind)
    assert "s3cr" not in repr(found)


def test_sources_are_the_words_that_a_frame_shows() -> None:
    """The enum's values, all of them."""
    assert [str(source) for source in TokenSource] == [
        "column",
        "context",
        "system",
        "secret",
        "default_only",
        "blank",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("token", "near"),
    [
        pytest.param("lead.Frist Name", "lead.First Name", id="field"),
        pytest.param("lead.Segmnt", "lead.Segment", id="column"),
        pytest.param("lead.Company=edit me", "lead.Company Name", id="malformed"),
        pytest.param("lead.Email Adress:default=x", "lead.Email Address", id="default"),
        pytest.param(
            "company.Parent Company", "company.Parent Company Name", id="company"
        ),
        pytest.param("company.Websit", "company.Website", id="scoped-column"),
        pytest.param("my.Ofer", "my.Offer", id="my"),
        pytest.param("trigger.Link URL", "trigger.Link", id="trigger"),
        pytest.param("system.datetme", "system.dateTime", id="system"),
        pytest.param("leed.Email Address", "lead.Email Address", id="scope"),
        pytest.param("Email Address", "lead.Email Address", id="no-scope"),
        pytest.param("SP_Send_Alert", "SP_Send_Alert_Info", id="no-dot"),
    ],
)
def test_an_unknown_name_is_told_what_it_may_mean(
    make_renderer: MakeRenderer, token: str, near: str
) -> None:
    """At most three names like it, the nearest first."""
    found = _only(
        make_renderer(
            ["Segment", "company.Website"],
            payload_template=f"{{{{{token}}}}}",
            context=Context(my={"Offer": 1}),
        )
    )
    assert not found.is_known
    assert found.near[0] == near
    assert len(found.near) <= 3


@pytest.mark.parametrize(
    "token",
    ["lead.Zxqwv", "secret.KEY:default=", "lead.City", "lead." + "x" * 500_000, ""],
)
def test_no_name_is_near_where_none_is_like_it(
    make_renderer: MakeRenderer, token: str
) -> None:
    """A known name has no near ones, nor has one that is like nothing."""
    renderer = make_renderer(payload_template=f"{{{{{token}}}}}")
    assert _only(renderer).near == ()


def test_names_are_looked_for_only_as_often_as_somebody_reads(
    make_renderer: MakeRenderer,
) -> None:
    """A template of wrong names stays quick."""
    template = "".join(f"{{{{lead.First Nam{number}}}}}" for number in range(300))
    found = make_renderer(payload_template=template * 2).tokens
    once = [True] * 200 + [False] * 100
    assert [bool(token.near) for token in found] == once * 2


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        pytest.param("lead.Email Address", False, id="label"),
        pytest.param("lead.EMAIL address", False, id="label-in-another-case"),
        pytest.param("lead.Email", True, id="soap"),
        pytest.param("lead.firstName", True, id="rest-without-a-column"),
        pytest.param("lead.City", False, id="label-and-api-name"),
        pytest.param("lead.Tier", False, id="custom"),
        pytest.param("my.Email", False, id="another-scope"),
    ],
)
def test_api_names_are_told_from_labels(
    make_renderer: MakeRenderer, token: str, *, wanted: bool
) -> None:
    """Marketo knows tokens by display name; whether by API name, no source says."""
    renderer = make_renderer(
        ["Email", "Tier"],
        payload_template=f"{{{{{token}}}}}",
        fields={"Tier": "integer"},
    )
    assert _only(renderer).by_api_name is wanted
