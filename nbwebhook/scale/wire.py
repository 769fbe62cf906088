"""What scheduler and workers tell each other about a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

__all__ = [
    "NOTHING",
    "SAME_HOLD_S",
    "SILENCE_S",
    "Look",
    "Orders",
    "Report",
    "Share",
    "Terms",
]

SAME_HOLD_S = 0.1
"""A pause that is longer by no more than this is the one that is known already."""

SILENCE_S = 5.0
"""How long a share is good for after the last answer of the scheduler."""

OrderState = Literal["run", "pause", "stop", "cut", "lost"]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the budget.

    Attributes:
        connections: Calls at once.
        calls_per_s: Calls started in a second; None where the run has no such limit.
    """

    connections: int
    calls_per_s: float | None = None

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `asdict` made a message of."""
        return cls(**facts)


NOTHING = Share(0)


@dataclass(frozen=True, slots=True)
class Report:
    """What the run of a partition tells.

    Attributes:
        state: What it does.
        share: The share that it has applied.
        busy: Leads that are being served.
        in_flight: Calls under way.
        hold_s: How long a pause still lasts that the service has asked it for; 0 if it
            knows of no other than the scheduler has told.
        known_hold_s: How long any pause that it knows of still lasts.
        outcomes: Leads by outcome; None before its journal is open.
        late_ms: Latencies of some of the last calls.
        throttle_s: Seconds that its calls have waited for a limit or a pause.
    """

    state: OrderState = "pause"
    share: Share = NOTHING
    busy: int = 0
    in_flight: int = 0
    hold_s: float = 0.0
    known_hold_s: float = 0.0
    outcomes: Mapping[str, int] | None = None
    late_ms: tuple[float, ...] = ()
    throttle_s: float = 0.0

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `asdict` made a message of."""
        share = Share.from_facts(facts["share"])
        return cls(**{**facts, "share": share, "late_ms": tuple(facts["late_ms"])})


@dataclass(frozen=True, slots=True)
class Orders:
    """What the run of a partition is to do.

    Attributes:
        state: `lost`: its share is somebody else's by now; stop, and ask anew.
        share: What it may use; no connection where it is to wait.
        hold_s: How long no call may start, as the service has asked.
        reason: Why it is to stop: the name of an error, and its facts.
    """

    state: OrderState
    share: Share = NOTHING
    hold_s: float = 0.0
    reason: tuple[Any, ...] = ()

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `asdict` made a message of."""
        share = Share.from_facts(facts["share"])
        return cls(**{**facts, "share": share, "reason": tuple(facts["reason"])})

    def are_news(self, report: Report) -> bool:
        """Say whether whoever told `report` does not do this already."""
        return (
            self.state != report.state
            or self.share != report.share
            or self.hold_s > report.known_hold_s + SAME_HOLD_S
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run may do at most, over all workers.

    Attributes:
        share: The whole budget.
        timeout_s: Limit of a whole call.
        max_failures: Failed or unknown leads after which it stops; None for no limit.
    """

    share: Share
    timeout_s: float
    max_failures: int | None = None

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `asdict` made a message of."""
        return cls(**{**facts, "share": Share.from_facts(facts["share"])})


@dataclass(frozen=True, slots=True)
class Look:
    """How far a run is, over all workers.

    Attributes:
        state: `running`, `paused` or `stopping`.
        outcomes: Leads by outcome.
        in_flight: Calls under way, as last told.
        connections: Calls at once at most.
        partitions: Partitions that have a share.
        late_ms: Latencies of some of the last calls.
        throttle_s: Seconds that calls have waited for a limit or a pause.
        reason: Why it stops; empty if it does not.
    """

    state: Literal["running", "paused", "stopping"] = "running"
    outcomes: Mapping[str, int] = field(default_factory=dict)
    in_flight: int = 0
    connections: int = 0
    partitions: int = 0
    late_ms: tuple[float, ...] = ()
    throttle_s: float = 0.0
    reason: tuple[Any, ...] = ()

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `to_facts` told."""
        late, reason = tuple(facts["late_ms"]), tuple(facts["reason"])
        return cls(**{**facts, "late_ms": late, "reason": reason})

    def to_facts(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)
