"""A secret that is sent is nowhere else: every place is searched for a canary."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from tests.faults.hiding import (
    CANARY,
    FORMS,
    LEADS,
    forms_in,
    make_hook,
    mirror,
    places_of_a_run,
)
from tests.servers import RawServer, always

pytestmark = pytest.mark.timeout(90)

BASIC = base64.b64encode(f"user:{CANARY}".encode()).decode()
IN_PROCESS = [
    "reprs",
    "html",
    "summary",
    "calls",
    "changes",
    "updates",
    "leads",
    "pickled-frames",
    "saved-files",
    "journal-during-the-run",
    "journal-afterwards",
    "logs",
    "tracebacks-with-locals",
    "definition-saved",
    "marketo-sheet",
    "curl-export",
]
ENCODINGS = ["JSON", "Form/Url"]


@pytest.fixture(scope="module", params=ENCODINGS)
def encoding(request: pytest.FixtureRequest) -> str:
    """Return how values are written into the request."""
    return str(request.param)


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    """Return a service that sends back all it gets."""
    with RawServer(always(mirror)) as started:
        yield started


@pytest.fixture(scope="module")
def places(
    server: RawServer, encoding: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str | bytes]:
    """Return what is in each place after a run."""
    return places_of_a_run(server, encoding, tmp_path_factory.mktemp("places"))


def test_the_canary_was_sent_and_would_be_found(
    server: RawServer, places: dict[str, str | bytes]
) -> None:
    """The service got it in header, query, body and Basic; every form is recognised."""
    received = server.requests[-1]
    assert f"X-Key: {CANARY}".encode() in received.head
    assert f"Basic {BASIC}".encode() in received.head
    assert forms_in(received.target)
    assert forms_in(received.body)
    for form, name in FORMS.items():
        assert name in forms_in(b"x" + form + b"x")
    assert set(places) == set(IN_PROCESS)


@pytest.mark.parametrize("place", IN_PROCESS)
def test_no_place_holds_the_canary(places: dict[str, str | bytes], place: str) -> None:
    """Not in any of its forms, although the service sent it back."""
    assert places[place] or place == "logs"
    assert forms_in(places[place]) == []


def test_what_is_shown_is_the_mask(places: dict[str, str | bytes]) -> None:
    """The places are empty of the canary because it is masked, not because they are empty."""
    for place in ("reprs", "html", "changes", "updates", "calls", "saved-files"):
        found = places[place]
        text = found if isinstance(found, str) else found.decode("utf-8", "replace")
        assert "••••" in text or "\\u2022" in text


CELLS = [
    "\n%load_ext nbwebhook\n%xmode Verbose\nimport httpx, json, os\nimport pandas as pd, nbwebhook as nw\n",
    '\nhook = nw.Webhook(**json.loads(os.environ["CANARY_HOOK"]))\nleads = pd.read_json(os.environ["CANARY_LEADS"], dtype=str)\n',
    "\nnw.check(hook, leads)\n",
    "\nnw.preview(hook, leads, send=True)\n",
    "\nresult = nw.run(hook, leads)\nresult\n",
    "\nresult.calls.to_dict(), result.changes, result.updates\n",
    "\npanel = nw.form(hook, leads)\npanel.check_view.preview.show_request.click()\npanel.run_view.start.click()\npanel.settle()\npanel\n",
    '\nnw.run(hook, leads, key="none")\n',
    '\nnw.run(hook, leads.assign(**{"email address": "x"}))\n',
    '\ndef broken(request):\n    raise ValueError("broken")\nnw.run(hook, leads, transport=httpx.MockTransport(broken))\n',
    '\nother = nw.Secret(os.environ["CANARY_KEY"], origin="https://a.test")\nnw.run(hook, leads, context=nw.Context(secrets={"CANARY_KEY": other}))\n',
    "\nhook, other, panel, no_such_name\n",
]


@pytest.mark.notebook
def test_a_saved_notebook_holds_no_canary(
    server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs, widget state and verbose tracebacks, as the file on disk has them."""
    hook = json.loads(make_hook(server.url, "JSON").to_json())
    del hook["format"]
    monkeypatch.setenv("CANARY_HOOK", json.dumps(hook))
    (tmp_path / "leads.json").write_text(LEADS.to_json())
    monkeypatch.setenv("CANARY_LEADS", str(tmp_path / "leads.json"))
    monkeypatch.setenv("CANARY_KEY", CANARY)
    monkeypatch.setenv("CANARY_BASIC", BASIC)
    book = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]  # nbformat's own
        cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS]  # type: ignore[no-untyped-call]  # as above
    )
    NotebookClient(
        book, timeout=60, allow_errors=True, store_widget_state=True
    ).execute()
    path = tmp_path / "saved.ipynb"
    nbformat.write(book, path)  # type: ignore[no-untyped-call]  # as above
    text = path.read_text("utf-8")
    errors = [o["ename"] for c in book.cells for o in c.outputs if "ename" in o]
    assert errors == [
        "MissingColumn",
        "AmbiguousColumn",
        "ForeignSecret",
        "NameError",
    ]
    assert "application/vnd.jupyter.widget-state+json" in text
    plain = re.sub(r"\\u001b\[[0-9;]*m", "", text)
    assert "hook = Webhook(" in plain  # verbose: the variables' values are in it
    assert forms_in(text) + forms_in(plain) == []


COMMANDS = [
    pytest.param(["preview", "m.webhook.json", "l.csv", "--send", "--yes"], id="preview-send"),
    pytest.param(["run", "m.webhook.json", "l.csv", "--out", "r", "--dry-run"], id="dry-run"),
    pytest.param(["run", "m.webhook.json", "l.csv", "--out", "r", "--yes"], id="run"),
    pytest.param(["run", "m.webhook.json", "l.csv", "--out", "r", "--yes", "--json"], id="run-json"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS)
def test_no_command_tells_the_canary(
    server: RawServer, tmp_path: Path, arguments: list[str]
) -> None:
    """Not on stdout, not on stderr, not in a file of the folder, not in the process list."""
    make_hook(server.url, "JSON").save(tmp_path / "m.webhook.json")
    LEADS.to_csv(tmp_path / "l.csv", index=False)
    running = subprocess.Popen(
        [sys.executable, "-m", "nbwebhook", *arguments],
        cwd=tmp_path,
        env=os.environ | {"CANARY_KEY": CANARY, "CANARY_BASIC": BASIC},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    listed = ""
    # Between its fork and its program a process has no words yet.
    while not listed and running.poll() is None:
        listed = " ".join(psutil.Process(running.pid).cmdline())
    out, err = running.communicate(timeout=60)
    assert out or err
    assert "nbwebhook" in listed
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert forms_in(out + err + written + listed.encode()) == []
