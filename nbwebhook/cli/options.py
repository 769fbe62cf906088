"""Options that commands share, handed over in groups."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import click
from click.core import ParameterSource

__all__ = [
    "CHOICE",
    "LIMITS",
    "OUTPUT",
    "REPEATS",
    "SOURCE",
    "TRUST",
    "Choice",
    "Limits",
    "Output",
    "Repeats",
    "Source",
    "gather",
    "options_given",
    "pairs",
]

Command = Callable[..., Any]
A_FILE = click.Path(path_type=Path, dir_okay=False)
A_FOLDER = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True, slots=True)
class Source:
    """The list, and what its tokens and fields mean."""

    key: str | None = None
    my: dict[str, str] | None = None
    field: dict[str, str] | None = None
    time_zone: str = "UTC"
    encoding: str | None = None
    delimiter: str | None = None
    excel_safe: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Which leads of the list are called for."""

    only_missing: str | None = None
    only_failed: bool = False
    since_run: tuple[Path, ...] = ()
    limit: int | None = None
    sample: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may do at most."""

    connections: int = 20
    timeout_s: float = 30.0
    max_calls_per_s: float | None = None
    ramp_up_s: float = 0.0
    max_failures: int | None = None


@dataclass(frozen=True, slots=True)
class Repeats:
    """Which calls are made again, and what remembers those that were made."""

    retries: int = 0
    idempotent: bool = False
    resend: Literal["failed", "unknown", "all"] | None = None
    no_journal: bool = False
    dedupe: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """Where the results go, and how they are written."""

    out: Path
    replace: bool = False
    parquet: bool = False
    like_input: bool = False
    as_written: bool = False


def pairs(
    _: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Return NAME=VALUE options as a dict."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param=param)
        found[name.strip()] = value
    return found


def options_given(*, without: Collection[str]) -> list[str]:
    """Return the options of the command that runs as they were typed, but for some."""
    context = click.get_current_context()
    given: list[str] = []
    for option in context.command.params:
        name = option.name or ""
        is_typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not isinstance(option, click.Option) or not is_typed or name in without:
            continue
        value = context.params[name]
        if option.is_flag:
            given.append(option.opts[0])
        elif isinstance(value, dict):
            for key, text in value.items():
                given += [option.opts[0], f"{key}={text}"]
        elif isinstance(value, tuple):
            for one in value:
                given += [option.opts[0], str(one)]
        else:
            given += [option.opts[0], str(value)]
    return given


def gather(
    kind: type[Any], options: tuple[Callable[[Command], Command], ...]
) -> Callable[[Command], Command]:
    """Return a decorator that adds options and hands them over as one `kind`.

    The command gets them by the name of the class in lower case.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def gathered(**given: object) -> object:
            own = {field.name: given.pop(field.name) for field in fields(kind)}
            return command(**given, **{kind.__name__.lower(): kind(**own)})

        made: Command = gathered
        for option in reversed(options):
            made = option(made)
        return made

    return decorate


SOURCE = gather(
    Source,
    (
        click.option(
            "--key",
            metavar="COLUMN",
            help="Column that tells leads apart; else Id, else Email Address.",
        ),
        click.option(
            "--my",
            multiple=True,
            callback=pairs,
            metavar="NAME=VALUE",
            help="A My Token: --my Tier=gold fills {{my.Tier}}.",
        ),
        click.option(
            "--field",
            multiple=True,
            callback=pairs,
            metavar="NAME=TYPE",
            help="Type of a custom field: --field Grade=string.",
        ),
        click.option(
            "--time-zone",
            default="UTC",
            show_default=True,
            metavar="ZONE",
            help="The account's, such as Europe/Berlin, for dates and times.",
        ),
        click.option(
            "--encoding",
            metavar="NAME",
            help="Of the list; else by its byte order mark, else UTF-8.",
        ),
        click.option(
            "--delimiter", metavar="CHARACTER", help="Of the list; else by its header."
        ),
        click.option(
            "--excel-safe",
            is_flag=True,
            help="LEADS was written by nbwebhook: take the apostrophes before = + - @ "
            "off again.",
        ),
    ),
)

CHOICE = gather(
    Choice,
    (
        click.option(
            "--only-missing",
            metavar="FIELD",
            help="Only leads whose FIELD is empty or spaces.",
        ),
        click.option(
            "--since-run",
            type=A_FOLDER,
            multiple=True,
            metavar="DIR",
            help="Leave out what the run saved in DIR has finished; may be given for "
            "several runs. Leads whose outcome is unknown count as finished: their "
            "calls may have been acted on.",
        ),
        click.option(
            "--only-failed",
            is_flag=True,
            help="Of the runs in --since-run only the leads that failed or were not tried.",
        ),
        click.option(
            "--sample",
            type=click.IntRange(1),
            metavar="N",
            help="N leads at random, in the order of the list.",
        ),
        click.option(
            "--seed",
            default=0,
            show_default=True,
            help="The same seed chooses the same leads.",
        ),
        click.option(
            "--limit", type=click.IntRange(1), metavar="N", help="The first N leads."
        ),
    ),
)

LIMITS = gather(
    Limits,
    (
        click.option(
            "--connections",
            default=20,
            show_default=True,
            help="Calls at once; Marketo has 20.",
        ),
        click.option(
            "--timeout-s",
            default=30.0,
            show_default=True,
            help="Limit of a whole call; Marketo's is 30.",
        ),
        click.option(
            "--max-calls-per-s", type=float, metavar="R", help="Calls started a second."
        ),
        click.option(
            "--ramp-up-s",
            default=0.0,
            show_default=True,
            help="Seconds in which the calls at once rise from 1 to --connections.",
        ),
        click.option(
            "--max-failures",
            type=int,
            metavar="N",
            help="Stop after N failed or unknown leads.",
        ),
    ),
)

REPEATS = gather(
    Repeats,
    (
        click.option(
            "--retries",
            type=click.IntRange(0, 99),
            default=0,
            show_default=True,
            help="Calls again of a lead whose call failed for a while: a call that did "
            "not leave; 429, 503 and the like only with GET, PUT, DELETE or --idempotent.",
        ),
        click.option(
            "--idempotent",
            is_flag=True,
            help="The service takes the same request twice as once, so that any call "
            "may be made again.",
        ),
        click.option(
            "--resend",
            type=click.Choice(["failed", "unknown", "all"]),
            help="When a run goes on: call its failed or unknown leads again too.",
        ),
        click.option(
            "--dedupe",
            is_flag=True,
            help="Send equal requests once: the first lead is called, the others get its "
            "answer. How many calls that saves is said before.",
        ),
        click.option(
            "--no-journal",
            is_flag=True,
            help="Keep no record while it runs; after a crash nothing is known then.",
        ),
    ),
)

TRUST = click.option(
    "--trust",
    is_flag=True,
    help="WEBHOOK may send what it says, from now on. Without it a run with --yes sends "
    "only what was sent before; an answer to the question counts as trust.",
)

OUTPUT = gather(
    Output,
    (
        click.option(
            "--out",
            type=A_FOLDER,
            required=True,
            metavar="DIR",
            help="Folder for updates.csv, changes.csv, calls.csv, leads.csv (the leads "
            "of this run), summary.json, report.html and the journal run.sqlite; made if "
            "it is not there. The same command again goes on where the run was.",
        ),
        click.option(
            "--replace",
            is_flag=True,
            help="Forget an earlier run in DIR and begin anew.",
        ),
        click.option(
            "--parquet", is_flag=True, help="Write the frames as Parquet too."
        ),
        click.option(
            "--like-input",
            is_flag=True,
            help="leads.csv and updates.csv with the encoding, delimiter and line ends "
            "of LEADS; else UTF-8, comma, LF.",
        ),
        click.option(
            "--as-written",
            is_flag=True,
            help="No apostrophe before cells that a spreadsheet would compute; for "
            "files that go to a program and not to Excel.",
        ),
    ),
)
