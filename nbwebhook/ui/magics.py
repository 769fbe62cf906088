"""`%load_ext nbwebhook`: a cell that holds a definition, `%%webhook NAME`."""

from __future__ import annotations

from typing import Any

from nbwebhook.definition.files import FORMAT, parse_definition
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidDefinition, InvalidPlan, NbWebhookError

__all__ = ["define_webhook", "load_ipython_extension"]


def define_webhook(line: str, body: str) -> tuple[str, Webhook]:
    """Return the name of the variable and the definition that a cell holds.

    The definition stands in the body only: IPython fills `{...}` and `$...` of the
    first line with the notebook's variables.

    Args:
        line: What stands behind `%%webhook`: a variable's name.
        body: The definition as JSON; `format` may be left out.

    Raises:
        InvalidPlan: The line is no name.
        InvalidDefinition: The body is no definition.
    """
    name = line.strip()
    if not name.isidentifier():
        problem = "write %%webhook NAME, and the definition below it as JSON"
        raise InvalidPlan("%%webhook", problem)
    text = body.strip()
    if text.startswith("{") and '"format"' not in text:
        text = f'{{"format": {FORMAT}, {text[1:]}'
    return name, Webhook(**parse_definition(f"%%webhook {name}", text.encode()))


def load_ipython_extension(ipython: Any) -> None:  # noqa: ANN401 - IPython's shell
    """Give a notebook the cell magic `%%webhook`; loading it twice does no harm."""

    def webhook(line: str, cell: str) -> None:
        """Keep the definition of this cell under a name: %%webhook NAME."""
        try:
            name, made = define_webhook(line, cell)
        except (InvalidDefinition, InvalidPlan) as error:
            _show_error(ipython, error)
            return
        ipython.push({name: made})
        sentence = f"{name}: {made.request_type} {made.origin}"
        ipython.display_pub.publish({"text/plain": sentence})

    ipython.register_magic_function(webhook, magic_kind="cell", magic_name="webhook")


def _show_error(ipython: Any, error: NbWebhookError) -> None:  # noqa: ANN401 - as above
    """Show an error in one paragraph, without the lines of this package."""
    ipython.showtraceback((type(error), error, None))
