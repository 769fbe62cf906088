"""Content encodings undone within a bound: a bomb costs no more than the cap."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from nbwebhook.errors import BodyTooLarge, UndecodableBody

__all__ = ["MAX_BODY_BYTES", "decode_body"]

MAX_BODY_BYTES = 10 << 20
"""How large a response's body may be, as received and decoded, unless told."""

_MAX_ENCODINGS = 5
_PIECE_BYTES = 16 << 10
_OUTPUT_BYTES = 64 << 10
_MAX_GZIP_MEMBERS = 1024
_MAX_ZSTD_FRAMES = 16
_GZIP_WBITS = 16 + zlib.MAX_WBITS
_ZSTD_WINDOW_LOG = 23  # 8 MiB, the window that every decoder must offer by RFC 8878


def decode_body(
    raw: bytes,
    encodings: Sequence[bytes] = (),
    max_body_bytes: int = MAX_BODY_BYTES,
) -> bytes:
    """Return `raw` with its content encodings undone, the last one first.

    The cap is checked while the output grows, so memory stays within about twice the
    cap whatever the input. An empty body has nothing to undo.

    Args:
        raw: The body as received.
        encodings: The values of all Content-Encoding headers, in their order.
        max_body_bytes: The cap of every stage.

    Raises:
        BodyTooLarge: `raw` or a decoded stage is larger than the cap.
        UndecodableBody: An encoding is unknown, or the data is not in it: damaged, cut
            off, or followed by something else.

    Example:
        >>> decode_body(zlib.compress(b"[1]"), [b"deflate"])
        b'[1]'
    """
    if len(raw) > max_body_bytes:
        raise BodyTooLarge(max_body_bytes)
    if not encodings:
        return raw
    names = [
        name.strip().lower().decode("latin-1")
        for value in encodings
        for name in value.split(b",")
        if name.strip()
    ]
    if len(names) > _MAX_ENCODINGS:
        problem = f"the body has {len(names)} content encodings; at most "
        raise UndecodableBody(f"{problem}{_MAX_ENCODINGS} are undone")
    body = raw
    for name in reversed(names):
        if body and name != "identity":
            body = _decode_stage(name, body, max_body_bytes)
    return body


def _decode_stage(name: str, data: bytes, cap_bytes: int) -> bytes:
    stages = _stages().get(name)
    if not stages:
        known = ", ".join(["identity", *sorted(_stages())])
        raise UndecodableBody(
            f"content encoding {name[:40]!r} cannot be undone; known are {known}"
        )
    failure = UndecodableBody(f"the body is not whole {name} data")
    for stage in stages:
        try:
            return _collect(stage(data), cap_bytes)
        except (_NotWhole, zlib.error) as error:
            failure.__cause__ = failure.__cause__ or error
    raise failure


def _collect(pieces: Iterator[bytes], cap_bytes: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > cap_bytes:
            raise BodyTooLarge(cap_bytes)
    return bytes(body)


class _NotWhole(Exception):
    """The data is damaged, cut off, or followed by something else."""


Stage = Callable[[bytes], Iterator[bytes]]


def _stages() -> dict[str, tuple[Stage, ...]]:
    """Return for each encoding the ways to undo it, in the order to try them."""
    stages: dict[str, tuple[Stage, ...]] = {
        "gzip": (_gunzip,),
        "x-gzip": (_gunzip,),
        # Servers send both: RFC 9110 means zlib's format, some send the bare stream.
        "deflate": (_inflate_zlib, _inflate_bare),
    }
    if brotli := _find_brotli():
        stages["br"] = (lambda data: _unbrotli(brotli, data),)
    if zstd := _find_module("compression.zstd", "backports.zstd"):
        stages["zstd"] = (lambda data: _unzstd(zstd, data),)
    return stages


def _gunzip(data: bytes) -> Iterator[bytes]:
    """Yield the content of all gzip members in `data`, which may be several."""
    start = 0
    for _ in range(_MAX_GZIP_MEMBERS):
        start = yield from _inflate(_GZIP_WBITS, data, start)
        if start == len(data):
            return
    raise _NotWhole


def _inflate_zlib(data: bytes) -> Iterator[bytes]:
    return _inflate_whole(zlib.MAX_WBITS, data)


def _inflate_bare(data: bytes) -> Iterator[bytes]:
    return _inflate_whole(-zlib.MAX_WBITS, data)


def _inflate_whole(wbits: int, data: bytes) -> Iterator[bytes]:
    if (yield from _inflate(wbits, data, 0)) < len(data):
        raise _NotWhole


def _inflate(wbits: int, data: bytes, start: int) -> Generator[bytes, None, int]:
    """Yield the stream that begins at `start` in bounded pieces; return its end."""
    inflater = zlib.decompressobj(wbits=wbits)
    while not inflater.eof:
        fed = inflater.unconsumed_tail
        if not fed:
            fed = data[start : start + _PIECE_BYTES]
            start += len(fed)
        # Without input left, zlib may still owe output that the bound held back.
        piece = inflater.decompress(fed, _OUTPUT_BYTES)
        if not fed and not piece and not inflater.eof:
            raise _NotWhole
        yield piece
    return start - len(inflater.unused_data)


def _find_module(*names: str) -> Any:  # noqa: ANN401 - an optional module without types
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _find_brotli() -> Any:  # noqa: ANN401 - an optional module without types
    """Return a brotli module whose output can be bounded, or None."""
    module = _find_module("brotli", "brotlicffi")
    is_bounded = hasattr(getattr(module, "Decompressor", None), "can_accept_more_data")
    return module if is_bounded else None


def _unbrotli(brotli: Any, data: bytes) -> Iterator[bytes]:  # noqa: ANN401 - as above
    decoder = brotli.Decompressor()
    try:
        yield decoder.process(data, output_buffer_limit=_OUTPUT_BYTES)
        while not decoder.can_accept_more_data():
            piece = decoder.process(b"", output_buffer_limit=_OUTPUT_BYTES)
            if not piece:  # brotlicffi 1.2.0, at its end with data left over
                raise _NotWhole
            yield piece
    except brotli.error as error:
        raise _NotWhole from error
    if not decoder.is_finished():
        raise _NotWhole


def _unzstd(zstd: Any, data: bytes) -> Iterator[bytes]:  # noqa: ANN401 - as above
    options = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    try:
        for _ in range(_MAX_ZSTD_FRAMES):
            decoder = zstd.ZstdDecompressor(options=options)
            yield decoder.decompress(data, _OUTPUT_BYTES)
            while not decoder.eof:
                if decoder.needs_input:
                    raise _NotWhole
                yield decoder.decompress(b"", _OUTPUT_BYTES)
            data = decoder.unused_data
            if not data:
                return
    except zstd.ZstdError as error:
        raise _NotWhole from error
    raise _NotWhole
