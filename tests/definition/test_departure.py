"""What leaves with a definition's calls, told by name, and told apart."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import nbwebhook as nw
from nbwebhook.definition.departure import departure_of

PARTS: dict[str, object] = {
    "name": "Score",
    "url": "https://score.example.test/v1?id={{lead.Id}}",
    "payload_template": '{"m": {{lead.Email Address}}, "d": {{system.date}}}',
    "request_token_encoding": "JSON",
    "custom_headers": {"X-Key": "{{secret.KEY}}", "X-Tier": "{{my.Tier}}"},
    "response_mappings": {"score": "LeadScore"},
}


def make(**parts: object) -> nw.Webhook:
    """Return a definition with some parts of its own."""
    return nw.Webhook(**(PARTS | parts))  # type: ignore[arg-type]  # parts by name


def load(folder: Path, **parts: object) -> nw.Webhook:
    """Return the same from a file."""
    make(**parts).save(folder / "a.webhook.json")
    return nw.Webhook.load(folder / "a.webhook.json")


def test_what_leaves_is_told_by_name() -> None:
    """Where to, what of the leads, which secrets; the clock is nobody's."""
    found = departure_of(make())
    assert (found.origin, found.method) == ("https://score.example.test", "POST")
    assert found.tokens == ("lead.Id", "lead.Email Address", "my.Tier")
    assert found.secrets == ("KEY",)


@pytest.mark.parametrize(
    ("parts", "is_same"),
    [
        pytest.param({"name": "Other", "description": "x"}, True, id="words"),
        pytest.param({"response_mappings": {"a": "B"}}, True, id="mappings"),
        pytest.param({"url": "https://evil.test/?id={{lead.Id}}"}, False, id="host"),
        pytest.param({"url": f"{PARTS['url']}&x=1"}, False, id="query"),
        pytest.param({"request_type": "PUT"}, False, id="method"),
        pytest.param({"payload_template": "{}"}, False, id="payload"),
        pytest.param({"request_token_encoding": "None"}, False, id="encoding"),
        pytest.param({"custom_headers": {"X": "{{secret.KEY}}"}}, False, id="headers"),
        pytest.param({"beyond": {"empty_as_null": True}}, False, id="beyond"),
    ],
)
def test_a_change_of_what_is_sent_is_another_departure(
    parts: dict[str, object], *, is_same: bool
) -> None:
    """Whoever trusted one definition has trusted these requests and no others."""
    same = departure_of(make(**parts)).fingerprint == departure_of(make()).fingerprint
    assert same is is_same


def test_only_what_comes_from_a_file_and_tells_something_needs_trust(
    tmp_path: Path,
) -> None:
    """Definitions of a cell, empty ones, and services on this machine need none."""
    silent = {
        "url": "https://a.test/",
        "payload_template": "{}",
        "custom_headers": {"X-Day": "{{system.date}}"},
    }
    assert departure_of(load(tmp_path)).needs_trust
    assert not departure_of(make()).needs_trust
    assert not departure_of(load(tmp_path, **silent)).needs_trust
    for host in ("localhost:8080", "127.0.0.1", "[::1]:80", "127.8.9.1", "LOCALHOST."):
        hook = load(tmp_path, url=f"http://{host}/")
        assert not departure_of(hook).needs_trust
    for host in ("localhost.evil.test", "10.0.0.7", "127.0.0.1.evil.test"):
        assert departure_of(load(tmp_path, url=f"http://{host}/")).needs_trust


def test_a_definition_from_a_file_stays_one(tmp_path: Path) -> None:
    """Copies, changes and certain fixes of it need trust too; it equals its like."""
    hook = load(tmp_path, payload_template='{"m": "{{lead.Email Address}}"}')
    assert hook.source.endswith("a.webhook.json")
    mended = nw.check(hook).fix()
    for copy in (hook.replace(name="x"), hook.model_copy(), mended):
        assert copy.source == hook.source
    assert hook == make(payload_template='{"m": "{{lead.Email Address}}"}')
    assert hash(hook) == hash(hook.replace(name="Score"))
    assert "source" not in hook.to_json()
    assert "Provenance" not in repr(hook)


def test_another_process_is_not_asked_again(tmp_path: Path) -> None:
    """Whoever hands a definition to a worker has answered for it."""
    hook = load(tmp_path)
    again = pickle.loads(pickle.dumps(hook))  # noqa: S301 - our own bytes
    assert (again, again.source) == (hook, "")


def test_no_name_can_break_or_fill_what_is_told() -> None:
    """Controls are shown, long names are cut, and many are counted."""
    fields = "".join(f"{{{{lead.F{n}}}}}" for n in range(99))
    name = "\x1b[2J\u202e" + "n" * 500
    told = str(departure_of(make(name=name, payload_template=fields)))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "and 61 more" in told
    assert max(map(len, told.splitlines())) < 1_000
    assert len(told.splitlines()) == 4
