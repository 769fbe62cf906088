"""Journals kept without being asked: left by a crash, listed, taken up, removed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.clock import RealClock
from nbwebhook.demo import demo_leads
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.kept import cache_folder
from nbwebhook.engine.journal.left import LeftRun
from nbwebhook.engine.journal.opening import open_journal
from nbwebhook.errors import InvalidPlan, JournalMismatch, NothingLeft, RunLeft
from tests.engine.services import make_keys

LEADS = 150
SESSION = textwrap.dedent(
    """
    import sys
    import pandas as pd
    import nbwebhook as nw
    from nbwebhook.demo import demo_leads

    started = nw.start(
        nw.Webhook.load(sys.argv[1]),
        pd.DataFrame(demo_leads(int(sys.argv[2]))),
        connections=4,
        transport="httpx",
    )
    print("started", flush=True)
    started._background.wait(None, lambda: None)
    print("ended", flush=True)
    sys.stdin.readline()
    """
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for journals, for this test alone."""
    monkeypatch.setenv("NBWEBHOOK_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "runs"


@pytest.fixture
def service() -> Iterator[nw.DemoService]:
    """Return a service that takes a few milliseconds a call."""
    with nw.DemoService(latency_ms=5) as service:
        yield service


@pytest.fixture
def hook(service: nw.DemoService) -> nw.Webhook:
    """Return a webhook that asks it for a score."""
    return nw.Webhook(
        name="Score",
        url=f"{service.url}/enrich",
        payload_template='{"email": {{lead.Email Address}}}',
        request_token_encoding="JSON",
        custom_headers={"Content-Type": "application/json", "X-Lead-Id": "{{lead.Id}}"},
        response_mappings={"result.score": "Fresh Score"},
    )


def people(count: int = LEADS) -> pd.DataFrame:
    """Return leads."""
    return pd.DataFrame(demo_leads(count))


def leave(
    service: nw.DemoService, hook: nw.Webhook, folder: Path, at: int, leads: int = LEADS
) -> None:
    """Run in a process of its own, and kill it at a number of requests."""
    path = folder / "score.webhook.json"
    hook.save(path)
    process = subprocess.Popen(
        [sys.executable, "-c", SESSION, str(path), str(leads)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    service.wait_for(lambda counts: counts.requests >= at, timeout_s=60)
    if at >= leads:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2)]
        assert said == ["started\n", "ended\n"]
    process.kill()
    process.communicate()
    service.wait_for(lambda counts: counts.in_flight == 0, timeout_s=60)


def options(**given: object) -> dict[str, Any]:
    """Return options of a run without a line of progress."""
    return {"progress": False, "transport": "httpx", "connections": 4} | given


def test_a_long_run_keeps_a_journal_until_its_result_is_handed_over(
    cache: Path, hook: nw.Webhook
) -> None:
    """Its files are their owner's alone; afterwards nothing is left."""
    started = nw.start(hook, people(), **options())
    seen = [*cache.parent.glob("runs"), *cache.iterdir()]
    modes = {stat.S_IMODE(part.stat().st_mode) for part in seen[1:]}
    assert [path.suffix for path in seen if path.suffix.startswith(".sqlite")]
    assert modes == {0o600}
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert nw.runs().left == ()
    started.result()
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("leads", "journal", "is_kept"),
    [
        pytest.param(100, None, False, id="a-hundred-calls"),
        pytest.param(101, None, True, id="one-more"),
        pytest.param(101, False, False, id="switched-off"),
        pytest.param(5, True, True, id="asked-for"),
    ],
)
def test_which_runs_keep_one(
    cache: Path, hook: nw.Webhook, leads: int, journal: object, is_kept: object
) -> None:
    """More than 100 leads, unless the user says otherwise; False writes nothing."""
    started = nw.start(hook, people(leads), **options(journal=journal))
    assert cache.exists() == is_kept
    started.result()
    assert not cache.exists() or list(cache.iterdir()) == []


def test_a_run_whose_process_was_killed_is_listed_and_gone_on_with(
    cache: Path, service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """State, counts and place; then nobody is called twice and nobody is lost."""
    leave(service, hook, tmp_path, at=60)
    [left] = nw.runs().left
    assert (left.webhook, left.state, left.total) == ("Score", "cut off", LEADS)
    assert 40 <= left.done <= 64
    assert 1 <= left.unknown <= 2 * 4
    assert left.path.parent == cache
    assert f"cut off, {left.done} of 150 leads done" in repr(nw.runs())
    assert str(left.path) in repr(nw.runs())
    result = nw.resume(hook, people(), **options())
    assert max(service.counts.by_lead.values()) == 1
    summary = result.summary
    assert summary.unknown == left.unknown
    assert summary.updated == LEADS - left.unknown
    assert list(cache.iterdir()) == []
    assert nw.runs().left == ()


def test_the_same_cell_again_calls_nobody_twice_unasked(
    cache: Path, service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """It is refused with the way on; another list runs; discarding forgets it."""
    leave(service, hook, tmp_path, at=30)
    service.reset()
    with pytest.raises(RunLeft, match=r"cut off, .* nw\.resume\(webhook, leads\)"):
        nw.run(hook, people(), **options())
    assert service.counts.requests == 0
    nw.run(hook, people(120), **options())
    assert service.counts.requests == 120
    nw.run(hook, people(), **options(journal=False))
    [left] = nw.runs().left
    left.discard()
    assert list(cache.iterdir()) == []
    assert nw.run(hook, people(), **options()).summary.updated == LEADS


def test_a_paid_night_is_not_lost(
    cache: Path, service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """A run that ended in a kernel that died unasked gives its result without a call."""
    leave(service, hook, tmp_path, at=LEADS)
    [left] = nw.runs().left
    assert (left.state, left.done, left.unknown) == ("finished", LEADS, 0)
    service.reset()
    result = nw.resume(hook, people(), left=left, **options())
    assert service.counts.requests == 0
    assert result.summary.updated == LEADS
    assert list(cache.iterdir()) == []


def test_nothing_to_go_on_with_is_told(
    cache: Path, service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """Neither by another list nor by a run that is given and is another one."""
    with pytest.raises(NothingLeft, match=r"\(0 of others were"):
        nw.resume(hook, people(), **options())
    leave(service, hook, tmp_path, at=20)
    with pytest.raises(NothingLeft, match=r"\(1 of others were"):
        nw.resume(hook, people(40), **options())
    [left] = nw.runs().left
    with pytest.raises(JournalMismatch, match="the number of leads"):
        nw.resume(hook, people(40), left=left, **options())
    assert nw.runs().left[0].state == "cut off"


def test_a_run_of_another_process_that_goes_on_is_listed_as_such(
    cache: Path, service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """It is no reason to refuse a run, and cannot be taken up."""
    path = tmp_path / "score.webhook.json"
    hook.save(path)
    command = [sys.executable, "-c", SESSION, str(path), "3000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        service.wait_for(lambda counts: counts.requests >= 200, timeout_s=60)
        [left] = nw.runs().left
        assert (left.state, left.total, left.can_go_on) == ("running elsewhere", None, False)  # fmt: skip
        assert left.done >= 100
        with pytest.raises(NothingLeft, match="1 of others"):
            nw.resume(hook, people(3_000), **options())
        process.kill()


def test_a_stopped_run_hands_its_result_over_and_leaves_nothing(
    cache: Path, hook: nw.Webhook
) -> None:
    """Its leads are skipped, as the user said so."""
    started = nw.start(hook, people(), **options())
    started.stop()
    assert started.result().summary.skipped > 0
    assert list(cache.iterdir()) == []
    nw.run(hook, people(), **options())


def test_a_named_journal_stays(cache: Path, hook: nw.Webhook, tmp_path: Path) -> None:
    """Only those that nobody asked for are removed."""
    nw.run(hook, people(), **options(journal=tmp_path / "mine.sqlite"))
    assert (tmp_path / "mine.sqlite").exists()
    assert not cache.exists()


def old(path: Path, days: float) -> Path:
    """Make a file look as if nobody had written it for so many days."""
    for part in path.parent.glob(f"{path.name}*"):
        at_s = time.time() - days * 86_400
        os.utime(part, (at_s, at_s))
    return path


def test_old_journals_are_removed_by_the_next_run(
    cache: Path, service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """After 30 days without a word, whatever their state; younger ones stay."""
    leave(service, hook, tmp_path, at=10)
    leave(service, hook.replace(name="B", payload_template="{}"), tmp_path, at=20)
    younger, older = (left.path for left in nw.runs().left)
    (cache / "junk.sqlite").write_bytes(b"no journal")
    (cache / "other.txt").write_text("not ours")
    old(older, 31), old(younger, 29), old(cache / "junk.sqlite", 31)
    nw.run(hook, people(110), **options())
    kept = {path.name for path in cache.iterdir() if "-mark" not in path.name}
    assert {name.removesuffix("-wal") for name in kept} == {younger.name, "other.txt"}


def test_what_is_no_journal_is_listed_as_damaged(cache: Path) -> None:
    """The list is for looking: it raises nothing."""
    cache.mkdir(parents=True)
    (cache / "a.sqlite").write_bytes(b"no journal" * 500)
    (cache / "b.sqlite").write_bytes(b"")
    (cache / "c.sqlite").write_bytes(b"")
    (cache / "c.sqlite-mark").write_bytes(b"no mark")
    left = nw.runs().left
    assert [one.state for one in left] == ["damaged"] * 3
    assert not any(one.can_go_on for one in left)


def test_without_a_folder_the_run_goes_on_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: nw.Webhook
) -> None:
    """A home that cannot be written is no reason to call nobody, unless asked for one."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NBWEBHOOK_CACHE_DIR", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="could not go on after a crash"):
        result = nw.run(hook, people(), **options())
    assert result.summary.updated == LEADS
    with pytest.raises(InvalidPlan, match=r"journal: .*file.* cannot be used"):
        nw.run(hook, people(), **options(journal=True))
    assert nw.runs().left == ()


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        pytest.param({"NBWEBHOOK_CACHE_DIR": "/x"}, "/x/runs", id="named"),
        pytest.param({"XDG_CACHE_HOME": "/y"}, "/y/nbwebhook/runs", id="xdg"),
        pytest.param({"HOME": "/home/z"}, "/home/z/.cache/nbwebhook/runs", id="home"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_where_journals_are_kept(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wanted: str
) -> None:
    """By the variable, else by the rules of the system."""
    for name in ("NBWEBHOOK_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(wanted)


def test_resending_needs_a_journal_by_name(hook: nw.Webhook) -> None:
    """A new journal of its own knows nobody."""
    for journal in (None, False, True):
        with pytest.raises(InvalidPlan, match="nothing is known to send again"):
            nw.run(hook, people(), **options(journal=journal, resend="failed"))


def test_a_crash_while_equal_answers_are_handed_out_resumes_right(
    cache: Path, service: nw.DemoService, tmp_path: Path
) -> None:
    """With `dedupe`, each request is sent once, before and after; nobody is lost."""
    hook = nw.Webhook(
        url=f"{service.url}/enrich",
        payload_template='{"email": {{lead.Email Address}}}',
        request_token_encoding="JSON",
        custom_headers={"Content-Type": "application/json"},
        response_mappings={"result.score": "Fresh Score"},
    )
    leads = people(60)
    groups = pd.concat([leads] * 50, ignore_index=True)
    groups["Id"] = [str(row) for row in range(len(groups))]
    groups.to_pickle(tmp_path / "leads.pickle")
    hook.save(tmp_path / "score.webhook.json")
    code = SESSION.replace(
        "demo_leads(int(sys.argv[2]))", "pd.read_pickle(sys.argv[2])"
    )
    code = code.replace("connections=4,", "connections=4, dedupe=True,")
    command = [sys.executable, "-c", code]
    command += [str(tmp_path / "score.webhook.json"), str(tmp_path / "leads.pickle")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        service.wait_for(lambda counts: counts.requests >= 30, timeout_s=60)
        process.kill()
    [left] = nw.runs().left
    assert left.done > left.unknown
    result = nw.resume(hook, groups, dedupe=True, **options())
    last = result.calls.groupby("lead_key", sort=False)["outcome"].last().astype(str)
    counts = Counter(last)
    assert set(counts) <= {"updated", "unknown"}
    assert counts.total() == len(groups)
    assert counts["unknown"] == left.unknown <= 2 * 4
    # Where an answer was lost before all had it, one of those who lack it is called.
    calls = service.counts.by_lead
    assert max(calls.values()) <= 2
    assert calls.total() - 60 <= 2 * 4
    scores = result.leads.loc[last.to_numpy() == "updated"]
    assert scores.groupby("Email Address")["Fresh Score"].nunique().max() == 1
    assert scores["Fresh Score"].notna().all()


def test_a_run_that_called_nobody_is_in_nobodys_way(
    cache: Path, hook: nw.Webhook, tmp_path: Path
) -> None:
    """A process that died before the first call leaves what the next run clears away."""
    hook.save(tmp_path / "score.webhook.json")
    code = """
import os, sys
import pandas as pd
import nbwebhook as nw
from nbwebhook.demo import demo_leads
from nbwebhook.engine.run import LeadRun
LeadRun.execute = lambda self: os._exit(0)
hook = nw.Webhook.load(sys.argv[1])
nw.run(hook, pd.DataFrame(demo_leads(150)), progress=False, transport="httpx")
"""
    command = [sys.executable, "-c", code, str(tmp_path / "score.webhook.json")]
    subprocess.run(command, check=True, timeout=60)
    [left] = nw.runs().left
    assert (left.state, left.done, left.unknown) == ("cut off", 0, 0)
    assert nw.run(hook, people(), **options()).summary.updated == LEADS
    assert list(cache.iterdir()) == []


def test_a_journal_without_a_batch_is_listed(cache: Path) -> None:
    """It was made, and its process died at once."""
    cache.mkdir(parents=True)
    _, store = open_journal(
        cache / "a.sqlite", Identity(7, {}, "Name"), make_keys(7), RealClock()
    )
    store.close(is_done=False)
    [left] = nw.runs().left
    assert (left.webhook, left.state, left.total) == ("Name", "cut off", 7)
    assert left.can_go_on


def test_without_a_home_there_is_nothing_to_list(
    monkeypatch: pytest.MonkeyPatch, hook: nw.Webhook
) -> None:
    """A user without a home folder runs without a journal, and is told so."""

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("NBWEBHOOK_CACHE_DIR")
    monkeypatch.setattr(Path, "home", no_home)
    assert nw.runs().left == ()
    with pytest.warns(UserWarning, match="the user's cache folder cannot be used"):
        nw.run(hook, people(), **options())


def test_left_runs_say_which_they_are(tmp_path: Path) -> None:
    """One line each, with what cannot be read left out."""
    at = pd.Timestamp("2026-01-02 03:04:05", tz="UTC").to_pydatetime()
    left = LeftRun(tmp_path / "j", "", "damaged", 0, None, 0, at, at)
    assert (
        left.words == "webhook, started 2026-01-02 03:04:05 UTC: damaged, 0 leads done"
    )
    assert json.dumps(left.words)
