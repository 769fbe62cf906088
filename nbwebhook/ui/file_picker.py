"""A button that takes a file from the reader's machine, in pieces, into no trait.

```text
file ──▶ 1 MB slice ──▶ message with a buffer ──▶ Pieces ──▶ take(name, bytes)
  ▲                                                 │
  └───────────────────── next, please ◀─────────────┘
```

ipywidgets' own sends a file as one message, and a notebook's server cuts the connection
at 10 MB; it stands in where anywidget is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import ipywidgets as w
from traitlets import Unicode

from nbwebhook.ui.browser_widgets import has_caret

__all__ = ["MOST_BYTES", "FilePicker", "Pieces", "make_file_picker"]

MOST_BYTES = 1_000_000_000

Take = Callable[[str, bytes], None]

_Base: Any = import_module("anywidget").AnyWidget if has_caret else object

_SCRIPT = """
const STEP = 1048576;
function render({ model, el }) {
  const button = document.createElement("button");
  const box = document.createElement("input");
  const told = document.createElement("span");
  button.type = "button";
  button.className = "jupyter-button widget-button nbw-panel-button";
  button.textContent = model.get("label");
  box.type = "file";
  box.accept = model.get("accept");
  box.hidden = true;
  told.setAttribute("role", "status");
  told.className = "nbw-muted";
  let next = null;
  model.on("msg:custom", (message) => {
    if (next && typeof message.want === "number") next(message.want);
    if (typeof message.told === "string") told.textContent = message.told;
  });
  button.addEventListener("click", () => box.click());
  box.addEventListener("change", async () => {
    const file = box.files[0];
    if (!file) return;
    button.disabled = true;
    try {
      let at = 0;
      while (at >= 0) {
        const part = await file.slice(at, at + STEP).arrayBuffer();
        const answer = new Promise((resolve) => { next = resolve; });
        model.send({ name: file.name, size: file.size, at }, undefined, [part]);
        at = await answer;
        if (at > 0) told.textContent = "read " + Math.floor(100 * at / file.size) + " %";
      }
    } catch (error) {
      told.textContent = "this file cannot be read";
    }
    next = null;
    box.value = "";
    button.disabled = false;
  });
  el.classList.add("nbw-row");
  el.append(button, box, told);
}
export default { render };
"""


class Pieces:
    """Puts the pieces of a file together.

    Args:
        take: Called with the name and the bytes of a whole file.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._raw = bytearray()

    def add(self, message: Mapping[str, Any], piece: bytes | memoryview) -> int | None:
        """Return where the next piece begins; -1 after the last, None if it is too large.

        Args:
            message: `name` and `size` of the file, and where the piece is `at`.
            piece: The bytes.
        """
        size, at = int(message["size"]), int(message["at"])
        if size > MOST_BYTES:
            return None
        if not at:
            self._raw = bytearray()
        if at != len(self._raw):
            return len(self._raw)
        self._raw += piece
        if len(self._raw) < size and len(piece):
            return len(self._raw)
        raw, self._raw = bytes(self._raw), bytearray()
        self._take(str(message["name"]), raw)
        return -1


class FilePicker(_Base):
    """The button.

    Attributes:
        label: Its text.
        accept: Endings of the files that are offered.
    """

    _esm = _SCRIPT
    label = Unicode().tag(sync=True)
    accept = Unicode().tag(sync=True)

    def listen(self, take: Take) -> None:
        """Hand each whole file to `take`."""
        pieces = Pieces(take)

        def hear(_: object, message: Mapping[str, Any], raw: Sequence[Any]) -> None:
            want = pieces.add(message, raw[0])
            told = "" if want is not None else "too large to send; open it as a file"
            self.send({"want": -1 if want is None else want})
            if want is None or want < 0:
                self.send({"told": told})

        self.on_msg(hear)


def make_file_picker(
    label: str, accept: str, take: Take, *, in_pieces: bool = has_caret
) -> w.DOMWidget:
    """Return a button that hands a file's name and bytes to `take`."""
    if in_pieces:
        made: Any = FilePicker(label=label, accept=accept)
        made.listen(take)
        return made
    plain = w.FileUpload(
        description=label, icon="", accept=accept, layout=w.Layout(width="auto")
    )
    plain.add_class("nbw-panel-button")

    def hear(_change: object) -> None:
        if plain.value:
            name, content = plain.value[0]["name"], bytes(plain.value[0]["content"])
            plain.value = ()  # the file is not kept in the notebook
            take(name, content)

    plain.observe(hear, "value")
    return plain
