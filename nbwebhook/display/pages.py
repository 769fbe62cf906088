"""Pages as HTML: for a notebook's cell, where styles may be stripped, and as a file.

In a cell pictures are `<img>` with their data inside and the few styles that a sanitizer
keeps stand in attributes, so that a page reads well in a notebook that is not trusted. A
report forbids by its own policy everything but its one style sheet and such pictures.
"""

from __future__ import annotations

from .facts import (
    ChangeFacts,
    EstimatePage,
    Figure,
    FindingFacts,
    FindingsPage,
    MessageFacts,
    PreviewFacts,
    PreviewPage,
    ReportPage,
    ResultPage,
    Section,
    SetupBox,
    SetupPage,
    Severity,
    Table,
    Tone,
)
from .plain import (
    estimate_text,
    findings_text,
    preview_text,
    result_text,
    setup_text,
)
from .templating import render_template, style_hash

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
    "estimate_html",
    "estimate_text",
    "findings_html",
    "findings_text",
    "preview_html",
    "preview_text",
    "report_html",
    "result_html",
    "result_text",
    "setup_html",
    "setup_text",
]

_REPORT_SECTIONS = (
    ("what_was_run", "What was run", "Nothing is known about what was run."),
    ("outcomes", "What became of the leads", "No lead has an outcome."),
    ("latency", "How long calls took", "No call was measured."),
    ("delay", "How long a campaign takes", "No estimate was made."),
    ("findings", "What the check found", "Nothing was checked before the run."),
    ("failed_calls", "Calls that failed", "No call failed."),
    ("changes", "Changed fields, a sample", "No field was changed."),
)


def result_html(page: ResultPage) -> str:
    """Return a finished run for a notebook's cell."""
    return render_template("result.html", page=page, is_in_cell=True)


def findings_html(page: FindingsPage) -> str:
    """Return the findings of a check for a notebook's cell, worst first."""
    return render_template("findings.html", page=page, is_in_cell=True)


def preview_html(page: PreviewPage) -> str:
    """Return rendered requests, byte for byte, for a notebook's cell."""
    return render_template("preview.html", page=page, is_in_cell=True)


def setup_html(page: SetupPage) -> str:
    """Return what to enter in a form, for a notebook's cell."""
    return render_template("setup.html", page=page, is_in_cell=True)


def estimate_html(page: EstimatePage) -> str:
    """Return an estimate of delay for a notebook's cell."""
    return render_template("estimate.html", page=page, is_in_cell=True)


def report_html(page: ReportPage) -> str:
    """Return a run as one HTML document that needs nothing from elsewhere.

    It follows the reader's light or dark scheme, prints on white, runs no script and
    asks no server for anything.
    """
    return render_template(
        "report.html",
        page=page,
        sections=_REPORT_SECTIONS,
        style_source=style_hash("report.css"),
        is_in_cell=False,
    )
