"""Where response mappings write to."""

from collections.abc import Mapping

import pytest

from nbwebhook.definition.fields import Field, Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import AmbiguousColumn, Fault, InvalidDefinition
from nbwebhook.mapping.targets import Target, resolve_targets

COLUMNS: Mapping[str, FieldType | None] = {
    "Email Address": FieldType.STRING,
    "Company": FieldType.STRING,
    "leadScore": FieldType.STRING,
    "Segment": FieldType.INTEGER,
    "Note": None,
    "Tier": FieldType.STRING,
}
FIELDS = Fields({"Tier": "integer", "Grade": "percent"})


def _hook(*fields: str) -> Webhook:
    return Webhook(
        url="https://a.test/",
        name="Score",
        response_mappings=[(f"a.b{n}", field) for n, field in enumerate(fields, 1)],
    )


def _resolve(
    *names: str,
    columns: Mapping[str, FieldType | None] = COLUMNS,
    key_column: str | None = None,
) -> tuple[Target, ...]:
    return resolve_targets(
        _hook(*names), columns=columns, fields=FIELDS, key_column=key_column
    )


def _standard(name: str) -> Field:
    field = Fields().find(name)
    assert field is not None
    return field


@pytest.mark.parametrize(
    ("name", "field", "column", "found_by"),
    [
        pytest.param("Email", _standard("Email"), "Email Address", "soap", id="soap"),
        pytest.param(
            "Email Address", _standard("Email"), "Email Address", "label", id="label"
        ),
        pytest.param(
            "annualRevenue", _standard("annualRevenue"), "", "rest", id="rest"
        ),
        pytest.param("email", _standard("Email"), "Email Address", "rest", id="e-mail"),
        pytest.param("EMAIL", _standard("Email"), "Email Address", "soap", id="case"),
        pytest.param(
            "company name", _standard("Company"), "Company", "label", id="fold"
        ),
        pytest.param(
            "LeadScore", _standard("LeadScore"), "leadScore", "soap", id="own-type"
        ),
        pytest.param(
            "Company Name", _standard("Company"), "Company", "label", id="other-name"
        ),
        pytest.param(
            "Tier", Field("Tier", FieldType.INTEGER), "Tier", "label", id="declared"
        ),
        pytest.param(
            "grade", Field("Grade", FieldType.PERCENT), "", "label", id="no-column"
        ),
        pytest.param(
            "segment",
            Field("Segment", FieldType.INTEGER),
            "Segment",
            "column",
            id="column",
        ),
        pytest.param(
            " Note ", Field("Note", None), "Note", "column", id="column-of-no-type"
        ),
        pytest.param(" Fresh ", Field("Fresh", None), "", "new", id="new"),
        pytest.param(
            "Unsubscribed", _standard("Unsubscribed"), "", "soap", id="partly"
        ),
    ],
)
def test_a_mapping_finds_its_field_and_column(
    name: str, field: Field, column: str, found_by: str
) -> None:
    """A standard or declared field keeps its type; else the column gives it."""
    (target,) = _resolve(name)
    assert (target.field, target.column, target.found_by) == (field, column, found_by)
    assert target.mapping == ("a.b1", name)


def test_targets_keep_the_order_of_the_mappings() -> None:
    """One target a mapping, also where two write one field."""
    names = [target.field.label for target in _resolve("Tier", "Email", "tier")]
    assert names == ["Tier", "Email Address", "Tier"]
    assert _resolve() == ()


@pytest.mark.parametrize(
    ("name", "columns", "fitting"),
    [
        pytest.param("note", ("Note", "NOTE"), ("Note", "NOTE"), id="same-but-case"),
        pytest.param(
            "LeadScore",
            ("leadscore", "Lead Score", "LEADSCORE "),
            ("leadscore", "LEADSCORE "),
            id="name-before-other-names",
        ),
        pytest.param(
            "Company",
            ("Company Name", "company name"),
            ("Company Name", "company name"),
            id="other-name-twice",
        ),
        pytest.param(
            "dateOfBirth",
            ("Date of Birth", "Date Of Birth"),
            ("Date of Birth", "Date Of Birth"),
            id="label-twice",
        ),
    ],
)
def test_two_fitting_columns_are_refused(
    name: str, columns: tuple[str, ...], fitting: tuple[str, ...]
) -> None:
    """The columns that could be meant are named."""
    with pytest.raises(AmbiguousColumn, match="fits more than one column") as caught:
        _resolve(name, columns=dict.fromkeys(columns))
    assert (caught.value.name, caught.value.columns) == (name, fitting)


def test_the_name_in_the_mapping_wins_over_other_names_of_the_field() -> None:
    """A column of the very name is the one, whatever else would fit."""
    columns = dict.fromkeys(("Email Address", "email"))
    (target,) = _resolve("Email", columns=columns)
    assert target.column == "email"


def test_all_fields_that_cannot_be_written_are_listed() -> None:
    """Read-only fields and the key are refused at once, each with its place."""
    with pytest.raises(InvalidDefinition, match="webhook 'Score': 4 faults") as caught:
        _resolve("Id", "Tier", "createdAt", "Email", "tier", key_column="Tier")
    remedy = "map it to another field"
    assert caught.value.faults == (
        Fault(
            "response mapping 1 'a.b1'",
            "the field 'Id' is written by Marketo alone",
            remedy,
        ),
        Fault(
            "response mapping 2 'a.b2'",
            "the field 'Tier' is the key that tells leads apart",
            remedy,
        ),
        Fault(
            "response mapping 3 'a.b3'",
            "the field 'createdAt' is written by Marketo alone",
            remedy,
        ),
        Fault(
            "response mapping 5 'a.b5'",
            "the field 'tier' is the key that tells leads apart",
            remedy,
        ),
    )


@pytest.mark.parametrize(
    ("name", "key_column"),
    [
        pytest.param("Email", "Email Address", id="soap-name-of-the-key"),
        pytest.param("Email Address", "email", id="key-without-a-column-here"),
        pytest.param("segment", "Segment", id="column"),
        pytest.param("lead_id", "Lead_ID", id="new-name"),
    ],
)
def test_the_key_is_refused_under_every_name(name: str, key_column: str) -> None:
    """No name of the key column lets a response write it."""
    with pytest.raises(InvalidDefinition, match="is the key that tells leads apart"):
        _resolve(name, key_column=key_column)


def test_faults_come_before_an_ambiguous_column() -> None:
    """What is wrong with the definition is told before what is wrong with the list."""
    with pytest.raises(InvalidDefinition, match="response mapping 2"):
        _resolve("note", "Id", columns=dict.fromkeys(("Note", "NOTE")))
