"""The notebook's line to the scheduler: boards are opened, looked at, steered, closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from nbwebhook.errors import ClusterFailed, InvalidPlan
from nbwebhook.scale.door import ClusterClient
from nbwebhook.scale.wire import Look, Terms

__all__ = ["SchedulerLine"]


class SchedulerLine:
    """Speaks of one run with the scheduler.

    Args:
        client: The cluster.
        run_id: Which run.
    """

    def __init__(self, client: ClusterClient, run_id: str) -> None:
        self._client = client
        self._run_id = run_id

    def open(self, terms: Terms, secrets: Mapping[str, str]) -> None:
        """Open the run's board.

        Raises:
            InvalidPlan: Secrets would go over a line that others may read.
            ClusterFailed: The scheduler cannot have one.
        """
        if secrets and not _is_private(
            self._client.scheduler_info(n_workers=0)["address"]
        ):
            problem = (
                "secrets are given, and the line to the scheduler is not encrypted; set "
                "them in the environment of the workers, or connect by tls://"
            )
            raise InvalidPlan("context", problem)
        from nbwebhook.scale.plugin import BoardPlugin  # noqa: PLC0415 - loads Dask

        try:
            self._client.register_plugin(BoardPlugin())
            self._ask(
                "open",
                client=self._client.id,
                terms=asdict(terms),
                secrets=dict(secrets),
            )
        except Exception as error:
            problem = (
                "the scheduler cannot take part in a run "
                f"({type(error).__name__}): it needs nbwebhook[dask] in this version too"
            )
            raise ClusterFailed(problem) from error

    def close(self) -> None:
        """Close it; whoever still runs stops."""
        self._try("close")

    def look(self) -> Look | None:
        """Return how far the run is; None if the scheduler does not say."""
        facts = self._try("look")
        return None if facts is None else Look.from_facts(facts)

    def steer(self, what: str, value: int | None = None) -> None:
        """Pause, resume, stop or cut the run, or change its connections."""
        self._try("steer", what=what, value=value)

    def _ask(self, op: str, **facts: Any) -> Any:  # noqa: ANN401 - a message
        from nbwebhook.scale.plugin import PREFIX  # noqa: PLC0415 - loads Dask

        handler = getattr(self._client.scheduler, f"{PREFIX}{op}")
        return self._client.sync(handler, run=self._run_id, **facts)

    def _try(self, op: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Ask; a scheduler that is gone says nothing."""
        if self._client.status != "running":
            return None
        try:
            return self._ask(op, **facts)
        except OSError:
            return None


def _is_private(address: str) -> bool:
    """Say whether nobody else can read what is sent to a scheduler.

    Example:
        >>> _is_private("tcp://127.0.0.1:8786"), _is_private("tcp://10.0.0.7:8786")
        (True, False)
    """
    parts = urlsplit(address)
    if parts.scheme in {"tls", "inproc", "wss"}:
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
