"""Every rule of the linter, in the order of its findings."""

from __future__ import annotations

from nbwebhook.lint import (
    rules_forms,
    rules_json,
    rules_leads,
    rules_mappings,
    rules_marketo,
    rules_secrets,
    rules_tokens,
    rules_url,
)
from nbwebhook.lint.rules import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    *rules_marketo.RULES,
    *rules_url.RULES,
    *rules_tokens.RULES,
    *rules_json.RULES,
    *rules_forms.RULES,
    *rules_secrets.RULES,
    *rules_mappings.RULES,
    *rules_leads.RULES,
)
"""By subject; documentation lists their names, severities and lines."""
