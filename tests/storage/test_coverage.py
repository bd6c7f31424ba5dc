"""Coverage by country and source: sums, and for every zero the reason for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from config.source import SourceState
from extraction.model import DropReason, Quarantine, QuarantineReason
from storage.records import CoverageCounts, FailureClass, Measure, Poll, PollKind, ZeroReason
from storage.store import Store
from storage.zeros import FUNNEL, stage_zero, zero_reasons
from tests.storage.samples import NOW, V1, article, page, report, source

DAY = dt.timedelta(days=1)


def poll(source_id: str = "in_herald", days: int = 0, ok: bool = True, **changes: object) -> Poll:
    """A poll that brought three entries, two of them new, or failed."""
    made = Poll(
        source_id=source_id,
        url=f"https://{source_id}.example/feed",
        at=NOW + days * DAY,
        kind=PollKind.FEED,
        ok=ok,
        failure=None if ok else FailureClass.DNS,
        entries=3 if ok else 0,
        new=2 if ok else 0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def read(store: Store, n: int, source_id: str = "in_herald", **changes: object) -> None:
    """The n-th story, kept, extracted and read."""
    url = f"https://{source_id}.example/{n}"
    kept = store.pages.keep(page(n, source_id, url=url, final_url=url, canonical_url=url), None, None, NOW)
    store.articles.save(article(n, source_id, url=url, canonical_url=url), kept.page_id, V1, NOW)
    store.articles.save_report(report(n, **changes), NOW)


def test_a_country_at_work(store: Store) -> None:
    store.coverage.sync_sources([source(), source("in_times"), source("np_mirror", countries=("in", "np"))], NOW)
    for one in (
        poll(),
        poll(days=1, overlapped=False),
        poll(days=2, ok=False),
        poll("in_times", ok=False),
        poll("np_mirror", days=1),
    ):
        store.polls.record(one)
    read(store, 0)
    read(store, 0, "np_mirror")  # the same text: one article for India
    read(store, 1, relevant=False)
    read(store, 2, language_read=False, accused=())
    store.pages.drop("in_herald", DropReason.NO_GATE_WORD, None, None, NOW)
    store.pages.drop("in_herald", DropReason.NO_GATE_WORD, None, None, NOW)
    india, nepal = store.coverage.by_country()
    counts = india.counts
    assert (india.country, india.sources, india.sources_watched) == ("in", 3, 2)
    assert (counts.days_watched, counts.polls, counts.polls_ok, counts.window_gaps) == (2, 5, 3, 1)
    assert counts.polls_ok_share == pytest.approx(0.6)
    assert counts.polls_failed == {"dns": 2}
    assert (counts.entries, counts.new_entries) == (9, 6)
    assert (counts.pages_fetched, counts.pages_kept, counts.pages_dropped) == (6, 4, {"no_gate_word": 2})
    assert (counts.extracted, counts.articles, counts.on_topic, counts.unread_language) == (4, 3, 1, 1)
    assert (counts.stories_with_accused, counts.named_accused, india.prosecuted_here) == (1, 1, 1)
    assert (counts.first_day, counts.last_day) == (NOW.date(), NOW.date() + DAY)
    assert (counts.first_published, counts.last_published) == ("2026-02-01", "2026-02-03")
    assert india.zeros == {}
    assert (nepal.counts.articles, nepal.counts.named_accused, nepal.prosecuted_here) == (1, 1, 0)


def test_a_period_is_days_of_utc_both_ends_included(store: Store) -> None:
    store.coverage.sync_sources([source()], NOW)
    for days in range(4):
        store.polls.record(poll(days=days))
    read(store, 0)
    day = NOW.date()
    [one] = store.coverage.by_country(since=day + DAY, until=day + 2 * DAY)
    assert (one.counts.days_watched, one.counts.articles, one.counts.pages_kept) == (2, 0, 0)
    assert one.zeros["articles"] is ZeroReason.NOT_YET_FETCHED
    [one] = store.coverage.by_country(since=day, until=day)
    assert (one.counts.days_watched, one.counts.articles) == (1, 1)


def test_a_country_without_a_source_is_there_when_asked_for(store: Store) -> None:
    store.coverage.sync_sources([source()], NOW)
    found = store.coverage.by_country(countries=["de", "in"])
    assert [one.country for one in found] == ["de", "in"]
    assert found[0].zeros == dict.fromkeys(FUNNEL, ZeroReason.NO_SOURCE)
    assert [one.country for one in store.coverage.by_country(country="fr")] == ["fr"]


def test_a_catalogue_that_was_never_synced_counts(store: Store) -> None:
    store.polls.record(poll())
    [one] = store.coverage.by_country(catalogue_facts=[source()])
    assert one.counts.days_watched == 1
    [by_source] = store.coverage.by_source()
    assert (by_source.source_id, by_source.country) == ("in_herald", None)


def test_a_source_that_left_the_catalogue_is_not_called_active(store: Store) -> None:
    """Its counts stay; nobody watches it any more."""
    store.coverage.sync_sources([source("in_gone"), source()], NOW)
    store.polls.record(poll("in_gone"))
    [one] = store.coverage.by_country(catalogue_facts=[source()])
    assert (one.sources, one.counts.polls) == (2, 1)
    assert one.sources_by_state == {"active": 1, "retired": 1}
    states = {line.source_id: line.state for line in store.coverage.by_source(catalogue_facts=[source()])}
    assert states == {"in_gone": SourceState.RETIRED, "in_herald": SourceState.ACTIVE}


def test_ten_thousand_sources_fit(sqlite_store: Store) -> None:
    """More than SQLite takes as parameters."""
    facts = [source(f"in_s{n}", countries=("in", "np", "bd", "pk")) for n in range(10_000)]
    sqlite_store.polls.record(poll("in_s9999"))
    found = sqlite_store.coverage.by_country(catalogue_facts=facts)
    assert [(one.country, one.counts.polls) for one in found] == [("bd", 1), ("in", 1), ("np", 1), ("pk", 1)]


def test_a_status_change_is_history(store: Store) -> None:
    store.coverage.sync_sources([source(state=SourceState.UNVERIFIED)], NOW)
    store.coverage.sync_sources([source()], NOW + DAY)
    store.coverage.sync_sources([source(title="The New Herald")], NOW + 2 * DAY)
    states = [change.state for change in store.coverage.status_history("in_herald")]
    assert states == [SourceState.UNVERIFIED, SourceState.ACTIVE]
    assert store.coverage.by_source()[0].title == "The New Herald"


WATCHED = CoverageCounts(days_watched=1, polls=2, polls_ok=1, entries=5, new_entries=5)
FETCHED = replace(WATCHED, pages_fetched=5)
KEPT = replace(FETCHED, pages_kept=5)
EXTRACTED = replace(KEPT, extracted=5, articles=5)
REASONS = [
    (CoverageCounts(), 0, 0, "named_accused", ZeroReason.NO_SOURCE),
    (CoverageCounts(), 2, 0, "named_accused", ZeroReason.SOURCE_PAUSED),
    (CoverageCounts(), 2, 1, "days_watched", ZeroReason.NOT_YET_WATCHED),
    (CoverageCounts(polls=3), 1, 1, "named_accused", ZeroReason.SOURCE_DOWN),
    (replace(WATCHED, new_entries=0), 1, 1, "pages_fetched", ZeroReason.NOTHING_NEW),
    (WATCHED, 1, 1, "pages_fetched", ZeroReason.NOT_YET_FETCHED),
    (replace(WATCHED, pages_failed={"dns": 5}), 1, 1, "pages_fetched", ZeroReason.SOURCE_DOWN),
    (replace(FETCHED, pages_dropped={"no_gate_word": 5}), 1, 1, "on_topic", ZeroReason.NOTHING_ON_TOPIC),
    (replace(FETCHED, pages_dropped={"not_html": 5}), 1, 1, "on_topic", ZeroReason.UNREADABLE),
    (replace(FETCHED, pages_dropped={"duplicate": 5}), 1, 1, "pages_kept", ZeroReason.NOTHING_NEW),
    (KEPT, 1, 1, "extracted", ZeroReason.NOT_YET_EXTRACTED),
    (replace(KEPT, quarantined=5), 1, 1, "articles", ZeroReason.UNREADABLE),
    (replace(EXTRACTED, unread=5), 1, 1, "on_topic", ZeroReason.NOT_YET_EXTRACTED),
    (replace(EXTRACTED, unread_language=1), 1, 1, "named_accused", ZeroReason.LANGUAGE_NOT_READ),
    (EXTRACTED, 1, 1, "on_topic", ZeroReason.NOTHING_ON_TOPIC),
    (replace(EXTRACTED, on_topic=2), 1, 1, "named_accused", ZeroReason.NOBODY_NAMED),
]


@pytest.mark.parametrize(("counts", "sources", "crawlable", "measure", "reason"), REASONS)
def test_every_zero_has_its_reason(
    counts: CoverageCounts, sources: int, crawlable: int, measure: str, reason: ZeroReason
) -> None:
    reasons = zero_reasons(counts, sources=sources, crawlable=crawlable)
    assert reasons[measure] is reason
    assert set(reasons) == {name for name in FUNNEL if getattr(counts, name) == 0}


def test_every_reason_is_reached() -> None:
    assert {reason for *_, reason in REASONS} == set(ZeroReason) - {ZeroReason.BELOW_STAGE, ZeroReason.NOT_POLLED}


def test_nobody_as_far_as_the_stage_asked_for() -> None:
    counts = replace(EXTRACTED, on_topic=3, stories_with_accused=2, named_accused=2, stages={"arrested": 2})
    assert stage_zero(counts, {}, ["arrested", "charged"]) is None
    assert stage_zero(counts, {}, ["charged", "convicted"]) is ZeroReason.BELOW_STAGE
    down = {"named_accused": ZeroReason.SOURCE_DOWN}
    assert stage_zero(CoverageCounts(), down, ["charged"]) is ZeroReason.SOURCE_DOWN


def test_a_quarantined_page_is_counted(store: Store) -> None:
    store.coverage.sync_sources([source()], NOW)
    kept = store.pages.keep(page(), None, None, NOW)
    broken = Quarantine(url=page().url, reason=QuarantineReason.TOO_COMPLEX, detail="9 MB of links")
    store.pages.quarantine(kept.page_id, broken, V1, NOW)
    [one] = store.coverage.by_country()
    assert (one.counts.quarantined, one.counts.extracted) == (1, 0)
    assert one.zeros["named_accused"] is ZeroReason.UNREADABLE


def test_days_are_stored_by_measure_and_reason(store: Store) -> None:
    store.polls.record(poll())
    store.polls.record(poll(days=1, ok=False))
    store.pages.drop("in_herald", DropReason.EMPTY, None, None, NOW)
    found = {(one.day, one.measure, one.reason): one.n for one in store.coverage.by_day(source_id="in_herald")}
    today, tomorrow = NOW.date(), NOW.date() + DAY
    assert found == {
        (today, Measure.POLL_OK, ""): 1,
        (today, Measure.ENTRIES, ""): 3,
        (today, Measure.NEW_ENTRIES, ""): 2,
        (today, Measure.FETCHED, ""): 1,
        (today, Measure.DROPPED, "empty"): 1,
        (tomorrow, Measure.POLL_FAILED, "dns"): 1,
    }


def test_a_span_in_which_nobody_polled_is_no_country_that_was_never_watched(store: Store) -> None:
    store.coverage.sync_sources([source(), source("in_new")], NOW)
    store.polls.record(poll())
    later = NOW.date() + 60 * DAY
    [one] = store.coverage.by_country(since=later, until=later + 9 * DAY)
    assert one.zeros["named_accused"] is ZeroReason.NOT_POLLED
    assert (one.source_days_expected, one.source_days_watched, one.uptime) == (10, 0, 0.0)
    found = {one.source_id: one.zeros["days_watched"] for one in store.coverage.by_source(since=later)}
    assert found == {"in_herald": ZeroReason.NOT_POLLED, "in_new": ZeroReason.NOT_YET_WATCHED}


def test_a_source_that_never_worked_counts_against_the_uptime(store: Store) -> None:
    store.coverage.sync_sources([source(), source("in_dead")], NOW)
    for days in range(10):
        store.polls.record(poll(days=days))
        store.polls.record(poll("in_dead", days=days, ok=False))
    [one] = store.coverage.by_country()
    assert (one.source_days_watched, one.source_days_expected, one.uptime) == (10, 20, 0.5)


def test_a_story_in_a_language_that_is_not_read_was_not_read_whether_it_may_be_on_topic_or_not(
    store: Store,
) -> None:
    store.coverage.sync_sources([source()], NOW)
    read(store, 0, language_read=False, accused=())
    read(store, 1, language_read=False, relevant=False, accused=())
    [one] = store.coverage.by_country()
    assert (one.counts.articles, one.counts.unread_language, one.counts.on_topic) == (2, 2, 0)
    assert one.zeros["named_accused"] is ZeroReason.LANGUAGE_NOT_READ


def test_a_source_that_was_retired_since_was_expected_while_it_was_polled(store: Store) -> None:
    """Else eleven of ten expected sources would have been watched."""
    store.coverage.sync_sources([source(), source("in_gone")], NOW)
    for days in range(10):
        store.polls.record(poll(days=days))
        if days < 4:
            store.polls.record(poll("in_gone", days=days))
    [one] = store.coverage.by_country(catalogue_facts=[source()])
    assert (one.sources, one.sources_expected, one.sources_watched) == (2, 2, 2)
    assert (one.source_days_expected, one.source_days_watched) == (14, 14)
    [later] = store.coverage.by_country(catalogue_facts=[source()], since=NOW.date() + 6 * DAY)
    assert (later.sources_expected, later.sources_watched) == (1, 1)
