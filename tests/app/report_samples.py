"""An invented report, rich enough to look at: 30 countries, 24 months, breaks, alarms, empty cells of every kind.

Refuses real figures: every number comes from a seeded generator, and no source of it exists.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from babel import Locale

from config.source import Level, SourceState
from storage.records.coverage import CountryCoverage, CoverageCounts, LanguageReach, SourceCoverage, ZeroReason
from storage.records.series import CoverageEvent, EventKind, MatrixCell
from tipwatch.report.content import (
    Alarm,
    CountryPage,
    Estimate,
    OfficialComparison,
    Report,
    Series,
    SeriesPoint,
    SourceCard,
    SourcedFigure,
    Trend,
    WolfsbergProfile,
)

NAMES: Mapping[str, str] = Locale("en").territories
COUNTRIES = (
    "ar", "at", "au", "ba", "br", "ca", "ci", "cn", "co", "cz", "de", "eg", "es", "fr", "gb", "gh", "in", "it",
    "ke", "la", "mx", "my", "ng", "nl", "ph", "pl", "ro", "th", "us", "za",
)  # fmt: skip
ORIGINS = (
    None, "in", "cn", "ng", "ro", "ph", "th", "mx", "us", "gb", "de", "br", "co", "ve", "vn", "bd", "np", "pk",
    "bg", "al", "ua", "gh", "ci", "ke", "ug", "et", "ma", "eg", "ar", "py", "my", "id", "mm", "kh", "la", "pl",
    "hu", "tr",
)  # fmt: skip
STAGES = ("arrested", "charged", "on_trial", "pleaded_guilty", "convicted", "sentenced")
BLIND = {"la": "no_source", "ba": "source_down", "cn": "source_paused"}
EMPTY = {
    "eg": "language_not_read", "cz": "nothing_on_topic", "at": "nobody_named", "gh": "below_stage",
    "th": "not_yet_extracted",
}  # fmt: skip
SINCE, UNTIL = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
MONTHS = tuple(dt.date(2024 + i // 12, i % 12 + 1, 1) for i in range(24))
CAVEATS = (
    "These are persons in news stories, not crimes: a country with many thriving newspapers shows more of both.",
    "We cannot watch the news of any country completely. Read every count beside its coverage.",
    "What we watch drifts: sources come, break and go. A step in a series may be ours.",
    "An accused person is not a perpetrator before a court or a plea says so; every count names its stage.",
    "Nationality is what a story says, and what stories say follows the press's interests.",
    "Laws, police and courts differ: the same deed is prosecuted as trafficking here and as something else there.",
)


def sample_report(
    *, countries: Sequence[str] = COUNTRIES, sources_each: int = 7, seed: int = 5, hostile: str = ""
) -> Report:
    """The report; `hostile` is put wherever a text comes from the world: titles, names, sentences, figures."""
    rng = random.Random(seed)
    cells = [cell for code in countries for cell in _cells(rng, code)]
    pages = tuple(_page(rng, code, cells, sources_each, hostile) for code in countries)
    events = tuple(event for page in pages for event in page.series.events)
    alarms = tuple(_alarm(rng, page, hostile) for page in pages if page.sources and rng.random() < 0.3)
    return Report(
        made_at=dt.datetime(2026, 1, 3, 6, 30, tzinfo=dt.UTC),
        since=SINCE,
        until=UNTIL,
        stage="charged",
        stages=STAGES,
        reader_version=f"text-3.read-9{hostile}",
        min_cell=11,
        countries=pages,
        matrix=tuple(cells),
        events=events,
        alarms=alarms,
        country_names={code: NAMES[code.upper()] + hostile for code in {*countries, *filter(None, ORIGINS)}},
        caveats=tuple(f"{one}{hostile}" for one in CAVEATS),
    )


def _cells(rng: random.Random, country: str) -> list[MatrixCell]:
    if country in BLIND or (country in EMPTY and country != "gh"):
        return []
    weight = 9 if country == "in" else 1 if country in {"ci", "ke", "gh"} else rng.choice((2, 3, 4))
    found = []
    for origin in ORIGINS:
        likely = 1.0 if origin in {None, country} else 0.28
        if rng.random() > likely:
            continue
        for stage in ("arrested",) if country == "gh" else STAGES:
            n = int(rng.expovariate(1 / (weight * (14 if origin is None else 9 if origin == country else 1.2))))
            if n:
                found.append(
                    MatrixCell(
                        origin=origin,
                        country=country,
                        stage=stage,
                        persons=n,
                        stories=max(1, n - rng.randrange(n)),
                    )
                )
    return found


def _page(
    rng: random.Random, code: str, cells: Sequence[MatrixCell], sources_each: int, hostile: str
) -> CountryPage:
    name = NAMES[code.upper()] + hostile
    persons = sum(cell.persons for cell in cells if cell.country == code and cell.stage != "arrested")
    why = None if persons else BLIND.get(code, EMPTY.get(code, "nobody_named"))
    n = 0 if code == "la" else 4 * sources_each if code == "in" else rng.randrange(2, sources_each + 3)
    sources = tuple(_source(rng, code, i, hostile) for i in range(n))
    coverage = _coverage(rng, code, sources, persons, why)
    people = rng.randrange(2, 300) * 1_000_000
    read = coverage.counts.articles / 1000
    return CountryPage(
        country=code,
        name=name,
        coverage=coverage,
        persons=persons,
        why_none=why,
        figures=(
            SourcedFigure(
                indicator="population", year=2024, value=float(people), text=f"{people:,}",
                source=f"Invented Statistics Office{hostile}",
            ),
            SourcedFigure(indicator="prosecuted", year=2023, value=None, text="<5", source="Invented Office"),
        ),
        rates={
            "per_million_people": persons / people * 1e6,
            "per_source": persons / coverage.sources_watched if coverage.sources_watched else None,
            "per_1000_stories": persons / read if read else None,
        },
        series=_series(rng, code, sources, hostile),
        estimates=(
            Estimate(
                year=2024, method="Chao's lower bound", observed=64, once=31, twice=14, sources=6, estimate=98.3,
                low=79.9, high=140.2,
                sentence=f"We saw 64 cases; the press that we watch probably reported 98 or more.{hostile}",
            ),
            Estimate(
                year=2025, method="Chao's lower bound", observed=3, once=3, twice=0, sources=2, estimate=None,
                low=None, high=None, sentence="Too few to say: no case was reported by two sources.",
            ),
        ),
        official=(
            OfficialComparison(
                year=2023, indicator="prosecuted", observed=persons, official=420.0, official_text="420",
                ratio=persons / 420, low=0.8 * persons / 420, high=1.2 * persons / 420,
                source=f"Invented Office{hostile}",
                sentence="Names that we saw, of persons officially prosecuted.",
            ),
        )
        if persons
        else (),
        sources=sources,
        victims_origin={"ro": rng.randrange(11, 90), "ng": rng.randrange(11, 60), "th": None} if persons else {},
    )  # fmt: skip


def _source(rng: random.Random, code: str, i: int, hostile: str) -> SourceCard:
    down = code == "ba"
    paused = code == "cn"
    polls = 0 if paused else 730 * 4
    ok = 0 if down else int(polls * rng.uniform(0.7, 1.0))
    articles = 0 if down or paused else int(rng.expovariate(1 / (5200 if code == "in" else 900)))
    named = 0 if code in EMPTY else articles // 30
    counts = CoverageCounts(
        days_watched=ok // 4, polls=polls, polls_ok=ok, window_gaps=rng.randrange(0, 9) if ok else 0,
        articles=articles, on_topic=articles // 12, named_accused=named, first_day=SINCE, last_day=UNTIL,
    )  # fmt: skip
    level = rng.choice((Level.LOCAL, Level.REGIONAL, Level.NATIONAL, Level.NATIONAL))
    first, last = rng.choice(("Daily", "Evening", "Morning")), rng.choice(("Herald", "Post", "Courier", "Star"))
    title = f"{first} {last} {NAMES[code.upper()]} {i + 1}"
    return SourceCard(
        coverage=SourceCoverage(
            source_id=f"{code}-paper-{i + 1}", title=title + hostile, country=code, countries=(code,),
            languages=("en",) if i % 2 else ("es", "en"), level=level,
            state=SourceState.PAUSED if paused else SourceState.ACTIVE, counts=counts, zeros={},
        ),
        publisher=f"Invented Press {i + 1}{hostile}",
        ownership=rng.choice(("private", "state", "public_service", "unknown")),
        access=rng.choice(("open", "metered", "paywall", "unknown")),
        restrictions="AI use restricted (its terms, 2025-02-01)" if i % 3 == 0 else "none stated",
        audience=None,
        stories_a_week=None if articles == 0 else round(articles / 104, 1),
        reports_most_on=None if articles < 200 else code if i % 4 else "us",
        reports_most_share=None if articles < 200 else rng.uniform(0.4, 0.95),
        monitored_from=None if paused or down else SINCE,
        monitored_to=None if paused or down else UNTIL,
        backfilled_from="2019-03" if i == 0 else None,
        profile=WolfsbergProfile(
            media_type=f"{level.value} newspaper, private",
            content="general news; court reporters named on stories",
            geopolitical_context="press freedom 61.2 of 100 (2025, invented)",
            redundancy="12 % of its stories stand word for word in other papers",
            editorial_coherence=f"88 % of its stories on topic are about its own country{hostile}",
        ),
    )  # fmt: skip


def _coverage(
    rng: random.Random, code: str, sources: Sequence[SourceCard], persons: int, why: str | None
) -> CountryCoverage:
    n = len(sources)
    watched = 0 if code in BLIND else max(1, n - rng.choice((0, 0, 1)))
    articles = sum(one.coverage.counts.articles for one in sources)
    expected = 0 if code in {"cn", "la"} else n
    uptime = 0.0 if code in BLIND else rng.uniform(0.72, 0.998)
    levels = _count([one.coverage.level.value for one in sources])
    known = why if why in set(ZeroReason) else None
    counts = CoverageCounts(
        days_watched=0 if code in BLIND else rng.randrange(640, 731), polls=n * 2920,
        polls_ok=int(n * 2920 * uptime), window_gaps=0 if code in BLIND else rng.randrange(0, 30),
        stories_missed=rng.randrange(0, 400), articles=articles, copies=int(articles * 1.3),
        on_topic=articles // 12, stories_with_accused=articles // 40,
        named_accused=articles // 30, waiting_review=rng.randrange(20), withheld=rng.randrange(9), first_day=SINCE,
        last_day=UNTIL, lag_days={"0": 420, "1": 130, "3-7": 20, "366+": 9},
        stages=dict.fromkeys(STAGES, 0) | {"charged": persons // 2, "sentenced": persons // 3},
    )  # fmt: skip
    return CountryCoverage(
        country=code, sources=n, sources_by_state={"paused": n} if code == "cn" else {"active": n},
        sources_by_level=levels, sources_by_language={"en": n, "es": n // 2}, sources_watched=watched,
        counts=counts,
        prosecuted_here=int(persons * 1.1), zeros={} if known is None else {"named_accused": ZeroReason(known)},
        sources_by_kind={"newspaper": n}, sources_expected=expected,
        watched_by_level=levels if watched else {}, watched_by_kind={"newspaper": watched},
        watched_by_language={"en": watched}, source_days_expected=730 * expected,
        source_days_watched=int(730 * expected * uptime), largest_source=f"{code}-paper-1" if n else None,
        largest_source_share=0.41 if n else None, hhi=0.27 if n else None, domestic=articles // 15,
        foreign=articles // 60,
        languages=(
            LanguageReach(language="en", share=0.62, official=True, sources=n, watched=watched, is_read=True),
            LanguageReach(language="sw", share=0.31, official=False, sources=0, watched=0, is_read=False),
        ),
    )  # fmt: skip


def _series(rng: random.Random, code: str, sources: Sequence[SourceCard], hostile: str) -> Series:
    if code in BLIND:
        return Series(
            points=(), events=(), panel=(), full_trend=_trend(None), panel_trend=_trend(None), flagged=False,
            sentence="No month was watched.",
        )  # fmt: skip
    broken = rng.random() < 0.6
    events = _events(code, sources, hostile) if broken and sources else ()
    level = 30 if code == "in" else rng.randrange(4, 12)
    points = []
    for i, month in enumerate(MONTHS):
        more = 1.7 if events and i >= 8 else 1.0
        topic = max(0, int(rng.gauss(level * more, 2)))
        panel = max(0, int(rng.gauss(level * 0.6, 1.2)))
        if code == "at" and i % 6 == 5:
            topic = panel = 0
        points.append(
            SeriesPoint(
                month=month, sources_watched=len(sources) + (1 if i >= 8 else 0), stories=topic * 12,
                on_topic=topic, named=topic // 2, on_topic_then=max(0, topic - 3) if events and i < 16 else None,
                named_then=topic // 3 if events and i < 16 else None, panel_stories=panel * 12,
                panel_on_topic=panel, panel_named=panel // 2,
                breaks=tuple(n for n, one in enumerate(events) if one.day.replace(day=1) == month),
                why_none=None if topic > 1 else "nobody_named" if topic else "nothing_on_topic",
            )
        )  # fmt: skip
    return Series(
        points=tuple(points),
        events=events,
        panel=tuple(one.coverage.source_id for one in sources[:-1]),
        full_trend=_trend(1.42 if events else 1.03),
        panel_trend=_trend(1.01),
        flagged=bool(events),
        sentence="A source was added in September 2024 and the reader changed in May 2025: do not read the full "
        f"series as a trend.{hostile}"
        if events
        else "Nothing that we know of bends this series.",
    )


def _events(code: str, sources: Sequence[SourceCard], hostile: str) -> tuple[CoverageEvent, ...]:
    name = sources[-1].coverage.source_id
    told = (
        (dt.date(2024, 9, 4), EventKind.SOURCE_ADDED, name, f"{name} gave its first stories.{hostile}"),
        (dt.date(2024, 9, 20), EventKind.SELECTORS_CHANGED, name, "Its selectors were mended."),
        (dt.date(2025, 2, 11), EventKind.SOURCE_SILENT, name, "No poll has worked since."),
        (dt.date(2025, 5, 2), EventKind.READER_CHANGED, None, "The reader went from read-8 to read-9."),
    )
    return tuple(
        CoverageEvent(
            day=day, kind=kind, detail=detail, source_id=source, countries=(code,) if source else (),
            before="read-8" if source is None else None, after="read-9" if source is None else None,
        )
        for day, kind, source, detail in told
    )  # fmt: skip


def _trend(ratio: float | None) -> Trend:
    if ratio is None:
        return Trend(ratio=None, low=None, high=None, sentence="Too few to say.")
    low, high = ratio * 0.9, ratio * 1.1
    verdict = "No clear change" if low <= 1 <= high else "Rising"
    interval = f"95 % interval {low:.2f} to {high:.2f}, 143 in 24 months"
    return Trend(
        ratio=ratio, low=low, high=high, sentence=f"{verdict}: {ratio:.2f} times as many each year ({interval})."
    )


def _alarm(rng: random.Random, page: CountryPage, hostile: str) -> Alarm:
    source = rng.choice(page.sources).coverage
    return Alarm(
        source_id=source.source_id, title=source.title, kind=rng.choice(("low", "high", "silent", "change_point")),
        day=dt.date(2025, rng.randrange(1, 13), 14),
        sentence=f"{source.title}: 2 entries on this day, where 28 days before had 11 to 24.{hostile}",
    )  # fmt: skip


def _count(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in sorted(set(values))}


def empty_report() -> Report:
    """A store without a single country."""
    return replace(sample_report(countries=("at",)), countries=(), matrix=(), events=(), alarms=())


def unpolled_report() -> Report:
    """Two countries that nobody polled: sources in the catalogue, not a single story."""
    report = sample_report(countries=("cn", "la"))
    pages = tuple(
        replace(
            one,
            why_none="not_polled",
            coverage=replace(
                one.coverage, counts=CoverageCounts(), zeros={"named_accused": ZeroReason.NOT_POLLED}
            ),
        )
        for one in report.countries
    )
    return replace(report, countries=pages, alarms=())
