"""What cells do with pages and articles: extraction's verbs, built once in each child.

Refuses decisions: which pages, and what becomes of the results, is the job's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from extraction.model import Article, CaseReport, PageHints, Quarantine

if TYPE_CHECKING:
    from tipwatch.jobs.cell import Tool

ARTICLE = "article"
READ = "read"
READ_STORY = "read_story"

ARTICLE_TOOLS = "tipwatch.jobs.tools:article_tools"
READING_TOOLS = "tipwatch.jobs.tools:reading_tools"

ARTICLE_SECONDS = 5.0
READ_SECONDS = 20.0
"""RELIABILITY.md: a hostile page is quarantined within 5 s. English is read at about 4 stories a second."""

WARM_PAGE = (
    b"<html><body><article><h1>Warm</h1><p>" + b"The court sat on Monday. " * 20 + b"</p></article></body></html>"
)


def article_tools() -> Mapping[str, Tool]:
    """`article`: (bytes, PageHints) -> Article or Quarantine. A first page loads what is loaded late."""
    from extraction.text import extract_article

    def article(item: tuple[bytes, PageHints]) -> Article | Quarantine:
        body, hints = item
        return extract_article(body, hints)

    began = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    article((WARM_PAGE, PageHints(url="https://warm.example/", fetched_at=began, content_type="text/html")))
    return {ARTICLE: article}


def reading_tools() -> Mapping[str, Tool]:
    """`read`, `read_story`: Article -> CaseReport. The pipeline is loaded here, so that no article pays for it."""
    from config.gate_lexicons import load_gate_lexicons
    from config.reading_lexicons import load_reading_lexicons
    from extraction.language import detect
    from extraction.reader import Reader

    reader = Reader(load_reading_lexicons(), load_gate_lexicons())
    for language in sorted(reader.languages):
        reader.read(Article(id="warm", url="", text="The court sat on Monday.", language=language))

    def read_story(story: Article) -> CaseReport:
        """A story from a file, which need not say its language."""
        if story.language is None:
            story = replace(story, language=detect(story.text)[0])
        return reader.read(story)

    return {READ: reader.read, READ_STORY: read_story}
