"""Secrets: where they come from, where they may go, and that they never show."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from nbwebhook.definition.context import Context
from nbwebhook.definition.secrets import Secret
from nbwebhook.definition.urls import split_url
from nbwebhook.errors import InvalidContext

HERE = split_url("https://score.example.test/v1")[0]
ELSEWHERE = split_url("https://evil.example.test/v1")[0]


class _Memory(keyring.backend.KeyringBackend):
    """A keyring in memory; broken if told so."""

    priority = 1

    def __init__(self, passwords: dict[tuple[str, str], str] | None) -> None:
        self._passwords = passwords

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept."""
        if self._passwords is None:
            raise keyring.errors.KeyringLocked
        return self._passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep nothing more."""

    def delete_password(self, service: str, username: str) -> None:
        """Keep everything."""


@pytest.fixture
def use_keyring() -> Iterator[Callable[[dict[tuple[str, str], str] | None], None]]:
    """Return what puts a keyring in memory in the place of the system's."""
    before = keyring.get_keyring()
    yield lambda passwords: keyring.set_keyring(_Memory(passwords))
    keyring.set_keyring(before)


def test_the_nearest_source_counts(
    monkeypatch: pytest.MonkeyPatch,
    use_keyring: Callable[[dict[tuple[str, str], str] | None], None],
) -> None:
    """What is given goes before the environment, and that before the keyring."""
    use_keyring({(str(HERE), "KEY"): "from-keyring"})
    given, context = Context(secrets={"key": "given"}), Context()
    monkeypatch.setenv("KEY", "from-environment")
    assert given.find_secret("KEY", HERE) == Secret("given")
    assert context.find_secret("KEY", HERE) == Secret("from-environment")
    monkeypatch.delenv("KEY")
    kept = context.find_secret("KEY", HERE)
    assert kept == Secret("from-keyring", origin=str(HERE))
    assert context.find_secret("KEY", ELSEWHERE) is None
    assert context.find_secret("KEY") is None


def test_a_source_that_is_left_out_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
    use_keyring: Callable[[dict[tuple[str, str], str] | None], None],
) -> None:
    """A page for strangers looks up nothing."""
    use_keyring({(str(HERE), "KEY"): "from-keyring"})
    monkeypatch.setenv("KEY", "from-environment")
    assert Context(secret_sources=()).find_secret("KEY", HERE) is None
    only = Context(secret_sources=("keyring",)).find_secret("KEY", HERE)
    assert only is not None
    assert only.reveal() == "from-keyring"


@pytest.mark.parametrize("is_installed", [True, False])
def test_without_a_keyring_a_secret_is_missing_and_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
    use_keyring: Callable[[dict[tuple[str, str], str] | None], None],
    *,
    is_installed: bool,
) -> None:
    """A locked keyring, or none, is no error of its own."""
    use_keyring(None)
    if not is_installed:
        monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    assert Context().find_secret("NO_SUCH_KEY", HERE) is None


@pytest.mark.parametrize("name", ["A\0B", "\ud800", "A=B", ""])
def test_a_name_that_no_variable_can_have_is_missing(name: str) -> None:
    """A definition may say anything; the environment is asked only what it can hold."""
    context = Context(secret_sources=("environment",))
    assert context.find_secret(name, HERE) is None


@pytest.mark.parametrize(
    ("bound", "target", "may_go"),
    [
        pytest.param(None, "https://a.test/", True, id="anywhere"),
        pytest.param("https://a.test", "https://a.test/v1?x=1", True, id="same"),
        pytest.param("https://A.test:443/x", "https://a.test/", True, id="spelt-anew"),
        pytest.param("https://a.test", "http://a.test/", False, id="without-tls"),
        pytest.param("https://a.test", "https://a.test:8443/", False, id="port"),
        pytest.param("https://a.test", "https://b.a.test/", False, id="subdomain"),
        pytest.param("https://a.test", "https://a.test.evil.test/", False, id="suffix"),
    ],
)
def test_a_bound_secret_goes_to_its_origin_alone(
    bound: str | None,
    target: str,
    may_go: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Scheme, host and port all count."""
    secret = Secret("s3cret", origin=bound)
    assert secret.may_go_to(split_url(target)[0]) is may_go


def test_what_is_bound_stays_bound() -> None:
    """Binding again does not open another origin."""
    first = Secret("s3cret").bound_to("https://a.test")
    assert first.origin == "https://a.test"
    assert first.bound_to("https://b.test").origin == "https://a.test"


def test_an_origin_that_is_none_is_told() -> None:
    """A mistake does not become a secret that may go anywhere."""
    with pytest.raises(InvalidContext, match="secret's origin: url: starts with"):
        Secret("s3cret", origin="score.example.test")


def test_a_secret_never_shows_and_can_be_handed_on() -> None:
    """Only `reveal` says it; a process of ours may be given it."""
    secret = Secret("s3cret", origin="https://a.test")
    assert (
        "s3cret"
        not in f"{secret!r} {secret} {[secret]} {Context(secrets={'K': secret})}"
    )
    assert repr(secret) == "Secret(••••, origin='https://a.test')"
    again = pickle.loads(pickle.dumps(secret))  # noqa: S301 - our own bytes
    assert (again, hash(again)) == (secret, hash(secret))
    assert (secret == "s3cret") is False


def test_somebody_is_asked_without_an_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt is the standard library's, which a notebook's cell has too."""
    asked = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return "typed"

    monkeypatch.setattr("getpass.getpass", getpass)
    assert Secret.ask("KEY", origin="https://a.test") == Secret(
        "typed", origin="https://a.test"
    )
    assert asked == ["KEY: "]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        pytest.param(b"s3cret", "s3cret", id="bare"),
        pytest.param(b"s3cret\n", "s3cret", id="line"),
        pytest.param(b"s3cret\r\n", "s3cret", id="windows"),
        pytest.param(b"two\nlines\n", "two\nlines", id="two-lines"),
        pytest.param("Zoë ".encode(), "Zoë ", id="spaces-stay"),
    ],
)
def test_a_file_holds_a_secret(tmp_path: Path, content: bytes, value: str) -> None:
    """The text as it is, but for the line end that editors add."""
    (tmp_path / "key").write_bytes(content)
    assert Secret.from_file(tmp_path / "key").reveal() == value


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(None, "No such file or directory", id="none"),
        pytest.param(b"canary-\xff", "not UTF-8 text", id="bytes"),
        pytest.param(b"canary-" * 10_000, "larger than 65,536 bytes", id="huge"),
    ],
)
def test_a_file_that_is_no_secret_is_told_without_its_text(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    """Neither the message nor what caused it holds a byte of the file."""
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(InvalidContext, match=why) as caught:
        Secret.from_file(tmp_path / "key")
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
