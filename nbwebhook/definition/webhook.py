"""What a webhook is: every property that Marketo's form has, checked when made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sized
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from nbwebhook.definition.beyond import BEYOND_PLACE, Beyond
from nbwebhook.definition.faults import MAX_PAIRS, faults_of_model, faults_of_parts
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.files import (
    FORMAT,
    Provenance,
    parse_definition,
    read_definition,
)
from nbwebhook.definition.urls import Origin, split_url
from nbwebhook.errors import Fault, InvalidDefinition

if TYPE_CHECKING:
    from nbwebhook.definition.marketo import SetupSheet
    from nbwebhook.definition.proposals import NamedValues

__all__ = [
    "CustomHeader",
    "RequestTokenEncoding",
    "RequestType",
    "ResponseMapping",
    "ResponseType",
    "Webhook",
]

RequestType = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
RequestTokenEncoding = Literal["None", "JSON", "Form/Url"]
ResponseType = Literal["JSON", "XML", "None"]

_MAX_SHOWN = 80


class CustomHeader(NamedTuple):
    """A header of the request; its value may hold tokens."""

    name: str
    value: str


class ResponseMapping(NamedTuple):
    """Where a value stands in the response, and the field that it is written to.

    Attributes:
        attribute: The path of the value: `result.score`, `orders[0].orderDate`; for
            XML every element from the root down, `example.foo`.
        field: The field's SOAP API name as in Marketo, or a column of the leads.
    """

    attribute: str
    field: str


def _choice(*choices: str) -> BeforeValidator:
    """Return a validator that takes a choice in any case, and None for 'None'."""
    by_fold = {choice.casefold(): choice for choice in choices}

    def choose(value: object) -> object:
        if value is None and "None" in choices:
            return "None"
        return by_fold.get(value.casefold(), value) if isinstance(value, str) else value

    return BeforeValidator(choose)


def _pairs(value: object) -> object:
    if isinstance(value, Mapping):
        value = tuple(value.items())
    elif isinstance(value, Iterator):
        value = tuple(islice(value, MAX_PAIRS + 1))
    if isinstance(value, Sized) and len(value) > MAX_PAIRS:
        raise PydanticCustomError("pairs", "more than 1,000 of them")
    return value


def _without_nothing(value: object) -> object:
    return "" if value is None else value


class _Pairs:
    """The JSON Schema of headers and mappings: an object, or a list of pairs."""

    @classmethod
    def __get_pydantic_json_schema__(cls, *_: object) -> dict[str, object]:
        pair = {
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "string"}],
            "minItems": 2,
            "maxItems": 2,
        }
        return {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": "string"}},
                {"type": "array", "items": pair},
            ]
        }


class _Options:
    """The JSON Schema of the options past Marketo, in its place."""

    @classmethod
    def __get_pydantic_json_schema__(cls, *_: object) -> dict[str, object]:
        schema = Beyond.model_json_schema()
        del schema["description"]
        return schema


class Webhook(BaseModel):
    """A webhook's definition, with Marketo's names for its properties.

    Making one checks it: a definition that exists has no faults of its own. Nothing is
    run, read or sent by making, loading or saving one.

    Attributes:
        url: Where the call goes, sent as written; tokens in path and query.
        name: What people call it.
        description: What it is for.
        request_type: The HTTP method.
        payload_template: The request's body with tokens; none with GET.
        request_token_encoding: How values are written into the request: `JSON` quotes
            text by itself, `Form/Url` percent-encodes it, `None` leaves it raw.
        response_type: What the service answers; mappings need JSON or XML.
        custom_headers: Pairs of name and value; values may hold tokens.
        response_mappings: Pairs of response attribute and field.
        beyond: Options that go past Marketo; none is set unless somebody does.

    Raises:
        InvalidDefinition: With every fault and its place.

    Example:
        >>> hook = Webhook(
        ...     url="https://score.example.test/leads?id={{lead.Id}}",
        ...     request_type="GET",
        ...     response_mappings={"result.score": "LeadScore"},
        ... )
        >>> hook.response_mappings[0].field
        'LeadScore'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = ""
    description: str = ""
    url: str
    request_type: Annotated[
        RequestType, _choice("GET", "POST", "PUT", "PATCH", "DELETE")
    ] = "POST"
    payload_template: Annotated[str, BeforeValidator(_without_nothing)] = ""
    request_token_encoding: Annotated[
        RequestTokenEncoding, _choice("None", "JSON", "Form/Url")
    ] = "None"
    response_type: Annotated[ResponseType, _choice("JSON", "XML", "None")] = "JSON"
    custom_headers: Annotated[
        tuple[CustomHeader, ...], Field(strict=False), BeforeValidator(_pairs), _Pairs
    ] = ()
    response_mappings: Annotated[
        tuple[ResponseMapping, ...],
        Field(strict=False),
        BeforeValidator(_pairs),
        _Pairs,
    ] = ()
    beyond: Annotated[Beyond, _Options] = Beyond()

    _provenance: Provenance = PrivateAttr(Provenance())

    if TYPE_CHECKING:

        def __init__(  # noqa: PLR0913 - as many as Marketo's form has boxes
            self,
            *,
            url: str,
            name: str = "",
            description: str = "",
            request_type: str = "POST",
            payload_template: str | None = "",
            request_token_encoding: str | None = "None",
            response_type: str | None = "JSON",
            custom_headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
            response_mappings: Mapping[str, str] | Iterable[tuple[str, str]] = (),
            beyond: Beyond | Mapping[str, object] = ...,
        ) -> None: ...

    else:

        def __init__(self, /, **parts):  # noqa: ANN003, ANN204 - typed above
            parts, faults = _with_options(parts)
            good = parts
            try:
                super().__init__(**parts)
                good = self.__dict__
            except ValidationError as error:
                details = error.errors(include_input=False, include_url=False)
                faults += tuple(faults_of_model(details))
                bad = {str(item["loc"][0]) for item in details if item["loc"]}
                good = {k: _plain(v) for k, v in parts.items() if k not in bad}
            faults += tuple(faults_of_parts(good))
            if faults:
                raise InvalidDefinition(_shown_name(parts), faults) from None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the definition in the file at `path`, as `save` writes it.

        Raises:
            InvalidDefinition: The file cannot be read, is not JSON or has faults.
        """
        source = str(path)
        return cls.parse(source, read_definition(source))

    @classmethod
    def parse(cls, source: str, raw: bytes) -> Self:
        """Return the definition in the bytes of a file.

        Args:
            source: What to call the file in messages.
            raw: Its bytes.

        Raises:
            InvalidDefinition: They are not JSON or have faults.
        """
        parts = parse_definition(source, raw)
        try:
            made = cls(**parts)
        except InvalidDefinition as error:
            raise InvalidDefinition(error.name or source, error.faults) from None
        return made.read_from(source)

    @classmethod
    def from_curl(
        cls,
        text: str,
        lead: NamedValues | None = None,
        *,
        fields: Fields | None = None,
    ) -> Self:
        """Return the webhook that sends what a curl command sends; nothing is run.

        A shell variable becomes a secret, `{{secret.NAME}}`. Options that belong to a
        run, such as a time limit, are left out and told in the description. A user
        name and password become the header that curl makes of them.

        Args:
            text: One curl command as for a POSIX shell, over several lines if it is.
            lead: A lead's values by name, such as `leads.iloc[0]`; where the command
                holds one of them, the lead's token stands in its place. Look at it:
                an equal value may be chance.
            fields: The field table, for other names of fields.

        Raises:
            InvalidDefinition: The text is no such command, or holds what a webhook has
                no place for: files, forms of several parts, proxies.

        Example:
            >>> command = "curl 'https://example.test/v1?id=7' -d name=Zoe"
            >>> hook = Webhook.from_curl(command, {"Id": 7, "First Name": "Zoe"})
            >>> hook.url, hook.payload_template
            ('https://example.test/v1?id={{lead.Id}}', 'name={{lead.First Name}}')
        """
        from nbwebhook.definition.from_curl import (  # noqa: PLC0415 - few need it
            curl_parts,
        )

        return cls(**curl_parts(text, lead, fields))  # type: ignore[arg-type]  # properties by name

    def save(self, path: str | Path) -> None:
        """Write the definition to `path` as JSON; by convention `NAME.webhook.json`.

        Raises:
            OSError: The file cannot be written.
        """
        Path(path).write_text(self.to_json(), encoding="utf-8", newline="\n")

    def to_json(self) -> str:
        """Return the definition as the JSON text that `save` writes."""
        kept: dict[str, object] = {"format": FORMAT}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in {"custom_headers", "response_mappings"}:
                keys = {pair[0] for pair in value}
                is_unique = len(keys) == len(value)
                value = dict(value) if is_unique else [list(pair) for pair in value]
            if name == "beyond":
                value = value.options_set
                if not value:
                    continue
            kept[name] = value
        return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a definition file."""
        schema = cls.model_json_schema()
        schema["properties"] = {
            "format": {"const": FORMAT},
            **schema["properties"],
        }
        schema["required"] = ["format", *schema["required"]]
        return schema

    def setup_sheet(self, fields: Fields | None = None) -> SetupSheet:
        """Return what to enter in which box of Marketo's form, to look at and copy.

        Args:
            fields: The field table, for the SOAP names of custom fields.
        """
        from nbwebhook.definition.marketo import (  # noqa: PLC0415 - loads the pages
            make_setup_sheet,
        )

        return make_setup_sheet(self, fields)

    @property
    def origin(self) -> Origin:
        """Scheme, host and port that every call goes to."""
        return split_url(self.url)[0]

    @property
    def source(self) -> str:
        """The file that it was read from; empty for one that was made in code."""
        return self._provenance.source

    def read_from(self, source: str) -> Self:
        """Return this definition as one that came from a file, and so needs trust."""
        if source == self.source:
            return self
        made = self.model_copy()
        made._provenance = Provenance(source)  # noqa: SLF001 - one of its own kind
        return made

    def replace(self, **parts: object) -> Self:
        """Return a copy with some properties replaced, checked anew."""
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**(kept | parts)).read_from(self.source)

    __replace__ = replace  # what copy.replace calls


def _with_options(
    parts: dict[str, object],
) -> tuple[dict[str, object], tuple[Fault, ...]]:
    """Return the parts with `beyond` as an object, and what is wrong with it."""
    given = parts.get("beyond")
    if given is None or isinstance(given, Beyond):
        return {k: v for k, v in parts.items() if k != "beyond" or v is not None}, ()
    kept = {name: value for name, value in parts.items() if name != "beyond"}
    if not isinstance(given, Mapping):
        problem = "is not an object of options and their values"
        return kept, (Fault(BEYOND_PLACE, problem),)
    try:
        return kept | {"beyond": Beyond.parse(given)}, ()
    except InvalidDefinition as error:
        return kept, error.faults


def _shown_name(parts: Mapping[str, object]) -> str:
    name = parts.get("name")
    return name[:_MAX_SHOWN] if isinstance(name, str) else ""


def _plain(value: object) -> object:
    """Return headers and mappings as pairs where they can be, else as they are."""
    pairs = value.items() if isinstance(value, Mapping) else value
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        return value
    found = tuple(tuple(pair) for pair in pairs if isinstance(pair, tuple | list))
    is_text = all(len(p) == 2 and all(isinstance(t, str) for t in p) for p in found)  # noqa: PLR2004 - a pair
    return found if is_text else value
