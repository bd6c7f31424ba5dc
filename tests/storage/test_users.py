"""Users of the review: added once, renewed, disabled for good, and every change in the log."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.errors import ReviewInvalid, UserExists, UserUnknown
from storage.records.people import UserRole
from storage.store import Store

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)


def deeds(store: Store) -> list[tuple[str, str, str]]:
    return [(one.by, one.action, one.subject) for one in store.audit.entries()]


def test_a_user_comes_logs_in_and_goes(store: Store) -> None:
    added = store.users.add("mira", UserRole.REVIEWER, "hash-1", "console.root", NOW)
    assert (added.name, added.role, added.epoch, added.created_at) == ("mira", UserRole.REVIEWER, 0, NOW)
    assert store.users.get("mira") == (added, "hash-1")
    store.users.logged_in("mira", LATER)
    assert store.users.all()[0].last_login == LATER

    renewed = store.users.renew("mira", "hash-2", "console.root", LATER)
    found = store.users.get("mira")
    assert found is not None
    assert (found[1], renewed.epoch) == ("hash-2", 1)
    changed = store.users.set_role("mira", UserRole.ADMIN, "console.root", LATER)
    assert (changed.role, changed.epoch) == (UserRole.ADMIN, 2)

    gone = store.users.disable("mira", "console.root", LATER)
    assert (gone.disabled_at, gone.epoch) == (LATER, 3)
    assert store.users.get("mira") is None
    assert [one.name for one in store.users.all()] == ["mira"]
    assert deeds(store) == [
        ("console.root", "user_add", "user:mira"),
        ("mira", "login", "user:mira"),
        ("console.root", "user_renew", "user:mira"),
        ("console.root", "user_role", "user:mira"),
        ("console.root", "user_disable", "user:mira"),
    ]
    assert store.audit.verify() is None
    assert "hash" not in repr(store.audit.entries())


def test_a_name_is_given_once(store: Store) -> None:
    store.users.add("mira", UserRole.READER, "h", "console.root", NOW)
    with pytest.raises(UserExists, match="mira"):
        store.users.add("mira", UserRole.ADMIN, "h", "console.root", NOW)
    store.users.disable("mira", "console.root", NOW)
    with pytest.raises(UserExists, match="given once"):
        store.users.add("mira", UserRole.ADMIN, "h", "console.root", NOW)
    assert store.users.all()[0].role is UserRole.READER


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mira",
        "mira k",
        ".mira",
        "-mira",
        "a" * 60,
        "mirá",
        "machine",
        "console",
        "console.root",
        "mira\n",
        "../x",
    ],
)
def test_what_is_no_name_of_a_user(sqlite_store: Store, name: str) -> None:
    with pytest.raises(ReviewInvalid):
        sqlite_store.users.add(name, UserRole.READER, "h", "console.root", NOW)
    assert sqlite_store.users.all() == []
    assert sqlite_store.audit.entries() == []


@pytest.mark.parametrize("name", ["m", "0", "mira.k", "mira_k-2", "a" * 59])
def test_what_is_a_name_of_a_user(sqlite_store: Store, name: str) -> None:
    assert sqlite_store.users.add(name, UserRole.READER, "h", "console.root", NOW).name == name


def test_nobody_and_the_disabled_are_unknown_to_every_change(store: Store) -> None:
    store.users.add("gone", UserRole.READER, "h", "console.root", NOW)
    store.users.disable("gone", "console.root", NOW)
    before = len(deeds(store))
    for name, words in (("nobody", "no user"), ("gone", "disabled on 2026-03-01")):
        with pytest.raises(UserUnknown, match=words):
            store.users.disable(name, "console.root", NOW)
        with pytest.raises(UserUnknown, match=words):
            store.users.renew(name, "h", "console.root", NOW)
        with pytest.raises(UserUnknown, match=words):
            store.users.set_role(name, UserRole.ADMIN, "console.root", NOW)
        with pytest.raises(UserUnknown, match=words):
            store.users.logged_in(name, NOW)
    assert len(deeds(store)) == before


def test_a_refused_login_is_logged_without_what_was_typed(store: Store) -> None:
    store.users.add("mira", UserRole.READER, "h", "console.root", NOW)
    store.users.login_refused("mira", NOW)
    store.users.login_refused("Ravi Testman", NOW)
    store.users.login_refused("ravi", NOW)
    store.users.disable("mira", "console.root", NOW)
    store.users.login_refused("mira", NOW)
    refused = [one for one in store.audit.entries() if one.action == "login_refused"]
    assert [(one.by, one.subject, one.detail) for one in refused] == [
        ("machine", "user:mira", {"reason": "wrong_token"}),
        ("machine", "login", {"reason": "unknown"}),
        ("machine", "login", {"reason": "unknown"}),
        ("machine", "user:mira", {"reason": "disabled"}),
    ]
    assert "ravi" not in repr(store.audit.entries()).lower()


@pytest.mark.parametrize(
    ("role", "needed", "may"),
    [
        (UserRole.READER, UserRole.READER, True),
        (UserRole.READER, UserRole.REVIEWER, False),
        (UserRole.REVIEWER, UserRole.REVIEWER, True),
        (UserRole.REVIEWER, UserRole.ADMIN, False),
        (UserRole.ADMIN, UserRole.READER, True),
    ],
)
def test_what_a_role_may(role: UserRole, needed: UserRole, may: bool) -> None:
    assert role.may(needed) is may
