"""Sources of an invented catalogue, for what happens to many of them."""

from __future__ import annotations

import datetime as dt

from config.source import (
    Feed,
    Level,
    Ownership,
    Politeness,
    Publisher,
    PublisherKind,
    Source,
    SourceState,
    Status,
    Volume,
)


def source(name: str, homepage: str, feed: str) -> Source:
    """A source that is watched by one feed."""
    return Source(
        id=f"in_{name}",
        country="in",
        title=name,
        homepage=homepage,
        publisher=Publisher(name=name, kind=PublisherKind.NEWSPAPER, ownership=Ownership.PRIVATE, official=False),
        countries=("in",),
        languages=("en",),
        level=Level.LOCAL,
        discover=(Feed(url=feed),),
        politeness=Politeness(delay=5.0, pages_per_run=50),
        expected=Volume(min_month=1, max_month=100),
        status=Status(state=SourceState.ACTIVE, reason="a test", date=dt.date(2026, 1, 1)),
    )
