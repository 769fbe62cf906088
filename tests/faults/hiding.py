"""A canary, a service that sends back all it gets, and every place a secret could be in.

The canary is made of characters that every encoding writes another way, and a text is
searched for all of these forms; how the package masks them plays no part here.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pandas as pd

import nbwebhook as nw
from tests.servers import RawServer, Received

__all__ = ["CANARY", "LEADS", "forms_in", "make_hook", "mirror", "places_of_a_run"]

CANARY = 'CANARY-7f"3/+\\9&<x'

LEADS = pd.DataFrame(
    {
        "Id": [str(number) for number in range(6)],
        "Email Address": [f"lead{number}@example.com" for number in range(6)],
    }
)


def _forms() -> dict[bytes, str]:
    """Return the canary in every form, with the form's name."""
    once = json.dumps(CANARY)[1:-1]
    forms = {
        "raw": CANARY,
        "json": once,
        "json-twice": json.dumps(once)[1:-1],
        "json-of-php": once.replace("/", r"\/"),
        "url": quote(CANARY, safe=""),
        "url-with-slashes": quote(CANARY),
        "form": quote_plus(CANARY),
        "url-in-lower-case": quote(CANARY, safe="").lower(),
        "html": html.escape(CANARY),
        "xml": html.escape(CANARY, quote=False),
        "html-of-jinja": html.escape(CANARY).replace("&quot;", "&#34;"),
        "repr": repr(CANARY)[1:-1],
        "hex": CANARY.encode().hex(),
        # Its first part survives every encoding: nothing of it may be left.
        "beginning": "CANARY-7f",
        "beginning-utf-16": "CANARY-7f".encode("utf-16-le").decode("latin-1"),
    }
    found = {text.encode("latin-1", "ignore"): name for name, text in forms.items()}
    for shift in range(3):
        packed = base64.b64encode(bytes(shift) + CANARY.encode()).decode()
        found[packed[4:-4].encode()] = f"base64-{shift}"
    return found


FORMS = _forms()


def forms_in(text: str | bytes) -> list[str]:
    """Return the names of the forms of the canary that a text holds."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return [name for form, name in FORMS.items() if form in raw]


def mirror(received: Received) -> bytes:
    """Return an answer that holds the whole request, in its body and in its reason."""
    whole = received.head + b"\r\n\r\n" + received.body
    key = next(
        value
        for name, _, value in (line.partition(b": ") for line in received.header_lines)
        if name == b"X-Key"
    )
    document = {"score": 7, "echo": whole.decode("latin-1"), "key": key.decode()}
    body = json.dumps(document).encode()
    is_good = b"lead5" not in received.target
    status = b"200 " + key if is_good else b"500 No " + key
    lines = [
        b"HTTP/1.1 " + status,
        b"X-Echo: " + key,
        b"Content-Length: %d" % len(body),
    ]
    return b"\r\n".join([*lines, b"", body])


def make_hook(url: str, encoding: str) -> nw.Webhook:
    """Return a definition that sends a secret in every place that may hold one."""
    return nw.Webhook(
        name="Mirror",
        url=f"{url}/v1?key={{{{secret.CANARY_KEY}}}}&email={{{{lead.Email Address}}}}",
        payload_template='{"key": {{secret.CANARY_KEY}}, "id": {{lead.Id}}}',
        request_token_encoding=encoding,
        custom_headers={
            "X-Key": "{{secret.CANARY_KEY}}",
            "Authorization": "Basic {{secret.CANARY_BASIC}}",
        },
        response_mappings={"score": "LeadScore", "echo": "Echo", "key": "Key"},
    )


@contextmanager
def _all_logs() -> Iterator[list[str]]:
    """Collect every line of every logger, formatted."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{self.format(record)} {record.__dict__}")

    root, handler = logging.getLogger(), Handler(logging.DEBUG)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class _Broken:
    """A transport of somebody's own that breaks with the request in its hands."""

    async def send(self, request: object, deadline_s: float, **_: object) -> object:
        raise ValueError(type(request), deadline_s)

    async def aclose(self) -> None:
        """Do nothing."""


def _failures(hook: nw.Webhook, context: nw.Context) -> str:
    """Return the tracebacks of all that can go wrong, every local variable included."""
    two = LEADS.assign(**{"email address": "x"})
    cut = {"CANARY_KEY": f"{CANARY}\n", "CANARY_BASIC": CANARY}
    elsewhere = {"CANARY_KEY": nw.Secret(CANARY, origin="https://a.test")}
    attempts: list[Callable[[], object]] = [
        lambda: nw.run(hook, LEADS, key="none", context=context),
        lambda: nw.run(hook, two, context=context),
        lambda: nw.run(hook, LEADS, transport=_Broken(), context=context),  # type: ignore[arg-type]  # breaks on purpose
        lambda: nw.run(hook, LEADS, context=context, connections=0),
        lambda: nw.run(hook, LEADS, context=context.replace(secrets=elsewhere)),
        lambda: nw.Context(secrets={"CANARY_KEY": CANARY.encode()}),  # type: ignore[dict-item]  # wrong on purpose
        lambda: nw.Context(my={"a": [CANARY]}, secrets={"K": CANARY}),  # type: ignore[dict-item]  # as above
        lambda: nw.preview(hook, LEADS, context=context, fields={"a": "none"}),
    ]
    told = [repr(nw.preview(hook, LEADS, context=nw.Context(secrets=cut)))]
    for attempt in attempts:
        try:
            attempt()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong
            whole = traceback.TracebackException.from_exception(
                error, capture_locals=True
            )
            ours = [f for f in whole.stack if f.filename != __file__]
            told += [f"{frame.name} {frame.line} {frame.locals}" for frame in ours]
            told += [repr(error), repr(error.args), *whole.format_exception_only()]
            told.append(repr(error.__dict__))
    return "\n".join(told)


def places_of_a_run(
    server: RawServer, encoding: str, folder: Path
) -> dict[str, str | bytes]:
    """Return what is in each hiding place after a run over the canary, by its name."""
    hook = make_hook(server.url, encoding)
    basic = base64.b64encode(f"user:{CANARY}".encode()).decode()
    context = nw.Context(secrets={"CANARY_KEY": CANARY, "CANARY_BASIC": basic})
    journal = folder / "run.sqlite"
    with _all_logs() as logs:
        run = nw.start(
            hook, LEADS, context=context, connections=1, journal=journal, progress=False
        )
        server.arrivals.get(timeout=40)
        during = b"".join(path.read_bytes() for path in folder.iterdir())
        result = run.result()
        shown = nw.preview(hook, LEADS, context=context)
        sent = nw.preview(hook, LEADS, context=context, send=True)
        findings = nw.check(hook, LEADS, context=context)
        failures = _failures(hook, context)
    hook.save(folder / "mirror.webhook.json")
    saved = result.save(folder / "results", parquet=True)
    delay = nw.estimate_delay(result, leads=1_000)
    frames = {
        "calls": result.calls,
        "changes": result.changes,
        "updates": result.updates,
        "leads": result.leads,
    }
    told = [hook, context, run, result, result.summary, shown, sent, findings, delay]
    return {
        "reprs": "".join(f"{one!r}{one}" for one in [*told, nw.runs()]),
        "html": "".join(one._repr_html_() for one in (result, shown, sent, findings)),
        "summary": json.dumps(result.summary.to_dict()),
        **{name: f"{f.to_csv()}{f.attrs}" for name, f in frames.items()},
        "pickled-frames": pickle.dumps(frames),
        "saved-files": b"".join(path.read_bytes() for path in saved.iterdir()),
        "journal-during-the-run": during,
        "journal-afterwards": journal.read_bytes(),
        "logs": "\n".join(logs),
        "tracebacks-with-locals": failures,
        "definition-saved": (folder / "mirror.webhook.json").read_bytes(),
        "marketo-sheet": str(hook.setup_sheet()),
        "curl-export": nw.to_curl(hook, LEADS.iloc[0], context=context),
    }
