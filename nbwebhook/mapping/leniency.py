"""What the options past Marketo let a field take that it would not take as Marketo has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import tzinfo

from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import NotCoercible
from nbwebhook.mapping.coerce import coerce_value, cut_text
from nbwebhook.mapping.outcome import Fate, FieldValue

__all__ = ["Leniency"]

_RELATIVE = re.compile(r"[+-]\d{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Leniency:
    """Coerces values with the options of one webhook.

    Attributes:
        beyond: The options.
        from_xml: Whether values are of an XML document.
        zone: The time zone of dates and times that name none.
    """

    beyond: Beyond
    from_xml: bool
    zone: tzinfo

    def coerce(
        self, raw: object, field_type: FieldType | None, old_text: str | None
    ) -> tuple[FieldValue, str]:
        """Return `raw` as the field holds it, and what an option has done to it.

        Args:
            raw: What a getter returned; None for JSON's null.
            field_type: The field's type; None for a field of no declared type.
            old_text: The lead's present value as text, None where it is empty.

        Raises:
            NotCoercible: As `coerce_value`, where no option helps.
        """
        if field_type is FieldType.SCORE and self._is_relative(raw):
            return self._moved(str(raw).strip(), old_text)
        try:
            return self._coerced(raw, field_type), ""
        except NotCoercible as error:
            if error.fate == Fate.NULL and self.beyond.null_clears:
                return None, "null in the response clears the field"
            is_too_long = error.fate == Fate.TOO_LONG and self.beyond.cut_long_text
            if is_too_long and isinstance(raw, str) and field_type is not None:
                return cut_text(raw, field_type), "cut to what the field holds"
            raise

    def _coerced(self, raw: object, field_type: FieldType | None) -> FieldValue:
        is_number_text = (
            self.beyond.json_text_numbers
            and isinstance(raw, str)
            and field_type is not None
            and field_type.is_number
            and not raw.isspace()
            and raw != ""
        )
        from_xml = self.from_xml or is_number_text
        return coerce_value(raw, field_type, from_xml=from_xml, zone=self.zone)

    def _is_relative(self, raw: object) -> bool:
        is_wanted = self.beyond.relative_scores and isinstance(raw, str)
        return is_wanted and bool(_RELATIVE.fullmatch(str(raw).strip()))

    def _moved(self, change: str, old_text: str | None) -> tuple[FieldValue, str]:
        try:
            old = coerce_value(old_text or "0", FieldType.SCORE, from_xml=True)
        except NotCoercible:
            problem = "the present score is no whole number to count from"
            raise NotCoercible(Fate.TYPE_MISMATCH, problem) from None
        new = int(str(old)) + int(change)
        return coerce_value(new, FieldType.SCORE, from_xml=False), "relative score"
