"""Accesses: noted in batches, never changed, without anything that somebody searched for, and gone in time."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.clients import CHUNK, subject_of
from storage.records.clients import LONGEST_ROUTE, NO_ROUTE, Access, ClientScope
from storage.retention import RetentionCounts, RetentionPolicy
from storage.store import Store
from tipwatch.feed.dataset import key, person_key
from tipwatch.feed.files import CATALOG, DELTA_INDEX, FILES, INDEX
from tipwatch.feed.history import path as delta_path

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
ID = "0123456789abcdef0123"
TEXT = "ab" * 32
POLICY = RetentionPolicy(
    pages_days=730, rejected_days=180, cleared_days=730, doubtful_days=365, users_days=365, accesses_days=730,
    min_score=0.75,
)  # fmt: skip


def days(n: float) -> dt.datetime:
    return NOW + dt.timedelta(days=n)


def access(at: dt.datetime = NOW, client: str | None = "mira-bank", **changes: object) -> Access:
    made = Access(
        at=at, client=client, route="/v1/entities/{id}", status=200, subject=f"tw-p-{ID}", bytes=812, ms=4
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def client(store: Store, name: str = "mira-bank") -> None:
    store.clients.add(name, {ClientScope.ENTITIES}, 60, None, "console.root", NOW)


def test_accesses_come_back_as_they_were(store: Store) -> None:
    client(store)
    noted = [
        access(NOW),
        access(
            days(1), bytes=5_000_000_000, route="/v1/files/{path:path}", subject="entities.ftm.json", status=206
        ),
        access(days(1.1), client=None, route=NO_ROUTE, status=401, subject=None),
        access(days(2), client="other", route="/v1/search", subject=None),
    ]
    store.clients.note_accesses(noted[2:])
    store.clients.note_accesses(noted[:2])  # another worker's batch, older
    store.clients.note_accesses([])
    assert store.clients.accesses() == noted
    assert store.clients.accesses(client="mira-bank") == noted[:2]
    assert store.clients.accesses(since=days(1).date()) == noted[1:]
    assert store.clients.accesses(until=days(1).date()) == noted[:3]
    assert store.clients.accesses(since=days(1).date(), until=days(1).date(), client="mira-bank") == noted[1:2]
    assert store.clients.accesses(limit=2) == noted[2:]
    assert store.clients.accesses(subject="entities.ftm.json") == noted[1:2]
    assert store.clients.accesses(client="nobody") == []


def test_when_a_client_was_seen_never_goes_back(store: Store) -> None:
    for name in ("mira-bank", "quiet"):
        client(store, name)
    store.clients.note_accesses([access(days(1)), access(days(3)), access(days(2))])
    store.clients.note_accesses([access(days(2))])
    assert {one.name: one.last_seen for one in store.clients.list()} == {"mira-bank": days(3), "quiet": None}


def test_many_writers_lose_nothing(store: Store) -> None:
    """As workers of one server do: each its batches, all of them of the same clients."""
    for name in ("a", "b", "c"):
        client(store, name)
    batches = [[access(days(k), "abc"[(k + n) % 3]) for n in range(30)] for k in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.clients.note_accesses, batches))
    assert len(store.clients.accesses()) == 360
    assert {one.last_seen for one in store.clients.list()} == {days(11)}


KEPT = [
    person_key(f"p-{ID}"),
    key("", f"o-{ID}"),
    key("", f"c-{ID}"),
    key("party-", f"p-{ID}", f"c-{ID}"),
    key("proof-", ID),
    key("proof-", f"o-{ID}", TEXT),
    key("a-", TEXT),
    *FILES,
    INDEX,
    CATALOG,
    DELTA_INDEX,
    delta_path("20261123094056"),
    "20261123094056",
    "in",
]
TYPED = [
    "",
    "ravi testman",
    "ravi-testman",
    "tw-p-ravi-testman",
    "tw-ravi",
    f"tw-p-{ID}-ravi",
    f"ravi-tw-p-{ID}",
    "ravi-testman.json",
    "deltas/ravi.json",
    "../index.json",
    "index.json\n",
    "Ravi",
    "रवि",
    "91-22-1234-5678",
    "tw_0123456789abcdef_" + "A" * 43,
    "10.0.0.1",
    "x" * 100_000,
]


@pytest.mark.parametrize("subject", KEPT)
def test_subjects_are_ids_files_countries_and_versions(subject: str) -> None:
    assert subject_of(subject) == subject
    assert len(subject) <= 128  # the column's width


@pytest.mark.parametrize("subject", TYPED, ids=range(len(TYPED)))
def test_what_somebody_typed_is_not_kept(subject: str) -> None:
    assert subject_of(subject) is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz -'.", min_size=3))
def test_no_word_of_letters_is_kept_but_a_files_name(typed: str) -> None:
    assert subject_of(typed) is None or typed in {*FILES, INDEX, CATALOG} or not any(map(str.isalpha, typed))


def test_the_database_holds_nothing_that_was_typed(store: Store) -> None:
    store.clients.note_accesses([access(subject=one, status=404) for one in TYPED])
    assert {one.subject for one in store.clients.accesses()} == {None}


@pytest.mark.parametrize(
    "route",
    [
        "/",
        "/healthz",
        "/v1/index",
        "/v1/entities/{id}",
        "/v1/files/{path:path}",
        "/v1/coverage/{country}",
        "/v1/openapi.json",
        NO_ROUTE,
    ],
)
def test_what_is_a_template(route: str) -> None:
    assert access(route=route).route == route


@pytest.mark.parametrize(
    "wrong",
    [
        {"route": ""},
        {"route": "v1/index"},
        {"route": f"/v1/entities/tw-p-{ID}"},
        {"route": "/v1/files/deltas/20261123094056.json"},
        {"route": "/v1/search?q=ravi"},
        {"route": "/v1/search/Ravi Testman"},
        {"route": "/v1/index\n"},
        {"route": "/" + "a" * LONGEST_ROUTE},
        {"status": 99},
        {"status": 600},
        {"bytes": -1},
        {"ms": -1},
        {"client": "Ravi Testman"},
        {"client": ""},
        {"at": dt.datetime(2026, 3, 1)},  # naive
    ],
)
def test_what_no_access_can_be_is_refused_and_not_repeated(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^an access ") as caught:
        access(**wrong)  # type: ignore[arg-type]
    assert "ravi" not in str(caught.value).lower()


CHANGES = {
    True: ("UPDATE api_access SET subject = NULL", "INSERT OR REPLACE INTO api_access SELECT * FROM api_access"),
    False: ("UPDATE api_access SET subject = NULL", "TRUNCATE api_access"),
}


@pytest.mark.parametrize("n", [0, 1])
def test_the_database_itself_refuses_to_change_an_access(store: Store, n: int) -> None:
    store.clients.note_accesses([access()])
    with pytest.raises(DBAPIError, match="never changed"), store._database.write() as session:
        session.execute(text(CHANGES[store._database.is_sqlite][n]))
    assert store.clients.accesses() == [access()]


@pytest.mark.parametrize("n", [3, 2 * CHUNK + 3])
def test_old_accesses_are_counted_then_forgotten_and_the_log_says_how_many(store: Store, n: int) -> None:
    client(store)
    old = [access(days(0) + dt.timedelta(seconds=k)) for k in range(n)]
    young = [access(days(1.5)), access(days(700))]
    store.clients.note_accesses([*young, *old])
    now = days(731)
    assert store.retention.plan(POLICY, now) == RetentionCounts(accesses=n)
    assert len(store.clients.accesses()) == n + 2

    seen: list[int] = []
    assert store.retention.prune(POLICY, now, by="console.root", advance=seen.append) == RetentionCounts(
        accesses=n
    )
    assert sum(seen) == n
    assert store.clients.accesses() == young
    deeds = [one for one in store.audit.entries() if one.action == "prune"]
    assert sum(one.detail["accesses"] for one in deeds) == n
    assert store.audit.verify() is None
    assert store.clients.list()[0].last_seen == days(700)
    assert store.retention.prune(POLICY, now).total == 0
    assert [one for one in store.audit.entries() if one.action == "prune"] == deeds


def test_an_access_goes_after_its_days_not_before(store: Store) -> None:
    store.clients.note_accesses([access(NOW)])
    assert store.retention.prune(POLICY, days(730)).accesses == 0
    assert store.retention.prune(POLICY, days(730) + dt.timedelta(seconds=1)).accesses == 1
