"""The key column is found by any of its names."""

from __future__ import annotations

import pytest

from nbwebhook.definition.fields import Fields
from nbwebhook.errors import AmbiguousColumn, MissingColumn
from nbwebhook.lists.key_columns import find_column, find_key_column


@pytest.mark.parametrize(
    ("columns", "key", "found"),
    [
        pytest.param(["Email Address", "Id"], None, "Id", id="id-before-address"),
        pytest.param(["ID", "Email"], None, "ID", id="any-case"),
        pytest.param([" id "], None, " id ", id="outer-spaces"),
        pytest.param(["City", "Email Address"], None, "Email Address", id="address"),
        pytest.param(["City", "email"], None, "email", id="address-by-rest-name"),
        pytest.param(["City", "EMAIL"], None, "EMAIL", id="address-by-soap-name"),
        pytest.param(["Id", "City"], "City", "City", id="given"),
        pytest.param(["Id", "City"], "city", "City", id="given-in-any-case"),
        pytest.param(["Id", "email"], "Email Address", "email", id="given-label"),
        pytest.param(
            ["Id", "Email Address"], "email", "Email Address", id="given-rest"
        ),
        pytest.param(["Email", "email"], "email", "email", id="exact-name-wins"),
        pytest.param(
            ["Email Address", "Email"], "EMAIL", "Email", id="own-name-before-others"
        ),
        pytest.param(["Id", "id"], None, "Id", id="exact-label-wins"),
    ],
)
def test_the_key_column_is_found(
    columns: list[str], key: str | None, found: str
) -> None:
    """The one given, else Id, else Email Address, by any name of the field."""
    assert find_key_column(columns, key) == found


def test_a_declared_field_is_a_key_too() -> None:
    """The field table given decides."""
    fields = Fields({"Customer No": "string"})
    assert (
        find_key_column(["customer no"], "Customer No", fields=fields) == "customer no"
    )


@pytest.mark.parametrize(
    ("columns", "key", "words"),
    [
        pytest.param(
            ["A", "B"],
            None,
            r'key column \(Id, else Email Address, else named by key="..."\): no column '
            "'Email Address'; the leads have 'A', 'B'",
            id="none",
        ),
        pytest.param(
            ["Id"], "City", "key: no column 'City'; the leads have 'Id'", id="given"
        ),
        pytest.param(["Id"], "", "key: no column ''", id="empty"),
    ],
)
def test_a_key_column_that_is_missing_is_an_error_with_its_remedy(
    columns: list[str], key: str | None, words: str
) -> None:
    """The sentence names the columns that there are."""
    with pytest.raises(MissingColumn, match=words):
        find_key_column(columns, key)


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        pytest.param(["ID", "iD"], None, id="case"),
        pytest.param(["email", "Email"], "Email Address", id="other-names"),
    ],
)
def test_two_columns_that_fit_equally_are_an_error(
    columns: list[str], key: str | None
) -> None:
    """Neither guess would be right."""
    with pytest.raises(AmbiguousColumn, match="fits more than one column"):
        find_key_column(columns, key)


def test_a_column_that_is_not_there_is_none() -> None:
    """Whoever can do without asks for it with find_column."""
    assert find_column(["Id"], "City") is None
