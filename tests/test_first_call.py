"""What a run over a list in a file has loaded and read when its first call is sent."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pytest
from click.testing import CliRunner

import nbwebhook as nw
from nbwebhook.cli import main
from nbwebhook.demo import demo_leads

HEAVY = ("numpy", "pandas", "pyarrow")
LEADS = 60
COMMAND = ("run", "score.webhook.json", "leads.csv", "--yes", "--json", "--trust")

SCRIPT = textwrap.dedent(
    """
    import json, sys
    import httpx
    import nbwebhook as nw

    class Noting(httpx.AsyncHTTPTransport):
        loaded = None

        async def handle_async_request(self, request):
            if Noting.loaded is None:
                Noting.loaded = [name for name in sys.argv[1:] if name in sys.modules]
            return await super().handle_async_request(request)

    result = nw.run(nw.Webhook.load("score.webhook.json"), nw.scan_leads("leads.csv"),
                    sink="results", transport=Noting(), trust=True, progress=False)
    print(json.dumps({"loaded": Noting.loaded, "updated": result.summary.updated,
                      "scores": len(result.updates), "leads": len(result.leads)}))
    """
)


@pytest.fixture
def service() -> Iterator[nw.DemoService]:
    """A service that lets nobody wait."""
    with nw.DemoService(latency_ms=0) as running:
        yield running


@pytest.fixture(autouse=True)
def folder(
    tmp_path: Path, service: nw.DemoService, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The current folder, with a list and a definition for the service."""
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(demo_leads(LEADS)).to_csv("leads.csv", index=False)
    nw.Webhook(
        name="Score",
        url=f"{service.url}/enrich",
        payload_template='{"email": {{lead.Email Address}}}',
        request_token_encoding="JSON",
        response_mappings={"result.score": "LeadScore", "result.grade": "Grade"},
    ).save("score.webhook.json")
    return tmp_path


def written_from_memory() -> dict[str, bytes]:
    """Return the files that a run over the same list as a frame saves."""
    hook = nw.Webhook.load("score.webhook.json")
    result = nw.run(hook, nw.read_leads("leads.csv"), trust=True, progress=False)
    return written_in(result.save("memory"))


def written_in(folder: str | Path) -> dict[str, bytes]:
    """Return the files of a result that do not tell of time."""
    names = ("leads.csv", "updates.csv", "changes.csv")
    return {name: Path(folder, name).read_bytes() for name in names}


def test_a_script_sends_its_first_call_without_pandas(service: nw.DemoService) -> None:
    """Frames are loaded when the calls are over, and the results are those of a frame."""
    words = [sys.executable, "-c", SCRIPT, *HEAVY]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    told = {"updated": LEADS, "scores": LEADS, "leads": LEADS}
    assert json.loads(done.stdout) == {"loaded": [], **told}
    assert service.counts.requests == LEADS
    assert written_in("results") == written_from_memory()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux has it")
def test_the_command_sends_its_first_call_without_pandas(
    service: nw.DemoService,
) -> None:
    """No library of theirs is in its memory when the service gets a request."""
    with nw.DemoService(latency_ms=100) as slow:
        hook = nw.Webhook.load("score.webhook.json").model_copy(
            update={"url": f"{slow.url}/enrich"}
        )
        hook.save("score.webhook.json")
        words = ["-m", "nbwebhook", *COMMAND, "--out", "results", "--connections", "3"]
        command = subprocess.Popen(
            [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        slow.wait_for(lambda now: now.requests >= 1, timeout_s=40)
        maps = Path(f"/proc/{command.pid}/maps").read_text(encoding="utf-8")
        out, _ = command.communicate(timeout=60)
    assert [name for name in HEAVY if f"/{name}/" in maps] == []
    assert json.loads(out)["summary"]["updated"] == LEADS


@pytest.fixture
def opened(service: nw.DemoService, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the list had been opened before the first call, in the one number."""
    before = [0]
    real = Path.open

    def counting(path: Path, *args: Any, **kwargs: Any) -> IO[Any]:  # noqa: ANN401 - as in Path
        if path.name == "leads.csv" and not service.counts.requests:
            before[0] += 1
        stream: IO[Any] = real(path, *args, **kwargs)
        return stream

    monkeypatch.setattr(Path, "open", counting)
    return before


def test_a_run_reads_its_list_once_before_its_calls(opened: list[int]) -> None:
    """Once for its header, once as a whole, and then for the calls themselves."""
    hook, leads = nw.Webhook.load("score.webhook.json"), nw.scan_leads("leads.csv")
    nw.run(hook, leads, sink="results", trust=True, progress=False)
    assert opened == [3]


def test_what_a_check_has_read_a_run_need_not_read_again(opened: list[int]) -> None:
    """The check reads the list as a whole, and the run for its calls alone."""
    hook, leads = nw.Webhook.load("score.webhook.json"), nw.scan_leads("leads.csv")
    assert not nw.check(hook, leads).has_errors
    assert opened == [2]
    nw.run(hook, leads, sink="results", trust=True, progress=False)
    assert opened == [3]


def test_the_command_reads_its_list_once_before_its_calls(opened: list[int]) -> None:
    """Check, count, keys and fingerprints come from one pass."""
    done = CliRunner().invoke(main, [*COMMAND, "--out", "results"])
    assert done.exit_code == 0
    assert f"{LEADS} of {LEADS} in leads.csv" in done.stderr
    assert opened == [3]


def test_a_pandas_that_is_loaded_later_gets_the_verbs_too() -> None:
    """The shelf's names are looked up anew until there are frames to give them to."""
    script = (
        "import nbwebhook as nw\n"
        "nw.run, nw.Webhook\n"
        "import pandas as pd\n"
        "assert not hasattr(pd.DataFrame, 'webhook')\n"
        "nw.run\n"
        "assert pd.DataFrame({'Id': [7]}).webhook.run"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_loading_is_not_held_up_by_looks_for_cycles() -> None:
    """What is loaded stays, pandas above all; afterwards the looks are as they were."""
    script = textwrap.dedent(
        """
        import gc
        from collections import Counter
        import nbwebhook as nw
        counts = Counter()
        gc.callbacks.append(lambda phase, about: counts.update([about["generation"]]))
        nw.read_leads
        gc.callbacks.clear()
        print(counts.total(), gc.isenabled())
        """
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    told, is_on = ran.stdout.split()
    assert int(told) <= 4  # each look is told twice; one may come when it is over
    assert is_on == "True"
