"""Files that are there as a whole or not at all, for their owner's eyes only."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.lists.files import replace_file, write_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


def mode_of(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the user's mask allows: it holds what is known of people."""
    before = os.umask(0)
    try:
        write_text(tmp_path / "a.txt", "text\n")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "a.txt") == 0o600
    assert (tmp_path / "a.txt").read_text() == "text\n"


def test_a_file_that_was_shared_stays_shared(tmp_path: Path) -> None:
    """Permissions that somebody gave are kept when it is written anew."""
    path = tmp_path / "a.txt"
    write_text(path, "one")
    path.chmod(0o640)
    write_text(path, "two")
    assert (mode_of(path), path.read_text()) == (0o640, "two")


def test_what_goes_wrong_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    """A reader sees the old file or the new one, and nothing between."""
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def write_half() -> None:
        with replace_file(path) as stream:
            stream.write(b"half")
            assert path.read_text() == "old"
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_half()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    """A link that another user put in the file's place leads nowhere."""
    (tmp_path / "victim").write_text("precious")
    path = tmp_path / "a.txt"
    path.symlink_to(tmp_path / "victim")
    write_text(path, "ours")
    assert (tmp_path / "victim").read_text() == "precious"
    assert not path.is_symlink()


def test_a_saved_result_is_its_owners_alone(tmp_path: Path) -> None:
    """Every file of the folder, the folder itself, a report and a list of leads."""
    leads = pd.DataFrame({"Id": ["1"]})
    with nw.DemoService(latency_ms=0) as service:
        hook = nw.Webhook(
            url=f"{service.url}/enrich?id={{{{lead.Id}}}}", request_type="GET"
        )
        journal = tmp_path / "run.sqlite"
        result = nw.run(hook, leads, progress=False, journal=journal)
    before = os.umask(0)
    try:
        folder = result.save(tmp_path / "results", parquet=True)
        result.report(tmp_path / "report.html")
        nw.write_leads(result.leads, tmp_path / "leads.csv")
    finally:
        os.umask(before)
    files = [
        *folder.iterdir(),
        journal,
        tmp_path / "report.html",
        tmp_path / "leads.csv",
    ]
    assert len(files) > 10
    assert {path.name: mode_of(path) for path in files} == dict.fromkeys(
        (path.name for path in files), 0o600
    )
    assert mode_of(folder) == 0o700
