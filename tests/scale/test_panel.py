"""A run over a cluster in the panel: followed, steered, and told where its frames are."""

from __future__ import annotations

from pathlib import Path

from distributed import Client

import nbwebhook as nw
from nbwebhook.demo import DemoService
from nbwebhook.scale.handle import ClusterRun
from nbwebhook.ui.form_state import FormState
from tests.scale.lists import cut, people, webhook
from tests.ui.conftest import until


def test_the_panel_follows_and_stops_a_run_over_a_cluster(
    client: Client, tmp_path: Path
) -> None:
    """It is among the runs of this process, and its tab shows and steers it."""
    with DemoService(latency_ms=50) as service:
        state = FormState(namespace=dict)
        hook, leads = webhook(service), cut(people(200), 8)
        nw.start(hook, leads, client=client, journal=tmp_path, connections=4)
        found = state.runs[0]
        state.run.follow(found)
        assert isinstance(found, ClusterRun)
        until(state.run, lambda: state.run.progress and state.run.progress.done > 10)
        assert state.run.phase == "running"
        assert any("latency of the last" in line for line in state.run.details)
        state.run.stop()
        state.work.settle()
        assert state.run.phase == "stopped"
        assert state.run.problem == ""
        assert "journals in" in state.results.note
        assert service.counts.requests < 200
