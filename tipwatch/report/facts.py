"""How well a country was watched, as a list of facts in words: label, value, and what it means.

Refuses a share without what it is a share of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storage.records.coverage import CountryCoverage, CoverageCounts, LanguageReach
from tipwatch.report.languages import language
from tipwatch.report.words import counted, listed, plain, reason

Fact = tuple[str, str, str]
UNKNOWN = "not known"


def coverage_facts(one: CountryCoverage) -> list[Fact]:
    """`(label, value, explanation)`, the door first, then inwards. Values are text, ready to be escaped."""
    return [*_sources(one), *_languages(one), *_weight(one), *_watching(one), *_reading(one), *_abroad(one)]


def percent(share: float | None) -> str:
    """`0.873` -> `87 %`; a share that is almost nothing or almost all is not rounded to it."""
    if share is None:
        return UNKNOWN
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def _sources(one: CountryCoverage) -> Iterator[Fact]:
    yield (
        "Sources watched", f"{one.sources_watched} of {one.sources_expected} expected",
        "Watched: at least one poll worked in the span. Expected: in the catalogue, neither paused nor retired.",
    )  # fmt: skip
    yield "Sources in the catalogue", f"{one.sources} ({listed(dict(one.sources_by_state))})", "By state, today."
    for label, watched, every in (
        ("By level", one.watched_by_level, one.sources_by_level),
        ("By kind", one.watched_by_kind, one.sources_by_kind),
    ):
        if every or watched:
            yield label, _pairs(watched, every), "Watched of those in the catalogue."
    yield (
        "Subnational reach", f"{one.subnational_watched} watched",
        "Local and regional sources; small courts are often reported by nobody else.",
    )  # fmt: skip


def _languages(one: CountryCoverage) -> Iterator[Fact]:
    if one.languages:
        spoken = ", ".join(_spoken(each) for each in one.languages)
        missing = [language(each.language) for each in one.languages if not (each.watched and each.is_read)]
        yield (
            "Languages spoken", spoken,
            "Share of people who can use it (Unicode CLDR; several each, so they add up to more than 100 %).",
        )  # fmt: skip
        yield "Languages not covered", ", ".join(missing) or "none", "Spoken there, but not both watched and read."
    if one.sources_by_language:
        pairs = _pairs(one.watched_by_language, one.sources_by_language, languages=True)
        yield "Sources by language", pairs, "Watched of those in the catalogue."


def _spoken(one: LanguageReach) -> str:
    share = "" if one.share is None else f" {percent(one.share)}"
    state = "read" if one.is_read and one.watched else "not watched" if one.is_read else "not read"
    return f"{language(one.language)}{share} ({state})"


def _weight(one: CountryCoverage) -> Iterator[Fact]:
    if one.largest_source_share is not None:
        name = "" if one.largest_source is None else f" ({one.largest_source})"
        yield (
            "Largest source", f"{percent(one.largest_source_share)}{name}",
            "Its share of all copies kept: a text in two papers is two copies.",
        )  # fmt: skip
    if one.hhi is not None:
        yield (
            "Concentration (HHI)", f"{one.hhi:.2f}",
            "Herfindahl-Hirschman index of copies by source: 1 is a single source, near 0 many equal ones.",
        )  # fmt: skip


def _watching(one: CountryCoverage) -> Iterator[Fact]:
    counts = one.counts
    first, last = counts.first_day, counts.last_day
    between = "" if first is None or last is None else f", {first} to {last}"
    yield "Days watched", f"{counts.days_watched:,}{between}", "Days on which at least one poll worked."
    yield (
        "Uptime",
        f"{percent(one.uptime)} ({one.source_days_watched:,} of {one.source_days_expected:,} source-days)",
        "Source-days with a poll that worked, of those expected.",
    )  # fmt: skip
    yield "Polls that worked", f"{percent(counts.polls_ok_share)} ({counts.polls_ok:,} of {counts.polls:,})", ""
    missed = f"about {counted(counts.stories_missed, 'story', 'stories')} missed"
    yield (
        "Window gaps", UNKNOWN if gaps(one) is None else f"{counts.window_gaps:,}, {missed}",
        "Polls that did not reach back to the one before; the stories missed are an estimate."
        + (" No poll worked, so nothing is known of what was missed." if gaps(one) is None else ""),
    )  # fmt: skip


def _reading(one: CountryCoverage) -> Iterator[Fact]:
    counts = one.counts
    yield (
        "Stories", f"{counts.articles:,} kept, {_read(counts):,} read, {counts.on_topic:,} on topic",
        "Distinct texts, each counted once. Read: neither waiting for the reader nor in a language not read.",
    )  # fmt: skip
    if counts.unread_language:
        yield (
            "In a language not read", counted(counts.unread_language, "story", "stories"),
            "Kept, but not read: they claim nothing.",
        )  # fmt: skip
    yield (
        "Syndication", percent(counts.syndication_rate),
        "Share of copies that repeat a text word for word: one agency story in nine papers is one report.",
    )  # fmt: skip
    lag = UNKNOWN if counts.lag_median is None else f"{counts.lag_median} days (median)"
    yield "Lag", lag, "From the stated date of a story to our fetch; more than 30 days is back-fill, not watching."
    yield (
        "Persons accused",
        f"{counts.named_accused:,} named in {counted(counts.stories_with_accused, 'story', 'stories')}",
        "Persons by story: somebody in five stories counts five times.",
    )  # fmt: skip
    if counts.waiting_review:
        yield (
            "Waiting for review",
            f"Of these, {counts.waiting_review:,} {'waits' if counts.waiting_review == 1 else 'wait'} for review",
            "Score below the least that an export lists: counted here, not listed there.",
        )
    yield (
        "Stage mix",
        listed(dict(counts.stages)),
        "Persons by story, by the furthest stage that the story reports.",
    )
    if counts.withheld:
        yield (
            "Withheld", counted(counts.withheld, "person"),
            "Minors, names that are a victim's too, stages without evidence: not stored, and in no count here.",
        )  # fmt: skip


def _abroad(one: CountryCoverage) -> Iterator[Fact]:
    total = one.domestic + one.foreign
    share = percent(None if total == 0 else one.domestic / total)
    yield (
        "Domestic reporting",
        f"{share} ({counted(one.domestic, 'story', 'stories')} of prosecutions here, {one.foreign:,} elsewhere)",
        "Stories on topic of the sources published here, by where they say that the prosecution is.",
    )  # fmt: skip
    yield (
        "Prosecuted here",
        f"{counted(one.prosecuted_here, 'person')} by story",
        "From any source, wherever published.",
    )
    if one.zeros:
        why = "; ".join(f"{plain(measure)}: {reason(key)}" for measure, key in one.zeros.items())
        yield "Why zeros are zero", why, "The first obstacle that explains it, from the door inwards."


def _pairs(watched: Mapping[str, int], every: Mapping[str, int], *, languages: bool = False) -> str:
    keys = sorted({*watched, *every}, key=lambda key: (-every.get(key, 0), str(key)))
    name = language if languages else plain
    return ", ".join(f"{name(key)} {watched.get(key, 0)} of {every.get(key, 0)}" for key in keys)


def _read(counts: CoverageCounts) -> int:
    return counts.articles - counts.unread - counts.unread_language


def gaps(one: CountryCoverage) -> int | None:
    """Window gaps; None where no poll worked: then nothing is known of what was missed."""
    return one.counts.window_gaps if one.counts.polls_ok else None


def stories_read(one: CountryCoverage) -> int:
    """Distinct texts of a country that were read."""
    return max(_read(one.counts), 0)
