"""Content encodings: undone exactly, within a bound, or refused."""

from __future__ import annotations

import gzip
import random
import sys
import time
import tracemalloc
import types
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.errors import BodyTooLarge, UndecodableBody
from nbwebhook.transport.body import MAX_BODY_BYTES, decode_body

brotlicffi = pytest.importorskip("brotlicffi")
zstd = pytest.importorskip(
    "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
)

Pack = Callable[[bytes], bytes]


def _bare(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


def _members(data: bytes) -> bytes:
    return gzip.compress(data[:10]) + gzip.compress(b"") + gzip.compress(data[10:])


PACKS = [
    pytest.param(b"gzip", gzip.compress, id="gzip"),
    pytest.param(b"gzip", _members, id="gzip-members"),
    pytest.param(b"deflate", zlib.compress, id="zlib"),
    pytest.param(b"deflate", _bare, id="bare"),
    pytest.param(b"br", brotlicffi.compress, id="brotli"),
    pytest.param(b"zstd", zstd.compress, id="zstd"),
]


@pytest.mark.parametrize(("name", "pack"), PACKS)
@given(data=st.binary(max_size=300), times=st.integers(1, 500))
def test_what_was_packed_comes_back(
    name: bytes, pack: Pack, data: bytes, times: int
) -> None:
    """Every body survives every encoding, also where a stage's bound is passed."""
    body = data * times
    assert decode_body(pack(body), [name]) == body


@pytest.mark.parametrize(("name", "pack"), PACKS)
@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 1 << 20])
def test_sizes_round_the_bounds_come_back(name: bytes, pack: Pack, size: int) -> None:
    """The bound of a piece of output is no bound of the whole."""
    dice = random.Random(size)  # noqa: S311 - repeatable on purpose
    for body in (bytes(size), dice.randbytes(size)):
        assert decode_body(pack(body), [name]) == body


@pytest.mark.parametrize(("name", "pack"), PACKS)
@given(data=st.binary(min_size=1, max_size=200), cut=st.integers(1, 10_000))
def test_what_is_cut_off_is_refused(
    name: bytes, pack: Pack, data: bytes, cut: int
) -> None:
    """No beginning of packed data passes for all of it."""
    packed = pack(data * 50)
    part = packed[: len(packed) - 1 - cut % (len(packed) - 1)]
    member_ends = {len(gzip.compress(data[:10])), len(_members(data * 50)[:0])}
    if part and len(part) not in member_ends and pack is not _members:
        with pytest.raises(UndecodableBody, match=f"not whole {name.decode()} data"):
            decode_body(part, [name])


@pytest.mark.parametrize(("name", "pack"), PACKS)
@pytest.mark.parametrize(
    "tail", [b"x", b"\x00", b"\x00" * 9, b"\x1f\x8b", b"{}" * 40_000]
)
def test_what_is_followed_by_more_is_refused(
    name: bytes, pack: Pack, tail: bytes
) -> None:
    """Bytes after the end are not passed over in silence."""
    for body in (b"{}", bytes(200_000)):
        with pytest.raises(UndecodableBody, match=f"not whole {name.decode()} data"):
            decode_body(pack(body) + tail, [name])


@pytest.mark.parametrize("name", [b"gzip", b"deflate", b"br", b"zstd"])
@given(data=st.binary(min_size=1, max_size=100))
def test_noise_is_refused_or_decoded_and_never_crashes(
    name: bytes, data: bytes
) -> None:
    """Whatever comes, there is a body or an error of ours."""
    try:
        body = decode_body(data, [name])
    except UndecodableBody:
        return
    assert isinstance(body, bytes)


@pytest.mark.parametrize(
    ("encodings", "pack"),
    [
        pytest.param([], lambda data: data, id="none"),
        pytest.param([b""], lambda data: data, id="an-empty-header"),
        pytest.param([b"identity"], lambda data: data, id="identity"),
        pytest.param([b" , identity ,,"], lambda data: data, id="stray-commas"),
        pytest.param(
            [b"gzip, deflate"], lambda d: zlib.compress(gzip.compress(d)), id="two"
        ),
        pytest.param(
            [b"gzip", b"br"],
            lambda d: brotlicffi.compress(gzip.compress(d)),
            id="two-headers",
        ),
        pytest.param(
            [b"gzip, gzip, identity, gzip, gzip"],
            lambda d: gzip.compress(gzip.compress(gzip.compress(gzip.compress(d)))),
            id="five",
        ),
    ],
)
def test_chains_are_undone_from_their_end(encodings: list[bytes], pack: Pack) -> None:
    """The encoding named last was put on last."""
    assert decode_body(pack(b"[1, 2]"), encodings) == b"[1, 2]"


@pytest.mark.parametrize(
    ("encodings", "match"),
    [
        pytest.param([b"klingon"], r"'klingon' cannot be undone; known are identity, ", id="unknown"),
        pytest.param([b"gzip, compress"], "'compress' cannot be undone", id="compress"),
        pytest.param([b"gzip," * 6], "6 content encodings; at most 5", id="six"),
        pytest.param([b"\xff" * 99], "cannot be undone", id="not-text"),
    ],
)  # fmt: skip
def test_encodings_that_cannot_be_undone_are_told(
    encodings: list[bytes], match: str
) -> None:
    """The message names what was found and what is known."""
    with pytest.raises(UndecodableBody, match=match):
        decode_body(gzip.compress(b"{}"), encodings)


def test_an_empty_body_has_nothing_to_undo() -> None:
    """A 204 that names an encoding is no error."""
    assert decode_body(b"", [b"gzip"]) == b""


BOMBS = [
    pytest.param([b"gzip"], gzip.compress(bytes(64 << 20)), id="gzip"),
    pytest.param([b"deflate"], zlib.compress(bytes(64 << 20)), id="zlib"),
    pytest.param([b"deflate"], _bare(bytes(64 << 20)), id="bare"),
    pytest.param([b"br"], brotlicffi.compress(bytes(64 << 20)), id="brotli"),
    pytest.param([b"zstd"], zstd.compress(bytes(64 << 20)), id="zstd"),
    pytest.param(
        [b"gzip, gzip"], gzip.compress(gzip.compress(bytes(64 << 20))), id="chain"
    ),
    pytest.param([b"gzip"], gzip.compress(bytes(1 << 20)) * 64, id="members"),
]


@pytest.mark.parametrize(("encodings", "data"), BOMBS)
def test_a_bomb_stops_at_the_cap(encodings: list[bytes], data: bytes) -> None:
    """Sixty-four megabytes behind a few kilobytes cost no more than the cap thrice."""
    cap_bytes = 2 << 20
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge, match="2,097,152"):
            decode_body(data, encodings, cap_bytes)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3 * cap_bytes


def test_a_body_above_the_cap_as_received_is_refused() -> None:
    """The cap counts before decoding too."""
    with pytest.raises(BodyTooLarge, match="10 bytes"):
        decode_body(bytes(11), [], 10)
    assert decode_body(bytes(10), [], 10) == bytes(10)


def test_a_swarm_of_empty_members_is_refused_soon() -> None:
    """Half a million empty gzip members are no body and take no time."""
    swarm = gzip.compress(b"") * (MAX_BODY_BYTES // 20)
    start_s = time.perf_counter()
    with pytest.raises(UndecodableBody, match="gzip"):
        decode_body(swarm, [b"gzip"])
    assert time.perf_counter() - start_s < 5


def test_frames_of_zstd_follow_each_other() -> None:
    """One frame or several are one body."""
    body = bytes(200_000)
    assert decode_body(zstd.compress(body) * 2, [b"zstd"]) == body * 2


def test_a_swarm_of_zstd_frames_is_refused() -> None:
    """Seventeen frames are more than any service sends."""
    with pytest.raises(UndecodableBody, match="not whole zstd data"):
        decode_body(zstd.compress(b"") * 17, [b"zstd"])


def test_a_zstd_window_above_8_mib_is_refused() -> None:
    """A frame cannot ask for more memory than every decoder must offer."""
    options = {zstd.CompressionParameter.window_log: 27}
    packed = zstd.compress(random.Random(1).randbytes(1 << 20) * 20, options=options)  # noqa: S311 - repeatable on purpose
    with pytest.raises(UndecodableBody, match="not whole zstd data"):
        decode_body(packed, [b"zstd"], 64 << 20)


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        (b"br", ("brotli", "brotlicffi")),
        (b"zstd", ("compression.zstd", "backports.zstd")),
    ],
)
def test_an_encoding_without_a_decoder_is_told(
    monkeypatch: pytest.MonkeyPatch, name: bytes, modules: tuple[str, ...]
) -> None:
    """What is not installed is not in the list of what is known."""
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UndecodableBody, match=r"known are identity, "):
        decode_body(b"{}", [name])


def test_a_brotli_that_cannot_be_bounded_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An old decoder without a bound of its output would let bombs through."""
    monkeypatch.setitem(sys.modules, "brotli", types.ModuleType("brotli"))
    with pytest.raises(UndecodableBody, match="'br' cannot be undone"):
        decode_body(b"{}", [b"br"])


def test_a_brotli_that_waits_at_its_end_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of brotlicffi 1.2.0: at its end, with data left over, it gives nothing for ever."""

    class Decompressor:
        def __init__(self) -> None:
            self._decoder = brotlicffi.Decompressor()

        def process(self, data: bytes, output_buffer_limit: int) -> bytes:
            if self._decoder.is_finished():
                return b""
            piece: bytes = self._decoder.process(data[:-1], output_buffer_limit)
            return piece

        def can_accept_more_data(self) -> bool:
            return not self._decoder.is_finished()

        def is_finished(self) -> bool:
            finished: bool = self._decoder.is_finished()
            return finished

    old = types.SimpleNamespace(Decompressor=Decompressor, error=brotlicffi.error)
    monkeypatch.setitem(sys.modules, "brotli", old)
    with pytest.raises(UndecodableBody, match="not whole br data"):
        decode_body(brotlicffi.compress(b"{}") + b"!", [b"br"])
