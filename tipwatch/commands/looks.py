"""A look at an address in lines for a terminal.

Refuses to hide doubt: every name that is shown stands with its stage, its score and the words that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tipwatch.tables import shown

if TYPE_CHECKING:
    from crawlers.discovery.entries import Entry
    from crawlers.knock import Answer
    from extraction.model import Article, CaseReport
    from tipwatch.jobs.look import Look

_SHOWN = 10
_HEAD = 600  # characters of a story's text


def describe(answer: Answer, seen: Look) -> Iterator[str]:
    """Line after line; every text of the page is made harmless for a terminal."""
    moved = "" if answer.final_url == answer.target.url else f"  (moved to {shown(answer.final_url)})"
    yield f"{shown(answer.target.url)}{moved}"
    robots = "?" if answer.robots is None else answer.robots.value
    yield f"HTTP {answer.status}, {len(answer.body)} bytes, {shown(answer.content_type)}, robots.txt: {robots}"
    yield f"This is: {seen.kind}"
    if seen.children:
        yield f"{len(seen.children)} sitemaps, the freshest first:"
        yield from (f"  {shown(url)}" for url in seen.children[:_SHOWN])
    if seen.entries:
        yield from _entries(seen.entries)
    elif seen.kind in ("feed", "sitemap"):
        yield "It lists nothing now."
    if seen.item is not None:
        yield f"Selector that found them: item: {seen.item!r} (look whether all are stories)"
    if seen.gate is not None:
        words = ", ".join(seen.gate.words[:_SHOWN]) or "none"
        verdict = "kept" if seen.gate.keep else f"dropped ({seen.gate.reason})"
        yield f"Gate: {verdict}; words: {shown(words)}"
    if seen.quarantine is not None:
        yield f"Text: none ({seen.quarantine.reason}: {shown(seen.quarantine.detail)})"
    if seen.article is not None and seen.kind == "article":
        yield from _article(seen.article)
    if seen.report is not None and seen.article is not None:
        yield from _report(seen.report)
    if seen.feeds:
        yield "Feeds that the page declares:"
        yield from (f"  {shown(url)}" for url in seen.feeds[:_SHOWN])
    if seen.sitemaps:
        yield "Sitemaps that robots.txt names:"
        yield from (f"  {shown(url)}" for url in seen.sitemaps[:_SHOWN])


def _entries(entries: Sequence[Entry]) -> Iterator[str]:
    dates = [entry.when for entry in entries if entry.when is not None]
    span = f", {min(dates):%Y-%m-%d} to {max(dates):%Y-%m-%d}" if dates else ", without dates"
    yield f"{len(entries)} entries{span}:"
    for entry in entries[:_SHOWN]:
        date = "          " if entry.when is None else f"{entry.when:%Y-%m-%d}"
        yield f"  {date}  {shown(entry.title or '')[:100] or '(no title)'}"
        yield f"              {shown(entry.url)[:160]}"
    if len(entries) > _SHOWN:
        yield f"  … and {len(entries) - _SHOWN} more"


def _article(article: Article) -> Iterator[str]:
    score = "" if article.language_score is None else f" ({article.language_score:.2f})"
    yield f"Title: {shown(article.title)}"
    yield f"Date: {shown(article.published)} ({article.published_rule or 'nobody states one'})"
    yield f"Language: {shown(article.language)}{score}"
    yield f"Text: {len(article.text.split())} words"
    for line in article.text[:_HEAD].splitlines():
        if line.strip():
            yield f"  {shown(line)}"
    if len(article.text) > _HEAD:
        yield "  …"


def _report(report: CaseReport) -> Iterator[str]:
    if not report.language_read:
        yield "Reading: this language is not read yet, so nothing is claimed."
        return
    on_topic = "about a prosecution" if report.relevant else "not about a prosecution"
    yield f"Reading: {on_topic} (score {report.relevance_score:.2f})"
    if not report.accused:
        yield "Accused: nobody"
    for accused in report.named:
        word = "Doubtful" if accused in report.doubtful else "Accused"
        offences = ", ".join(sorted(accused.offences)) or "offence not stated"
        age = "" if accused.age is None else f", {accused.age}"
        yield f"{word}: {shown(accused.name)}{age}: {accused.stage}; {offences} (score {accused.score:.2f})"
        for field in ("stage", "role", "name"):
            for evidence in accused.evidence.get(field, ())[:1]:
                yield f"  {field}: {shown(evidence.quote)!r} by {evidence.rule}"
    for doubt, count in sorted(report.doubts.items()):
        yield f"Left open: {doubt} ({count})"
