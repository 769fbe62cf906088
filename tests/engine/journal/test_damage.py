"""Damage to a journal is found, or changes nothing: never a silent wrong outcome."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbwebhook.clock import RealClock
from nbwebhook.engine.journal.history import History
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.opening import open_journal
from nbwebhook.engine.journal.rows import call_values
from nbwebhook.engine.journal.schema import INSERT_BATCH, chain_batch
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalCorrupt, JournalError
from nbwebhook.mapping.outcome import Change, Fate, Outcome, OutcomeKind
from tests.engine.services import copy_crashed, make_keys

LEADS = 60
IDENTITY = Identity(LEADS, {"url": "1f"})


def outcome(row: int) -> Outcome:
    """Return what came of a lead."""
    if row % 5 == 0:
        return Outcome(OutcomeKind.FAILED, error_type="Server Error", reason="500")
    change = Change(0, Fate.WRITTEN, str(row), row)
    return Outcome(OutcomeKind.UPDATED, changes=(change,))


def told(history: History) -> list[object]:
    """Return all that a run acts on or shows."""
    ledger = history.ledger
    return [
        history.run_id,
        list(history.open_rows()),
        [(history.kind(row), history.attempts(row)) for row in range(history.total)],
        list(zip(ledger.row, ledger.attempt, ledger.kind, ledger.reason, strict=True)),
        ledger.changes.rows.tolist(),
        [s.new_values for s in ledger.changes.stretches(0)],
    ]


def read(path: Path) -> list[object]:
    """Open a journal and return what it tells."""
    history, store = open_journal(path, IDENTITY, make_keys(LEADS), RealClock())
    store.close(is_done=False)
    return told(history)


@dataclass(repr=False)
class Image:
    """The files of a journal, and what it tells when it is sound."""

    files: dict[str, bytes]
    sound: list[object]

    def restore(self, folder: Path, **changed: bytes) -> Path:
        """Write the files, some of them changed, into a folder."""
        for name in ("j", "j-wal", "j-mark"):
            data = changed.get(name.replace("-", "_"), self.files.get(name))
            part = folder / name
            part.unlink(missing_ok=True)
            if data is not None:
                part.write_bytes(data)
        return folder / "j"

    def outcome_of(self, folder: Path, **changed: bytes) -> str:
        """Return `refused` or `sound` for changed files; anything else fails."""
        path = self.restore(folder, **changed)
        try:
            found = read(path)
        except JournalError:
            return "refused"
        assert found == self.sound
        return "sound"


def image_of(path: Path, folder: Path) -> Image:
    """Return the files at `path`, and what they tell."""
    names = [path.name + tail for tail in ("", "-wal", "-mark")]
    parts = [path.with_name(name) for name in names]
    files = {part.name: part.read_bytes() for part in parts if part.exists()}
    image = Image(files, [])
    folder.mkdir()
    image.sound = read(image.restore(folder))
    return image


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image]:
    """Return a journal as a crash leaves it, and as an orderly end does."""
    return make_images(tmp_path_factory.mktemp("made"))


def make_images(folder: Path) -> dict[str, Image]:
    """Make the two journals in a folder."""
    path = folder / "j"
    _, store = open_journal(path, IDENTITY, make_keys(LEADS), RealClock())
    store.begin([])
    for first in range(0, 48, 6):
        calls = [(row, 1, outcome(row), CallFacts()) for row in range(first - 6, first)]
        store.commit("ran", [(first, first + 6)], calls if first else [])
    crashed = copy_crashed(path, folder / "crash")
    last = [(row, 1, outcome(row), CallFacts()) for row in range(42, 48)]
    store.end([store.values_of(call) for call in last])
    return {
        "crashed": image_of(crashed, folder / "one"),
        "ended": image_of(path, folder / "two"),
    }


@pytest.fixture(params=["crashed", "ended"])
def image(request: pytest.FixtureRequest, images: dict[str, Image]) -> Image:
    """Return each of the two journals."""
    return images[request.param]


def test_the_images_tell_what_was_written(images: dict[str, Image]) -> None:
    """The crash leaves six open claims, the orderly end none."""
    assert images["crashed"].sound[1] == list(range(42, 48))
    assert images["ended"].sound[1] == []
    assert sorted(images["crashed"].files) == ["j", "j-mark", "j-wal"]
    assert sorted(images["ended"].files) == ["j"]


@pytest.mark.timeout(120)
def test_a_thousand_flipped_bytes_change_no_outcome(
    image: Image, tmp_path: Path
) -> None:
    """Five hundred in each journal: each is found, or hits a byte that tells nothing."""
    dice = random.Random(6)  # noqa: S311 - a fixed sequence
    sizes = [(name, len(data)) for name, data in image.files.items()]
    seen = {"refused": 0, "sound": 0}
    for _ in range(500):
        name = dice.choices(*zip(*sizes, strict=True))[0]
        damaged = bytearray(image.files[name])
        damaged[dice.randrange(len(damaged))] ^= dice.randrange(1, 256)
        key = name.replace("-", "_")
        seen[image.outcome_of(tmp_path, **{key: bytes(damaged)})] += 1
    assert seen["refused"] > 20


def tails(data: bytes) -> Iterator[bytes]:
    """Yield a file cut off at many places, the last batches' pages more finely.

    Between two places lies nothing but more of one page: `tests/benchmarks/damage.py`
    takes every byte.
    """
    edges = [at + by for at in range(0, len(data), 4_096) for by in (0, 1)]
    frames = [at + by for at in range(32, len(data), 24 + 4_096) for by in (-1, 0, 24)]
    fine = range(max(len(data) - 9_000, 0), len(data), 83)
    for size in sorted({0, len(data) - 1, *edges, *frames, *fine}):
        if size < len(data):
            yield data[:size]


@pytest.mark.timeout(120)
def test_no_truncation_changes_an_outcome(image: Image, tmp_path: Path) -> None:
    """Wherever a file ends, the loss is found."""
    for name, data in image.files.items():
        key = name.replace("-", "_")
        seen = {image.outcome_of(tmp_path, **{key: part}) for part in tails(data)}
        # A mark of which nothing is left claims nothing, and pages of the journal that
        # stand in the -wal file too are not missed.
        assert seen == {"refused"} or name != "j-wal"
        assert "refused" in seen


@pytest.mark.timeout(120)
def test_a_tail_of_zeros_changes_no_outcome(image: Image, tmp_path: Path) -> None:
    """As some file systems leave it after a power cut."""
    for name, data in image.files.items():
        key = name.replace("-", "_")
        for size in range(0, len(data), 1_031):
            zeroed = data[:size] + bytes(len(data) - size)
            if data != zeroed:
                image.outcome_of(tmp_path, **{key: zeroed})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    at=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=64),
    name=st.sampled_from(["j", "j-wal", "j-mark"]),
)
def test_junk_anywhere_is_found_or_changes_nothing(
    at: float, junk: bytes, name: str, images: dict[str, Image], tmp_path: Path
) -> None:
    """Whatever is written over whatever place."""
    image = images["crashed"]
    data = image.files[name]
    place = int(at * len(data))
    damaged = (data[:place] + junk + data[place + len(junk) :])[: len(data)]
    image.outcome_of(tmp_path, **{name.replace("-", "_"): damaged})


@given(junk=st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_file_at_all_is_refused(junk: bytes, tmp_path: Path) -> None:
    """What is no journal raises an error of ours and nothing else."""
    path = tmp_path / "j"
    path.write_bytes(junk)
    with pytest.raises(JournalError, match="journal"):
        read(path)
    path.unlink()


def edited(image: Image, folder: Path, *statements: str) -> Path:
    """Return the journal with its rows changed by hand, as SQL does it."""
    path = image.restore(folder)
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


@pytest.mark.parametrize(
    ("statement", "record"),
    [
        pytest.param("UPDATE batch SET calls = replace(calls, 'updated', 'failed') WHERE seq = 4", "batch 4", id="outcome"),
        pytest.param("UPDATE batch SET calls = '[]' WHERE seq = 4", "batch 4", id="calls-gone"),
        pytest.param("UPDATE batch SET claims = '[]' WHERE seq = 4", "batch 4", id="claims-gone"),
        pytest.param("UPDATE batch SET claims = '[[0,[null]]]' WHERE seq = 4", "batch 4", id="claim"),
        pytest.param("UPDATE batch SET event = 'closed' WHERE seq = 4", "batch 4", id="event"),
        pytest.param("UPDATE batch SET at_s = at_s + 1 WHERE seq = 4", "batch 4", id="time"),
        pytest.param("UPDATE batch SET done = done + 1 WHERE seq = 4", "batch 4", id="done"),
        pytest.param("UPDATE batch SET chain = 'x' WHERE seq = 4", "batch 4", id="chain"),
        pytest.param("UPDATE batch SET calls = CAST(calls AS BLOB) WHERE seq = 4", "batch 4", id="of-another-type"),
        pytest.param("DELETE FROM batch WHERE seq = 4", "batch 4", id="batch-gone"),
        pytest.param("DELETE FROM batch WHERE seq = 1", "batch 1", id="first-batch-gone"),
        pytest.param("DELETE FROM batch WHERE seq = 10", "its end", id="last-batch-gone"),
        pytest.param("DELETE FROM batch", "its end", id="all-batches-gone"),
        pytest.param("UPDATE meta SET value = '0' WHERE name = 'leads'", "meta 2", id="meta"),
        pytest.param("DELETE FROM meta WHERE seq = 2", "meta 2", id="meta-gone"),
        pytest.param("DELETE FROM meta WHERE seq = 4", "batch 1", id="fingerprint-gone"),
        pytest.param("DROP VIEW unknown_lead", "its schema", id="view-gone"),
        pytest.param("CREATE TABLE more (x)", "its schema", id="table-more"),
        pytest.param("CREATE INDEX i ON batch (event)", "its schema", id="index-more"),
    ],
)  # fmt: skip
def test_a_row_changed_by_hand_is_named(
    images: dict[str, Image], tmp_path: Path, statement: str, record: str
) -> None:
    """Checksums, counts and the chain find what SQLite itself cannot."""
    path = edited(images["ended"], tmp_path, statement)
    with pytest.raises(JournalCorrupt) as caught:
        read(path)
    assert caught.value.record == record


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({0: 99}, id="row-outside"),
        pytest.param({0: "x"}, id="row-of-text"),
        pytest.param({0: None}, id="no-row"),
        pytest.param({1: 2**40}, id="attempt-too-large"),
        pytest.param({3: "vanished"}, id="no-outcome"),
        pytest.param({23: [[0]]}, id="changes-of-no-form"),
        pytest.param({23: [["written", "1", {"complex": "1j"}, ""]]}, id="no-type"),
    ],
)
def test_a_well_sealed_call_of_nonsense_is_refused(
    images: dict[str, Image], tmp_path: Path, change: dict[int, object]
) -> None:
    """Values that no run writes raise an error of ours, even with every checksum right."""
    values = call_values(1, 2, "k", outcome(1), CallFacts())
    for at, value in change.items():
        values[at] = value
    path = with_batch(images["ended"], tmp_path, json.dumps([values]))
    with pytest.raises(JournalCorrupt, match=r"batch 11: no values of a journal"):
        read(path)


@pytest.mark.parametrize("calls", ["", "{", "[[0]]", "[" * 100_000, "7", "null"])
def test_a_well_sealed_batch_of_nonsense_is_refused(
    images: dict[str, Image], tmp_path: Path, calls: str
) -> None:
    """What is no list of calls, however deep, raises an error of ours."""
    path = with_batch(images["ended"], tmp_path, calls)
    with pytest.raises(JournalCorrupt, match=r"batch 11: no values of a journal"):
        read(path)


def with_batch(image: Image, folder: Path, calls: str) -> Path:
    """Return a journal with one more batch, every checksum right."""
    path = image.restore(folder)
    with closing(sqlite3.connect(path)) as database:
        [(number, chain)] = database.execute(
            "SELECT seq, chain FROM batch ORDER BY seq DESC LIMIT 1"
        )
        batch = (number + 1, "closed", 1.0, 1.0, 0, "[]", calls)
        database.execute(INSERT_BATCH, (*batch, chain_batch(chain, batch)))
        database.commit()
    return path


def test_pages_that_do_not_add_up_are_refused(
    images: dict[str, Image], tmp_path: Path
) -> None:
    """SQLite's own check is heeded, though every row is sound."""
    data = bytearray(images["ended"].files["j"])
    data[4096 + 7] ^= 1  # how much of the second page is in pieces
    path = images["ended"].restore(tmp_path, j=bytes(data))
    with pytest.raises(JournalCorrupt, match="its pages: Fragmentation of"):
        read(path)
