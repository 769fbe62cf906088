"""A file from the reader's machine, in pieces."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from nbwebhook.ui.file_picker import MOST_BYTES, Pieces, make_file_picker
from tests.ui.conftest import send_file


@pytest.mark.parametrize(
    ("size", "told"),
    [
        pytest.param(0, [-1], id="empty"),
        pytest.param(10, [-1], id="one-piece"),
        pytest.param(1_000, [-1], id="exactly-one"),
        pytest.param(2_500, [1_000, 2_000, -1], id="three"),
    ],
)
def test_a_file_arrives_whole_and_stays_in_no_trait(size: int, told: list[int]) -> None:
    """Piece by piece, each asked for; what the notebook keeps holds none of it."""
    content = bytes(number % 251 for number in range(size))
    taken: list[tuple[str, bytes]] = []
    picker: Any = make_file_picker("Open", ".csv", lambda *file: taken.append(file))
    assert send_file(picker, "a.csv", content) == told
    assert taken == [("a.csv", content)]
    assert not any(isinstance(value, bytes) for value in picker.get_state().values())


def test_a_file_that_is_too_large_is_refused_before_it_is_sent() -> None:
    """One piece is seen and not kept, and the other way in is named."""
    taken: list[tuple[str, bytes]] = []
    picker: Any = make_file_picker("Open", ".csv", lambda *file: taken.append(file))
    answers: list[dict[str, Any]] = []
    picker.send = answers.append
    message = {"name": "a.csv", "size": MOST_BYTES + 1, "at": 0}
    picker._handle_custom_msg(message, [b"x"])
    assert answers == [
        {"want": -1},
        {"told": "too large to send; open it as a file"},
    ]
    assert taken == []


def test_a_piece_out_of_turn_is_asked_for_again() -> None:
    """What was lost comes again, and a second file begins anew."""
    taken: list[tuple[str, bytes]] = []
    pieces = Pieces(lambda *file: taken.append(file))
    assert pieces.add({"name": "a", "size": 4, "at": 0}, b"ab") == 2
    assert pieces.add({"name": "a", "size": 4, "at": 3}, b"d") == 2
    assert pieces.add({"name": "b", "size": 1, "at": 0}, b"z") == -1
    assert taken == [("b", b"z")]


def test_without_anywidget_the_file_comes_at_once_and_is_not_kept() -> None:
    """The button of ipywidgets stands in, and its trait is emptied."""
    taken: list[tuple[str, bytes]] = []
    picker: Any = make_file_picker(
        "Open", ".csv", lambda *file: taken.append(file), in_pieces=False
    )
    file = {"name": "a.csv", "type": "", "size": 2, "content": memoryview(b"ab")}
    picker.value = ({**file, "last_modified": datetime.now(UTC)},)
    assert taken == [("a.csv", b"ab")]
    assert picker.value == ()
