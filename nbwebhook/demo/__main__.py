"""Runs the demo service in the foreground: `python -m nbwebhook.demo --port 8808`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from nbwebhook.demo.latency import Constant, LogNormal
from nbwebhook.demo.service import DemoService, serve_forever
from nbwebhook.errors import InvalidPlan

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; return the exit code, 2 for an argument that cannot be."""
    parser = _make_parser()
    given = parser.parse_args(arguments)
    try:
        serve_forever(_make_service(given), announce=_write_line)
    except InvalidPlan as error:
        parser.exit(2, f"{error}\n")
    return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nbwebhook.demo",
        description="A loopback web service with chosen delays and faults.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen at")
    add("--port", type=int, default=8808, help="0 takes a free port")
    add("--latency-ms", type=float, default=50.0, help="how long a request takes")
    add("--p99-ms", type=float, help="make --latency-ms the median of a long tail")
    add("--failure-share", type=float, default=0.0, help="0 to 1")
    add("--failure-status", type=int, default=500)
    add("--fault", action="append", type=_read_fault, metavar="NAME=SHARE", default=[])
    add("--seed", type=int, default=0, help="another seed, other leads that fail")
    add("--max-connections", type=int, help="those above it are answered 503")
    return parser


def _read_fault(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    return name, float(share)


def _make_service(given: argparse.Namespace) -> DemoService:
    usual = Constant(given.latency_ms)
    return DemoService(
        latency_ms=usual
        if given.p99_ms is None
        else LogNormal(given.latency_ms, given.p99_ms),
        failure_share=given.failure_share,
        failure_status=given.failure_status,
        faults=dict(given.fault),
        seed=given.seed,
        max_connections=given.max_connections,
        host=given.host,
        port=given.port,
        keep_record=False,
    )


def _write_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
