"""Waits of leads that arrive over time: rows, frames and sentences."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pandas as pd

from nbwebhook.whatif.wording import in_words, percent

__all__ = ["WaitsEstimate", "WaitsRow"]

_WORTH_A_WORD = 1.02
_DTYPES = {
    "connections": "int64",
    "leads": "int64",
    "wait_p50_s": "float64",
    "wait_p95_s": "float64",
    "wait_p99_s": "float64",
    "wait_p95_pessimistic_s": "float64",
    "sojourn_p50_s": "float64",
    "sojourn_p95_s": "float64",
    "sojourn_p99_s": "float64",
    "finish_p05_s": "float64",
    "finish_p50_s": "float64",
    "finish_p95_s": "float64",
    "waiting_share": "float64",
    "longest_queue": "int64",
    "queue_grows_at_s": "float64",
    "queue_drained_at_s": "float64",
    "utilisation": "float64",
    "keeps_up": "boolean",
    "extrapolated": "boolean",
    "method": "string",
    "replicates": "int64",
}


@dataclass(frozen=True, slots=True)
class WaitsRow:
    """Waiting at one number of connections; times in seconds, of the middle campaign.

    Attributes:
        connections: Calls at once.
        leads: Leads that arrive.
        wait_p50_s: Half of the leads wait no longer for their call to start.
        wait_p95_s: 95 of 100 wait no longer.
        wait_p99_s: 99 of 100 wait no longer.
        wait_p95_pessimistic_s: `wait_p95_s`, in 19 of 20 campaigns, with the slow calls
            that the measurement cannot rule out.
        sojourn_p50_s: From arrival to the end of the call; half need no longer.
        sojourn_p95_s: 95 of 100 need no longer.
        sojourn_p99_s: 99 of 100 need no longer.
        finish_p05_s: One campaign of twenty has its last lead done sooner.
        finish_p50_s: Half of the campaigns have.
        finish_p95_s: Nineteen of twenty have.
        waiting_share: Share of leads whose call does not start at once.
        longest_queue: Most leads that wait at one moment.
        queue_grows_at_s: When the longest queue begins to form.
        queue_drained_at_s: When it is gone.
        utilisation: Share of the connections' time spent in calls, until the end.
        keeps_up: Whether the work that arrives is less than the connections can do, and
            the rate limit lets pass, while leads arrive.
        extrapolated: Whether more connections are asked for than were measured, so that
            the service may be slower; None if not known.
        method: `queue` is exact; `fast server` stands for it in long overloads.
        replicates: Campaigns simulated.
    """

    connections: int
    leads: int
    wait_p50_s: float
    wait_p95_s: float
    wait_p99_s: float
    wait_p95_pessimistic_s: float
    sojourn_p50_s: float
    sojourn_p95_s: float
    sojourn_p99_s: float
    finish_p05_s: float
    finish_p50_s: float
    finish_p95_s: float
    waiting_share: float
    longest_queue: int
    queue_grows_at_s: float
    queue_drained_at_s: float
    utilisation: float
    keeps_up: bool
    extrapolated: bool | None
    method: str
    replicates: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WaitsEstimate:
    """Waiting for each number of connections asked for.

    Attributes:
        rows: One a number of connections, in the order asked for.
        paths: Leads waiting over time in the middle campaign, for each row.
        span_s: How long leads arrive.
    """

    rows: tuple[WaitsRow, ...]
    paths: tuple[tuple[tuple[float, int], ...], ...]
    span_s: float

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a data frame, times in seconds."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)

    @property
    def queue(self) -> pd.DataFrame:
        """Leads waiting over time: `connections`, `at_s`, `waiting`."""
        rows = [
            (row.connections, at_s, waiting)
            for row, path in zip(self.rows, self.paths, strict=True)
            for at_s, waiting in path
        ]
        frame = pd.DataFrame(rows, columns=["connections", "at_s", "waiting"])
        return frame.astype(
            {"connections": "int64", "at_s": "float64", "waiting": "int64"}
        )

    def text(self) -> str:
        """Return the estimate in sentences, one a line."""
        return "\n".join(_sentence(row, self.span_s) for row in self.rows)

    def __repr__(self) -> str:
        return self.text()


def _sentence(row: WaitsRow, span_s: float) -> str:
    at = (
        "one connection" if row.connections == 1 else f"{row.connections:,} connections"
    )
    when = f"over {in_words(span_s)}" if span_s > 0 else "at once"
    last = f"The last lead is done {in_words(row.finish_p50_s)} after the start."
    sentences = [f"{row.leads:,} leads {when}, {at}: {_waiting(row)}", last]
    if row.longest_queue:
        sentences.insert(1, _queue(row))
    if row.extrapolated:
        sentences.append(
            "So many at once were not measured: the service may be slower."
        )
    return " ".join(sentences)


def _waiting(row: WaitsRow) -> str:
    bound = ""
    if row.wait_p95_pessimistic_s > row.wait_p95_s * _WORTH_A_WORD:
        worst = in_words(row.wait_p95_pessimistic_s)
        bound = (
            f", up to {worst} with the slow calls that the measurement cannot rule out"
        )
    if row.wait_p95_s == 0:
        return f"95 of 100 leads do not wait{bound}."
    share, wait = percent(row.waiting_share), in_words(row.wait_p95_s)
    return f"{share} of the leads wait, 95 of 100 no longer than {wait}{bound}."


def _queue(row: WaitsRow) -> str:
    pace = (
        "On the whole the connections keep up"
        if row.keeps_up
        else "Leads arrive faster than their calls are done"
    )
    began, gone = in_words(row.queue_grows_at_s), in_words(row.queue_drained_at_s)
    leads = "1 lead" if row.longest_queue == 1 else f"{row.longest_queue:,} leads"
    return (
        f"{pace}; the longest queue holds {leads}: it begins to form {began} after the "
        f"start and is gone at {gone}."
    )
