"""Trust: a definition from a file sends nothing before somebody has said yes."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.clock import ManualClock
from nbwebhook.definition.departure import departure_of
from nbwebhook.definition.trust import TrustBook, is_trusted
from nbwebhook.errors import ForeignSecret, NotTrusted
from tests.kernel import open_kernel

LEADS = pd.DataFrame({"Id": ["1", "2"], "Email Address": ["a@x.test", "b@x.test"]})


class _Service:
    """A transport of httpx that answers, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, _: httpx.Request) -> httpx.Response:
        self.calls += 1
        return httpx.Response(200, json={"score": 7})


@pytest.fixture
def service() -> _Service:
    """Return a service that no packet goes to."""
    return _Service()


@pytest.fixture(autouse=True)
def book_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Begin with nothing trusted."""
    monkeypatch.setenv("NBWEBHOOK_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("KEY", "canary-5150")
    return tmp_path / "config"


@pytest.fixture
def hook(tmp_path: Path) -> nw.Webhook:
    """Return a definition that came from a file."""
    nw.Webhook(
        name="Score",
        url="https://score.example.test/v1?email={{lead.Email Address}}",
        request_type="GET",
        custom_headers={"X-Key": "{{secret.KEY}}"},
        response_mappings={"score": "LeadScore"},
    ).save(tmp_path / "a.webhook.json")
    return nw.Webhook.load(tmp_path / "a.webhook.json")


SENDERS: list[object] = [
    pytest.param(lambda hook, **how: nw.run(hook, LEADS, progress=False, **how), id="run"),
    pytest.param(lambda hook, **how: nw.start(hook, LEADS, **how).result(), id="start"),
    pytest.param(lambda hook, **how: nw.preview(hook, LEADS, send=True, **how), id="preview"),
]  # fmt: skip


@pytest.mark.parametrize("send", SENDERS)
def test_without_anybody_to_ask_nothing_is_sent(
    hook: nw.Webhook, service: _Service, send: Callable[..., object]
) -> None:
    """The error says what would leave, where to, and what to do; no value is in it."""
    with pytest.raises(NotTrusted, match="trust=True once") as caught:
        send(hook, transport=service.transport)
    assert service.calls == 0
    assert "lead.Email Address, secret.KEY" in str(caught.value)
    assert "https://score.example.test" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("send", SENDERS)
def test_trust_is_said_once(
    hook: nw.Webhook, service: _Service, send: Callable[..., object], book_folder: Path
) -> None:
    """`trust=True` sends and is remembered, for exactly these requests."""
    send(hook, transport=service.transport, trust=True)
    assert service.calls == 2
    send(hook, transport=service.transport)
    assert service.calls == 4
    with pytest.raises(NotTrusted, match="evil"):
        send(
            hook.replace(url="https://evil.test/?m={{lead.Email Address}}"),
            transport=service.transport,
        )
    assert service.calls == 4
    [file] = (book_folder / "trusted").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "canary" not in file.read_text("utf-8")


def test_trust_can_be_given_beforehand_and_taken_back(
    hook: nw.Webhook, service: _Service, book_folder: Path
) -> None:
    """A job that runs alone is prepared with `nw.trust`; deleting the file undoes it."""
    departure = nw.trust(hook)
    assert departure.secrets == ("KEY",)
    nw.run(hook, LEADS, progress=False, transport=service.transport, trust=False)
    assert service.calls == 2
    for file in (book_folder / "trusted").iterdir():
        file.unlink()
    assert not is_trusted(hook)


def test_a_definition_of_a_cell_is_not_asked_about(
    hook: nw.Webhook, service: _Service, book_folder: Path
) -> None:
    """Whoever writes it knows what it sends; nothing is written down either."""
    own = hook.read_from("")
    nw.run(own, LEADS, progress=False, transport=service.transport, trust=False)
    assert service.calls == 2
    assert not book_folder.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file.write_bytes(b"{"), id="damaged"),
        pytest.param(lambda file: file.write_text("[1]"), id="no-object"),
        pytest.param(lambda file: file.write_text("{}"), id="of-nothing"),
        pytest.param(
            lambda file: file.write_text(
                json.dumps(json.loads(file.read_text()) | {"origin": "https://x.test"})
            ),
            id="of-another",
        ),
    ],
)
def test_a_damaged_answer_is_no_answer(
    hook: nw.Webhook, book_folder: Path, spoil: Callable[[Path], None]
) -> None:
    """What cannot be read exactly is asked again."""
    nw.trust(hook)
    assert is_trusted(hook)
    [file] = (book_folder / "trusted").iterdir()
    spoil(file)
    assert not is_trusted(hook)


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_a_link_in_the_place_of_an_answer_is_not_followed(
    hook: nw.Webhook, book_folder: Path, tmp_path: Path
) -> None:
    """Another user of the machine cannot lend a file, nor have one overwritten."""
    nw.trust(hook)
    [file] = (book_folder / "trusted").iterdir()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    before = (tmp_path / "elsewhere").read_bytes()
    assert not is_trusted(hook)
    nw.trust(hook)
    assert (tmp_path / "elsewhere").read_bytes() == before
    assert is_trusted(hook)


def test_where_nothing_can_be_remembered_a_yes_counts_for_the_run(
    hook: nw.Webhook,
    service: _Service,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A home that cannot be written stops nobody who has said yes."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NBWEBHOOK_CONFIG_DIR", str(tmp_path / "file"))
    nw.run(hook, LEADS, progress=False, transport=service.transport, trust=True)
    assert service.calls == 2
    with pytest.raises(OSError, match="Not a directory"):
        nw.trust(hook)


def test_a_disk_that_fills_up_leaves_no_part_behind(
    hook: nw.Webhook, book_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer is there as a whole or not at all."""
    monkeypatch.setattr(Path, "replace", _no_space)
    with pytest.raises(OSError, match="No space"):
        TrustBook().add(departure_of(hook), ManualClock())
    assert list((book_folder / "trusted").iterdir()) == []


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_users_own_folder_is_used_where_none_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hook: nw.Webhook
) -> None:
    """It is the one that the system has for settings."""
    monkeypatch.delenv("NBWEBHOOK_CONFIG_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert not is_trusted(hook)
    nw.trust(hook)
    assert list(tmp_path.glob("**/nbwebhook/trusted/*.json"))


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize(
    ("answer", "is_sent"),
    [
        pytest.param("y", True, id="yes"),
        pytest.param("", False, id="return"),
        pytest.param("\x04", False, id="end-of-input"),
    ],
)
def test_a_script_on_a_terminal_asks(
    hook: nw.Webhook,
    tmp_path: Path,
    answer: str,
    is_sent: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """What leaves is shown, and only a yes sends; the next time nobody is asked."""
    script = tmp_path / "job.py"
    script.write_text(
        "import httpx, pandas as pd, nbwebhook as nw\n"
        "hook = nw.Webhook.load('a.webhook.json')\n"
        "leads = pd.DataFrame({'Id': ['1'], 'Email Address': ['a@x.test']})\n"
        "answer = httpx.MockTransport(lambda _: httpx.Response(200, json={'score': 7}))\n"
        "result = nw.run(hook, leads, transport=answer)\n"
        "print('sent', result.summary.updated)\n"
    )
    shown = _on_a_terminal(script, answer)
    assert "leaves   lead.Email Address" in shown
    assert "secrets  KEY" in shown
    assert "canary" not in shown
    assert ("sent 1" in shown) is is_sent
    assert ("NotTrusted" in shown) is not is_sent
    if is_sent:
        assert "Trust it" not in _on_a_terminal(script, "")


def _on_a_terminal(script: Path, answer: str) -> str:
    import os  # noqa: PLC0415 - with the module below
    import pty  # noqa: PLC0415 - POSIX only

    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, script.name],
        cwd=script.parent,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    shown, is_answered = b"", False
    while True:
        if not is_answered and b"[y/N] " in shown:
            os.write(ours, answer.encode() + (b"" if answer == "\x04" else b"\n"))
            is_answered = True
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    running.wait(timeout=30)
    os.close(ours)
    return shown.decode()


@pytest.mark.notebook
@pytest.mark.timeout(90)
def test_a_cell_asks_and_a_callback_cannot(hook: nw.Webhook, tmp_path: Path) -> None:
    """In a notebook the question stands in the cell; a thread of it asks nobody."""
    setup = f"""
import threading, httpx, pandas as pd, nbwebhook as nw
hook = nw.Webhook.load({str(tmp_path / "a.webhook.json")!r})
leads = pd.DataFrame({{"Id": ["1"], "Email Address": ["a@x.test"]}})
answer = httpx.MockTransport(lambda _: httpx.Response(200, json={{"score": 7}}))
def run():
    try:
        print(nw.run(hook, leads, transport=answer, progress=False).summary.updated)
    except nw.NbWebhookError as error:
        print(type(error).__name__)
"""
    with open_kernel() as kernel:
        assert kernel.run(setup, timeout_s=30).status == "ok"
        in_thread = "t = threading.Thread(target=run); t.start(); t.join()"
        assert "NotTrusted" in kernel.run(in_thread).text
        for typed, told in (("n", "NotTrusted\n"), ("y", "1\n")):
            cell = kernel.submit("run()")
            question = kernel.answer(typed)
            assert "secrets  KEY" in question
            assert "canary" not in question
            assert kernel.replies(cell)[0].text == told
        assert kernel.run("run()").text == "1\n"


def test_a_secret_for_another_origin_is_refused_before_anything_is_sent(
    hook: nw.Webhook, service: _Service
) -> None:
    """Who binds a secret need trust no definition with it."""
    context = nw.Context(
        secrets={"KEY": nw.Secret("canary-77", origin="https://other.example.test")}
    )
    for send in (nw.run, nw.preview):
        with pytest.raises(ForeignSecret, match=r"KEY.* may not go to https://score"):
            send(hook, LEADS, context=context, transport=service.transport, trust=True)
    found = nw.check(hook, LEADS, context=context)
    assert [one.rule for one in found if one.severity == "error"] == ["foreign-secret"]
    assert service.calls == 0
    right = context.replace(
        secrets={"KEY": nw.Secret("canary-77", origin="https://score.example.test")}
    )
    nw.run(
        hook,
        LEADS,
        context=right,
        progress=False,
        transport=service.transport,
        trust=True,
    )
    assert service.calls == 2
