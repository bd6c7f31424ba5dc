"""Articles that the frontier leases: through the gate, then kept or dropped together with their lease.

Refuses to read: bytes go to the archive, and nothing here knows what they say.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawlers.addresses import AddressRefused, is_web_url, split_web_url
from crawlers.errand import Errand, own_meta, redirect_target
from crawlers.failures import Verdict, judge_status, retry_at
from crawlers.robots import MAX_REDIRECTS, REDIRECTS
from crawlers.turns import HostBusy, asked_pause
from extraction.addresses import canonical_url
from extraction.model import DropReason
from storage.errors import StorageError
from storage.frontier import Found, Lease, LinkKind
from storage.records import FailureClass, FetchedPage

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)

_PAGES_FIRST = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
_HTMLISH = re.compile(
    rb"^\s*(?:text/html|application/xhtml\+xml|text/plain|application/octet-stream)?\s*(?:;|$)", re.IGNORECASE
)
# Failures in a row after which a host is left alone for this run; a dead one would cost a time-out for each URL.
_PATIENCE = 5
_HOST_IS_DOWN = frozenset(
    {
        FailureClass.DNS,
        FailureClass.CONNECTION,
        FailureClass.TLS,
        FailureClass.TIMEOUT,
        FailureClass.ROBOTS_UNREACHABLE,
        FailureClass.HTTP_5XX,
        FailureClass.HTTP_429,
    }
)


class Articles(Errand):
    """The articles of one run."""

    def __init__(self, spider: SourceSpider) -> None:
        super().__init__(spider)
        self._failures_in_row: Counter[str] = Counter()

    def request_for(self, lease: Lease) -> Request | None:
        """The request for a lease, or None when its URL cannot be asked for: then the lease has failed."""
        try:
            split_web_url(lease.url)
            return self.request(
                lease.url, _PAGES_FIRST, self.parse_article, self.failed_article, lease=lease, hops=lease.hops
            )
        except (AddressRefused, ValueError):
            self._failed(lease, Verdict(failure=FailureClass.OTHER, for_good=True))
            return None

    def parse_article(self, response: Response) -> Iterator[Request]:
        """A page: through the gate, then kept or dropped together with its lease."""
        lease: Lease = response.meta["lease"]
        try:
            if response.status in REDIRECTS:
                yield from self._redirected_article(response, lease)
                return
            verdict = judge_status(response.status)
            if verdict is not None:
                self._failed(lease, verdict, asked_pause(response, self.session.now()))
                self._note_trouble(lease.host, verdict)
            else:
                self._failures_in_row[lease.host] = 0
                self._admit(response, lease)
        except StorageError as error:
            self.stop(error)
        except Exception as error:
            self._failed(lease, self.bug(error))

    def _admit(self, response: Response, lease: Lease) -> None:
        now = self.session.now()
        content_type = response.headers.get(b"Content-Type", b"")
        if not _HTMLISH.match(content_type):
            self._drop(lease, DropReason.NOT_HTML)
            return
        decision = self.session.gate.admit(response.body, content_type.decode("latin-1") or None)
        if not decision.keep:
            self._drop(lease, decision.reason or DropReason.NO_GATE_WORD)
            return
        page = FetchedPage(
            source_id=self.source.id,
            url=lease.url,
            final_url=response.url,
            canonical_url=lease.canonical_url,
            status=response.status,
            headers=[
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, values in response.headers.items()
                for value in values
            ],
            body=response.body,
            fetched_at=now,
            feed_title=lease.title,
            feed_date=lease.date,
            gate_words=decision.words,
        )
        kept = self.session.store.pages.keep(page, lease, self.summary.run_id, now)
        self.summary.fetched += 1
        self.summary.kept += kept.is_new
        log.debug("gate.keep source=%s new=%s", self.source.id, kept.is_new)

    def _drop(self, lease: Lease, reason: DropReason) -> None:
        self.session.store.pages.drop(self.source.id, reason, lease, self.summary.run_id, self.session.now())
        self.summary.fetched += 1
        self.summary.dropped[reason.value] += 1
        log.debug("gate.drop source=%s reason=%s", self.source.id, reason)

    def _redirected_article(self, response: Response, lease: Lease) -> Iterator[Request]:
        """The same address in other words is followed; another address goes through the frontier like any link."""
        hops = response.meta["hops"] + 1
        target = redirect_target(response)
        if target is None or hops > MAX_REDIRECTS:
            self._failed(lease, Verdict(failure=FailureClass.REDIRECTS, for_good=target is None))
            return
        if not is_web_url(target):
            self._failed(lease, Verdict(failure=FailureClass.PRIVATE_ADDRESS, for_good=True))
            return
        canonical = canonical_url(target)
        if canonical == lease.canonical_url:
            yield response.request.replace(url=target, meta={**own_meta(response.meta), "hops": hops})
            return
        found = Found(
            url=target,
            canonical_url=canonical,
            kind=LinkKind.REDIRECT,
            depth=lease.depth,
            title=lease.title,
            date=lease.date,
        )
        self.session.store.frontier.redirect(lease, found, self.summary.run_id, self.session.now())
        self.scheduler.more()

    def failed_article(self, failure: Failure) -> None:
        """A page could not be fetched."""
        lease: Lease = failure.request.meta["lease"]
        error = failure.value
        try:
            if isinstance(error, HostBusy):
                self.scheduler.close_host(lease.host)
                self.session.store.frontier.release([lease], self.session.now())
                self.summary.put_off += 1
                return
            verdict = self.judge(failure)
            self._failed(lease, verdict)
            self._note_trouble(lease.host, verdict)
        except StorageError as storage_error:
            self.stop(storage_error)

    def _note_trouble(self, host: str, verdict: Verdict) -> None:
        """After some failures in a row of the kind that a whole host has, leave it alone for this run."""
        if verdict.failure not in _HOST_IS_DOWN:
            return
        self._failures_in_row[host] += 1
        if self._failures_in_row[host] == _PATIENCE:
            log.warning("host.down source=%s failure=%s", self.source.id, verdict.failure)
            self.scheduler.close_host(host)

    def _failed(self, lease: Lease, verdict: Verdict, pause: float | None = None) -> None:
        now = self.session.now()
        again = retry_at(verdict, lease.attempts + 1, now)
        if again is not None and pause is not None:
            again = max(again, now + dt.timedelta(seconds=pause))
        self.session.store.frontier.fail(lease, verdict.failure, now, again)
        self.summary.failed[verdict.failure.value] += 1
        log.debug("fetch.failed source=%s failure=%s again=%s", self.source.id, verdict.failure, again is not None)
