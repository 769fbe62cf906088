"""The frames of a run, made of what it saw when they are first looked at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import pandas as pd

from nbwebhook.engine.ledger import Ledger
from nbwebhook.frames.apply import apply_updates
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.outcomes import calls_frame, changes_frame
from nbwebhook.frames.prepare import PreparedFrame
from nbwebhook.frames.updates import cleared_rows, updates_frame

__all__ = ["MadeFrames"]


class MadeFrames:
    """Frames of all leads of a run, or of a stretch of them.

    Args:
        prepared: The webhook and these leads.
        ledger: What the run saw of them; rows count from the first of these leads.
        dtypes: The dtypes of fields in `updates`, where a longer list decides them.
    """

    def __init__(
        self,
        prepared: PreparedFrame,
        ledger: Ledger,
        dtypes: Mapping[str, str] | None = None,
    ) -> None:
        self._prepared = prepared
        self._ledger = ledger
        self._dtypes = dtypes or {}
        keys = prepared.keys
        self._keys = keys if isinstance(keys, KeyTexts) else KeyTexts(keys)

    @cached_property
    def calls(self) -> pd.DataFrame:
        """One row a call, in the order of the leads, then attempts."""
        return calls_frame(self._ledger, self._keys)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row a lead and response mapping."""
        prepared = self._prepared
        old = prepared.old_columns()
        return changes_frame(
            self._ledger, self._keys, prepared.targets, old, prepared.zone
        )

    @cached_property
    def updates(self) -> pd.DataFrame:
        """One row a lead with a written field; the index is that of the leads."""
        rows = self.updates_by_row.index.to_numpy()
        return self.updates_by_row.set_axis(self._prepared.leads.index.take(rows))

    @cached_property
    def updates_by_row(self) -> pd.DataFrame:
        """The same; the index is the position of the lead."""
        return updates_frame(self._ledger, self._prepared.targets, self._dtypes)

    @cached_property
    def leads(self) -> pd.DataFrame:
        """The leads with the updates applied."""
        prepared = self._prepared
        return apply_updates(
            prepared.leads,
            self.updates_by_row,
            prepared.targets,
            prepared.zone,
            cleared=cleared_rows(self._ledger, prepared.targets),
        )

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the frames by the names of the files that are made of them.

        `updates` has the leads' key as its first column instead of an index.
        """
        rows = self.updates_by_row.index.to_numpy()
        updates = self.updates_by_row.reset_index(drop=True)
        keys = self._keys.strings.take(rows)
        updates.insert(0, self._prepared.key_column, pd.Series(keys, dtype="string"))
        return {
            "updates": updates,
            "changes": self.changes,
            "calls": self.calls,
            "leads": self.leads,
        }
