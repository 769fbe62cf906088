"""Whatever table is written as CSV is read back, and no bytes bring the reader down."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.errors import LeadsError
from nbwebhook.frames.leads import read_leads
from nbwebhook.frames.scanned import scan_leads

CELL = st.text(
    st.one_of(
        st.sampled_from([*',;\t|"\r\n ', "\u2028", "\x85", "é", "🏔"]),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=8,
)


@st.composite
def _tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    # Nor is an e-mail address: a first row with one is a lead, and no header.
    names = [f"{draw(CELL)}x {column}" for column in range(width)]
    row = st.lists(CELL, min_size=width, max_size=width)
    return [names, *draw(st.lists(row, max_size=6))]


@dataclass(frozen=True)
class Written:
    """How a table is written."""

    delimiter: str
    line_end: str
    quotes_all: bool
    encoding: str

    def content(self, table: list[list[str]]) -> bytes:
        """Return the bytes of the table."""
        # Python 3.11 leaves a lone CR or LF bare where lines end in the other.
        is_bare = any("\r" in cell or "\n" in cell for row in table for cell in row)
        text = StringIO()
        csv.writer(
            text,
            delimiter=self.delimiter,
            lineterminator=self.line_end,
            quoting=csv.QUOTE_ALL if self.quotes_all or is_bare else csv.QUOTE_MINIMAL,
        ).writerows(table)
        return text.getvalue().encode(self.encoding)


DIALECTS = st.builds(
    Written,
    delimiter=st.sampled_from([",", ";", "\t", "|", ":"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quotes_all=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]),
)


@given(table=_tables(), written=DIALECTS, block_rows=st.integers(1, 4))
def test_any_table_that_is_written_is_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[list[str]],
    written: Written,
    block_rows: int,
) -> None:
    """In every dialect, text of any kind comes back as it was, in its place."""
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(written.content(table))
    blocks = list(
        scan_leads(
            path, block_rows, encoding=written.encoding, delimiter=written.delimiter
        )
    )
    read = [list(blocks[0].columns)]
    for block in blocks:
        read += block.to_numpy(dtype=object).tolist()
    assert read == table


@given(
    content=st.binary(max_size=60) | st.text('a,"\r\n;', max_size=30).map(str.encode)
)
def test_any_bytes_are_a_frame_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """No file brings the reader down with an error that is not of this package."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        leads = read_leads(path)
    except LeadsError as error:
        assert str(path) in str(error)  # noqa: PT017 - either end is right
    else:
        assert all(dtype == "string" for dtype in leads.dtypes)
