"""The log: lines in the deed's transaction, a chain that shows every change, and no place for a name."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from storage.audit import ACTIONS, KEYS, Audit, note
from storage.database import Database
from storage.records.people import RejectReason, UserRole

NOW = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
MENTION = "0123456789abcdef0123"
PERSON = f"p-{MENTION}"


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    opened = Database(migrated_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'log.db')}")
    yield opened
    opened.close()


def write(database: Database, n: int = 5) -> Audit:
    """A log of `n` lines, a day each."""
    for k in range(n):
        with database.write() as session:
            detail = {"score": 0.5 + k / 10, "fields": ["name", "stage"], "reason": RejectReason.VICTIM}
            note(session, "mira", "correct", f"mention:{MENTION}", detail, NOW + dt.timedelta(days=k))
    return Audit(database)


def tamper(database: Database, *statements: str) -> None:
    """What somebody with all rights could do: drop the triggers, and change the table."""
    if database.is_sqlite:
        drops = ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_no_replace")
    else:
        drops = ("DROP TRIGGER audit_guard ON audit", "DROP TRIGGER audit_guard_all ON audit")
    with database.write() as session:
        for statement in (*drops, *statements):
            session.execute(text(statement))


def test_lines_are_kept_with_everything_and_by_day(database: Database) -> None:
    audit = write(database)
    entries = audit.entries()
    assert [one.id for one in entries] == [1, 2, 3, 4, 5]
    first = entries[0]
    assert (first.at, first.by, first.action, first.subject) == (NOW, "mira", "correct", f"mention:{MENTION}")
    assert first.detail == {"score": 0.5, "fields": ["name", "stage"], "reason": "victim"}
    assert len({one.digest for one in entries}) == 5
    day = NOW.date()
    assert [one.id for one in audit.entries(since=day + dt.timedelta(days=3))] == [4, 5]
    assert [one.id for one in audit.entries(until=day)] == [1]
    assert [one.id for one in audit.entries(limit=2)] == [4, 5]
    assert audit.entries(subject=f"person:{PERSON}") == []
    assert audit.last() == entries[-1]
    assert audit.verify() is None


def test_an_empty_log_is_whole(database: Database) -> None:
    audit = Audit(database)
    assert (audit.verify(), audit.last(), audit.entries()) == (None, None, [])


def test_a_line_goes_with_its_deed(database: Database) -> None:
    def work(session: Session) -> None:
        note(session, "mira", "accept", f"mention:{MENTION}", {}, NOW)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.transact(work)
    assert Audit(database).entries() == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET \"by\" = 'nobody' WHERE id = 2", "DELETE FROM audit WHERE id = 2"]
)
def test_the_database_itself_refuses_to_change_a_line(database: Database, statement: str) -> None:
    audit = write(database)
    before = audit.entries()
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement))
    assert audit.entries() == before


@pytest.mark.postgres
def test_postgres_refuses_to_empty_the_log(postgres_url: str) -> None:
    from storage.store import Store

    Store.upgrade(postgres_url)
    database = Database(postgres_url)
    audit = write(database)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text("TRUNCATE audit"))
    assert len(audit.entries()) == 5
    database.close()


SWAP = (
    "UPDATE audit SET id = 100 WHERE id = 2",
    "UPDATE audit SET id = 2 WHERE id = 3",
    "UPDATE audit SET id = 3 WHERE id = 100",
)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (("UPDATE audit SET \"by\" = 'nobody' WHERE id = 3",), 3),
        (("UPDATE audit SET detail = '{}' WHERE id = 1",), 1),
        (("UPDATE audit SET action = 'accept' WHERE id = 5",), 5),
        (("UPDATE audit SET subject = 'mention:0123456789abcdef0124' WHERE id = 4",), 4),
        (("UPDATE audit SET at = '2026-03-03 12:00:00.000000' WHERE id = 3",), 3),
        (("DELETE FROM audit WHERE id = 3",), 4),
        (("DELETE FROM audit WHERE id = 1",), 2),
        (SWAP, 2),
        (("DELETE FROM audit WHERE id = 3", "UPDATE audit SET id = id - 1 WHERE id > 3"), 3),
    ],
    ids=["who", "detail", "action", "subject", "when", "missing", "first missing", "swapped", "renumbered"],
)
def test_the_chain_finds_what_was_changed(database: Database, statements: tuple[str, ...], found: int) -> None:
    audit = write(database)
    tamper(database, *statements)
    assert audit.verify() == found


UNREADABLE = {
    "detail": ("{", '{"score": NaN}', "[" * 5000, "null", "[1]", ""),
    "at": ("yesterday", "2026-13-45 12:00:00.000000", "", "9999999999"),
    '"by"': ("X'ff'",),
}


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in UNREADABLE.items() for value in values]
)
@pytest.mark.parametrize("line", [1, 3, 5])
def test_a_line_that_cannot_be_decoded_is_found(
    sqlite_database: Database, column: str, value: str, line: int
) -> None:
    audit = write(sqlite_database)
    literal = value if value.startswith("X'") else f"'{value}'"
    tamper(sqlite_database, f"UPDATE audit SET {column} = {literal} WHERE id = {line}".replace(":", "\\:"))
    assert audit.verify() == line


@pytest.mark.postgres
@pytest.mark.parametrize("change", ["at = 'infinity'", "detail = 'null'", "detail = '[1]'"])
def test_postgres_too_finds_a_line_that_cannot_be_decoded(postgres_url: str, change: str) -> None:
    from storage.store import Store

    Store.upgrade(postgres_url)
    database = Database(postgres_url)
    audit = write(database)
    tamper(database, f"UPDATE audit SET {change} WHERE id = 3")
    assert audit.verify() == 3
    database.close()


REPLACE = (
    'INSERT {} INTO audit (id, at, "by", action, subject, detail, digest) '
    "SELECT id, at, 'nobody', action, subject, detail, digest FROM audit WHERE id = 2"
)


@pytest.mark.parametrize("how", ["OR REPLACE", "OR IGNORE", ""])
def test_sqlite_refuses_to_replace_a_line(sqlite_database: Database, how: str) -> None:
    audit = write(sqlite_database)
    before = audit.entries()
    with pytest.raises(DBAPIError, match="append-only"), sqlite_database.write() as session:
        session.execute(text(REPLACE.format(how)))
    assert audit.entries() == before
    assert audit.verify() is None


def test_lines_cut_off_at_the_end_show_only_against_a_digest_that_was_kept(database: Database) -> None:
    audit = write(database)
    kept = audit.last()
    tamper(database, "DELETE FROM audit WHERE id > 3")
    assert audit.verify() is None
    assert kept is not None
    assert kept.digest not in {one.digest for one in audit.entries()}


def test_writers_at_once_never_fork_the_chain(database: Database) -> None:
    def work(_: int) -> None:
        for _ in range(5):
            database.transact(lambda session: note(session, "mira", "accept", f"mention:{MENTION}", {"n": 1}, NOW))

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(work, range(4), timeout=60))
    audit = Audit(database)
    assert [one.id for one in audit.entries()] == list(range(1, 21))
    assert audit.verify() is None


@pytest.mark.parametrize(
    ("by", "action", "subject", "detail"),
    [
        ("Ravi Testman", "accept", f"mention:{MENTION}", {}),
        ("mira", "accepted Ravi", f"mention:{MENTION}", {}),
        ("mira", "accept", "mention:ravi-testman", {}),
        ("mira", "accept", "Ravi Testman", {}),
        ("mira", "accept", f"person:{PERSON} Ravi", {}),
        ("mira", "correct", f"mention:{MENTION}", {"name": "Ravi Testman"}),
        ("mira", "correct", f"mention:{MENTION}", {"Ravi Testman": 1}),
        ("mira", "correct", f"mention:{MENTION}", {"fields": ["name", "Ravi"]}),
        ("mira", "correct", f"mention:{MENTION}", {"fields": {"name": "Ravi"}}),
        ("mira", "reject", f"mention:{MENTION}", {"reason": "he is Ravi's brother"}),
        ("mira", "merge", f"person:{PERSON}", {"left": "ravi"}),
        ("mira", "merge", f"person:{PERSON}", {"mentions": [MENTION, "Ravi Testman"]}),
        ("mira", "prune", "prune", {"since": "Ravi"}),
        ("mira", "prune", "prune", {"count": "Ravi"}),
        ("mira", "prune", "prune", {"score": float("nan")}),
    ],
)
def test_nothing_that_could_be_a_name_is_taken(
    database: Database, by: str, action: str, subject: str, detail: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="log") as caught, database.write() as session:
        note(session, by, action, subject, detail, NOW)
    assert "ravi" not in str(caught.value).lower()
    assert Audit(database).entries() == []


@given(
    key=st.sampled_from(sorted(KEYS)), value=st.from_regex(r"[A-Z][a-z]{2,12} [A-Z][a-z]{2,12}", fullmatch=True)
)
def test_no_key_takes_a_given_and_a_family_name(key: str, value: str) -> None:
    assert not KEYS[key](value)


@pytest.mark.parametrize(
    "detail",
    [
        {"role": UserRole.ADMIN, "before": UserRole.READER},
        {"left": PERSON, "right": PERSON, "judgement": 7},
        {"mentions": {MENTION}, "count": 1, "score": 0.25},
        {"since": dt.date(2026, 1, 1), "until": "2026-03", "country": "np", "version": "match-1"},
        {"date": NOW, "seen": "a" * 64, "person": None},
    ],
)
def test_ids_words_numbers_and_dates_are_taken(database: Database, detail: dict[str, object]) -> None:
    with database.write() as session:
        note(session, "mira", "merge", f"person:{PERSON}", detail, NOW)
    audit = Audit(database)
    assert len(audit.entries()[0].detail) == len(detail)
    assert audit.verify() is None


def test_every_action_of_the_contract_is_known() -> None:
    contract = (
        "accept correct reject reopen merge split apart undo takedown lift user_add user_disable user_renew login "
        "login_refused prune export resolve"
    )
    assert set(contract.split()) <= ACTIONS
