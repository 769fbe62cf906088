"""Options that go past Marketo: each is off, and then a webhook runs here as it does there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from nbwebhook.errors import Fault, InvalidDefinition

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["BEYOND_PLACE", "Beyond", "DatetimeFormat"]

DatetimeFormat = Literal["marketo", "iso", "iso_utc"]
BEYOND_PLACE = "beyond"
_SHOWN = 60


def _fold(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


class Beyond(BaseModel):
    """What a webhook does here that Marketo does not do; all off by default.

    A definition with an option set no longer says "this runs in Marketo as it does
    here"; `check` and the setup sheet tell which ones are set.

    Attributes:
        lenient_json_quotes: Under JSON encoding, a token inside a quoted string of the
            template is written without quotes of its own, so that `"{{lead.City}}"`
            and `"Dear {{lead.First Name}}"` make valid JSON. Marketo adds its quotes
            all the same, and sends `""Oslo""`.
        empty_as_null: Under JSON encoding, an empty number or boolean field without a
            default is written as `null`. Marketo leaves nothing there, and the body
            is no longer JSON.
        xml_escape: In a payload under the encoding None, values are escaped for XML:
            `&` as `&amp;` and so on. Marketo has no XML encoding and sends values raw,
            so that one `&` breaks the document.
        datetime_format: How dates with a time are written: `marketo` as
            `2013-08-08 16:36:13`, in the account's time zone and without saying so;
            `iso` as `2013-08-08T16:36:13-07:00`; `iso_utc` as `2013-08-08T23:36:13Z`.
            One without a zone counts as of the account's. `{{system.dateTime}}` and
            text columns stay as they are. Marketo knows the first form alone.
        null_clears: A null at a mapping's path, or an empty XML element, empties the
            field. Of Marketo this is not known; here the field keeps its value.
        cut_long_text: A text longer than the field holds is cut to fit. Without it
            nothing is written; of Marketo it is not known.
        relative_scores: The texts `+5` and `-5` change a Score field by so much; an
            empty one counts from 0. Marketo's response mappings are not known to do
            so; here such a text is not written.
        json_text_numbers: A JSON text that is a number, such as `"42"`, is written to
            a number field. Marketo does not write a string to one.

    Raises:
        InvalidDefinition: An option is unknown or has no such value; with all faults.

    Example:
        >>> Beyond(xml_escape=True).options_set
        {'xml_escape': True}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    lenient_json_quotes: bool = False
    empty_as_null: bool = False
    xml_escape: bool = False
    datetime_format: Annotated[DatetimeFormat, BeforeValidator(_fold)] = "marketo"
    null_clears: bool = False
    cut_long_text: bool = False
    relative_scores: bool = False
    json_text_numbers: bool = False

    if TYPE_CHECKING:

        def __init__(  # noqa: PLR0913 - one an option
            self,
            *,
            lenient_json_quotes: bool = False,
            empty_as_null: bool = False,
            xml_escape: bool = False,
            datetime_format: str = "marketo",
            null_clears: bool = False,
            cut_long_text: bool = False,
            relative_scores: bool = False,
            json_text_numbers: bool = False,
        ) -> None: ...

    else:

        def __init__(self, /, **options):  # noqa: ANN003, ANN204 - typed above
            try:
                super().__init__(**options)
            except ValidationError as error:
                details = error.errors(include_input=False, include_url=False)
                raise InvalidDefinition("", tuple(_faults(details))) from None

    @classmethod
    def parse(cls, options: Mapping[object, object]) -> Beyond:
        """Return the options of a mapping, as a definition file has them.

        Raises:
            InvalidDefinition: As when one is made.
        """
        return cls(**{str(name): value for name, value in options.items()})  # type: ignore[arg-type]  # checked there

    @property
    def options_set(self) -> dict[str, bool | str]:
        """The options that differ from Marketo, by name, in their order."""
        values = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {
            name: value
            for name, value in values
            if value != type(self).model_fields[name].default
        }

    def __bool__(self) -> bool:
        """Return whether anything goes past Marketo."""
        return bool(self.options_set)


def _faults(details: list[ErrorDetails]) -> Iterator[Fault]:
    for item in details:
        name = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] == "extra_forbidden":
            known = ", ".join(Beyond.model_fields)
            problem, remedy = f"has no option {name[:_SHOWN]!r}", f"there are {known}"
            yield Fault(BEYOND_PLACE, problem, remedy)
        elif name == "datetime_format":
            problem = "is not 'marketo', 'iso' or 'iso_utc'"
            yield Fault(f"{BEYOND_PLACE}, {name}", problem)
        else:
            yield Fault(f"{BEYOND_PLACE}, {name}", "is not true or false")
