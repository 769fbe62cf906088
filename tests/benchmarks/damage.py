"""A journal cut off at every byte of its end: `python -m tests.benchmarks.damage`.

The last three batches of a journal as a crash leaves it, and as an orderly end does, each
cut at every offset; and random bytes changed. Nothing may tell another story than the
whole journal does: it is refused, or sound.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.engine.journal.test_damage import Image, make_images

__all__ = ["main"]

_FRAME_BYTES = 24 + 4_096
_LAST_FRAMES = 9
_LAST_PAGES = 3


def _cut(image: Image, folder: Path, step: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    for name, data in image.files.items():
        last = _LAST_FRAMES * _FRAME_BYTES if name == "j-wal" else _LAST_PAGES * 4_096
        for size in range(max(0, len(data) - last), len(data), step):
            changed = {name.replace("-", "_"): data[:size]}
            seen[f"{name} {image.outcome_of(folder, **changed)}"] += 1
    return seen


def _flip(image: Image, folder: Path, flips: int) -> Counter[str]:
    dice = random.Random(6)  # noqa: S311 - a sequence to be had again
    seen: Counter[str] = Counter()
    names = list(image.files)
    weights = [len(image.files[name]) for name in names]
    for _ in range(flips):
        [name] = dice.choices(names, weights)
        data = bytearray(image.files[name])
        data[dice.randrange(len(data))] ^= dice.randrange(1, 256)
        changed = {name.replace("-", "_"): bytes(data)}
        seen[f"{name} {image.outcome_of(folder, **changed)}"] += 1
    return seen


def main() -> None:
    """Damage and count; whatever is neither refused nor sound raises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="bytes between two cuts")
    parser.add_argument("--flips", type=int, default=1_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for kind, image in make_images(Path(name)).items():
            work = Path(name) / f"{kind}-work"
            work.mkdir()
            cuts = dict(_cut(image, work, given.step))
            flips = dict(_flip(image, work, given.flips))
            sys.stdout.write(f"{kind}: cuts {cuts}; flips {flips}\n")


if __name__ == "__main__":
    main()
