"""When campaigns that share connections are done: rows, a frame and sentences."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pandas as pd

from nbwebhook.whatif.wording import in_words, range_in_words

__all__ = ["ALL", "TAKE_TURNS", "SharedEstimate", "SharedRow"]

ALL = "all"
TAKE_TURNS = "take turns"
_DTYPES = {
    "campaign": "string",
    "leads": "int64",
    "starts_at_s": "float64",
    "alone_p50_s": "float64",
    "finish_p05_s": "float64",
    "finish_p50_s": "float64",
    "finish_p95_s": "float64",
    "finish_p95_pessimistic_s": "float64",
    "takes_p50_s": "float64",
    "extrapolated": "boolean",
    "method": "string",
    "replicates": "int64",
}


@dataclass(frozen=True, slots=True)
class SharedRow:
    """When one campaign, or all of them, are done; times from the first start.

    Attributes:
        campaign: Its name, or `all`.
        leads: Its leads.
        starts_at_s: When it starts.
        alone_p50_s: How long it would take with all connections for itself; for `all`
            NaN.
        finish_p05_s: When it is done in the one campaign of twenty that is fastest.
        finish_p50_s: When it is done in the middle.
        finish_p95_s: When it is done in nineteen of twenty.
        finish_p95_pessimistic_s: The same with the slow calls that cannot be ruled out.
        takes_p50_s: From its own start until it is done, in the middle.
        extrapolated: Whether more connections are shared than were measured, so that the
            service may be slower; None if not known.
        method: `queue` is exact; `flow` divides the connections.
        replicates: Campaigns simulated.
    """

    campaign: str
    leads: int
    starts_at_s: float
    alone_p50_s: float
    finish_p05_s: float
    finish_p50_s: float
    finish_p95_s: float
    finish_p95_pessimistic_s: float
    takes_p50_s: float
    extrapolated: bool | None
    method: str
    replicates: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SharedEstimate:
    """When campaigns that share connections are done.

    Attributes:
        rows: One a campaign in the order given, then one for all.
        connections: Connections that they share.
        order: Who goes first.
    """

    rows: tuple[SharedRow, ...]
    connections: int
    order: str

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a data frame, times in seconds."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)

    def text(self) -> str:
        """Return the estimate in sentences, one a line."""
        shared = f"{len(self.rows) - 1} campaigns share {self.connections} connections"
        order = (
            "they take turns"
            if self.order == TAKE_TURNS
            else "the one that started first goes first"
        )
        lines = [f"{shared}; {order}.", *(_sentence(row) for row in self.rows)]
        if self.rows[-1].extrapolated:
            lines.append("So many at once were not measured: a service may be slower.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()


def _sentence(row: SharedRow) -> str:
    spread = range_in_words(row.finish_p05_s, row.finish_p95_s)
    done = f"done {in_words(row.finish_p50_s)} after the first start ({spread}"
    bound = (
        f"; up to {in_words(row.finish_p95_pessimistic_s)} with slow calls not seen)"
    )
    if row.campaign == ALL:
        return f"All {row.leads:,} leads: {done}{bound}."
    alone = f"alone it would take {in_words(row.alone_p50_s)}"
    return f"{row.campaign}, {row.leads:,} leads: {done}{bound}; {alone}."
