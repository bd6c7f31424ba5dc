"""Stories of the made-up world as rows: text, addresses, what the reader read, and what it read before.

Refuses a fact without evidence: every accused has spans for name, role and stage that fit the text.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from benchmarks.tables import Tables
from benchmarks.world import EMPTY, START, Case, Outlet, Telling, World
from extraction.version import EXTRACTOR_VERSION, version_key
from storage.tables.base import address_key

LOST = 0.25
"""Share of the persons that the old reader did not find."""
LAGS = ((0, 1, 2, 3, 7), (70, 18, 6, 4, 2))
"""Days from the stated date to our fetch, with weights."""
VERBS: Mapping[str, str] = {
    "arrested": "arrested on suspicion of trafficking in persons",
    "charged": "charged with trafficking in persons",
    "convicted": "convicted of trafficking in persons",
    "sentenced": "sentenced to eight years for trafficking in persons",
    "acquitted": "acquitted of trafficking in persons",
}
TOLD = (
    "{who} {was} {verb}, {paper} learned. The case is number {n}.",
    "A court heard on case {n} that {who} {was} {verb}. {paper} was there.",
    "{who} {was} {verb}, according to the clerk of case {n}, who spoke to {paper}.",
    "In case {n}, {who} {was} {verb}. {paper} will follow the proceedings.",
)
OTHER = (
    "The council met on market fees and water pipes, {paper} reports. Item {n} was left for the next week.",
    "Police warned of crossings after rain, {paper} reports. Notice {n} hangs at the station.",
    "A court heard a dispute over land. {paper} notes file {n}; nobody was named.",
)
NOBODY = "Two persons"


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """One address of a text: whose, and on which day it was fetched."""

    outlet: Outlet
    day: int


@dataclass(slots=True)
class _Reread:
    """Sums of one source and month."""

    stories: int = 0
    on_topic: int = 0
    named_before: int = 0
    named_after: int = 0


class StoryWriter:
    """Adds rows to `tables`. `days` are ISO dates; stories fetched before `changed` were read anew on that day."""

    def __init__(
        self, random: Random, world: World, tables: Tables, days: Sequence[str], changed: int, old_version: str
    ) -> None:
        self._random = random
        self._world = world
        self._tables = tables
        self._days = days
        self._changed = changed
        self._old_version = old_version
        self._versions = version_key(EXTRACTOR_VERSION)
        self._reread: dict[tuple[str, str], _Reread] = defaultdict(_Reread)
        self._number = self._pages = 0

    def tell(self, telling: Telling, copies: Sequence[Copy]) -> None:
        """A story about one event of a case, at every address of `copies`."""
        case = self._world.cases[telling.case]
        stage = case.events[telling.event][1]
        first = min(copies, key=lambda one: one.day)
        reason = EMPTY.get(first.outlet.country)
        is_read = reason != "language_not_read"
        names = [] if reason in {"language_not_read", "nobody_named"} else [name for name, _ in case.accused]
        who = " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else NOBODY
        was, verb = ("was" if len(names) == 1 else "were"), VERBS[stage]
        paper = first.outlet.title if len(copies) == 1 else "the agency"
        self._number += 1
        text = self._random.choice(TOLD).format(who=who, was=was, verb=verb, paper=paper, n=self._number)
        title = f"{who} {verb}"
        article = self._text(text)
        self._read(article, title, first, relevant=True, is_read=is_read, named=len(names))
        if is_read:
            self._facts(article, case, first.outlet.country)
            for n, name in enumerate(names):
                self._accused(article, text, n, name, stage, verb, case.accused[n][1])
        self._copies(article, title, copies)

    def other(self, copies: Sequence[Copy], *, is_backfill: bool = False) -> None:
        """A story off the topic. `is_backfill` dates it a year before our watching."""
        first = copies[0]
        paper = first.outlet.title if len(copies) == 1 else "the agency"
        self._number += 1
        text = self._random.choice(OTHER).format(paper=paper, n=self._number)
        title = text.partition(".")[0]
        article = self._text(text)
        is_read = EMPTY.get(first.outlet.country) != "language_not_read"
        self._read(article, title, first, relevant=False, is_read=is_read, named=0)
        if is_read:
            self._tables.add("country_fact", [(article, first.outlet.country, "reporting", 1.0)])
        self._copies(article, title, copies, is_backfill=is_backfill)

    def finish(self) -> None:
        """Add what the second reading changed."""
        self._tables.add(
            "reading_change",
            [
                (source, month, self._old_version, EXTRACTOR_VERSION, one.stories, one.on_topic, one.on_topic,
                 one.named_before, one.named_after)
                for (source, month), one in sorted(self._reread.items())
            ],
        )  # fmt: skip

    def _text(self, text: str) -> str:
        article = sha256(text.encode()).hexdigest()
        self._tables.add("article", [(article, text, *self._versions)])
        return article

    def _read(self, article: str, title: str, first: Copy, *, relevant: bool, is_read: bool, named: int) -> None:
        is_again = first.day < self._changed
        if is_again:
            sums = self._reread[first.outlet.id, self._days[first.day][:8] + "01"]
            sums.stories += 1
            sums.on_topic += relevant and is_read
            sums.named_after += named
            sums.named_before += sum(self._random.random() >= LOST for _ in range(named))
        read_at = self._days[self._changed if is_again else first.day] + " 23:59:00.000000"
        score = 0.9 if relevant else 0.1
        self._tables.add(
            "report",
            [
                (
                    article,
                    relevant,
                    score,
                    is_read,
                    EXTRACTOR_VERSION,
                    *self._versions,
                    title,
                    "{}",
                    0,
                    0,
                    0,
                    read_at,
                )
            ],
        )

    def _facts(self, article: str, case: Case, reporting: str) -> None:
        rows = [(article, reporting, "reporting", 1.0), (article, case.country, "prosecution", 0.9)]
        if case.victims_from is not None:
            rows.append((article, case.victims_from, "victim_origin", 0.9))
        self._tables.add("country_fact", rows)

    def _accused(
        self, article: str, text: str, n: int, name: str, stage: str, verb: str, nationality: str | None
    ) -> None:
        score = 0.7 + 0.29 * self._random.random()
        self._tables.add("accused", [(article, n, name, "[]", stage, nationality, score)])
        self._tables.add("accused_offence", [(article, n, "trafficking_unspecified")])
        for fact, quote in (("name", name), ("role", verb), ("stage", verb)):
            start = text.index(quote)
            span = (start, start + len(quote), quote, f"{fact}.made@1", 0.9)
            self._tables.add("evidence", [(article, f"accused/{n}/{fact}", 0, *span)])

    def _copies(self, article: str, title: str, copies: Sequence[Copy], *, is_backfill: bool = False) -> None:
        random = self._random
        for one in copies:
            outlet, name = one.outlet, self._days[one.day]
            self._number += 1
            url = f"https://{outlet.id}.example/{self._number}"
            key = address_key(url)
            second = int(random.random() * 86_400)
            at = f"{name} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000000"
            lag = 365 if is_backfill else random.choices(*LAGS)[0]
            published = (START + dt.timedelta(days=one.day - lag)).isoformat()
            self._pages += 1
            self._tables.add(
                "page",
                [(outlet.id, key, url, url, url, 200, "text/html", at, "[]", "made.warc.gz", self._pages * 900,
                  900, f"sha256:{article}", self._versions[0], 0)],
            )  # fmt: skip
            self._tables.add(
                "article_copy",
                [(key, article, self._pages, outlet.id, outlet.country, url, url, title, published,
                  outlet.languages[0], at, self._versions[0])],
            )  # fmt: skip
