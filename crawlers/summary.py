"""What one run of one source did, in numbers.

Refuses "all fine" when something failed: the outcome says partial or failed, and counts say what.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from storage.errors import StorageError
from storage.records import FailureClass, RunOutcome


@dataclass(slots=True)
class CrawlSummary:
    """Counts of a run. `fetched` are pages that came whole, kept or dropped, as coverage counts them.

    `pending` are URLs left in the frontier, `put_off` those of a host that asked us to wait, `trapped` those
    beyond 200 of one pattern. `storage_error` ended the run early.
    """

    source_id: str
    run_id: int
    polls_ok: int = 0
    polls_failed: Counter[str] = field(default_factory=Counter)
    gaps: int = 0
    entries: int = 0
    new: int = 0
    fetched: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    put_off: int = 0
    trapped: int = 0
    pending: int = 0
    bugs: int = 0
    outcome: RunOutcome | None = None
    detail: str | None = None
    storage_error: StorageError | None = None

    def polled(self, ok: bool, failure: FailureClass | None, entries: int, new: int, *, is_gap: bool) -> None:
        """Count a poll."""
        self.polls_ok += ok
        if failure is not None:
            self.polls_failed[failure.value] += 1
        self.gaps += is_gap
        self.entries += entries
        self.new += new

    def conclude(self, reason: str) -> RunOutcome:
        """Decide the outcome from Scrapy's closing reason and the counts."""
        if reason == "shutdown":
            self.outcome = RunOutcome.INTERRUPTED
        elif self.storage_error is not None or reason != "finished" or (self.polls_failed and not self.polls_ok):
            self.outcome = RunOutcome.FAILED
        elif self.polls_failed or self.failed or self.bugs or self.put_off:
            self.outcome = RunOutcome.PARTIAL
        else:
            self.outcome = RunOutcome.DONE
        if self.detail is None and self.outcome is not RunOutcome.DONE:
            trouble = (self.polls_failed + self.failed).most_common()
            worst = [f"{name} {n}" for name, n in trouble[:3]]
            if trouble[3:]:
                worst.append(f"others {sum(n for _, n in trouble[3:])}")
            self.detail = f"{reason}: {', '.join(worst)}" if worst else reason
        return self.outcome

    def counts(self) -> dict[str, int]:
        """What happened at least once, for the run's record."""
        counts = {
            "polls_ok": self.polls_ok,
            "polls_failed": sum(self.polls_failed.values()),
            "gaps": self.gaps,
            "entries": self.entries,
            "new": self.new,
            "fetched": self.fetched,
            "kept": self.kept,
            "dropped": sum(self.dropped.values()),
            "failed": sum(self.failed.values()),
            "put_off": self.put_off,
            "trapped": self.trapped,
            "pending": self.pending,
            "bugs": self.bugs,
        }
        return {name: n for name, n in counts.items() if n}

    def fields(self) -> str:
        """The counts as a log line's fields."""
        return " ".join(f"{name}={n}" for name, n in self.counts().items())
