"""Dated changes: of the catalogue, of the reader; once each, whoever looks and however often."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from config.source import Access, Ownership, PublisherKind, SourceState
from storage import schema
from storage.catalogue_changes import SETTLED
from storage.database import Database
from storage.records import CoverageEvent, EventKind, Poll, PollKind, SourceFacts
from storage.store import Store
from tests.storage.samples import NOW, source

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
TODAY = NOW.date()


def seen(store: Store) -> list[CoverageEvent]:
    return store.events.between(None, None)


def kinds(store: Store) -> list[tuple[EventKind, str | None, str | None, str | None]]:
    return [(one.kind, one.source_id, one.before, one.after) for one in seen(store)]


def watch(store: Store, source_id: str = "in_herald") -> None:
    """One poll: from now on the source is in a series."""
    poll = Poll(source_id=source_id, url=f"https://{source_id}.example/feed", at=NOW, kind=PollKind.FEED, ok=True)
    store.polls.record(poll)


def test_an_event_comes_back_as_it_was_kept(store: Store) -> None:
    assert store.events.record(
        EventKind.SELECTORS_CHANGED, NOW, "The feed moved.", source_id="in_herald", countries={"np", "in"},
        before="a", after="b",
    )  # fmt: skip
    assert seen(store) == [
        CoverageEvent(
            day=TODAY, kind=EventKind.SELECTORS_CHANGED, detail="The feed moved.", source_id="in_herald",
            countries=("in", "np"), before="a", after="b",
        )
    ]  # fmt: skip


def test_the_same_event_is_kept_once(store: Store) -> None:
    for at, detail, kept in (
        (NOW, "One.", True),
        (NOW, "One.", False),
        (NOW, "Another.", True),
        (NOW + HOUR, "One.", True),
    ):
        assert store.events.record(EventKind.READER_CHANGED, at, detail) is kept
    assert [one.detail for one in seen(store)] == ["One.", "Another.", "One."]


def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="naive"):
        store.events.record(EventKind.READER_CHANGED, NOW.replace(tzinfo=None), "When?")


BETWEEN = [
    (None, None, None, ["before", "midnight", "india", "nepal", "after"]),
    (TODAY, TODAY, None, ["midnight", "india", "nepal"]),
    (TODAY + DAY, None, None, ["after"]),
    (None, TODAY - DAY, None, ["before"]),
    (TODAY, TODAY, "in", ["midnight", "india"]),
    (TODAY, TODAY, "np", ["midnight", "nepal"]),
    (TODAY, TODAY, "de", ["midnight"]),
]


@pytest.mark.parametrize(("since", "until", "country", "expected"), BETWEEN)
def test_between_days_of_utc(
    store: Store, since: dt.date | None, until: dt.date | None, country: str | None, expected: list[str]
) -> None:
    """Days have both ends, and an event that names no country concerns them all."""
    midnight = dt.datetime.combine(TODAY, dt.time.min, tzinfo=dt.UTC)
    elsewhere = dt.timezone(dt.timedelta(hours=5, minutes=30))
    store.events.record(EventKind.SOURCE_STATE, NOW + HOUR, "nepal", countries=["np"])
    store.events.record(EventKind.READER_CHANGED, midnight + DAY, "after")
    store.events.record(EventKind.READER_CHANGED, midnight.astimezone(elsewhere), "midnight")
    store.events.record(EventKind.READER_CHANGED, midnight - dt.timedelta(seconds=1), "before")
    store.events.record(EventKind.SOURCE_STATE, NOW, "india", countries=["in"])
    assert [one.detail for one in store.events.between(since, until, country)] == expected


HERALD = source(discovery_digest="0" * 16)

# what the catalogue says next: the events of it (kind, before, after, countries)
CHANGES: list[tuple[SourceFacts, list[tuple[EventKind, str, str, tuple[str, ...]]]]] = [
    (HERALD, []),
    (replace(HERALD, title="The New Herald", expected_max_month=5, access=Access.PAYWALL), []),
    (replace(HERALD, state_reason="asked again", state_date=dt.date(2026, 2, 2)), []),
    (
        replace(HERALD, state=SourceState.PAUSED, state_reason="asked us to stop"),
        [(EventKind.SOURCE_STATE, "active", "paused", ("in",))],
    ),
    (
        replace(HERALD, discovery_digest="1" * 16),
        [(EventKind.SELECTORS_CHANGED, "0" * 16, "1" * 16, ("in",))],
    ),
    (replace(HERALD, discovery_digest=None), []),
    (
        replace(HERALD, countries=("in", "np")),
        [(EventKind.SOURCE_STATE, "covers in", "covers in, np", ("np",))],
    ),
    (
        replace(HERALD, countries=("np",), state=SourceState.RETIRED, discovery_digest="2" * 16),
        [
            (EventKind.SOURCE_STATE, "active", "retired", ("in", "np")),
            (EventKind.SELECTORS_CHANGED, "0" * 16, "2" * 16, ("in", "np")),
            (EventKind.SOURCE_STATE, "covers in", "covers np", ("in", "np")),
        ],
    ),
]


@pytest.mark.parametrize(("changed", "expected"), CHANGES)
def test_what_bends_a_series_is_an_event_and_nothing_else(
    store: Store, changed: SourceFacts, expected: list[tuple[EventKind, str, str, tuple[str, ...]]]
) -> None:
    store.coverage.sync_sources([HERALD], NOW)
    for hours in (1, 2):  # the second time nothing is new
        store.coverage.sync_sources([changed], NOW + hours * HOUR)
    found = seen(store)
    assert [(one.kind, one.before, one.after, one.countries) for one in found] == expected
    assert {one.source_id for one in found} <= {"in_herald"}
    assert all(one.detail.startswith(changed.title) and one.detail.endswith(".") for one in found)


def test_a_digest_that_nobody_had_taken_is_no_change(store: Store) -> None:
    """A database that was upgraded knows no digests."""
    store.coverage.sync_sources([source()], NOW)
    store.coverage.sync_sources([HERALD], NOW + HOUR)
    assert seen(store) == []
    store.coverage.sync_sources([replace(HERALD, discovery_digest="f" * 16)], NOW + 2 * HOUR)
    assert kinds(store) == [(EventKind.SELECTORS_CHANGED, "in_herald", "0" * 16, "f" * 16)]


def test_a_part_of_the_catalogue_makes_nobody_leave(store: Store) -> None:
    store.events.sync_catalogue([source(), source("in_times")], NOW, "packaged")
    watch(store, "in_times")
    store.coverage.sync_sources([source()], NOW + HOUR)
    store.coverage.sync_sources([], NOW + HOUR)
    assert seen(store) == []


def test_who_left_is_said_once_and_who_returns_too(store: Store) -> None:
    both = [source(), source("in_times", countries=("in", "np"))]
    store.events.sync_catalogue(both, NOW, "packaged")
    watch(store, "in_times")
    for hours in (1, 2, 3):
        store.events.sync_catalogue(both[:1], NOW + hours * HOUR, "packaged")
    assert kinds(store) == [(EventKind.SOURCE_LEFT, "in_times", None, None)]
    assert seen(store)[0].countries == ("in", "np")
    returned = [both[0], replace(both[1], state=SourceState.UNVERIFIED)]
    for hours in (4, 5):
        store.events.sync_catalogue(returned, NOW + hours * HOUR, "packaged")
    assert kinds(store)[1:] == [(EventKind.SOURCE_STATE, "in_times", "left", "unverified")]
    store.events.sync_catalogue(both[:1], NOW + 6 * HOUR, "packaged")
    assert kinds(store)[2:] == [(EventKind.SOURCE_LEFT, "in_times", None, None)]


def test_who_was_never_watched_leaves_without_a_word(store: Store) -> None:
    store.events.sync_catalogue([source(), source("in_times")], NOW, "packaged")
    store.events.sync_catalogue([source()], NOW + HOUR, "packaged")
    store.events.sync_catalogue([source(), source("in_times")], NOW + 2 * HOUR, "packaged")
    assert seen(store) == []


def test_another_folder_for_a_command_floods_nothing(store: Store) -> None:
    """Forty sources are gone for one command, others are there, known ones are described otherwise."""
    usual = [source(f"in_s{n}", discovery_digest="0" * 16) for n in range(40)]
    other = [source("de_blatt"), replace(usual[0], state=SourceState.PAUSED, discovery_digest="1" * 16)]
    store.events.sync_catalogue(usual, NOW, "packaged")
    for one in usual:
        watch(store, one.id)
    for hours in (1, 9):
        store.events.sync_catalogue(other, NOW + hours * HOUR, "/home/analyst/sources")
        watch(store, "de_blatt")
    found = {one.source_id: one for one in store.coverage.by_source()}
    assert found["de_blatt"].country == "de"  # learned, so that its pages have a country
    assert found["in_s0"].state is SourceState.ACTIVE
    store.events.sync_catalogue(usual, NOW + 30 * HOUR, "packaged")
    assert seen(store) == []
    store.events.sync_catalogue(other, NOW + 31 * HOUR, "/home/analyst/sources")  # counted anew: it is one command
    assert seen(store) == []


def test_whoever_moves_for_good_is_followed_after_a_day(store: Store) -> None:
    store.events.sync_catalogue([source(), source("in_times")], NOW, "packaged")
    watch(store, "in_times")
    moved = [source(state=SourceState.PAUSED)]
    for at in (NOW + DAY, NOW + DAY + SETTLED - HOUR):
        store.events.sync_catalogue(moved, at, "/srv/sources")
        assert seen(store) == []
    for hours in (0, 1):
        store.events.sync_catalogue(moved, NOW + DAY + SETTLED + hours * HOUR, "/srv/sources")
    assert kinds(store) == [
        (EventKind.SOURCE_STATE, "in_herald", "active", "paused"),
        (EventKind.SOURCE_LEFT, "in_times", None, None),
    ]


def test_the_new_facts_are_stored(store: Store) -> None:
    said = {"crawling": "forbidden", "source": "https://herald.example/terms", "date": "2026-02-01"}
    facts = source(
        kind=PublisherKind.BROADCASTER, ownership=Ownership.STATE, access=Access.METERED, restrictions=said,
        discovery_digest="0" * 16,
    )  # fmt: skip
    store.coverage.sync_sources([source()], NOW)
    store.coverage.sync_sources([facts], NOW + HOUR)
    assert stored(store) == [facts]


def stored(store: Store) -> list[SourceFacts]:
    from storage import catalogue

    with store._database.read() as session:
        return catalogue.facts(session)


READERS = [
    (("text-1.read-1", "lex", "net"), []),
    (("text-1.read-1", "lex", "net"), []),
    (("text-1.read-2", "lex", "net"), [(EventKind.READER_CHANGED, "text-1.read-1", "text-1.read-2")]),
    (("text-1.read-2", "lex", "net2"), [(EventKind.READER_CHANGED, "net", "net2")]),
    (("text-1.read-2", "lex2", "net2"), [(EventKind.LEXICON_CHANGED, "lex", "lex2")]),
    (
        ("text-1.read-3", "lex3", "net3"),
        [
            (EventKind.READER_CHANGED, "text-1.read-2", "text-1.read-3"),
            (EventKind.LEXICON_CHANGED, "lex2", "lex3"),
        ],
    ),
    (
        ("text-1.read-2", "lex3", "net3"),  # an older installation reads on
        [(EventKind.READER_CHANGED, "text-1.read-3", "text-1.read-2")],
    ),
]


def test_a_reader_is_compared_with_the_last(store: Store) -> None:
    told = []
    for number, (reader, expected) in enumerate(READERS):
        found = store.events.note_reader(*reader, NOW + number * HOUR)
        assert [(one.kind, one.before, one.after) for one in found] == expected
        assert all(one.countries == () and one.source_id is None for one in found)
        told += found
    assert seen(store) == told


def test_notes_do_not_make_the_database_a_strangers(migrated_url: str, tmp_path: Path) -> None:
    with Store.open(migrated_url, tmp_path / "archive") as store:
        store.events.note_reader("text-1.read-1", "lex", "net", NOW)
        store.events.sync_catalogue([source()], NOW, "packaged")
    assert Store.check(migrated_url) is schema.SchemaState.CURRENT


RACER = """
import datetime as dt, sys
from pathlib import Path
from config.source import SourceState
from storage.records import EventKind
from storage.store import Store
from tests.storage.samples import NOW, source
number = int(sys.argv[3])
with Store.open(sys.argv[1], Path(sys.argv[2])) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for turn in range(12):
        at = NOW + dt.timedelta(hours=turn + 1)
        state = SourceState.PAUSED if turn % 2 else SourceState.UNVERIFIED
        sources = [source(f"in_s{n}", state=state) for n in range(10)]
        store.events.sync_catalogue(sources if turn % 2 else sources[:9], at, "packaged")
        store.events.note_reader(f"text-1.read-{turn // 4}", "lex", "net", at)
        store.events.record(EventKind.READER_CHANGED, at, "The same for both.")
"""


def test_two_processes_keep_each_event_once(migrated_url: str, tmp_path: Path) -> None:
    """Both tell the same story at their own pace; what both record with its time is there once.

    Where their paces differ, a catalogue may go back and forth: every event is then a change from the last one.
    """
    with Store.open(migrated_url, tmp_path / "archive") as store:
        store.events.sync_catalogue([source(f"in_s{n}") for n in range(10)], NOW, "packaged")
        for n in range(10):
            watch(store, f"in_s{n}")
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", RACER, migrated_url, str(tmp_path / "archive"), str(number)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for number in range(2)
        ]  # fmt: skip
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        outs = [racer.communicate("go\n", timeout=60) for racer in racers]
        assert [racer.returncode for racer in racers] == [0, 0], outs
        found = seen(store)
    same = [one for one in found if one.detail == "The same for both."]
    assert len(same) == 12
    with_order = in_order(migrated_url)
    for n in range(10):
        last = "active"
        for kind, before, after in with_order.get(f"in_s{n}", ()):
            if kind == "source_left":
                assert last != "left"
                last = "left"
            else:
                assert before == last != after
                last = after
    last = "text-1.read-0"
    for kind, before, after in with_order[None]:
        if kind == "reader_changed" and before is not None:
            assert before == last != after
            last = after


def in_order(url: str) -> dict[str | None, list[tuple[str, str, str]]]:
    """Events by source in the order of their writing."""
    from sqlalchemy import text

    database = Database(url)
    found: dict[str | None, list[tuple[str, str, str]]] = {}
    with database.read() as session:
        query = text("SELECT source_id, kind, before, after FROM coverage_event ORDER BY id")
        for source_id, kind, before, after in session.execute(query):
            found.setdefault(source_id, []).append((kind, before, after))
    database.close()
    return found
