"""The real extractor and reader, with faults that single pages bring with them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from extraction.model import Article, PageHints
from tipwatch.jobs import tools
from tipwatch.jobs.cell import Tool

SLEEPER = b"marker-sleeper"
HOG = b"marker-hog"
POISON = b"marker-poison"
POISON_TEXT = "marker-unreadable"


def article_tools() -> Mapping[str, Tool]:
    real = tools.article_tools()[tools.ARTICLE]

    def article(item: tuple[bytes, PageHints]) -> Any:
        body, _ = item
        if SLEEPER in body:
            time.sleep(60)
        if HOG in body:
            return bytes(4 * 1024**3)
        if POISON in body:
            raise ValueError("Arlo Quince broke the parser")
        return real(item)

    return {tools.ARTICLE: article}


def reading_tools() -> Mapping[str, Tool]:
    real = tools.reading_tools()[tools.READ]

    def read(article: Article) -> Any:
        if POISON_TEXT in article.text:
            raise IndexError("Arlo Quince broke the reader")
        return real(article)

    return {tools.READ: read}
