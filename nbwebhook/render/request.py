"""A rendered request: the bytes that go on the wire, and where to."""

from __future__ import annotations

from nbwebhook.definition.urls import Origin

__all__ = ["Request"]


class Request:
    """One lead's request, byte for byte.

    A plain slotted class and not a frozen dataclass: one is made for each call, and a
    frozen one costs three times as much to make. Nobody changes it once it is made.

    Attributes:
        method: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
        origin: Scheme, host and port.
        target: Path and query as they stand in the request line.
        headers: Custom headers as pairs of name and value; host and framing are the
            transport's.
        body: The payload, or None where the request type has none.
    """

    __slots__ = ("body", "headers", "method", "origin", "target")

    def __init__(
        self,
        method: str,
        origin: Origin,
        target: bytes,
        headers: tuple[tuple[bytes, bytes], ...],
        body: bytes | None,
    ) -> None:
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.method, self.origin, self.target, self.headers, self.body))

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.origin}>"
