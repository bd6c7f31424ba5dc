"""Where an error came from, told without what it says: a message may quote a story, a row or an address.

Refuses messages, but those of our own classes, whose sentences name nobody.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import PurePath

FRAMES = 12
"""Of a way, the last: more are the framework's."""


def place(error: BaseException) -> str:
    """`ValueError at dates.py:41 in published_date`: enough to find a fault."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno} in {last.name}"


def way(error: BaseException) -> str:
    """`KeyError walk.py:40 polling.py:88 < OSError files.py:3`: classes and lines, the cause last."""
    parts = []
    for one in chain(error):
        frames = traceback.extract_tb(one.__traceback__)[-FRAMES:]
        lines = (f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)
        parts.append(" ".join((type(one).__name__, *lines)))
    return " < ".join(parts)


def stack(error: BaseException) -> str:
    """A traceback as Python prints it, the cause last, with the message of our own errors only."""
    parts = []
    for one in chain(error):
        lines = traceback.format_tb(one.__traceback__)
        name = f"{type(one).__module__}.{type(one).__qualname__}".removeprefix("builtins.")
        parts.append("Traceback (most recent call last):\n" + "".join(lines) + f"{name}{said(one)}\n")
    return "\nwhich came of:\n\n".join(parts)


def said(error: BaseException) -> str:
    """`: sentence` for an error that we know; nothing for any other, whose message may hold a name."""
    from tipwatch.errors import explain

    known = None if isinstance(error, OSError) else explain(error)
    return "" if known is None else f": {' '.join(line.strip() for line in known.lines)}"


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, its cause, and so on; each once."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ if found.__cause__ is not None or found.__suppress_context__ else found.__context__
