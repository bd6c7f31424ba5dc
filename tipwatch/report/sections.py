"""One country: how well it was watched, its figures, its series, what we probably miss, and its sources.

Refuses a cell of victims small enough to point at somebody: it says `<k`.
"""

from __future__ import annotations

from html import escape
from math import ceil, floor

from tipwatch.report import words
from tipwatch.report.charts import caveat, series_block
from tipwatch.report.content import CountryPage, Report, SourceCard
from tipwatch.report.estimates import ASSUMED
from tipwatch.report.facts import coverage_facts, gaps, percent
from tipwatch.report.languages import language
from tipwatch.report.reach import name_of, rate, state
from tipwatch.report.regions import region
from tipwatch.report.tables import Column, Table, Told, Value, number, table_block

FIGURES_CAVEAT = (
    "A rate divides what we saw by somebody else's figure, of another year and another method; both can be wrong."
)
ESTIMATE_CAVEAT = f"An estimate of what the press that we watch reported, not of crime. {ASSUMED}"
OFFICIAL_CAVEAT = (
    "Official figures count persons or cases by the rules of one authority, in its own year; ours count names in "
    "stories. A ratio near one can still mean different people."
)
SOURCES_CAVEAT = (
    "Stories and names of a source grow with its size and its openness to us before they grow with crime. A "
    "source that stopped looks like a country that calmed down."
)
VICTIMS_CAVEAT = (
    "Each number counts stories that name the origin of a victim, not victims: one story can tell of many, and "
    "many stories of one. Victims are never named here. A story that names no origin is not in this table, and "
    "what stories say follows which victims the press takes an interest in."
)

FACT_COLUMNS = (
    Column(key="fact", name="Fact"),
    Column(key="value", name="Value", wide=True),
    Column(key="meaning", name="What it means", wide=True),
)
FIGURE_COLUMNS = (
    Column(key="indicator", name="Figure"),
    Column(key="year", name="Year"),
    Column(key="value", name="Value", number=True),
    Column(key="source", name="Source", wide=True),
)
ESTIMATE_COLUMNS = (
    Column(key="year", name="Year"),
    Column(key="observed", name="Cases seen", number=True),
    Column(key="once", name="By one source", number=True),
    Column(key="twice", name="By two", number=True),
    Column(key="sources", name="Sources", number=True),
    Column(key="estimate", name="Probably reported", number=True),
    Column(key="low", name="95 %: at least", number=True),
    Column(key="high", name="95 %: at most", number=True),
    Column(key="method", name="Method"),
    Column(key="sentence", name="In words", wide=True),
)
OFFICIAL_COLUMNS = (
    Column(key="year", name="Year"),
    Column(key="indicator", name="Official figure"),
    Column(key="official", name="Official", number=True),
    Column(key="observed", name="We saw", number=True),
    Column(key="ratio", name="Seen of official", number=True),
    Column(key="low", name="95 %: at least", number=True),
    Column(key="high", name="95 %: at most", number=True),
    Column(key="source", name="Source", wide=True),
    Column(key="sentence", name="In words", wide=True),
)
SOURCE_COLUMNS = (
    Column(key="title", name="Source"),
    Column(key="id", name="Id"),
    Column(key="state", name="State"),
    Column(key="level", name="Level"),
    Column(key="languages", name="Languages"),
    Column(key="publisher", name="Publisher"),
    Column(key="ownership", name="Ownership"),
    Column(key="access", name="Access"),
    Column(key="restrictions", name="Restrictions", wide=True),
    Column(key="audience", name="Audience", wide=True),
    Column(key="reports_most_on", name="Reports most on"),
    Column(key="monitored", name="Watched"),
    Column(key="backfilled_from", name="Back-filled from"),
    Column(key="polls_ok_share", name="Polls that worked", number=True),
    Column(key="days_watched", name="Days", number=True),
    Column(key="window_gaps", name="Gaps", number=True),
    Column(
        key="entries_a_week", name="New feed entries a week", number=True, title="Entries new in its feed, a week"
    ),
    Column(key="texts_kept", name="Texts kept", number=True, title="Distinct texts of it that we kept"),
    Column(key="on_topic", name="On topic", number=True),
    Column(key="named", name="Persons", number=True),
)
PROFILE_COLUMNS = (
    Column(key="title", name="Source"),
    *(Column(key=key, name=name.capitalize(), wide=True) for key, name in words.PROFILE.items()),
)
VICTIM_COLUMNS = (Column(key="origin", name="Origin"), Column(key="stories", name="Stories", number=True))


def country_section(report: Report, page: CountryPage) -> str:
    """The whole section; hidden by the script until it is asked for, always there in print."""
    code = escape(page.country, quote=True)
    parts = [
        f'<h3 id="country-{code}-title">{escape(page.name)} <span class="soft">{escape(page.country.upper())}, '
        f"{escape(region(page.country))}</span></h3>",
        _headline(report, page),
        "<h4>How well we looked</h4>",
        table_block(_facts_table(page)),
        series_block(page),
        "<h4>Figures to divide by</h4>",
        caveat(FIGURES_CAVEAT),
        _rates(page),
        table_block(_figures_table(page)),
        "<h4>How much of what the press reported do we see?</h4>",
        caveat(ESTIMATE_CAVEAT),
        table_block(_estimates_table(page)),
        "<h4>Beside official figures</h4>",
        caveat(OFFICIAL_CAVEAT),
        table_block(_official_table(page)),
        "<h4>Sources</h4>",
        caveat(SOURCES_CAVEAT),
        table_block(_sources_table(report, page)),
        "<h5>The five factors of each source</h5>",
        '<p class="soft">After the Wolfsberg Group, FAQs on Negative News Screening (2022).</p>',
        table_block(_profile_table(page)),
        "<h4>Origin of victims</h4>",
        caveat(VICTIMS_CAVEAT),
        f'<p class="soft">“&lt;{report.min_cell}”: some, but too few to show without pointing at anyone.</p>',
        table_block(_victims_table(report, page)),
    ]
    return (
        f'<section class="country" id="country-{code}" aria-labelledby="country-{code}-title" tabindex="-1">'
        f"{''.join(parts)}</section>"
    )


def _headline(report: Report, page: CountryPage) -> str:
    one = page.coverage
    missed = gaps(one)
    rests = (
        f"{one.sources_watched} of {words.counted(one.sources_expected, 'expected source')} watched, "
        f"uptime {percent(one.uptime)}, {words.counted(one.counts.days_watched, 'day')}, "
        f"{'window gaps not known' if missed is None else words.counted(missed, 'window gap')}"
    )
    seen = state(page)
    why = words.reason(page.why_none)
    if page.persons:
        noun = "person" if page.persons == 1 else "persons"
        said = f"<b>{page.persons:,}</b> {noun} by story, {escape(words.plain(report.stage))} or further"
    elif seen == "blind":
        said = "<b>Not watched</b>: what is missing here says nothing about this country"
    elif seen == "unread":
        said = "<b>Watched, but not read</b>: what is missing here says nothing about this country"
    else:
        said = f"<b>Nobody</b> {escape(words.plain(report.stage))} or further"
    because = "" if why is None else f" ({escape(why)})"
    return f'<p class="headline {seen}">{said}{because}. It rests on: {escape(rests)}.</p>'


def _facts_table(page: CountryPage) -> Table:
    return Table(
        key=f"facts-{page.country}", caption=f"How well we looked, {page.name}", columns=FACT_COLUMNS,
        rows=coverage_facts(page.coverage), kind="facts",
    )  # fmt: skip


def _rates(page: CountryPage) -> str:
    values = {key: rate(page, key) for key in page.rates}
    items = "".join(
        f"<div><dt>{escape(words.RATES.get(key, words.plain(key)))}</dt>"
        f"<dd>{'not known' if value is None else escape(number(value))}</dd></div>"
        for key, value in values.items()
    )
    return f'<dl class="tiles">{items}</dl>' if items else ""


def _figures_table(page: CountryPage) -> Table:
    rows: list[tuple[Value, ...]] = []
    for one in sorted(page.figures, key=lambda one: (one.indicator, -one.year)):
        whole = one.value is not None and one.value.is_integer()
        text = f"{one.value:,.0f}" if whole else one.text
        value = one.text if one.value is None else int(one.value) if whole else one.value
        rows.append((words.plain(one.indicator), str(one.year), Told(text=text, value=value), one.source))
    return Table(
        key=f"figures-{page.country}", caption=f"Sourced figures, {page.name}", columns=FIGURE_COLUMNS, rows=rows,
        nothing="No sourced figure is known. Import better ones with tipwatch reference import.",
    )  # fmt: skip


def _estimates_table(page: CountryPage) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            str(one.year), one.observed, one.once, one.twice, one.sources,
            Told(text="too few to say", value=None) if one.estimate is None else round(one.estimate),
            None if one.low is None else floor(one.low), None if one.high is None else ceil(one.high),
            one.method, one.sentence,
        )
        for one in page.estimates
    ]  # fmt: skip
    return Table(
        key=f"estimates-{page.country}", caption=f"Estimated cases that the press reported, {page.name}",
        columns=ESTIMATE_COLUMNS, rows=rows, nothing="No case to estimate from.",
    )  # fmt: skip


def _official_table(page: CountryPage) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            str(one.year), words.plain(one.indicator), Told(text=one.official_text, value=one.official_text),
            one.observed, _ratio(one.ratio), _ratio(one.low), _ratio(one.high), one.source, one.sentence,
        )
        for one in page.official
    ]  # fmt: skip
    return Table(
        key=f"official-{page.country}", caption=f"Our counts beside official figures, {page.name}",
        columns=OFFICIAL_COLUMNS, rows=rows, nothing="No official figure was imported for these years.",
    )  # fmt: skip


def _ratio(value: float | None) -> Told:
    return Told(text="–" if value is None else f"{value:.2f}", value=None if value is None else round(value, 4))


def _sources_table(report: Report, page: CountryPage) -> Table:
    return Table(
        key=f"sources-{page.country}", caption=f"Sources, {page.name}", columns=SOURCE_COLUMNS,
        rows=[_source_row(report, one) for one in page.sources],
        nothing="No source of this country is in the catalogue.", sortable=True,
    )  # fmt: skip


def _source_row(report: Report, card: SourceCard) -> tuple[Value, ...]:
    one = card.coverage
    share = one.counts.polls_ok_share
    most = card.reports_most_on
    about = "too few to say" if most is None else f"{name_of(report, most)}, {percent(card.reports_most_share)}"
    elsewhere = most is not None and most != one.country
    return (
        one.title,
        one.source_id,
        one.state.value,
        one.level.value,
        ", ".join(language(code) for code in one.languages),
        card.publisher,
        words.plain(card.ownership),
        words.plain(card.access),
        card.restrictions,
        card.audience or "unknown",
        Told(text=about, value=most, kind="flag" if elsewhere else ""),
        _watched(card),
        card.backfilled_from,
        Told(text="–" if share is None else percent(share), value=share),
        one.counts.days_watched,
        one.counts.window_gaps if one.counts.polls_ok else None,
        card.stories_a_week,
        one.counts.articles,
        one.counts.on_topic,
        one.counts.named_accused,
    )


def _watched(card: SourceCard) -> str:
    if card.monitored_from is None:
        return "never"
    return words.span(card.monitored_from, card.monitored_to)


def _profile_table(page: CountryPage) -> Table:
    return Table(
        key=f"profile-{page.country}", caption=f"Five factors of each source, {page.name}",
        columns=PROFILE_COLUMNS,
        rows=[
            (one.coverage.title, *(getattr(one.profile, key) for key in words.PROFILE)) for one in page.sources
        ],
        nothing="No source of this country is in the catalogue.",
    )  # fmt: skip


def _victims_table(report: Report, page: CountryPage) -> Table:
    small = f"<{report.min_cell}"
    ordered = sorted(page.victims_origin.items(), key=lambda one: (-(one[1] or 0), name_of(report, one[0])))
    return Table(
        key=f"victims-{page.country}", caption=f"Origin of victims, {page.name}", columns=VICTIM_COLUMNS,
        rows=[(name_of(report, code), small if n is None else n) for code, n in ordered],
        nothing="No story that was read says where a victim is from.",
    )  # fmt: skip
