"""Everything a check looks at: the definition, the list, and every rendered request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.tokens import place_in, scan_template
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import (
    AmbiguousColumn,
    DuplicateKey,
    ForeignSecret,
    InvalidContext,
    LeadsError,
    MissingSecret,
    RaggedRow,
    UnreadableList,
)
from nbwebhook.frames.prepared import as_fields, find_columns_read
from nbwebhook.lint.case import AmbiguousToken, Case
from nbwebhook.lint.definitions import open_definition
from nbwebhook.lint.findings import Finding, Findings
from nbwebhook.lint.lists import LeadList, left_of, look_at_keys, open_leads
from nbwebhook.lint.registry import RULES
from nbwebhook.lint.samples import try_sample
from nbwebhook.lint.survey import LeadFacts, Questions, survey_leads
from nbwebhook.lint.uses import find_uses
from nbwebhook.lists.text_lists import TextList
from nbwebhook.mapping.targets import Target, find_targets
from nbwebhook.render.encoding import Place
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.scopes import Scopes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["find_findings"]


def find_findings(  # noqa: PLR0913 - all that a run may be given
    webhook: Webhook | Mapping[str, object],
    leads: pd.DataFrame | TextList | None,
    *,
    context: Context | None,
    fields: Fields | Mapping[str, str | FieldType] | None,
    key: str | None,
    campaign: str,
    sample_response: str | bytes | None = None,
) -> Findings:
    """Return what would break or surprise, errors first; nothing is raised for bad input.

    Args:
        webhook: The definition, or the properties of one that may have faults.
        leads: The leads; None to look at the definition alone.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
        key: The column that tells leads apart.
        campaign: What kind of campaign calls it.
        sample_response: A response's body, to try the mappings on.
    """
    hook, found = open_definition(webhook)
    name = hook.name if hook else ""
    try:
        table = as_fields(fields)
    except InvalidContext as error:
        table = Fields()
        found += [
            Finding("error", "fields", fault.place, fault.problem, fault.remedy)
            for fault in error.faults
        ]
    opened, of_list = open_leads(leads, key, table)
    count = 0
    found += of_list
    if hook is not None:
        make = partial(
            _make_case,
            hook,
            context=context or Context(),
            fields=table,
            campaign=campaign,
        )
        case, of_leads = _case_with(make, opened)
        found += of_leads
        if sample_response is not None:
            case = try_sample(case, sample_response)
        for each in RULES:
            found.extend(each.findings(case))
        count = case.leads.count if case.leads else 0
    elif opened is not None:
        found += _faults_of_keys(opened)
    if not (leads is None or isinstance(leads, TextList)):
        count = len(leads)
    return Findings(found, webhook=name, leads=count)


def _case_with(
    make: Callable[[LeadList | None], Case], opened: LeadList | None
) -> tuple[Case, list[Finding]]:
    """Return the case with as much of the list as can be looked at, and what is wrong."""
    try:
        return make(opened), []
    except (DuplicateKey, UnreadableList, RaggedRow) as error:
        if opened is None:
            raise
        left, found = left_of(opened, error)
    case, others = _case_with(make, left)
    return case, found + others


def _faults_of_keys(opened: LeadList) -> list[Finding]:
    try:
        look_at_keys(opened)
    except LeadsError as error:
        return left_of(opened, error)[1]
    return []


def _make_case(
    webhook: Webhook,
    opened: LeadList | None,
    *,
    context: Context,
    fields: Fields,
    campaign: str,
) -> Case:
    types = opened.types if opened else {}
    columns, ambiguous = _clear_columns(webhook, tuple(types), fields, context)
    make = partial(Renderer, webhook, columns=columns, fields=fields, clock=RealClock())
    missing: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    usable, renderer = context, None
    while renderer is None:
        try:
            renderer = make(context=usable)
        except ForeignSecret as error:
            foreign = error.names
            usable = _with_stand_ins(usable, foreign)
        except MissingSecret as error:
            missing = error.names
            usable = _with_stand_ins(usable, missing)
    case = Case(
        webhook,
        context,
        fields,
        campaign,
        uses=find_uses(webhook, renderer.tokens),
        column_types=types if opened else None,
        found_targets=find_targets(
            webhook,
            columns=types,
            fields=fields,
            key_column=opened.key if opened else None,
        ),
        ambiguous=ambiguous,
        missing_secrets=missing,
        foreign_secrets=foreign,
    )
    return (
        case if opened is None else case.replace(leads=_survey(case, opened, renderer))
    )


def _with_stand_ins(context: Context, names: Sequence[str]) -> Context:
    """Return the context with something in place of the secrets called `names`."""
    folded = {name.lower() for name in names}
    kept = {n: s for n, s in context.secrets.items() if n.lower() not in folded}
    return context.replace(secrets=kept | dict.fromkeys(names, "secret"))


def _clear_columns(
    webhook: Webhook, columns: Sequence[str], fields: Fields, context: Context
) -> tuple[tuple[str, ...], tuple[AmbiguousToken, ...]]:
    """Return columns of which every token fits one at most, and the tokens that did not.

    Of several that a token fits the first is taken, so that the rest can be looked at.
    """
    ambiguous: dict[tuple[str, str], AmbiguousToken] = {}
    left = list(columns)
    is_clear = False
    while not is_clear:
        is_clear = True
        scopes = Scopes(left, fields, context)
        for part, text in _texts(webhook):
            for token in scan_template(text)[0].tokens:
                try:
                    scopes.find(token)
                except AmbiguousColumn as error:
                    place = place_in(part, text, token.start)
                    each = AmbiguousToken(place, token.label, error.columns)
                    ambiguous.setdefault((place, token.label), each)
                    left = [c for c in left if c not in error.columns[1:]]
                    is_clear = False
    return tuple(left), tuple(ambiguous.values())


def _texts(webhook: Webhook) -> Iterator[tuple[str, str]]:
    yield "url", webhook.url
    yield "payload template", webhook.payload_template
    for name, value in webhook.custom_headers:
        yield f"custom header {name!r}", value


def _survey(case: Case, opened: LeadList, renderer: Renderer) -> LeadFacts:
    probes = {
        (each.name, use.resolved.filling): each.probe
        for each in RULES
        if each.probe is not None
        for use in case.uses
        if use.resolved.filling is not None and each.probe.wants(case, use)
    }
    kinds = {
        use.resolved.column: case.kind_of(use)
        for use in case.uses
        if len(use.resolved.columns) == 1
    }
    for target in case.found_targets:
        if isinstance(target, Target) and target.column:
            kinds[target.column] = target.field.type
    questions = Questions(
        probes=probes,
        columns={name: kind for name, kind in kinds.items() if kind},
        emptiness=frozenset(
            use.resolved.columns for use in case.uses if use.resolved.columns
        ),
        headers=frozenset(
            use.resolved.filling
            for use in case.uses_in(Place.HEADER)
            if use.resolved.filling is not None
        ),
        json=case.json_slots,
    )
    targets = (each for each in case.found_targets if isinstance(each, Target))
    return survey_leads(
        opened.leads,
        opened.key,
        renderer,
        questions,
        learns=find_columns_read(renderer, targets),
    )
