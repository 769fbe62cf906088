"""Whether Dask is there, and which of its things are given: nothing of it is loaded here."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nbwebhook.errors import InvalidPlan

if TYPE_CHECKING:
    import dask.dataframe as dd
    from distributed import Client
    from typing_extensions import TypeIs

    ClusterClient = Client
    ClusterFrame = dd.DataFrame
else:
    from typing import TypeGuard as TypeIs

    ClusterClient = ClusterFrame = Any

__all__ = [
    "ClusterClient",
    "ClusterFrame",
    "find_client",
    "is_for_a_cluster",
    "require_dask",
]

_ANSWER_S = 10
_NEEDED = ("dask", "distributed", "pyarrow", "hdrh")


def require_dask(argument: str) -> None:
    """Make sure that a run over a cluster can be made.

    Args:
        argument: What asked for it.

    Raises:
        InvalidPlan: The extra is not installed.
    """
    if any(find_spec(package) is None for package in _NEEDED):
        problem = 'a run over a cluster needs the extra: pip install "nbwebhook[dask]"'
        raise InvalidPlan(argument, problem)


def is_for_a_cluster(leads: object, client: object) -> TypeIs[ClusterFrame]:
    """Say whether leads are a Dask data frame, without loading Dask.

    Raises:
        InvalidPlan: They are not, and a client is given.

    Example:
        >>> is_for_a_cluster([1, 2], None)
        False
    """
    frames = sys.modules.get("dask.dataframe")
    if frames is not None and isinstance(leads, frames.DataFrame):
        return True
    if client is not None:
        problem = (
            "the leads are no Dask data frame; dask.dataframe.from_pandas makes one"
        )
        raise InvalidPlan("client", problem)
    return False


def find_client(client: object) -> ClusterClient:
    """Return the client of the cluster: the one given, else the one that is in use.

    Raises:
        InvalidPlan: There is none, it is closed, or it cannot be waited for.
    """
    require_dask("client")
    import distributed  # noqa: PLC0415 - only where a cluster is asked for

    if client is None:
        try:
            client = distributed.default_client()
        except ValueError as error:
            problem = "which cluster? give client=distributed.Client(...)"
            raise InvalidPlan("client", problem) from error
    if not isinstance(client, distributed.Client):
        raise InvalidPlan("client", f"{type(client).__name__} is no Dask client")
    if client.asynchronous:
        problem = "is asynchronous; make it with Client(...) outside of a coroutine"
        raise InvalidPlan("client", problem)
    if client.status != "running":
        raise InvalidPlan("client", f"is {client.status}; connect it to a cluster")
    return client


def connect(address: str) -> ClusterClient:
    """Return a client of the cluster at an address, such as `tcp://127.0.0.1:8786`.

    Raises:
        InvalidPlan: The extra is not installed, or nobody answers there.
    """
    require_dask("--dask")
    import distributed  # noqa: PLC0415 - only where a cluster is asked for

    try:
        return distributed.Client(address, timeout=_ANSWER_S)
    except (OSError, ValueError) as error:
        problem = f"no Dask scheduler answers at {address}; start one: dask scheduler"
        raise InvalidPlan("--dask", problem) from error
