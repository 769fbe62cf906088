"""What makes a run the same run: fingerprints of its definition and its leads.

A journal keeps hashes and no text, so that a difference can be named and nothing can be
read. Secrets have no part in it: a key may be renewed between a crash and its resumption.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Field, Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.render.leads import Column, LeadBlock, Unsendable

__all__ = ["Identity", "LeadsPrint", "definition_parts", "leads_parts"]

_PROPERTIES = {
    "url": "url",
    "request_type": "request type",
    "payload_template": "payload template",
    "request_token_encoding": "request token encoding",
    "response_type": "response type",
    "response_mappings": "response mappings",
}
_SCOPES = ("my", "program", "campaign", "trigger", "member", "social", "system")
_OF_LEADS = ("column ", "key column ")
_NAMED = 8
_BETWEEN = "|~^`"
"""Signs that stand as they are in a text of JSON, and are rare in lists."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a run is.

    Attributes:
        total: Leads in its list.
        parts: A fingerprint for each thing that it depends on, by the name that
            people know it by.
        webhook: What the webhook is called; has no part in who the run is.
    """

    total: int
    parts: Mapping[str, str]
    webhook: str = ""

    def differences(self, total: int, parts: Mapping[str, str]) -> tuple[str, ...]:
        """Return what differs in another run, by name; nothing if it is the same.

        Example:
            >>> Identity(3, {"url": "1f"}).differences(3, {"url": "2e"})
            ('url',)
            >>> Identity(3, {"url": "1f"}).differences(4, {"url": "1f"})
            ('the number of leads (4 there, 3 here)',)
        """
        names = dict.fromkeys([*self.parts, *parts])
        found = [name for name in names if self.parts.get(name) != parts.get(name)]
        others = [name for name in found if not name.startswith(_OF_LEADS)]
        if self.total != total:
            # Every column of another number of leads differs: that says nothing more.
            count = f"the number of leads ({total:,} there, {self.total:,} here)"
            found = [count, *others]
        elif others:
            # Another definition reads other columns.
            found = [
                n for n in found if n in others or (n in self.parts and n in parts)
            ]
        if len(found) > _NAMED:
            found[_NAMED:] = [f"{len(found) - _NAMED:,} more"]
        return tuple(found)


def definition_parts(
    webhook: Webhook, context: Context, fields: Fields, *, campaign: str = "trigger"
) -> dict[str, str]:
    """Return the fingerprints of all that decides what is sent and what it changes.

    The webhook's name and description have no part in it, and secrets none.

    Args:
        webhook: The definition.
        context: Values that do not come from the lead.
        fields: The field table; those declared by the user count.
        campaign: What kind of campaign calls it.
    """
    parts = {
        shown: _hash(getattr(webhook, name)) for name, shown in _PROPERTIES.items()
    }
    for name, value in webhook.custom_headers:
        place = f"custom header {name!r}"
        parts[place] = _hash([parts.get(place), value])
    for scope in _SCOPES:
        for name, value in getattr(context, scope).items():
            parts[f"context value {scope}.{name.lower()}"] = _hash(value)
    parts["time zone"] = _hash(context.time_zone)
    for field in sorted(set(fields) - set(Fields()), key=lambda field: field.label):
        parts[f"field {field.label!r}"] = _hash(_field_facts(field))
    parts["campaign"] = _hash(campaign)
    return parts


def _field_facts(field: Field) -> list[object]:
    return [list(field.names), field.type, field.is_read_only]


def leads_parts(blocks: Iterable[LeadBlock], key_column: str) -> dict[str, str]:
    """Return the fingerprints of the keys and of each column that a run reads.

    Args:
        blocks: All leads, in their order, with the columns that are rendered or whose
            present value counts.
        key_column: The column that tells leads apart.
    """
    prints = LeadsPrint(key_column)
    for block in blocks:
        prints.add(block.keys, block.columns)
    return prints.parts


class LeadsPrint:
    """Fingerprints of leads that come a block after another.

    Args:
        key_column: The column that tells leads apart.
    """

    def __init__(self, key_column: str) -> None:
        self._key_column = key_column
        self._keys = blake2b(digest_size=16)
        self._columns: dict[str, blake2b] = {}

    def add(self, keys: Sequence[str | None], columns: Iterable[Column]) -> None:
        """Take the next leads; where one block ends and the next begins tells nothing."""
        self._keys.update(_bytes_of(keys))
        known = self._columns
        for column in columns:
            if column.name not in known:
                known[column.name] = blake2b(_bytes_of([column.type]), digest_size=16)
            known[column.name].update(_bytes_of(column.values))

    @property
    def parts(self) -> dict[str, str]:
        """A fingerprint for the keys and each column, by the name that people know."""
        of_keys = {f"key column {self._key_column!r}": self._keys.hexdigest()}
        return of_keys | {
            f"column {name!r}": told.hexdigest() for name, told in self._columns.items()
        }


def _hash(value: object) -> str:
    return blake2b(_bytes_of([value]), digest_size=16).hexdigest()


def _bytes_of(values: Sequence[object]) -> bytes:
    """Return values as bytes that tell lists apart, however they are cut in blocks."""
    told = _encode_texts(values)
    return f"{_encode(values)[1:-1] if told is None else told},".encode("ascii")


def _encode_texts(values: Sequence[object]) -> str | None:
    """Return texts as `_encode` does without its brackets, at a third of the cost.

    They are encoded as one text with a sign between them that no text has; None where
    that does not work.
    """
    for sign in _BETWEEN:
        try:
            together = sign.join(values)  # type: ignore[arg-type]  # what else raises
        except TypeError:
            return None
        if together.count(sign) == len(values) - 1:
            return _encode(together).replace(sign, '","')
    return None


def _tagged(value: object) -> object:
    if isinstance(value, Unsendable):
        return ["unsendable", value.problem]
    if isinstance(value, Sequence):
        return list(value)
    return [type(value).__name__, str(value)]


# Made once: `json.dumps` would make one for each block.
_encode = json.JSONEncoder(default=_tagged, separators=(",", ":")).encode
