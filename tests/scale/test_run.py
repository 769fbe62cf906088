"""A run over a cluster in this process: the same results, the same refusals, its ends."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
from distributed import Client

import nbwebhook as nw
from nbwebhook import Context, Retry
from nbwebhook.demo import DemoService
from nbwebhook.engine.progress import Progress
from nbwebhook.errors import (
    ClusterFailed,
    DuplicateKey,
    InvalidPlan,
    JournalCorrupt,
    JournalMismatch,
    MissingSecret,
    NbWebhookError,
    UnreadableList,
)
from nbwebhook.scale.handle import ClusterRun
from nbwebhook.scale.result import ClusterResult
from tests.scale.lists import cut, people, webhook

SAME = ["lead_key", "row", "attempt", "outcome", "status_code", "error_type", "reason"]


def start(hook: nw.Webhook, leads: object, **options: object) -> ClusterRun:
    """Return the handle, as what it is."""
    run: object = nw.start(hook, cast("Any", leads), **cast("dict[str, Any]", options))
    assert isinstance(run, ClusterRun)
    return run


def run(hook: nw.Webhook, leads: object, **options: object) -> ClusterResult:
    """Return the result, as what it is."""
    return start(hook, leads, **options).result(50)


def wait_until(run: ClusterRun, condition: Callable[[Progress], bool]) -> Progress:
    """Return the progress once it is as it should be."""
    until_s = time.monotonic() + 40
    while not condition(run.progress):
        assert time.monotonic() < until_s, run.progress
        time.sleep(0.02)
    return run.progress


def test_results_equal_those_of_one_machine(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """Frames, dtypes and counts are the same, whatever the partitions."""
    leads = cut(people(60), 7)
    hook = webhook(service)
    over = run(hook, leads, client=client, journal=tmp_path / "j", connections=8)
    one = nw.run(hook, leads.compute(), progress=False)
    pd.testing.assert_frame_equal(over.updates.compute(), one.updates)
    pd.testing.assert_frame_equal(over.leads.compute(), one.leads)
    changes = over.changes.compute().reset_index(drop=True)
    pd.testing.assert_frame_equal(changes, one.changes)
    calls = over.calls.compute().reset_index(drop=True)
    pd.testing.assert_frame_equal(calls[SAME], one.calls[SAME])
    assert calls.dtypes.to_dict() == one.calls.dtypes.to_dict()
    assert over.updates.dtypes.to_dict() == one.updates.dtypes.to_dict()
    assert over.summary.outcome_counts() == one.summary.outcome_counts()
    assert over.summary.calls == over.summary.latency.calls == 60
    assert over.summary.latency.max_ms == calls["latency_ms"].max()
    assert service.counts.by_lead.total() == 120
    assert "60 leads" in repr(over)
    assert "60 leads" in over._repr_html_()


def test_quantiles_are_within_the_error_that_is_stated(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """They lie between the two calls around the quantile, give or take the error."""
    over = run(webhook(service), cut(people(60), 7), client=client, journal=tmp_path)
    took = over.calls.compute()["latency_ms"].to_numpy(dtype="float64")
    latency, error = over.summary.latency, over.latency_error
    for share, found in ((0.5, latency.p50_ms), (0.95, latency.p95_ms)):
        low = float(pd.Series(took).quantile(share, interpolation="lower"))
        high = float(pd.Series(took).quantile(share, interpolation="higher"))
        assert low * (1 - error) - 1e-3 <= found <= high * (1 + error) + 1e-3
    assert latency.mean_ms == pytest.approx(took.mean())


def test_the_same_run_again_calls_nobody(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """The journals give the result; the keys of a retry stay those of the first run."""
    leads, hook = cut(people(20), 3), webhook(service)
    first = run(hook, leads, client=client, journal=tmp_path)
    again = run(hook, leads, client=client, journal=tmp_path)
    assert service.counts.requests == 20
    pd.testing.assert_frame_equal(again.calls.compute(), first.calls.compute())
    assert again.summary.outcome_counts() == first.summary.outcome_counts()


def test_a_stopped_run_tells_who_was_not_tried_and_goes_on(
    client: Client, tmp_path: Path
) -> None:
    """Stop settles all workers; the next run calls the rest, and nobody twice."""
    leads = cut(people(80), 8)
    with DemoService(latency_ms=40) as service:
        hook = webhook(service)
        going = start(hook, leads, client=client, journal=tmp_path, connections=4)
        service.wait_for(lambda seen: seen.requests >= 10, timeout_s=40)
        going.stop()
        stopped = going.result(50)
        called = service.counts.requests
        assert going.progress.state == stopped.summary.state == "stopped"
        assert going.progress.done == 80
        assert stopped.summary.skipped == 80 - called > 0
        skipped = stopped.calls.compute().query("outcome == 'skipped'")
        assert len(skipped) == stopped.summary.skipped
        assert set(skipped["error_type"]) == {"StoppedByUser"}
        assert len(stopped.leads.compute()) == 80
        rest = run(hook, leads, client=client, journal=tmp_path, connections=20)
        assert rest.summary.skipped == 0
        assert set(service.counts.by_lead.values()) == {1}
        assert len(service.counts.by_lead) == 80


def test_a_run_is_paused_widened_and_watched_from_the_notebook(
    client: Client, tmp_path: Path
) -> None:
    """No call starts while it is paused, and more go at once when it is widened."""
    with DemoService(latency_ms=100) as service:
        hook, leads = webhook(service), cut(people(60), 4)
        going = start(hook, leads, client=client, journal=tmp_path, connections=2)
        service.wait_for(lambda seen: seen.requests >= 2, timeout_s=40)
        going.pause()
        wait_until(going, lambda now: now.state == "paused")
        seen = service.wait_for(lambda seen: seen.in_flight == 0, timeout_s=40)
        with pytest.raises(TimeoutError, match="it goes on"):
            going.result(0.5)
        assert service.counts.requests == seen.requests
        assert seen.max_in_flight == 2
        assert "paused" in repr(going)
        going.connections = 12
        going.resume()
        service.wait_for(lambda seen: seen.max_in_flight > 4, timeout_s=40)
        assert going.result(50).summary.updated == 60
        assert going.connections == 12
        assert len(going.ledger.phases[-1].to_numpy()) > 0


def test_a_cut_ends_calls_that_hang(client: Client, tmp_path: Path) -> None:
    """They are unknown, listed, and there are no more of them than connections."""
    with DemoService(latency_ms=30_000) as service:
        hook = webhook(service)
        going = start(
            hook, cut(people(9), 3), client=client, journal=tmp_path, connections=3
        )
        service.wait_for(lambda seen: seen.in_flight == 3, timeout_s=40)
        going.stop()
        going.cut()
        result = going.result(50)
        assert result.summary.unknown == 3
        assert len(result.unknown_leads()) == 3


def test_too_many_failures_stop_all_workers(client: Client, tmp_path: Path) -> None:
    """Failures are counted over all of them."""
    with DemoService(latency_ms=20, failure_share=1.0) as service:
        result = run(
            webhook(service),
            cut(people(400), 8),
            client=client,
            journal=tmp_path,
            connections=4,
            max_failures=10,
        )
        assert result.summary.stopped_by.endswith("max_failures is 10: not tried")
        assert 10 <= result.summary.failed < 400
        assert result.summary.skipped == 400 - result.summary.failed
        assert set(result.calls.compute()["error_type"].dropna()) >= {"TooManyFailures"}


def test_a_pause_that_the_service_asks_for_holds_all_workers(
    client: Client, tmp_path: Path
) -> None:
    """One lead's Retry-After is heeded by the partitions that never saw it."""
    leads = people(160)
    leads["Status"] = "200"
    leads.loc[12, "Status"] = "429"
    with DemoService(latency_ms=40) as service:
        hook = webhook(service, "status/{{lead.Status}}?retry_after=3")
        run(hook, cut(leads, 4), client=client, journal=tmp_path, connections=4)
        arrived_s = sorted(call.arrived_s for call in service.record)
        waits_s = [after - before for before, after in pairwise(arrived_s)]
        # The word goes round while calls of 40 ms go on: soon, and here at any pace.
        assert max(waits_s) > 1.5
        assert service.counts.requests == 160


def test_an_idempotency_key_is_the_leads_whichever_worker_calls(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """It is made of the lead's key and of an id that the partition's journal keeps."""

    def run_ids() -> list[str]:
        found = []
        for number in range(3):
            with closing(sqlite3.connect(tmp_path / f"part-0000{number}.sqlite")) as db:
                query = "SELECT value FROM meta WHERE name = 'run_id'"
                found += [value for (value,) in db.execute(query)]
        return found

    hook, leads = webhook(service, "status/500?x={{lead.Id}}"), cut(people(12), 3)
    retry = Retry(attempts=1, idempotency_key_header="X-Key")
    run(hook, leads, client=client, journal=tmp_path, retry=retry)
    first = run_ids()
    run(hook, leads, client=client, journal=tmp_path, retry=retry, resend="failed")
    assert run_ids() == first
    assert len(set(first)) == 3
    assert set(service.counts.by_lead.values()) == {2}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(
            {"journal": None}, "a folder that all workers reach", id="journal"
        ),
        pytest.param({"dedupe": True}, "drop_duplicates", id="dedupe"),
        pytest.param({"campaign": "batch"}, "sends nothing", id="batch"),
        pytest.param({"loop": "running"}, "loop of its own", id="loop"),
        pytest.param(
            {"transport": object()}, "cannot go to the workers", id="transport"
        ),
        pytest.param({"until": nw.TightEnough(leads=9)}, "one machine", id="until"),
        pytest.param({"ramp_up_s": 5.0}, "follow its workers", id="ramp"),
        pytest.param({"sink": "out"}, "result.save", id="sink"),
        pytest.param({"resend": "some"}, "'failed'", id="resend"),
        pytest.param({"client": "tcp://127.0.0.1:1"}, "no Dask client", id="client"),
    ],
)
def test_what_has_no_meaning_over_a_cluster_is_refused(
    client: Client, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    """Each with what to do instead, before anything is looked at."""
    hook = nw.Webhook(url="http://127.0.0.1:9/{{lead.Id}}")
    given = {"client": client, "journal": tmp_path / "new", **options}
    with pytest.raises(InvalidPlan, match=words):
        nw.start(hook, cut(people(4), 2), **given)
    assert not (tmp_path / "new").exists()


def test_a_client_needs_a_dask_data_frame(client: Client) -> None:
    """Else it would be left out without a word."""
    hook = nw.Webhook(url="http://127.0.0.1:9/{{lead.Id}}")
    with pytest.raises(InvalidPlan, match="from_pandas makes one"):
        nw.start(hook, people(2), client=client)


def _double(leads: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([leads, leads.head(2)], ignore_index=True)


def _mixed(leads: pd.DataFrame) -> pd.DataFrame:
    grades: Any = [1.0, None, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    return leads.assign(Grade=grades)


@dataclass(frozen=True, slots=True)
class Bad:
    """What is wrong with a run, and what is said of it."""

    change: Callable[[pd.DataFrame], pd.DataFrame]
    token: str
    error: type[NbWebhookError]
    words: str


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(Bad(_double, "lead.Id", DuplicateKey, "8, 9"), id="same-key"),
        pytest.param(
            Bad(_mixed, "lead.Grade", UnreadableList, "astype"), id="types-differ"
        ),
        pytest.param(
            Bad(pd.DataFrame.copy, "secret.NOT_THERE", MissingSecret, "NOT_THERE"),
            id="secret-missing",
        ),
    ],
)
def test_a_list_is_refused_before_the_first_call(
    client: Client, service: DemoService, tmp_path: Path, bad: Bad
) -> None:
    """What a run of one list refuses is refused across partitions too."""
    hook = nw.Webhook(url=f"{service.url}/enrich?x={{{{{bad.token}}}}}")
    with pytest.raises(bad.error, match=bad.words):
        start(hook, cut(bad.change(people(8)), 4), client=client, journal=tmp_path)
    assert service.counts.requests == 0


def test_a_folder_belongs_to_one_list_and_one_definition(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """Other partitions, other leads or another definition: refused, with what differs."""
    hook, leads = webhook(service), people(12)
    run(hook, cut(leads, 3), client=client, journal=tmp_path)
    other = leads.assign(**{"Email Address": "a@example.com"})
    trials = [
        (hook, cut(leads, 4), "partition 3"),
        (hook, cut(other, 3), "partition 0"),
        (webhook(service, "echo?email={{lead.Email Address}}"), cut(leads, 3), "url"),
    ]
    for definition, list_, words in trials:
        with pytest.raises(JournalMismatch, match=words):
            nw.start(definition, list_, client=client, journal=tmp_path)
    assert service.counts.requests == 12


def test_a_damaged_journal_stops_the_run_and_is_told(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """The other partitions settle, and the error is that of the journal."""
    leads, hook = cut(people(12), 3), webhook(service)
    run(hook, leads, client=client, journal=tmp_path)
    (tmp_path / "part-00001.sqlite").write_bytes(b"no journal at all")
    going = start(hook, leads, client=client, journal=tmp_path)
    with pytest.raises(JournalCorrupt, match="part-00001"):
        going.result(50)
    assert going.progress.state == "stopped"
    assert service.counts.requests == 12


def test_a_source_that_breaks_is_told_in_a_sentence(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """Whatever Dask raises, the sentence says which partition and what to do."""
    marker = tmp_path / "broken"

    def read(part: pd.DataFrame) -> pd.DataFrame:
        if marker.exists():
            raise ZeroDivisionError
        return part

    leads = cut(people(6), 2)
    leads = leads.map_partitions(read, meta=leads._meta)
    going = start(
        webhook(service),
        leads,
        client=client,
        journal=tmp_path / "j",
        connections=1,
        max_calls_per_s=1.0,
    )
    marker.touch()
    with pytest.raises(ClusterFailed, match="cannot be run or read"):
        going.result(50)


def test_fields_of_no_declared_type_agree_over_all_partitions(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """A partition that got other values does not have another dtype."""
    leads = people(9).assign(Note=["7"] * 3 + ["x"] * 3 + ["true"] * 3)
    hook = nw.Webhook(
        url=f"{service.url}/enrich?email={{{{lead.Email Address}}}}",
        response_mappings=[("result.score", "Odd"), ("nothing.here", "Never")],
    )
    over = run(hook, cut(leads, 3), client=client, journal=tmp_path)
    one = nw.run(hook, cut(leads, 3).compute(), progress=False)
    pd.testing.assert_frame_equal(over.updates.compute(), one.updates)
    pd.testing.assert_frame_equal(over.leads.compute(), one.leads)


def test_workers_write_the_frames(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """A file a partition; together they are what one machine writes."""
    leads, hook = cut(people(10), 2), webhook(service)
    run(hook, leads, client=client, journal=tmp_path / "j").save(tmp_path / "over")
    nw.run(hook, leads.compute(), progress=False).save(tmp_path / "one")
    for name in ("updates", "changes", "leads"):
        parts = sorted((tmp_path / "over" / name).iterdir())
        texts = [part.read_text().splitlines() for part in parts]
        joined = [texts[0][0], *(line for text in texts for line in text[1:])]
        assert joined == (tmp_path / "one" / f"{name}.csv").read_text().splitlines()
    assert '"latency_error": 0.001' in (tmp_path / "over/summary.json").read_text()


async def test_a_run_can_be_awaited(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """A cell that awaits it leaves the loop to others."""
    result = await start(
        webhook(service), cut(people(6), 2), client=client, journal=tmp_path
    )
    assert result.summary.updated == 6


def test_given_secrets_reach_the_workers(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """They fill the header on every worker."""
    hook = nw.Webhook(
        url=f"{service.url}/echo?id={{{{lead.Id}}}}",
        custom_headers=[("X-Key", "{{secret.KEY}}")],
        response_mappings=[("headers.X-Key", "Seen")],
    )
    context = Context(secrets={"KEY": "canary-7"})
    result = run(
        hook, cut(people(4), 2), client=client, journal=tmp_path, context=context
    )
    assert result.summary.failed == 0
