"""The command line: arguments to one call of the api, errors to one line and a code.

```text
main.py ─▶ a command's options (running.py, looking.py, guessing.py, making.py, showing.py)
       ─▶ its work, loaded when it is called: listing.py, choosing.py, before.py, ...
```

Exit codes: 0 every lead has an outcome and none failed; 3 finished, some failed or are
unknown; 2 wrong definition, list or usage, nothing sent; 130 stopped by the user.
"""

from nbwebhook.cli.main import main

__all__ = ["main"]
