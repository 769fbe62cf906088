"""`nbwebhook run`: what it says before, whom it calls, what it leaves, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.frames import saving
from tests.cli.conftest import Call, save_hook

pytestmark = pytest.mark.timeout(60)

RUN = ("run", "score.webhook.json", "leads.csv")
GO = (*RUN, "--yes", "--out")


def test_before_the_first_call_it_says_what_would_leave(
    folder: Path, service: nw.DemoService, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where to, how many, which fields and secrets, what is written, how long."""
    monkeypatch.setenv("SCORE_KEY", "hidden-value")
    headers = {"Content-Type": "application/json", "X-Key": "{{secret.SCORE_KEY}}"}
    save_hook(service.url, custom_headers=headers)
    done = call(*RUN, "--out", "results", "--dry-run", "--max-failures", 3,
                "--max-calls-per-s", 10)  # fmt: skip
    assert done.exit_code == 0
    assert re.findall(
        r"^  ((?:sends|leads|leaves|secrets|writes|at most|takes|results) .*)$",
        done.stderr,
        re.MULTILINE,
    ) == [
        f"sends     POST to {service.url}, one call a lead",
        "leads     20 of 20 in leads.csv, told apart by Id",
        "leaves    Email Address",
        "secrets   SCORE_KEY",
        "writes    LeadScore, Grade",
        (
            "at most   20 calls at once, 30 s a call, 10 calls started a second, "
            "3 failures, then it stops"
        ),
        (
            "takes     unknown until calls are measured: 20 calls, 20 at once, take "
            "2.9 s at 1 s a call and 32 s at the limit of 30 s"
        ),
        "results   results (CSV)",
    ]
    assert "POST /enrich HTTP/1.1" in done.stdout
    assert "hidden-value" not in done.output
    assert service.counts.requests == 0
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("assume", "wanted"),
    [
        pytest.param("median 100 ms, p99 200 ms", "in 9 of 10 cases", id="stated"),
        pytest.param("results", "from 20 calls in results", id="folder"),
        pytest.param("results/calls.csv", "from 20 calls in results", id="file"),
    ],
)
def test_the_duration_rests_on_what_is_known(
    folder: Path, call: Call, assume: str, wanted: str
) -> None:
    """A sentence, or an earlier run's calls; the earlier run's own folder by itself."""
    call(*GO, "results")
    told = call(*RUN, "--out", "other", "--dry-run", "--assume", assume)
    assert wanted in told.stderr
    assert "pessimistic" in told.stderr
    by_itself = call(*RUN, "--out", "results", "--dry-run", "--replace")
    assert "from 20 calls in results" in by_itself.stderr


def test_a_wrong_assumption_is_refused(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """What the user says of the calls must be usable."""
    done = call(*GO, "results", "--assume", "quick, I guess")
    assert done.exit_code == 2
    assert service.counts.requests == 0


def test_numbers_for_machines(folder: Path, call: Call) -> None:
    """With --json standard output is one document."""
    done = call(*GO, "results", "--json", "--parquet")
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.exit_code == 0
    assert told["out"] == str(folder / "results")
    assert told["summary"]["updated"] == 20
    assert len(pd.read_parquet(folder / "results" / "calls.parquet")) == 20


def test_an_earlier_run_is_not_written_over(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """Paid results stay: with a journal they are taken up, without one refused."""
    assert call(*GO, "results").exit_code == 0
    again = call(*GO, "results")
    assert again.exit_code == 0
    assert (
        "goes on with results/run.sqlite: 20 leads have their outcome" in again.stderr
    )
    assert service.counts.requests == 20
    plain = (*GO, "plain", "--no-journal", "--limit", 2)
    assert call(*plain).exit_code == 0
    refused = call(*plain)
    assert refused.exit_code == 2
    assert "--replace" in refused.stderr
    assert service.counts.requests == 22
    assert call(*plain, "--replace").exit_code == 0
    assert call(*GO, "results", "--replace").exit_code == 0
    assert service.counts.requests == 44


def test_another_list_is_no_continuation(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """A journal of other leads is refused, with what differs; nothing is sent."""
    call(*GO, "results", "--limit", 3)
    other = call(*GO, "results")
    assert other.exit_code == 2
    assert service.counts.requests == 3


def test_a_run_goes_on_where_others_ended_and_calls_nobody_twice(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """A pilot, the rest, and nothing for a third one: each lead is called once."""
    assert call(*GO, "pilot", "--sample", 5, "--seed", 3).exit_code == 0
    assert call(*GO, "rest", "--since-run", "pilot").exit_code == 0
    assert set(service.counts.by_lead.values()) == {1}
    assert service.counts.requests == 20
    third = call(*GO, "third", "--since-run", "pilot", "--since-run", "rest")
    assert third.exit_code == 0
    assert service.counts.requests == 20
    assert "no time: there is no lead to call for" in third.stderr
    pilot = nw.read_leads("pilot/calls.csv")["lead_key"].astype(int).tolist()
    assert pilot == sorted(pilot)


def test_the_failed_ones_can_be_called_alone(folder: Path, call: Call) -> None:
    """The command for them is printed, with the options that were typed."""
    with nw.DemoService(latency_ms=0, faults={"status_500": 0.4}) as service:
        save_hook(service.url)
        first = call(*GO, "results", "--connections", 4, "--my", "A=b c")
        failed = json.loads(Path("results/summary.json").read_text())["failed"]
        assert first.exit_code == 3
        assert failed > 0
        same = "score.webhook.json leads.csv --out results --connections 4 --my 'A=b c'"
        assert first.stderr.splitlines()[-2:] == [
            f"{failed} leads failed; call them again with",
            f"  nbwebhook run {same} --yes --resend failed",
        ]
        before = service.counts.requests
        again = (*GO, "results", "--my", "A=b c", "--resend", "failed")
        assert f"{20 - failed} leads have their outcome" in call(*again).stderr
        assert service.counts.requests == before + failed


def test_without_a_journal_the_rest_goes_to_another_folder(
    folder: Path, call: Call
) -> None:
    """The failed leads of the runs before, and no others."""
    with nw.DemoService(latency_ms=0, faults={"status_500": 0.4}) as service:
        save_hook(service.url)
        first = call(*GO, "results", "--no-journal", "--limit", 10)
        failed = json.loads(Path("results/summary.json").read_text())["failed"]
        assert first.stderr.splitlines()[-1] == (
            "  nbwebhook run score.webhook.json leads.csv --out results-2 "
            "--since-run results --only-failed --no-journal --yes"
        )
        before = service.counts.requests
        since = ("--since-run", "results", "--only-failed", "--no-journal")
        second = call(*GO, "results-2", *since)
        assert service.counts.requests == before + failed
        if second.exit_code:
            more = "--out results-3 --since-run results --since-run results-2"
            assert more in second.stderr


def test_calls_are_made_again_if_asked_for(folder: Path, call: Call) -> None:
    """--retries and --idempotent: attempts in calls.csv, within one run."""
    with nw.DemoService(latency_ms=0, faults={"status_503": 0.5}) as service:
        save_hook(service.url)
        options = ("--retries", 1, "--idempotent", "--limit", 4)
        call(*GO, "results", *options)
        attempts = nw.read_leads("results/calls.csv")["attempt"].tolist()
        assert service.counts.requests == len(attempts)
        assert set(attempts) <= {"1", "2"}
        assert "2" in attempts


def test_unknown_leads_are_told_and_not_called_again(folder: Path, call: Call) -> None:
    """A call that may have been acted on is never made again by itself."""
    with nw.DemoService(latency_ms=0, faults={"reset": 1.0}) as service:
        save_hook(service.url)
        done = call(*GO, "results", "--limit", 3)
        assert done.exit_code == 3
        assert "3 leads are unknown" in done.stderr
        call(*GO, "results", "--limit", 3)
        call(*GO, "again", "--since-run", "results", "--only-failed")
        assert service.counts.requests == 3
        rest = call(*GO, "rest", "--since-run", "results")
        assert service.counts.requests == 20
        assert "17 not finished (3 unknown ones left out) in results" in rest.stderr


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        pytest.param(["--limit", 2], ["a", "b"], id="limit"),
        pytest.param(["--only-missing", "lead score"], ["b", "c"], id="missing"),
        pytest.param(
            ["--only-missing", "Lead Score", "--limit", 1], ["b"], id="missing-limit"
        ),
        pytest.param(["--sample", 99], ["a", "b", "c", "d"], id="sample-of-all"),
        pytest.param(["--sample", 2, "--seed", 1], ["b", "c"], id="sample"),
    ],
)
def test_only_the_leads_that_are_needed(
    folder: Path, call: Call, options: list[object], keys: list[str]
) -> None:
    """In the order of the list; the files hold the leads of this run."""
    Path("leads.csv").write_text(
        "Email Address,Lead Score\na,1\nb,\nc, \nd,0\n", encoding="utf-8"
    )
    save_hook("http://127.0.0.1:9", response_mappings={})
    done = call(*GO, "results", "--connections", 1, *options)
    assert done.exit_code == 3
    assert nw.read_leads("results/calls.csv")["lead_key"].tolist() == keys


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        pytest.param(["--only-failed"], "--since-run DIR", id="failed-of-which"),
        pytest.param(["--since-run", "none"], "no list of calls", id="no-run"),
        pytest.param(["--only-missing", "Nope"], "no column 'Nope'", id="no-field"),
        pytest.param(["--time-zone", "Nowhere"], "IANA", id="zone"),
        pytest.param(["--field", "Grade=strange"], "Grade", id="type"),
        pytest.param(["--encoding", "klingon"], "no encoding", id="encoding"),
        pytest.param(["--delimiter", ",,"], "delimiter", id="delimiter"),
        pytest.param(["--timeout-s", "0"], "timeout_s", id="no-time"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(
    folder: Path,
    service: nw.DemoService,
    call: Call,
    options: list[str],
    wanted: str,
) -> None:
    """Exit code 2, one sentence, no request, no folder."""
    done = call(*GO, "results", *options)
    assert done.exit_code == 2
    assert wanted in done.stderr
    assert service.counts.requests == 0
    assert not Path("results").exists()


def test_a_folder_that_cannot_be_written_is_found_before_the_first_call(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """Nothing is paid for that could not be kept."""
    Path("blocked").write_text("a file")
    done = call(*GO, "blocked/results")
    assert done.exit_code == 2
    assert "blocked" in done.stderr
    assert service.counts.requests == 0


def test_a_disk_that_fills_up_in_the_end_loses_nothing(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a journal the results are saved elsewhere, and it is said where."""
    real = saving.save_result

    def full(result: nw.Result, place: Path, plan: object) -> object:
        if place.name == "results":
            raise OSError(28, "No space left on device")
        return real(result, place, plan)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr("nbwebhook.frames.saving.save_result", full)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = call(*GO, "results", "--json", "--no-journal")
    assert done.exit_code == 0
    assert "No space left on device; saving to" in done.stderr
    out = Path(json.loads(done.stdout)["out"])
    assert (out / "calls.csv").exists()


def test_a_full_disk_costs_no_call_that_was_made(
    folder: Path,
    service: nw.DemoService,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The journal has everything; the same command writes the results without a call."""

    def full(*_: object) -> object:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("nbwebhook.frames.streamed.write_tables", full)
        done = call(*GO, "results")
    assert done.exit_code == 3
    assert "results: No space left on device; every call is safe in" in done.stderr
    assert "nbwebhook run score.webhook.json leads.csv" in done.stderr
    assert not Path("results/calls.csv").exists()
    assert call(*GO, "results").exit_code == 0
    assert service.counts.requests == 20
    assert len(nw.read_leads("results/leads.csv")) == 20


def test_a_list_is_given_back_in_its_own_form(folder: Path, call: Call) -> None:
    """Semicolons and Windows-1252 in and out; formulas guarded unless told not to."""
    Path("leads.csv").write_bytes(
        "Id;Email Address;Name\r\n1;a@example.com;=Zoë\r\n".encode("cp1252")
    )
    options = ["--encoding", "windows-1252", "--like-input"]
    done = call(*GO, "safe", *options)
    assert "1 cell(s) begin like a formula" in done.stdout
    text = Path("safe/leads.csv").read_bytes().decode("cp1252")
    assert text.startswith(
        "Id;Email Address;Name;LeadScore;Grade\r\n1;a@example.com;'="
    )
    call(*GO, "plain", *options, "--as-written")
    assert b";=Zo\xeb;" in Path("plain/leads.csv").read_bytes()
    again = call(
        "run", "score.webhook.json", "safe/leads.csv", "--excel-safe", "--yes",
        "--encoding", "windows-1252", "--as-written", "--out", "again",
    )  # fmt: skip
    assert again.exit_code == 0, again.output
    assert nw.read_leads("again/leads.csv")["Name"].tolist() == ["=Zoë"]


def test_a_character_that_the_list_lacks_is_told(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """The file is UTF-8 then."""
    Path("leads.csv").write_bytes(b"Id;Email Address\r\n1;a@example.com\r\n")
    echo: dict[str, object] = {
        "payload_template": "{{my.Word}}",
        "request_token_encoding": "None",
        "custom_headers": {"Content-Type": "text/plain"},
    }
    save_hook(f"{service.url}/echo?", response_mappings={"body": "Word"}, **echo)
    done = call(*GO, "r", "--encoding", "ascii", "--like-input", "--my", "Word=日本")
    assert "leads.csv is UTF-8: the encoding of the list lacks" in done.stdout
    assert nw.read_leads("r/leads.csv")["Word"].tolist() == [
        "日本".encode().decode("latin-1")
    ]


def test_it_stops_after_too_many_failures(folder: Path, call: Call) -> None:
    """Exit code 3, and the rest can be called for."""
    save_hook("http://127.0.0.1:9")
    done = call(*GO, "results", "--max-failures", 2, "--connections", 1)
    assert done.exit_code == 3
    assert "18 leads were not tried; go on with" in done.stderr


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "nbwebhook", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_a_stop_saves_what_was_finished(folder: Path, sign: signal.Signals) -> None:
    """Ctrl-C and a polite kill: code 130, files, the next command; nobody twice."""
    with nw.DemoService(latency_ms=100) as service:
        save_hook(service.url)
        running = start(folder, *GO, "results", "--connections", "1")
        service.wait_for(lambda counts: counts.requests >= 3, timeout_s=50)
        running.send_signal(sign)
        out, err = running.communicate(timeout=30)
        assert running.returncode == 130, err
        assert "Saved in" in out
        assert "leads.csv --out results --connections 1 --yes" in err
        assert "Traceback" not in err
        rest = start(folder, *GO, "results", "--connections", "5")
        out, err = rest.communicate(timeout=50)
        assert rest.returncode == 0, err
        assert service.counts.requests == 20
        assert set(service.counts.by_lead.values()) == {1}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_killed_run_goes_on_and_pays_for_nobody_twice(folder: Path) -> None:
    """Killed without warning, resumed, run once more: one call a lead at most."""
    with nw.DemoService(latency_ms=60) as service:
        save_hook(service.url)
        running = start(folder, *GO, "results", "--connections", "2")
        service.wait_for(lambda counts: counts.requests >= 6, timeout_s=50)
        running.kill()
        running.communicate(timeout=30)
        assert not (folder / "results" / "summary.json").exists()
        again = [*GO, "results", "--connections", "2", "--json"]
        start(folder, *again).communicate(timeout=50)
        out, err = start(folder, *again).communicate(timeout=50)
        summary = json.loads(out)["summary"]
        assert summary["leads"] == 20
        assert summary["updated"] + summary["unknown"] == 20, err
        assert summary["unknown"] <= 4
        assert set(service.counts.by_lead.values()) == {1}
        assert 20 - summary["unknown"] <= service.counts.requests <= 20


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize(
    ("answer", "code", "requests"),
    [pytest.param("y", 0, 20, id="yes"), pytest.param("n", 2, 0, id="no")],
)
def test_on_a_terminal_it_asks_and_shows_progress(
    folder: Path, service: nw.DemoService, answer: str, code: int, requests: int
) -> None:
    """The question is put, and only a yes sends; the line of progress is shown."""
    import pty  # noqa: PLC0415 - POSIX only

    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "nbwebhook", *RUN, "--out", "results"],
        cwd=folder,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    shown = b""
    while b"Send?" not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, answer.encode() + b"\n")
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    assert running.wait(timeout=30) == code
    os.close(ours)
    assert service.counts.requests == requests
    assert (b"20 of 20 leads" in shown) == (answer == "y")


def test_findings_that_are_errors_stop_it(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """What `check` calls an error is shown, and nothing is sent."""
    save_hook(service.url, payload_template='{"a": {{lead.Emial Address}}}')
    done = call(*GO, "results")
    assert done.exit_code == 2
    assert "Emial Address" in done.stderr
    assert service.counts.requests == 0


def test_the_next_command_has_every_option_that_was_typed(
    folder: Path, call: Call
) -> None:
    """Several runs before, flags and pairs; and a pair without a sign is refused."""
    call(*GO, "a", "--limit", 1)
    call(*GO, "b", "--limit", 2, "--since-run", "a")
    save_hook("http://127.0.0.1:9")
    typed = ("--since-run", "a", "--since-run", "b", "--limit", 2, "--as-written")
    done = call(*GO, "c", *typed, "--field", "Grade=string")
    assert done.stderr.splitlines()[-1] == (
        "  nbwebhook run score.webhook.json leads.csv --out c --as-written --since-run a "
        "--since-run b --limit 2 --field Grade=string --yes --resend failed"
    )
    assert call(*GO, "d", "--my", "nothing").exit_code == 2
