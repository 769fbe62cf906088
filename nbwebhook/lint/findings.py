"""What a check has found: each finding with its place, its leads and its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.pages import (
    FindingFacts,
    FindingsPage,
    findings_html,
    findings_text,
)
from nbwebhook.lint.corrections import Correction, correct_all

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Finding", "Findings", "Severity"]

Severity = Literal["error", "warning", "note"]
_RANK = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that would break or surprise.

    Attributes:
        severity: `error`: it cannot work; `warning`: it will surprise; `note`: worth
            knowing.
        rule: The rule's name, such as `quoted-token`.
        place: Where: part of the definition with line and column, or of the list.
        message: What was found.
        remedy: What to do.
        rows: How many leads it concerns; 0 where it is about none in particular.
        examples: Keys of the first such leads.
        corrected: Makes the definition without this finding; None where no fix is
            certain.
    """

    severity: Severity
    rule: str
    place: str
    message: str
    remedy: str = ""
    rows: int = 0
    examples: tuple[str, ...] = ()
    corrected: Callable[[], Webhook] | None = field(default=None, repr=False)

    @property
    def can_fix(self) -> bool:
        """Whether `fix` knows the answer for certain."""
        return self.corrected is not None

    def fix(self) -> Webhook:
        """Return the definition with this finding mended.

        Raises:
            ValueError: No fix is certain; the remedy says what to do by hand.
            InvalidDefinition: The definition has other faults, which this leaves.
        """
        if self.corrected is None:
            message = f"{self.rule} has no certain fix: {self.remedy}"
            raise ValueError(message)
        return self.corrected()

    def __str__(self) -> str:
        leads = f" ({self.rows:,} leads)" if self.rows else ""
        tail = f"; {self.remedy}" if self.remedy else ""
        return f"{self.severity}: {self.place}: {self.message}{leads}{tail}"


class Findings(Sequence[Finding]):
    """The findings of a check, errors first, in the order of the definition.

    Args:
        findings: In any order.
        webhook: The definition's name.
        leads: How many leads were looked at.
    """

    def __init__(
        self, findings: Sequence[Finding], *, webhook: str = "", leads: int = 0
    ) -> None:
        self._findings = tuple(sorted(findings, key=lambda f: _RANK[f.severity]))
        self._webhook = webhook
        self._leads = leads

    @property
    def has_errors(self) -> bool:
        """Whether something cannot work."""
        return any(finding.severity == "error" for finding in self)

    def fix(self) -> Webhook:
        """Return the definition with everything mended that has a certain fix.

        Raises:
            ValueError: Nothing has one; the remedies say what to do by hand.
            InvalidDefinition: The definition has other faults, which nobody mends.
        """
        found = [f.corrected for f in self if isinstance(f.corrected, Correction)]
        if not found:
            message = "nothing found has a certain fix; see the remedies"
            raise ValueError(message)
        others = [each for each in found if not each.is_of_fault]
        return correct_all((others or found)[0].parts, others or found)

    def frame(self) -> pd.DataFrame:
        """Return one row a finding: severity, rule, place, message, remedy, rows."""
        import pandas as pd  # noqa: PLC0415 - few look at findings as a frame

        names = ("severity", "rule", "place", "message", "remedy", "rows")
        rows = [[getattr(finding, name) for name in names] for finding in self]
        return pd.DataFrame(rows, columns=list(names))

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204 - as of tuple
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def _page(self) -> FindingsPage:
        facts = tuple(
            FindingFacts(
                severity=finding.severity,
                rule=finding.rule,
                place=finding.place,
                message=finding.message,
                remedy=finding.remedy,
                rows_affected=finding.rows,
                examples=finding.examples,
            )
            for finding in self
        )
        looked = f"{self._leads:,} leads looked at" if self._leads else ""
        return FindingsPage(
            title=f"Check of {self._webhook or 'the webhook'}",
            findings=facts,
            notes=(looked,) if looked else (),
        )

    def __repr__(self) -> str:
        return findings_text(self._page())

    def _repr_html_(self) -> str:
        return findings_html(self._page())
