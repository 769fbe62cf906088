"""Updates back onto the leads: dtypes kept where values fit, text where it is text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import nbwebhook as nw
from nbwebhook.transport.base import Response
from nbwebhook.transport.fake import FakeTransport, make_response


def run_over(
    leads: pd.DataFrame, bodies: list[str], mappings: dict[str, str], **fields: str
) -> nw.Result:
    """Run a webhook whose service answers `bodies` in the order of the leads."""

    def answer(request: Any) -> Response:  # noqa: ANN401 - a request
        row = int(request.target.rpartition(b"=")[2])
        return make_response(bodies[row].encode())

    hook = nw.Webhook(
        url="http://127.0.0.1:9/?id={{lead.Id}}",
        request_type="GET",
        response_mappings=mappings,
    )
    return nw.run(
        hook, leads, transport=FakeTransport(answer), fields=fields, progress=False
    )


@pytest.mark.parametrize(
    ("column", "body", "wanted"),
    [
        pytest.param(["7", ""], '{"v": 42}', ["42", ""], id="number-into-text"),
        pytest.param([7, 8], '{"v": 42}', [42, 8], id="whole-into-int64"),
        pytest.param([7.5, 8.5], '{"v": 1.25}', [1.25, 8.5], id="float-into-float"),
        pytest.param([False, True], '{"v": true}', [True, True], id="boolean"),
        pytest.param(
            pd.array([7, None], dtype="Int64"),
            '{"v": 42}',
            pd.array([42, None], dtype="Int64"),
            id="nullable",
        ),
        pytest.param(
            pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True),
            '{"v": "2026-03-04T05:06:07+01:00"}',
            pd.to_datetime(["2026-03-04 04:06:07", "2026-01-02 00:00:00"], utc=True),
            id="instant",
        ),
    ],
)
def test_a_written_cell_keeps_the_columns_dtype(
    column: Any,  # noqa: ANN401 - any column
    body: str,
    wanted: Any,  # noqa: ANN401 - any column
) -> None:
    """The first lead is written, the second one's cell stays as it was."""
    leads = pd.DataFrame({"Id": ["0", "1"], "Value": column})
    before = leads.copy()
    result = run_over(leads, [body, "{}"], {"v": "Value"})
    expected = pd.DataFrame({"Id": ["0", "1"], "Value": wanted})
    assert_frame_equal(result.leads, expected)
    assert_frame_equal(leads, before)
    assert result.summary.updated == 1


def test_a_value_that_does_not_fit_the_dtype_makes_the_column_objects() -> None:
    """Nothing is rounded or lost: a fraction in a column of whole numbers stays one."""
    leads = pd.DataFrame({"Id": ["0", "1"], "Lead Score": np.array([1, 2])})
    result = run_over(
        leads, ['{"v": 1.5}', "{}"], {"v": "LeadScore"}, LeadScore="float"
    )
    assert result.leads["Lead Score"].tolist() == [1.5, 2]


def test_new_fields_become_columns_with_the_type_that_came() -> None:
    """Undeclared fields take the values' own type; declared ones the declared."""
    leads = pd.DataFrame({"Id": ["0", "1"]}, index=[10, 20])
    bodies = [
        '{"t": "x", "n": 1, "d": 1.5, "b": true, "m": "x", "on": "2026-01-02"}',
        '{"t": "y", "n": 2, "d": 2, "b": false, "m": 5, "on": "2026-01-03"}',
    ]
    mappings = {"t": "T", "n": "N", "d": "D", "b": "B", "m": "M", "on": "On"}
    result = run_over(leads, bodies, mappings, On="date")
    dtypes = result.updates.dtypes.astype(str).to_dict()
    assert dtypes == {
        "T": "string",
        "N": "Int64",
        "D": "Float64",
        "B": "boolean",
        "M": "object",
        "On": "datetime64[s]",
    }
    assert list(result.updates.index) == [10, 20]
    assert list(result.leads.columns) == ["Id", *mappings.values()]
    assert result.leads["M"].tolist() == ["x", 5]


def test_a_date_in_a_text_column_is_written_as_a_date() -> None:
    """Dates and moments become the text that Marketo sends."""
    leads = pd.DataFrame({"Id": ["0"], "Born": [""], "Seen": [""]})
    body = '{"d": "1990-02-03", "s": "2026-03-04T05:06:07Z"}'
    result = run_over(
        leads, [body], {"d": "Born", "s": "Seen"}, Born="date", Seen="datetime"
    )
    assert result.leads[["Born", "Seen"]].to_numpy().tolist()[0] == [
        "1990-02-03",
        "2026-03-04 05:06:07",
    ]
