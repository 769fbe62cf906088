"""`nbwebhook run --dask`: a folder or a large list over the workers of a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client, LocalCluster

import nbwebhook as nw
from nbwebhook.demo import demo_leads
from nbwebhook.scale import door
from tests.cli.conftest import Call

RUN = ("run", "score.webhook.json")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return where a scheduler on loopback listens."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster),
    ):
        yield cluster.scheduler_address


def test_a_large_list_is_cut_and_run_and_saved(
    folder: Path, service: nw.DemoService, call: Call, address: str
) -> None:
    """Its results are a file a partition, and the same command again calls nobody."""
    go = (*RUN, "leads.csv", "--dask", address, "--out", "results", "--yes")
    done = call(*go)
    assert done.exit_code == 0, done.output
    assert "20 in leads.csv, 1 partitions" in done.stderr
    assert service.counts.requests == 20
    calls = pd.read_csv(folder / "results/calls/part-00000.csv")
    assert set(calls["outcome"]) == {"updated"}
    again = json.loads(call(*go, "--json").stdout)
    assert again["summary"]["updated"] == 20
    assert service.counts.requests == 20


def test_a_folder_is_run_a_partition_a_file(
    folder: Path, service: nw.DemoService, call: Call, address: str
) -> None:
    """Text stays as it is written, in every file."""
    leads = pd.DataFrame(demo_leads(30)).astype(str)
    (folder / "lists").mkdir()
    for number in range(3):
        part = leads.iloc[10 * number : 10 * number + 10]
        part.to_csv(folder / f"lists/{number}.csv", index=False)
    options = ("--dask", address, "--out", "out", "--max-calls-per-s", 500)
    shown = call(*RUN, "lists", *options, "--dry-run")
    assert "30 in lists, 3 partitions" in shown.stderr
    assert "500 calls started a second" in shown.stderr
    asked = call(*RUN, "lists", *options)
    assert asked.exit_code == 2
    assert service.counts.requests == 0
    done = call(*RUN, "lists", *options, "--yes")
    assert done.exit_code == 0, done.output
    assert service.counts.requests == 30
    saved = [
        pd.read_csv(path, dtype=str, keep_default_na=False)["Postal Code"]
        for path in sorted((folder / "out/leads").iterdir())
    ]
    assert pd.concat(saved).tolist() == leads["Postal Code"].tolist()


def test_files_of_a_folder_have_the_same_columns(
    folder: Path, call: Call, address: str
) -> None:
    """Another list among them is named."""
    (folder / "lists").mkdir()
    (folder / "lists/a.csv").write_text("Id,Email Address\n1,a@example.com\n")
    (folder / "lists/b.csv").write_text("Id,Phone Number\n2,7\n")
    done = call(*RUN, "lists", "--dask", address, "--out", "out", "--yes")
    assert done.exit_code == 2
    assert "b.csv" in done.stderr
    (folder / "none").mkdir()
    empty = call(*RUN, "none", "--dask", address, "--out", "out", "--yes")
    assert "no list is in this folder" in empty.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--limit", 3), "--limit: works on one machine", id="limit"),
        pytest.param(("--parquet",), "--parquet: works on one machine", id="parquet"),
    ],
)
def test_options_of_one_machine_are_refused(
    folder: Path, call: Call, options: tuple[object, ...], words: str
) -> None:
    """None of them is left out without a word."""
    done = call(
        *RUN, "leads.csv", "--dask", "tcp://127.0.0.1:9", "--out", "o", *options
    )
    assert done.exit_code == 2
    assert words in done.stderr


def test_without_the_extra_one_sentence_says_which(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of Dask is needed to say so."""
    monkeypatch.setattr(door, "find_spec", dict[str, object]().get)
    done = call(*RUN, "leads.csv", "--dask", "tcp://127.0.0.1:9", "--out", "o")
    assert done.exit_code == 2
    assert done.stderr.strip().endswith('pip install "nbwebhook[dask]"')
    assert len(done.stderr.splitlines()) == 1


def test_a_scheduler_that_is_not_there_is_said(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the address, and what to start."""
    monkeypatch.setattr(door, "_ANSWER_S", 0.5)
    done = call(*RUN, "leads.csv", "--dask", "tcp://127.0.0.1:9", "--out", "o", "--yes")
    assert done.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in done.stderr
