"""Every error of the package, in one tree.

```text
NbWebhookError
  DefinitionError     wrong for every lead; found before the first call
    InvalidDefinition, MissingSecret, ForeignSecret, NotTrusted, InvalidContext,
    InvalidPlan
  LeadsError          the list of leads cannot be used; found before the first call
    UnreadableList, RaggedRow, DuplicateColumn, AmbiguousColumn, MissingColumn, DuplicateKey
  RenderError         wrong for this lead; nothing of it was sent
    UnencodableValue, MissingKey, UnsafeHeader, UnsafeTarget
  TransportError      no whole response
    NameNotResolved, AddressRefused, ConnectFailed, TlsFailed, ConnectionLost,
    TruncatedBody, ProtocolViolated, DeadlineExceeded, CallCancelled
  ResponseError       a response that cannot be used
    HeadersTooLarge, BodyTooLarge, UndecodableBody, EmptyBody, InvalidBody, NotCoercible
  JournalError        the record of a run cannot be trusted, shared or written
    JournalLocked, JournalCorrupt, JournalMismatch, JournalFailed, RunLeft, NothingLeft
  RunStopped          a limit the user set was reached, or the user stopped the run
    TooManyFailures, CircuitOpen, MeasuredEnough, StoppedByUser, PartitionStopped
  ClusterFailed       a cluster cannot do its part of a run
```

An error about one lead becomes data on its outcome and the run goes on; an error about
the run is raised. Constructors take facts, `__str__` makes the sentence: no message
holds a lead's value or a secret, and every error survives pickling.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "AddressRefused",
    "AmbiguousColumn",
    "BodyTooLarge",
    "CallCancelled",
    "CircuitOpen",
    "ClusterFailed",
    "ConnectFailed",
    "ConnectionLost",
    "DeadlineExceeded",
    "DefinitionError",
    "DuplicateColumn",
    "DuplicateKey",
    "EmptyBody",
    "Fault",
    "ForeignSecret",
    "HeadersTooLarge",
    "InvalidBody",
    "InvalidContext",
    "InvalidDefinition",
    "InvalidPlan",
    "JournalCorrupt",
    "JournalError",
    "JournalFailed",
    "JournalLocked",
    "JournalMismatch",
    "LeadsError",
    "MeasuredEnough",
    "MissingColumn",
    "MissingKey",
    "MissingSecret",
    "NameNotResolved",
    "NbWebhookError",
    "NotCoercible",
    "NotTrusted",
    "NothingLeft",
    "PartitionStopped",
    "ProtocolViolated",
    "RaggedRow",
    "RenderError",
    "ResponseError",
    "RunLeft",
    "RunStopped",
    "StoppedByUser",
    "TlsFailed",
    "TooManyFailures",
    "TransportError",
    "TruncatedBody",
    "UndecodableBody",
    "UnencodableValue",
    "UnreadableList",
    "UnsafeHeader",
    "UnsafeTarget",
]


_MAX_LISTED = 12


class NbWebhookError(Exception):
    """Anything that this package has to say about what went wrong."""

    @property
    def sentence(self) -> str:
        """What happened and the next step, as one sentence."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, where it is, and what to do about it.

    Attributes:
        place: Where, in the user's words: `url, column 9`, `custom header 2 'X-Id'`,
            `payload template, line 3, column 14`, `response mapping 2 'data..score'`.
        problem: What was found, and what was wanted.
        remedy: The next step; may be empty where the problem says it already.
        rule: The name that a check gives it, where it has one; two faults are equal
            whatever theirs.
    """

    place: str
    problem: str
    remedy: str = ""
    rule: str = field(default="", compare=False)

    def __str__(self) -> str:
        tail = f"; {self.remedy}" if self.remedy else ""
        return f"{self.place}: {self.problem}{tail}"


def _listing(faults: tuple[Fault, ...]) -> str:
    if len(faults) == 1:
        return str(faults[0])
    return f"{len(faults)} faults:\n" + "\n".join(f"  - {fault}" for fault in faults)


# Wrong for every lead


class DefinitionError(NbWebhookError):
    """Wrong for every lead, found before the first call."""


class InvalidDefinition(DefinitionError):
    """A webhook's definition has faults, all of them listed in `faults`."""

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(name, faults)
        self.name = name
        self.faults = faults

    def __str__(self) -> str:
        who = f"webhook {self.name!r}" if self.name else "webhook"
        return f"{who}: {_listing(self.faults)}"


class MissingSecret(DefinitionError):
    """A definition names secrets that nobody has given."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        listed = ", ".join(f"{{{{secret.{name}}}}}" for name in self.names)
        return (
            f"no value for {listed}; set the environment variable"
            f"{'s' if len(self.names) > 1 else ''} {', '.join(self.names)} or pass "
            "context=Context(secrets={...})"
        )


class ForeignSecret(DefinitionError):
    """A definition names secrets that were given for another origin than its own."""

    def __init__(self, names: tuple[str, ...], origin: str) -> None:
        super().__init__(names, origin)
        self.names = names
        self.origin = origin

    def __str__(self) -> str:
        listed = ", ".join(f"{{{{secret.{name}}}}}" for name in self.names)
        return (
            f"{listed} may not go to {self.origin}: it was given for another origin; "
            "mend the url, or give a secret for this one"
        )


class NotTrusted(DefinitionError):
    """A definition that came from a file was not trusted with what it sends.

    Attributes:
        source: The file.
        origin: Where it sends to.
        tokens: What it sends of the leads and the run, by the names of the tokens.
        secrets: Names of the secrets that it sends.
    """

    def __init__(
        self,
        source: str,
        origin: str,
        tokens: tuple[str, ...],
        secrets: tuple[str, ...],
    ) -> None:
        super().__init__(source, origin, tokens, secrets)
        self.source = source
        self.origin = origin
        self.tokens = tokens
        self.secrets = secrets

    def __str__(self) -> str:
        listed = [*self.tokens, *(f"secret.{name}" for name in self.secrets)]
        shown = ", ".join(listed[:_MAX_LISTED])
        more = len(listed) - _MAX_LISTED
        return (
            f"{self.source} would send {shown}{f' and {more} more' if more > 0 else ''} "
            f"to {self.origin}, and nobody has trusted it with that yet; read it, then "
            "say trust=True once"
        )


class InvalidContext(DefinitionError):
    """Token values that do not come from the lead are not usable."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return f"context: {_listing(self.faults)}"


class InvalidPlan(DefinitionError):
    """An argument of a run or an estimate has a value that cannot be."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(argument, problem)
        self.argument = argument
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.argument}: {self.problem}"


# The list of leads cannot be used


class LeadsError(NbWebhookError):
    """The list of leads cannot be used as it is, found before the first call."""


class UnreadableList(LeadsError):
    """A file is not a list of leads that can be read exactly."""

    def __init__(self, source: str, problem: str, line: int | None = None) -> None:
        super().__init__(source, problem, line)
        self.source = source
        self.problem = problem
        self.line = line

    def __str__(self) -> str:
        where = f"{self.source}, line {self.line}" if self.line else self.source
        return f"{where}: {self.problem}"


class RaggedRow(LeadsError):
    """A row has more or fewer cells than the header."""

    def __init__(self, source: str, line: int, found: int, wanted: int) -> None:
        super().__init__(source, line, found, wanted)
        self.source = source
        self.line = line
        self.found = found
        self.wanted = wanted

    def __str__(self) -> str:
        return (
            f"{self.source}, line {self.line}: {self.found} cells where the header has "
            f"{self.wanted}; a comma inside a value needs quotes round the value"
        )


class DuplicateColumn(LeadsError):
    """Two columns of the list have the same name."""

    def __init__(self, source: str, names: tuple[str, ...]) -> None:
        super().__init__(source, names)
        self.source = source
        self.names = names

    def __str__(self) -> str:
        listed = ", ".join(repr(name) for name in self.names)
        return f"{self.source}: more than one column is called {listed}; rename them"


class AmbiguousColumn(LeadsError):
    """A name fits more than one column of the leads."""

    def __init__(self, name: str, columns: tuple[str, ...]) -> None:
        super().__init__(name, columns)
        self.name = name
        self.columns = columns

    def __str__(self) -> str:
        listed = ", ".join(repr(column) for column in self.columns)
        return f"{self.name!r} fits more than one column: {listed}; rename or drop one"


class MissingColumn(LeadsError):
    """The leads lack a column that is needed."""

    def __init__(self, name: str, columns: tuple[str, ...], wanted_for: str) -> None:
        super().__init__(name, columns, wanted_for)
        self.name = name
        self.columns = columns
        self.wanted_for = wanted_for

    def __str__(self) -> str:
        listed = ", ".join(repr(column) for column in self.columns[:12])
        return f"{self.wanted_for}: no column {self.name!r}; the leads have {listed}"


class DuplicateKey(LeadsError):
    """Several leads have the same key, so that they cannot be told apart."""

    def __init__(self, column: str, count: int, rows: tuple[int, ...]) -> None:
        super().__init__(column, count, rows)
        self.column = column
        self.count = count
        self.rows = rows

    def __str__(self) -> str:
        listed = ", ".join(str(row) for row in self.rows)
        return (
            f"key column {self.column!r}: {self.count} leads repeat the key of an "
            f"earlier one (rows {listed}, counted from 0); drop them or name another "
            'column with key="..."'
        )


# Wrong for this lead


class RenderError(NbWebhookError):
    """This lead's request cannot be made; nothing of it was sent."""


class UnencodableValue(RenderError):
    """A value of the lead has no exact text form."""

    def __init__(self, token: str, problem: str) -> None:
        super().__init__(token, problem)
        self.token = token
        self.problem = problem

    def __str__(self) -> str:
        return f"{{{{{self.token}}}}}: {self.problem}"


class MissingKey(RenderError):
    """The lead has no key."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column

    def __str__(self) -> str:
        return f"key column {self.column!r} is empty for this lead; give it a value"


class UnsafeHeader(RenderError):
    """A header value would hold a control character."""

    def __init__(self, header: str, problem: str) -> None:
        super().__init__(header, problem)
        self.header = header
        self.problem = problem

    def __str__(self) -> str:
        return f"custom header {self.header!r}: {self.problem}"


class UnsafeTarget(RenderError):
    """The URL would hold a byte that cannot stand in a request line."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"url: {self.problem}"


# No whole response


class TransportError(NbWebhookError):
    """No whole response came.

    Attributes:
        phase: Where the call stood: `resolve`, `connect`, `tls`, `send`, `wait`,
            `body`.
        detail: What the operating system or the peer said; never a value of a lead.
        bytes_sent: Whether a byte of the request may have left. `False` means that
            the service cannot have acted.
    """

    what = "no whole response"

    def __init__(self, phase: str, detail: str = "", *, bytes_sent: bool) -> None:
        super().__init__(phase, detail)
        self.phase = phase
        self.detail = detail
        self.bytes_sent = bytes_sent

    def __reduce__(self) -> tuple[object, ...]:
        return (_remake_transport_error, (type(self), self.__dict__.copy()))

    def __str__(self) -> str:
        tail = f": {self.detail}" if self.detail else ""
        return f"{self.what} (phase {self.phase}){tail}"


def _remake_transport_error(
    kind: type[TransportError], facts: dict[str, object]
) -> TransportError:
    error = kind(
        str(facts["phase"]), str(facts["detail"]), bytes_sent=bool(facts["bytes_sent"])
    )
    error.__dict__.update(facts)
    return error


class NameNotResolved(TransportError):
    """The host's name has no address."""

    what = "the host's name has no address"


class AddressRefused(TransportError):
    """The host resolves only to addresses that the address policy refuses."""

    what = "address refused"


class ConnectFailed(TransportError):
    """No connection could be made."""

    what = "no connection could be made"


class TlsFailed(TransportError):
    """The TLS handshake or the certificate check failed."""

    what = "TLS failed"


class ConnectionLost(TransportError):
    """The connection ended before a whole response head."""

    what = "the connection was lost"


class TruncatedBody(TransportError):
    """The connection ended inside the response's body."""

    what = "the response's body was cut off"


class ProtocolViolated(TransportError):
    """The peer sent something that is not HTTP/1.1."""

    what = "the answer is not valid HTTP"


class DeadlineExceeded(TransportError):
    """The call took longer than its time limit, all phases together."""

    what = "the time limit was reached"


class CallCancelled(TransportError):
    """The call was cut off by the user."""

    what = "cut off by the user"


# A response that cannot be used


class ResponseError(NbWebhookError):
    """A response came that cannot be used."""


class HeadersTooLarge(ResponseError):
    """The response's headers are larger than the cap."""

    def __init__(self, cap_bytes: int) -> None:
        super().__init__(cap_bytes)
        self.cap_bytes = cap_bytes

    def __str__(self) -> str:
        return f"the response's headers are larger than {self.cap_bytes:,} bytes"


class BodyTooLarge(ResponseError):
    """The response's body is larger than the cap, as received or decoded."""

    def __init__(self, cap_bytes: int) -> None:
        super().__init__(cap_bytes)
        self.cap_bytes = cap_bytes

    def __str__(self) -> str:
        return f"the response's body is larger than {self.cap_bytes:,} bytes"


class UndecodableBody(ResponseError):
    """The body's content encoding or character set cannot be undone."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class EmptyBody(ResponseError):
    """A 2xx response with an empty body: Marketo's error 1001."""

    def __str__(self) -> str:
        return "the response's body is empty (1001)"


class InvalidBody(ResponseError):
    """A 2xx response whose body is not what the response type promises."""

    def __init__(self, wanted: str, problem: str) -> None:
        super().__init__(wanted, problem)
        self.wanted = wanted
        self.problem = problem

    def __str__(self) -> str:
        return f"the response is not {self.wanted}: {self.problem}"


class NotCoercible(ResponseError):
    """A response value that the field's type cannot hold.

    Attributes:
        fate: The word that the changes frame shows: `type_mismatch`, `too_long`,
            `not_scalar`.
    """

    def __init__(self, fate: str, problem: str) -> None:
        super().__init__(fate, problem)
        self.fate = fate
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


# The record of a run


class JournalError(NbWebhookError):
    """The record of a run cannot be trusted, shared or written."""


class JournalLocked(JournalError):
    """Another run writes this journal."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"journal {self.path!r} is open in another run; wait for its end, or give "
            "this run a journal of its own"
        )


class JournalCorrupt(JournalError):
    """A journal is damaged: what it says about who was called cannot be trusted."""

    def __init__(self, path: str, record: str, problem: str) -> None:
        super().__init__(path, record, problem)
        self.path = path
        self.record = record
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"journal {self.path!r} is damaged at {self.record}: {self.problem}; nobody "
            "is called by it: take a sound copy, or find out who was called and start "
            "anew with another journal"
        )


class JournalMismatch(JournalError):
    """A journal was written by another run than the one that would go on with it."""

    def __init__(self, path: str, differences: tuple[str, ...]) -> None:
        super().__init__(path, differences)
        self.path = path
        self.differences = differences

    def __str__(self) -> str:
        return (
            f"journal {self.path!r} belongs to another run, which differs in "
            f"{', '.join(self.differences)}; take what that run had, or another journal"
        )


class JournalFailed(JournalError):
    """A journal cannot be made, read or written."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"journal {self.path!r}: {self.problem}; no call is made without its record "
            "on disk: make room, or name another place, and run again"
        )


class RunLeft(JournalError):
    """The same run was left before its end, and nobody may be called twice unasked."""

    def __init__(self, run: str, path: str) -> None:
        super().__init__(run, path)
        self.run = run
        self.path = path

    def __str__(self) -> str:
        return (
            f"this webhook was called over this list before, and the result was not "
            f"handed over ({self.run}); nw.resume(webhook, leads) goes on with that run "
            "and calls nobody twice, nw.runs().left lists it, its discard() forgets it, "
            "and journal=False calls everybody without looking"
        )


class NothingLeft(JournalError):
    """No run of this webhook over this list was left behind."""

    def __init__(self, others_count: int) -> None:
        super().__init__(others_count)
        self.others_count = others_count

    def __str__(self) -> str:
        return (
            "no run of this webhook over this list was left behind "
            f"({self.others_count:,} of others were: nw.runs().left); another definition, "
            "list or context makes another run, and nw.run starts one"
        )


# A limit the user set


class RunStopped(NbWebhookError):
    """The run ended before every lead had been tried."""


class TooManyFailures(RunStopped):
    """As many leads failed as the user allows."""

    def __init__(self, failures: int, max_failures: int) -> None:
        super().__init__(failures, max_failures)
        self.failures = failures
        self.max_failures = max_failures

    def __str__(self) -> str:
        return (
            f"{self.failures} leads failed, max_failures is {self.max_failures}: not "
            "tried"
        )


class CircuitOpen(RunStopped):
    """The service failed again and again, and every probe since."""

    def __init__(self, failures: int, probes: int) -> None:
        super().__init__(failures, probes)
        self.failures = failures
        self.probes = probes

    def __str__(self) -> str:
        return (
            f"{self.failures} calls in a row failed, and so did {self.probes} probes "
            "after them: not tried"
        )


class MeasuredEnough(RunStopped):
    """A pilot has measured as many calls as its rule asks for."""

    def __init__(self, calls: int) -> None:
        super().__init__(calls)
        self.calls = calls

    def __str__(self) -> str:
        return f"{self.calls:,} calls are enough for the estimate: not tried"


class StoppedByUser(RunStopped):
    """The user stopped the run."""

    def __str__(self) -> str:
        return "the run was stopped before this lead's turn"


class PartitionStopped(RunStopped):
    """A partition of a run over a cluster has stopped, and so do all others."""

    def __init__(self, partition_number: int, problem: str) -> None:
        super().__init__(partition_number, problem)
        self.partition_number = partition_number
        self.problem = problem

    def __str__(self) -> str:
        return f"partition {self.partition_number:,} stopped: {self.problem}"


class ClusterFailed(NbWebhookError):
    """A cluster cannot do its part of a run."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"the cluster: {self.problem}; the journals in the folder know who was "
            "called: mend it and run the same again"
        )
