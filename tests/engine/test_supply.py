"""Leads to jobs: in order, a block at a time, only those asked for."""

from __future__ import annotations

from tests.engine.conftest import make_supply


def taken(leads: int, todo: bytearray | None = None) -> list[int]:
    """Return the rows that a supply hands out."""
    supply = make_supply(leads, todo=todo)
    rows = []
    while (job := supply.take()) is not None:
        rows.append(job.row)
    assert supply.is_empty
    assert supply.total == leads
    return rows


def test_all_leads_or_those_marked_are_handed_out_in_order() -> None:
    """Blocks without a marked lead are passed over."""
    assert taken(20) == list(range(20))
    marked = bytearray(20)
    for row in (0, 6, 13, 14):
        marked[row] = 1
    assert taken(20, marked) == [0, 6, 13, 14]
    assert taken(20, bytearray(20)) == []
    assert taken(0) == []


def test_the_rest_is_what_was_not_taken() -> None:
    """Rows of leads not handed out, none of which has an outcome."""
    supply = make_supply(10, todo=bytearray([0, 1] * 5))
    for _ in range(2):
        supply.take()
    assert list(supply.rest()) == [(5, None), (7, None), (9, None)]


def test_a_lead_given_back_comes_again() -> None:
    """And the supply is not empty meanwhile."""
    supply = make_supply(1)
    woken: list[int] = []
    supply.begin(woken.append, lambda _error: None)
    job = supply.take()
    assert job is not None
    assert supply.take_again() is None
    empty = [supply.is_empty]
    supply.again(job)
    empty.append(supply.is_empty)
    assert supply.take_again() is job
    empty.append(supply.is_empty)
    assert empty == [True, False, True]
    assert woken == [1]
