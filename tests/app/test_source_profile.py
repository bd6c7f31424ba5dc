"""What is said of a source: only what was stated or measured, in words that a person can check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source import Access, Level, Ownership, PublisherKind, SourceState
from storage.records import CoverageCounts, SourceCoverage, SourceFacts
from tests.storage.samples import source
from tipwatch.analysis import sources
from tipwatch.analysis.sources import PressFreedom, SourceMeasures
from tipwatch.jobs.reader_state import folders_digest, reader_state

PAPER = source(kind=PublisherKind.NEWSPAPER, ownership=Ownership.PRIVATE)
WATCHED = CoverageCounts(
    days_watched=280, polls=300, polls_ok=290, new_entries=1200, articles=40, copies=44, on_topic=12,
    stories_with_accused=9, named_accused=14, first_day=dt.date(2026, 1, 5), last_day=dt.date(2026, 11, 1),
    first_published="2025-11", last_published="2026-11-01", lag_days={"0": 30, "1": 10},
    about={"np": 8, "in": 2},
)  # fmt: skip


def coverage(counts: CoverageCounts = WATCHED) -> SourceCoverage:
    return SourceCoverage(
        source_id=PAPER.id, title=PAPER.title, country=PAPER.country, countries=PAPER.countries,
        languages=PAPER.languages, level=PAPER.level, state=SourceState.ACTIVE, counts=counts, zeros={},
        watched_from=counts.first_day if counts.polls_ok else None,
        watched_to=counts.last_day if counts.polls_ok else None,
    )  # fmt: skip


MOST: list[tuple[Mapping[str, int], tuple[str, float] | None]] = [
    ({}, None),
    ({"np": 4}, None),  # too few
    ({"np": 5}, ("np", 1.0)),
    ({"np": 3, "in": 3}, None),  # half is not more than half
    ({"np": 4, "in": 3}, ("np", 4 / 7)),
    ({"np": 40, "in": 30, "bd": 20}, None),  # a region, no country
    ({"": 100, "np": 4}, None),  # the unclear ones are no country, and no story either
    ({"": 100, "np": 4, "in": 1}, ("np", 0.8)),
]


@pytest.mark.parametrize(("about", "expected"), MOST)
def test_the_country_that_it_reports_on_most(about: Mapping[str, int], expected: tuple[str, float] | None) -> None:
    assert sources.reports_most_on(about) == expected


@given(st.dictionaries(st.sampled_from(["", "in", "np", "bd", "pk"]), st.integers(0, 50)))
def test_most_is_more_than_half_of_enough(about: dict[str, int]) -> None:
    clear = {country: n for country, n in about.items() if country}
    found = sources.reports_most_on(about)
    majority = [one for one, n in clear.items() if 2 * n > sum(clear.values()) >= sources.LEAST]
    assert ([] if found is None else [found[0]]) == majority
    assert found == sources.reports_most_on(dict(reversed(about.items())))


MEDIA_TYPES = [
    (PAPER, "local newspaper, ownership private"),
    (source(), "kind unknown, reach local, ownership unknown"),
    (replace(PAPER, level=Level.UNKNOWN), "kind newspaper, reach unknown, ownership private"),
    (
        source(kind=PublisherKind.GOVERNMENT, official=True, level=Level.NATIONAL, ownership=Ownership.STATE),
        "national official publisher, ownership state",
    ),
    (
        replace(PAPER, ownership=Ownership.PUBLIC_SERVICE, audience="12000 copies a day, 2024: its yearbook"),
        "local newspaper, ownership public service; 12000 copies a day, 2024: its yearbook",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), MEDIA_TYPES)
def test_media_type(facts: SourceFacts, expected: str) -> None:
    assert sources.media_type(facts) == expected


CONTENT = [
    (source(), "editorial oversight unknown"),
    (source(kind=PublisherKind.DIGITAL), "editorial oversight unknown"),
    (source(kind=PublisherKind.DIGITAL, ownership=Ownership.STATE), "editorial oversight unknown"),
    (source(kind=PublisherKind.NGO), "an organisation with a cause: editorial oversight unknown"),
    (source(kind=PublisherKind.GOVERNMENT), "an authority's own account: no independent editor"),
    (replace(PAPER, official=True), "an authority's own account: no independent editor"),
    (PAPER, "edited, as is usual for this medium (newspaper); its rules were not read"),
    (
        source(kind=PublisherKind.AGENCY, ownership=Ownership.STATE),
        "edited, as is usual for this medium (agency); the state owns it, so not independent of it",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), CONTENT)
def test_content(facts: SourceFacts, expected: str) -> None:
    assert sources.content(facts) == expected


@pytest.mark.parametrize("kind", PublisherKind)
@pytest.mark.parametrize("ownership", Ownership)
def test_every_kind_has_its_words(kind: PublisherKind, ownership: Ownership) -> None:
    facts = source(kind=kind, ownership=ownership)
    assert sources.content(facts)
    assert "_" not in sources.media_type(facts)


CONTEXT = [
    (None, "unknown: no press-freedom figure for in"),
    (PressFreedom(score=31.2, year=2026, rank=150), "press freedom 31.2 of 100 (RSF 2026), rank 150"),
    (PressFreedom(score=0.0, year=2025), "press freedom 0.0 of 100 (RSF 2025)"),
]


@pytest.mark.parametrize(("figure", "expected"), CONTEXT)
def test_geopolitical_context(figure: PressFreedom | None, expected: str) -> None:
    assert sources.geopolitical_context(PAPER, figure) == expected


REDUNDANCY = [
    (0, 0, "too few to say (0 cases)"),
    (1, 1, "too few to say (1 case)"),
    (4, 4, "too few to say (4 cases)"),
    (0, 5, "0 of its publisher's 5 cases also reported by an independent one"),
    (7, 12, "7 of its publisher's 12 cases also reported by an independent one"),
]


@pytest.mark.parametrize(("corroborated", "cases", "expected"), REDUNDANCY)
def test_redundancy(corroborated: int, cases: int, expected: str) -> None:
    assert sources.redundancy(corroborated, cases) == expected


@pytest.mark.parametrize(("corroborated", "cases"), [(3, 2), (-1, 2)])
def test_more_than_all_cases_is_a_fault(corroborated: int, cases: int) -> None:
    with pytest.raises(ValueError, match=f"{corroborated} of {cases}"):
        sources.redundancy(corroborated, cases)


COHERENCE = [
    (CoverageCounts(), SourceMeasures(), "too few to say (0 stories on topic)"),
    (CoverageCounts(on_topic=1, copies=1), SourceMeasures(), "too few to say (1 story on topic)"),
    (
        WATCHED,
        SourceMeasures(),
        "9 of 12 stories on topic name an accused; 40 of 44 stories state their date",
    ),
    (
        WATCHED,
        SourceMeasures(peers_naming=0.604, entries_by_month=(90, 110) * 3),
        "9 of 12 stories on topic name an accused (median of its country 60%); "
        "40 of 44 stories state their date; volume varies by 10% between 6 months",
    ),
    (
        CoverageCounts(),
        SourceMeasures(entries_by_month=(90, 110, 100)),  # three months say nothing
        "too few to say (0 stories on topic)",
    ),
    (CoverageCounts(), SourceMeasures(entries_by_month=(0,) * 9), "too few to say (0 stories on topic)"),
]


@pytest.mark.parametrize(("counts", "measures", "expected"), COHERENCE)
def test_editorial_coherence(counts: CoverageCounts, measures: SourceMeasures, expected: str) -> None:
    assert sources.editorial_coherence(counts, measures) == expected


RESTRICTIONS: list[tuple[Mapping[str, str], str]] = [
    ({}, "unknown"),
    ({"source": "https://a.example/terms", "date": "2026-11-20"}, "unknown"),  # looked, and found nothing
    (
        {"ai": "forbidden", "source": "https://a.example/terms", "date": "2026-11-20"},
        "use by AI forbidden (https://a.example/terms, 2026-11-20)",
    ),
    ({"crawling": "allowed", "ai": "restricted"}, "crawling allowed, use by AI restricted"),
]


@pytest.mark.parametrize(("said", "expected"), RESTRICTIONS)
def test_restrictions(said: Mapping[str, str], expected: str) -> None:
    assert sources.restrictions(source(restrictions=said)) == expected


BACKFILLED = [
    ("2025-11", "2025-11"),
    ("2025-12", None),
    ("2026-01", None),  # perhaps the month in which we began: no doubt, no back-fill
    ("2025-12-28", "2025-12-28"),
    ("2025-12-29", None),  # a week: the feed still showed it
    ("2026-01-05", None),
    ("2019", "2019"),
    (None, None),
]


@pytest.mark.parametrize(("first", "expected"), BACKFILLED)
def test_backfilled_from(first: str | None, expected: str | None) -> None:
    assert sources.backfilled_from(replace(WATCHED, first_published=first), dt.date(2026, 1, 5)) == expected


def test_pages_without_a_poll_are_all_back_fill() -> None:
    counts = CoverageCounts(articles=3, first_day=dt.date(2026, 1, 5), first_published="2026-02")
    card = sources.source_card(PAPER, coverage(counts), SourceMeasures())
    assert (card.monitored_from, card.monitored_to, card.backfilled_from) == (None, None, "2026-02")


def test_a_card() -> None:
    facts = replace(PAPER, access=Access.METERED, restrictions={"crawling": "allowed"})
    freedom = PressFreedom(score=31.2, year=2026, rank=150)
    card = sources.source_card(facts, coverage(), SourceMeasures(cases=12, corroborated=7, press_freedom=freedom))
    assert (card.publisher, card.ownership, card.access) == ("Herald Press", "private", "metered")
    assert card.restrictions == "crawling allowed"
    assert (card.reports_most_on, card.reports_most_share) == ("np", 0.8)  # published in India
    assert card.stories_a_week == 7 * 1200 / 280
    assert (card.monitored_from, card.monitored_to) == (dt.date(2026, 1, 5), dt.date(2026, 11, 1))
    assert card.backfilled_from == "2025-11"
    assert card.profile.redundancy.startswith("7 of its publisher's 12")
    assert card.profile.geopolitical_context.endswith("rank 150")


def test_a_card_of_a_source_that_nobody_watched_claims_nothing() -> None:
    card = sources.source_card(source(), coverage(CoverageCounts()), SourceMeasures())
    assert (card.ownership, card.access, card.restrictions) == ("unknown",) * 3
    assert (card.stories_a_week, card.reports_most_on, card.monitored_from, card.backfilled_from) == (None,) * 4
    assert "too few to say" in card.profile.redundancy
    assert "too few to say" in card.profile.editorial_coherence


def test_a_short_watch_gives_no_volume() -> None:
    short = replace(WATCHED, days_watched=13)
    assert sources.stories_a_week(short) is None


def test_the_digest_of_words_follows_names_and_bytes(tmp_path: Path) -> None:
    def digest() -> str:
        return folders_digest((tmp_path,), frozenset({".yml"}))

    first, second = tmp_path / "en" / "a.yml", tmp_path / "es" / "a.yml"
    for path in (first, second):
        path.parent.mkdir()
    first.write_text("one: 1\n")
    second.write_text("two: 2\n")
    seen = [digest()]
    (tmp_path / "README.md").write_text("Read me.")
    assert digest() == seen[0]
    first.write_text("one: 11\n")
    seen.append(digest())
    first.write_text("one: 1\n")
    assert digest() == seen[0]
    first.write_text("two: 2\n")
    second.write_text("one: 1\n")
    seen.append(digest())
    second.rename(tmp_path / "es" / "b.yml")
    seen.append(digest())
    assert len(set(seen)) == 4


def test_the_installed_reader_has_a_state() -> None:
    state = reader_state()
    assert len({state.lexicons, state.weights, folders_digest(())}) == 3  # neither is the digest of nothing
    assert state == reader_state()
