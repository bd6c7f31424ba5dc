"""The frontier and the host slots on SQLite and PostgreSQL: leases, collisions, crashes, clocks."""

from __future__ import annotations

import datetime as dt
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import storage.frontier
from extraction.model import DropReason
from storage.frontier import Found, LeaseOutcome, LinkKind, host_of, url_key
from storage.records import FailureClass
from storage.store import Store

NOW = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    with Store.open(database_url, tmp_path / "archive") as opened:
        yield opened


def found(*names: str) -> list[Found]:
    return [
        Found(url=f"https://n.example/{name}", canonical_url=f"https://n.example/{name}", kind=LinkKind.FEED)
        for name in names
    ]


def test_a_url_is_new_once_for_all_sources(store: Store) -> None:
    assert store.frontier.add("in_one", None, found("a", "b", "a"), NOW) == 2
    assert store.frontier.add("in_two", None, found("b", "c"), NOW) == 1
    assert store.frontier.add("in_two", None, [], NOW) == 0
    assert store.frontier.seen([one.url for one in found("a", "c", "z")]) == {
        "https://n.example/a",
        "https://n.example/c",
    }
    assert store.frontier.pending("in_one") == 2
    assert [one.url[-1] for one in store.frontier.lease("in_two", "w", NOW, 9, MINUTE)] == ["c"]


def test_a_collision_of_hashes_loses_no_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.frontier, "url_key", lambda url: 7)
    assert store.frontier.add("in_one", None, found("a", "b"), NOW) == 2
    assert store.frontier.seen(["https://n.example/a"]) == {"https://n.example/a"}
    assert len(store.frontier.lease("in_one", "w", NOW, 9, MINUTE)) == 2


@given(st.text(max_size=300))
def test_keys_fit_a_signed_64_bit_column(text: str) -> None:
    assert -(2**63) <= url_key(text) < 2**63


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example/a", "news.example"),
        ("http://u:p@n.example:8080/a?b@c", "n.example:8080"),
        ("http://[::1]:80/", "[::1]:80"),
    ],
)
def test_host_of(url: str, host: str) -> None:
    assert host_of(url) == host


def test_leases_are_exclusive_run_out_and_come_back(store: Store) -> None:
    store.frontier.add("in_one", None, found("a", "b"), NOW)
    first = store.frontier.lease("in_one", "w1", NOW, 1, MINUTE)
    assert [one.url[-1] for one in first] == ["a"]
    assert [one.url[-1] for one in store.frontier.lease("in_one", "w2", NOW, 9, MINUTE)] == ["b"]
    assert store.frontier.lease("in_one", "w3", NOW, 9, MINUTE) == []
    again = store.frontier.lease("in_one", "w3", NOW + 2 * MINUTE, 1, MINUTE)
    assert [one.url[-1] for one in again] == ["a"]
    assert not store.frontier.complete(first[0], LeaseOutcome.DROPPED, NOW), "w1 has lost it"
    assert not store.pages.drop("in_one", DropReason.NO_GATE_WORD, first[0], None, NOW)
    assert store.frontier.complete(again[0], LeaseOutcome.DROPPED, NOW)
    assert not store.frontier.complete(again[0], LeaseOutcome.DROPPED, NOW), "only once"
    assert store.frontier.states("in_one") == {"done": 1, "leased": 1}


def test_dead_workers_and_clocks(store: Store) -> None:
    store.frontier.add("in_one", None, found("a"), NOW)
    store.frontier.lease("in_one", "dead", NOW, 9, DAY)
    assert store.frontier.expire(NOW) == 0
    assert store.frontier.holders() == {"dead"}
    assert store.frontier.expire(NOW, ["dead"]) == 1
    # The clock is set back by a day after the lease was taken: it must not be stuck for a day.
    store.frontier.lease("in_one", "alive", NOW + DAY, 9, MINUTE)
    assert len(store.frontier.lease("in_one", "other", NOW, 9, MINUTE)) == 1


def test_failures_wait_or_are_for_good(store: Store) -> None:
    store.frontier.add("in_one", None, found("a", "b"), NOW)
    a, b = store.frontier.lease("in_one", "w", NOW, 9, DAY)
    assert store.frontier.fail(a, FailureClass.TIMEOUT, NOW, NOW + MINUTE)
    assert store.frontier.fail(b, FailureClass.HTTP_4XX, NOW, None)
    assert not store.frontier.fail(b, FailureClass.HTTP_4XX, NOW, None)
    assert store.frontier.lease("in_one", "w", NOW, 9, MINUTE) == []
    (again,) = store.frontier.lease("in_one", "w", NOW + MINUTE, 9, MINUTE)
    assert (again.url[-1], again.attempts) == ("a", 1)
    assert store.frontier.states("in_one") == {"failed": 1, "leased": 1}


def test_redirects_end_one_and_begin_another_once(store: Store) -> None:
    store.frontier.add("in_one", None, found("a", "b"), NOW)
    a, b = store.frontier.lease("in_one", "w", NOW, 9, MINUTE)
    (target,) = found("t")
    assert store.frontier.redirect(a, target, None, NOW)
    assert not store.frontier.redirect(b, target, None, NOW), "known by now"
    (leased,) = store.frontier.lease("in_one", "w", NOW, 9, MINUTE)
    assert (leased.url[-1], leased.hops) == ("t", 1)


def test_full_hosts_are_left_out_and_released_leases_return(store: Store) -> None:
    store.frontier.add("in_one", None, found("a"), NOW)
    assert store.frontier.lease("in_one", "w", NOW, 9, MINUTE, exclude_hosts={"n.example"}) == []
    leases = store.frontier.lease("in_one", "w", NOW, 9, MINUTE)
    store.frontier.renew(leases, NOW + MINUTE, MINUTE)
    assert store.frontier.lease("in_one", "v", NOW + MINUTE, 9, MINUTE) == []
    store.frontier.release(leases, NOW)
    assert len(store.frontier.lease("in_one", "v", NOW, 9, MINUTE)) == 1


def test_eight_threads_share_without_a_double(store: Store) -> None:
    store.frontier.add("in_one", None, found(*(f"s{n}" for n in range(120))), NOW)
    taken: list[str] = []
    lock = threading.Lock()

    def work(worker: str) -> None:
        while leases := store.frontier.lease("in_one", worker, NOW, 7, MINUTE):
            for lease in leases:
                assert store.frontier.complete(lease, LeaseOutcome.DROPPED, NOW)
            with lock:
                taken.extend(lease.url for lease in leases)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # A lease that finds every due row locked by others may come back empty on PostgreSQL; the rest is still there.
    while leases := store.frontier.lease("in_one", "last", NOW, 7, MINUTE):
        taken.extend(lease.url for lease in leases)
    assert set(Counter(taken).values()) == {1}
    assert len(taken) == 120


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["lease", "complete", "fail", "release", "expire", "back", "forward"]),
        st.sampled_from("uv"),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(OPERATIONS)
def test_whatever_happens_no_url_is_lost_and_none_ends_twice(operations: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/t.db", Path(folder) / "archive")
        names = [f"s{n}" for n in range(6)]
        store.frontier.add("in_one", None, found(*names), NOW)
        now = NOW
        held: list[storage.frontier.Lease] = []
        ended: Counter[str] = Counter()
        for operation, worker in operations:
            match operation:
                case "lease":
                    held += store.frontier.lease("in_one", worker, now, 2, MINUTE)
                case "complete" if held:
                    lease = held.pop(0)
                    ended[lease.url] += store.frontier.complete(lease, LeaseOutcome.DROPPED, now)
                case "fail" if held:
                    store.frontier.fail(held.pop(), FailureClass.TIMEOUT, now, now + MINUTE)
                case "release" if held:
                    store.frontier.release([held.pop(0)], now)
                case "expire":
                    store.frontier.expire(now, [worker])
                case "back":
                    now -= DAY
                case "forward":
                    now += 2 * MINUTE
        for _ in range(20):
            now += DAY
            for lease in store.frontier.lease("in_one", "end", now, 99, MINUTE):
                ended[lease.url] += store.frontier.complete(lease, LeaseOutcome.DROPPED, now)
        assert store.frontier.states("in_one") == {"done": 6}
        assert ended == Counter(one.url for one in found(*names))
        store.close()


SECOND = dt.timedelta(seconds=1)


def test_one_holder_a_host(store: Store) -> None:
    hosts = store.frontier.hosts
    assert hosts.claim("n.example", "u", NOW, MINUTE, SECOND) == (True, 0 * SECOND)
    assert hosts.claim("n.example", "v", NOW, MINUTE, SECOND) == (False, 0 * SECOND)
    hosts.release("n.example", "v", NOW, NOW)
    assert hosts.claim("n.example", "v", NOW, MINUTE, SECOND)[0] is False, "only the holder gives back"
    hosts.release("n.example", "u", NOW, NOW + 3 * SECOND)
    assert hosts.claim("n.example", "v", NOW + SECOND, MINUTE, SECOND) == (True, 2 * SECOND)
    # v dies: its hold runs out, and its last request may have been a moment ago.
    assert hosts.claim("n.example", "u", NOW + 2 * MINUTE, MINUTE, SECOND) == (True, SECOND)


def test_another_clocks_pause_is_not_believed_to_the_second(store: Store) -> None:
    hosts = store.frontier.hosts
    hosts.claim("n.example", "u", NOW, MINUTE, SECOND)
    hosts.release("n.example", "u", NOW, NOW)
    assert hosts.claim("n.example", "u", NOW, MINUTE, SECOND, left=NOW) == (True, 0 * SECOND), "its own clock"
    hosts.release("n.example", "u", NOW, NOW)
    assert hosts.claim("n.example", "v", NOW + 9 * SECOND, MINUTE, SECOND) == (True, SECOND), "another's"
    hosts.release("n.example", "v", NOW, NOW)
    assert hosts.claim("n.example", "u", NOW + 6 * MINUTE, MINUTE, SECOND) == (True, 0 * SECOND), "long over"


def test_a_clock_set_back_or_ahead_sticks_no_host(store: Store) -> None:
    hosts = store.frontier.hosts
    hosts.claim("n.example", "u", NOW + DAY, MINUTE, SECOND)
    assert hosts.claim("n.example", "v", NOW, MINUTE, SECOND) == (True, SECOND), "held from tomorrow on"
    hosts.release("n.example", "v", NOW, NOW + DAY)
    assert hosts.claim("n.example", "u", NOW, MINUTE, SECOND) == (True, SECOND), "no pause is longer than an hour"


def test_the_dead_give_hosts_back_after_a_pause(store: Store) -> None:
    hosts = store.frontier.hosts
    hosts.claim("n.example", "dead", NOW, DAY, SECOND)
    assert hosts.holders() == {"dead"}
    hosts.expire(NOW, ["dead"], 5 * SECOND)
    assert hosts.claim("n.example", "v", NOW, MINUTE, SECOND) == (True, 5 * SECOND)


def test_urls_set_by_a_clock_that_was_ahead_are_due_at_once(store: Store) -> None:
    ahead = NOW + 400 * DAY
    store.frontier.add("in_one", None, found("failed", "given_back"), NOW)
    failed, given_back = store.frontier.lease("in_one", "w", NOW, 9, 2 * (ahead - NOW))
    store.frontier.add("in_one", None, found("found"), ahead)
    store.frontier.fail(failed, FailureClass.TIMEOUT, ahead, ahead + MINUTE)
    store.frontier.release([given_back], ahead, ahead + MINUTE)
    assert store.frontier.pending("in_one", NOW) == 3
    assert len(store.frontier.lease("in_one", "w", NOW, 9, MINUTE)) == 3


def test_no_url_waits_longer_than_a_day(store: Store) -> None:
    store.frontier.add("in_one", None, found("failed", "given_back"), NOW)
    failed, given_back = store.frontier.lease("in_one", "w", NOW, 9, MINUTE)
    store.frontier.fail(failed, FailureClass.TIMEOUT, NOW, NOW + 9 * DAY)
    store.frontier.release([given_back], NOW, NOW + 9 * DAY)
    assert store.frontier.lease("in_one", "w", NOW + DAY - MINUTE, 9, MINUTE) == []
    assert len(store.frontier.lease("in_one", "w", NOW + DAY, 9, MINUTE)) == 2
