"""What tests of the panel share: a service, a definition, a list, a panel's state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.demo import demo_leads
from nbwebhook.ui.form import Form, form
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.run_state import RunState

SHORT_S = 0.02
HOSTILE = '<img src=x onerror="alert(1)"></script>\x1b[31m\u202e'


@pytest.fixture(autouse=True)
def rests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let panels rest for a moment only: what comes at rest is waited for anyway.

    A test that looks at what is there before the rest is marked `usual_rests`.
    """
    if request.node.get_closest_marker("usual_rests") is None:
        for constant in ("work._REST_S", "delay_state._REST_S", "run_state._TICK_S"):
            monkeypatch.setattr(f"nbwebhook.ui.{constant}", SHORT_S)


@pytest.fixture
def service() -> Iterator[nw.DemoService]:
    """Return a service that answers at once."""
    with nw.DemoService(latency_ms=1) as started:
        yield started


@pytest.fixture
def leads() -> pd.DataFrame:
    """Return sixty leads."""
    return pd.DataFrame(demo_leads(60))


@pytest.fixture
def make_hook(service: nw.DemoService) -> Callable[..., nw.Webhook]:
    """Return a function that makes a definition for the service."""

    def make(**parts: object) -> nw.Webhook:
        fixed: dict[str, object] = {
            "name": "Score",
            "url": f"{service.url}/enrich",
            "payload_template": '{"email": {{lead.Email Address}}}',
            "request_token_encoding": "JSON",
            "custom_headers": {"Content-Type": "application/json"},
            "response_mappings": {
                "result.score": "LeadScore",
                "result.segment": "Segment",
            },
        }
        return nw.Webhook(**(fixed | parts))  # type: ignore[arg-type]  # parts by name

    return make


@pytest.fixture
def hook(make_hook: Callable[..., nw.Webhook]) -> nw.Webhook:
    """Return a definition without faults."""
    return make_hook()


@pytest.fixture
def state(hook: nw.Webhook, leads: pd.DataFrame) -> Iterator[FormState]:
    """Return what a panel knows, with nothing going on at the end."""
    made = FormState(hook, leads, namespace=dict)
    yield made
    made.work.settle()


@pytest.fixture
def panel(hook: nw.Webhook, leads: pd.DataFrame) -> Iterator[Form]:
    """Return a panel, with nothing going on at the end."""
    made = form(hook, leads)
    yield made
    made.settle()


def send_file(picker: Any, name: str, content: bytes, step: int = 1_000) -> list[int]:  # noqa: ANN401 - the button, a widget
    """Send a file as the browser does; return where it was told to go on each time."""
    told: list[int] = []
    answers: list[dict[str, Any]] = []
    picker.send = answers.append
    while not told or told[-1] >= 0:
        at = told[-1] if told else 0
        piece = memoryview(content[at : at + step])
        message = {"name": name, "size": len(content), "at": at}
        picker._handle_custom_msg(message, [piece])
        told += [answer["want"] for answer in answers if "want" in answer]
        answers.clear()
    return told


def until(run: RunState, is_so: Callable[[], object]) -> None:
    """Wait until something is so, looking whenever the panel has looked at its run."""
    done = threading.Event()

    def look(_: object = None) -> None:
        if is_so():
            done.set()

    run.observe(look, "version")
    look()
    assert done.wait(40)
    run.unobserve(look, "version")


@pytest.fixture
def hostile() -> str:
    """Return a text that would act if it were taken for markup."""
    return HOSTILE
