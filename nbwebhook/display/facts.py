"""What the pages show, as plain data: text and numbers, never markup.

Every text may come from outside. It is escaped and its hidden characters are shown where
a page is made, so nobody who fills these has to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "ChangeFacts",
    "EstimatePage",
    "Figure",
    "FindingFacts",
    "FindingsPage",
    "MessageFacts",
    "PreviewFacts",
    "PreviewPage",
    "ReportPage",
    "ResultPage",
    "Section",
    "SetupBox",
    "SetupPage",
    "Severity",
    "Table",
    "Tone",
]

Severity = Literal["error", "warning", "note"]
Tone = Literal["plain", "good", "attention", "bad"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under named columns.

    Attributes:
        columns: Their names.
        rows: One text a column.
        caption: What the rows are.
        total_rows: How many there are in all, where only some are shown; else 0.
        numeric: The columns that are set flush right.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    total_rows: int = 0
    numeric: frozenset[str] = frozenset()

    @property
    def extent(self) -> str:
        """How much of the whole is shown, in words; empty where all of it is."""
        if self.total_rows <= len(self.rows):
            return ""
        return f"{len(self.rows):,} of {self.total_rows:,} rows"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it shows for those who do not see it, and a line under it."""

    svg: str
    alt: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One thing that a check found.

    Attributes:
        severity: How bad it is.
        rule: The rule's name.
        place: Where, in the user's words.
        message: What was found, and what was wanted.
        remedy: The next step; may be empty.
        rows_affected: How many leads; 0 where it is not about leads.
        examples: A few of these leads or values.
    """

    severity: Severity
    rule: str
    place: str
    message: str
    remedy: str = ""
    rows_affected: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageFacts:
    r"""A request or a response as it goes over the wire.

    Attributes:
        head: First line and headers, ended by `\r\n` each; secrets are masked already.
        body: The body, decoded by `decode_bytes`; None where there is none.
        note: A line beside it, such as `412 bytes in 85 ms`.
    """

    head: str
    body: str | None = None
    note: str = ""

    @property
    def head_lines(self) -> tuple[str, ...]:
        r"""The lines of the head; a control that is not their `\r\n` stays in them."""
        return tuple(self.head.removesuffix("\r\n\r\n").split("\r\n"))


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """One response mapping of one lead: the value that came, and what it changed."""

    attribute: str
    field: str
    old_value: str
    new_value: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PreviewFacts:
    """One lead's request, and what came of it where it was sent.

    Attributes:
        lead: Its key, or its place in the list.
        request: What would be sent; None where it cannot be made.
        response: What came back; None where nothing was sent or nothing came.
        changes: One a response mapping.
        problem: Why there is no request or no response; empty where all went well.
    """

    lead: str
    request: MessageFacts | None = None
    response: MessageFacts | None = None
    changes: tuple[ChangeFacts, ...] = ()
    problem: str = ""

    @property
    def change_table(self) -> Table:
        """The changes, old value against new."""
        return Table(
            columns=("response", "field", "old value", "new value", "outcome"),
            rows=tuple(
                (
                    change.attribute,
                    change.field,
                    change.old_value,
                    change.new_value,
                    ": ".join(filter(None, (change.outcome, change.reason))),
                )
                for change in self.changes
            ),
            caption="Response mappings",
        )


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A finished run, for a notebook's cell.

    Attributes:
        title: Which webhook.
        status: How it ended, in one sentence.
        facts: Labels and values.
        figures: Pictures.
        tables: Tables, a few rows each.
        notes: What the reader should know.
        tone: Whether the status is good news; shown beside its words, never alone.
    """

    title: str
    status: str
    facts: tuple[tuple[str, str], ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """All that a check found."""

    title: str
    findings: tuple[FindingFacts, ...] = ()
    status: str = ""
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[Severity, tuple[FindingFacts, ...]], ...]:
        """The findings by severity, worst first, empty groups left out."""
        severities: tuple[Severity, ...] = ("error", "warning", "note")
        grouped = (
            (severity, tuple(f for f in self.findings if f.severity == severity))
            for severity in severities
        )
        return tuple((severity, found) for severity, found in grouped if found)

    @property
    def count_words(self) -> str:
        """How many of each severity: `2 errors, 1 note`."""
        counted = (
            f"{len(found):,} {severity}{'s' if len(found) > 1 else ''}"
            for severity, found in self.groups
        )
        return ", ".join(counted) or "nothing found that would break"

    @property
    def tone(self) -> Tone:
        """How bad the worst of them is."""
        tones: dict[Severity, Tone] = {"error": "bad", "warning": "attention"}
        if not self.findings:
            return "good"
        return tones.get(self.groups[0][0], "plain")


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A few leads' requests before a run."""

    title: str
    status: str
    previews: tuple[PreviewFacts, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetupBox:
    """One box of a form, and what to enter there, shown in full."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class SetupPage:
    """What to enter in another program's form.

    Attributes:
        title: Which webhook.
        status: Where the form is found.
        groups: Boxes under their headings.
        notes: What the reader should know.
    """

    title: str
    status: str
    groups: tuple[tuple[str, tuple[SetupBox, ...]], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EstimatePage:
    """How long a campaign would take."""

    title: str
    sentences: tuple[str, ...]
    table: Table
    figure: Figure | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report."""

    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show but the heading."""
        parts = self.sentences, self.facts, self.figures, self.tables, self.notes
        return not any(parts)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A whole run as a document of its own.

    Every section stands in the report, in this order; an empty one says in words that
    there is nothing.

    Attributes:
        title: Which webhook and list.
        status: How the run ended, in one sentence.
        made_at: When, and by which version.
        facts: The figures of the head.
        what_was_run: Definition, list, limits.
        outcomes: What became of the leads.
        latency: How long calls took.
        delay: How long a campaign would take.
        findings: What the check found; None where nothing was checked.
        failed_calls: Which calls failed and why.
        changes: A sample of the changed fields.
        notes: What the reader should know.
        tone: Whether the status is good news.
    """

    title: str
    status: str
    made_at: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    what_was_run: Section = field(default_factory=Section)
    outcomes: Section = field(default_factory=Section)
    latency: Section = field(default_factory=Section)
    delay: Section = field(default_factory=Section)
    findings: FindingsPage | None = None
    failed_calls: Section = field(default_factory=Section)
    changes: Section = field(default_factory=Section)
    notes: tuple[str, ...] = ()
    tone: Tone = "plain"
