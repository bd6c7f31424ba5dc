"""`make bench`: the ratios of the README, each measured against a named peer in this run.

Refuses to judge: goals are printed beside the figures; the exit code says only whether the benchmark ran.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

GOALS: Mapping[str, str] = {
    "crawl": ">= 0.6",
    "funnel": ">= 8",
    "reading": ">= 1.4",
    "store": ">= 0.8",
    "coverage": "< 2 s, 500 MB",
    "report": "< 30 s, 500 MB",
    "persons": "< 13",
    "feed": "< 3, 500 MB",
    "gate": ">= 0.4",
    "backfill": ">= 25",
    "growth": "<= 1.2",
    "workers": ">= 1.7",
}
TIMED = frozenset({"coverage", "report", "persons", "feed", "growth"})
"""In seconds: less is better, and so is a lower ratio. The others are rates."""
PEERS: Mapping[str, str] = {
    "crawl": "bare Scrapy spider, same local server",
    "funnel": "trafilatura + en_core_web_sm on every page",
    "reading": "en_core_web_sm, all its components (words)",
    "store": "bare batched upsert, same tables",
    "coverage": "bare SQL scan, a million source-days and stories",
    "report": "bare SQL scan, a million source-days and stories",
    "persons": "equal full name and country, 200,000 persons; the ratio is ours to ours with a tenth of them",
    "feed": "bare JSON dump of the tables that it reads, 100,000 persons",
    "gate": "bare fastwarc iteration over the same file",
    "backfill": "trafilatura + en_core_web_sm on every page; 0.5 % prosecutions",
    "workers": "extract with one worker (pages, text and facts), local; Ray's beside it",
    "growth": "the same 1,000 stories into a database of 10,000; ours go into one of 200,000",
}


def crawl() -> Mapping[str, object]:
    """Pages a second of our crawl and of bare Scrapy."""
    from benchmarks.crawl import ratio

    return ratio()


def funnel() -> Mapping[str, object]:
    """Pages a second through gate, text and reading, and of extracting and tagging every page."""
    from benchmarks.funnel import ratio

    return ratio()


def reading() -> Mapping[str, object]:
    """Words a second of our reading and of the stock model's tagging."""
    from benchmarks.reading import ratio

    return ratio()


def store() -> Mapping[str, object]:
    """Articles a second through the store and of a bare batched upsert."""
    from benchmarks.store import ratio

    return ratio()


def coverage() -> Mapping[str, object]:
    """Seconds of `tipwatch coverage` and of a bare SQL scan on a history of two years."""
    from benchmarks.coverage import coverage as measured

    return measured()


def report() -> Mapping[str, object]:
    """Seconds of `tipwatch report` and of a bare SQL scan on the same history."""
    from benchmarks.coverage import report as measured

    return measured()


def persons() -> Mapping[str, object]:
    """Seconds in which 200,000 persons are told apart, and how that grew from 20,000."""
    from benchmarks.persons import growth

    return growth()


def growth() -> Mapping[str, object]:
    """Seconds in which 1,000 stories are stored among 200,000, and among 10,000; and the slowest command."""
    from benchmarks.growth import ratio

    return ratio()


def feed() -> Mapping[str, object]:
    """Seconds in which 100,000 persons are written as a feed, all its files, and of a dump of the tables."""
    from benchmarks.feed import ratio

    return ratio()


def workers() -> Mapping[str, object]:
    """Pages a second of `extract` with two workers and with one, local and over Ray."""
    from benchmarks.workers import ratio

    return ratio()


def gate() -> Mapping[str, object]:
    """Records a second through fastwarc and the gate, and of bare iteration."""
    from benchmarks.gate import ratio

    return ratio()


def backfill() -> Mapping[str, object]:
    """Pages a second from WARC file to rows, and of extracting and tagging every page."""
    from benchmarks.backfill import ratio

    return ratio()


BENCHMARKS: Mapping[str, Callable[[], Mapping[str, object]]] = {
    "crawl": crawl,
    "funnel": funnel,
    "reading": reading,
    "store": store,
    "coverage": coverage,
    "report": report,
    "persons": persons,
    "feed": feed,
    "gate": gate,
    "backfill": backfill,
    "growth": growth,
    "workers": workers,
}


def machine() -> str:
    """One line that names where the figures come from."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {platform.system()}"


def main() -> int:
    """Run the named benchmarks (all by default) and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(BENCHMARKS)}")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"unknown benchmark: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
    console = Console(width=max(110, Console().width))
    table = Table(title=f"{dt.datetime.now(dt.UTC):%Y-%m-%d} · {machine()}")
    for heading in ("benchmark", "ours", "peer", "ratio", "goal", "peer is", "also"):
        table.add_column(heading, justify="right" if heading in {"ours", "peer", "ratio", "goal"} else "left")
    for name in names:
        result = dict(BENCHMARKS[name]())
        also = ", ".join(f"{key} {value}" for key, value in result.items() if key not in {"ours", "peer", "ratio"})
        table.add_row(
            name,
            f"{result['ours']:.2f} s" if name in TIMED else f"{result['ours']:.0f}/s",
            f"{result['peer']:.2f} s" if name in TIMED else f"{result['peer']:.0f}/s",
            f"{result['ratio']:.2f}",
            GOALS[name],
            PEERS[name],
            also,
        )
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
