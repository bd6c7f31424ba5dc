"""Polls, windows, runs and claims; the lease of a page is completed with the page or not at all."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from extraction.model import DropReason
from storage.errors import UnknownRecord
from storage.frontier import Found, Lease, LinkKind
from storage.records import Poll, PollKind, RobotsAnswer, RunKind, RunOutcome, SourceCheck
from storage.store import Store
from tests.storage.samples import NOW, page

MINUTE = dt.timedelta(minutes=1)
FEED = "https://herald.example/feed"


def poll(minutes: int, **fields: object) -> Poll:
    return Poll(source_id="in_herald", url=FEED, at=NOW + minutes * MINUTE, kind=PollKind.FEED, **fields)  # type: ignore[arg-type]


def leased(store: Store, n: int = 0, worker: str = "w1") -> Lease:
    found = Found(url=page(n).url, canonical_url=page(n).canonical_url, kind=LinkKind.FEED)
    store.frontier.add("in_herald", None, [found], NOW)
    [lease] = store.frontier.lease("in_herald", worker, NOW, 1, 10 * MINUTE)
    return lease


def counted(store: Store) -> dict[str, int]:
    return {f"{one.measure.value} {one.reason}".strip(): one.n for one in store.coverage.by_day()}


def test_last_poll_keeps_the_validators_over_a_304(store: Store) -> None:
    assert store.polls.last("in_herald", FEED) is None
    store.polls.record(poll(0, ok=True, etag='"a"', entries=3))
    store.polls.record(poll(1, ok=True, not_modified=True, status=304))
    store.polls.record(poll(2, ok=False))
    last = store.polls.last("in_herald", FEED)
    assert last is not None
    assert (last.at, last.etag, last.not_modified) == (NOW + MINUTE, '"a"', True)
    assert [one.ok for one in store.polls.history("in_herald")] == [False, True, True]


def test_a_window_overlaps_or_not(store: Store) -> None:
    assert store.polls.overlaps("in_herald", FEED, ["a"]) is None
    store.polls.remember_window("in_herald", FEED, ["a", "b"])
    assert store.polls.overlaps("in_herald", FEED, ["c", "b"]) is True
    store.polls.remember_window("in_herald", FEED, ["c"])
    assert store.polls.overlaps("in_herald", FEED, ["a", "b"]) is False


def test_keep_completes_its_lease_and_counts_once(store: Store) -> None:
    lease = leased(store)
    kept = store.pages.keep(page(), lease, None, NOW)
    assert (kept.is_new, kept.completed) == (True, True)
    again = store.pages.keep(page(), lease, None, NOW)
    assert (again.is_new, again.completed, again.page_id) == (False, False, kept.page_id)
    assert counted(store) == {"fetched": 1, "kept": 1}
    assert store.frontier.pending("in_herald") == 0


def test_a_second_fetch_of_the_same_bytes_is_a_duplicate(store: Store) -> None:
    store.pages.keep(page(), None, None, NOW)
    kept = store.pages.keep(page(), leased(store), None, NOW)
    assert (kept.is_new, kept.completed) == (False, True)
    assert counted(store) == {"fetched": 2, "kept": 1, "dropped duplicate": 1}


def test_drop_with_a_lost_lease_counts_nothing(store: Store) -> None:
    lease = leased(store)
    assert store.pages.drop("in_herald", DropReason.EMPTY, lease, None, NOW)
    assert not store.pages.drop("in_herald", DropReason.EMPTY, lease, None, NOW)
    assert counted(store) == {"fetched": 1, "dropped empty": 1}


def test_a_run_is_told_from_start_to_end(store: Store) -> None:
    run = store.runs.start(RunKind.CRAWL, "in_herald", "w1", NOW)
    store.runs.heartbeat(run, NOW + MINUTE)
    [running] = store.runs.history()
    assert (running.outcome, running.heartbeat) == (None, NOW + MINUTE)
    store.runs.finish(run, RunOutcome.PARTIAL, NOW + 2 * MINUTE, {"kept": 3}, "one feed is dead")
    last = store.runs.last_by_source()["in_herald"]
    assert (last.outcome, dict(last.counts), last.finished) == (RunOutcome.PARTIAL, {"kept": 3}, NOW + 2 * MINUTE)
    with pytest.raises(UnknownRecord):
        store.runs.heartbeat(run + 1, NOW)


def test_one_worker_a_source(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(lambda n: store.runs.claim_source("in_herald", f"w{n}", NOW, 10 * MINUTE), range(8)))
    assert won.count(True) == 1
    winner = f"w{won.index(True)}"
    assert store.runs.claims(NOW) == {"in_herald": winner}
    store.runs.release_source("in_herald", "somebody else")
    assert not store.runs.claim_source("in_herald", "late", NOW + MINUTE, 10 * MINUTE)
    assert store.runs.claim_source("in_herald", winner, NOW + MINUTE, 10 * MINUTE)
    assert store.runs.claim_source("in_herald", "late", NOW + 11 * MINUTE, 10 * MINUTE)
    store.runs.release_source("in_herald", "late")
    assert store.runs.claims(NOW) == {}


def test_a_claim_from_a_clock_that_was_a_day_ahead_binds_nobody(store: Store) -> None:
    assert store.runs.claim_source("in_herald", "w1", NOW + dt.timedelta(days=1), 10 * MINUTE)
    assert store.runs.claim_source("in_herald", "w2", NOW, 10 * MINUTE)


def test_checks_keep_the_newest_by_address(store: Store) -> None:
    first = SourceCheck(source_id="in_herald", url=FEED, at=NOW, reached=False, error="no such host")
    second = SourceCheck(
        source_id="in_herald", url=FEED, at=NOW + MINUTE, reached=True, robots=RobotsAnswer.ALLOWED, entries=20
    )
    assert store.checks.record(first)
    assert not store.checks.record(first)
    assert store.checks.record(second)
    assert store.checks.last_by_source() == {"in_herald": [second]}


def test_naive_times_are_refused(store: Store) -> None:
    with pytest.raises(Exception, match="naive time"):
        store.runs.start(RunKind.CRAWL, None, "w1", NOW.replace(tzinfo=None))
