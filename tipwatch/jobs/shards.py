"""A crawl in shards: sources apart by registered domain, each shard in a process of its own, here or in a cluster.

Refuses to split a site: two sources that share a domain share a process, so that politeness stays local to it.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from config.source import Source
from tipwatch.events import LogSetup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tipwatch.jobs.task import Tool

SHARD = "shard"
SHARD_TOOLS = "tipwatch.jobs.shards:shard_tools"

SHARD_HEADROOM = 4 * 1024**3
"""Address space of a crawl beyond its imports: bodies are bounded one by one, threads take 8 MB each."""

SHARDS_A_WORKER = 4
"""More shards than workers even out that sites differ; each costs a process's start, about 2 s."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardOrder:
    """What a worker is told. `claimed_by` holds the sources in the database; `proof` lies in the archive's folder.

    Settings do not travel: a worker reads its own, so that no password goes over the wire.
    """

    sources: tuple[Source, ...]
    limit: int | None
    claimed_by: str
    proof: str
    log: LogSetup


def shards(sources: Sequence[Source], workers: int) -> tuple[tuple[Source, ...], ...]:
    """The sources in up to `SHARDS_A_WORKER * workers` shards of about one size, largest first; stable."""
    groups = sorted(_by_domain(sources), key=lambda group: (-len(group), group[0].id))
    count = min(len(groups), SHARDS_A_WORKER * max(1, workers))
    parts: list[list[Source]] = [[] for _ in range(count)]
    for group in groups:
        min(parts, key=len).extend(group)
    return tuple(tuple(part) for part in sorted(parts, key=len, reverse=True))


def _by_domain(sources: Sequence[Source]) -> list[list[Source]]:
    """Groups of sources that share a domain, directly or by a third."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        names = {domain_of(url) for url in (source.homepage, *(part.url for part in source.discover))}
        joined: list[Source] = [source]
        for found in {id(groups[name]): groups[name] for name in sorted(names) if name in groups}.values():
            joined = found + joined
        for one in joined:
            names |= {domain_of(url) for url in (one.homepage, *(part.url for part in one.discover))}
        for name in names:
            groups[name] = joined
    return list({id(group): group for group in groups.values()}.values())


def domain_of(url: str) -> str:
    """The registered domain by the Public Suffix List that courlan brings (`bbc.co.uk`), else the bare host."""
    from courlan import extract_domain

    return extract_domain(url) or (urlsplit(url).hostname or url).lower()


@contextmanager
def proof_in(archive: Path) -> Iterator[str]:
    """A file in the archive's folder while a sharded crawl runs, by which workers know the folder for ours."""
    name = f".crawl-{os.urandom(8).hex()}"
    archive.mkdir(parents=True, exist_ok=True)
    os.close(os.open(archive / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield name
    finally:
        (archive / name).unlink(missing_ok=True)


def shard_tools() -> Mapping[str, Tool]:
    """`shard`: ShardOrder -> the last word of its crawl. A process crawls one shard: a reactor starts once."""
    return {SHARD: crawl_shard}


def crawl_shard(order: ShardOrder) -> tuple[Any, ...]:
    """Crawl the order's sources with this machine's settings, unless these are of another installation."""
    from config.settings import load_settings
    from storage.errors import StorageError
    from storage.store import Store
    from tipwatch.events import continue_log
    from tipwatch.jobs.crawl import last_word
    from tipwatch.jobs.run import close_stale, wall_clock

    logging.disable(
        logging.NOTSET
    )  # a crawl speaks in events, without addresses; readers of pages are kept silent
    continue_log(order.log)
    if os.getpgid(0) != os.getpid():
        os.setpgid(0, 0)  # a terminal's Ctrl-C reaches the parent alone, which asks us to end
    settings = load_settings()
    refusal = (
        "Give every machine the same settings: TIPWATCH_DATABASE_URL, and TIPWATCH_DATA_DIR on a shared folder."
    )
    if not (settings.archive_dir / order.proof).exists():
        return (
            "refused",
            f"A worker's archive ({settings.archive_dir.resolve()}) is not the one of this crawl.",
            refusal,
        )
    try:
        with Store.open(settings.database_url, settings.archive_dir) as store:
            close_stale(store, wall_clock())  # of a worker that died over this very shard
            claims = store.runs.claims(wall_clock())
    except StorageError as error:
        return ("refused", error.what, error.remedy)
    if any(claims.get(source.id) != order.claimed_by for source in order.sources):
        return ("refused", "A worker's database does not know of this crawl.", refusal)
    try:
        return last_word(order.sources, settings, order.limit)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
