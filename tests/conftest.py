"""What tests of several rooms share: the loop they run on, servers on loopback, lists."""

from __future__ import annotations

import os
import signal
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import settings

from tests.servers import RawServer, Script

if TYPE_CHECKING:
    import pandas as pd

settings.register_profile("dev", max_examples=100, deadline=None)
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True)
settings.register_profile("deep", max_examples=20_000, deadline=None)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev")
)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So shells start what goes on in the background; tests press Ctrl-C, and so do the
    # processes that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def config_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what is trusted out of the real home, in child processes too."""
    folder = tmp_path_factory.mktemp("config")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBWEBHOOK_CONFIG_DIR", str(folder))
        yield folder


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep journals out of the real home, those of child processes too."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBWEBHOOK_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    """Return a function that starts a `RawServer`; all of them stop with the test."""
    with ExitStack() as stack:

        def start(*scripts: Script, **options: object) -> RawServer:
            return stack.enter_context(RawServer(*scripts, **options))  # type: ignore[arg-type]  # passed on as they are

        yield start


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return a certificate authority of the tests' own."""
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return server settings with a good certificate for localhost and 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def httpbin_url() -> Iterator[str]:
    """Return where a real httpbin serves, in a thread."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import httpbin  # noqa: PLC0415 - few tests need it
        from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415 - as above

    class QuietHandler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *_: object) -> None:
            """Say nothing."""

    server = make_server(
        "127.0.0.1", 0, httpbin.app, threaded=True, request_handler=QuietHandler
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def write_list(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes bytes to a file, `leads.csv` unless named, and its path."""

    def write(content: bytes, name: str = "leads.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def text_frame() -> Callable[[Mapping[str, Sequence[str]]], pd.DataFrame]:
    """Return what makes a frame as a list of text is read."""
    import pandas as pd  # noqa: PLC0415 - few tests need it

    def frame(columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                name: pd.array(list(cells), dtype="string")
                for name, cells in columns.items()
            }
        )

    return frame
