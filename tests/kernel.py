"""A real ipykernel to run cells in, for tests of what only a kernel shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

__all__ = ["CellReply", "Kernel", "open_kernel"]


@dataclass
class CellReply:
    """What one cell answered."""

    status: str = ""
    text: str = ""
    error: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)


class Kernel:
    """A kernel whose cells can be queued, as "Run all" does."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager = manager
        self._client = client

    def submit(self, code: str) -> str:
        """Queue a cell and return its id."""
        return str(self._client.execute(code))

    def interrupt(self) -> None:
        """Do what the notebook's stop button does."""
        self._manager.interrupt_kernel()

    def replies(self, *cells: str, timeout_s: float = 40.0) -> list[CellReply]:
        """Return what the cells answered, once all of them are done."""
        found = {cell: CellReply() for cell in cells}
        while any(not reply.status for reply in found.values()):
            try:
                message = self._client.get_shell_msg(timeout=timeout_s)
            except Empty:
                break
            cell = message["parent_header"].get("msg_id")
            if cell in found:
                found[cell].status = message["content"]["status"]
        self._read_outputs(found)
        return [found[cell] for cell in cells]

    def answer(self, text: str, timeout_s: float = 40.0) -> str:
        """Type an answer where a cell asks, and return the question."""
        message = self._client.get_stdin_msg(timeout=timeout_s)
        self._client.input(text)
        return str(message["content"]["prompt"])

    def _read_outputs(self, found: dict[str, CellReply]) -> None:
        idle: set[str] = set()
        while len(idle) < len(found):
            try:
                message = self._client.get_iopub_msg(timeout=40)
            except Empty:
                return
            cell = message["parent_header"].get("msg_id")
            if cell in found:
                _take(found[cell], message)
                if message["content"].get("execution_state") == "idle":
                    idle.add(cell)

    def run(self, code: str, timeout_s: float = 40.0) -> CellReply:
        """Run one cell to its end."""
        return self.replies(self.submit(code), timeout_s=timeout_s)[0]


def _take(reply: CellReply, message: dict[str, Any]) -> None:
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        reply.text += content["text"]
    elif kind == "error":
        reply.error = f"{content['ename']}: {content['evalue']}"
    elif kind in {"display_data", "update_display_data", "execute_result"}:
        reply.shown.append(content["data"])


@contextmanager
def open_kernel() -> Iterator[Kernel]:
    """Start a kernel, and end it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
