"""Who is who: mentions become persons and cases, and a record of the run.

Refuses to judge while another resolution does: they take turns, a batch each.
"""

from __future__ import annotations

from collections.abc import Callable

from storage.records import RunKind
from storage.records.people import ResolveSummary
from storage.store import Store
from tipwatch.jobs.run import Clock, running


def resolve(
    store: Store, clock: Clock, *, everything: bool = False, advance: Callable[[int], None] = lambda _: None
) -> ResolveSummary:
    """Resolve what waits; `everything` judges all anew, but never against a human's word.

    Idempotent; can be killed at any time. `advance(n)` is told of texts grouped and mentions resolved.
    """
    with running(store, RunKind.RESOLVE, clock) as run:

        def on(n: int) -> None:
            advance(n)
            run.beat()

        summary = store.resolution.resolve(clock(), everything=everything, advance=on)
        run.counts.update(
            mentions=summary.mentions, texts=summary.texts, new_persons=summary.new_persons, merged=summary.merged
        )
        return summary
