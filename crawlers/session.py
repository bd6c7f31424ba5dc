"""What all spiders of one process share: settings, the store, the gate, turns at hosts, answers of robots.txt.

Refuses globals in spiders: everything that a spider touches hangs on its session.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from scrapy.crawler import Crawler

from config.gate_lexicons import load_gate_lexicons
from config.settings import Settings, load_settings
from crawlers.identity import is_dead, user_agent, worker_name
from crawlers.names import Resolve, Resolver
from crawlers.turns import Turns
from extraction.relevance import Gate
from storage.store import Store

if TYPE_CHECKING:
    from crawlers.robots import RobotsAnswers
    from crawlers.summary import CrawlSummary

log = logging.getLogger(__name__)

SESSION_KEY = "TIPWATCH_SESSION"


@dataclass(slots=True)
class CrawlSession:
    """One process's crawl. `limit` caps each source's articles; `host_pages` counts a host's pages of this run."""

    settings: Settings
    store: Store
    gate: Gate
    agent: str
    worker: str
    turns: Turns
    resolve: Resolve
    robots: RobotsAnswers
    now: Callable[[], dt.datetime]  # aware UTC from the wall clock at the start, carried on by the monotonic one
    limit: int | None = None
    ends_with_spider: bool = False  # under plain `scrapy crawl` nobody else closes it
    host_pages: Counter[str] = field(default_factory=Counter)
    summaries: dict[str, CrawlSummary] = field(default_factory=dict)

    def full_hosts(self) -> frozenset[str]:
        """Hosts whose budget of this run is used up."""
        budget = self.settings.host_budget
        return frozenset(host for host, pages in self.host_pages.items() if pages >= budget)

    def recover(self) -> int:
        """Bring back what workers left behind that died. Returns the number of URLs."""
        now = self.now()
        frontier, hosts = self.store.frontier, self.store.frontier.hosts
        dead = {name for name in frontier.holders() | hosts.holders() if name != self.worker and is_dead(name)}
        hosts.expire(now, dead, dt.timedelta(seconds=self.settings.delay))
        back = frontier.expire(now, dead)
        if back:
            log.info("frontier.recovered urls=%d dead_workers=%d", back, len(dead))
        return back

    def close(self) -> None:
        """Give hosts back and close the store."""
        try:
            self.turns.close()
        finally:
            self.store.close()


def open_session(
    settings: Settings,
    *,
    started: dt.datetime,
    store_url: str | None = None,
    limit: int | None = None,
    resolve: Resolve | None = None,
) -> CrawlSession:
    """Raises CrawlRefused without a contact, StorageError without a usable store."""
    from crawlers.robots import RobotsAnswers

    begun = monotonic()  # next to `started`: the store's opening, however slow, must not set this clock back
    agent = user_agent(settings)
    store = Store.open(store_url or settings.database_url, settings.archive_dir)
    worker = worker_name()

    def now() -> dt.datetime:
        return started + dt.timedelta(seconds=monotonic() - begun)

    session = CrawlSession(
        settings=settings,
        store=store,
        gate=Gate(list(load_gate_lexicons().values())),
        agent=agent,
        worker=worker,
        turns=Turns(store.frontier.hosts, worker, now, settings.request_timeout),
        resolve=resolve if resolve is not None else Resolver(),
        robots=RobotsAnswers(),
        now=now,
        limit=limit,
    )
    session.recover()
    return session


# Scrapy copies its settings deeply, so they cannot carry a session; they carry its key in here.
_sessions: dict[str, CrawlSession] = {}


def register(session: CrawlSession) -> str:
    """Make a session reachable for the crawlers whose settings carry the key returned."""
    key = str(id(session))
    _sessions[key] = session
    return key


def forget(key: str) -> None:
    """The end of `register`."""
    _sessions.pop(key, None)


def session_of(crawler: Crawler) -> CrawlSession:
    """The crawler's session; under plain `scrapy crawl` it is opened here, from the environment."""
    key = crawler.settings.get(SESSION_KEY) or "environment"
    if key not in _sessions:
        _sessions[key] = open_session(load_settings(), started=dt.datetime.now(dt.UTC))
        _sessions[key].ends_with_spider = True
    return _sessions[key]
