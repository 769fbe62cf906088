"""A definition by question and answer, every answer checked at once."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from nbwebhook.cli.told import ExitCode
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidDefinition, InvalidPlan, LeadsError
from nbwebhook.frames.scanned import scan_leads
from nbwebhook.lists.key_columns import find_key_column

__all__ = ["ListFile", "ask_webhook", "take_curl"]

_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")
_ANSWERS = ("JSON", "XML", "None")
_BODILESS = frozenset({"GET", "DELETE"})
_STAND_IN = "https://example.com/"

Parts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListFile:
    """The list whose columns are offered, if there is one."""

    path: Path | None
    encoding: str | None = None


def ask_webhook(path: Path, leads: ListFile) -> ExitCode:
    """Ask for a definition and save it.

    Raises:
        InvalidPlan: There is a file at `path` already.
        LeadsError: The list cannot be read.
    """
    _refuse_a_file(path)
    columns = list(_first_lead(leads))
    click.echo(
        "Questions as on Marketo's form; Return takes what stands in [brackets]."
    )
    parts: Parts = {"url": _STAND_IN}
    parts["name"] = click.prompt("Name", default=path.name.split(".")[0])
    _ask(parts, "url", "URL, tokens such as {{lead.Id}} in path and query")
    parts["request_type"] = _choose("Method", _METHODS)
    if parts["request_type"] not in _BODILESS:
        _ask_payload(parts, columns)
    _ask_pairs(parts, "custom_headers", "Header", "Name: value", ":")
    parts["response_type"] = _choose("Response", _ANSWERS)
    if parts["response_type"] != "None":
        _ask_pairs(
            parts, "response_mappings", "Mapping", "result.score = LeadScore", "="
        )
    _save(Webhook(**parts), path, leads, columns)
    return ExitCode.GOOD


def take_curl(
    text: str, path: Path, leads: ListFile, mapping: dict[str, str]
) -> ExitCode:
    """Make a definition of a curl command and save it.

    Raises:
        InvalidPlan: There is a file at `path` already.
        InvalidDefinition: The text is no curl command, or a mapping cannot be.
        LeadsError: The list cannot be read.
    """
    _refuse_a_file(path)
    lead = _first_lead(leads)
    hook = Webhook.from_curl(text, lead)
    hook = hook.replace(name=path.name.split(".")[0], response_mappings=mapping)
    click.echo(hook.description)
    for token in re.findall(r"\{\{[^{}]*\}\}", hook.to_json()):
        click.echo(f"  {token}")
    _save(hook, path, leads, list(lead))
    if not mapping:
        click.echo("It writes no field yet: --mapping result.score=LeadScore")
    return ExitCode.GOOD


def _refuse_a_file(path: Path) -> None:
    if path.exists():
        raise InvalidPlan("WEBHOOK", f"{path} is there already; take another name")


def _first_lead(leads: ListFile) -> dict[str, str]:
    """Return the first lead by the names of its columns; all empty where none is."""
    if leads.path is None:
        return {}
    frame = scan_leads(leads.path, encoding=leads.encoding).head(1)
    return {name: next(iter(frame[name]), "") for name in frame.columns}


def _save(hook: Webhook, path: Path, leads: ListFile, columns: list[str]) -> None:
    hook.save(path)
    click.echo(f"\nSaved as {path}. What it does with your list, before a call:")
    encoding = f" --encoding {leads.encoding}" if leads.encoding else ""
    command = f"nbwebhook preview {path} {leads.path or 'leads.csv'}{encoding}"
    if columns and not _has_key(columns):
        command += f" --key {shlex.quote(columns[0])}"
        click.echo("  (--key names the column that tells leads apart)")
    click.echo(f"  {command}")


def _has_key(columns: list[str]) -> bool:
    try:
        find_key_column(columns)
    except LeadsError:
        return False
    return True


def _choose(question: str, choices: tuple[str, ...]) -> str:
    kind = click.Choice(choices, case_sensitive=False)
    return str(click.prompt(question, type=kind, default=choices[0]))


def _ask(parts: Parts, name: str, question: str) -> None:
    """Ask until the definition has no fault with the answer in it."""
    while True:
        if _holds(parts, {name: click.prompt(question)}):
            return


def _holds(parts: Parts, more: Parts) -> bool:
    """Take `more` into the parts if a definition can have it, else say why not."""
    try:
        Webhook(**(parts | more))
    except InvalidDefinition as error:
        for fault in error.faults:
            click.echo(f"  {fault}", err=True)
        return False
    parts.update(more)
    return True


def _ask_payload(parts: Parts, columns: list[str]) -> None:
    if columns:
        click.echo(f"  columns: {', '.join(columns)}")
    while True:
        names = click.prompt(
            "Fields to send as JSON, a comma between them (none: an empty body)",
            default=next((name for name in columns if "mail" in name.lower()), ""),
            show_default=bool(columns),
        )
        found = [name.strip() for name in names.split(",") if name.strip()]
        unknown = [name for name in found if columns and name not in columns]
        if unknown:
            click.echo(f"  no such column: {', '.join(unknown)}", err=True)
            continue
        if _holds(parts, _payload(found)):
            return


def _payload(names: list[str]) -> Parts:
    if not names:
        return {}
    lines = [f"  {json.dumps(_json_name(name))}: {{{{lead.{name}}}}}" for name in names]
    return {
        "payload_template": "{\n" + ",\n".join(lines) + "\n}",
        "request_token_encoding": "JSON",
        "custom_headers": [("Content-Type", "application/json")],
    }


def _json_name(label: str) -> str:
    return re.sub(r"\W+", "_", label.strip().lower()).strip("_") or "value"


def _ask_pairs(parts: Parts, name: str, what: str, example: str, sign: str) -> None:
    for pair in parts.get(name, ()):
        click.echo(f"  {what}: {pair[0]}{sign} {pair[1]}")
    while text := click.prompt(
        f"{what} such as '{example}' (Return: no more)", default="", show_default=False
    ):
        left, found, right = (piece.strip() for piece in text.partition(sign))
        if not (left and found and right):
            click.echo(f"  want {example!r}", err=True)
            continue
        _holds(parts, {name: [*parts.get(name, ()), (left, right)]})
