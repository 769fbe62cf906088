"""Where a cluster, its line or a folder is not as it should be."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import distributed
import pandas as pd
import pytest
from distributed import Client

import nbwebhook as nw
from nbwebhook import Context
from nbwebhook.demo import DemoService
from nbwebhook.engine.journal.mark import Mark
from nbwebhook.errors import (
    ClusterFailed,
    InvalidPlan,
    JournalFailed,
    JournalLocked,
    JournalMismatch,
    PartitionStopped,
)
from nbwebhook.scale import board, door, partition, scheduler
from nbwebhook.scale.plugin import BoardPlugin
from nbwebhook.scale.scheduler import SchedulerLine
from nbwebhook.scale.steering import reason_of, stop_reason
from nbwebhook.scale.wire import Share, Terms
from tests.scale.lists import cut, people, webhook
from tests.scale.test_run import run, start


def test_dask_is_loaded_only_for_a_cluster() -> None:
    """A run on one machine needs nothing of it."""
    code = (
        "import sys, pandas as pd, nbwebhook as nw\n"
        "hook = nw.Webhook(url='http://127.0.0.1:9/{{lead.Id}}')\n"
        "nw.run(hook, pd.DataFrame({'Id': []}, dtype='string'), progress=False)\n"
        "assert not {'dask', 'distributed', 'hdrh'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_without_the_extra_one_sentence_says_which(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Dask's frames are there, and the rest is not."""
    monkeypatch.setattr(door, "find_spec", dict[str, object]().get)
    with pytest.raises(InvalidPlan, match=r'pip install "nbwebhook\[dask\]"'):
        start(nw.Webhook(url="http://127.0.0.1:9/"), cut(people(2), 1), journal="x")


def test_the_client_in_use_is_taken_and_a_closed_one_refused(
    client: Client,
    service: DemoService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With none at all the sentence says what to give."""
    hook, leads = webhook(service), cut(people(4), 2)
    assert run(hook, leads, journal=tmp_path).summary.updated == 4
    closed = Client(client.cluster, set_as_default=False)
    closed.close()
    with pytest.raises(InvalidPlan, match="is closed"):
        start(hook, leads, client=closed, journal=tmp_path)

    def none() -> Client:
        raise ValueError

    monkeypatch.setattr(distributed, "default_client", none)
    with pytest.raises(InvalidPlan, match="which cluster"):
        start(hook, leads, journal=tmp_path)


async def test_an_asynchronous_client_is_refused(client: Client) -> None:
    """A run waits, which such a client cannot."""
    address = client.scheduler_info()["address"]
    async with Client(address, asynchronous=True, set_as_default=False) as waiting:
        with pytest.raises(InvalidPlan, match="asynchronous"):
            door.find_client(waiting)


@pytest.mark.parametrize(
    ("address", "is_private"),
    [
        pytest.param("tls://10.0.0.7:8786", True, id="tls"),
        pytest.param("inproc://10.0.0.7/1/1", True, id="this-process"),
        pytest.param("tcp://127.0.0.1:8786", True, id="loopback"),
        pytest.param("tcp://[::1]:8786", True, id="loopback-6"),
        pytest.param("tcp://10.0.0.7:8786", False, id="plain"),
        pytest.param("tcp://scheduler:8786", False, id="a-name"),
    ],
)
def test_secrets_go_only_over_a_line_that_nobody_reads(
    address: str,
    is_private: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """By the scheduler's address."""
    assert scheduler._is_private(address) is is_private


def test_secrets_are_not_given_to_a_plain_line(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may stand in the workers' environment instead."""
    monkeypatch.setattr(scheduler, "_is_private", dict[str, bool]().get)
    hook = nw.Webhook(url="http://127.0.0.1:9/?k={{secret.KEY}}")
    context = Context(secrets={"KEY": "canary"})
    with pytest.raises(InvalidPlan, match="environment of the workers"):
        start(hook, cut(people(2), 1), client=client, journal=tmp_path, context=context)


def test_secrets_of_the_environment_are_the_workers_own(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notebook needs to know none of them."""
    monkeypatch.setenv("NBW_KEY", "7")
    with DemoService(latency_ms=0) as service:
        hook = nw.Webhook(url=f"{service.url}/echo?k={{{{secret.NBW_KEY}}}}")
        result = run(hook, cut(people(3), 2), client=client, journal=tmp_path)
        assert result.summary.no_update == 3


def test_a_scheduler_without_the_package_is_told(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what it needs."""

    def cannot(_plugin: object) -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr(client, "register_plugin", cannot)
    hook = nw.Webhook(url="http://127.0.0.1:9/")
    with pytest.raises(ClusterFailed, match="in this version too"):
        start(hook, cut(people(2), 1), client=client, journal=tmp_path)


def test_a_line_that_is_gone_says_nothing(client: Client) -> None:
    """A run that ends with its cluster does not end in another error."""
    other = Client(client.cluster, set_as_default=False)
    SchedulerLine(client, "a-run").open(Terms(Share(4, None), 1.0, None), {})
    line = SchedulerLine(other, "no-such-run")
    look = line.look()
    assert look is not None
    assert look.reason == ("PartitionStopped", -1, "the run is closed")
    line.steer("pause")
    line.close()
    other.close()
    assert line.look() is None


def test_a_run_stops_when_its_notebook_is_gone() -> None:
    """The scheduler tells the workers, whoever closed the client."""
    plugin = BoardPlugin()
    terms = {"share": {"connections": 4, "calls_per_s": None}, "timeout_s": 1.0}
    for run_id in "ab":
        plugin.take_open(
            run_id, f"client-{run_id}", {**terms, "max_failures": None}, {}
        )
    plugin.remove_client(None, "client-a")
    assert plugin.take_look("a")["state"] == "stopping"
    assert plugin.take_look("b")["state"] == "running"
    assert plugin.take_secrets("gone") == {}


def test_a_run_whose_board_is_gone_stops_on_all_workers(
    client: Client, tmp_path: Path
) -> None:
    """So it is when a scheduler starts anew: nobody lends shares any more."""
    with DemoService(latency_ms=30) as service:
        going = start(
            webhook(service),
            cut(people(200), 8),
            client=client,
            journal=tmp_path,
            connections=4,
        )
        service.wait_for(lambda seen: seen.requests >= 8, timeout_s=40)
        going._line.close()
        result = going.result(50)
        assert "the run is closed" in result.summary.stopped_by
        assert result.summary.skipped == 200 - service.counts.requests


def test_an_attempt_that_lost_its_share_begins_anew(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It settles, asks again, goes on from its journal: nobody is called twice."""
    monkeypatch.setattr(board, "SILENCE_S", 0.1)
    with DemoService(latency_ms=20) as service:
        result = run(
            webhook(service),
            cut(people(120), 2),
            client=client,
            journal=tmp_path,
            connections=2,
            timeout_s=0.2,
        )
        assert result.summary.updated == 120
        assert set(service.counts.by_lead.values()) == {1}
    calls = result.calls.compute()
    assert calls["attempt"].tolist() == [1] * 120


def test_a_journal_that_somebody_still_has_is_waited_for(
    client: Client,
    service: DemoService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its lock goes with its owner; if that takes too long, the run says so."""
    mark = Mark(tmp_path / "part-00000.sqlite")
    timer = threading.Timer(0.7, lambda: mark.close(is_done=True))
    timer.start()
    hook, leads = webhook(service), cut(people(6), 2)
    assert run(hook, leads, client=client, journal=tmp_path).summary.updated == 6
    timer.join()
    monkeypatch.setattr(partition, "_LOCK_S", 0.0)
    mark = Mark(tmp_path / "part-00001.sqlite")
    try:
        with pytest.raises(JournalLocked, match="part-00001"):
            run(hook, leads, client=client, journal=tmp_path, timeout_s=0.3)
    finally:
        mark.close(is_done=True)


def test_frames_need_the_journals_and_the_list_of_their_run(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """A journal that is written, or is another list's, is not taken for a result."""
    hook, leads = webhook(service), cut(people(6), 2)
    result = run(hook, leads, client=client, journal=tmp_path)
    mark = tmp_path / "part-00000.sqlite-mark"
    mark.touch()
    with pytest.raises(JournalFailed, match="run the same again"):
        result.calls.compute()
    mark.unlink()
    (tmp_path / "other").mkdir()
    other = run(hook, cut(people(9), 2), client=client, journal=tmp_path / "other")
    assert len(other.calls.compute()) == 9
    (tmp_path / "part-00000.sqlite").unlink()
    (tmp_path / "other/part-00000.sqlite").rename(tmp_path / "part-00000.sqlite")
    with pytest.raises(JournalMismatch, match="number of leads"):
        result.calls.compute()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("{", "no list of a run's partitions", id="no-json"),
        pytest.param("{}", "no list of a run's partitions", id="nothing-in-it"),
    ],
)
def test_a_folder_of_something_else_is_refused(
    client: Client, service: DemoService, tmp_path: Path, text: str, words: str
) -> None:
    """Before the first call."""
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(JournalFailed, match=words):
        start(webhook(service), cut(people(4), 2), client=client, journal=tmp_path)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(JournalFailed, match=r"File exists|Not a directory"):
        start(webhook(service), cut(people(4), 2), client=client, journal=file)


def test_an_interrupt_stops_all_workers_and_gives_what_was_finished(
    client: Client, tmp_path: Path
) -> None:
    """Ctrl-C in a waiting cell: calls that hang are cut off, and told as unknown."""
    with DemoService(latency_ms=30_000) as service:
        going = start(
            webhook(service), cut(people(8), 2), client=client, journal=tmp_path,
            connections=2,
        )  # fmt: skip
        service.wait_for(lambda seen: seen.in_flight == 2, timeout_s=40)
        seen: list[Any] = []

        def interrupt(progress: object) -> None:
            seen.append(progress)
            if len(seen) == 1:
                raise KeyboardInterrupt

        going._on_progress = interrupt
        result = going.result()
        assert (result.summary.unknown, result.summary.skipped) == (2, 6)
        assert seen[-1].state == "stopped"


async def test_cancelling_whoever_awaits_it_stops_the_run(
    client: Client, tmp_path: Path
) -> None:
    """And the cancellation goes on."""
    with DemoService(latency_ms=50) as service:
        hook, leads = webhook(service), cut(people(100), 2)
        going = start(hook, leads, client=client, journal=tmp_path, connections=2)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(going, 0.3)
        result = await going
        assert result.summary.stopped_by
        assert service.counts.requests < 100


def test_a_reason_to_stop_survives_the_way_to_all_workers() -> None:
    """Errors of one partition become those of the run, with its number."""
    error = JournalLocked("part-00003.sqlite")
    again = stop_reason(reason_of(error, 3))
    assert isinstance(again, PartitionStopped)
    assert str(again).startswith("partition 3 stopped: journal 'part-00003.sqlite'")
    assert stop_reason(reason_of(again, 7)).args == again.args


def test_empty_partitions_are_partitions(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """A filter may leave nothing in one of them."""
    leads = cut(people(9), 3)
    some = leads[leads["Id"] != "x"].map_partitions(
        lambda part: part if part.index[0] else part.head(0), meta=leads._meta
    )
    result = run(webhook(service), some, client=client, journal=tmp_path)
    assert result.summary.leads == result.summary.updated == 6
    assert len(result.changes.compute()) == 12
    assert isinstance(result.unknown_leads(), pd.DataFrame)
