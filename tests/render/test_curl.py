"""A request to the curl command that sends the same bytes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.definition.curl import parse_curl
from nbwebhook.definition.urls import Origin
from nbwebhook.errors import UnencodableValue
from nbwebhook.render.curl import curl_command
from nbwebhook.render.request import Request

ORIGIN = Origin("https", "a.test", 443)
PLAIN = ((b"Content-Type", b"x"),)
BASH = shutil.which("bash") or ""
make: Callable[..., Request] = Request


def _options(request: Request, variables: Mapping[str, str] | None = None) -> list[str]:
    lines = curl_command(request, variables).split(" \\\n  ")
    assert lines[0] == f"curl --request {request.method}"
    return lines[1:]


@pytest.mark.parametrize(
    ("request_", "lines"),
    [
        pytest.param(
            make("GET", ORIGIN, b"/", (), None), ["--url https://a.test/"], id="get"
        ),
        pytest.param(
            make("GET", ORIGIN, b"/a/../b?c[]={d}", (), None),
            ["--url 'https://a.test/a/../b?c[]={d}'", "--globoff", "--path-as-is"],
            id="url-as-it-is",
        ),
        pytest.param(
            make("POST", ORIGIN, b"/", ((b"A", b"b"), (b"C", b"")), b""),
            [
                "--url https://a.test/",
                "--header 'A: b'",
                "--header 'C;'",
                "--header Content-Type:",
                "--data-raw ''",
            ],
            id="headers-and-an-empty-body",
        ),
        pytest.param(
            make("PUT", ORIGIN, b"/", ((b"content-TYPE", b"x/y"),), b"@a"),
            ["--url https://a.test/", "--header 'content-TYPE: x/y'", "--data-raw @a"],
            id="own-type",
        ),
        pytest.param(
            make("POST", ORIGIN, b"/", PLAIN, b"it's $(x) `y` \\ \n!"),
            [
                "--url https://a.test/",
                "--header 'Content-Type: x'",
                "--data-raw 'it'\\''s $(x) `y` \\ \n!'",
            ],
            id="quoted",
        ),
        pytest.param(
            make("POST", ORIGIN, b"/", PLAIN, "\x1b[2J'\\\r\u202ea".encode()),
            [
                "--url https://a.test/",
                "--header 'Content-Type: x'",
                r"--data-raw $'\x1b[2J\'\\\x0d\xe2\x80\xaea'",
            ],
            id="hidden-characters",
        ),
    ],
)
def test_a_request_becomes_a_command(request_: Request, lines: list[str]) -> None:
    """One option a line, everything quoted for a shell."""
    assert _options(request_) == lines


def test_secrets_become_variables() -> None:
    """In double quotes of their own, under names that a shell takes."""
    headers = ((b"X", b"Bearer S1 x"), (b"Y", b"S2"))
    request = make("GET", ORIGIN, b"/?k=S1S2", headers, None)
    assert _options(request, {"S1": "KEY", "S2": "2 ké-y"}) == [
        """--url 'https://a.test/?k='"${KEY}""${_2_k__y}\"""",
        """--header 'X: Bearer '"${KEY}"' x'""",
        """--header 'Y: '"${_2_k__y}\"""",
    ]


def test_a_long_body_is_sent_at_once() -> None:
    """The Expect header that curl would add is taken away, as no run sends it."""
    request = make("POST", ORIGIN, b"/", PLAIN, b"x" * (1 << 20))
    assert "--header Expect:" in _options(request)


def test_a_zero_byte_has_no_command() -> None:
    """No command line can hold it."""
    with pytest.raises(UnencodableValue, match="zero byte"):
        curl_command(make("POST", ORIGIN, b"/", (), b"a\0b"))


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
_VALUE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)


@given(body=_TEXT, value=_VALUE)
def test_our_own_parser_reads_the_command_back(body: str, value: str) -> None:
    """Method, URL, headers and body, whatever they hold."""
    headers = ((b"Content-Type", b"x/y"), (b"X", value.strip().encode()))
    request = make("POST", ORIGIN, b"/a?b=%20{}", headers, body.encode())
    found = parse_curl(curl_command(request))
    assert (found.method, found.url, found.body) == (
        "POST",
        "https://a.test/a?b=%20{}",
        body,
    )
    assert tuple((n.encode(), v.encode()) for n, v in found.headers) == headers


@pytest.mark.skipif(not BASH, reason="there is no bash here")
@settings(max_examples=20, deadline=None)
@given(body=_TEXT)
def test_a_real_shell_gives_curl_the_same_words(body: str) -> None:
    """Bash, asked to run a stand-in for curl, passes every byte."""
    request = make("POST", ORIGIN, b"/", ((b"X", b"SECRET"),), body.encode())
    script = "import json, sys; print(json.dumps(sys.argv[1:]))"
    stand_in = f"curl() {{ '{sys.executable}' -X utf8 -c '{script}' \"$@\"; }}\n"
    run = subprocess.run(
        [BASH, "-c", stand_in + curl_command(request, {"SECRET": "KEY"})],
        capture_output=True,
        check=True,
        env={"KEY": "$(s3cret)"},
    )
    assert json.loads(run.stdout) == [
        *("--request", "POST", "--url", "https://a.test/", "--header", "X: $(s3cret)"),
        *("--header", "Content-Type:", "--data-raw", body),
    ]
