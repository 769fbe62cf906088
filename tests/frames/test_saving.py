"""A result's folder: which files, in which form, and what is said about them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.saving import save_result
from nbwebhook.frames.sink import SavePlan, require_parquet

pytestmark = pytest.mark.timeout(60)

Run = Callable[[pd.DataFrame], nw.Result]
LIST = "Id;Name;Phone;Score\r\n1;=x;+49 30 1;\r\n2;Zoë;;5\r\n".encode("cp1252")


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Return what runs leads against a service."""
    with nw.DemoService(latency_ms=0) as service:
        hook = nw.Webhook(
            url=f"{service.url}/enrich?email=lead{{{{lead.Id}}}}@example.com",
            request_type="GET",
            response_mappings={"result.segment": "Segment"},
        )
        yield lambda leads: nw.run(hook, leads, progress=False)


@pytest.fixture(scope="module")
def result(run: Run, tmp_path_factory: pytest.TempPathFactory) -> nw.Result:
    """A run over two leads of a Windows list."""
    path = tmp_path_factory.mktemp("lists") / "leads.csv"
    path.write_bytes(LIST)
    return run(nw.read_leads(path, encoding="cp1252"))


def test_a_folder_holds_the_whole_result(result: nw.Result, tmp_path: Path) -> None:
    """Four lists, the numbers and the page; leads keep their columns and cells."""
    folder = result.save(tmp_path / "results")
    assert {path.name for path in folder.iterdir()} == {
        "calls.csv",
        "changes.csv",
        "leads.csv",
        "report.html",
        "summary.json",
        "updates.csv",
    }
    leads = nw.read_leads(folder / "leads.csv", excel_safe=True)
    assert list(leads.columns) == ["Id", "Name", "Phone", "Score", "Segment"]
    segments = result.updates["Segment"].tolist()
    assert leads.to_numpy().tolist() == [
        ["1", "=x", "+49 30 1", "", segments[0]],
        ["2", "Zoë", "", "5", segments[1]],
    ]
    assert json.loads((folder / "summary.json").read_text())["updated"] == 2
    updates = nw.read_leads(folder / "updates.csv")
    assert updates["Id"].tolist() == ["1", "2"]


def test_a_folder_can_look_like_the_list(result: nw.Result, tmp_path: Path) -> None:
    """The list's own encoding, delimiter and line ends; calls stay plain CSV."""
    saved = save_result(result, tmp_path, SavePlan(excel_safe=False, like_input=True))
    lines = (tmp_path / "leads.csv").read_bytes().split(b"\r\n")
    assert lines[0] == b"Id;Name;Phone;Score;Segment"
    assert lines[2].startswith("2;Zoë;;5;".encode("cp1252"))
    assert (tmp_path / "calls.csv").read_bytes().startswith(b"lead_key,row,")
    assert saved.guarded == 0
    assert saved.encodings_changed == ()


def test_what_was_changed_for_safety_is_counted(
    result: nw.Result, tmp_path: Path
) -> None:
    """One cell of the leads begins like a formula."""
    saved = save_result(result, tmp_path, SavePlan())
    assert saved.guarded == 1


def test_frames_can_be_parquet_too(result: nw.Result, tmp_path: Path) -> None:
    """With pyarrow the types of the frames are kept."""
    pytest.importorskip("pyarrow")
    result.save(tmp_path, parquet=True)
    calls = pd.read_parquet(tmp_path / "calls.parquet")
    assert calls["latency_ms"].dtype == "Float64"
    pd.testing.assert_series_equal(
        calls["latency_ms"], result.calls["latency_ms"], check_names=False
    )
    leads = pd.read_parquet(tmp_path / "leads.parquet")
    assert leads["Name"].tolist() == ["=x", "Zoë"]


def test_columns_of_mixed_values_are_parquet_as_text(run: Run, tmp_path: Path) -> None:
    """What has no type of Parquet's keeps its text; what is empty stays so."""
    pytest.importorskip("pyarrow")
    leads = pd.DataFrame({"Id": [1, 2, 3], "Any": [Decimal("1.50"), "x", None]})
    run(leads).save(tmp_path, parquet=True)
    found = pd.read_parquet(tmp_path / "leads.parquet")["Any"]
    assert found.fillna("none").tolist() == ["1.50", "x", "none"]


def test_a_character_that_the_list_has_no_room_for_is_told(
    run: Run, tmp_path: Path
) -> None:
    """The file is UTF-8 then, and its name is said."""
    source = tmp_path / "leads.csv"
    source.write_bytes(LIST)
    leads = nw.read_leads(source, encoding="cp1252")
    leads.loc[0, "Name"] = "日本"
    saved = save_result(run(leads), tmp_path / "out", SavePlan(like_input=True))
    assert saved.encodings_changed == ("leads.csv",)


def test_parquet_without_its_package_is_refused_before_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message names the extra."""

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InvalidPlan, match=r"nbwebhook\[parquet\]"):
        require_parquet()
