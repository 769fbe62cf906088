"""One lead's request as a curl command."""

import os
import shutil
import subprocess
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.definition.context import Context
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import AmbiguousColumn, UnencodableValue
from nbwebhook.frames.curl import to_curl
from tests.servers import RawServer, always, http_response

make: Callable[..., Webhook] = Webhook
HOOK = make(
    url="https://a.test/v1?key={{secret.KEY}}&id={{lead.Id}}",
    payload_template='{"n": {{lead.First Name}}, "s": {{lead.Lead Score}}}',
    request_token_encoding="JSON",
    custom_headers={"Authorization": "Bearer {{secret.key}}"},
)
COMMAND = r"""curl --request POST \
  --url 'https://a.test/v1?key='"${key}"'&id=7' \
  --header 'Authorization: Bearer '"${key}" \
  --header Content-Type: \
  --data-raw '{"n": "Zo'\''e", "s": 5}'"""
LEAD = {"Id": 7, "First Name": "Zo'e", "Lead Score": 5}


@pytest.mark.parametrize(
    "lead",
    [
        pytest.param(LEAD, id="dict"),
        pytest.param(pd.DataFrame([LEAD]).iloc[0], id="row"),
        pytest.param(
            pd.Series({"Id": 7.0, "First Name": "Zo'e", "Lead Score": np.int64(5)}),
            id="row-of-floats",
        ),
    ],
)
def test_a_lead_becomes_a_command(lead: pd.Series) -> None:
    """A dict and a row of a frame give the same, numbers as a run sends them."""
    assert to_curl(HOOK, lead) == COMMAND


def test_no_secret_stands_in_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that is given nor one of the environment."""
    monkeypatch.setenv("KEY", "s3cret-env")
    context = Context(secrets={"Key": "s3cret-given"})
    assert to_curl(HOOK, LEAD, context=context) == COMMAND


@pytest.mark.parametrize(
    "empty", [pytest.param(v, id=repr(v)) for v in (None, np.nan, pd.NA, pd.NaT, "")]
)
def test_every_empty_value_is_empty(empty: object) -> None:
    """Whatever pandas calls it."""
    hook = HOOK.replace(payload_template="{{lead.First Name}}", custom_headers=())
    assert to_curl(hook, {"First Name": empty}).endswith("--data-raw '\"\"'")


def test_context_and_fields_count() -> None:
    """As in a run."""
    hook = make(
        url="https://a.test/",
        payload_template="[{{my.A}}, {{lead.Tier}}]",
        request_token_encoding="JSON",
    )
    command = to_curl(
        hook, {"Tier": "3"}, context=Context(my={"A": "x"}), fields={"Tier": "integer"}
    )
    assert command.endswith("--data-raw '[\"x\", 3]'")


def test_a_lead_that_a_run_refuses_has_no_command() -> None:
    """The same error as in the calls frame is raised."""
    with pytest.raises(UnencodableValue, match="type list has no exact text form"):
        to_curl(HOOK, {"First Name": [1]})
    with pytest.raises(AmbiguousColumn):
        to_curl(HOOK, {"first name": "a", "FIRST NAME": "b"})


def test_the_command_becomes_the_webhook_again() -> None:
    """With the lead at hand the way back finds the tokens."""
    again = Webhook.from_curl(to_curl(HOOK, LEAD), LEAD)
    assert again.url == HOOK.url.replace("KEY", "key")
    assert again.payload_template == HOOK.payload_template
    assert again.custom_headers == HOOK.custom_headers


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="no bash or no curl"
)
def test_curl_sends_the_bytes_that_a_run_sends(
    raw_server: Callable[..., RawServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Request line, headers of the definition and payload are the same."""
    server = raw_server(always(http_response(b"{}")))
    hook = make(
        url=f"{server.url}/a/./b|c/{{{{lead.First Name}}}}?k={{{{secret.KEY}}}}&x=[1]{{}}",
        payload_template='{"n": {{lead.First Name}}, "raw": "it\'s \\\\n $HOME `x`"}',
        request_token_encoding="JSON",
        custom_headers={
            "X-Empty": "",
            "X-Key": "{{secret.KEY}}",
            "Content-Type": "a/b",
        },
    )
    lead = {"Id": "1", "First Name": "Zo\u00eb \"Q\" 'q'\r\n\t\x1b[31m %41 + & \u202e"}
    monkeypatch.setenv("KEY", "s3cret")
    nw.run(hook, pd.DataFrame([lead]), progress=False)
    command = to_curl(hook, lead)
    assert "s3cret" not in command
    subprocess.run(
        [shutil.which("bash") or "", "-c", f"{command} --silent --noproxy '*'"],
        check=True,
        capture_output=True,
        env={"KEY": "s3cret", "PATH": os.environ["PATH"]},
    )
    run, curl = server.requests
    assert (curl.target, curl.body) == (run.target, run.body)
    mine = {"x-empty", "x-key", "content-type"}
    headers = [
        [
            line
            for line in each.header_lines
            if line.split(b":")[0].decode().lower() in mine
        ]
        for each in (run, curl)
    ]
    assert [line.strip() for line in headers[0]] == [
        line.strip() for line in headers[1]
    ]
