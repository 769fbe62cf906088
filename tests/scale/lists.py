"""A webhook and a list for runs over a cluster."""

from __future__ import annotations

import pandas as pd
from dask import dataframe as dd

from nbwebhook import Webhook
from nbwebhook.demo import DemoService, demo_leads


def webhook(
    service: DemoService, path: str = "enrich?email={{lead.Email Address}}"
) -> Webhook:
    """Return a webhook that asks the service about a lead."""
    return Webhook(
        name="Score",
        url=f"{service.url}/{path}",
        custom_headers=[("X-Lead-Id", "{{lead.Id}}")],
        response_mappings=[
            ("result.score", "Lead Score"),
            ("result.segment", "Segment"),
        ],
    )


def people(count: int) -> pd.DataFrame:
    """Return so many invented leads, as text."""
    return pd.DataFrame(demo_leads(count)).astype("string")


def cut(leads: pd.DataFrame, partitions: int) -> dd.DataFrame:
    """Return leads as a Dask data frame."""
    frame: dd.DataFrame = dd.from_pandas(leads, npartitions=partitions, sort=False)
    return frame
