"""An estimate in sentences that a marketer can paste into a mail."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nbwebhook.whatif.bounds import timeout_rate_upper

if TYPE_CHECKING:
    from nbwebhook.whatif.estimate import DelayEstimate, DelayRow
    from nbwebhook.whatif.law import Laws
    from nbwebhook.whatif.plan import DelayPlan, RetryRule
    from nbwebhook.whatif.sample import LatencySample

__all__ = ["estimate_notes", "estimate_text", "in_words", "percent", "range_in_words"]

MARKETO_CONNECTIONS = 20
_FEW_CALLS = 50
_WORTH_A_WORD = 1.02
_AT_THE_LIMIT = 0.95
_NEARLY_ALL = 0.99
_UNITS = (
    ("ms", 1e-3),
    ("s", 1.0),
    ("minutes", 60.0),
    ("hours", 3600.0),
    ("days", 86400.0),
)
_FROM_S = (0.0, 1.0, 120.0, 3600.0, 172_800.0)


def in_words(seconds: float) -> str:
    """Return a duration with three digits and a unit that fits.

    Example:
        >>> in_words(5000), in_words(0.0527), in_words(273.4), in_words(36)
        ('1.39 hours', '52.7 ms', '4.56 minutes', '36 s')
    """
    unit, per = _unit(seconds)
    number = _three_digits(seconds / per)
    is_one = number == "1" and len(unit) > len("ms")
    return f"{number} {unit.removesuffix('s') if is_one else unit}"


def range_in_words(low_s: float, high_s: float) -> str:
    """Return two durations, the unit once where both have it.

    Example:
        >>> range_in_words(252, 270), range_in_words(100, 200)
        ('4.2 to 4.5 minutes', '100 s to 3.33 minutes')
    """
    low, high = in_words(low_s), in_words(high_s)
    if low == high:
        return low
    low_unit, high_unit = _unit(low_s)[0], _unit(high_s)[0]
    if low_unit == high_unit:
        low = low.removesuffix(f" {low_unit}")
    return f"{low} to {high}"


def percent(share: float) -> str:
    """Return a share as a percentage with two digits.

    Example:
        >>> percent(0.0149), percent(0.25), percent(0), percent(0.9992)
        ('1.5 %', '25 %', '0 %', '99.9 %')
    """
    if share > _NEARLY_ALL:
        return "100 %" if share == 1 else f"{share * 100:.1f} %"
    return f"{share * 100:.2g} %"


def estimate_text(estimate: DelayEstimate) -> str:
    """Return the whole estimate, a sentence a line."""
    lines = [_heading(estimate.sample, estimate.plan)]
    lines += [_row_sentence(row, estimate.plan) for row in estimate.rows]
    return "\n".join([*lines, *estimate.notes])


def estimate_notes(
    sample: LatencySample,
    plan: DelayPlan,
    laws: Laws,
    connections: tuple[int, ...],
) -> tuple[str, ...]:
    """Return what the reader of an estimate must know, a sentence each."""
    notes = [
        _timeouts_note(sample, plan, laws),
        _measured_at_note(sample, connections),
        _censored_note(plan, laws),
        _repeats_note(sample, plan.retry, laws),
        _few_calls_note(sample),
        _left_out_note(sample),
    ]
    return tuple(note for note in notes if note)


def _heading(sample: LatencySample, plan: DelayPlan) -> str:
    known = (
        f"service time as stated ({sample.told})"
        if sample.told is not None
        else (
            f"service time from {sample.calls:,} calls (median {_ms(sample, 0.5)}, "
            f"99 of 100 within {_ms(sample, 0.99)})"
        )
    )
    leads = "1 lead" if plan.leads == 1 else f"{plan.leads:,} leads"
    return f"{leads}, {known}{_what_ifs(plan)}."


def _ms(sample: LatencySample, share: float) -> str:
    return in_words(sample.quantile_ms(share) / 1e3)


def _what_ifs(plan: DelayPlan) -> str:
    parts = [f"time limit {in_words(plan.timeout_s)}"]
    if plan.scale != 1:
        slower = "slower" if plan.scale > 1 else "faster"
        factor = max(plan.scale, 1 / plan.scale)
        parts.append(f"if the service were {factor:.3g} times {slower}")
    if plan.cap_s is not None:
        parts.append(f"if no call took longer than {in_words(plan.cap_s)}")
    if plan.max_calls_per_s is not None:
        burst = f" in bursts of up to {plan.burst}" if plan.burst > 1 else ""
        parts.append(f"at most {plan.max_calls_per_s:g} calls a second{burst}")
    if plan.retry is not None:
        parts.append(f"up to {plan.retry.attempts} calls for a lead whose call fails")
    return "".join(f", {part}" for part in parts)


def _row_sentence(row: DelayRow, plan: DelayPlan) -> str:
    who = _at(row.connections)
    spread = range_in_words(row.makespan_p05_s, row.makespan_p95_s)
    if row.extrapolated:
        return (
            f"{who}: between {_low_and_high(row)}. Only {row.measured_connections} at "
            "once were measured: the first holds if the service keeps its pace, the "
            "second if it does no more calls a second than it did then."
            f"{_bound(row)}"
        )
    middle = in_words(row.makespan_p50_s)
    inside = "" if spread == middle else f" (nine campaigns of ten: {spread})"
    return f"{who}: {middle}{inside}.{_bound(row)}{_paced(row, plan)}"


def _low_and_high(row: DelayRow) -> str:
    return f"{in_words(row.makespan_p05_s)} and {in_words(row.makespan_p95_s)}"


def _at(connections: int) -> str:
    if connections == 1:
        return "One call at a time"
    if connections == MARKETO_CONNECTIONS:
        return f"With {connections} connections, as many as Marketo is said to open"
    return f"With {connections:,} connections"


def _bound(row: DelayRow) -> str:
    if row.makespan_p95_pessimistic_s < row.makespan_p95_s * _WORTH_A_WORD:
        return ""
    return (
        f" Up to {in_words(row.makespan_p95_pessimistic_s)} if the slow calls that "
        f"{row.pilot_calls:,} calls cannot rule out do occur."
    )


def _paced(row: DelayRow, plan: DelayPlan) -> str:
    limit = plan.max_calls_per_s
    if limit is None or row.throughput_per_s < _AT_THE_LIMIT * limit:
        return ""
    return " The rate limit decides, not the connections."


def _timeouts_note(sample: LatencySample, plan: DelayPlan, laws: Laws) -> str:
    seen = laws.timeouts_seen
    if seen is None:
        return (
            "The service time is taken as stated: the ranges hold the luck of a "
            "campaign, not whether the statement is right."
        )
    upper = percent(timeout_rate_upper(seen, sample.calls))
    limit = in_words(plan.timeout_s)
    if seen == 0:
        return (
            f"0 of {sample.calls:,} calls timed out; up to {upper} could (rule of "
            f"three). The pessimistic figure lets that many take {in_words(plan.longest_s)}."
        )
    rate = percent(seen / sample.calls)
    reach = "reaches" if seen == 1 else "reach"
    return (
        f"{seen:,} of {sample.calls:,} calls {reach} the time limit of {limit} ({rate}); "
        f"the true share may be up to {upper}."
    )


def _measured_at_note(sample: LatencySample, connections: tuple[int, ...]) -> str:
    if sample.told is not None or max(connections) == 1:
        return ""
    if sample.measured_connections is None:
        return (
            "How many calls ran at once while measuring is not known; the figures hold "
            "if the service is as fast at the connections asked for."
        )
    at_once = sample.measured_connections
    if at_once == 1:
        return "Measured one call at a time."
    return f"Measured at up to {at_once} calls at once."


def _censored_note(plan: DelayPlan, laws: Laws) -> str:
    if not laws.censored_below:
        return ""
    was = "was" if laws.censored_below == 1 else "were"
    return (
        f"{laws.censored_below:,} of the calls {was} cut off before the time limit asked "
        f"for; how long such calls take cannot be known from these calls. They count "
        f"with the time they had, in the pessimistic figure with {in_words(plan.longest_s)}."
    )


def _repeats_note(sample: LatencySample, retry: RetryRule | None, laws: Laws) -> str:
    if retry is not None and retry.share is None and not laws.as_measured.failing.any():
        return "None of the calls failed in a way that the retry rule repeats."
    if retry is None and sample.repeats:
        return (
            f"{sample.repeats:,} of the calls were repeats; the estimate makes one call "
            "a lead, as Marketo does. Pass retry= to count repeats."
        )
    return ""


def _few_calls_note(sample: LatencySample) -> str:
    if sample.told is not None or sample.calls >= _FEW_CALLS:
        return ""
    return f"{sample.calls} calls are few; 200 or more make the ranges trustworthy."


def _left_out_note(sample: LatencySample) -> str:
    if not sample.left_out:
        return ""
    return f"{sample.left_out:,} rows were left out: no call of theirs reached the service."


def _unit(seconds: float) -> tuple[str, float]:
    place = sum(seconds >= start for start in _FROM_S) - 1
    return _UNITS[max(place, 0)]


def _three_digits(number: float) -> str:
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    digits = max(2 - math.floor(math.log10(abs(number))), 0)
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
