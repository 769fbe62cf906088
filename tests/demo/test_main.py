"""The service runs in the foreground until it is interrupted."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

import httpx
import pytest

from nbwebhook.demo import DemoService, __main__, serve_forever
from nbwebhook.demo.__main__ import main


def test_it_serves_until_ctrl_c() -> None:
    """The first line has the URL, an interrupt ends it in good order."""
    command = [sys.executable, "-m", "nbwebhook.demo", "--port", "0"]
    with subprocess.Popen(
        [*command, "--latency-ms", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None
        assert httpx.get(f"{found[0]}/enrich?email=a@b.example").status_code == 200
        server.send_signal(signal.SIGINT)
        assert server.stdout.read() == "1 requests on 1 connections\n"
        assert server.stderr.read() == ""
    assert server.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param([], 200, id="defaults"),
        pytest.param(["--p99-ms", "90"], 200, id="long-tail"),
        pytest.param(
            ["--fault", "status_410=0.5", "--fault", "empty=0.5"], 0, id="faults"
        ),
        pytest.param(
            ["--failure-share", "1", "--failure-status", "503"], 503, id="failures"
        ),
    ],
)
def test_the_options_reach_the_service(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: Sequence[str],
    status: int,
) -> None:
    """What is typed is what is served."""
    statuses: list[int] = []

    def serve_once(service: DemoService, *, announce: object) -> None:
        end = threading.Event()

        def call(line: str) -> None:
            if not end.is_set():
                end.set()
                url = f"{service.url}/enrich?email=a@b.example"
                statuses.append(httpx.get(url).status_code)
            assert callable(announce)
            announce(line)

        serve_forever(service, announce=call, until=end)

    monkeypatch.setattr(__main__, "serve_forever", serve_once)
    assert main(["--port", "0", "--latency-ms", "1", *arguments]) == 0
    assert statuses == [status or 410]
    assert "1 requests on 1 connections" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--host", "0.0.0.0"], "host: is '0.0.0.0'", id="host"),  # noqa: S104 - refused
        pytest.param(["--fault", "melt=1"], "'melt' is no fault", id="fault"),
        pytest.param(["--fault", "hang"], "argument --fault: invalid", id="no-share"),
        pytest.param(["--latency-ms", "-1"], "latency_ms: is -1", id="latency"),
    ],
)
def test_a_wrong_argument_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], message: str
) -> None:
    """The message says which one, without a traceback."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err
