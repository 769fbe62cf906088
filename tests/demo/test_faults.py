"""Every fault goes wrong in its own way, and fate follows from lead and seed."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import Any

import pytest

from nbwebhook.demo import Constant, LogNormal
from nbwebhook.demo.answers import Answer, Manner
from nbwebhook.demo.faults import Work, plan_work
from nbwebhook.demo.requests import ReceivedRequest, read_head, read_request
from nbwebhook.demo.settings import Settings


def _request(target: str, lead: str = "") -> ReceivedRequest:
    headers = ((b"X-Lead-Id", lead.encode()),) if lead else ()
    return read_request(read_head(b"GET", target.encode(), headers), b"")


def _settings(**knobs: Any) -> Settings:  # noqa: ANN401 - as the settings take them
    return Settings(**{"latency": Constant(0), **knobs})


def _good_body() -> bytes:
    return plan_work(_request("/enrich?email=a@b.example"), 1, _settings()).answer.body


def _fault(name: str) -> Answer:
    target = f"/fault/{name}?email=a@b.example"
    return plan_work(_request(target), 1, _settings(big_bytes=100_000)).answer


@pytest.mark.parametrize(
    ("name", "manner"),
    [
        pytest.param("close", Manner.CLOSE, id="close"),
        pytest.param("reset", Manner.RESET, id="reset"),
        pytest.param("hang", Manner.HANG, id="hang"),
        pytest.param("drip", Manner.DRIP, id="drip"),
        pytest.param("truncate", Manner.TRUNCATE, id="truncate"),
    ],
)
def test_a_fault_of_the_connection_spoils_the_manner_only(
    name: str, manner: Manner
) -> None:
    """What would have been said is the good answer."""
    assert _fault(name) == Answer(200, _good_body(), manner=manner)


def test_html_is_a_page_where_json_was_promised() -> None:
    """A success with a page in it, as a login wall gives."""
    answer = _fault("html")
    assert (answer.status, answer.content_type) == (200, b"text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_bad_json_ends_in_the_middle() -> None:
    """The type says JSON, and the document is cut."""
    answer = _fault("bad_json")
    assert answer.content_type == b"application/json"
    assert _good_body().startswith(answer.body)
    with pytest.raises(json.JSONDecodeError, match="char"):
        json.loads(answer.body)


def test_gzip_packs_the_good_answer() -> None:
    """The header says so, and unpacking gives the answer."""
    answer = _fault("gzip")
    assert answer.headers == ((b"Content-Encoding", b"gzip"),)
    assert gzip.decompress(answer.body) == _good_body()


def test_big_is_valid_json_of_the_size_asked_for() -> None:
    """Only its size is wrong."""
    answer = _fault("big")
    assert len(answer.body) == 100_000
    assert json.loads(answer.body)["result"] == {"score": 50}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        pytest.param("empty", Answer(200), id="empty"),
        pytest.param(
            "redirect", Answer(302, headers=((b"Location", b"/health"),)), id="redirect"
        ),
        pytest.param(
            "status_503",
            Answer(503, b'{"status":503,"error":"Service Unavailable"}'),
            id="status",
        ),
        pytest.param("status_204", Answer(204), id="status-without-body"),
    ],
)
def test_a_fault_of_the_answer_replaces_it(name: str, answer: Answer) -> None:
    """The whole answer is another."""
    assert _fault(name) == answer


def test_an_unknown_fault_is_told_the_known_ones() -> None:
    """A typing error is not taken for a fault."""
    answer = _fault("meltdown")
    assert answer.status == 404
    assert {"close", "gzip", "status_NNN"} <= set(json.loads(answer.body)["faults"])


def _fates(settings: Settings, attempt: int = 1) -> list[Work]:
    requests = [
        _request("/enrich?email=a@b.example", f"lead {n}") for n in range(2_000)
    ]
    return [plan_work(request, attempt, settings) for request in requests]


def test_fate_follows_from_seed_lead_and_attempt() -> None:
    """Another run meets the same failures; another attempt or seed meets others."""
    knobs: dict[str, Any] = {"failure_share": 0.3, "latency": LogNormal(50, 300)}
    one = _fates(_settings(**knobs))
    assert _fates(_settings(**knobs)) == one
    assert _fates(_settings(**knobs), attempt=2) != one
    assert _fates(_settings(**knobs, seed=1)) != one


def test_faults_come_in_their_shares() -> None:
    """Failures and faults have about the share asked for, and the rest is good."""
    settings = _settings(
        failure_share=0.2,
        failure_status=503,
        faults={"empty": 0.1, "hang": 0.3}.items(),
    )
    kinds = Counter(
        (work.answer.status, bool(work.answer.body), work.answer.manner)
        for work in _fates(settings)
    )
    assert kinds.keys() == {
        (503, True, Manner.WHOLE),
        (200, False, Manner.WHOLE),
        (200, True, Manner.HANG),
        (200, True, Manner.WHOLE),
    }
    assert 330 < kinds[503, True, Manner.WHOLE] < 470
    assert 140 < kinds[200, False, Manner.WHOLE] < 260
    assert 520 < kinds[200, True, Manner.HANG] < 680


def test_a_share_of_1_is_everything() -> None:
    """No request escapes a share of 1."""
    statuses = {work.answer.status for work in _fates(_settings(failure_share=1.0))}
    assert statuses == {500}


@pytest.mark.parametrize(
    ("target", "delay_s"),
    [
        pytest.param("/enrich?email=a@b.example", 0.04, id="enrich"),
        pytest.param("/echo", 0.04, id="echo"),
        pytest.param("/status/404", 0.04, id="status"),
        pytest.param("/health", 0.0, id="health"),
        pytest.param("/fault/empty", 0.0, id="fault"),
        pytest.param("/other", 0.0, id="other"),
        pytest.param("/enrichment", 0.0, id="only-whole-names"),
    ],
)
def test_latency_and_failures_hold_for_the_working_endpoints(
    target: str, delay_s: float
) -> None:
    """The others answer at once and never fail by chance."""
    settings = _settings(latency=Constant(40), failure_share=1.0, failure_status=599)
    work = plan_work(_request(target), 1, settings)
    assert (work.delay_s, work.answer.status == 599) == (delay_s, delay_s > 0)
