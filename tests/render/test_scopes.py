"""What a token's name stands for (marketo.md 3)."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pytest

from nbwebhook.definition.context import Context
from nbwebhook.errors import AmbiguousColumn, MissingSecret, RenderError
from nbwebhook.render.leads import Unsendable, Value
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.request import Request

Render = Callable[..., list[Request | RenderError]]
RenderText = Callable[..., bytes | str]


@pytest.mark.parametrize(
    ("token", "lead"),
    [
        pytest.param("lead.First Name", {"First Name": "v"}, id="display-name"),
        pytest.param("Lead.first NAME", {"FIRST name": "v"}, id="in-any-case"),
        pytest.param(" lead . First Name ", {" First Name ": "v"}, id="outer-spaces"),
        pytest.param("lead.First Name", {"firstName": "v"}, id="column-by-rest-name"),
        pytest.param("lead.First Name", {"FirstName": "v"}, id="column-by-soap-name"),
        pytest.param("lead.firstName", {"First Name": "v"}, id="token-by-rest-name"),
        pytest.param("lead.Email", {"email address": "v"}, id="token-by-soap-name"),
        pytest.param("lead.Company", {"Company Name": "v"}, id="soap-to-display"),
        pytest.param("company.Company Name", {"Company": "v"}, id="company-scope"),
        pytest.param("lead.First Name", {"lead.First Name": "v"}, id="scoped-column"),
        pytest.param("lead.First Name", {"lead.firstName": "v"}, id="scoped-rest-name"),
        pytest.param(
            "company.Industry",
            {"company.Industry": "v", "Industry": "w"},
            id="the-scoped-column-wins",
        ),
        pytest.param(
            "lead.Industry",
            {"company.Industry": "w", "Industry": "v"},
            id="of-another-scope-is-not-taken",
        ),
        pytest.param(
            "lead.Email",
            {"Email": "v", "Email Address": "w"},
            id="the-exact-name-wins",
        ),
        pytest.param(
            "company.City", {"Billing City": "v"}, id="company-city-is-billing"
        ),
        pytest.param(
            "company.City", {"Billing City": "w", "City": "v"}, id="unless-there-is-one"
        ),
        pytest.param(
            "lead.Misc - Ops Field: String 01",
            {"Misc - Ops Field: String 01": "v"},
            id="dashes-and-colons",
        ),
        pytest.param("lead.v1.2 Name", {"v1.2 name": "v"}, id="dots"),
        pytest.param("lead.Größe", {"GRÖSSE": "v"}, id="non-ascii"),
        pytest.param("my.Tier", {"my.tier": "v"}, id="my-column"),
        pytest.param("trigger.Link", {"Trigger.Link": "v"}, id="trigger-column"),
        pytest.param("member.webinar url", {"member.webinar url": "v"}, id="member"),
        pytest.param("system.date", {"system.date": "v"}, id="system-column"),
        pytest.param("SP_Send_Alert_Info", {"SP_Send_Alert_Info": "v"}, id="no-dot"),
    ],
)
def test_a_token_finds_its_column(
    render_body: RenderText, token: str, lead: Mapping[str, Value]
) -> None:
    """Names are matched without case, by any of the field's names, best fit first."""
    assert render_body(f"{{{{{token}}}}}", lead, "None") == b"v"


@pytest.mark.parametrize(
    ("token", "columns"),
    [
        pytest.param("lead.Email", ("Email", "EMAIL "), id="same-name"),
        pytest.param("lead.Email Address", ("Email", "email"), id="by-two-api-names"),
        pytest.param("lead.City", ("lead.City", "Lead.CITY"), id="same-scoped-name"),
        pytest.param("my.Tier", ("my.Tier", "My.tier"), id="same-name-in-my"),
        pytest.param(
            "lead.First Name", ("firstName", "lead.FirstName"), id="scoped-and-not"
        ),
    ],
)
def test_a_name_that_fits_two_columns_is_refused(
    make_renderer: Callable[..., Renderer], token: str, columns: tuple[str, ...]
) -> None:
    """No guess is made between columns that fit equally well."""
    with pytest.raises(AmbiguousColumn, match="fits more than one column") as caught:
        make_renderer(columns, payload_template=f"{{{{{token}}}}}")
    assert (caught.value.name, caught.value.columns) == (token, columns)


def test_two_columns_alike_are_no_matter_if_no_token_wants_them(
    make_renderer: Callable[..., Renderer],
) -> None:
    """Only what the webhook uses has to be clear."""
    renderer = make_renderer(["Email", "EMAIL", "Id"], payload_template="{{lead.Id}}")
    assert renderer.columns_used == ("Id",)


@pytest.mark.parametrize(
    ("lead", "wanted"),
    [
        pytest.param({"Full Name": "Al B", "First Name": "x"}, b"Al B", id="column"),
        pytest.param({"First Name": "Al", "Last Name": "B"}, b"Al B", id="joined"),
        pytest.param({"firstName": "Al", "LastName": "B"}, b"Al B", id="by-api-names"),
        pytest.param({"First Name": "Al", "Last Name": None}, b"Al", id="no-last"),
        pytest.param({"First Name": "", "Last Name": 7}, b"7", id="no-first"),
        pytest.param({"First Name": "", "Last Name": None}, b"-", id="neither"),
        pytest.param({"First Name": "Al"}, b"-", id="one-column-is-not-enough"),
        pytest.param(
            {"First Name": "Al", "Last Name": Unsendable("a list")},
            "UnencodableValue: {{lead.Full Name}}: a list",
            id="unsendable",
        ),
        pytest.param(
            {"First Name": "Al", "Last Name": 10**5000},
            "UnencodableValue: {{lead.Full Name}}: a number of more than 4,300 digits",
            id="no-text",
        ),
    ],
)
def test_full_name_is_made_of_first_and_last(
    render_body: RenderText, lead: Mapping[str, Value], wanted: bytes | str
) -> None:
    """Without such a column, first and last name are joined by a space."""
    assert render_body("{{lead.Full Name:default=-}}", lead, "None") == wanted


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        pytest.param("my.Offer", b"20 %", id="my"),
        pytest.param("MY.OFFER", b"20 %", id="in-any-case"),
        pytest.param("my.Count", b"-3", id="my-number"),
        pytest.param("my.Day", b"2016-05-23", id="my-date"),
        pytest.param("my.Rich", b"<b>x</b>", id="my-rich-text"),
        pytest.param("my.Gone", b"", id="deleted-my-token"),
        pytest.param("my.Gone:default=d", b"d", id="deleted-my-token-with-default"),
        pytest.param("my.Null:default=d", b"d", id="null-shows-the-default"),
        pytest.param("program.Name", b"Spring", id="program"),
        pytest.param("program.id", b"1027", id="program-id"),
        pytest.param("program.description", b"", id="program-without"),
        pytest.param("campaign.id", b"987", id="campaign-id"),
        pytest.param("member.webinar url", b"https://w.test/1", id="member"),
        pytest.param("social.Promo Code", b"AB", id="social"),
        pytest.param("system.munchkinId", b"123-ABC-456", id="system-given"),
        pytest.param("system.unsubscribeLink", b"", id="system-not-given"),
        pytest.param("system.dateYear", b"", id="system-unknown"),
        pytest.param("SP_Send_Alert_Info", b"<i>", id="no-dot"),
        pytest.param("lead.Company=edit me", b"", id="malformed"),
        pytest.param("lead.No Such Field", b"", id="unknown-field"),
        pytest.param("Email Address", b"", id="no-scope"),
        pytest.param("date", b"", id="no-scope-but-a-system-name"),
        pytest.param("leed.Email Address", b"", id="unknown-scope"),
        pytest.param("foo.bar", b"", id="unknown-scope-with-such-a-column"),
        pytest.param("", b"", id="no-name"),
        pytest.param(".", b"", id="a-dot"),
    ],
)
def test_tokens_that_do_not_come_from_the_lead(
    render_body: RenderText, token: str, wanted: bytes
) -> None:
    """Every scope has its values from the run; what nobody knows is blank."""
    context = Context(
        my={
            "offer": "20 %",
            "Count": -3,
            "Day": date(2016, 5, 23),
            "Rich": "<b>x</b>",
            "Null": None,
        },
        program={"name": "Spring", "id": 1027},
        campaign={"id": 987},
        member={"Webinar URL": "https://w.test/1"},
        social={"Promo Code": "AB"},
        system={"munchkinId": "123-ABC-456", "SP_Send_Alert_Info": "<i>", "date": "x"},
    )
    lead = {"Email Address": "a@b.test", "foo.bar": "x", "Company": "c"}
    assert render_body(f"{{{{{token}}}}}", lead, "None", context=context) == wanted


@pytest.mark.parametrize(
    ("trigger", "lead", "wanted"),
    [
        pytest.param({"link": "u"}, {}, b'"u"', id="given"),
        pytest.param({}, {}, b'""', id="not-given-is-the-empty-string"),
        pytest.param(
            {"Link": "u"}, {"trigger.Link": "c"}, b'"c"', id="the-column-wins"
        ),
        pytest.param(
            {"Link": "u"}, {"trigger.Link": None}, b'""', id="an-empty-cell-too"
        ),
        pytest.param(
            {"Trigger Name": "Clicks Link in Email", "Link": "u"},
            {},
            b'"u"',
            id="of-its-trigger",
        ),
        pytest.param(
            {"Trigger Name": "fills out form", "Link": "u"},
            {},
            b'""',
            id="of-another-trigger-is-empty",
        ),
        pytest.param(
            {"Trigger Name": "Of next year", "Link": "u"}, {}, b'"u"', id="new-trigger"
        ),
    ],
)
def test_trigger_tokens(
    render_body: RenderText,
    trigger: Mapping[str, str],
    lead: Mapping[str, Value],
    wanted: bytes,
) -> None:
    """Trigger tokens come from a column, else the run, if their trigger has them."""
    context = Context(trigger=trigger)
    assert render_body("{{trigger.Link}}", lead, context=context) == wanted


@pytest.mark.parametrize(
    ("token", "zone", "wanted"),
    [
        pytest.param("system.date", "UTC", b"Aug 08, 2013", id="date"),
        pytest.param("system.time", "UTC", b"11:34 PM (GMT +0000)", id="time"),
        pytest.param("System.DATETIME", "UTC", b"2013-08-08 23:34:13", id="dateTime"),
        pytest.param(
            "system.time",
            "America/Los_Angeles",
            b"04:34 PM (GMT -0700)",
            id="time-in-the-account's-zone",
        ),
        pytest.param(
            "system.date", "Asia/Kolkata", b"Aug 09, 2013", id="date-of-the-zone"
        ),
        pytest.param(
            "system.time", "Asia/Kolkata", b"05:04 AM (GMT +0530)", id="half-an-hour"
        ),
        pytest.param("system.date:default=x", "UTC", b"Aug 08, 2013", id="default"),
    ],
)
def test_system_tokens_are_of_the_time_of_rendering(
    render_body: RenderText, token: str, zone: str, wanted: bytes
) -> None:
    """Date, time and dateTime are made in the account's zone, in English."""
    context = Context(time_zone=zone)
    found = render_body(f"{{{{{token}}}}}", {"X": 1}, "None", context=context)
    assert found == wanted


@pytest.mark.parametrize(
    ("hour", "wanted"),
    [
        pytest.param(0, b"12:05 AM (GMT +0000)", id="midnight"),
        pytest.param(12, b"12:05 PM (GMT +0000)", id="noon"),
        pytest.param(13, b"01:05 PM (GMT +0000)", id="afternoon"),
    ],
)
def test_the_hour_is_of_twelve(
    render_body: RenderText, hour: int, wanted: bytes
) -> None:
    """Midnight and noon are both twelve."""
    now = datetime(2024, 1, 1, hour, 5, tzinfo=UTC)
    assert render_body("{{system.time}}", {}, "None", now=now) == wanted


def test_system_tokens_are_quoted_and_encoded_like_text(
    render: Render,
) -> None:
    """Every lead of a block gets the same time, encoded for its place."""
    found = render(
        {"X": [1, 2]},
        url="https://example.test/{{system.date}}?t={{system.dateTime}}",
        payload_template="[{{system.date}}]",
        request_token_encoding="JSON",
        custom_headers={"Date-Sent": "{{system.dateTime}}"},
    )
    for each in found:
        assert isinstance(each, Request)
        assert each.target == b"/Aug%2008%2C%202013?t=2013-08-08+23%3A34%3A13"
        assert each.body == b'["Aug 08, 2013"]'
        assert each.headers == ((b"Date-Sent", b"2013-08-08 23:34:13"),)


def test_a_secret_comes_from_the_context_or_the_environment(
    monkeypatch: pytest.MonkeyPatch, render: Render
) -> None:
    """The context's wins; the environment's name is exact."""
    monkeypatch.setenv("FROM_ENV", "e/v")
    monkeypatch.setenv("BOTH", "env")
    request = render(
        {},
        url="https://example.test/{{secret.FROM_ENV}}?k={{secret.BOTH}}",
        payload_template="{{secret.BOTH}}",
        request_token_encoding="JSON",
        custom_headers={"Authorization": "Bearer {{secret.both}}"},
        context=Context(secrets={"Both": 'c"x'}),
    )[0]
    assert isinstance(request, Request)
    assert request.target == b"/e%2Fv?k=c%22x"
    assert request.body == b'"c\\"x"'
    assert request.headers == ((b"Authorization", b'Bearer c"x'),)


def test_missing_secrets_are_told_all_at_once(
    monkeypatch: pytest.MonkeyPatch, make_renderer: Callable[..., Renderer]
) -> None:
    """A secret that is not given, empty or impossible stops the run, once by name."""
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(MissingSecret, match="set the environment variables") as caught:
        make_renderer(
            url="https://example.test/?{{secret.A_1}}&{{secret.A_1:default=x}}",
            payload_template="{{secret.EMPTY}}{{secret.A_1}}{{secret.a=b}}",
            custom_headers={"X": "{{secret.B_2}}"},
        )
    assert caught.value.names == ("A_1", "EMPTY", "a=b", "B_2")
