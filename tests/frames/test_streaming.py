"""Lists that do not fit: `scan_leads` and `run(..., sink=folder)`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import nbwebhook as nw
from nbwebhook.errors import (
    DuplicateKey,
    InvalidPlan,
    JournalMismatch,
    LeadsError,
    RaggedRow,
    UnreadableList,
)
from nbwebhook.frames.schema import MS_COLUMNS
from nbwebhook.frames.sink import SavePlan, Sink
from nbwebhook.frames.streamed import StreamedResult
from nbwebhook.frames.text_frames import FrameOfText

LEADS = 41
STRETCH = 7  # leads are in several stretches, the last one short

Answer = Callable[[int], tuple[int, object]]


def scores(lead: int) -> tuple[int, object]:
    """A typed, an untyped and an old field; every fifth lead fails, some say nothing."""
    if lead % 5 == 3:
        return 503, {"error": "busy"}
    if lead % 7 == 6:
        return 200, {}
    return 200, {"score": lead, "grade": f"=G{lead}", "city": "Rome"}


def numbers(lead: int) -> tuple[int, object]:
    """Whole numbers for long, a fraction at the end: a column of floats."""
    amount: object = lead if lead < LEADS - 1 else 0.5
    return 200, {"score": lead, "grade": amount, "revenue": lead if lead < 30 else 1.5}


def whole_floats(lead: int) -> tuple[int, object]:
    """Whole numbers alone, some beyond 64 bits, and a declared float."""
    return 200, {"grade": lead or 2**70, "revenue": f"{lead}.0"}


def truths(lead: int) -> tuple[int, object]:
    """True and false in a field of no type."""
    return 200, {"grade": lead % 2 == 0, "city": ""}


def mixtures(lead: int) -> tuple[int, object]:
    """Values of several types in a field of no type."""
    values: list[object] = ["text", 7, 2.5, True, None]
    return 200, {"grade": values[lead % 5], "birthday": "2024-02-29"}


def hook(**more: object) -> nw.Webhook:
    """Return a definition that maps everything that answers have."""
    parts: dict[str, Any] = {
        "name": "Streamed",
        "url": "https://score.example.test/v1?id={{lead.Id}}",
        "response_type": "JSON",
        "response_mappings": {
            "score": "LeadScore",
            "grade": "Grade",
            "city": "City",
            "revenue": "AnnualRevenue",
            "birthday": "DateofBirth",
        },
    }
    return nw.Webhook(**parts | more)


def service(answer: Answer) -> httpx.AsyncClient:
    """Return a client whose service answers by the lead's id."""

    def reply(request: httpx.Request) -> httpx.Response:
        status, body = answer(int(request.url.params["id"]))
        return httpx.Response(status, json=body)

    return httpx.AsyncClient(transport=httpx.MockTransport(reply))


def write_list(path: Path, *, encoding: str = "utf-8") -> Path:
    """Write a list with some of everything: no city, no key, quotes, formulas."""
    rows = ["Id;City;Note"]
    rows += [
        f'{"" if lead == 11 else lead};{"Rome" if lead % 3 else ""};"=1;Zoë {lead}"'
        for lead in range(LEADS)
    ]
    path.write_bytes("\r\n".join([*rows, ""]).encode(encoding))
    return path


def files(folder: Path) -> dict[str, object]:
    """Return what is saved in a folder, without what depends on the clock."""
    found: dict[str, object] = {
        name: (folder / f"{name}.csv").read_bytes()
        for name in ("updates", "changes", "leads")
    }
    calls = pd.read_csv(folder / "calls.csv", dtype=str, keep_default_na=False)
    found["calls"] = calls.drop(columns=[*MS_COLUMNS, "started_at"]).to_csv()
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    of_time = ("started_at", "duration_s", "calls_per_s", "overhead_ms", "own_load")
    for name in (*of_time, "latency"):
        del summary[name]
    summary["throttle_s"] = 0
    found["summary"] = summary
    return found


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a short list go through in several stretches."""
    monkeypatch.setattr("nbwebhook.frames.streaming._STRETCH", STRETCH)


@pytest.fixture(autouse=True)
def same_allocator() -> Iterator[None]:
    """Whatever becomes of a run, pyarrow allocates after it as before."""
    arrow = pytest.importorskip("pyarrow")
    before = arrow.default_memory_pool().backend_name
    yield
    assert arrow.default_memory_pool().backend_name == before


CASES = [
    pytest.param(scores, {}, {}, id="failures-and-empty-answers"),
    pytest.param(numbers, {}, {}, id="a-fraction-at-the-end"),
    pytest.param(whole_floats, {}, {}, id="whole-floats"),
    pytest.param(truths, {}, {}, id="truths"),
    pytest.param(mixtures, {}, {}, id="several-types"),
    pytest.param(scores, {"dedupe": True}, {}, id="dedupe"),
    pytest.param(scores, {"campaign": "batch"}, {}, id="batch"),
    pytest.param(
        scores, {"connections": 1, "max_failures": 3}, {}, id="stopped-by-failures"
    ),
    pytest.param(
        scores,
        {"retry": nw.Retry(attempts=3, idempotent=True, backoff_s=0.001)},
        {},
        id="repeats",
    ),
    pytest.param(scores, {}, {"like_input": True}, id="like-the-input"),
    pytest.param(scores, {}, {"excel_safe": False}, id="as-written"),
    pytest.param(mixtures, {}, {"parquet": True}, id="parquet"),
]


@pytest.mark.parametrize(("answer", "said", "plan"), CASES)
@pytest.mark.parametrize("source", ["file", "frame"])
def test_a_streamed_run_leaves_what_a_run_in_memory_saves(
    tmp_path: Path,
    answer: Answer,
    said: dict[str, Any],
    plan: dict[str, bool],
    source: str,
) -> None:
    """Every file is the same byte for byte, times aside, and so is every frame."""
    path = write_list(tmp_path / "leads.csv")
    sure: dict[str, Any] = {"connections": 4, "progress": False} | said
    whole = nw.run(hook(), nw.read_leads(path), transport=service(answer), **sure)
    whole.save(tmp_path / "whole", **plan)
    leads = nw.scan_leads(path) if source == "file" else nw.read_leads(path)
    sink = Sink(tmp_path / "streamed", SavePlan(**plan))
    result = nw.run(hook(), leads, transport=service(answer), sink=sink, **sure)
    assert isinstance(result, StreamedResult)
    assert files(tmp_path / "streamed") == files(tmp_path / "whole")
    for name in ("updates", "changes", "leads"):
        assert_frame_equal(getattr(result, name), getattr(whole, name))
        if plan.get("parquet"):
            both = [
                pd.read_parquet(tmp_path / folder / f"{name}.parquet")
                for folder in ("streamed", "whole")
            ]
            assert_frame_equal(both[0], both[1], check_dtype=False)
    timed = [*MS_COLUMNS, "started_at"]
    assert_frame_equal(
        result.calls.drop(columns=timed), whole.calls.drop(columns=timed)
    )
    assert result.call_evidence.reasons == whole.call_evidence.reasons
    assert result.change_evidence.fates == whole.change_evidence.fates
    assert_frame_equal(result.change_evidence.sample, whole.change_evidence.sample)
    assert repr(result).splitlines()[0] == repr(whole).splitlines()[0]
    assert sorted(p.name for p in (tmp_path / "streamed").glob("*.part")) == []


def test_an_encoding_that_lacks_a_character_is_noticed_however_late(
    tmp_path: Path,
) -> None:
    """The files become UTF-8 as a whole, as they do when all is saved at once."""
    path = write_list(tmp_path / "leads.csv", encoding="cp1252")

    def answer(lead: int) -> tuple[int, object]:
        return 200, {"city": "Łódź" if lead == LEADS - 2 else "Rome"}

    said: dict[str, Any] = {"encoding": "windows-1252"}
    whole = nw.run(
        hook(), nw.read_leads(path, **said), transport=service(answer), progress=False
    )
    whole.save(tmp_path / "whole", like_input=True)
    sink = Sink(tmp_path / "streamed", SavePlan(like_input=True))
    result = nw.run(
        hook(),
        nw.scan_leads(path, **said),
        transport=service(answer),
        sink=sink,
        progress=False,
    )
    assert isinstance(result, StreamedResult)
    assert result.saved.encodings_changed == ("updates.csv", "leads.csv")
    assert files(tmp_path / "streamed") == files(tmp_path / "whole")


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        pytest.param("Id,City\n" + "".join(f"{i},x\n" for i in range(9000)) + "7,y\n",
                     DuplicateKey, "Id", id="key-twice"),
        pytest.param("Id,City\n" + "".join(f"{i},x\n" for i in range(9000)) + "z\n",
                     RaggedRow, "line 9002", id="ragged"),
        pytest.param("Id,City\n" + "".join(f"{i},x\n" for i in range(9000)) + "a\0b,c\n",
                     UnreadableList, "line 9,?002", id="nul"),
        pytest.param("Name\nx\n", LeadsError, "key column", id="no-key"),
        pytest.param("", UnreadableList, "empty", id="empty-file"),
    ],
)  # fmt: skip
def test_a_fault_anywhere_in_the_list_is_found_before_a_call(
    tmp_path: Path, text: str, error: type[Exception], match: str
) -> None:
    """The whole list is read first; nothing is sent, no folder holds half a result."""
    path = tmp_path / "leads.csv"
    path.write_text(text, encoding="utf-8", newline="")
    asked: list[int] = []

    def answer(lead: int) -> tuple[int, object]:
        asked.append(lead)
        return 200, {}

    with pytest.raises(error, match=match):
        nw.run(
            hook(response_mappings={}, url="https://score.example.test/v1?id=1"),
            nw.scan_leads(path),
            transport=service(answer),
            sink=tmp_path / "out",
            progress=False,
        )
    assert asked == []
    assert not (tmp_path / "out").exists()


def test_a_list_without_leads_leaves_files_with_names_alone(tmp_path: Path) -> None:
    """Nothing is sent, and whoever reads the files finds their columns."""
    path = tmp_path / "leads.csv"
    path.write_text("Id,City\n", encoding="utf-8")
    said: dict[str, Any] = {"progress": False}
    whole = nw.run(hook(), nw.read_leads(path), transport=service(scores), **said)
    whole.save(tmp_path / "whole")
    result = nw.run(
        hook(),
        nw.scan_leads(path),
        transport=service(scores),
        sink=tmp_path / "out",
        progress=False,
    )
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert_frame_equal(result.leads, whole.leads)


def test_a_frame_with_types_of_its_own_is_saved_from_memory(tmp_path: Path) -> None:
    """What is written of typed columns depends on all of them; the files are the same."""
    leads = pd.DataFrame({"Id": range(9), "City": None, "Size": [1.0, 2.5, None] * 3})
    result = nw.run(
        hook(),
        leads,
        transport=service(numbers),
        sink=str(tmp_path / "out"),
        progress=False,
    )
    result.save(tmp_path / "whole")
    assert not isinstance(result, StreamedResult)
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert (tmp_path / "out" / "run.sqlite").exists()


def test_a_finished_run_is_told_again_without_a_call(tmp_path: Path) -> None:
    """The same call with the same folder writes the same files, and asks nobody."""
    path = write_list(tmp_path / "leads.csv")
    out = tmp_path / "out"
    first = nw.run(
        hook(),
        nw.scan_leads(path),
        transport=service(numbers),
        sink=out,
        progress=False,
    )
    before = {p.name: p.read_bytes() for p in out.glob("*.csv")}

    def nobody(lead: int) -> tuple[int, object]:
        raise AssertionError(lead)

    again = nw.run(
        hook(), nw.scan_leads(path), transport=service(nobody), sink=out, progress=False
    )
    assert {p.name: p.read_bytes() for p in out.glob("*.csv")} == before
    assert again.summary.calls == first.summary.calls
    assert again.summary.latency == first.summary.latency
    assert again.summary.outcome_counts() == first.summary.outcome_counts()


def test_a_run_in_memory_and_a_streamed_one_share_a_journal(tmp_path: Path) -> None:
    """What one of them began the other ends: the list is the same."""
    path = write_list(tmp_path / "leads.csv")
    out = tmp_path / "out"
    out.mkdir()
    said: dict[str, Any] = {"progress": False, "connections": 1}
    begun = nw.run(
        hook(),
        nw.read_leads(path),
        transport=service(scores),
        journal=out / "run.sqlite",
        max_failures=2,
        **said,
    )
    assert begun.summary.skipped > 0
    ended = nw.run(
        hook(), nw.scan_leads(path), transport=service(scores), sink=out, **said
    )
    assert ended.summary.skipped == 0
    whole = nw.run(hook(), nw.read_leads(path), transport=service(scores), **said)
    whole.save(tmp_path / "whole")
    assert files(out) == files(tmp_path / "whole")
    (tmp_path / "other.csv").write_text("Id;City;Note\n1;;\n", encoding="utf-8")
    with pytest.raises(JournalMismatch, match="number of leads"):
        nw.run(
            hook(),
            nw.scan_leads(tmp_path / "other.csv"),
            transport=service(scores),
            sink=out,
            **said,
        )


def test_a_list_that_changes_under_a_run_is_refused(tmp_path: Path) -> None:
    """Results are never put beside other leads; once the list is back they are written."""
    path = write_list(tmp_path / "leads.csv")
    text = path.read_bytes()
    out = tmp_path / "out"

    def answer(lead: int) -> tuple[int, object]:
        if lead == 20:
            path.write_bytes(text + b"99;Oslo;late\r\n")
        return 200, {"score": lead}

    with pytest.raises(UnreadableList, match="changed since"):
        nw.run(
            hook(), nw.scan_leads(path), transport=service(answer), sink=out,
            progress=False,
        )  # fmt: skip
    assert not (out / "leads.csv").exists()
    path.write_bytes(text)
    result = nw.run(
        hook(), nw.scan_leads(path), transport=service(scores), sink=out, progress=False
    )
    assert result.summary.updated == LEADS - 1
    assert len(nw.read_leads(out / "leads.csv")) == LEADS


def test_a_scan_without_a_sink_says_what_is_missing(tmp_path: Path) -> None:
    """There is no place for the results of a list that is not in memory."""
    path = write_list(tmp_path / "leads.csv")
    with pytest.raises(InvalidPlan, match=r"sink=folder.*read_leads"):
        nw.run(hook(), nw.scan_leads(path), progress=False)


def test_a_folder_that_cannot_be_made_is_said_before_a_call(tmp_path: Path) -> None:
    """A file stands where the folder is to be."""
    path = write_list(tmp_path / "leads.csv")
    with pytest.raises(InvalidPlan, match="sink: "):
        nw.run(hook(), nw.scan_leads(path), sink=path, progress=False)


@pytest.mark.parametrize("sent", ["look", "send"])
def test_a_scan_can_be_looked_at_first(tmp_path: Path, sent: str) -> None:
    """`preview` reads the first leads, and says what it says of a frame."""
    path = write_list(tmp_path / "leads.csv")
    send = sent == "send"
    shown = [
        str(nw.preview(hook(), leads, count=2, send=send, transport=service(scores)))
        for leads in (nw.scan_leads(path), nw.read_leads(path))
    ]
    assert "/v1?id=0" in shown[0]
    if not send:
        assert shown[0] == shown[1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Id;City\n1;\n2;x\n2;y\n;z\n", id="key-twice"),
        pytest.param("Id;City\n1;\n2;x\n;z\n", id="no-key-in-a-row"),
        pytest.param("Name\nx\n", id="no-key"),
        pytest.param("Id;City\n", id="no-lead"),
    ],
)
def test_a_scan_is_checked_as_a_frame_is(tmp_path: Path, text: str) -> None:
    """The findings are the same, keys of examples included."""
    path = tmp_path / "leads.csv"
    path.write_text(text, encoding="utf-8")
    scanned = nw.check(hook(), nw.scan_leads(path))
    assert str(scanned) == str(nw.check(hook(), nw.read_leads(path)))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("Id,City\n1,x\n2\n", ["line 3"], id="row"),
        pytest.param("Id,City\n1,x\n1,y\n", ["duplicate-key"], id="key-twice"),
        pytest.param("Name,City\na,x\nb\n", ["no-key", "line 3"], id="no-key-and-row"),
    ],
)
def test_a_broken_list_is_a_finding(
    tmp_path: Path, text: str, named: list[str]
) -> None:
    """`check` raises nothing for a list that cannot be used or read to its end."""
    path = tmp_path / "leads.csv"
    path.write_text(text, encoding="utf-8")
    found = nw.check(hook(), nw.scan_leads(path))
    assert found.has_errors
    assert [words for words in named if words not in str(found)] == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("Id,City\n1,x\n2\n", "line 3", id="row"),
        pytest.param("Id,City\n1,x\n1,y\n", "duplicate-key", id="key-twice"),
    ],
)
def test_a_broken_list_is_told_beside_a_faulty_definition(
    tmp_path: Path, text: str, named: str
) -> None:
    """Where no request can be rendered the keys are looked at all the same."""
    path = tmp_path / "leads.csv"
    path.write_text(text, encoding="utf-8")
    found = str(nw.check({"url": "ftp://score.example.test/"}, nw.scan_leads(path)))
    assert named in found
    assert "ftp" in found


def test_a_list_that_changes_after_its_check_is_refused(tmp_path: Path) -> None:
    """What a check took down of it is not taken for what stands there now."""
    path = write_list(tmp_path / "leads.csv")
    leads = nw.scan_leads(path)
    assert not nw.check(hook(), leads).has_errors
    path.write_bytes(path.read_bytes() + b"99;Oslo;late\r\n")
    with pytest.raises(UnreadableList, match="changed since"):
        nw.run(
            hook(),
            leads,
            transport=service(scores),
            sink=tmp_path / "out",
            progress=False,
        )
    assert not (tmp_path / "out").exists()


def test_keys_whose_hashes_meet_are_compared_themselves() -> None:
    """-1 and -2 have one hash as numbers, texts hardly ever; equal texts are found."""
    keys = [f"k{n}" for n in range(50)] + [None, "  ", "k7", "k9", "k7"]
    leads = FrameOfText(pd.DataFrame({"Id": pd.array(keys, dtype="string")}))
    with pytest.raises(DuplicateKey) as caught:
        leads.keys("Id")
    assert (caught.value.count, caught.value.rows) == (3, (52, 53, 54))
    fine = FrameOfText(pd.DataFrame({"Id": pd.array(keys[:52], dtype="string")}))
    assert list(fine.keys("Id"))[-2:] == [None, None]
