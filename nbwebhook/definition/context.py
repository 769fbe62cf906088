"""Token values that do not come from the lead."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_core import PydanticCustomError

from nbwebhook.errors import Fault, InvalidContext

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Context", "TokenValue"]

TokenValue = str | bool | int | float | Decimal | date | datetime | None


class Context(BaseModel):
    """Values of the tokens that are the same for every lead of a run.

    Names are matched without regard to case, as in Marketo. A secret that is not given
    here is looked up in the environment when a run starts; secrets are masked in
    every repr.

    Attributes:
        my: My Tokens, by name without `my.`. Of several mappings, from the program's own
            to those of the outermost folder, the first that has a name counts: what is
            local overrides what is inherited.
        program: `name`, `id`, `description`.
        campaign: `name`, `id`, `description`.
        trigger: Trigger tokens such as `Name` or `Link`; a column of the leads called
            `trigger.Link` wins. One that is not given is the empty string.
        member: `webinar url` and the like.
        social: `Promo Code`, `Share Url`, `Social Email`.
        system: System tokens to be taken as given instead of made: `date`, `time`,
            `dateTime`, `munchkinId` and so on.
        secrets: Values for `{{secret.NAME}}`.
        time_zone: The account's time zone, an IANA name, for the system tokens and
            for dates with a time zone.

    Raises:
        InvalidContext: A value is of a type that has no text form, or the zone is
            unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    my: Mapping[str, TokenValue] = Field(default_factory=dict)
    program: Mapping[str, TokenValue] = Field(default_factory=dict)
    campaign: Mapping[str, TokenValue] = Field(default_factory=dict)
    trigger: Mapping[str, TokenValue] = Field(default_factory=dict)
    member: Mapping[str, TokenValue] = Field(default_factory=dict)
    social: Mapping[str, TokenValue] = Field(default_factory=dict)
    system: Mapping[str, TokenValue] = Field(default_factory=dict)
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict, repr=False)
    time_zone: str = "UTC"

    if TYPE_CHECKING:

        def __init__(  # noqa: PLR0913 - a scope each
            self,
            *,
            my: Mapping[str, TokenValue] | Sequence[Mapping[str, TokenValue]] = ...,
            program: Mapping[str, TokenValue] = ...,
            campaign: Mapping[str, TokenValue] = ...,
            trigger: Mapping[str, TokenValue] = ...,
            member: Mapping[str, TokenValue] = ...,
            social: Mapping[str, TokenValue] = ...,
            system: Mapping[str, TokenValue] = ...,
            secrets: Mapping[str, str] = ...,
            time_zone: str = "UTC",
        ) -> None: ...

    else:

        def __init__(self, /, **values):  # noqa: ANN003, ANN204 - typed above
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise InvalidContext(_faults(error)) from None

    @field_validator("my", mode="before")
    @classmethod
    def _inherit(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        found: dict[str, tuple[object, object]] = {}
        for layer in value:
            if not isinstance(layer, Mapping):
                problem = "a list of mappings, the program's own first"
                raise PydanticCustomError("layers", "{wanted}", {"wanted": problem})
            for name, token in layer.items():
                found.setdefault(str(name).strip().casefold(), (name, token))
        return dict(found.values())

    @field_validator("secrets", mode="before")
    @classmethod
    def _hide(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {
            name: SecretStr(secret) if isinstance(secret, str) else secret
            for name, secret in value.items()
        }

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PydanticCustomError(
                "zone", "{zone} is not an IANA time zone", {"zone": repr(value)}
            ) from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)

    def secret_value(self, name: str) -> str | None:
        """Return the secret called `name`, given or from the environment."""
        for known, secret in self.secrets.items():
            if known.lower() == name.lower():
                return secret.get_secret_value()
        return os.environ.get(name)

    def replace(self, **values: object) -> Self:
        """Return a copy with some values replaced, checked anew."""
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**(kept | values))

    __replace__ = replace  # what copy.replace calls


def _faults(error: ValidationError) -> tuple[Fault, ...]:
    found: dict[str, Fault] = {}
    for item in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in item["loc"][:2])
        found.setdefault(place, Fault(place, *_problem(item)))
    return tuple(found.values())


def _problem(item: ErrorDetails) -> tuple[str, str]:
    scope, *inner = item["loc"]
    if item["type"] == "extra_forbidden":
        return "is not a scope", f"there are {', '.join(Context.model_fields)}"
    if not inner or scope in {"secrets", "time_zone"}:
        return item["msg"], ""
    return "not text, a number, true or false, a date or nothing", ""
