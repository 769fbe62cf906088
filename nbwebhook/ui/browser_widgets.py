"""Small widgets of our own: a text with a caret, a slider, a guard for the keyboard.

Their script is in this file and asks no server. Where anywidget is not installed,
ipywidgets' own stand in: a token is then put at the end of the text.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import ipywidgets as w
from traitlets import Int, Unicode
from traitlets import List as ListTrait

__all__ = [
    "KeyGuard",
    "TokenText",
    "ValueSlider",
    "has_caret",
    "make_slider",
    "make_token_text",
]

has_caret = find_spec("anywidget") is not None
"""Whether anywidget is installed."""

_Base: Any = import_module("anywidget").AnyWidget if has_caret else object

_TEXT_SCRIPT = """
const focused = new Map();
function render({ model, el }) {
  const key = model.get("key"), rows = model.get("rows");
  const field = document.createElement("div");
  field.className = "nbw-field";
  const box = document.createElement(rows > 1 ? "textarea" : "input");
  if (rows > 1) box.rows = rows;
  box.id = key + "-" + Math.random().toString(36).slice(2);
  box.spellcheck = false;
  box.autocomplete = "off";
  box.value = model.get("value");
  box.placeholder = model.get("placeholder");
  if (model.get("is_label_shown")) {
    const label = document.createElement("label");
    label.htmlFor = box.id;
    label.textContent = model.get("label");
    field.append(label);
  } else {
    box.setAttribute("aria-label", model.get("label"));
    model.on("change:label", () => box.setAttribute("aria-label", model.get("label")));
  }
  field.append(box);
  el.append(field);
  if (!focused.has(key)) focused.set(key, box);
  let timer = 0;
  const push = () => {
    clearTimeout(timer);
    if (model.get("value") === box.value) return;
    model.set("value", box.value);
    model.save_changes();
  };
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(push, 120); });
  box.addEventListener("blur", push);
  box.addEventListener("focus", () => {
    focused.set(key, box);
    model.set("touched", model.get("touched") + 1);
    model.save_changes();
  });
  model.on("change:value", () => {
    if (box.value !== model.get("value")) box.value = model.get("value");
  });
  model.on("msg:custom", (message) => {
    if (typeof message.insert !== "string" || focused.get(key) !== box) return;
    box.setRangeText(message.insert, box.selectionStart, box.selectionEnd, "end");
    push();
    box.focus();
  });
}
export default { render };
"""

_SLIDER_SCRIPT = """
function render({ model, el }) {
  const slide = document.createElement("div");
  slide.className = "nbw-slide";
  const label = document.createElement("label");
  const box = document.createElement("input");
  const told = document.createElement("output");
  box.type = "range";
  box.min = 0;
  box.step = 1;
  box.id = "nbw-" + Math.random().toString(36).slice(2);
  label.htmlFor = told.htmlFor = box.id;
  label.textContent = model.get("label");
  const show = () => {
    const words = model.get("words");
    box.max = words.length - 1;
    box.value = model.get("place");
    tell();
  };
  const tell = () => {
    const said = model.get("words")[Number(box.value)];
    told.textContent = said;
    box.setAttribute("aria-valuetext", said);
  };
  box.addEventListener("input", () => {
    tell();
    model.set("place", Number(box.value));
    model.save_changes();  // of steps while the kernel is busy only the last is sent
  });
  model.on("change:words", show);
  model.on("change:place", show);
  slide.append(label, box, told);
  el.append(slide);
  show();
}
export default { render };
"""


_GUARD_SCRIPT = """
function render() {
  const guard = (event) => {
    const target = event.target;
    if (target.closest && target.closest(".nbw-panel")) {
      const isTheirs = event.ctrlKey || event.metaKey;
      target.toggleAttribute("data-lm-suppress-shortcuts", !isTheirs);
    }
  };
  window.addEventListener("keydown", guard, true);
  return () => window.removeEventListener("keydown", guard, true);
}
export default { render };
"""


class KeyGuard(_Base):
    """Keeps the notebook's one-key commands off a panel that has the focus.

    In a menu or on a slider the arrow keys would select another cell, and D twice on
    a button would delete this one. Keys with Ctrl or Cmd stay the notebook's.
    """

    _esm = _GUARD_SCRIPT


class TokenText(_Base):
    """A text that tokens can be put into where the caret stands.

    Attributes:
        value: The text.
        label: Its name.
        rows: Lines; one is a line without breaks.
        touched: Counts up when it gets the focus.
    """

    _esm = _TEXT_SCRIPT
    value = Unicode().tag(sync=True)
    label = Unicode().tag(sync=True)
    placeholder = Unicode().tag(sync=True)
    key = Unicode().tag(sync=True)
    rows = Int(1).tag(sync=True)
    is_label_shown = Int(1).tag(sync=True)
    touched = Int().tag(sync=True)

    def insert_token(self, token: str) -> None:
        """Put a token where the caret stands, or in place of what is selected."""
        self.send({"insert": token})


class ValueSlider(_Base):
    """A slider over values that are given, each with its words.

    Attributes:
        place: Which of the values.
        words: What each is called.
        label: The slider's name.
    """

    _esm = _SLIDER_SCRIPT
    place = Int().tag(sync=True)
    label = Unicode().tag(sync=True)
    words = ListTrait(Unicode()).tag(sync=True)


class _PlainText(w.Textarea):
    """The same without a caret: tokens go to the end."""

    touched = Int()

    def insert_token(self, token: str) -> None:
        """Put a token at the end."""
        self.value += token


class _PlainLine(w.Text):
    """The same in one line."""

    touched = Int()

    def insert_token(self, token: str) -> None:
        """Put a token at the end."""
        self.value += token


def make_token_text(
    label: str,
    *,
    rows: int = 1,
    placeholder: str = "",
    is_label_shown: bool = True,
    with_caret: bool = has_caret,
) -> Any:  # noqa: ANN401 - either kind
    """Return a text for tokens, the best that is installed."""
    layout = w.Layout(width="100%")
    if with_caret:
        return TokenText(
            label=label,
            rows=rows,
            placeholder=placeholder,
            is_label_shown=int(is_label_shown),
            key=f"nbw-{uuid.uuid4().hex[:12]}",
            layout=layout,
        )
    kind = _PlainText if rows > 1 else _PlainLine
    made = kind(placeholder=placeholder, layout=layout, tooltip=label)
    if is_label_shown:
        made.description = label
    if rows > 1:
        made.rows = rows
    return made


def make_slider(
    label: str, words: Sequence[str], *, with_caret: bool = has_caret
) -> tuple[Any, str]:
    """Return a slider over the places of `words`, and the trait that holds the place."""
    if with_caret:
        return ValueSlider(label=label, words=list(words)), "place"
    options = [(word, place) for place, word in enumerate(words)]
    made = w.SelectionSlider(
        description=label, options=options, style={"description_width": "170px"},
        layout=w.Layout(width="520px"),
    )  # fmt: skip
    return made, "value"
