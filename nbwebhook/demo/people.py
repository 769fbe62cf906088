"""Invented leads, as a list from Marketo has them: text, with a few awkward ones.

Every value follows from the seed and the row's position alone, so the first ten of a
million leads are the ten of a list of ten, on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nbwebhook.demo.names import (
    AWKWARD_LEADS,
    COMPANY_STEMS,
    COUNTRIES,
    FIRST_NAMES,
    JOB_TITLES,
    LAST_NAMES,
    LEAD_SOURCES,
    TRADES,
)
from nbwebhook.errors import InvalidPlan

__all__ = ["demo_leads", "iter_demo_leads"]

_BLOCK_ROWS = 10_000
_FIRST_ID = 1_000_001
_FIRST_CREATED = np.datetime64("2024-01-08T07:30:00", "s")
_CREATED_EVERY_S = 61
_NAME_BITS = 23
_NAME_MASK = np.uint64(2**_NAME_BITS - 1)
_POOL_SIZE = 512
_LETTERS = "ABCEGHJKLMNPRSTVWXY"
_DOMAINS = ("example.com", "example.org", "example.net", "example.com")
_TAGS = ("", "", "", "", "", "", "", "+news")
_EARLY_ROWS = 20
_EARLY_AWKWARD_ROWS = (2, 4, 7, 9, 11, 14, 16, 18, 19)
_AWKWARD_BELOW = 4_096 // 40
"""Of 4,096: one lead in 40 is awkward."""


def demo_leads(count: int = 500, *, seed: int = 7) -> list[dict[str, str]]:
    """Return invented leads, keyed by Marketo's display names, all values text.

    Ids and e-mail addresses are unique. About one lead in 40 is awkward as real ones
    are (the surname Null, quotes, commas, other scripts, empty fields), and more of
    the first 20.

    Args:
        count: How many.
        seed: Another seed, other leads.

    Raises:
        InvalidPlan: `count` or `seed` is below 0.

    Example:
        >>> leads = demo_leads(3)
        >>> leads[2]["Last Name"]
        'Null'
    """
    return list(iter_demo_leads(count, seed=seed))


def iter_demo_leads(count: int = 500, *, seed: int = 7) -> Iterator[dict[str, str]]:
    """Return an iterator over `demo_leads` that holds only a block of them at a time.

    Raises:
        InvalidPlan: `count` or `seed` is below 0.
    """
    for argument, number in (("count", count), ("seed", seed)):
        if number < 0:
            raise InvalidPlan(argument, f"is {number}; wanted 0 or more")
    return _generate_leads(count, seed)


def _generate_leads(count: int, seed: int) -> Iterator[dict[str, str]]:
    dice = np.random.PCG64(seed)
    start = int(dice.random_raw())
    for first in range(0, count, _BLOCK_ROWS):
        rows = min(_BLOCK_ROWS, count - first)
        raw: NDArray[np.uint64] = dice.random_raw(2 * rows).reshape(rows, 2)
        yield from _build_block(first, raw, start)


def _build_block(
    first: int, raw: NDArray[np.uint64], start: int
) -> Iterator[dict[str, str]]:
    rows = np.arange(first, first + len(raw))
    columns = (
        rows.tolist(),
        _mix(rows, start).tolist(),
        raw[:, 0].tolist(),
        raw[:, 1].tolist(),
        np.datetime_as_string(_created_at(rows, raw)).tolist(),
    )
    for row, name, die, chance, created in zip(*columns, strict=True):
        lead = _build_lead(row, name, die, chance, f"{created}Z")
        _make_awkward(lead, row, die, chance)
        yield lead


def _mix(rows: NDArray[np.int64], start: int) -> NDArray[np.uint64]:
    """Return the rows shuffled: 2**23 rows have as many different numbers.

    Each step can be undone, so no two rows of a cycle share name and company, and the
    e-mail addresses made of them are unique without a memory of those before.
    """
    mixed = (rows.astype(np.uint64) + np.uint64(start & 0xFFFFFF)) & _NAME_MASK
    for factor, shift in ((0x5BD1E9, 12), (0x6C8E95, 11), (0x2F0B4D, 13)):
        mixed = (mixed * np.uint64(factor)) & _NAME_MASK
        mixed ^= mixed >> np.uint64(shift)
    return mixed


def _created_at(
    rows: NDArray[np.int64], raw: NDArray[np.uint64]
) -> NDArray[np.datetime64]:
    jitter_s = (raw[:, 1] % np.uint64(_CREATED_EVERY_S)).astype(np.int64)
    return _FIRST_CREATED + (rows * _CREATED_EVERY_S + jitter_s).astype("m8[s]")


def _build_lead(
    row: int, name: int, die: int, chance: int, created: str
) -> dict[str, str]:
    first, last = FIRST_NAMES[name & 127], LAST_NAMES[name >> 7 & 255]
    stem, trade = name >> 15 & 31, TRADES[name >> 20]
    country = COUNTRIES[stem]
    return {
        "Id": str(_FIRST_ID + row),
        "Email Address": _make_email(row, f"{first}.{last}", stem, trade, die),
        "First Name": first,
        "Last Name": last,
        "Company Name": f"{COMPANY_STEMS[stem]} {trade} {country.legal_form}",
        "Job Title": JOB_TITLES[die >> 8 & 31] if chance >> 40 & 15 else "",
        "Phone Number": _phones(stem)[die >> 16 & 511] if chance >> 44 & 7 else "",
        "Country": country.name,
        "Postal Code": _postal_codes(stem)[die >> 32 & 511],
        "Lead Source": LEAD_SOURCES[die >> 48 & 7],
        "Lead Score": str(die >> 51 & 127) if chance >> 48 & 7 else "",
        "Created At": created,
    }


def _make_email(row: int, who: str, stem: int, trade: str, die: int) -> str:
    """Return an address that no other row has.

    At a company's domain the name is unique within a cycle of `_mix`, and later cycles
    add their number; elsewhere the row's number makes it so.
    """
    who = who.lower()
    if die & 3 == 0:
        return f"{who}{row}{_TAGS[die >> 2 & 7]}@{_DOMAINS[die >> 5 & 3]}"
    cycle = row >> _NAME_BITS or ""
    tag = _TAGS[die >> 2 & 7]
    return f"{who}{cycle}{tag}@{COMPANY_STEMS[stem]}-{trade}.example".lower()


def _make_awkward(lead: dict[str, str], row: int, die: int, chance: int) -> None:
    """Put the values of an awkward lead in place of a few leads' own."""
    if row < _EARLY_ROWS:
        if row not in _EARLY_AWKWARD_ROWS:
            return
        chosen = _EARLY_AWKWARD_ROWS.index(row)
    elif chance & 4_095 < _AWKWARD_BELOW:
        chosen = (chance >> 12 & 0xFFFF) % len(AWKWARD_LEADS)
    else:
        return
    patch = AWKWARD_LEADS[chosen]
    lead.update(patch)
    domain = _DOMAINS[die >> 5 & 3]
    lead["Email Address"] = f"{patch['Email Address']}{row}@{domain}"


@lru_cache
def _phones(stem: int) -> list[str]:
    return _fill_form(COUNTRIES[stem].phone)


@lru_cache
def _postal_codes(stem: int) -> list[str]:
    return _fill_form(COUNTRIES[stem].postal)


def _fill_form(form: str) -> list[str]:
    """Return `_POOL_SIZE` fillings: `#` becomes a digit, `@` a letter."""
    raw = np.random.PCG64(len(form)).random_raw((_POOL_SIZE, len(form)))
    return ["".join(map(_fill_sign, form, numbers)) for numbers in raw.tolist()]


def _fill_sign(sign: str, number: int) -> str:
    if sign == "#":
        return str(number % 10)
    return _LETTERS[number % len(_LETTERS)] if sign == "@" else sign
