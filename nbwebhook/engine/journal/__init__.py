"""The record of a run on disk: what was intended before, what came of it after.

```text
loop thread (claims.py)              writer thread (writer.py)        disk
  claims up to, calls ended ─▶ batch ─▶ store.py: one transaction ─▶ run.sqlite, -wal
                                         mark.py: last seal       ─▶ run.sqlite-mark
  ◀──── claims on disk, or a failure ──┘
opening: store.py ─▶ reader.py checks every row ─▶ History ─▶ what is left to do
```

A lead is claimed on disk before the first byte of its call is sent. After a crash each
lead is finished, certainly not sent, or unknown; the unknown ones are those claimed and
not settled, never more than twice the connections.

What can be noticed. Each row has a checksum and each transaction a seal that counts the
rows and chains their checksums, so a changed, added or vanished row is found, and SQLite
checks the pages. SQLite itself drops the end of a damaged `-wal` file without a word; the
`-mark` file next to it, written after each transaction and before anybody acts on it,
names the last seal, so that a lost end is found too. Both files are gone once a run has
ended in order. After a power cut the mark may be older than the last transaction, never
newer, as it is not forced to disk each time: the journal is then whole if the disk keeps
what it has confirmed, and if it does not, an end that is lost shows as far back as the
mark on disk. Checksums find accidents; somebody who may write the file can forge them.
"""
