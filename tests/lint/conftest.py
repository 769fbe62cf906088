"""A check in one call, for tables of what goes in and what is found."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from nbwebhook.definition.webhook import Webhook
from nbwebhook.lint.findings import Finding, Findings
from nbwebhook.lint.linter import find_findings

URL = "https://a.test/v1"


def _check(
    parts: Webhook | Mapping[str, object] | None = None,
    leads: Mapping[str, list[Any]] | pd.DataFrame | None = None,
    **run: Any,  # noqa: ANN401 - whatever a check takes
) -> Findings:
    given = {"context": None, "fields": None, "key": None, "campaign": "trigger"} | run
    hook = parts if isinstance(parts, Webhook) else {"url": URL, **(parts or {})}
    frame = pd.DataFrame(leads) if isinstance(leads, Mapping) else leads
    return find_findings(hook, frame, **given)


def _of_rule(findings: Findings, rule: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule]


def _facts(findings: Findings, rule: str) -> list[tuple[str, str, int]]:
    return [(f.severity, f.place, f.rows) for f in _of_rule(findings, rule)]


@pytest.fixture(scope="session")
def check() -> Callable[..., Findings]:
    """Return the check of a definition's properties and leads by column."""
    return _check


@pytest.fixture(scope="session")
def of_rule() -> Callable[[Findings, str], list[Finding]]:
    """Return what picks the findings of one rule."""
    return _of_rule


@pytest.fixture(scope="session")
def facts() -> Callable[[Findings, str], list[tuple[str, str, int]]]:
    """Return what tells severity, place and leads of each finding of one rule."""
    return _facts
