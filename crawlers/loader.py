"""Scrapy's list of spiders: one class for each YAML of the catalogue, made when it is asked for.

Refuses a catalogue with faults, with file, key and remedy.
"""

from __future__ import annotations

import builtins
from typing import Any

from scrapy.exceptions import UsageError
from scrapy.http import Request
from scrapy.settings import BaseSettings

from config.catalogue import CRAWLED, Catalogue, load_catalogue
from config.faults import ConfigErrors
from config.settings import load_settings
from config.source import Source
from crawlers.identity import CrawlRefused, user_agent


class CatalogueSpiderLoader:
    """Reads the catalogue at the first question, so that `scrapy --help` and our own runs need none."""

    def __init__(self) -> None:
        self._catalogue: Catalogue | None = None

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> CatalogueSpiderLoader:
        """Scrapy's constructor."""
        return cls()

    def list(self) -> builtins.list[str]:
        """The ids of all sources."""
        return builtins.list(self._sources().sources)

    def load(self, spider_name: str) -> type[Any]:
        """A source's spider class. Raises KeyError for an unknown id, UsageError for one that is not crawled."""
        source = self._sources().sources[spider_name]
        if source.status.state not in CRAWLED:
            raise UsageError(
                f"{spider_name} is {source.status.state} since {source.status.date}: {source.status.reason}"
            )
        try:
            user_agent(load_settings())
        except CrawlRefused as error:
            raise UsageError(str(error)) from error
        return spider_class(source)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """No source claims a URL by its looks."""
        return []

    def _sources(self) -> Catalogue:
        if self._catalogue is None:
            try:
                self._catalogue = load_catalogue(load_settings().sources_dir)
            except ConfigErrors as error:
                raise UsageError(str(error)) from error
        return self._catalogue


def spider_class(source: Source) -> type[Any]:
    """The spider of one source."""
    from crawlers.spider import SourceSpider

    return type(f"Spider_{source.id}", (SourceSpider,), {"name": source.id, "source": source})
