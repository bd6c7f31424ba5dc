"""Months of counts: whatever is written in whatever order, they say what the tables say."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest

from extraction.model import CountryFact, CountryRole, DropReason, Quarantine, QuarantineReason
from storage.months import FORM, FORM_NOTE
from storage.notes import write_note
from storage.records import CountryCoverage, Poll, PollKind
from storage.stale import mark
from storage.store import Store
from storage.tables.coverage import RepeatedStoryRow, SourceMonthRow, StaleMonthRow
from tests.storage.samples import NOW, V1, article, page, report, source

DAY = dt.timedelta(days=1)
V2 = "text-1.read-2"
FACTS = [source(), source("in_times"), source("np_mirror", countries=("in", "np"), country="np")]


def look(store: Store) -> list[CountryCoverage]:
    """Everything that coverage says, of the whole time and of a period that cuts two months."""
    since, until = NOW.date() + 3 * DAY, NOW.date() + 40 * DAY
    return [
        *store.coverage.by_country(catalogue_facts=FACTS, min_score=0.95),
        *store.coverage.by_country(catalogue_facts=FACTS, since=since, until=until),
    ]


def recounted(store: Store) -> list[CountryCoverage]:
    """The same, after every month was thrown away and counted anew."""
    with store._database.write() as session:
        months = {(row.source_id, row.month) for row in session.query(SourceMonthRow)}
        session.query(SourceMonthRow).delete()
        session.query(RepeatedStoryRow).delete()
        mark(session, months)
    return look(store)


def act(store: Store, rng: random.Random, n: int) -> None:
    """One thing that a crawl or a reader does."""
    source_id = rng.choice(FACTS).id
    at = NOW + rng.randrange(75) * DAY
    url = f"https://{source_id}.example/{rng.randrange(6)}"
    text = rng.randrange(8)
    match rng.randrange(6):
        case 0:
            store.polls.record(
                Poll(source_id=source_id, url=f"https://{source_id}.example/feed", at=at, kind=PollKind.FEED,
                     ok=rng.random() < 0.8, entries=5, new=3, overlapped=rng.random() < 0.7)
            )  # fmt: skip
        case 1:
            store.pages.drop(source_id, DropReason.NO_GATE_WORD, None, None, at)
        case 2 | 3:
            one = page(n, source_id, url=url, final_url=url, canonical_url=url, fetched_at=at)
            kept = store.pages.keep(one, None, None, at)
            if rng.random() < 0.2:
                gone = Quarantine(url=url, reason=QuarantineReason.NO_TEXT, detail="")
                store.pages.quarantine(kept.page_id, gone, V1, at)
            else:
                made = article(text, source_id, url=url, canonical_url=url, published=at.date().isoformat())
                store.articles.save(made, kept.page_id, V1, at)
        case _:
            someone = report(text).accused[0]
            people = [replace(someone, name=f"Ravi Sample{k}", score=rng.choice([0.6, 0.96])) for k in range(2)]
            store.articles.save_report(
                report(
                    text, relevant=rng.random() < 0.7, language_read=rng.random() < 0.9,
                    accused=tuple(people[: rng.randrange(3)]), extractor_version=rng.choice([V1, V2]),
                ),
                at,
            )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_months_say_what_the_tables_say(store: Store, seed: int) -> None:
    """After every few steps, counting only what was marked gives what counting everything gives."""
    rng = random.Random(seed)
    store.coverage.sync_sources(FACTS, NOW)
    for step in range(4):
        for n in range(20):
            act(store, rng, step * 100 + n)
        assert look(store) == recounted(store)


def test_nothing_is_counted_twice_and_nothing_stays_marked(sqlite_store: Store) -> None:
    rng = random.Random(1)
    for n in range(30):
        act(sqlite_store, rng, n)
    assert sqlite_store.coverage.refresh() > 0
    assert sqlite_store.coverage.refresh() == 0
    with sqlite_store._database.read() as session:
        assert session.query(StaleMonthRow).count() == 0


def test_a_repeated_text_is_one_story_of_the_country_and_a_copy_of_each_paper(store: Store) -> None:
    store.coverage.sync_sources(FACTS, NOW)
    for one in FACTS:
        url = f"https://{one.id}.example/1"
        kept = store.pages.keep(page(1, one.id, url=url, final_url=url, canonical_url=url), None, None, NOW)
        store.articles.save(article(1, one.id, url=url, canonical_url=url), kept.page_id, V1, NOW)
    store.articles.save_report(report(1), NOW)
    india, nepal = store.coverage.by_country()
    assert (india.counts.articles, india.counts.copies, india.counts.named_accused) == (1, 3, 1)
    assert india.counts.syndication_rate == pytest.approx(2 / 3)
    assert (nepal.counts.articles, nepal.counts.syndication_rate) == (1, 0.0)
    assert (india.largest_source_share, india.hhi) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert india.counts.stages == {report(1).accused[0].stage.value: 1}
    [month] = store.series.months([(one.id, "all") for one in FACTS])["all"]
    assert (month.month, month.stories, month.on_topic, month.named) == (NOW.date().replace(day=1), 1, 1, 1)
    assert month.versions == {V1: 1}


def test_a_window_gap_costs_the_usual_rate_of_the_time_that_nobody_saw(store: Store) -> None:
    """Twenty new entries a day for two weeks, three days without a poll, a window that does not overlap."""
    for days in range(14):
        store.polls.record(
            Poll(source_id="in_herald", url="https://h.example/feed", at=NOW + days * DAY, kind=PollKind.FEED,
                 ok=True, entries=20, new=20, overlapped=None if days == 0 else True)
        )  # fmt: skip
    store.polls.record(
        Poll(source_id="in_herald", url="https://h.example/feed", at=NOW + 17 * DAY, kind=PollKind.FEED, ok=True,
             entries=20, new=20, overlapped=False)
    )  # fmt: skip
    [one] = store.coverage.by_country(catalogue_facts=[source()])
    assert (one.counts.window_gaps, one.counts.stories_missed) == (1, 4 * 20 - 20)
    assert (one.source_days_watched, one.source_days_expected) == (15, 18)
    assert one.uptime == pytest.approx(15 / 18)


def test_rereading_is_noted_once_with_what_it_changed(store: Store) -> None:
    store.coverage.sync_sources(FACTS, NOW)
    for n in range(3):
        url = f"https://in_herald.example/{n}"
        kept = store.pages.keep(page(n, "in_herald", url=url, final_url=url, canonical_url=url), None, None, NOW)
        store.articles.save(article(n, "in_herald", url=url, canonical_url=url), kept.page_id, V1, NOW)
        store.articles.save_report(report(n, relevant=n > 0, accused=()), NOW)
    assert store.series.reading_changes() == []
    for _ in range(2):
        store.articles.save_reports([report(n, extractor_version=V2) for n in range(3)], NOW)
    [change] = store.series.reading_changes()
    assert (change.source_id, change.from_version, change.to_version) == ("in_herald", V1, V2)
    assert (change.stories, change.on_topic_before, change.on_topic_after) == (3, 2, 3)
    assert (change.named_before, change.named_after) == (0, 3)


def test_mentions_carry_no_name_and_equal_names_meet(store: Store) -> None:
    store.coverage.sync_sources(FACTS, NOW)
    for n, name in enumerate(["Rávi Testman", "TESTMAN, Ravi", "Ravi"]):
        url = f"https://in_herald.example/{n}"
        kept = store.pages.keep(page(n, "in_herald", url=url, final_url=url, canonical_url=url), None, None, NOW)
        store.articles.save(article(n, "in_herald", url=url, canonical_url=url), kept.page_id, V1, NOW)
        store.articles.save_report(report(n, accused=(replace(report(n).accused[0], name=name),)), NOW)
    first, second = store.series.mentions()
    assert first.key == second.key
    assert "testman" not in repr(first).lower()


def test_months_counted_in_another_form_are_counted_again(store: Store) -> None:
    """What a cell holds changes with the program; nothing else would notice."""
    store.coverage.sync_sources(FACTS, NOW)
    store.polls.record(
        Poll(source_id="in_herald", url="https://h.example/feed", at=NOW, kind=PollKind.FEED, ok=True)
    )
    before = look(store)
    with store._database.write() as session:
        session.query(SourceMonthRow).update({"counts": {"polls_ok": 7}})
    assert look(store) != before
    with store._database.write() as session:
        write_note(session, FORM_NOTE, FORM - 1)
    assert look(store) == before


def test_origin_days_and_victims_origin_by_country(store: Store) -> None:
    """A text in two papers of a country counts once there, in each day's row of either paper, and once abroad."""
    store.coverage.sync_sources(FACTS, NOW)
    for one in FACTS:
        url = f"https://{one.id}.example/1"
        kept = store.pages.keep(page(1, one.id, url=url, final_url=url, canonical_url=url), None, None, NOW)
        store.articles.save(article(1, one.id, url=url, canonical_url=url), kept.page_id, V1, NOW)
    made = report(1)
    origin = CountryFact(country="np", role=CountryRole.VICTIM_ORIGIN, evidence=(), score=0.9)
    person = replace(made.accused[0], nationality="bd")
    store.articles.save_report(replace(made, accused=(person,), countries=(*made.countries, origin)), NOW)
    pairs = [(one.id, one.country) for one in FACTS]
    cells = store.series.matrix(pairs)
    assert [(one.origin, one.country, one.stage, one.persons, one.stories) for one in cells] == [
        ("bd", "in", "sentenced", 1, 1), ("bd", "np", "sentenced", 1, 1),
    ]  # fmt: skip
    assert store.series.victims_origin(pairs) == {"in": {"np": 1}, "np": {"np": 1}}
    assert store.series.prosecuting_countries() == ["in"]
    assert store.series.matrix(pairs, (NOW.date() + DAY, None)) == []
    for days in (0, 2):
        store.polls.record(
            Poll(source_id="in_herald", url="https://h.example/feed", at=NOW + days * DAY, kind=PollKind.FEED,
                 ok=True, entries=5, new=3 + days)
        )  # fmt: skip
    [seen] = store.series.days()
    assert (seen.source_id, seen.first, seen.entries, seen.earlier) == (
        "in_herald", NOW.date(), (3, None, 5), False,
    )  # fmt: skip
