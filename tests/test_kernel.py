"""A run in a real kernel: blocking, awaited, patched, interrupted, with cells queued."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from nbwebhook import DemoService
from tests.kernel import Kernel, open_kernel

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(90)]

SETUP = """
import json
import pandas as pd, nbwebhook as nw
from nbwebhook.demo import demo_leads
leads = pd.DataFrame(demo_leads({count}))
hook = nw.Webhook(url="{url}/enrich?email={{{{lead.Email Address}}}}",
                  request_type="GET", response_mappings={{"result.score": "LeadScore"}})
def told(result):
    print(json.dumps({{"leads": len(leads), **result.summary.outcome_counts()}}))
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """One kernel for all tests of this module."""
    with open_kernel() as opened:
        yield opened


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("result = nw.run(hook, leads, progress=False)", id="blocking"),
        pytest.param("result = await nw.start(hook, leads)", id="awaited"),
        pytest.param(
            "result = nw.run(hook, leads, progress=False, loop='running')",
            id="on-the-kernels-loop",
        ),
        pytest.param(
            "import threading\nbox = []\n"
            "t = threading.Thread(target=lambda: box.append(nw.run(hook, leads)))\n"
            "t.start(); t.join(); result = box[0]",
            id="thread",
        ),
    ],
)
def test_a_run_ends_and_the_queued_cells_follow(kernel: Kernel, cell: str) -> None:
    """Every way of running works with the next cells already queued."""
    with DemoService(latency_ms=5) as service:
        first = kernel.submit(SETUP.format(count=60, url=service.url))
        second = kernel.submit(cell)
        third = kernel.submit("told(result)")
        fourth = kernel.submit("print('still here')")
        replies = kernel.replies(first, second, third, fourth, timeout_s=30)
        assert [reply.error for reply in replies] == [""] * 4
        assert [reply.status for reply in replies] == ["ok"] * 4
        counts = json.loads(replies[2].text)
        assert counts["leads"] == counts["updated"] + counts["no_update"] == 60
        assert replies[3].text == "still here\n"
        assert service.counts.requests == 60


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("result = nw.run(hook, leads, connections=5)", id="blocking"),
        pytest.param("result = await nw.start(hook, leads, connections=5)", id="await"),
    ],
)
def test_an_interrupt_gives_back_what_was_finished(kernel: Kernel, cell: str) -> None:
    """The stop button ends the run; finished leads stay, the rest is accounted for."""
    with DemoService(latency_ms=40) as service:
        kernel.run(SETUP.format(count=2_000, url=service.url))
        waiting = kernel.submit(cell)
        service.wait_for(lambda counts: counts.requests >= 20, timeout_s=40)
        kernel.interrupt()
        [reply] = kernel.replies(waiting, timeout_s=40)
        assert reply.status == "ok", reply.error
        counts = json.loads(kernel.run("told(result)").text)
        assert counts.pop("leads") == sum(counts.values()) == 2_000
        assert 15 <= counts["updated"] < 1_000
        assert counts["skipped"] > 0
        assert kernel.run("print(result.summary.state)").text == "stopped\n"


def test_a_run_goes_on_when_its_cell_has_returned(kernel: Kernel) -> None:
    """`start` returns at once and the next cell can look at the run and stop it."""
    with DemoService(latency_ms=40) as service:
        kernel.run(SETUP.format(count=2_000, url=service.url))
        assert kernel.run("run = nw.start(hook, leads, connections=5)").status == "ok"
        service.wait_for(lambda counts: counts.requests >= 20, timeout_s=40)
        reply = kernel.run(
            "print(run.is_done, 0 < run.progress.done < 2000); run.stop()"
        )
        assert reply.text == "False True\n"
        counts = json.loads(kernel.run("told(run.result())").text)
        assert counts.pop("leads") == sum(counts.values()) == 2_000


def test_progress_is_shown_in_one_place_and_results_are_static(kernel: Kernel) -> None:
    """A notebook run shows one display that is updated, and a result without widgets."""
    with DemoService(latency_ms=20) as service:
        kernel.run(SETUP.format(count=200, url=service.url))
        reply = kernel.run("nw.run(hook, leads, connections=4)")
        kinds = {kind for data in reply.shown for kind in data}
        assert kinds == {"text/html", "text/plain"}
        assert "200" in reply.shown[-1]["text/html"]
