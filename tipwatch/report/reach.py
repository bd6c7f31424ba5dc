"""What the matrix is made of: stages asked for, countries across, origins down, and whether anybody looked.

Refuses to take silence for nothing: a country that nobody watched, or read, has a state of its own.
"""

from __future__ import annotations

from collections import Counter

from storage.records.exports import ExportStage
from tipwatch.report import words
from tipwatch.report.content import CountryPage, Report


def asked_stages(report: Report) -> tuple[str, ...]:
    """The stages that count as "asked for or further", by the rule of the exports."""
    if report.stage in set(ExportStage):
        return tuple(one for one in report.stages if one in ExportStage(report.stage).stages)
    return tuple(one for one in report.stages if one == report.stage)


def name_of(report: Report, code: str | None) -> str:
    """A country's name; `not said` for None."""
    if code is None:
        return words.NOT_SAID
    return report.country_names.get(code) or words.territory(code)


def state(page: CountryPage) -> str:
    """What an empty column means: `seen` (looked at and read), `unread`, or `blind` (nobody looked)."""
    if page.persons > 0:
        return "seen"
    # The assembler gives the key of a reason; the coverage's own holds where it gives words.
    why = {page.why_none, page.coverage.zeros.get("named_accused")}
    if page.coverage.sources_watched == 0 or why & words.BLIND:
        return "blind"
    return "unread" if why & words.UNREAD else "seen"


def rate(page: CountryPage, key: str) -> float | None:
    """A rate of a country; None also where nobody looked or read: nothing divided by people is not zero there."""
    return page.rates.get(key) if state(page) == "seen" else None


def columns(report: Report) -> list[tuple[str, CountryPage | None]]:
    """Countries of reporting by name; one that has cells but no page of its own is there too."""
    pages: dict[str, CountryPage | None] = {one.country: one for one in report.countries}
    for cell in report.matrix:
        pages.setdefault(cell.country, None)
    return sorted(pages.items(), key=lambda one: name_of(report, one[0]))


def origins(report: Report) -> list[str | None]:
    """Origins, the most often named first, `not said` last."""
    total: Counter[str | None] = Counter()
    for cell in report.matrix:
        total[cell.origin] += cell.persons
    return sorted(total, key=lambda one: (one is None, -total[one], name_of(report, one)))
