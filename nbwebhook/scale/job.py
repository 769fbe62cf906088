"""What the run of every partition is told: it goes into Dask's graph, so no secret does."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import pandas as pd

from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.departure import secret_names
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.journal.identity import definition_parts, leads_parts
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.resume import Resend
from nbwebhook.frames.prepare import PreparedFrame, prepare

__all__ = ["ScaleJob", "leads_fingerprint"]


@dataclass(frozen=True, slots=True)
class ScaleJob:
    """A run over a cluster, as its partitions see it.

    Attributes:
        run_id: Which run it is, of those of the scheduler.
        webhook: The definition.
        context: Values that do not come from the lead, without secrets.
        fields: The field table.
        key: The column that tells leads apart; None for the usual ones.
        plan: The limits; those of the budget are lent anew to each partition.
        folder: Where the journals are, on storage that all workers reach.
        resend: Which finished leads to call again.
        transport: The HTTP client, by name.
        allow_hosts: Hosts that may resolve to a private address.
    """

    run_id: str
    webhook: Webhook
    context: Context
    fields: Fields
    key: str | None
    plan: RunPlan
    folder: str
    resend: Resend | None
    transport: str
    allow_hosts: tuple[str, ...]

    def journal(self, partition: int) -> Path:
        """Return the path of a partition's journal."""
        return Path(self.folder, f"part-{partition:05d}.sqlite")

    def prepare(self, leads: pd.DataFrame, secrets: dict[str, str]) -> PreparedFrame:
        """Return the webhook and a partition's leads made ready.

        Raises:
            LeadsError: The list cannot be used.
            DefinitionError: The webhook cannot be used with this list.
        """
        return prepare(
            self.webhook,
            leads,
            context=self.context.replace(secrets=secrets),
            fields=self.fields,
            key=self.key,
            clock=RealClock(),
        )

    def prepare_for_frames(self, leads: pd.DataFrame) -> PreparedFrame:
        """Return the same where nothing is sent, and so no secret is needed."""
        return self.prepare(leads, dict.fromkeys(secret_names(self.webhook), "-"))

    def fingerprints(self) -> dict[str, str]:
        """Return what makes the run the same run, apart from its leads."""
        return definition_parts(self.webhook, self.context, self.fields)


def leads_fingerprint(prepared: PreparedFrame) -> str:
    """Return the fingerprint of all that a run reads of a partition's leads."""
    parts = leads_parts(prepared.blocks(), prepared.key_column)
    told = "\n".join(f"{name}\t{value}" for name, value in sorted(parts.items()))
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
