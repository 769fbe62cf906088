"""Starts a run over a cluster: everything that can be wrong is found before the first call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

from nbwebhook.definition.context import Context
from nbwebhook.definition.departure import secret_names
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.journal.kept import JournalChoice
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.resume import Resend, check_resend
from nbwebhook.engine.showing import make_listener
from nbwebhook.errors import DuplicateKey, ForeignSecret, InvalidPlan
from nbwebhook.frames.summary import Summary
from nbwebhook.scale.conductor import Conducted, Conductor
from nbwebhook.scale.door import ClusterClient, ClusterFrame, find_client
from nbwebhook.scale.handle import ClusterRun
from nbwebhook.scale.job import ScaleJob
from nbwebhook.scale.result import ClusterResult, Surveyed
from nbwebhook.scale.scheduler import SchedulerLine
from nbwebhook.scale.survey import (
    PartFacts,
    Repeats,
    check_types,
    find_repeats,
    survey_partition,
    take_folder,
)
from nbwebhook.scale.tally import blank_summary
from nbwebhook.scale.wire import Share, Terms

__all__ = ["ScaleOptions", "start_over_cluster"]

_BUCKETS = 16
_NAMED = 5


@dataclass(frozen=True, slots=True)
class ScaleOptions:
    """Arguments of a run that are not limits.

    Attributes:
        journal: The folder of the journals.
        resend: Which finished leads to call again.
        context: Token values that do not come from the lead.
        fields: The field table.
        key: The column that tells leads apart.
        transport: The HTTP client, by name.
        allow_hosts: Hosts that may resolve to a private address.
    """

    journal: JournalChoice
    resend: Resend | None
    context: Context | None
    fields: Fields
    key: str | None
    transport: object
    allow_hosts: Iterable[str]

    def refuse(self, *, dedupe: bool, campaign: str, loop: str, sink: object) -> None:
        """Refuse what only a run on one machine can do.

        Raises:
            InvalidPlan: An argument has no meaning over a cluster.
        """
        if dedupe:
            problem = (
                "over a cluster equal requests may be in different partitions; take "
                "equal leads out first, by leads.drop_duplicates(...)"
            )
            raise InvalidPlan("dedupe", problem)
        if sink is not None:
            problem = "the result of a cluster streams by itself: result.save(folder)"
            raise InvalidPlan("sink", problem)
        if campaign != "trigger":
            problem = f"{campaign!r} sends nothing: run it on one machine"
            raise InvalidPlan("campaign", problem)
        if loop != "own":
            problem = "each worker of a cluster has a loop of its own; leave it out"
            raise InvalidPlan("loop", problem)
        if self.transport not in ("auto", "curl", "httpx"):
            problem = (
                "an object cannot go to the workers; say 'auto', 'curl' or 'httpx'"
            )
            raise InvalidPlan("transport", problem)


def start_over_cluster(
    webhook: Webhook,
    leads: ClusterFrame,
    plan: RunPlan,
    options: ScaleOptions,
    client: object = None,
    is_shown: bool = False,  # noqa: FBT001, FBT002 - a seam of the verbs
) -> ClusterRun:
    """Look at every partition, then start the run and return its handle.

    Args:
        webhook: The definition.
        leads: The list.
        plan: The limits, over all workers.
        options: Everything else.
        client: The Dask client; None for the one that is in use.
        is_shown: Whether a line of progress is shown.

    Raises:
        DefinitionError: The definition, or an argument, cannot be used.
        LeadsError: The list cannot be used.
        JournalError: The folder cannot be used.
        ClusterFailed: The cluster cannot do its part.
    """
    cluster = find_client(client)
    job = _job_of(webhook, plan, options)
    line = SchedulerLine(cluster, job.run_id)
    budget = Share(plan.connections, plan.max_calls_per_s)
    context = options.context or Context()
    secrets = _given_secrets(webhook, context)
    line.open(Terms(budget, plan.timeout_s, plan.max_failures), secrets)
    try:
        surveyed = _survey(cluster, leads, job)
    except BaseException:
        line.close()
        raise
    conductor = Conductor(cluster, leads, job, surveyed.facts, line)

    def build(ended: Conducted) -> ClusterResult:
        return ClusterResult(surveyed, ended, _like(job, ended, conductor))

    return ClusterRun(
        conductor,
        line,
        total=surveyed.total,
        build=build,
        on_progress=make_listener() if is_shown else None,
    )


def _job_of(webhook: Webhook, plan: RunPlan, options: ScaleOptions) -> ScaleJob:
    """Return what the partitions are told.

    Raises:
        InvalidPlan: An argument has no meaning over a cluster.
    """
    if not isinstance(options.journal, str | Path):
        problem = (
            "a run over a cluster needs a folder that all workers reach, such as "
            'journal="/shared/june": without a record, the leads of a worker that is '
            "lost would be called twice"
        )
        raise InvalidPlan("journal", problem)
    if plan.until is not None:
        problem = "works on one machine: run the pilot on a few of the leads first"
        raise InvalidPlan("until", problem)
    if plan.ramp_up_s:
        problem = "over a cluster calls at once follow its workers; leave it out"
        raise InvalidPlan("ramp_up_s", problem)
    check_resend(options.resend)
    return ScaleJob(
        run_id=uuid4().hex,
        webhook=webhook,
        context=(options.context or Context()).replace(secrets={}),
        fields=options.fields,
        key=options.key,
        plan=replace(plan, max_failures=None),
        folder=str(Path(options.journal).expanduser().absolute()),
        resend=options.resend,
        transport=str(options.transport),
        allow_hosts=tuple(options.allow_hosts),
    )


def _given_secrets(webhook: Webhook, context: Context) -> dict[str, str]:
    """Return the values of the secrets that the webhook names and the notebook has given.

    Raises:
        ForeignSecret: One was given for another origin.
    """
    wanted = {name.lower() for name in secret_names(webhook)}
    given = {
        name: secret
        for name, secret in context.secrets.items()
        if name.lower() in wanted
    }
    origin = webhook.origin
    foreign = [name for name, one in given.items() if not one.may_go_to(origin)]
    if foreign:
        raise ForeignSecret(tuple(foreign), str(origin))
    return {name: secret.reveal() for name, secret in given.items()}


def _survey(client: ClusterClient, leads: ClusterFrame, job: ScaleJob) -> Surveyed:
    """Look at every partition, the first one alone: most faults are in all of them."""
    from dask.delayed import delayed  # noqa: PLC0415 - only where a cluster is in use

    buckets = min(_BUCKETS, leads.npartitions)
    look = delayed(survey_partition, pure=False, nout=buckets + 1)
    looked = [
        look(part, job, number, buckets)
        for number, part in enumerate(leads.to_delayed())
    ]
    looked[0] = client.persist(looked[0])
    client.compute(looked[0][0]).result()
    repeats = [
        delayed(find_repeats)([part[bucket + 1] for part in looked])
        for bucket in range(buckets)
    ]
    asked = client.compute([*(part[0] for part in looked), *repeats])
    answers: list[Any] = client.gather(asked)
    facts: tuple[PartFacts, ...] = tuple(answers[: len(looked)])
    check_types(facts)
    _refuse_repeats(facts, answers[len(looked) :])
    client.submit(take_folder, job, facts, pure=False).result()
    return Surveyed(client, leads, job, facts)


def _refuse_repeats(facts: tuple[PartFacts, ...], found: list[Repeats]) -> None:
    count = sum(repeats.count for repeats in found)
    if not count:
        return
    first_rows = [0]
    for fact in facts:
        first_rows.append(first_rows[-1] + fact.leads)
    places = chain.from_iterable(repeats.places for repeats in found)
    rows = sorted(first_rows[partition] + row for partition, row in places)
    raise DuplicateKey(facts[0].key_column, count, tuple(rows[:_NAMED]))


def _like(job: ScaleJob, ended: Conducted, conductor: Conductor) -> Summary:
    """Return what is known of the run as a whole."""
    return replace(
        blank_summary(),
        webhook=job.webhook.name,
        state="stopped" if ended.stopped_by else "finished",
        stopped_by=str(ended.stopped_by or ""),
        duration_s=ended.duration_s,
        connections=conductor.look.connections,
        timeout_s=job.plan.timeout_s,
    )
