"""One pass over the leads: everything that the rules want to know of their values.

Work goes by columns and by distinct values. A block of leads is encoded once, as a run
would do it; nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import RenderError
from nbwebhook.frames.prepare_text import text_lead_blocks
from nbwebhook.lint.json_rows import JsonJudge, JsonSlot
from nbwebhook.lint.limits import find_misfits
from nbwebhook.lint.rules import Probe
from nbwebhook.lint.tallies import Tally
from nbwebhook.lists.marks import Marks
from nbwebhook.lists.text_lists import TextList
from nbwebhook.render.leads import LeadBlock, Value
from nbwebhook.render.renderer import Renderer, Rendering

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LeadFacts", "Questions", "survey_leads"]

_BLOCK_ROWS = 20_000
_SCANNED_ROWS = 4_096
_LONG_TARGET = 2_000


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked of the leads.

    Attributes:
        probes: By rule and number of a filling, what is looked for in what is sent.
        columns: Columns whose fields have a type, by name.
        emptiness: Columns that fill a token together: which leads have nothing in them.
        headers: Numbers of the fillings of custom headers.
        json: The payload's tokens, if it is JSON whose template has no fault.
    """

    probes: Mapping[tuple[str, int], Probe]
    columns: Mapping[str, FieldType]
    emptiness: frozenset[tuple[str, ...]]
    headers: frozenset[int]
    json: tuple[JsonSlot, ...] | None


@dataclass(slots=True)
class LeadFacts:
    """What the leads' values are like.

    Attributes:
        count: How many leads there are.
        hits: By rule and number of a filling, leads for whom a probe hit.
        empty: By columns, leads who have nothing in them.
        misfits: By column, leads whose value its field cannot hold.
        refused: By error and its text, leads who have no request.
        no_json: By position of a token in the payload, leads whose body is not JSON
            with that token to blame; -1 where none is.
        long_targets: Leads with a very long path and query.
        duplicates: Leads whose request is the same as an earlier lead's.
        without_key: Leads that have no key.
    """

    count: int
    hits: dict[tuple[str, int], Tally] = field(default_factory=dict)
    empty: dict[tuple[str, ...], Tally] = field(default_factory=dict)
    misfits: dict[str, Tally] = field(default_factory=dict)
    refused: dict[tuple[str, str], Tally] = field(default_factory=dict)
    no_json: dict[int, Tally] = field(default_factory=dict)
    long_targets: Tally = field(default_factory=Tally)
    duplicates: Tally = field(default_factory=Tally)
    without_key: Tally = field(default_factory=Tally)


def survey_leads(
    leads: pd.DataFrame | TextList,
    key: str | None,
    renderer: Renderer,
    questions: Questions,
    *,
    learns: frozenset[str] | None = None,
) -> LeadFacts:
    """Return what the leads' values are like.

    Args:
        leads: The leads, whose columns have good names.
        key: The column that tells leads apart, if one does.
        renderer: Makes the requests.
        questions: What to look for.
        learns: Columns that a run will read: a list in a file takes down by the way what
            that will ask of it.

    Raises:
        LeadsError: The keys, or a list in a file, cannot be used.
    """
    columns = {*renderer.columns_used, *questions.columns}
    surveyor = _Surveyor(renderer, questions, LeadFacts(0))
    keys: Sequence[str | None] | None = None
    if isinstance(leads, TextList):
        blocks = text_lead_blocks(
            leads, key, columns, block_rows=_SCANNED_ROWS, learns=learns
        )
    else:
        from nbwebhook.frames.blocks import lead_blocks  # noqa: PLC0415 - loads pandas
        from nbwebhook.frames.keys import keys_of  # noqa: PLC0415 - likewise

        keys = None if key is None else keys_of(leads, key)
        blocks = lead_blocks(leads, key=keys, block_rows=_BLOCK_ROWS, columns=columns)
    for block in blocks:
        surveyor.facts.count += len(block)
        rows = range(block.first_row, block.first_row + len(block))
        names = [f"row {row}" for row in rows] if key is None else block.keys
        surveyor.look_at(block, names)
    if isinstance(leads, TextList) and key is not None:
        keys = leads.keys(key)
    surveyor.look_for_duplicates(_Names(keys))
    return surveyor.facts


class _Names:
    """What to call the leads of a list, by their row."""

    def __init__(self, keys: Sequence[str | None] | None) -> None:
        self._keys = keys

    def __getitem__(self, row: int) -> str:
        key = None if self._keys is None else self._keys[row]
        return f"row {row}" if key is None else key


class _Surveyor:
    def __init__(
        self, renderer: Renderer, questions: Questions, facts: LeadFacts
    ) -> None:
        self._renderer = renderer
        self._questions = questions
        self._judge = None if questions.json is None else JsonJudge(questions.json)
        self._marks = Marks()
        self._is_refused = bytearray()
        self.facts = facts

    def look_at(self, block: LeadBlock, names: Sequence[str | None]) -> None:
        """Take down what a block of leads is like, each lead called by its name."""
        keys = [
            f"row {block.first_row + row}" if name is None else name
            for row, name in enumerate(names)
        ]
        without_key = [row for row, key in enumerate(block.keys) if key is None]
        self.facts.without_key.add(without_key, keys)
        self._look_at_columns(block, keys)
        rendering = self._renderer.render_parts(block)
        self._look_at_values(rendering, keys)
        self._look_at_requests(rendering, {*without_key, *rendering.errors}, keys)
        for row, error in rendering.errors.items():
            self._note_refusal(row, error, keys)

    def _look_at_columns(self, block: LeadBlock, keys: Sequence[str]) -> None:
        values = {column.name: column.values for column in block.columns}
        for names in self._questions.emptiness:
            rows = _empty_rows([values[name] for name in names])
            self.facts.empty.setdefault(names, Tally()).add(rows, keys)
        for name, kind in self._questions.columns.items():
            rows = find_misfits(values[name], kind)
            self.facts.misfits.setdefault(name, Tally()).add(rows, keys)

    def _look_at_values(self, rendering: Rendering, keys: Sequence[str]) -> None:
        distinct: dict[int, set[bytes]] = {}
        joined: dict[int, bytes] = {}
        for (name, filling), probe in self._questions.probes.items():
            if filling not in distinct:
                distinct[filling] = set(rendering.filled[filling])
                joined[filling] = b"\n".join(distinct[filling])
            if not probe.pattern.search(joined[filling]):
                continue
            hit = {
                value
                for value in distinct[filling]
                if probe.pattern.search(value) and probe.is_hit(value)
            }
            rows = [r for r, v in enumerate(rendering.filled[filling]) if v in hit]
            self.facts.hits.setdefault((name, filling), Tally()).add(rows, keys)

    def _look_at_requests(
        self, rendering: Rendering, refused: set[int], keys: Sequence[str]
    ) -> None:
        targets = list(rendering.targets)
        bodies = [body or b"" for body in rendering.bodies]
        if max(map(len, targets), default=0) > _LONG_TARGET:
            rows = (r for r, t in enumerate(targets) if len(t) > _LONG_TARGET)
            self.facts.long_targets.add((r for r in rows if r not in refused), keys)
        self._mark_requests(rendering, targets, bodies, refused)
        if self._judge is not None:
            for row, blamed in self._judge.find_invalid(rendering.filled, bodies):
                for number in blamed or (-1,) if row not in refused else ():
                    self.facts.no_json.setdefault(number, Tally()).add([row], keys)

    def look_for_duplicates(self, names: _Names) -> None:
        """Take down which leads have an earlier lead's request, once all were seen."""
        is_refused = self._is_refused
        rows = (row for row in self._marks.repeats() if not is_refused[row])
        self.facts.duplicates.add(rows, names)

    def _mark_requests(
        self,
        rendering: Rendering,
        targets: Sequence[bytes],
        bodies: Sequence[bytes],
        refused: set[int],
    ) -> None:
        headers = [rendering.filled[number] for number in self._questions.headers]
        self._marks.extend(map(hash, zip(targets, bodies, *headers, strict=True)))
        is_refused = bytearray(len(targets))
        for row in refused:
            is_refused[row] = 1
        self._is_refused += is_refused

    def _note_refusal(self, row: int, error: RenderError, keys: Sequence[str]) -> None:
        name = (type(error).__name__, str(error))
        self.facts.refused.setdefault(name, Tally()).add([row], keys)


def _empty_rows(columns: Iterable[Sequence[Value]]) -> list[int]:
    """Return the positions of the leads who have nothing in any of the columns."""
    found: set[int] | None = None
    for values in columns:
        has_none = values.count("") + values.count(None)
        rows = (
            {row for row, value in enumerate(values) if value is None or value == ""}
            if has_none
            else set()
        )
        found = rows if found is None else found & rows
    return sorted(found or ())
