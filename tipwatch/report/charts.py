"""A chart's place in the page: heading, caveat, room to draw, download, and the same data as a table.

Refuses a chart without its caveat and its data: `chart_block` has no default for either.
"""

from __future__ import annotations

from html import escape
from typing import Any

from tipwatch.report import words
from tipwatch.report.content import CountryPage, Series, SeriesPoint, Trend
from tipwatch.report.tables import Column, Table, Told, download, table_html

SERIES_CAVEAT = (
    "The full series moves when our watching moves: a vertical line is a change in how we look, and a step at "
    "such a line says nothing about crime. The frozen panel counts only the sources watched in every month; it is "
    "smaller, but comparable with itself. Only a difference between “as read today” and “as read then” "
    "is the reader's own; a dash there means that no change of reading is known, or that the span cuts the month."
)

SERIES_COLUMNS = (
    Column(key="month", name="Month"),
    Column(key="sources_watched", name="Sources watched", number=True),
    Column(key="stories", name="Stories kept", number=True),
    Column(key="on_topic", name="On topic", number=True),
    Column(key="named", name="Persons named", number=True),
    Column(key="why_none", name="Why none", wide=True),
    Column(key="on_topic_then", name="On topic, as read then", number=True),
    Column(key="named_then", name="Named, as read then", number=True),
    Column(key="panel_stories", name="Panel: stories kept", number=True),
    Column(key="panel_on_topic", name="Panel: on topic", number=True),
    Column(key="panel_named", name="Panel: named", number=True),
    Column(key="breaks", name="Breaks in this month", wide=True),
)


def caveat(text: str) -> str:
    """The sentence that stands beside every chart and every table of counts."""
    return f'<p class="caveat"><b>Read with care.</b> {escape(text)}</p>'


def chart_block(
    *, key: str, title: str, level: int, caveat_text: str, label: str, controls: str, plot: str, table: Table,
    more_tables: str = "", download_key: str | None = None,
) -> str:  # fmt: skip
    """One chart as a figure. `plot` is its room; `table` its alternative; `download_key` what the button gives."""
    safe = escape(key, quote=True)
    return (
        f'<figure class="chart" id="{safe}" aria-labelledby="{safe}-title">'
        f'<h{level} id="{safe}-title">{escape(title)}</h{level}>{caveat(caveat_text)}{controls}'
        f'<div class="drawn live" role="group" aria-label="{escape(label, quote=True)}">{plot}</div>'
        f'<p class="actions">{download(download_key or table.key, title)}</p>'
        f'<details class="data"><summary>The same data as a table<span class="unseen">: {escape(title)}</span>'
        f"</summary>{table_html(table)}{more_tables}</details></figure>"
    )


def series_block(page: CountryPage) -> str:
    """The months of a country: full series, frozen panel, as read then, breaks, and sources watched below."""
    series = page.series
    code = escape(page.country, quote=True)
    key = f"series-{page.country}"
    banner = "flagged" if series.flagged else "steady"
    mark = "<b>Flagged.</b> " if series.flagged else ""
    panel = (
        f"{words.counted(len(series.panel), 'source')} watched throughout: " + ", ".join(series.panel)
        if series.panel
        else "No source was watched throughout, so there is no frozen panel."
    )
    measures = "".join(
        f'<label><input type="radio" name="{escape(key, quote=True)}-measure" value="{value}"'
        f"{' checked' if value == 'on_topic' else ''}> {name}</label>"
        for value, name in (
            ("stories", "stories kept"),
            ("on_topic", "stories on topic"),
            ("named", "persons named"),
        )
    )
    controls = f'<fieldset class="picks live" data-series="{code}"><legend>Show</legend>{measures}</fieldset>'
    block = chart_block(
        key=key,
        title=f"Month by month: {page.name}",
        level=4,
        caveat_text=SERIES_CAVEAT,
        label=f"Chart of {words.counted(len(series.points), 'month')}; the table below it has every number",
        controls=f'<p class="banner {banner}">{mark}{escape(series.sentence)}</p>{_trends(series)}{controls}',
        plot=f'<div class="sideways"><div class="plot series" data-series="{code}"></div></div>',
        table=series_table(page),
    )  # fmt: skip
    return f'{block}<p class="soft">{escape(panel)}</p>{_breaks(series)}'


def _trends(series: Series) -> str:
    """The panel's first: it is the one that may be read. A bent series gets its figures and no verdict."""
    full = series.full_trend
    if not series.flagged:
        told = f"<b>Full series:</b> {escape(full.sentence)}"
    else:
        by = "by the changes below" if series.events else "by how it was read"
        told = f"<b>Full series, bent {by}:</b> {escape(_figures(full))}"
    return (
        '<p class="trend">Trend of stories on topic per month:</p>'
        f"<ul><li><b>Frozen panel:</b> {escape(series.panel_trend.sentence)}</li><li>{told}</li></ul>"
    )


def _figures(trend: Trend) -> str:
    if trend.ratio is None or trend.low is None or trend.high is None:
        return trend.sentence
    return (
        f"{trend.ratio:.2f} times as many each year (95 % interval {trend.low:.2f} to {trend.high:.2f}), of which "
        "nobody can say how much is ours."
    )


def _why_none(point: SeriesPoint) -> Told:
    """The reason of a month that named nobody."""
    key = None if point.named else point.why_none
    return Told(text=words.reason(key) or "", value=key)


def series_table(page: CountryPage) -> Table:
    """Every number of the series chart."""
    series = page.series
    rows = []
    for point in series.points:
        numbers = [i + 1 for i in point.breaks]
        told = "; ".join(
            f"{i + 1}: {words.event(series.events[i].kind)}" for i in point.breaks if i < len(series.events)
        )
        rows.append(
            (
                f"{point.month:%Y-%m}", point.sources_watched, point.stories, point.on_topic, point.named,
                _why_none(point), point.on_topic_then, point.named_then, point.panel_stories, point.panel_on_topic,
                point.panel_named, Told(text=told or "–", value=told if numbers else None),
            )
        )  # fmt: skip
    return Table(
        key=f"data-series-{page.country}", caption=f"Month by month, {page.name}", columns=SERIES_COLUMNS,
        rows=rows, nothing="No month was watched.",
    )  # fmt: skip


def series_data(page: CountryPage) -> dict[str, Any]:
    """What the script draws from: a list a measure, a number a month; marks as `[day, number, words]`.

    In `then` None stands where nothing was read differently.
    """
    points = page.series.points
    changed = any(
        then not in {None, today}
        for point in points
        for then, today in ((point.on_topic_then, point.on_topic), (point.named_then, point.named))
    )
    then = {
        "on_topic": [point.on_topic_then for point in points],
        "named": [point.named_then for point in points],
    }
    return {
        "name": page.name,
        "months": [point.month.isoformat() for point in points],
        "sources": [point.sources_watched for point in points],
        "full": {
            "stories": [point.stories for point in points],
            "on_topic": [point.on_topic for point in points],
            "named": [point.named for point in points],
        },
        "panel": {
            "stories": [point.panel_stories for point in points],
            "on_topic": [point.panel_on_topic for point in points],
            "named": [point.panel_named for point in points],
        }
        if page.series.panel
        else None,
        "then": then if changed else None,
        "marks": [[one.day.isoformat(), i + 1, words.event(one.kind)] for i, one in enumerate(page.series.events)],
    }


def _breaks(series: Series) -> str:
    if not series.events:
        return '<p class="soft">No change of sources, selectors, words or reader lies in this span.</p>'
    items = "".join(
        f"<li><b>{one.day.isoformat()}, {escape(words.event(one.kind))}"
        f"{'' if one.source_id is None else f' ({escape(one.source_id)})'}:</b> {escape(one.detail)}</li>"
        for one in series.events
    )
    return (
        '<details class="breaks"><summary>What bends this series: '
        f"{words.counted(len(series.events), 'dated change')}</summary>"
        f"<ol>{items}</ol></details>"
    )
