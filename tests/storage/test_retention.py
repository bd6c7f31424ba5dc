"""Retention: what is due goes, with its names; what is not stays; digests keep everybody from coming back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, select, text, update

from extraction.model import CaseReport, Person, Role, Stage
from storage.database import Database
from storage.erasure import blacker
from storage.records.people import RejectReason, UserRole, Verdict
from storage.retention import RetentionCounts, RetentionPolicy
from storage.store import Store
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.coverage import StaleMonthRow
from storage.tables.facts import AccusedRow, EvidenceRow, ReportRow
from storage.tables.pages import PageRow
from storage.tables.people import CaseMentionRow, CaseRow, FormerPersonRow, MentionRow, PartyRow, PersonRow
from storage.takedowns import matches
from tests.storage.samples import NOW, V1, accused, article, page, report, source

POLICY = RetentionPolicy(
    pages_days=730,
    rejected_days=180,
    cleared_days=730,
    doubtful_days=365,
    users_days=365,
    accesses_days=730,
    min_score=0.75,
)
NOTHING = RetentionCounts()


def days(n: int) -> dt.datetime:
    return NOW + dt.timedelta(days=n)


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    opened = Database(migrated_url)
    yield opened
    opened.close()


def read(store: Store, n: int, made: CaseReport | None = None) -> str | None:
    """Keep a page, its text and its report; returns the mention of the first accused, if there is one."""
    store.events.sync_catalogue([source()], NOW, "test")
    kept = store.pages.keep(page(n), None, None, NOW)
    store.articles.save(article(n), kept.page_id, V1, NOW)
    store.articles.save_report(report(n) if made is None else made, NOW)
    with store._database.read() as session:
        return session.scalars(select(MentionRow.id).where(MentionRow.article_id == article(n).id)).first()


def nothing_read(n: int) -> CaseReport:
    return report(n, accused=(), others=(), relevant=False)


def told(n: int, stage: Stage, score: float = 0.9) -> CaseReport:
    one = accused(article(n), f"Ravi Testman{n}", stage)
    return report(n, accused=(dataclasses.replace(one, score=score),))


def settle(database: Database, mention: str, stage: Stage, *, doubtful: bool = False, **changes: object) -> str:
    """A person of one mention, party to a case, as the resolution would write them."""
    values = {
        "id": f"p-{mention}", "name": "Ravi Testman1", "aliases": ["Raju Testman1"], "nationality": None,
        "birth_year_min": None, "birth_year_max": None, "countries": ["in"], "stage": stage, "stage_date": None,
        "stories": 1, "first_seen": NOW, "last_seen": NOW, "taken_down": False, "changed_at": NOW,
    }  # fmt: skip
    with database.write() as session:
        session.execute(insert(PersonRow), [values | changes])
        session.execute(
            insert(CaseRow),
            [
                {
                    "id": f"c-{mention}", "country": "in", "first_date": None, "last_date": None, "stage": stage,
                    "summary": {},
                }
            ],
        )  # fmt: skip
        session.execute(
            insert(PartyRow),
            [
                {
                    "case_id": f"c-{mention}", "person_id": f"p-{mention}", "stage": stage, "stage_date": None,
                    "cleared": stage.is_cleared, "doubtful": doubtful,
                }
            ],
        )  # fmt: skip
        session.execute(insert(CaseMentionRow), [{"mention_id": mention, "case_id": f"c-{mention}"}])
        session.execute(
            update(MentionRow).where(MentionRow.id == mention).values(person_id=f"p-{mention}", unresolved=False)
        )
    return f"p-{mention}"


def everything(url: str) -> str:
    """All that any table says, the addresses left out (a slug may hold a name; docs/retention.md says so)."""
    engine = create_engine(url)
    found = []
    with engine.connect() as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        if not url.startswith("sqlite"):
            query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        for (table,) in connection.execute(text(query)).all():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                found += [str(value) for key, value in row.items() if "url" not in key]
    engine.dispose()
    return "\n".join(found).lower()


def lines(store: Store) -> list[dict[str, object]]:
    return [dict(one.detail) for one in store.audit.entries() if one.action == "prune"]


def test_nothing_is_due_where_nothing_is_old(store: Store) -> None:
    assert store.retention.prune(POLICY, days(0)) == NOTHING
    read(store, 1)
    assert store.retention.plan(POLICY, days(29)) == NOTHING
    assert store.retention.prune(POLICY, days(29)) == NOTHING
    assert store.audit.entries() == []


def test_a_file_goes_when_every_page_of_it_is_old_and_proves_nothing(store: Store, tmp_path: Path) -> None:
    read(store, 1, nothing_read(1))
    read(store, 2, nothing_read(2))
    (file,) = (tmp_path / "archive").glob("*.warc.gz")
    assert store.retention.plan(POLICY, days(729)) == NOTHING
    due = store.retention.plan(POLICY, days(800))
    assert (due.page_files, due.pages, due.texts, due.bytes) == (1, 2, 2, file.stat().st_size)
    assert file.exists()
    assert store.retention.prune(POLICY, days(800)) == due
    assert not file.exists()
    assert store.retention.prune(POLICY, days(801)) == NOTHING
    assert store.pages.unextracted("text-99.read-99", 10) == []
    assert store.articles.unread("text-99.read-99", 10) == []
    assert lines(store) == [{"texts": 2}, {"page_files": 1, "pages": 2, "bytes": due.bytes}]


@pytest.mark.parametrize("kept_by", ["a record", "a page that nobody tried", "a young page"])
def test_one_page_keeps_its_file(store: Store, tmp_path: Path, kept_by: str) -> None:
    read(store, 1, nothing_read(1))
    match kept_by:
        case "a record":
            read(store, 2)
        case "a page that nobody tried":
            store.pages.keep(page(2), None, None, NOW)
        case _:
            store.pages.keep(page(2, fetched_at=days(500)), None, None, NOW)
    due = store.retention.plan(POLICY, days(800))
    assert (due.page_files, due.texts) == (0, 1)
    store.retention.prune(POLICY, days(800))
    assert len(list((tmp_path / "archive").glob("*.warc.gz"))) == 1


def test_a_kill_between_mark_and_removal_is_made_good(store: Store, database: Database, tmp_path: Path) -> None:
    read(store, 1, nothing_read(1))
    with database.write() as session:
        session.execute(update(PageRow).values(text_version=2**31 - 1))
    assert store.retention.plan(POLICY, days(800)).page_files == 1
    store.retention.prune(POLICY, days(800))
    assert list((tmp_path / "archive").glob("*.warc.gz")) == []


def test_the_text_of_a_story_that_proves_nothing_goes_and_its_count_stays(store: Store, migrated_url: str) -> None:
    read(store, 1, report(1, accused=(), others=(Person(name="Maya Sampleson", role=Role.VICTIM, score=0.9),)))
    assert "sampleson" in everything(migrated_url)
    store.retention.prune(POLICY, days(800))
    left = everything(migrated_url)
    assert "sampleson" not in left
    assert "testman1" not in left
    with store._database.read() as session:
        assert len(session.scalars(select(ReportRow)).all()) == 1


def test_a_rejected_record_loses_its_name_and_stays_rejected(store: Store, database: Database) -> None:
    mention = read(store, 1)
    with database.write() as session:
        session.execute(
            update(MentionRow).values(
                verdict=Verdict.REJECTED, reject_reason=RejectReason.OFFICIAL, reviewed_by="mira",
                reviewed_at=days(10), reviewed_original={"name": "Ravi Testman1"}, human={"name": "R. Testman1"},
            )
        )  # fmt: skip
        session.execute(update(AccusedRow).values(withheld="rejected"))
    assert store.retention.plan(POLICY, days(189)).rejected == 0
    assert store.retention.prune(POLICY, days(191)).rejected == 1
    with database.read() as session:
        row = session.get(MentionRow, mention)
        assert row is not None
        assert (row.name, row.machine, row.human, row.reviewed_original) == (None, {}, None, None)
        assert (row.verdict, row.reject_reason, row.reviewed_by) == (
            Verdict.REJECTED,
            RejectReason.OFFICIAL,
            "mira",
        )
        assert row.digests
        assert session.scalars(select(AccusedRow)).all() == []
        assert session.scalars(select(EvidenceRow).where(EvidenceRow.fact.like("accused/%"))).all() == []
        assert session.scalars(select(StaleMonthRow)).all() != []
        assert session.scalars(select(ArticleRow.text)).one() != ""  # the text may prove another's record
    assert store.retention.prune(POLICY, days(191)) == NOTHING
    assert lines(store) == [{"rejected": 1}]


def test_a_newer_reader_does_not_bring_a_forgotten_name_back(store: Store, database: Database) -> None:
    rejected, cleared = read(store, 1), read(store, 2, told(2, Stage.ACQUITTED))
    assert cleared is not None
    settle(database, cleared, Stage.ACQUITTED)
    with database.write() as session:
        session.execute(
            update(MentionRow)
            .where(MentionRow.id == rejected)
            .values(verdict=Verdict.REJECTED, reject_reason=RejectReason.OFFICIAL, reviewed_at=NOW)
        )
    longer = dataclasses.replace(POLICY, pages_days=2000)
    done = store.retention.prune(longer, days(731))
    assert (done.rejected, done.cleared) == (1, 1)
    for n in (1, 2):  # a reader that finds them all the same
        store.articles.save_report(report(n, version="text-1.read-2"), days(732))
    with database.read() as session:
        assert {row.id: row.name for row in session.scalars(select(MentionRow))} == {rejected: None, cleared: None}
        assert session.scalars(select(AccusedRow.name).where(AccusedRow.withheld.is_(None))).all() == []


@pytest.mark.parametrize("stage", [Stage.ACQUITTED, Stage.DISMISSED, Stage.OVERTURNED])
def test_a_cleared_person_stays_listed_for_the_whole_time_and_then_only_a_digest_stays(
    store: Store, database: Database, migrated_url: str, stage: Stage
) -> None:
    mention = read(store, 1, told(1, stage))
    assert mention is not None
    who = settle(database, mention, stage)
    with database.write() as session:
        session.add(FormerPersonRow(id="p-before", person_id=who, at=NOW))
    store.retention.prune(POLICY, days(729))  # not a day too early
    with database.read() as session:
        assert session.get(PersonRow, who) is not None
        assert session.scalars(select(AccusedRow.withheld)).all() == [None]
    assert "testman1" in everything(migrated_url)

    longer = dataclasses.replace(POLICY, pages_days=2000)  # the text stays, without the name
    assert store.retention.prune(longer, days(731)).cleared == 1
    left = everything(migrated_url)
    assert "testman" not in left
    assert "ravi" not in left
    assert "raju" not in left
    with database.read() as session:
        assert session.scalars(select(PersonRow)).all() == []
        assert session.scalars(select(CaseRow)).all() == []
        assert {row.id: row.person_id for row in session.scalars(select(FormerPersonRow))} == {
            who: None, "p-before": None,
        }  # fmt: skip
        row = session.get(MentionRow, mention)
        assert row is not None
        assert len(row.digests) == 1
        assert row.urgency == 0
        blacked = session.scalars(select(ArticleRow.text)).one()
    assert len(blacked) == len(article(1).text)
    assert blacked.startswith("████ ████████ was sentenced")
    (kept,) = store.takedowns.all()
    assert (kept.person_id, kept.mentions, kept.by) == (who, 1, "machine")
    assert {"cleared": 1} in lines(store)
    assert store.audit.verify() is None


@pytest.mark.parametrize(
    ("stage", "changes", "doubtful"),
    [
        (Stage.SENTENCED, {}, False),
        (Stage.ACQUITTED, {"last_seen": days(100)}, False),
        (Stage.ACQUITTED, {"stage_date": "2026-06-01"}, False),
        (Stage.ACQUITTED, {}, True),
    ],
    ids=["convicted", "heard of since", "cleared later", "order of stages not known"],
)
def test_who_is_not_long_cleared_stays(
    store: Store, database: Database, stage: Stage, changes: dict[str, object], doubtful: bool
) -> None:
    mention = read(store, 1, told(1, stage))
    assert mention is not None
    settle(database, mention, stage, doubtful=doubtful, **changes)
    assert store.retention.prune(POLICY, days(731)).cleared == 0
    with database.read() as session:
        assert len(session.scalars(select(PersonRow)).all()) == 1


def test_an_old_story_does_not_list_a_forgotten_person_anew(store: Store, database: Database) -> None:
    mention = read(store, 1, told(1, Stage.ACQUITTED))
    assert mention is not None
    settle(database, mention, Stage.ACQUITTED)
    store.retention.prune(POLICY, days(731))
    with database.write() as session:  # the arrest, found two years later in another paper
        session.execute(
            insert(MentionRow),
            [
                {
                    "id": "0" * 20, "article_id": article(1).id, "n": 0, "name": "Ravi Testman1", "machine": {},
                    "digests": session.get_one(MentionRow, mention).digests, "score": 0.9, "extractor_version": V1,
                    "first_seen": days(740), "reopened": False, "unresolved": True,
                }
            ],
        )  # fmt: skip
        held = matches(session, session.scalars(select(MentionRow)).all())
    assert held["0" * 20].exact is False
    assert held[mention].exact is True


def test_a_doubtful_record_that_nobody_reviewed_goes(store: Store, database: Database) -> None:
    doubtful, sure = read(store, 1, told(1, Stage.CHARGED, 0.5)), read(store, 2, told(2, Stage.CHARGED, 0.9))
    seen = read(store, 3, told(3, Stage.CHARGED, 0.5))
    with database.write() as session:
        session.execute(
            update(MentionRow).where(MentionRow.id == seen).values(verdict=Verdict.ACCEPTED, reviewed_at=days(1))
        )
    assert store.retention.prune(POLICY, days(364)) == NOTHING
    assert store.retention.prune(POLICY, days(366)).unreviewed == 1
    with database.read() as session:
        assert set(session.scalars(select(MentionRow.id))) == {sure, seen}
        assert set(session.scalars(select(AccusedRow.mention_id))) == {sure, seen}
        copies = session.scalars(select(CopyRow)).all()
    assert doubtful is not None
    assert len(copies) == 3


def test_the_token_of_a_disabled_user_goes_and_the_name_is_still_given_once(
    store: Store, database: Database
) -> None:
    for name in ("mira", "asha"):
        store.users.add(name, UserRole.READER, "hash", "console.root", NOW)
        store.users.logged_in(name, NOW)
    store.users.disable("mira", "console.root", NOW)
    assert store.retention.prune(POLICY, days(366)).users == 1
    with database.read() as session:
        rows = session.execute(text("SELECT name, token_hash, last_login FROM user_account ORDER BY name")).all()
    assert (rows[0][1], rows[1][1:]) == ("hash", ("", None))
    assert store.retention.prune(POLICY, days(366)) == NOTHING


@pytest.mark.parametrize(
    ("forms", "shared", "before", "after"),
    [
        (["Ravi Testman"], (), "Ravi  Testman's", "████  ███████'s"),
        (["Ravi Testman"], (), "RAVI, TESTMAN and Ravish", "████, ███████ and Ravish"),
        (["Ram Testman"], (), "Ram said; Ram Testman; Testmanom", "Ram said; ███ ███████; █████████"),
        (["Ravi Testman"], ("testman",), "Mr Testman and Ravi Testman", "Mr Testman and ████ ███████"),
        (["李伟"], (), "被告李伟说", "被告██说"),
        ([], (), "Ravi", "Ravi"),
        (["!"], (), "Ravi!", "Ravi!"),
        (["A.B. Testman"], (), "a b testman", "█ █ ███████"),
    ],
)
def test_a_name_is_blacked_out_sign_for_sign(
    forms: list[str], shared: tuple[str, ...], before: str, after: str
) -> None:
    assert blacker(forms, shared)(before) == after
    assert len(after) == len(before)
