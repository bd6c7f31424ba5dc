"""How the log of a command looks: events with fields on stderr, quiet unless something needs a look.

Refuses persons' names: events carry ids, counts and reasons (`extract.quarantine page=7 reason=timed_out`).
"""

from __future__ import annotations

import logging
import sys


def configure_log(*, debug: bool) -> None:
    """Warnings and above to stderr; everything with `debug`. Called once, by the command."""
    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr, force=True
    )
    for handler in logging.getLogger().handlers:
        handler.setLevel(level)  # Scrapy resets the level of loggers, not of handlers
    for chatty in ("trafilatura", "htmldate", "courlan", "asyncio", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
