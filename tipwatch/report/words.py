"""What the page calls things: reasons, stages, kinds, figures, in plain words.

Refuses to fail on a key that it does not know: that is shown as it is, its underlines as spaces.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from babel import Locale

from storage.records.coverage import ZeroReason
from storage.records.series import EventKind

NOT_SAID = "not said"
BELOW_STAGE = ZeroReason.BELOW_STAGE.value
NOBODY_OF_THIS_ORIGIN = "nobody_of_this_origin"

REASONS: dict[str, str] = {
    ZeroReason.NO_SOURCE: "no source: we watch nobody here",
    ZeroReason.SOURCE_PAUSED: "every source is paused",
    ZeroReason.NOT_YET_WATCHED: "not watched yet",
    ZeroReason.NOT_POLLED: "watched before, but nobody polled in this span",
    ZeroReason.SOURCE_DOWN: "source down: no poll worked",
    ZeroReason.NOTHING_NEW: "the sources had nothing new",
    ZeroReason.NOT_YET_FETCHED: "stories were found but not fetched yet",
    ZeroReason.NOTHING_ON_TOPIC: "nothing on topic",
    ZeroReason.NOT_YET_EXTRACTED: "stories were kept but not read yet",
    ZeroReason.UNREADABLE: "no text could be read from the pages",
    ZeroReason.LANGUAGE_NOT_READ: "language not read",
    ZeroReason.NOBODY_NAMED: "stories on topic, but they named nobody",
    ZeroReason.BELOW_STAGE: "persons were named, but below the stage asked for",
    NOBODY_OF_THIS_ORIGIN: "others were named, but nobody of this origin",
}

BLIND = frozenset(
    {
        ZeroReason.NO_SOURCE, ZeroReason.SOURCE_PAUSED, ZeroReason.NOT_YET_WATCHED, ZeroReason.NOT_POLLED,
        ZeroReason.SOURCE_DOWN,
    }
)  # fmt: skip
"""Nobody looked: an empty cell says nothing about the world."""

UNREAD = frozenset(
    {
        ZeroReason.LANGUAGE_NOT_READ, ZeroReason.UNREADABLE, ZeroReason.NOT_YET_EXTRACTED,
        ZeroReason.NOT_YET_FETCHED,
    }
)  # fmt: skip
"""Somebody looked, but nothing was read: an empty cell says nothing about the world either."""

EVENTS: dict[str, str] = {
    EventKind.SOURCE_ADDED: "source added",
    EventKind.SOURCE_LEFT: "source left",
    EventKind.SOURCE_STATE: "source's state",
    EventKind.SELECTORS_CHANGED: "selectors changed",
    EventKind.LEXICON_CHANGED: "words changed",
    EventKind.READER_CHANGED: "reader changed",
    EventKind.SOURCE_SILENT: "source silent",
    EventKind.SOURCE_BACK: "source back",
    EventKind.VOLUME_CHANGED: "volume changed",
}

RATES: dict[str, str] = {
    "per_source": "persons per watched source",
    "per_million_people": "persons per million people",
    "per_1000_stories": "persons per 1,000 stories read",
}

PROFILE: dict[str, str] = {
    "media_type": "media type",
    "content": "content",
    "geopolitical_context": "geopolitical context",
    "redundancy": "redundancy",
    "editorial_coherence": "editorial coherence",
}


def plain(key: str) -> str:
    """`on_trial` -> `on trial`."""
    return str(key).replace("_", " ")


def reason(key: str | None) -> str | None:
    """A reason for an empty cell in words; one that is words already stays as it is."""
    return None if key is None else REASONS.get(key, plain(key))


def event(kind: str) -> str:
    """The kind of an event in two words."""
    return EVENTS.get(kind, plain(kind))


@cache
def territory(code: str) -> str:
    """The English name of a country, for codes that the report does not name itself."""
    return str(Locale("en").territories.get(code.upper(), code))


def span(since: dt.date | None, until: dt.date | None) -> str:
    """Both days included."""
    match since, until:
        case None, None:
            return "everything stored"
        case None, _:
            return f"up to {until}"
        case _, None:
            return f"from {since}"
        case _:
            return f"{since} to {until}"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """`1 change`, `1,200 changes`."""
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def listed(counts: dict[str, int]) -> str:
    """`national 3, local 2`, the largest first; a dash for nothing."""
    found = sorted(((n, key) for key, n in counts.items() if n), key=lambda one: (-one[0], one[1]))
    return ", ".join(f"{plain(key)} {n:,}" for n, key in found) or "–"
