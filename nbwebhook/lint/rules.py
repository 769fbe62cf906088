"""What a rule of the linter is: a name, a severity, one line about it, and a function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbwebhook.lint.corrections import Correction, Edit, parts_of
from nbwebhook.lint.findings import Finding, Severity

if TYPE_CHECKING:
    from nbwebhook.lint.case import Case
    from nbwebhook.lint.tallies import Tally
    from nbwebhook.lint.uses import TokenUse

__all__ = ["Hit", "Probe", "Rule", "rule"]

_MOST_OF_A_RULE = 25


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule has found in one place; the rule's name and severity come to it.

    Attributes:
        place: Where.
        message: What was found.
        remedy: What to do.
        tally: The leads that it concerns.
        severity: Where it is not that of the rule.
        edits: A certain fix: changes of texts.
        values: A certain fix: properties with another value.
        headers: A certain fix: headers that are added.
    """

    place: str
    message: str
    remedy: str = ""
    tally: Tally | None = None
    severity: Severity | None = None
    edits: tuple[Edit, ...] = ()
    values: tuple[tuple[str, object], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """Looks at what is sent for a token, over all leads.

    Attributes:
        wants: Whether a token is looked at.
        pattern: Every value that is meant matches it; most others do not.
        is_hit: Whether a value that matches is meant.
    """

    wants: Callable[[Case, TokenUse], bool]
    pattern: re.Pattern[bytes]
    is_hit: Callable[[bytes], bool] = bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: As findings show it.
        severity: That of most of its findings.
        about: What it looks for, in one line.
        find: Yields what it has found.
        probe: What it wants to know about the leads' values, if anything.
    """

    name: str
    severity: Severity
    about: str
    find: Callable[[Case], Iterable[Hit]]
    probe: Probe | None = None

    def findings(self, case: Case) -> Iterator[Finding]:
        """Yield the rule's findings; of very many the rest are counted in one."""
        hits = list(self.find(case))
        for hit in hits[:_MOST_OF_A_RULE]:
            yield self._finding(hit, case)
        if len(hits) > _MOST_OF_A_RULE:
            more = len(hits) - _MOST_OF_A_RULE
            message = f"and {more:,} more of the same kind"
            yield Finding(self.severity, self.name, "definition", message)

    def _finding(self, hit: Hit, case: Case) -> Finding:
        is_certain = hit.edits or hit.values or hit.headers
        return Finding(
            hit.severity or self.severity,
            self.name,
            hit.place,
            hit.message,
            hit.remedy,
            hit.tally.rows if hit.tally else 0,
            tuple(hit.tally.examples) if hit.tally else (),
            Correction(
                parts_of(case.webhook),
                hit.edits,
                dict(hit.values),
                hit.headers,
                source=case.webhook.source,
            )
            if is_certain
            else None,
        )


def rule(
    name: str, severity: Severity, about: str, *, probe: Probe | None = None
) -> Callable[[Callable[[Case], Iterable[Hit]]], Rule]:
    """Return a decorator that makes a rule of a function."""
    return lambda find: Rule(name, severity, about, find, probe)
