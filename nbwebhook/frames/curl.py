"""One lead's request as a curl command, secrets as shell variables."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.departure import secret_names
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.proposals import NamedValues
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import RenderError
from nbwebhook.frames.cells import value_of_cell, value_of_float
from nbwebhook.frames.prepared import as_fields
from nbwebhook.render.curl import curl_command
from nbwebhook.render.leads import Column, LeadBlock, Value
from nbwebhook.render.renderer import Renderer

__all__ = ["to_curl"]


def to_curl(
    webhook: Webhook,
    lead: NamedValues,
    *,
    context: Context | None = None,
    fields: Fields | Mapping[str, str | FieldType] | None = None,
) -> str:
    r"""Return the curl command that sends what the webhook sends for one lead.

    No secret stands in it, given or not: `{{secret.KEY}}` is `"${KEY}"`, a variable of
    the shell that runs the command. Where the request encodes the secret, in the URL or
    in JSON, the variable has to hold it encoded.

    Args:
        webhook: The definition.
        lead: A lead's values by name, such as a dict or `leads.iloc[0]`.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.

    Raises:
        RenderError: The lead has no request; a run would refuse it.
        DefinitionError: The definition cannot be used.
        AmbiguousColumn: A token fits two of the values equally well.

    Example:
        >>> hook = Webhook(
        ...     url="https://example.test/v1?id={{lead.Id}}",
        ...     request_type="GET",
        ...     custom_headers={"X-Key": "{{secret.KEY}}"},
        ... )
        >>> print(to_curl(hook, {"Id": 7}))
        curl --request GET \
          --url 'https://example.test/v1?id=7' \
          --header 'X-Key: '"${KEY}"
    """
    context = context or Context()
    stand_ins = {name: f"x{secrets.token_hex(16)}x" for name in secret_names(webhook)}
    columns = tuple(Column(str(n), [_value_of(cell)]) for n, cell in lead.items())
    renderer = Renderer(
        webhook,
        columns=[column.name for column in columns],
        fields=as_fields(fields),
        context=context.replace(secrets=stand_ins),
        clock=RealClock(),
    )
    request = renderer.render(LeadBlock(0, [""], columns))[0]
    if isinstance(request, RenderError):
        raise request
    return curl_command(request, {text: name for name, text in stand_ins.items()})


def _value_of(cell: object) -> Value:
    """Return a cell as it is sent; a row of a frame may have made its integers floats."""
    if isinstance(cell, float) and cell.is_integer():
        return value_of_float(cell, is_integral=True)
    return value_of_cell(cell)
