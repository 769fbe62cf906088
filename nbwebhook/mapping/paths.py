"""Response attributes compiled to getters: from a document's root to one value.

```text
JSON  result.tags[0]            object key . object key [list index]
XML   example.list.element[1]   root . child . second of the children so named
```

A key of an XML path is an element's name as the document writes it, prefix and all:
`ns:tag` finds `<ns:tag>` and not `<tag>`. An element alone counts as a list of one, so
that `element[0]` works for one and for many; several elements without an index are a
list, as in JSON, and not a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from itertools import islice
from typing import Any, Final

from nbwebhook.definition.paths import parse_path
from nbwebhook.definition.webhook import ResponseType

__all__ = ["MISSING", "Getter", "Missing", "compile_path"]


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "no value at this path"


MISSING: Final = Missing.MISSING
"""What a getter returns where the path leads nowhere; None is JSON's null."""

Getter = Callable[[Any], Any]
"""From a document's root to the value at a path, or `MISSING`; never raises."""


def compile_path(attribute: str, response_type: ResponseType) -> Getter:
    """Return the getter of a response attribute.

    A JSON getter returns what stands there, `None` for null. An XML getter returns the
    text of an element without children, or else the element, or a list of elements.

    Args:
        attribute: A path of the grammar that `parse_path` reads.
        response_type: What the root will be; of `None` nothing is ever found.

    Raises:
        InvalidPath: The attribute is not of the grammar; a `Webhook` holds no such one.

    Example:
        >>> compile_path("orders[1].id", "JSON")({"orders": [{}, {"id": 7}]})
        7
    """
    steps = parse_path(attribute)
    if response_type == "JSON":
        return _json_getter(steps)
    if response_type == "XML":
        return _xml_getter(steps)
    return _find_nothing


def _find_nothing(root: Any) -> Missing:  # noqa: ANN401, ARG001 - a Getter
    return MISSING


def _json_getter(steps: tuple[str | int, ...]) -> Getter:
    if all(isinstance(step, str) for step in steps):
        return _key_getter(steps[:-1], steps[-1])

    def get(root: Any) -> Any:  # noqa: ANN401 - any JSON value
        value = root
        for step in steps:
            if isinstance(step, str):
                if type(value) is not dict or step not in value:
                    return MISSING
            elif type(value) is not list or step >= len(value):
                return MISSING
            value = value[step]
        return value

    return get


def _key_getter(parents: tuple[str | int, ...], key: str | int) -> Getter:
    """Return the getter of a path of keys alone, which needs no look at lists."""
    if not parents:
        return lambda root: root.get(key, MISSING) if type(root) is dict else MISSING
    if len(parents) == 1:
        parent = parents[0]

        def get_second(root: Any) -> Any:  # noqa: ANN401 - any JSON value
            value = root.get(parent) if type(root) is dict else None
            return value.get(key, MISSING) if type(value) is dict else MISSING

        return get_second

    def get(root: Any) -> Any:  # noqa: ANN401 - any JSON value
        value = root
        for parent in parents:
            if type(value) is not dict:
                return MISSING
            value = value.get(parent)
        return value.get(key, MISSING) if type(value) is dict else MISSING

    return get


# XML


class _Name:
    """A step of an XML path: a name, and the index among the siblings of that name."""

    __slots__ = ("index", "pattern", "prefix", "written")

    def __init__(self, written: str) -> None:
        prefix, colon, local = written.rpartition(":")
        self.written = written
        self.prefix = prefix if colon else None
        self.pattern = f"{{*}}{local}"
        self.index: int | None = None

    @property
    def is_possible(self) -> bool:
        """Whether an element can have this name at all."""
        local = self.pattern.removeprefix("{*}")
        has_space = any(char.isspace() for char in self.written)
        return bool(local) and not has_space and self.prefix != ""

    def is_of(self, element: Any) -> bool:  # noqa: ANN401 - lxml has no types
        """Return whether the element is so called."""
        tag = f"{element.prefix}:" if element.prefix else ""
        name = tag + element.tag.rpartition("}")[2]
        return bool(name == self.written)

    def among(self, parent: Any) -> Iterator[Any]:  # noqa: ANN401 - lxml has no types
        """Yield the children of that name."""
        for child in parent.iterchildren(self.pattern):
            if child.prefix == self.prefix:
                yield child

    def pick(self, siblings: Iterator[Any]) -> Any:  # noqa: ANN401 - lxml has no types
        """Return the sibling that the index asks for, or all where there is none."""
        if self.index is not None:
            return next(islice(siblings, self.index, None), MISSING)
        first = next(siblings, MISSING)
        rest = list(siblings)
        return [first, *rest] if rest else first


def _xml_getter(steps: tuple[str | int, ...]) -> Getter:
    names = _names_of(steps)
    if not names or not all(name.is_possible for name in names):
        return _find_nothing
    top, *rest = names

    def get(root: Any) -> Any:  # noqa: ANN401 - lxml has no types
        element = top.pick(iter([root] if top.is_of(root) else ()))
        for name in rest:
            if element is MISSING or type(element) is list:
                return MISSING
            element = name.pick(name.among(element))
        if element is MISSING or type(element) is list or len(element):
            return element
        return element.text or ""

    return get


def _names_of(steps: tuple[str | int, ...]) -> list[_Name]:
    """Return names with their indexes; none where an index can lead nowhere."""
    names: list[_Name] = []
    for step in steps:
        if isinstance(step, str):
            names.append(_Name(step))
        elif not names or (names[-1].index is not None and step > 0):
            return []
        elif names[-1].index is None:
            names[-1].index = step
    return names
