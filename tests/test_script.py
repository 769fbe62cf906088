"""A run in a plain script, ended by Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from nbwebhook import DemoService

SCRIPT = """
import json, sys
import pandas as pd, nbwebhook as nw
from nbwebhook.demo import demo_leads
hook = nw.Webhook(url=sys.argv[1] + "/enrich?email={{lead.Email Address}}",
                  request_type="GET", response_mappings={"result.segment": "Segment"})
result = nw.run(hook, pd.DataFrame(demo_leads(5000)), connections=5)
print(json.dumps({"state": result.summary.state, **result.summary.outcome_counts()}))
"""


@pytest.mark.timeout(100)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_gives_a_script_the_finished_part() -> None:
    """The script goes on with a result in which every lead is accounted for."""
    with DemoService(latency_ms=40) as service:
        script = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, service.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            service.wait_for(lambda counts: counts.requests >= 30, timeout_s=40)
            script.send_signal(signal.SIGINT)
            told, errors = script.communicate(timeout=50)
        finally:
            script.kill()
    assert errors == ""
    counts = json.loads(told)
    assert counts.pop("state") == "stopped"
    assert sum(counts.values()) == 5_000
    assert 20 <= counts["updated"] < 5_000
    assert counts["skipped"] > 1_000
