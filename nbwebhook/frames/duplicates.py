"""How many calls a list asks for that are the same as an earlier one."""

from __future__ import annotations

from nbwebhook.frames.prepared import Prepared

__all__ = ["count_duplicate_requests"]


def count_duplicate_requests(prepared: Prepared) -> int:
    """Return how many calls `dedupe=True` saves: leads with an earlier lead's request.

    Every lead is rendered once; 20 bytes a lead are kept meanwhile. Requests with the time
    of day differ as it does.
    """
    following = prepared.digests().link()
    return len(following) - following.count(-1)
