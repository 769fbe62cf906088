"""An advice on connections, in facts and in sentences."""

from __future__ import annotations

from dataclasses import dataclass

from nbwebhook.whatif.wording import in_words, percent

__all__ = ["ConnectionsAdvice"]


@dataclass(frozen=True, slots=True, repr=False)
class ConnectionsAdvice:
    """How many connections a campaign needs.

    Attributes:
        connections: The smallest number that finishes in time; None where none does.
        finish_within_s: The time asked for.
        confidence: Share of campaigns that must be in time.
        makespan_s: What `confidence` of the campaigns do not exceed, at that number, or
            at the most connections tried.
        most_connections: The largest number tried.
        limited_by: What decides at that number: `connections`, `rate limit` or
            `longest calls`.
        knee: The number from which more connections are poorly used; None where there is
            none up to the most tried.
        knee_by: What makes the knee: `rate limit` or `longest calls`; empty without one.
        measured_connections: Most calls at once while measuring; None if not known.
        pessimistic: Whether slow calls that the measurement cannot rule out count.
    """

    connections: int | None
    finish_within_s: float
    confidence: float
    makespan_s: float
    most_connections: int
    limited_by: str
    knee: int | None
    knee_by: str
    measured_connections: int | None
    pessimistic: bool

    @property
    def extrapolated(self) -> bool | None:
        """Whether more connections are advised than were measured; None if not known."""
        if self.connections is None or self.measured_connections is None:
            return None
        return self.connections > self.measured_connections

    def text(self) -> str:
        """Return the advice in sentences, one a line."""
        lines = [self._answer(), self._knee_sentence(), self._caveat()]
        return "\n".join(line for line in lines if line)

    def __repr__(self) -> str:
        return self.text()

    def _answer(self) -> str:
        goal = f"in {in_words(self.finish_within_s)}"
        sure = f"{percent(self.confidence)} of campaigns"
        slow = ", slow calls not seen yet included" if self.pessimistic else ""
        if self.connections is None:
            why = {
                "rate limit": "the rate limit lets no more calls through",
                "longest calls": "the longest calls alone take that long",
            }.get(self.limited_by, "the service time is too long")
            return (
                f"No number of connections up to {self.most_connections:,} finishes "
                f"{goal} in {sure}{slow}: {why}; it takes {in_words(self.makespan_s)}."
            )
        many = "connection" if self.connections == 1 else "connections"
        return (
            f"{self.connections:,} {many} finish {goal} in {sure}{slow} (they take up to "
            f"{in_words(self.makespan_s)}). What decides is {self._decides()}."
        )

    def _decides(self) -> str:
        return {
            "rate limit": "the rate limit",
            "longest calls": "how long the longest calls take",
        }.get(self.limited_by, "how many calls run at once")

    def _knee_sentence(self) -> str:
        if self.knee is None:
            return ""
        reason = (
            "the rate limit lets no more through"
            if self.knee_by == "rate limit"
            else "the campaign waits for its longest calls"
        )
        return f"More than {self.knee:,} connections gain little: {reason}."

    def _caveat(self) -> str:
        if not self.extrapolated:
            return ""
        at_once = self.measured_connections
        calls = "1 call" if at_once == 1 else f"{at_once} calls"
        return (
            f"No more than {calls} at once were measured; the "
            "advice holds if the service keeps its pace beyond that. Measure there."
        )
