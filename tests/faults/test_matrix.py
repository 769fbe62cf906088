"""The fault matrix: each fault gives its outcome, and the leads round it get theirs."""

from __future__ import annotations

import ast
import json
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.errors import InvalidDefinition
from tests.faults.answers import (
    BAD,
    FAULTS,
    LIMIT_S,
    Fault,
    between_good_ones,
    good_answer,
)
from tests.faults.rows import ROWS, SHOWN_BY, UNTRIED
from tests.faults.toxics import TOXICS
from tests.servers import RawServer, always

StartServer = Callable[..., RawServer]

TESTS = Path(__file__).parents[1]
ROWS_HERE = {1, 30, 34, 35, 92, 94}
TransportName = Literal["httpx", "curl"]
LEADS = pd.DataFrame({"Id": ["one", "bad", "two"]})


@pytest.fixture(params=["httpx", "curl"])
def transport(request: pytest.FixtureRequest) -> TransportName:
    """Return each transport by name."""
    if request.param == "curl":
        pytest.importorskip("pycurl")
        return "curl"
    return "httpx"


def hook_for(url: str) -> nw.Webhook:
    """Return a POST whose answer writes a score and the lead's own tag."""
    return nw.Webhook(
        url=f"{url}/{{{{lead.Id}}}}",
        payload_template="{}",
        response_mappings={"score": "Score", "tag": "Tag"},
    )


def run(
    url: str, transport: TransportName, timeout_s: float = 10.0, **options: object
) -> nw.Result:
    """Run three leads, one after the other."""
    how = {"connections": 1, "progress": False} | options
    return nw.run(
        hook_for(url),
        LEADS,
        transport=transport,
        timeout_s=timeout_s,
        **how,  # type: ignore[arg-type]  # options by name
    )


def records_of(result: nw.Result) -> list[dict[Any, Any]]:
    """Return a dict a call, empty text where there is nothing."""
    calls = result.calls.astype(object)
    return calls.where(calls.notna(), "").to_dict("records")


@cache
def functions_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


def test_every_row_has_its_place() -> None:
    """112 rows: each is a case here, is shown by tests that exist, or has a reason."""
    assert len(ROWS) == len(set(ROWS)) == 112
    numbers = set(range(1, 113))
    shown = ROWS_HERE | {fault.row for fault in FAULTS} | set(SHOWN_BY)
    assert shown | set(UNTRIED) == numbers
    assert shown & set(UNTRIED) == set()
    assert all(UNTRIED.values())


@pytest.mark.parametrize("number", SHOWN_BY, ids=lambda number: ROWS[number - 1])
def test_a_row_is_shown_by_tests_that_exist(number: int) -> None:
    """A test that is renamed or gone leaves no row behind."""
    for shown in SHOWN_BY[number]:
        path, _, name = shown.partition("::")
        assert name in functions_in(path)


def test_each_case_has_a_name_of_its_own() -> None:
    """So that a row that breaks is found by it."""
    assert len({str(fault) for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_has_its_outcome_and_hurts_no_other_lead(
    raw_server: StartServer, transport: TransportName, fault: Fault
) -> None:
    """The named outcome, error, status and phase; one request; the next call works."""
    server = raw_server(between_good_ones(fault.act))
    result = run(server.url, transport, fault.limit_s)
    first, bad, last = records_of(result)
    assert (first["outcome"], last["outcome"]) == ("updated", "updated")
    tags = result.leads["Tag"].fillna("").tolist()
    assert (tags[0], tags[2]) == ("/one", "/two")
    if fault.outcome:
        found = (bad["outcome"], bad["error_type"], bad["status_code"] or 0)
        assert found == (fault.outcome, fault.error, fault.status)
    assert (tags[1] == "/bad") is (bad["outcome"] == "updated")
    if bad["outcome"] != "updated":
        assert bad["reason"]
    assert f"phase {fault.phase}" in f"{bad['reason']} phase "
    assert bad["latency_ms"] < (fault.limit_s + 3) * 1_000
    assert [received.target for received in server.requests].count(BAD) == 1


def test_a_port_where_nobody_listens_fails_every_lead(transport: TransportName) -> None:
    """Nothing was sent, and each lead says so."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = run(f"http://127.0.0.1:{taken.getsockname()[1]}", transport)
    assert result.calls["outcome"].tolist() == ["failed"] * 3
    assert set(result.calls["error_type"]) == {"ConnectFailed"}
    assert result.calls["reason"].str.contains("phase connect").all()


TOXIC_OUTCOMES = [
    pytest.param("latency", "updated", "", id="latency"),
    pytest.param("latency-with-jitter", "updated", "", id="latency-with-jitter"),
    pytest.param("bandwidth", "unknown", "DeadlineExceeded", id="bandwidth"),
    pytest.param("slow_close", "updated", "", id="slow_close"),
    pytest.param("timeout", "unknown", "DeadlineExceeded", id="timeout"),
    pytest.param("timeout-then-close", "unknown", "ConnectionLost", id="timeout-then-close"),
    pytest.param("reset_peer", "unknown", "ConnectionLost", id="reset_peer"),
    pytest.param("slicer", "updated", "", id="slicer"),
    pytest.param("limit_data", "unknown", "TruncatedBody", id="limit_data"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "outcome", "error"), TOXIC_OUTCOMES)
def test_a_toxic_between_run_and_service_has_its_outcome(
    raw_server: StartServer,
    transport: TransportName,
    name: str,
    outcome: str,
    error: str,
) -> None:
    """Every lead has one outcome, and the service saw each lead once at most."""
    padding = b" " * 2_000
    service = raw_server(always(lambda r: _padded(good_answer(r.target), padding)))
    proxy = raw_server(TOXICS[name](service.port))
    result = run(proxy.url, transport, LIMIT_S)
    assert result.calls["outcome"].tolist() == [outcome] * 3
    assert set(result.calls["error_type"].fillna("")) == {error}
    targets = [received.target for received in service.requests]
    assert sorted(targets) == [b"/bad", b"/one", b"/two"]


def _padded(answer: bytes, padding: bytes) -> bytes:
    """Return an answer with a header of some size."""
    head, _, rest = answer.partition(b"\r\n")
    fields, _, body = rest.partition(b"\r\n\r\n")
    length = b"Content-Length: %d" % (len(body) + len(padding))
    assert fields.startswith(b"Content-Length: ")
    return b"\r\n".join([head, length, b"", body + padding])


def test_every_toxic_of_toxiproxy_is_there() -> None:
    """Its `down` is a port where nobody listens, which row 1 has."""
    names = {"latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer"}
    assert names | {"limit_data"} <= set(TOXICS)
    assert {case.values[0] for case in TOXIC_OUTCOMES} == set(TOXICS)


@pytest.mark.parametrize("name", ["verify", "ssl", "insecure", "proxy", "trust_env"])
def test_a_definition_cannot_ask_for_less_security(name: str) -> None:
    """There is no such property, and an unknown one is refused."""
    with pytest.raises(InvalidDefinition, match=name):
        nw.Webhook(url="https://a.test/", **{name: False})  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX")
def test_few_descriptors_cost_no_lead_its_outcome(
    raw_server: StartServer, transport: TransportName
) -> None:
    """With 64 descriptors and 200 connections the run goes on, and all is accounted for."""
    server = raw_server(always(lambda received: good_answer(received.target)))
    script = """
        import json, resource, sys
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        import pandas as pd, nbwebhook as nw
        leads = pd.DataFrame({"Id": range(400)})
        hook = nw.Webhook(url=sys.argv[1] + "/{{lead.Id}}", payload_template="{}",
                          response_mappings={"score": "Score"})
        result = nw.run(hook, leads, connections=200, transport=sys.argv[2])
        print(json.dumps(result.summary.outcome_counts()))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), server.url, transport],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    counts = json.loads(done.stdout)
    assert sum(counts.values()) == 400
    assert counts["updated"] >= 20
    assert len(server.requests) == counts["updated"] + counts["unknown"]


SMUGGLED = "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("encoding", ["None", "JSON", "Form/Url"])
def test_a_request_in_a_value_is_a_value(
    raw_server: StartServer, transport: TransportName, encoding: str
) -> None:
    """However a lead's value looks, the service counts one request a lead."""
    server = raw_server(always(lambda received: good_answer(received.target)))
    hook = hook_for(server.url).replace(
        payload_template="{{lead.First Name}}", request_token_encoding=encoding
    )
    result = nw.run(
        hook,
        LEADS.assign(**{"First Name": SMUGGLED}),
        transport=transport,
        progress=False,
    )
    assert result.calls["outcome"].tolist() == ["updated"] * 3
    assert len(server.requests) == 3
    assert not any(b"/admin" in received.head for received in server.requests)
    if encoding == "None":
        assert {received.body for received in server.requests} == {SMUGGLED.encode()}


def test_no_code_of_ours_runs_what_it_is_given() -> None:
    """No eval, no exec, no pickle, no shell: a template is never a program."""
    bad: list[str] = []
    for path in (TESTS.parent / "nbwebhook").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                is_shell = any(word.arg == "shell" for word in node.keywords)
                if name in {"eval", "exec", "compile", "__import__"} or is_shell:
                    bad.append(f"{path.name}: {name}")
                if name.startswith(("pickle.", "marshal.", "yaml.", "os.system")):
                    bad.append(f"{path.name}: {name}")
    assert bad == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{lead.__class__}}",
        "{% import os %}",
        "{0.__class__}",
        "%s %(a)s",
        "$(id) `id`",
        "{{lead.Id|attr('x')}}",
        "#{7*7}${7*7}",
    ],
)
def test_other_template_languages_are_text(text: str) -> None:
    """A value, or a template round a token, is sent as it is written."""
    leads = pd.DataFrame({"Id": ["1"], "First Name": [text]})
    hook = nw.Webhook(url="http://127.0.0.1:9/", payload_template="{{lead.First Name}}")
    [request] = nw.preview(hook, leads).requests
    assert isinstance(request, bytes)
    assert request.endswith(b"\r\n\r\n" + text.encode())
