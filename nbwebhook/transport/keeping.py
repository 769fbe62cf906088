"""Keeps every response that passes, for a preview."""

from __future__ import annotations

from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response, Transport

__all__ = ["KeepingTransport"]


class KeepingTransport:
    """A transport around another one that keeps what came.

    Attributes:
        responses: The response of each request, in the order in which they were sent;
            None where no whole one came.
    """

    def __init__(self) -> None:
        self.responses: list[Response | None] = []
        self._inner: Transport

    def around(self, inner: Transport) -> Transport:
        """Return this transport, sending through `inner`."""
        self._inner = inner
        return self

    async def send(
        self,
        request: Request,
        deadline_s: float,
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Return the response of `inner`, having kept it."""
        place = len(self.responses)
        self.responses.append(None)
        response = await self._inner.send(request, deadline_s, progress=progress)
        self.responses[place] = response
        return response

    async def aclose(self) -> None:
        """Close `inner`."""
        await self._inner.aclose()
