"""The field table: standard fields, declared ones, and lists of them in files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.definition.fields import Field, Fields, FieldType, fold_name
from nbwebhook.errors import Fault, InvalidContext, NbWebhookError

TYPES = ", ".join(FieldType)


def test_the_table_holds_marketos_standard_fields() -> None:
    """The 83 of Adobe's list, and the tokens Id and Full Name."""
    fields = list(Fields())
    assert len(fields) == 85
    assert all(field.is_standard and field.type for field in fields)
    assert sum(field.soap_name == "" for field in fields) == 16
    assert sum(field.is_read_only for field in fields) == 33
    assert repr(Fields()) == "Fields(85 fields)"


@pytest.mark.parametrize(
    ("names", "field"),
    [
        pytest.param(
            ("Email Address", "Email", "email", "EMAIL ADDRESS", " email "),
            Field("Email Address", FieldType.EMAIL, "email", "Email", is_standard=True),
            id="email",
        ),
        pytest.param(
            ("Date of Birth", "DateofBirth", "dateOfBirth"),
            Field(
                "Date of Birth",
                FieldType.DATE,
                "dateOfBirth",
                "DateofBirth",
                is_standard=True,
            ),
            id="date-of-birth",
        ),
        pytest.param(
            ("Marketo Data.com ID", "Marketo Jigsaw Contact Id", "jigsawContactId"),
            Field(
                "Marketo Data.com ID",
                FieldType.STRING,
                "jigsawContactId",
                "Marketo Jigsaw Contact Id",
                is_standard=True,
            ),
            id="soap-name-with-spaces",
        ),
        pytest.param(
            ("Created At", "createdAt"),
            Field(
                "Created At",
                FieldType.DATETIME,
                "createdAt",
                is_read_only=True,
                is_standard=True,
            ),
            id="managed-by-marketo",
        ),
        pytest.param(
            ("Unsubscribed",),
            Field(
                "Unsubscribed",
                FieldType.BOOLEAN,
                "unsubscribed",
                "Unsubscribed",
                is_standard=True,
            ),
            id="partly-managed-is-writable",
        ),
        pytest.param(("No Such Field", "", " "), None, id="unknown"),
    ],
)
def test_a_field_goes_by_all_its_names(names: tuple[str, ...], field: Field) -> None:
    """Label, SOAP and REST name find one field, in any case."""
    fields = Fields()
    assert [fields.find(name) for name in names] == [field] * len(names)


def test_no_name_means_two_standard_fields() -> None:
    """The table has no clash between a name of one field and that of another."""
    holders: dict[str, set[Field]] = {}
    for field in Fields():
        for name in field.names:
            holders.setdefault(fold_name(name), set()).add(field)
    assert {name for name, found in holders.items() if len(found) > 1} == set()


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("String", FieldType.STRING),
        (" Text Area ", FieldType.TEXT_AREA),
        ("text-area", FieldType.TEXT_AREA),
        ("text", FieldType.TEXT_AREA),
        ("URL", FieldType.URL),
        ("reference", FieldType.INTEGER),
        ("bool", FieldType.BOOLEAN),
        ("Date Time", FieldType.DATETIME),
        *((kind, kind) for kind in FieldType),
    ],
)
def test_types_are_known_by_marketos_words(kind: str, wanted: FieldType) -> None:
    """A type is read as forms and exports write it."""
    assert Fields({"Segment": kind}).find("segment") == Field("Segment", wanted)


def test_a_standard_field_declared_anew_keeps_its_names() -> None:
    """Only the type changes, under every name, and read-only stays so."""
    fields = Fields({"Email": "string", "createdAt": "date"})
    email = Field("Email Address", FieldType.STRING, "email", "Email", is_standard=True)
    assert {fields.find(name) for name in email.names} == {email}
    created = fields.find("Created At")
    assert created is not None
    assert (created.type, created.is_read_only) == (FieldType.DATE, True)
    assert len(list(fields)) == 85


def test_all_faults_of_a_declaration_are_told() -> None:
    """Every wrong type and repeated or blank name, each with its place."""
    with pytest.raises(InvalidContext, match="4 faults") as caught:
        Fields(
            {"A": "strnig", "Tier": "integer", "tier ": "string", " ": "url", "B": "?"}
        )
    assert caught.value.faults == (
        Fault("field 'A'", "no type 'strnig'", f"types are {TYPES}"),
        Fault("field 'tier '", "the field 'tier' is declared twice", "leave one out"),
        Fault("field ' '", "a field without a name", "give it its display name"),
        Fault("field 'B'", "no type '?'", f"types are {TYPES}"),
    )


def test_types_know_whether_they_are_quoted() -> None:
    """Text types are quoted under JSON encoding, numbers bare; dates are neither."""
    texts = {kind for kind in FieldType if kind.is_text}
    numbers = {kind for kind in FieldType if kind.is_number}
    assert texts == {"string", "text_area", "email", "phone", "url"}
    assert numbers == {"integer", "score", "percent", "float", "currency"}


Save = Callable[[str, str | bytes], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """A function that writes a file and returns its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


SEGMENT = Field("Segment", FieldType.STRING, "segment", "Segment__c")
TIER = Field("Tier", FieldType.INTEGER, "", "", is_read_only=True)
DESCRIBE = [
    {
        "id": 2,
        "displayName": "Segment",
        "dataType": "string",
        "length": 255,
        "rest": {"name": "segment", "readOnly": False},
        "soap": {"name": "Segment__c", "readOnly": False},
    },
    {"id": 3, "displayName": "Tier", "dataType": "integer", "soap": {"readOnly": True}},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(
            "f.csv",
            "Friendly Label,REST API Name,SOAP API Name,Data Type,Read Only\n"
            "Segment,segment,Segment__c,String,no\n\nTier,,,Integer,Yes\n",
            id="csv-export",
        ),
        pytest.param(
            "f.csv",
            "\ufefftype;soap_name;label;rest_name;is_read_only;comment\r\n"
            'string;Segment__c;"Segment";segment;;"a;b"\r\ninteger;;Tier;;1\r\n',
            id="csv-semicolons-and-bom",
        ),
        pytest.param("f.json", json.dumps({"result": DESCRIBE}), id="describe"),
        pytest.param("f.json", json.dumps(DESCRIBE), id="list"),
        pytest.param(
            "f.json",
            json.dumps(
                {
                    "result": [
                        {
                            "name": "Lead",
                            "fields": [
                                {
                                    "name": "segment",
                                    "displayName": "Segment",
                                    "dataType": "string",
                                    "soapName": "Segment__c",
                                    "updateable": True,
                                },
                                {"label": "Tier", "type": "int", "updateable": False},
                            ],
                        }
                    ]
                }
            ),
            id="describe2",
        ),
    ],
)
def test_a_list_of_fields_is_loaded_from_a_file(
    save: Save, name: str, content: str
) -> None:
    """CSV exports and Describe answers give names, types and read-only flags."""
    fields = Fields.load(save(name, content))
    custom = [field for field in fields if not field.is_standard]
    assert custom == [SEGMENT, TIER]
    assert fields.find("SEGMENT__C") == SEGMENT


def test_names_and_types_alone_are_a_list_too(save: Save) -> None:
    """A JSON object of names and types is what `Fields` takes itself."""
    fields = Fields.load(save("f.json", '{"Segment": "string", "Email": "string"}'))
    assert fields.find("segment") == Field("Segment", FieldType.STRING)
    assert fields.find("Email Address") == Field(
        "Email Address", FieldType.STRING, "email", "Email", is_standard=True
    )


def test_a_list_without_types_gives_names_only(save: Save) -> None:
    """A custom field then has no type, a standard one keeps its own."""
    text = "Friendly Label,API Name\nEmail Address,email\nSegment,segment__c\n"
    fields = Fields.load(save("names.csv", text))
    assert fields.find("segment__c") == Field("Segment", None, "segment__c")
    email = fields.find("email")
    assert email is not None
    assert (email.type, email.soap_name) == (FieldType.EMAIL, "Email")


def test_a_computed_field_is_read_only(save: Save) -> None:
    """A formula is in Marketo's lists but nothing can write it."""
    fields = Fields.load(save("f.json", '{"Days": "formula"}'))
    assert fields.find("Days") == Field("Days", None, is_read_only=True)


def test_a_label_that_two_fields_share_is_the_first_ones(save: Save) -> None:
    """Labels may repeat in Marketo; REST names tell the fields apart."""
    text = "Label,REST name,Type\nTier,tier_a,integer\nTier,tier_b,string\n"
    fields = Fields.load(save("f.csv", text))
    assert fields.find("Tier") == Field("Tier", FieldType.INTEGER, "tier_a")
    assert fields.find("tier_b") == Field("Tier", FieldType.STRING, "tier_b")


@pytest.mark.parametrize(
    ("name", "content", "faults"),
    [
        pytest.param(
            "f.csv",
            "label,type\nA,strnig\nB,string\nb,string\nC,what\n",
            [
                ("f.csv, line 2", "no type 'strnig'"),
                ("f.csv, line 4", "the field 'b' is declared twice"),
                ("f.csv, line 5", "no type 'what'"),
            ],
            id="all-rows",
        ),
        pytest.param(
            "f.json",
            '{"A": "strnig"}',
            [("f.json, 'A'", "no type 'strnig'")],
            id="json-type",
        ),
        pytest.param(
            "f.csv",
            "type,length\nstring,255\n",
            [("f.csv, line 1", "no column with the fields' names")],
            id="no-name-column",
        ),
        pytest.param(
            "f.csv", "", [("f.csv, line 1", "no column with the fields' names")]
        ),
        pytest.param(
            "f.csv",
            "label,type\n,string\n",
            [("f.csv, line 2", "a field without a name")],
            id="blank-name",
        ),
        pytest.param(
            "f.csv", 'label\n"A\n', [("f.csv", "not a CSV list of fields")], id="quote"
        ),
        pytest.param(
            "f.json", "[1]", [("f.json, field 1", "not an object")], id="json-number"
        ),
        pytest.param(
            "f.json",
            '[{"type": "string"}]',
            [("f.json, field 1", "a field without a name")],
            id="json-nameless",
        ),
        pytest.param(
            "f.json", '{"A": ', [("f.json", "not a JSON list of fields")], id="cut-off"
        ),
        pytest.param(
            "f.json",
            "[" * 100_000,
            [("f.json", "not a JSON list of fields")],
            id="deep",
        ),
        pytest.param(
            "f.json",
            f'{{"A": {"9" * 5_000}}}',
            [("f.json", "not a JSON list of fields")],
            id="digits",
        ),
        pytest.param(
            "f.csv", b"label\n\xe9\n", [("f.csv", "not UTF-8 text")], id="latin-1"
        ),
        pytest.param(
            "f.csv",
            b"x" * ((16 << 20) + 1),
            [("f.csv", "larger than 16,777,216 bytes")],
        ),
    ],
)
def test_faults_of_a_file_are_told_with_their_places(
    save: Save, name: str, content: str | bytes, faults: list[tuple[str, str]]
) -> None:
    """Line or position, and what is wrong, for every row."""
    with pytest.raises(InvalidContext) as caught:
        Fields.load(save(name, content))
    assert [(f.place, f.problem) for f in caught.value.faults] == faults


@pytest.mark.parametrize("name", ["missing.csv", ".", "a\x00b"])
def test_a_file_that_cannot_be_read_is_a_typed_error(tmp_path: Path, name: str) -> None:
    """A missing file, a folder and an impossible name are told alike."""
    with pytest.raises(InvalidContext, match=r"No such file|Is a directory|not a name"):
        Fields.load(tmp_path / name)


_ROWS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["result", "fields", "name", "displayName", "type", "rest"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@settings(deadline=None)  # it writes a file
@given(content=_ROWS.map(json.dumps) | st.text(st.sampled_from('label,type;\n"Ax')))
def test_any_file_gives_fields_or_our_own_error(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    """Whatever stands in a file, nothing but our own errors comes out."""
    path = tmp_path_factory.mktemp("lists") / "f"
    path.write_text(content, encoding="utf-8")
    try:
        found = len(list(Fields.load(path)))
    except NbWebhookError as error:
        found = len(str(error))
    assert found
