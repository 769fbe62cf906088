"""The demo leads are realistic, awkward in places, and the same everywhere."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

import pytest

from nbwebhook.demo import demo_leads, iter_demo_leads, names, people
from nbwebhook.errors import InvalidPlan

_KEYS = [
    "Id",
    "Email Address",
    "First Name",
    "Last Name",
    "Company Name",
    "Job Title",
    "Phone Number",
    "Country",
    "Postal Code",
    "Lead Source",
    "Lead Score",
    "Created At",
]
_ADDRESS = re.compile(
    r"[a-z0-9.+'_-]+@(example\.(com|org|net)|[a-z]+-[a-z]+\.example)", re.ASCII
)


def test_the_first_leads_are_the_same_everywhere() -> None:
    """These values are fixed: notebooks and README show them."""
    assert demo_leads(1) == [
        {
            "Id": "1000001",
            "Email Address": "karim.olsen@thornquist-instruments.example",
            "First Name": "Karim",
            "Last Name": "Olsen",
            "Company Name": "Thornquist Instruments Ltd.",
            "Job Title": "Office Manager",
            "Phone Number": "+1 613 555 0158",
            "Country": "Canada",
            "Postal Code": "P9S 6S5",
            "Lead Source": "",
            "Lead Score": "53",
            "Created At": "2024-01-08T07:30:05Z",
        }
    ]


def test_every_lead_has_every_key_and_only_text() -> None:
    """Marketo's display names, in one order."""
    for lead in demo_leads(2_000):
        assert list(lead) == _KEYS
        assert all(isinstance(value, str) for value in lead.values())


def test_ids_and_addresses_are_unique() -> None:
    """Also across blocks, and every address is one that belongs to nobody."""
    leads = demo_leads(50_000)
    assert len({lead["Id"] for lead in leads}) == 50_000
    addresses = {lead["Email Address"] for lead in leads}
    assert len({address.lower() for address in addresses}) == 50_000
    assert [address for address in addresses if not _ADDRESS.fullmatch(address)] == []


def test_the_shuffle_of_names_repeats_nothing_within_a_cycle() -> None:
    """The lists have the lengths that the shuffle relies on, without repetition."""
    lists = (
        names.FIRST_NAMES,
        names.LAST_NAMES,
        names.COMPANY_STEMS,
        names.TRADES,
        names.JOB_TITLES,
        names.LEAD_SOURCES,
    )
    assert [len(set(words)) for words in lists] == [128, 256, 32, 8, 32, 8]
    assert [len(words) for words in lists] == [128, 256, 32, 8, 32, 8]
    assert len(names.COUNTRIES) == 32


@pytest.mark.parametrize("count", [1, 20, 9_999, 10_000, 10_001, 20_100])
def test_a_shorter_list_is_the_beginning_of_a_longer_one(count: int) -> None:
    """So an example may take ten of a million."""
    assert demo_leads(count) == list(islice(iter_demo_leads(25_000), count))


def test_another_seed_gives_other_leads() -> None:
    """And the same seed the same ones."""
    assert demo_leads(50, seed=8) == demo_leads(50, seed=8)
    ours = {lead["Email Address"] for lead in demo_leads(50, seed=7)}
    theirs = {lead["Email Address"] for lead in demo_leads(50, seed=8)}
    assert len(ours & theirs) < 10, "only the awkward addresses of the first rows"


def test_the_first_20_leads_have_the_awkward_ones() -> None:
    """A glance at the list shows what real lists have."""
    leads = demo_leads(20)
    last_names = {lead["Last Name"] for lead in leads}
    assert {"Null", "O'Brien", "Müller-Lüdenscheidt", "Nguyễn", "田中"} <= last_names
    companies = "".join(lead["Company Name"] for lead in leads)
    assert all(sign in companies for sign in '&",')
    assert any("+" in lead["Email Address"] for lead in leads)
    empty = [key for key in _KEYS if any(lead[key] == "" for lead in leads)]
    assert set(_KEYS) - set(empty) == {"Id", "Email Address", "Created At"}


def test_one_lead_in_40_is_awkward() -> None:
    """About as many as in a real list, and each kind occurs."""
    beginnings = {lead["Email Address"] for lead in names.AWKWARD_LEADS}
    kinds = Counter(
        re.split(r"\d", lead["Email Address"])[0]
        for lead in islice(iter_demo_leads(40_020), 20, None)
    )
    awkward = {kind: count for kind, count in kinds.items() if kind in beginnings}
    assert awkward.keys() == beginnings
    assert 850 < sum(awkward.values()) < 1_150


def test_values_have_the_look_of_their_kind() -> None:
    """Postal codes keep their zeros, scores may be empty, dates only grow."""
    leads = demo_leads(5_000)
    assert any(re.fullmatch(r"0\d{4}", lead["Postal Code"]) for lead in leads)
    scores = {lead["Lead Score"] for lead in leads}
    assert "" in scores
    assert all(score.isdecimal() for score in scores - {""})
    created = [lead["Created At"] for lead in leads]
    assert created == sorted(created)
    assert all(
        re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", day) for day in created
    )


def test_a_list_longer_than_a_cycle_of_names_keeps_addresses_unique() -> None:
    """After 2**23 leads the names come again, and the address tells the cycle."""
    # The generator takes half a minute to get there: its builder is asked for both rows.
    first, again = (
        people._make_email(row, "ana.berger", 3, "Pumps", 1) for row in (5, 5 + 2**23)
    )
    assert (first, again) == (
        "ana.berger@dunmarrow-pumps.example",
        "ana.berger1@dunmarrow-pumps.example",
    )


@pytest.mark.parametrize(
    ("count", "seed", "message"),
    [
        pytest.param(-1, 7, r"count: is -1; wanted 0 or more", id="count"),
        pytest.param(5, -2, r"seed: is -2; wanted 0 or more", id="seed"),
    ],
)
def test_an_impossible_list_is_refused(count: int, seed: int, message: str) -> None:
    """At the call, not when the first lead is taken."""
    with pytest.raises(InvalidPlan, match=message):
        iter_demo_leads(count, seed=seed)


def test_an_empty_list_is_empty() -> None:
    """No leads are fine."""
    assert demo_leads(0) == []
