"""Settings are checked when made and cross a pipe unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from nbwebhook.demo import Constant, DemoService, LogNormal
from nbwebhook.demo.settings import FAULTS, Settings, is_fault_name
from nbwebhook.errors import InvalidPlan


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"host": "0.0.0.0"}, r"host: is '0\.0\.0\.0'", id="every-address"),  # noqa: S104 - refused
        pytest.param({"host": "localhost"}, r"host: is 'localhost'", id="host-name"),
        pytest.param(
            {"host": "192.0.2.1"}, r"host: is '192\.0\.2\.1'", id="not-loopback"
        ),
        pytest.param({"port": 70_000}, r"port: is 70000; wanted 0 to", id="port"),
        pytest.param(
            {"faults": {"melt": 0.1}}, r"faults: 'melt' is no fault", id="name"
        ),
        pytest.param(
            {"faults": {"status_099": 0.1}}, r"'status_099' is no fault", id="status"
        ),
        pytest.param({"faults": {"drip": -0.1}}, r"'drip' is -0\.1", id="below-0"),
        pytest.param(
            {"failure_share": 2}, r"failure_share: is 2; wanted 0 to 1", id="above-1"
        ),
        pytest.param(
            {"failure_status": 199}, r"failure_status: is 199", id="failure-status"
        ),
        pytest.param(
            {"failure_share": 0.6, "faults": {"hang": 0.6}},
            r"sum to 1\.2; wanted 1 or less",
            id="sum",
        ),
        pytest.param({"drip_s": -1}, r"drip_s: is -1", id="drip"),
        pytest.param({"big_bytes": 0}, r"big_bytes: is 0", id="big"),
        pytest.param({"max_connections": 0}, r"max_connections: is 0", id="limit"),
        pytest.param({"max_request_bytes": 0}, r"max_request_bytes: is 0", id="cap"),
    ],
)
def test_an_argument_that_cannot_be_is_refused(
    arguments: dict[str, Any], message: str
) -> None:
    """Nothing is started, and the message names the argument."""
    with pytest.raises(InvalidPlan, match=message):
        DemoService(**arguments)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(Settings(latency=Constant(50)), id="defaults"),
        pytest.param(
            Settings(
                latency=LogNormal(50, 400, slow_share=0.25, slow_ms=1_000),
                failure_share=0.125,
                failure_status=503,
                faults=(("reset", 0.5), ("status_429", 0.25)),
                seed=9,
                max_connections=10,
                host="::1",
                port=8808,
                drip_s=1.5,
                big_bytes=10,
                max_request_bytes=20,
                keep_record=False,
            ),
            id="everything",
        ),
    ],
)
def test_settings_cross_a_pipe_unchanged(settings: Settings) -> None:
    """One line of JSON holds all of them."""
    line = settings.to_json()
    assert "\n" not in line
    assert Settings.from_json(line) == settings


def test_every_listed_fault_and_every_final_status_is_a_fault() -> None:
    """The names that the service tells of are the names that it takes."""
    assert all(is_fault_name(name) for name in FAULTS)
    assert is_fault_name("status_200")
    assert is_fault_name("status_999")
    assert not is_fault_name("status_100")
    assert not is_fault_name("")
