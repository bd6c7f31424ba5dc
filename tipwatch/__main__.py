"""`python -m tipwatch` is the command `tipwatch`.

Refuses logic: everything stands in `tipwatch.cli`.
"""

from __future__ import annotations

from tipwatch.cli import main

if __name__ == "__main__":
    main()
