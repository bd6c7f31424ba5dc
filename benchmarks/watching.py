"""How the made-up outlets were watched, day by day: outages, window gaps, counts and polls as rows.

Refuses stories on a day without a poll that worked: they are seen on the next one that did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from benchmarks.stories import Copy
from benchmarks.tables import Tables
from benchmarks.world import Outlet, World, poisson
from storage.tables.base import address_key

POLLS_A_DAY = 24
WINDOW = 10
"""Entries that a feed shows at once."""
OUTAGES, GAPS = 0.01, 2
"""Share of days without any poll that worked; window gaps a source."""
MISSED_HOURS, SEEN_HOURS = 8.5, 3.5
"""Of the 12 hours between the polls around a window gap."""
DROPS = (("no_gate_word", 0.8), ("duplicate", 0.15), ("empty", 0.04), ("not_html", 0.01))


class Watching:
    """Days of every outlet. `up` says on which days a poll worked, `gaps` on which a window gap was found, `kept`
    counts stories by outlet and day: first `keep` them all, then `write` the days. `days` are ISO dates.
    """

    def __init__(self, random: Random, world: World, tables: Tables, days: Sequence[str]) -> None:
        self._random = random
        self._world = world
        self._tables = tables
        self._days = days
        self.up = {one.id: self._up_days(one) for one in world.every_outlet}
        self.gaps = {one.id: self._gap_days(one) for one in world.every_outlet}
        self.kept: Counter[tuple[str, int]] = Counter()
        self._means: dict[str, float] = {}

    def keep(self, outlet: Outlet, day: int) -> Copy:
        """The next day on which the outlet answers, the last one for what comes after it."""
        up = self.up[outlet.id]
        seen = next((one for one in range(day, min(day + 10, len(up))) if up[one]), None)
        if seen is None:
            seen = next(one for one in range(day, -1, -1) if up[one])
        self.kept[outlet.id, seen] += 1
        return Copy(outlet=outlet, day=seen)

    def _up_days(self, outlet: Outlet) -> list[bool]:
        return [
            outlet.is_alive(day) and (day == outlet.first or self._random.random() >= OUTAGES)
            for day in range(self._world.days)
        ]

    def _gap_days(self, outlet: Outlet) -> tuple[int, ...]:
        up = self.up[outlet.id]
        fit = [day for day in range(outlet.first + 30, self._world.days) if up[day] and up[day - 1]]
        return tuple(sorted(self._random.sample(fit, GAPS))) if len(fit) > GAPS else ()

    def write(self, outlet: Outlet) -> int:
        """Counts and polls of one source; returns its source-days."""
        url = f"https://{outlet.id.replace('_', '.')}.example/feed"
        address = address_key(url)
        for day in range(outlet.first, self._world.days):
            counts = self._counts(outlet, day)
            self._tables.add(
                "coverage_day", [(outlet.id, self._days[day], *key, n) for key, n in counts.items() if n]
            )
            for row in self._polls(outlet, day):
                self._tables.add("poll", [(outlet.id, address, url, *row)])
        return self._world.days - outlet.first

    def _counts(self, outlet: Outlet, day: int) -> dict[tuple[str, str], int]:
        if not self.up[outlet.id][day]:
            return {("poll_failed", self._failure(outlet, day)[0]): POLLS_A_DAY}
        random = self._random
        failed = random.randint(1, 3) if random.random() < 0.05 else 0
        is_gap = day in self.gaps[outlet.id]
        kept = self.kept[outlet.id, day]
        dropped = poisson(random, _volume(outlet, day) - (self.missed(outlet, day) if is_gap else 0.0))
        unfetched = 1 if random.random() < 0.05 else 0
        counts = {("poll_ok", ""): POLLS_A_DAY - failed, ("poll_failed", "timeout"): failed}
        counts["entries", ""] = (POLLS_A_DAY - failed) * WINDOW
        counts["new_entries", ""] = kept + dropped + unfetched
        counts["fetched", ""] = kept + dropped
        counts["fetch_failed", "http_5xx"] = unfetched
        left = dropped
        for reason, share in DROPS[1:]:
            n = min(left, poisson(random, dropped * share))
            counts["dropped", reason] = n
            left -= n
        counts["dropped", DROPS[0][0]] = left
        counts["kept", ""] = kept
        counts["window_gap", ""] = int(is_gap)
        return counts

    def missed(self, outlet: Outlet, day: int) -> float:
        """Entries that a window gap of that day loses, in the mean; to be asked when all stories are kept."""
        if outlet.id not in self._means:
            kept = sum(self.kept[outlet.id, one] for one in range(self._world.days))
            self._means[outlet.id] = kept / max(1, sum(self.up[outlet.id]))
        rate = _volume(outlet, day) + self._means[outlet.id]
        return rate * MISSED_HOURS / 24

    def _failure(self, outlet: Outlet, day: int) -> tuple[str, int | None]:
        if outlet.dead_from is not None and day >= outlet.dead_from:
            return "http_4xx", 410
        return ("dns", None) if outlet.down else ("timeout", None)

    def _polls(self, outlet: Outlet, day: int) -> list[tuple[object, ...]]:
        """One poll a day; around a window gap the poll before, the one that saw it, and the one after."""
        name = self._days[day]
        if not self.up[outlet.id][day]:
            failure, status = self._failure(outlet, day)
            return [(f"{name} 06:00:00.000000", "feed", 0, failure, status, 0, 0, None, None, None)]
        if day in self.gaps[outlet.id]:
            seen = round(self.missed(outlet, day) * SEEN_HOURS / MISSED_HOURS)
            return [
                (f"{name} 02:00:00.000000", "feed", 1, None, 200, WINDOW, 2,
                 f"{self._days[day - 1]} 09:00:00.000000", f"{name} 01:30:00.000000", 1),
                (f"{name} 14:00:00.000000", "feed", 1, None, 200, WINDOW, seen,
                 f"{name} 10:00:00.000000", f"{name} 13:50:00.000000", 0),
                (f"{name} 15:00:00.000000", "feed", 1, None, 200, WINDOW, 2,
                 f"{name} 10:30:00.000000", f"{name} 14:50:00.000000", 1),
            ]  # fmt: skip
        before = self._days[max(0, day - 1)]
        return [
            (f"{name} 06:00:00.000000", "feed", 1, None, 200, WINDOW, 2, f"{before} 07:00:00.000000",
             f"{name} 05:40:00.000000", None if day == outlet.first else 1)
        ]  # fmt: skip


def _volume(outlet: Outlet, day: int) -> float:
    return outlet.volume * (0.5 if outlet.halved_from is not None and day >= outlet.halved_from else 1.0)
