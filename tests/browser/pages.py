"""Notebook servers on loopback and a real browser, for what only a browser shows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = [
    "CHROMIUM_ARGS",
    "Watched",
    "ask",
    "command",
    "find_chromium",
    "notebook_of",
    "open_notebook",
    "serve",
    "serve_voila",
    "theme_settings",
    "watch",
]

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_BIN = Path(sys.executable).parent
_READY = """async () => {
  const session = window.jupyterapp.shell.currentWidget.sessionContext;
  await session.ready;
  await session.session.kernel.info;
}"""


def find_chromium() -> str | None:
    """Return where a chromium is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def notebook_of(*cells: str) -> str:
    """Return a notebook with these cells as its file's text."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source,
                }
                for number, source in enumerate(cells)
            ],
            "metadata": {
                "kernelspec": {
                    "display_name": "Python 3",
                    "language": "python",
                    "name": "python3",
                }
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def theme_settings(folder: Path, theme: str) -> None:
    """Write settings of JupyterLab: a theme, and no question about news."""
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    chosen = {"themes": {"theme": theme}, "notification": {"fetchNews": "false"}}
    for name, values in chosen.items():
        path = settings / f"{name}.jupyterlab-settings"
        path.write_text(json.dumps(values), encoding="utf-8")


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment whose settings and runtime files are the test's own."""
    return os.environ | {
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }


@contextmanager
def serve(app: str, root: Path, folder: Path) -> Iterator[str]:
    """Start `lab` or `notebook` on a free port of loopback and return its address."""
    command = [
        str(_BIN / "jupyter"),
        app,
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.terminals_enabled=False",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    with _process(command, folder) as process:
        runtime = folder / "runtime" / f"jpserver-{process.pid}.json"
        _wait(lambda: bool(_facts_in(runtime)), process, folder)
        address = str(_facts_in(runtime)["url"]).rstrip("/")
        _wait(lambda: _answers(f"{address}/api/status"), process, folder)
        yield address


@contextmanager
def serve_voila(
    notebook: Path, port: int, folder: Path, *options: str
) -> Iterator[str]:
    """Start Voila with one notebook and the panel's template; return its address."""
    command = [
        str(_BIN / "voila"),
        str(notebook),
        "--no-browser",
        "--Voila.ip=127.0.0.1",
        "--template=nbwebhook",
        f"--port={port}",
        *options,
    ]
    with _process(command, folder) as process:
        address = f"http://127.0.0.1:{port}"
        _wait(lambda: _answers(f"{address}/voila/static/nothing"), process, folder)
        yield address


@contextmanager
def _process(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env=_environment(folder),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)


def _wait(
    is_true: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path
) -> None:
    for _ in range(600):
        if is_true():
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    log = (folder / "server.log").read_text("utf-8", "replace")
    message = f"the server did not start:\n{log[-2_000:]}"
    raise RuntimeError(message)


def _facts_in(runtime: Path) -> dict[str, object]:
    """Return what a server tells of itself; nothing while it is not written yet."""
    try:
        facts: dict[str, object] = json.loads(runtime.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return facts


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
    return True


@dataclass
class Watched:
    """What a page did: where it asked, and what broke in it."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """The requests that did not go to loopback."""
        local = {"127.0.0.1", "localhost", None}
        return [url for url in self.requests if urlsplit(url).hostname not in local]


def watch(page: Page) -> Watched:
    """Take down a page's requests and errors from now on."""
    watched = Watched()
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("websocket", lambda socket: watched.requests.append(socket.url))
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    return watched


def open_notebook(
    page: Page,
    address: str,
    name: str,
    *,
    path: str = "lab/tree",
    reset: str = "?reset",
) -> None:
    """Open a notebook and wait until its kernel answers."""
    page.goto(f"{address}/{path}/{name}{reset if path.startswith('lab') else ''}")
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").first.wait_for()
    page.wait_for_function(
        "() => !!window.jupyterapp?.shell?.currentWidget?.sessionContext"
    )
    page.evaluate(_READY)


def command(page: Page, name: str) -> None:
    """Have the notebook's application carry out a command."""
    page.evaluate("(name) => { window.jupyterapp.commands.execute(name); }", name)


def ask(page: Page, code: str) -> str:
    """Return what the notebook's kernel says to an expression."""
    answer: str = page.evaluate(
        """async (code) => {
          const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          const reply = await kernel.requestExecute({
            code: "", silent: true, store_history: false, user_expressions: { it: code },
          }).done;
          const it = reply.content.user_expressions.it;
          return it.data ? it.data["text/plain"] : "error " + it.evalue;
        }""",
        code,
    )
    return answer
