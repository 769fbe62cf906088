"""What to enter in Marketo's form."""

from collections.abc import Callable

import pytest

from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook

make: Callable[..., Webhook] = Webhook
HOOK = make(
    name="Score <b>a lead</b>",
    description="Asks.",
    url="https://a.test/?k={{secret.K}}",
    payload_template='{\n "a": {{lead.First Name}}\n}',
    request_token_encoding="JSON",
    custom_headers={"X-Key": "{{secret.K}}"},
    response_mappings={"a": "Lead Score", "b": "leadSource", "c": "Segment"},
)


def test_every_box_of_the_form_is_there() -> None:
    """In the form's order, with the text as it is; mappings by their SOAP name."""
    sheet = HOOK.setup_sheet()
    assert sheet.boxes == (
        ("Webhook Name", "Score <b>a lead</b>"),
        ("Description", "Asks."),
        ("URL", "https://a.test/?k={{secret.K}}"),
        ("Request Type", "POST"),
        ("Payload Template", '{\n "a": {{lead.First Name}}\n}'),
        ("Request Token Encoding", "JSON"),
        ("Response Type", "JSON"),
    )
    assert sheet.custom_headers == (("X-Key", "{{secret.K}}"),)
    assert sheet.response_mappings == (
        ("a", "LeadScore"),
        ("b", "LeadSource"),
        ("c", "Segment"),
    )


def test_what_marketo_does_not_have_is_told() -> None:
    """Secrets, options past Marketo, fields that are not there, and the campaign."""
    hook = HOOK.replace(
        beyond={"xml_escape": True, "datetime_format": "iso"},
        response_mappings={"a": "Segment", "b": "Priority"},
    )
    notes = hook.setup_sheet().notes
    assert [note.partition(":")[0] for note in notes[:3]] == [
        "Marketo has no secrets",
        "The option xml_escape is of nbwebhook alone",
        "The option datetime_format='iso' is of nbwebhook alone",
    ]
    assert "the URL and the header X-Key enter the value" in notes[0]
    assert notes[3].startswith("The field 'Segment' is none of Marketo's own")
    assert notes[4].startswith("The field 'Priority' has no SOAP name")
    assert notes[5].startswith("Use the flow step Call Webhook in a trigger campaign")


@pytest.mark.parametrize("option", list(Beyond.model_fields))
def test_every_option_past_marketo_has_its_note(option: str) -> None:
    """Whichever is set, the sheet says what Marketo does in its place."""
    value = "iso" if option == "datetime_format" else True
    notes = make(url="https://a.test/", beyond={option: value}).setup_sheet().notes
    assert notes[0].startswith(f"The option {option}")
    assert "Marketo " in notes[0]


def test_a_plain_webhook_needs_one_note_alone() -> None:
    """Nothing is told that does not apply."""
    assert len(make(url="https://a.test/").setup_sheet().notes) == 1


def test_custom_fields_are_found_in_the_field_table() -> None:
    """A declared field is there; its SOAP name may be missing."""
    hook = make(url="https://a.test/", response_mappings={"a": "Segment"})
    fields = Fields({"Segment": "string"})
    assert "no SOAP name" in hook.setup_sheet(fields).notes[0]


def test_the_sheet_shows_itself_as_text() -> None:
    """Every box in full, an empty one as such."""
    text = repr(HOOK.replace(description="", name="").setup_sheet())
    assert text.startswith("The webhook in Marketo\nAdmin, Integration, Webhooks")
    assert "Description:\n    (leave empty)\n" in text
    assert 'Payload Template:\n    {\n     "a": {{lead.First Name}}\n    }\n' in text
    assert "--- Set Custom Header\nX-Key:\n    {{secret.K}}\n" in text


def test_the_sheet_shows_itself_as_html() -> None:
    """What the definition holds is text there, never markup."""
    html = HOOK.setup_sheet()._repr_html_()
    assert "Score &lt;b&gt;a lead&lt;/b&gt;" in html
    assert "<b>a lead" not in html
    assert "{{secret.K}}" in html
    assert "leave empty" not in html
    assert "leave empty" in HOOK.replace(name="").setup_sheet()._repr_html_()


def test_a_huge_template_is_shown_in_part() -> None:
    """A page stays a page, and says how much is missing."""
    sheet = HOOK.replace(payload_template="x" * 21_000).setup_sheet()
    assert "(1,000 more characters)" in repr(sheet)
    assert "1,000 more characters are not shown" in sheet._repr_html_()
