"""What the service saw is counted exactly and can be waited for."""

from __future__ import annotations

import json
import threading
from collections import Counter

from nbwebhook.demo import DemoCounts, ServedCall
from nbwebhook.demo.counts import Recorder


def _see_three_requests(recorder: Recorder) -> None:
    """Two connections, three requests: one answered, one abandoned, one in flight."""
    recorder.open_connection()
    recorder.open_connection()
    recorder.receive("ana")
    recorder.receive("ana")
    recorder.receive("")
    recorder.answer(200, ServedCall("ana", 1.5, 20.0))
    recorder.abandon()
    recorder.refuse(400)
    recorder.close_connection()


def test_the_counts_tell_what_was_seen() -> None:
    """Each event is in the snapshot, once."""
    recorder = Recorder()
    _see_three_requests(recorder)
    assert recorder.look() == (
        9,
        DemoCounts(
            requests=3,
            in_flight=1,
            max_in_flight=3,
            connections=2,
            connections_open=1,
            max_connections_open=2,
            by_status={200: 1, 400: 1},
            by_lead=Counter({"ana": 2}),
        ),
    )
    assert recorder.list_calls() == [ServedCall("ana", 1.5, 20.0)]


def test_a_snapshot_does_not_change_afterwards() -> None:
    """Who holds counts holds them as they were."""
    recorder = Recorder()
    _see_three_requests(recorder)
    _, before = recorder.look()
    recorder.receive("ana")
    recorder.answer(500, ServedCall("ana", 2.0, 1.0))
    assert before.by_lead == Counter({"ana": 2})
    assert before.by_status == {200: 1, 400: 1}


def test_a_request_is_numbered_within_its_lead() -> None:
    """The second request of a lead is its second, whatever came between."""
    recorder = Recorder()
    leads = ["ana", "ben", "", "ana", "", "ana"]
    assert [recorder.receive(lead) for lead in leads] == [1, 1, 3, 2, 5, 3]


def test_a_reset_keeps_what_is_open_or_in_flight() -> None:
    """After a reset the counts begin with what goes on at that moment."""
    recorder = Recorder()
    _see_three_requests(recorder)
    recorder.reset()
    _, counts = recorder.look()
    assert counts == DemoCounts(
        in_flight=1,
        max_in_flight=1,
        connections=1,
        connections_open=1,
        max_connections_open=1,
    )
    assert recorder.list_calls() == []


def test_without_a_record_the_counts_are_the_same() -> None:
    """A long run can do without the record."""
    with_record, without = Recorder(), Recorder(keep_record=False)
    _see_three_requests(with_record)
    _see_three_requests(without)
    assert without.look() == with_record.look()
    assert without.list_calls() == []


def test_counts_survive_json() -> None:
    """What crosses the pipe of another process arrives as it was."""
    recorder = Recorder()
    _see_three_requests(recorder)
    _, counts = recorder.look()
    facts = json.loads(json.dumps(counts.to_facts()))
    assert DemoCounts.from_facts(facts) == counts


def test_a_wait_ends_with_the_next_change() -> None:
    """A waiting thread sees what woke it."""
    recorder = Recorder()
    version, _ = recorder.look()
    seen: list[tuple[int, DemoCounts]] = []
    waiter = threading.Thread(
        target=lambda: seen.append(recorder.wait_for_change(version, 10))
    )
    waiter.start()
    recorder.receive("ana")
    waiter.join(40)
    assert [(version, counts.requests) for version, counts in seen] == [(1, 1)]


def test_a_wait_without_a_change_ends_at_its_time() -> None:
    """The counts come back unchanged."""
    recorder = Recorder()
    assert recorder.wait_for_change(0, 0.01) == recorder.look()
