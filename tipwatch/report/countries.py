"""Every country in one line: persons, what they rest on, and the normalised views.

Refuses a rate without the coverage of its country in the same row.
"""

from __future__ import annotations

from tipwatch.report import words
from tipwatch.report.charts import caveat
from tipwatch.report.content import CountryPage, Report
from tipwatch.report.facts import gaps, percent, stories_read
from tipwatch.report.reach import rate, state
from tipwatch.report.regions import region
from tipwatch.report.tables import Column, Table, Told, Value, table_block

OVERVIEW_CAVEAT = (
    "Dividing by sources, stories or people makes countries easier to compare, not comparable: press, police and "
    "law still differ. A dash is a figure that we do not have, never a zero."
)
OVERVIEW_COLUMNS = (
    Column(key="country_name", name="Country"),
    Column(key="country", name="Code"),
    Column(key="region", name="Region", wide=True),
    Column(key="persons", name="Persons", number=True, title="Persons by story, at the stage asked for"),
    Column(key="why_none", name="Why none", wide=True),
    Column(key="sources_watched", name="Sources watched", number=True),
    Column(key="sources_expected", name="Expected", number=True),
    Column(key="uptime", name="Uptime", number=True),
    Column(key="days_watched", name="Days", number=True),
    Column(key="stories_read", name="Stories read", number=True),
    Column(key="window_gaps", name="Gaps", number=True, title="Polls that did not reach back to the one before"),
    Column(key="per_source", name="Per source", number=True),
    Column(key="per_million_people", name="Per million people", number=True),
    Column(key="per_1000_stories", name="Per 1,000 stories", number=True),
    Column(key="changes", name="Changes", number=True, title="Dated changes in how we look, inside the series"),
)


def overview_block(report: Report) -> str:
    """Every country in a line: persons, what they rest on, and the normalised views."""
    table = Table(
        key="overview",
        caption="Countries: persons, coverage, and what the count is divided by",
        columns=OVERVIEW_COLUMNS,
        rows=[_overview_row(one) for one in sorted(report.countries, key=lambda one: one.name)],
        sortable=True,
        kind="dense",
    )
    title = '<h2 id="overview-title">Every country with its coverage</h2>'
    return f"{title}{caveat(OVERVIEW_CAVEAT)}{table_block(table)}"


def _overview_row(page: CountryPage) -> tuple[Value, ...]:
    one = page.coverage
    seen = state(page)
    why = words.reason(page.why_none)
    return (
        Told(text=page.name, value=page.name, link=f"country-{page.country}"),
        page.country.upper(),
        region(page.country),
        page.persons if seen == "seen" else Told(text="n/w" if seen == "blind" else "n/r", value=None, kind=seen),
        Told(text="" if why is None else why, value=page.why_none),
        one.sources_watched,
        one.sources_expected,
        Told(text="–" if one.uptime is None else percent(one.uptime), value=one.uptime),
        one.counts.days_watched,
        stories_read(one),
        gaps(one),
        *(rate(page, key) for key in words.RATES),
        _changes(page),
    )


def _changes(page: CountryPage) -> Told:
    """How many changes bend the series; a dash where it holds no story to bend."""
    series = page.series
    if not any(point.stories for point in series.points):
        return Told(text="–", value=None)
    n = len(series.events)
    # Flagged without a dated change: stories were read by several versions.
    told = words.counted(n, "change") if n or not series.flagged else "versions"
    return Told(text=told, value=n, kind="flag" if series.flagged else "")
