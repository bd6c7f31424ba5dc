"""Stories of a database that has grown: pages, texts, addresses, what the reader read, and the crawl's memory.

Refuses a quote that is not in its text: whoever opens a record sees the spans where they are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from extraction.model import CountryRole, Offence, Stage
from extraction.model.palermo import ElementKind
from extraction.version import EXTRACTOR_VERSION, version_key
from storage.frontier import url_key
from storage.resolution.mention import Mention
from storage.tables.base import address_key

TWICE = 0.1  # of the texts stand at two addresses
FIRST_COPY = "000"  # how every id of a text, address or mention ends: see `grown_copies`
VERBS: Mapping[Stage, str] = {
    Stage.ARRESTED: "was arrested on suspicion of trafficking in persons",
    Stage.CHARGED: "was charged with trafficking in persons",
    Stage.CONVICTED: "was convicted of trafficking in persons",
    Stage.SENTENCED: "was sentenced to eight years for trafficking in persons",
    Stage.ACQUITTED: "was acquitted of trafficking in persons",
}
FILLER = (
    "The court heard that rooms near the station had been rented and the passports of the workers kept. ",
    "Neighbours spoke of vans at night; the clerk read out a list of dates, sums and telephone numbers. ",
    "The hearing goes on next month, when two officers of the border police are to be heard. ",
    "The council met on market fees and water pipes, and left the roof of the school for another week. ",
    "Prices of onions rose again in the valley, traders said, since the road had been closed after rain. ",
)
ELEMENTS = ((ElementKind.ACT, "recruitment"), (ElementKind.MEANS, "deception"))
PREFIX, SUFFIX = "The court heard that rooms near the ", " The hearing goes on next month, when"

Row = tuple[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """A source: its id, country and language."""

    id: str
    country: str
    language: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """A text with the accused in it, and by accused where name and stage stand (first, last, verb's last)."""

    id: str
    mentions: Sequence[Mention]
    spans: Sequence[tuple[int, int, int]]
    quotes: Sequence[tuple[str, str]]
    first_seen: dt.datetime


class StoryRows:
    """Makes stories, and gives their rows. `kept` counts pages by source and day since `start`."""

    def __init__(
        self, random: Random, outlets: Mapping[str, Outlet], start: dt.datetime, now: dt.datetime
    ) -> None:
        self._random = random
        self._outlets = outlets
        self._every = sorted({one.id: one for one in outlets.values()}.values(), key=lambda one: one.id)
        self._start, self._seconds = start, int((now - start).total_seconds()) - 60
        self._versions = version_key(EXTRACTOR_VERSION)
        self._rows: list[Row] = []
        self._number = 0
        self.copies = 0
        self.kept: Counter[tuple[str, int]] = Counter()

    def flushed(self) -> list[Row]:
        """What was made since the last time."""
        made, self._rows = self._rows, []
        return made

    def told(self, mentions: Sequence[Mention]) -> Story:
        """A story on the topic, which accuses them."""
        first = mentions[0]
        written, spans, quotes = "", [], []
        for one in mentions:
            begin, verb = len(written), VERBS[one.stage]
            written += f"{one.name} {verb}. "
            end = begin + len(one.name)
            spans.append((begin, end, end + 1 + len(verb)))
            quotes.append((one.name, f"{one.name} {verb}"))
        body = written + self._filler(8)
        article = self._text(body)
        outlet = self._outlets[first.source or ""]
        published = first.date
        at = self._copies(article, f"Court: {first.name} and others", outlet, published)
        self._report(article, f"Court: {first.name} and others", at, relevant=True)
        country = min(first.countries)
        for role in (CountryRole.PROSECUTION, CountryRole.REPORTING):
            self._add("country_fact", article_id=article, country=country, role=role, score=0.9)
        for k, court in enumerate(sorted(first.courts)):
            self._add("court_fact", article_id=article, k=k, name=court)
            self._proof(article, f"court/{k}", len(written), len(written) + 9, "The court", "court.named@1")
        self._add("victim_count", article_id=article, k=0, n=3, sex="female", age_band="adult")
        for kind, value in ELEMENTS:
            self._add("element_fact", article_id=article, kind=kind, value=value)
            self._proof(article, f"element/{kind.value}/{value}", 0, 9, body[:9], "palermo.told@1")
        self._proof(article, "relevance", *spans[0][::2], quotes[0][1], "gate.words@1")
        self._add(
            "syndication", article_id=article, group_id=article, similarity=1.0,
            signature=self._random.randbytes(257),
        )  # fmt: skip
        return Story(id=article, mentions=mentions, spans=spans, quotes=quotes, first_seen=at)

    def other(self) -> None:
        """A story that passed the gate and is off the topic."""
        outlet = self._random.choice(self._every)
        article = self._text(f"Item {self._number} of the day. " + self._filler(7))
        at = self._copies(article, f"Item {self._number} of the day", outlet, None)
        self._report(article, f"Item {self._number} of the day", at, relevant=False)
        self._add(
            "country_fact", article_id=article, country=outlet.country, role=CountryRole.REPORTING, score=1.0
        )

    def _filler(self, sentences: int) -> str:
        return "".join(self._random.choices(FILLER, k=sentences)) + f"File {self._number}."

    def _text(self, body: str) -> str:
        self._number += 1
        article = hashlib.sha256(f"{self._number} {body}".encode()).hexdigest()[:61] + FIRST_COPY
        text_version, read_version = self._versions
        self._add("article", id=article, text=body, text_version=text_version, read_version=read_version)
        return article

    def _report(self, article: str, title: str, at: dt.datetime, *, relevant: bool) -> None:
        text_version, read_version = self._versions
        self._add(
            "report", article_id=article, relevant=relevant, relevance_score=0.9 if relevant else 0.1,
            language_read=True, extractor_version=EXTRACTOR_VERSION, text_version=text_version,
            read_version=read_version, title=title, doubts={}, minors_withheld=0, victims_withheld=int(relevant),
            unproven_withheld=0, read_at=at + dt.timedelta(hours=1),
        )  # fmt: skip

    def _copies(self, article: str, title: str, outlet: Outlet, published: dt.date | None) -> dt.datetime:
        """One address, or two; returns the first sight of the text."""
        at = self._start + dt.timedelta(seconds=self._random.randrange(self._seconds))
        day = at.date() if published is None else min(published, at.date())
        self._copy(article, title, outlet, at, day)
        if self._random.random() < TWICE:
            later = min(at + dt.timedelta(hours=5), self._start + dt.timedelta(seconds=self._seconds))
            self._copy(article, title, self._random.choice(self._every), later, day)
        return at

    def _copy(self, article: str, title: str, outlet: Outlet, at: dt.datetime, day: dt.date) -> None:
        self.copies += 1
        url = f"https://{outlet.id.replace('_', '.')}.example/news/{day:%Y/%m}/story-{self.copies}.html"
        key = address_key(url)[:29] + FIRST_COPY
        self._add(
            "page", id=self.copies, source_id=outlet.id, address_key=key, url=url, final_url=url,
            canonical_url=url, status=200, content_type="text/html; charset=utf-8", fetched_at=at, run_id=None,
            feed_title=title, feed_date=day.isoformat(), gate_words=["trafficking"],
            file=f"{outlet.id}-{at:%Y%m%d}.warc.gz", offset=self.copies * 9000, length=9000,
            digest=f"sha256:{article}", text_version=self._versions[0], quarantined=False,
        )  # fmt: skip
        self._add(
            "article_copy", address_key=key, article_id=article, page_id=self.copies, source_id=outlet.id,
            country=outlet.country, url=url, canonical_url=url, title=title, published=day.isoformat(),
            published_rule="meta.published@1", language=outlet.language, language_score=0.99, author=None,
            fetched_at=at, text_version=self._versions[0], names_others=False,
        )  # fmt: skip
        self._add(
            "frontier", url_key=url_key(url), canonical_url=url, url=url, host=url.split("/")[2],
            source_id=outlet.id, run_id=None, kind="page", depth=1, hops=0, title=title, date=day.isoformat(),
            state="done", outcome="kept", failure=None, attempts=1, found_at=at, not_before=at, leased_by=None,
            leased_at=None, leased_until=None, finished_at=at,
        )  # fmt: skip
        self.kept[outlet.id, (at - self._start).days] += 1

    def _proof(self, article: str, fact: str, start: int, end: int, quote: str, rule: str) -> None:
        self._rows += proofs(article, [(fact, start, end, quote, rule)], shown=False)

    def _add(self, table: str, **row: Any) -> None:
        self._rows.append((table, row))


def proofs(article: str, found: Sequence[tuple[str, int, int, str, str]], *, shown: bool = True) -> Iterator[Row]:
    """Rows of evidence: fact, first and last character, quote, rule. `shown` ones have what stands around them."""
    for fact, start, end, quote, rule in found:
        yield "evidence", {
            "article_id": article, "fact": fact, "k": 0, "start": start, "end": end, "quote": quote, "rule": rule,
            "score": 0.9, "prefix": PREFIX if shown else None, "suffix": SUFFIX if shown else None,
        }  # fmt: skip


def offence_rows(article: str, n: int, offences: frozenset[Offence]) -> Iterator[Row]:
    """What an accused is accused of."""
    for offence in sorted(offences):
        yield "accused_offence", {"article_id": article, "n": n, "offence": offence}
    yield "charge", {
        "article_id": article, "n": n, "k": 0, "text": "trafficking in persons", "offences": sorted(offences),
        "statute": "Penal Code", "section": "Section 370",
    }  # fmt: skip
