"""`nbwebhook new`: a definition from answers, each checked at once."""

from __future__ import annotations

import shlex
from pathlib import Path

import nbwebhook as nw
from tests.cli.conftest import Call


def answers(*lines: str) -> str:
    """Return what somebody types, a line an answer."""
    return "\n".join(lines) + "\n"


def test_answers_become_a_definition(folder: Path, call: Call) -> None:
    """Fields by the names of the list's columns; the file loads and can be run."""
    typed = answers(
        "Score a lead", "https://score.example.com/v1/leads?id={{lead.Id}}", "",
        "Email Address, First Name", "Authorization: Bearer {{secret.KEY}}", "",
        "", "result.score = LeadScore", "result.tags[0] = Segment", "",
    )  # fmt: skip
    done = call("new", "s.webhook.json", "--leads", "leads.csv", typed=typed)
    assert done.exit_code == 0, done.output
    assert "columns: Id, Email Address" in done.stdout
    assert nw.Webhook.load("s.webhook.json") == nw.Webhook(
        name="Score a lead",
        url="https://score.example.com/v1/leads?id={{lead.Id}}",
        request_type="POST",
        payload_template=(
            '{\n  "email_address": {{lead.Email Address}},\n'
            '  "first_name": {{lead.First Name}}\n}'
        ),
        request_token_encoding="JSON",
        custom_headers={
            "Content-Type": "application/json",
            "Authorization": "Bearer {{secret.KEY}}",
        },
        response_type="JSON",
        response_mappings={"result.score": "LeadScore", "result.tags[0]": "Segment"},
    )


def test_a_wrong_answer_is_told_and_asked_for_again(folder: Path, call: Call) -> None:
    """The fault and its place; what was answered before stays."""
    typed = answers(
        "", "ftp://nowhere", "https://{{lead.Website}}/", "https://example.com/s",
        "post", "Nope", "Email Address", "no colon", "", "xml", "a..b = Score",
        "root.score = Score", "",
    )  # fmt: skip
    done = call("new", "s.webhook.json", "--leads", "leads.csv", typed=typed)
    assert done.exit_code == 0, done.output
    for told in ("no such column: Nope", "want 'Name: value'", "a..b"):
        assert told in done.stderr
    hook = nw.Webhook.load("s.webhook.json")
    assert (hook.name, hook.url) == ("s", "https://example.com/s")
    assert hook.response_type == "XML"
    assert [tuple(pair) for pair in hook.response_mappings] == [("root.score", "Score")]


def test_a_call_without_body_and_answer(folder: Path, call: Call) -> None:
    """GET has no payload, and no answer needs no mapping."""
    typed = answers("Ping", "https://example.com/p?id={{lead.Id}}", "get", "", "none")
    assert call("new", "p.webhook.json", typed=typed).exit_code == 0
    hook = nw.Webhook.load("p.webhook.json")
    assert (hook.request_type, hook.response_type) == ("GET", "None")
    assert hook.payload_template == ""


def test_a_body_may_be_empty(folder: Path, call: Call) -> None:
    """Without a list and without fields there is a call with nothing in it."""
    typed = answers("Ping", "https://example.com/p", "", " ", "", "none")
    assert call("new", "p.webhook.json", typed=typed).exit_code == 0
    assert nw.Webhook.load("p.webhook.json").payload_template == ""


def test_a_file_that_is_there_stays(folder: Path, call: Call) -> None:
    """Another name is wanted before anything is asked."""
    before = Path("score.webhook.json").read_text()
    done = call("new", "score.webhook.json", typed="")
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert Path("score.webhook.json").read_text() == before


def test_an_end_in_the_middle_saves_nothing(folder: Path, call: Call) -> None:
    """Ctrl-D and Ctrl-C: code 130."""
    done = call("new", "n.webhook.json", typed="Name\n")
    assert done.exit_code == 130
    assert not Path("n.webhook.json").exists()


CURL = """curl -X POST 'https://score.example.com/v1?id=7' \\
  -H 'Content-Type: application/json' \\
  -d '{"email": "zoe@example.com", "source": "web"}'
"""


def test_a_curl_command_becomes_a_definition(folder: Path, call: Call) -> None:
    """Values of the first lead become its tokens; nothing is called."""
    Path("one.csv").write_text("Id,Email Address\n7,zoe@example.com\n")
    Path("call.txt").write_text(CURL)
    done = call(
        "new", "c.webhook.json", "--from-curl", "call.txt", "--leads", "one.csv",
        "--mapping", "result.score=LeadScore",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    hook = nw.Webhook.load("c.webhook.json")
    assert hook.name == "c"
    assert hook.url == "https://score.example.com/v1?id={{lead.Id}}"
    assert '"email": {{lead.Email Address}}' in hook.payload_template
    assert [tuple(pair) for pair in hook.response_mappings] == [
        ("result.score", "LeadScore")
    ]
    assert "  {{lead.Email Address}}" in done.stdout


def test_a_curl_command_may_come_from_the_input(folder: Path, call: Call) -> None:
    """Without a list there are no tokens, and without a mapping it says so."""
    done = call("new", "c.webhook.json", "--from-curl", "-", typed=CURL)
    assert done.exit_code == 0, done.output
    assert "It writes no field yet" in done.stdout
    wrong = call("new", "d.webhook.json", "--from-curl", "-", typed="wget x")
    assert wrong.exit_code == 2


def test_what_marketo_is_told(folder: Path, call: Call) -> None:
    """The boxes of the form, and the mappings."""
    done = call("setup", "score.webhook.json")
    assert done.exit_code == 0
    for told in ("New Webhook", "Response Mappings", "result.score"):
        assert told in done.stdout


def test_a_list_of_any_encoding_can_be_chosen_from(folder: Path, call: Call) -> None:
    """The column that looks like an address is proposed; the next step reads it too."""
    Path("k.csv").write_bytes("E-Mail;Straße\r\na@example.com;x\r\n".encode("cp1252"))
    typed = answers("", "https://example.com/s", "", "", "", "", "")
    listed = ("--leads", "k.csv", "--encoding", "windows-1252")
    done = call("new", "k.webhook.json", *listed, typed=typed)
    assert done.exit_code == 0, done.output
    assert "columns: E-Mail, Straße" in done.stdout
    assert "preview k.webhook.json k.csv --encoding windows-1252" in done.stdout
    hook = nw.Webhook.load("k.webhook.json")
    assert hook.payload_template == '{\n  "e_mail": {{lead.E-Mail}}\n}'


def test_a_list_without_a_usual_key_is_told_how_to_name_one(
    folder: Path, call: Call
) -> None:
    """The command that is offered works as it stands."""
    Path("mine.csv").write_text("Customer No;E-Mail\n7;zoe@example.com\n", "utf-8")
    typed = answers("", "https://example.com/s", "", "E-Mail", "", "", "")
    done = call("new", "s.webhook.json", "--leads", "mine.csv", typed=typed)
    [command] = [one for one in done.stdout.splitlines() if "nbwebhook preview" in one]
    assert command.endswith("mine.csv --key 'Customer No'")
    shown = call(*shlex.split(command)[1:])
    assert shown.exit_code == 0
    assert "1 request, not sent" in shown.stdout
