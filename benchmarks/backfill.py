"""The whole back-fill (WARC, gate, article, reading, rows) against extracting and tagging every page of the file.

Refuses a flattering mix: 0.5 % of the pages are prosecutions and as many near misses; the peer gets the bodies as
they are, CPU time of one thread each; losses are printed. Twice: among real pages, which are large (117 kB), and
among the demo's alone, which are small (3 kB) and whose boxes of latest stories are drawn from the mix itself.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.funnel import EveryPage, MixPage, Tally, mix
from benchmarks.gate import MAX_BODY, NOW, SHARED, write_warc

PAGES = 4_000
RELEVANT_SHARE = 0.005
PEER_PAGES = 200
"""The peer takes up to a third of a second a page, so it is given a part of the file: as many pages in a row as
there are different real ones, with that many prosecutions and near misses as are among any others."""
_SELF = re.compile(rb"canonical|og:url", re.IGNORECASE)
_BODY = re.compile(rb"<body[^>]*>", re.IGNORECASE)


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


def among_real(pages: int = PAGES) -> Sequence[MixPage] | None:
    """The demo's mix with its other pages replaced by the shared real ones; None where those are absent.

    Each copy has an address and first words of its own, and none names another as its original: a copy that the
    store knew again would cost nothing.
    """
    if not SHARED.is_file():
        return None
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with SHARED.open("rb") as stream:
        records = ArchiveIterator(stream, record_types=WarcRecordType.response)
        bodies = [record.reader.read() for record in records]
    demo = mix(pages, relevant_share=RELEVANT_SHARE, near_miss_share=RELEVANT_SHARE)
    wanted = {number for number in range(pages) if number % round(1 / RELEVANT_SHARE) in (7, 31)}
    return [
        demo[number] if number in wanted else _edition(bodies[number % len(bodies)], number)
        for number in range(pages)
    ]


def _edition(body: bytes, number: int) -> MixPage:
    first = b"<p>Edition %d.</p>" % number
    own = _BODY.sub(lambda match: match.group() + first, _SELF.sub(b"none", body), count=1)
    return MixPage(url=f"http://real.example/page-{number}", body=own, is_prosecution=False)


def ratio(pages: int = PAGES) -> Mapping[str, object]:
    """Pages a CPU-second of the back-fill (`ours`) and of every page (`peer`), their ratio, and what was lost.

    Among real pages where they are here, with the figures of the demo's beside them.
    """
    ours, peer = BackFill(), EveryPage()
    demo = _compared(mix(pages, relevant_share=RELEVANT_SHARE, near_miss_share=RELEVANT_SHARE), ours, peer)
    real = among_real(pages)
    if real is None:
        return {**demo, "other pages": "demo newsroom (../shared is absent)"}
    beside = ("ratio", "ours", "peer", "lost", "past the gate")
    said = ", ".join(f"{key} {demo[key]:.4g}" for key in beside)
    return {**_compared(real, ours, peer), "other pages": "real", "demo's pages alone": said}


def _compared(everything: Sequence[MixPage], ours: BackFill, peer: EveryPage) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        warm, file = place / "warm.warc.gz", place / "mix.warc.gz"
        first = next(number for number, page in enumerate(everything) if page.is_prosecution)
        write_warc(warm, [(page.url, page.body) for page in everything[first : first + 2]])
        write_warc(file, [(page.url, page.body) for page in everything])
        ours.take(warm, place / "warm")  # models and caches warm, off the clock
        seconds, kept, told = ours.take(file, place / "ours")
    sample = everything[:PEER_PAGES]
    peer.take(sample[0], Tally())
    began = time.process_time()
    for page in sample:
        peer.take(page, Tally())
    every = (time.process_time() - began) / len(sample) * len(everything)
    prosecutions = [page for page in everything if page.is_prosecution]
    return {
        "ours": len(everything) / seconds,
        "peer": len(everything) / every,
        "ratio": every / seconds,
        "pages": len(everything),
        "prosecutions": len(prosecutions),
        "lost": sum(page.url not in told for page in prosecutions),
        "past the gate": kept,
        "on topic": len(told),
    }
