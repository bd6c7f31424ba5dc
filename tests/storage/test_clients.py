"""Clients of the API: a key is shown once and kept as a digest, dies at once, and every change is in the log."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from storage.clients import MOST_PER_MINUTE, Clients
from storage.database import Database
from storage.errors import ClientExists, ClientInvalid, ClientUnknown
from storage.records.clients import ApiClient, ClientScope
from storage.store import Store

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
END = NOW + dt.timedelta(days=30)
BY = "console.root"
BOTH = frozenset({ClientScope.SEARCH, ClientScope.ENTITIES})


def added(store: Store, name: str = "mira-bank", expires: dt.datetime | None = None) -> tuple[ApiClient, str]:
    return store.clients.add(name, BOTH, 60, expires, BY, NOW)


def held(store: Store) -> str:
    """Everything that the database holds of clients and deeds, as text."""
    with store._database.read() as session:
        rows = [session.execute(text(f"SELECT * FROM {table}")).all() for table in ("api_client", "audit")]
    return repr(rows)


def test_a_client_comes_is_changed_renewed_and_goes(store: Store) -> None:
    client, key = added(store, expires=END)
    assert (client.name, client.scopes, client.per_minute, client.expires) == ("mira-bank", BOTH, 60, END)
    assert (client.created, client.created_by, client.renewed, client.disabled) == (NOW, BY, NOW, False)
    assert client.last_seen is None
    assert store.clients.of_key(key, NOW) == client
    assert store.clients.get("mira-bank") == client

    changed = store.clients.change(
        "mira-bank", BY, LATER, scopes={ClientScope.DOWNLOADS}, per_minute=5, expires=None
    )
    assert (changed.scopes, changed.per_minute, changed.expires) == (frozenset({ClientScope.DOWNLOADS}), 5, None)
    assert store.clients.of_key(key, LATER) == changed

    renewed, other = store.clients.renew("mira-bank", BY, LATER)
    assert (renewed.id, renewed.renewed) == (client.id, LATER)
    assert store.clients.of_key(key, LATER) is None
    assert store.clients.of_key(other, LATER) == renewed

    assert store.clients.disable("mira-bank", BY, LATER).disabled
    assert store.clients.of_key(other, LATER) is None
    assert [one.disabled for one in store.clients.list()] == [True]
    said = {"scopes": ["entities", "search"]}
    assert [(one.by, one.action, one.subject, dict(one.detail)) for one in store.audit.entries()] == [
        (BY, "client_add", "client:mira-bank", said | {"per_minute": 60, "expires": END.isoformat()}),
        (BY, "client_change", "client:mira-bank", {"scopes": ["downloads"], "per_minute": 5, "expires": None}),
        (BY, "client_renew", "client:mira-bank", {}),
        (BY, "client_disable", "client:mira-bank", {}),
    ]  # fmt: skip
    assert store.audit.verify() is None
    everything = held(store)
    for one in (key, other):
        secret = one.split("_", 2)[2]
        assert secret not in everything
        assert hashlib.sha256(secret.encode()).hexdigest() not in everything  # disabled: the digest went too


def test_only_the_digest_of_the_secret_is_stored(store: Store) -> None:
    client, key = added(store)
    prefix, public_id, secret = key.split("_", 2)
    assert (prefix, public_id, len(secret)) == ("tw", client.id, 43)  # 43 letters of base64: 256 bits
    everything = held(store)
    assert hashlib.sha256(secret.encode()).hexdigest() in everything
    assert secret not in everything
    assert added(store, "other")[1].split("_", 2)[2] != secret


def test_the_secret_is_what_chance_gave(sqlite_store: Store) -> None:
    clients = Clients(sqlite_store._database, lambda n: b"\xff" * n)
    _, key = clients.add("mira", BOTH, 1, None, BY, NOW)
    assert key == "tw_" + "f" * 16 + "_" + "_" * 42 + "8"  # a secret may hold what parts the key
    assert clients.of_key(key, NOW) is not None


@pytest.mark.parametrize(
    ("after", "works"),
    [(-1, True), (0, False), (1, False), (86_400, False)],
    ids=["a second before", "on the moment", "a second after", "a day after"],
)
def test_a_key_expires_on_the_moment(store: Store, after: int, works: bool) -> None:
    _, key = added(store, expires=END)
    assert (store.clients.of_key(key, END + dt.timedelta(seconds=after)) is not None) is works


def test_an_expired_client_is_renewed_only_with_another_date(store: Store) -> None:
    added(store, expires=END)
    with pytest.raises(ClientInvalid, match="expired on 2026-03-31"):
        store.clients.renew("mira-bank", BY, END)
    store.clients.change("mira-bank", BY, END, expires=END + dt.timedelta(days=1))
    _, key = store.clients.renew("mira-bank", BY, END)
    assert store.clients.of_key(key, END) is not None


def test_what_is_not_named_stays_as_it_was(store: Store) -> None:
    added(store, expires=END)
    changed = store.clients.change("mira-bank", BY, LATER, per_minute=7)
    assert (changed.scopes, changed.per_minute, changed.expires) == (BOTH, 7, END)
    assert dict(store.audit.entries()[-1].detail) == {"per_minute": 7}
    late = store.clients.change(
        "mira-bank", BY, END + dt.timedelta(days=9), per_minute=8
    )  # expired, still changed
    assert (late.per_minute, late.expires) == (8, END)


def wrong_keys(key: str, other: str) -> dict[str, str]:
    _, public_id, secret = key.split("_", 2)
    return {
        "nothing": "",
        "no secret": f"tw_{public_id}",
        "empty secret": f"tw_{public_id}_",
        "half a secret": key[:-1],
        "a letter more": key + "A",
        "a line more": key + "\n",
        "a space before": " " + key,
        "another secret": f"tw_{public_id}_{other.split('_', 2)[2]}",
        "another client's id": f"tw_{other.split('_', 2)[1]}_{secret}",
        "nobody's id": f"tw_{'0' * 16}_{secret}",
        "the digest": f"tw_{public_id}_{hashlib.sha256(secret.encode()).hexdigest()}",
        "capitals": key.upper(),
        "other letters": f"tw_{public_id}_{'ı' * 43}",
        "other digits": f"tw_{'٣' * 16}_{secret}",
        "a NUL": f"tw_{public_id}_{secret[:-1]}\0",
        "long": "tw_" + "a" * 1_000_000,
    }


@pytest.mark.parametrize("kind", wrong_keys("tw_a_b", "tw_c_d"))
def test_a_wrong_key_is_nobodys(store: Store, kind: str) -> None:
    _, key = added(store)
    _, other = added(store, "other")
    assert store.clients.of_key(key, NOW) is not None
    assert store.clients.of_key(wrong_keys(key, other)[kind], NOW) is None


@pytest.fixture(scope="module")
def known(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Clients, str]]:
    database = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('known') / 'c.db')}")
    clients = Clients(database)
    yield clients, clients.add("mira-bank", BOTH, 60, None, BY, NOW)[1]
    database.close()


@given(data=st.data())
def test_no_key_but_the_key_is_somebodys(known: tuple[Clients, str], data: st.DataObject) -> None:
    """One letter changed, dropped, doubled, or two swapped: nobody's, unless it is the same key again."""
    clients, key = known
    at = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.one_of(st.sampled_from(key), st.characters()))
    to = data.draw(st.integers(0, len(key) - 1))
    swapped = list(key)
    swapped[at], swapped[to] = swapped[to], swapped[at]
    before, after = key[:at], key[at + 1 :]
    for made in (before + letter + after, before + after, before + letter + key[at:], "".join(swapped)):
        assert (clients.of_key(made, NOW) is not None) is (made == key)


def test_a_name_is_given_once(store: Store) -> None:
    _, key = added(store)
    with pytest.raises(ClientExists, match="given once"):
        added(store)
    store.clients.disable("mira-bank", BY, LATER)
    with pytest.raises(ClientExists, match="mira-bank"):
        added(store)
    assert store.clients.of_key(key, NOW) is None
    assert len(store.clients.list()) == 1
    assert len(store.audit.entries()) == 2


@pytest.mark.parametrize("name", ["", "Mira", "mira k", ".mira", "a" * 58, "mirá", "mira\n", "../x", "mira:x"])
def test_what_is_no_name_of_a_client(sqlite_store: Store, name: str) -> None:
    with pytest.raises(ClientInvalid, match="no name of a client"):
        added(sqlite_store, name)
    assert sqlite_store.clients.list() == ()
    assert sqlite_store.audit.entries() == []


@pytest.mark.parametrize("name", ["m", "0", "mira.k", "mira_k-2", "a" * 57])
def test_what_is_a_name_of_a_client(store: Store, name: str) -> None:
    assert added(store, name)[0].name == name


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scopes": frozenset()}, "without a scope"),
        ({"per_minute": 0}, "0 requests"),
        ({"per_minute": -1}, "-1 requests"),
        ({"per_minute": MOST_PER_MINUTE + 1}, "cannot be given"),
        ({"expires": NOW}, "would never work"),
        ({"expires": NOW - dt.timedelta(days=1)}, "2026-02-28 12:00Z"),
    ],
)
def test_what_no_client_can_be(store: Store, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ClientInvalid, match=words):
        store.clients.add("x", **{"scopes": BOTH, "per_minute": 1, "expires": None} | wrong, by=BY, now=NOW)  # type: ignore[arg-type]
    before = added(store)[0]
    with pytest.raises(ClientInvalid, match=words):
        store.clients.change("mira-bank", BY, NOW, **wrong)  # type: ignore[arg-type]
    assert store.clients.list() == (before,)
    assert len(store.audit.entries()) == 1


def test_nobody_and_the_disabled_are_unknown_to_every_change(store: Store) -> None:
    added(store, "gone")
    store.clients.disable("gone", BY, NOW)
    added(store, "here")
    with pytest.raises(ClientInvalid, match="Nothing to change"):
        store.clients.change("here", BY, NOW)
    before = store.audit.entries()
    for name, words in (("nobody", "no client"), ("gone", "disabled on 2026-03-01")):
        with pytest.raises(ClientUnknown, match=words):
            store.clients.disable(name, BY, NOW)
        with pytest.raises(ClientUnknown, match=words):
            store.clients.renew(name, BY, NOW)
        with pytest.raises(ClientUnknown, match=words):
            store.clients.change(name, BY, NOW, per_minute=1)
    assert store.audit.entries() == before


@pytest.mark.parametrize("order", [["b", "a", "c"], ["c", "b", "a"]])
def test_clients_are_listed_by_name(store: Store, order: list[str]) -> None:
    for name in order:
        added(store, name)
    assert [one.name for one in store.clients.list()] == ["a", "b", "c"]
