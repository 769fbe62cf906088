"""Everything a check looks at, in one pass over definition, list and requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import (
    DefinitionError,
    InvalidDefinition,
    LeadsError,
    RenderError,
)
from nbwebhook.frames.prepare import Prepared, prepare
from nbwebhook.lint.findings import Finding, Findings

__all__ = ["find_findings"]

_EXAMPLES = 3


def find_findings(  # noqa: PLR0913 - all that a run may be given
    webhook: Webhook,
    leads: pd.DataFrame | None,
    *,
    context: Context | None,
    fields: Fields | Mapping[str, str | FieldType] | None,
    key: str | None,
    campaign: str,
) -> Findings:
    """Return what would break or surprise, errors first."""
    return Findings([], webhook=webhook.name, leads=0 if leads is None else len(leads))
