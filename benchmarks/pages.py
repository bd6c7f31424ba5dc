"""Text quality on real pages: our extraction against plain trafilatura, in the same run.

Refuses a verdict without the other side's figures. Run: `python -m benchmarks.pages [folder of pages.warc.gz]`.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import trafilatura
from warcio.archiveiterator import ArchiveIterator

from extraction.model import Article, PageHints
from extraction.text import extract_article

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FETCHED = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One real page with segments that must (`wanted`) and must not (`unwanted`) be in its text."""

    url: str
    body: bytes
    content_type: str | None
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """Counts of segments over all pages; `seconds` is wall time of extraction alone."""

    name: str
    found: int
    wanted: int
    absent: int
    unwanted: int
    seconds: float
    empty: int

    @property
    def f1(self) -> float:
        """Of segments, as trafilatura's own evaluation counts: true positives `found`, false ones not `absent`."""
        wrong = self.unwanted - self.absent
        return 2 * self.found / (self.found + wrong + self.wanted)


def pages(folder: Path = DATA) -> Iterator[Page]:
    """The pages of `pages.warc.gz` with their gold segments."""
    gold = {}
    for line in (folder / "pages.gold.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        gold[entry["url"].strip()] = entry
    with (folder / "pages.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type != "response":
                continue
            url = record.rec_headers.get_header("WARC-Target-URI")
            entry = gold[url]
            yield Page(
                url=url,
                body=record.content_stream().read(),
                content_type=record.http_headers.get_header("Content-Type") if record.http_headers else None,
                wanted=tuple(entry["with"]),
                unwanted=tuple(entry["without"]),
            )


def ours(page: Page) -> str:
    """The text that tipwatch keeps of a page."""
    found = extract_article(page.body, PageHints(url=page.url, fetched_at=FETCHED, content_type=page.content_type))
    return found.text if isinstance(found, Article) else ""


def plain(page: Page) -> str:
    """trafilatura as it comes."""
    return trafilatura.extract(page.body, url=page.url) or ""


def measure(name: str, extract: Callable[[Page], str], corpus: list[Page]) -> Result:
    """Run `extract` over all pages and count segments."""
    found = wanted = absent = unwanted = empty = 0
    start = time.perf_counter()
    texts = [extract(page) for page in corpus]
    seconds = time.perf_counter() - start
    for page, text in zip(corpus, texts, strict=True):
        flat = " ".join(text.split())
        empty += not flat
        found += sum(" ".join(segment.split()) in flat for segment in page.wanted)
        absent += sum(" ".join(segment.split()) not in flat for segment in page.unwanted)
        wanted += len(page.wanted)
        unwanted += len(page.unwanted)
    return Result(
        name=name, found=found, wanted=wanted, absent=absent, unwanted=unwanted, seconds=seconds, empty=empty
    )


def main() -> int:
    """Print the table; exit code 1 when ours is worse."""
    corpus = list(pages(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
    results = [measure("tipwatch", ours, corpus), measure("trafilatura", plain, corpus)]
    print(f"{len(corpus)} pages   with found     without absent  F1      empty  pages/s")
    for one in results:
        print(
            f"{one.name:<11} {one.found:>4} of {one.wanted:<6} {one.absent:>4} of {one.unwanted:<6}  "
            f"{one.f1:.4f}  {one.empty:>4}  {len(corpus) / one.seconds:7.1f}"
        )
    return 0 if results[0].f1 >= results[1].f1 else 1


if __name__ == "__main__":
    sys.exit(main())
