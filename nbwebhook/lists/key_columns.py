"""The column that tells leads apart, and any other, by one of its names."""

from __future__ import annotations

from collections.abc import Sequence

from nbwebhook.definition.fields import Fields, fold_name
from nbwebhook.errors import AmbiguousColumn, MissingColumn

__all__ = ["find_column", "find_key_column"]

_DEFAULT_KEYS = ("Id", "Email Address")


def find_column(
    columns: Sequence[str], name: str, *, fields: Fields | None = None
) -> str | None:
    """Return the column that a name means, or None.

    The best fit wins: the column of exactly that name, one that differs by case or
    outer spaces only, one of another name of the same field.

    Args:
        columns: Names of the columns.
        name: A column's name, or a field's label, REST name or SOAP name.
        fields: The field table; None for Marketo's standard fields.

    Raises:
        AmbiguousColumn: Several columns fit equally well.

    Example:
        >>> find_column(["ID", "email"], "Email Address")
        'email'
    """
    if name in columns:
        return name
    field = (fields or Fields()).find(name)
    others = {fold_name(other) for other in field.names} if field else set()
    for names in ({fold_name(name)}, others):
        fitting = tuple(column for column in columns if fold_name(column) in names)
        if len(fitting) > 1:
            raise AmbiguousColumn(name, fitting)
        if fitting:
            return fitting[0]
    return None


def find_key_column(
    columns: Sequence[str], key: str | None = None, *, fields: Fields | None = None
) -> str:
    """Return the column that tells leads apart: `key`, else Id, else Email Address.

    Args:
        columns: Names of the columns.
        key: A column's name, or any name of its field, in any case.
        fields: The field table; None for Marketo's standard fields.

    Raises:
        MissingColumn: There is no such column.
        AmbiguousColumn: Several columns fit equally well.

    Example:
        >>> find_key_column(["Email Address", "id"])
        'id'
    """
    for name in _DEFAULT_KEYS if key is None else (key,):
        column = find_column(columns, name, fields=fields)
        if column is not None:
            return column
    if key is not None:
        raise MissingColumn(key, tuple(columns), "key")
    wanted_for = 'key column (Id, else Email Address, else named by key="...")'
    raise MissingColumn(_DEFAULT_KEYS[-1], tuple(columns), wanted_for)
