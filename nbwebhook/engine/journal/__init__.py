"""The record of a run on disk: what was intended before, what came of it after.

```text
loop thread                                          thread of writer.py    disk
  claims.py: leads claimed, calls ended ─▶ writer.py
    store.py: one batch, one statement ──────────────────────────────────▶ run.sqlite-wal
                             (or forcer.py) ─▶ fdatasync, checkpoint ────▶ forced to it
    mark.py: last batch ◀── it is there ──┘ ─────────────────────────────▶ run.sqlite-mark
  ◀── claims on disk, or a failure
opening: opening.py ─▶ reader.py checks every row ─▶ History ─▶ what is left to do
without being asked: kept.py has a place for it ─▶ left.py tells of what was left there
```

A lead is claimed on disk before the first byte of its call is sent. After a crash each
lead is finished, certainly not sent, or unknown; the unknown ones are those claimed and
not settled, never more than twice the connections.

What can be noticed. Each batch has a checksum that chains it to those before it, so a
changed, added or vanished one is found, and SQLite checks the pages. SQLite itself drops
the end of a damaged `-wal` file without a word; the `-mark` file next to it, written after
each batch and before anybody acts on it, names the last one, so that a lost end is found
too. Both files are gone once a run has ended in order. After a power cut the mark may be
older than the last batch, never newer, as it is written once that is on the disk and not
forced there itself: the journal is then whole if the disk keeps what it has confirmed, and
if it does not, an end that is lost shows as far back as the mark on disk. Checksums find
accidents; somebody who may write the file can forge them.
"""
