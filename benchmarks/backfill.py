"""The whole back-fill (WARC, gate, article, reading, rows) against extracting and tagging every page of the file.

Refuses a flattering mix: 0.5 % of the pages are prosecutions and as many near misses, boxes of latest stories are
drawn from the mix itself; the peer gets the bodies as they are, CPU time of one thread each; losses are printed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.funnel import EveryPage, Tally, mix
from benchmarks.gate import MAX_BODY, NOW, write_warc

PAGES = 4_000
RELEVANT_SHARE = 0.005
PEER_PAGES = 400
"""The peer takes a tenth of a second a page, so it is given a part of the file, evenly drawn."""


class BackFill:
    """Ours: what `tipwatch ingest` and `tipwatch extract` do with a file, in this process."""

    def __init__(self) -> None:
        from config.gate_lexicons import load_gate_lexicons
        from config.reading_lexicons import load_reading_lexicons
        from extraction.reader import Reader
        from extraction.relevance import Gate

        lexicons = load_gate_lexicons()
        self.gate = Gate(list(lexicons.values()), foresearch=True)
        self.reader = Reader(load_reading_lexicons(), lexicons)

    def take(self, path: Path, folder: Path) -> tuple[float, int, set[str]]:
        """CPU seconds, pages kept, and the addresses of the stories that were stored as prosecutions."""
        from extraction.model import Article
        from extraction.text import extract_article
        from extraction.version import EXTRACTOR_VERSION
        from storage.store import Store
        from tipwatch.jobs.hosts import Hosts
        from tipwatch.jobs.ingest import ingest

        told: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        with Store.open(f"sqlite:///{folder / 'bench.db'}", folder / "archive") as store:
            began = time.process_time()
            done = ingest(store, path, lambda: NOW, self.gate, hosts=Hosts([]), max_body=MAX_BODY)
            while refs := store.pages.unextracted(EXTRACTOR_VERSION, 200):
                texts = []
                for ref in refs:
                    article = extract_article(store.pages.read(ref), ref.hints())
                    if isinstance(article, Article):
                        texts.append((article, ref.page_id))
                    else:
                        store.pages.quarantine(ref.page_id, article, EXTRACTOR_VERSION, NOW)
                store.articles.save_many(texts, EXTRACTOR_VERSION, NOW)
            while articles := store.articles.unread(EXTRACTOR_VERSION, 200):
                reports = [self.reader.read(article) for article in articles]
                store.articles.save_reports(reports, NOW)
                relevant = {report.article_id for report in reports if report.relevant}
                told |= {article.url for article in articles if article.id in relevant}
            return time.process_time() - began, done.kept, told


def ratio(pages: int = PAGES) -> Mapping[str, object]:
    """Pages a CPU-second of the back-fill (`ours`) and of every page (`peer`), their ratio, and what was lost."""
    everything = list(mix(pages, relevant_share=RELEVANT_SHARE, near_miss_share=RELEVANT_SHARE))
    ours, peer = BackFill(), EveryPage()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        warm, file = place / "warm.warc.gz", place / "mix.warc.gz"
        first = next(number for number, page in enumerate(everything) if page.is_prosecution)
        write_warc(warm, [(page.url, page.body) for page in everything[first : first + 2]])
        write_warc(file, [(page.url, page.body) for page in everything])
        ours.take(warm, place / "warm")  # models and caches warm, off the clock
        seconds, kept, told = ours.take(file, place / "ours")
    sample = everything[:: max(1, pages // PEER_PAGES)]
    peer.take(sample[0], Tally())
    began = time.process_time()
    for page in sample:
        peer.take(page, Tally())
    every = (time.process_time() - began) / len(sample) * pages
    lost = [page for page in everything if page.is_prosecution and page.url not in told]
    return {
        "ours": pages / seconds,
        "peer": pages / every,
        "ratio": every / seconds,
        "pages": pages,
        "prosecutions": sum(page.is_prosecution for page in everything),
        "lost": len(lost),
        "past the gate": kept,
        "on topic": len(told),
    }
