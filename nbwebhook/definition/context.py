"""Token values that do not come from the lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)
from pydantic_core import PydanticCustomError

from nbwebhook.definition.secrets import (
    SECRET_SOURCES,
    Secret,
    SecretSource,
    look_up_secret,
)
from nbwebhook.definition.urls import Origin
from nbwebhook.errors import Fault, InvalidContext

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Context", "TokenValue"]

TokenValue = str | bool | int | float | Decimal | date | datetime | None


def _hidden(value: object) -> Secret:
    """Return a secret, given as itself or as text."""
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        kind = {"kind": type(value).__name__}
        raise PydanticCustomError("secret", "a secret is text, not {kind}", kind)
    return Secret(value)


class Context(BaseModel):
    """Values of the tokens that are the same for every lead of a run.

    Names are matched without regard to case, as in Marketo. A secret that is not given
    here is looked up when a run starts: in the environment, then in the keyring if the
    package keyring is installed, under the origin that the webhook goes to. Secrets are
    masked in every repr.

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
        secrets: Values for `{{secret.NAME}}`: text, or a `Secret`, which can be for one
            origin only.
        time_zone: The account's time zone, an IANA name, for the system tokens and
            for dates with a time zone.
        secret_sources: Where a secret is looked up that is not given; none for nowhere.

    Raises:
        InvalidContext: A value is of a type that has no text form, or the zone is
            unknown.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True
    )

    my: Mapping[str, TokenValue] = Field(default_factory=dict)
    program: Mapping[str, TokenValue] = Field(default_factory=dict)
    campaign: Mapping[str, TokenValue] = Field(default_factory=dict)
    trigger: Mapping[str, TokenValue] = Field(default_factory=dict)
    member: Mapping[str, TokenValue] = Field(default_factory=dict)
    social: Mapping[str, TokenValue] = Field(default_factory=dict)
    system: Mapping[str, TokenValue] = Field(default_factory=dict)
    secrets: Mapping[str, Annotated[Secret, BeforeValidator(_hidden)]] = Field(
        default_factory=dict, repr=False
    )
    time_zone: str = "UTC"
    secret_sources: tuple[SecretSource, ...] = SECRET_SOURCES

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
            secrets: Mapping[str, str | Secret] = ...,
            time_zone: str = "UTC",
            secret_sources: tuple[SecretSource, ...] = ...,
        ) -> None: ...

    else:

        def __init__(self, /, **values):  # noqa: ANN003, ANN204 - typed above
            faults = ()
            try:
                super().__init__(**values)
            except ValidationError as error:
                faults = _faults(error)
            # A verbose traceback shows the variables of every frame.
            del values
            if faults:
                raise InvalidContext(faults)

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

    def find_secret(self, name: str, origin: Origin | None = None) -> Secret | None:
        """Return the secret called `name`, given or looked up; None if nobody has it.

        Args:
            name: In any case where it is given, else as it is written.
            origin: Where the webhook goes, which the keyring is asked for.
        """
        for known, secret in self.secrets.items():
            if known.lower() == name.lower():
                return secret
        return look_up_secret(name, origin, self.secret_sources)

    def replace(self, **values: object) -> Self:
        """Return a copy with some values replaced, checked anew."""
        for name in type(self).model_fields:
            values.setdefault(name, getattr(self, name))
        try:
            return type(self)(**values)  # type: ignore[arg-type]  # values by name
        finally:
            values.clear()  # a verbose traceback shows them

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
