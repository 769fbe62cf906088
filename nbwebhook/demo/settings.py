"""What a demo service was asked to be: checked when made, and able to cross a pipe."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nbwebhook.demo.latency import Constant, Latency, LogNormal, check_duration
from nbwebhook.errors import InvalidPlan

__all__ = ["FAULTS", "Settings", "is_fault_name"]

FAULTS = (
    "close",
    "reset",
    "hang",
    "drip",
    "truncate",
    "html",
    "empty",
    "bad_json",
    "redirect",
    "big",
    "gzip",
)
"""Names of the faults, beside `status_NNN` for any final status."""

_STATUS_FAULT = re.compile(r"status_[2-9][0-9][0-9]")
_LAWS: dict[str, type[Constant | LogNormal]] = {
    "Constant": Constant,
    "LogNormal": LogNormal,
}
_LAST_PORT = 65_535


def is_fault_name(name: str) -> bool:
    """Tell whether the service knows how to misbehave by that name."""
    return name in FAULTS or _STATUS_FAULT.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The knobs of a demo service; `DemoService` says what each one does."""

    latency: Latency
    failure_share: float = 0.0
    failure_status: int = 500
    faults: tuple[tuple[str, float], ...] = ()
    seed: int = 0
    max_connections: int | None = None
    host: str = "127.0.0.1"
    port: int = 0
    drip_s: float = 3.0
    big_bytes: int = 16 * 1024 * 1024
    max_request_bytes: int = 1024 * 1024
    keep_record: bool = True

    def __post_init__(self) -> None:
        self._check_address()
        self._check_shares()
        check_duration("drip_s", self.drip_s)
        for argument in ("big_bytes", "max_request_bytes", "max_connections"):
            amount = getattr(self, argument)
            if amount is not None and amount < 1:
                raise InvalidPlan(argument, f"is {amount}; wanted 1 or more")

    def _check_address(self) -> None:
        if not _is_loopback(self.host):
            raise InvalidPlan(
                "host",
                f"is {self.host!r}; the demo service listens on loopback only: wanted "
                "an address such as '127.0.0.1' or '::1'",
            )
        if not 0 <= self.port <= _LAST_PORT:
            raise InvalidPlan("port", f"is {self.port}; wanted 0 to {_LAST_PORT}")

    def _check_shares(self) -> None:
        if not is_fault_name(f"status_{self.failure_status}"):
            raise InvalidPlan(
                "failure_status", f"is {self.failure_status}; wanted 200 to 999"
            )
        if not 0 <= self.failure_share <= 1:
            raise InvalidPlan(
                "failure_share", f"is {self.failure_share}; wanted 0 to 1"
            )
        for name, share in self.faults:
            if not is_fault_name(name):
                raise InvalidPlan(
                    "faults",
                    f"{name!r} is no fault; wanted {', '.join(FAULTS)} or status_NNN",
                )
            if not 0 <= share <= 1:
                raise InvalidPlan("faults", f"{name!r} is {share}; wanted 0 to 1")
        total = sum(share for _, share in self.fault_shares)
        if total > 1 + 1e-9:
            raise InvalidPlan(
                "faults", f"shares and failure_share sum to {total:g}; wanted 1 or less"
            )

    @property
    def fault_shares(self) -> tuple[tuple[str, float], ...]:
        """The faults with their shares; a failure is one of them."""
        return ((f"status_{self.failure_status}", self.failure_share), *self.faults)

    def to_json(self) -> str:
        """Return the settings as one line of JSON."""
        facts = asdict(self)
        facts["latency"] = {"law": type(self.latency).__name__, **asdict(self.latency)}
        return json.dumps(facts)

    @classmethod
    def from_json(cls, line: str) -> Settings:
        """Return the settings that `to_json` wrote."""
        facts = json.loads(line)
        facts["latency"] = _read_law(facts["latency"])
        facts["faults"] = tuple((name, share) for name, share in facts["faults"])
        return cls(**facts)


def _read_law(facts: Mapping[str, Any]) -> Latency:
    arguments = {name: fact for name, fact in facts.items() if name != "law"}
    return _LAWS[facts["law"]](**arguments)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
