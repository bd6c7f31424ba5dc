"""Pages a second of our crawl, with gate, archive and database, against a bare Scrapy spider on the same server.

Refuses an unequal race: both read the same feeds and fetch the same pages from the same hosts, turn by turn, each
in a process of its own; the server's clock counts from its first to its last answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
HOSTS = 8
PAGES = 200  # of each host
RELEVANT = 10  # one page in so many speaks of trafficking and is kept
ROUNDS = 3
PARAGRAPH = "The council met on Tuesday evening and put the question of the new bridge off once more. " * 4

_SOURCE = """\
title: "Bench {n}"
homepage: "http://127.0.0.1:{port}/"
publisher: {{name: "Bench", kind: newspaper, ownership: private, official: false}}
countries: [in]
languages: [en]
level: local
discover: [{{feed: "http://127.0.0.1:{port}/feed"}}]
politeness: {{delay: 0.0, pages_per_run: 10000}}
expected: {{min: 1, max: 100000}}
status: {{state: active, reason: "a benchmark", date: 2026-01-01}}
"""


def page(number: int) -> bytes:
    """A page of about 30 kB, as a local paper's is, with links and scripts around its text."""
    charge = "He was charged with human trafficking. " if number % RELEVANT == 0 else ""
    links = "".join(f'<li><a href="/section/{n}">Section {n}</a></li>' for n in range(120))
    script = "<script>var a={};" + "a.b=1;" * 1200 + "</script>"
    text = f"<p>{charge}{PARAGRAPH}</p>" * 25
    head = f"<head><title>Story {number}</title>{script}</head>"
    return f"<html>{head}<body><ul>{links}</ul>{text}</body></html>".encode()


def feed(port: int) -> bytes:
    """All pages of one host."""
    items = "".join(
        f"<item><title>Story {n}</title><link>http://127.0.0.1:{port}/story/the-council-met-{n}</link></item>"
        for n in range(PAGES)
    )
    return f'<rss version="2.0"><channel><title>Bench</title>{items}</channel></rss>'.encode()


async def serve() -> None:
    """Answer on HOSTS ports; prints them, then one line of seconds for each line read from stdin."""
    times: list[float] = []
    bodies = [page(number) for number in range(PAGES)]

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                times.append(time.perf_counter())
                path = head.split(b" ", 2)[1].decode()
                status, kind, body = "404 Not Found", "text/plain", b"no"
                if path == "/feed":
                    status, kind, body = "200 OK", "application/rss+xml", feed(port)
                elif path.startswith("/story/"):
                    status, kind, body = "200 OK", "text/html; charset=utf-8", bodies[int(path.rpartition("-")[2])]
                answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(answer.encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    servers = [await asyncio.start_server(client, "127.0.0.1", 0) for _ in range(HOSTS)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps({"requests": len(times), "seconds": times[-1] - times[0]}), flush=True)
        times.clear()


def ours(folder: Path) -> None:
    """Our crawl, as `tipwatch crawl` runs it."""
    from config.catalogue import load_catalogue
    from config.settings import load_settings
    from crawlers.run import crawl

    settings = load_settings()
    done = crawl(load_catalogue(settings.sources_dir).select(), settings)
    counts = [summary.counts() for summary in done]
    (folder / "ours.json").write_text(
        json.dumps({name: sum(one.get(name, 0) for one in counts) for name in counts[0]})
    )


def bare(ports: list[int]) -> None:
    """What anyone writes in ten lines: links of a feed, a request each, nothing kept. Scrapy's defaults."""
    import re

    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    class Bare(scrapy.Spider):
        name = "bare"
        start_urls = [f"http://127.0.0.1:{port}/feed" for port in ports]  # noqa: RUF012

        def parse(self, response: scrapy.http.Response) -> Iterator[scrapy.Request]:
            for link in re.findall(r"<link>([^<]+)</link>", response.text):
                yield scrapy.Request(link, callback=self.parse_page)

        def parse_page(self, response: scrapy.http.Response) -> None:
            pass

    process = AsyncCrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False})
    process.crawl(Bare)
    process.start()


@contextmanager
def server() -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """The server's process and its ports."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crawl", "serve"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        yield child, json.loads(child.stdout.readline())
    finally:
        child.kill()
        child.wait()


def measure(child: subprocess.Popen[str], environment: dict[str, str], *arguments: str) -> float:
    """Run one side; pages a second by the server's clock."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks.crawl", *arguments], cwd=ROOT, env=environment, check=True, timeout=300
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("\n")
    child.stdin.flush()
    result = json.loads(child.stdout.readline())
    if result["requests"] < HOSTS * (PAGES + 1):
        raise RuntimeError(f"{arguments[0]} fetched {result['requests']} of {HOSTS * (PAGES + 1)}")
    return HOSTS * PAGES / float(result["seconds"])


def ratio(rounds: int = ROUNDS) -> dict[str, object]:
    """Medians of `rounds`, taken in turns: `ours` and `peer` in pages a second, `ratio`, and what the race was."""
    figures: dict[str, list[float]] = {"ours": [], "peer": []}
    with server() as (child, ports):
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                environment = _environment(folder, ports)
                figures["peer"].append(measure(child, environment, "bare", json.dumps(ports)))
                figures["ours"].append(measure(child, environment, "ours", name))
                counts = json.loads((folder / "ours.json").read_text())
    mine, peer = median(figures["ours"]), median(figures["peer"])
    return {
        "ours": mine,
        "peer": peer,
        "ratio": mine / peer,
        "pages": HOSTS * PAGES,
        "kept": counts["kept"],
        "dropped": counts["dropped"],
        "rounds": rounds,
    }


def _environment(folder: Path, ports: list[int]) -> dict[str, str]:
    """A catalogue, a migrated database and settings of their own. Delay 0 is for loopback alone."""
    from storage.store import Store

    sources = folder / "sources" / "in"
    sources.mkdir(parents=True)
    for n, port in enumerate(ports):
        (sources / f"bench{n}.yml").write_text(_SOURCE.format(n=n, port=port))
    url = f"sqlite:///{folder}/tipwatch.db"
    Store.open(url, folder / "data" / "archive").close()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
    return {
        **kept,
        "TIPWATCH_CONTACT": "bench@tipwatch.example",
        "TIPWATCH_DATABASE_URL": url,
        "TIPWATCH_DATA_DIR": str(folder / "data"),
        "TIPWATCH_SOURCES_DIR": str(folder / "sources"),
        "TIPWATCH_ALLOW_PRIVATE": ",".join(f"127.0.0.1:{port}" for port in ports),
        "TIPWATCH_DELAY": "0",
        "TIPWATCH_HOST_BUDGET": "100000",
    }


def main() -> None:
    """Children of the benchmark, or the benchmark itself."""
    match sys.argv[1:]:
        case ["serve"]:
            asyncio.run(serve())
        case ["ours", folder]:
            ours(Path(folder))
        case ["bare", ports]:
            bare(json.loads(ports))
        case _:
            print(json.dumps(ratio(), indent=1))


if __name__ == "__main__":
    main()
