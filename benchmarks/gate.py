"""The gate over a WARC file of 20,000 pages against bare fastwarc iteration over the same file.

Refuses a flattering peer: both read the same bytes in turns in one process, by CPU time; the peer only iterates.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PAGES = 20_000
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "pages.warc.gz"
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
MAX_BODY = 10 * 1024**2
DEMO_PAGES = 200


@contextmanager
def tape() -> Iterator[tuple[Path, int, str]]:
    """A WARC file with its number of records and where its pages are from: the shared pages, else the demo's."""
    if SHARED.is_file():
        yield SHARED, 200, "shared pages"
        return
    with tempfile.TemporaryDirectory() as folder:
        from benchmarks.funnel import mix

        path = Path(folder) / "demo.warc.gz"
        write_warc(path, [(page.url, page.body) for page in mix(DEMO_PAGES)])
        yield path, DEMO_PAGES, "demo newsroom (../shared is absent)"


def write_warc(path: Path, pages: list[tuple[str, bytes]]) -> None:
    """`(url, body)` as responses with status 200, a gzip member each."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for url, body in pages:
            headers = [("Content-Type", "text/html; charset=utf-8")]
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=io.BytesIO(body), length=len(body), http_headers=http,
                    warc_headers_dict={"WARC-Date": "2026-11-20T10:00:00Z"},
                )
            )  # fmt: skip


def ratio(pages: int = PAGES) -> Mapping[str, object]:
    """Records a CPU-second through reading and gate (`ours`) and of iteration alone (`peer`), and their ratio."""
    from fastwarc.warc import ArchiveIterator

    from config.gate_lexicons import load_gate_lexicons
    from extraction.relevance import Gate
    from tipwatch.jobs.hosts import Hosts
    from tipwatch.jobs.sift import Slice, sift

    began = time.process_time()
    gate = Gate(list(load_gate_lexicons().values()), foresearch=True)
    built = time.process_time() - began
    hosts = Hosts([])
    with tape() as (path, records, origin):
        part = Slice(file=str(path), offset=0, max_body=MAX_BODY, now=NOW, records=records + 1)
        kept = len(sift(part, gate, hosts).kept)  # automata are built lazily: warm, off the clock
        ours = peer = 0.0
        rounds = max(1, round(pages / records))
        for _ in range(rounds):
            began = time.process_time()
            with path.open("rb") as stream:
                for _record in ArchiveIterator(stream):
                    pass
            peer += time.process_time() - began
            began = time.process_time()
            sift(part, gate, hosts)
            ours += time.process_time() - began
    total = rounds * records
    return {
        "ours": total / ours,
        "peer": total / peer,
        "ratio": peer / ours,
        "records": total,
        "kept of a round": kept,
        "ms a record": round(ours / total * 1000, 3),
        "Hyperscan": "yes" if gate.foresees else "no",
        "built in s": round(built, 1),
        "pages": origin,
    }
