"""The same run over the workers of a Dask cluster, with one budget for all of them.

```text
notebook                      scheduler                  workers, a partition a task
  survey.py   every partition is looked at before the first call ─────────▶ survey.py
  conductor.py ─ run, pause, stop ─▶ plugin.py ─ shares, a pause ─▶ steering.py
  handle.py   ◀─ how far it is ──── board.py   ◀─ what is in use ──  partition.py
                                    budget.py                          └▶ engine, journal
  result.py   ◀──────── numbers (tally.py, sketch.py) ───────────────────┘
              ◀──────── frames, when asked for (reading.py) ◀── journals in one folder
```

Dask schedules, moves data and notices dead workers; each partition runs in the ordinary
engine. What this room adds is a loan: a partition may use a share of the connections and
of the calls per second for as long as the scheduler hears of it, and stops by itself when
it does not. A share that was lent and not given back is lent again only when the last
call that it allowed must have ended: after `SILENCE_S` and the time limit of a call. So
the budget holds while workers come, go, hang or are killed.
"""
