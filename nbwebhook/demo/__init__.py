"""A loopback service with chosen delays and faults, and invented leads to send to it.

```text
DemoService (service.py) ─▶ ServiceThread (thread.py), here or in a process (process.py,
                            worker.py) ─▶ a connection each (protocol.py)
request (requests.py) ─▶ what is done about it (faults.py) ─▶ an answer (answers.py)
```
"""

from nbwebhook.demo.counts import DemoCounts, ServedCall
from nbwebhook.demo.latency import Constant, Latency, LogNormal
from nbwebhook.demo.people import demo_leads, iter_demo_leads
from nbwebhook.demo.service import DemoService, serve_forever
from nbwebhook.demo.settings import FAULTS

__all__ = [
    "FAULTS",
    "Constant",
    "DemoCounts",
    "DemoService",
    "Latency",
    "LogNormal",
    "ServedCall",
    "demo_leads",
    "iter_demo_leads",
    "serve_forever",
]
