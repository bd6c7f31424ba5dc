"""What a command works with: settings, the catalogue and the store, the cheapest fault first.

Refuses half a start: a fault in any YAML ends the command before anything is fetched or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.catalogue import PACKAGED, Catalogue, load_catalogue
from config.settings import Settings, load_settings
from config.source import Source
from storage.records import SourceFacts
from storage.store import Store
from tipwatch.errors import CommandError
from tipwatch.jobs.run import wall_clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Workplace:
    """Settings, catalogue, and an open store that knows the catalogue's sources."""

    settings: Settings
    catalogue: Catalogue
    store: Store

    @property
    def facts(self) -> list[SourceFacts]:
        """What coverage must know of the catalogue."""
        return source_facts(self.catalogue)


def read_catalogue() -> tuple[Settings, Catalogue]:
    """Settings and catalogue. Raises ConfigErrors with every fault of every file."""
    settings = load_settings()
    return settings, load_catalogue(settings.sources_dir)


@contextmanager
def workplace(*, sync: bool = True) -> Iterator[Workplace]:
    """Open everything; `sync` tells the database what the catalogue says now."""
    settings, catalogue = read_catalogue()
    with Store.open(settings.database_url, settings.archive_dir) as store:
        if sync:
            store.events.sync_catalogue(source_facts(catalogue), wall_clock(), folder_name(catalogue))
        yield Workplace(settings=settings, catalogue=catalogue, store=store)


def source_facts(catalogue: Catalogue) -> list[SourceFacts]:
    """The catalogue as storage keeps it."""
    return [SourceFacts.of(source) for source in catalogue.sources.values()]


def folder_name(catalogue: Catalogue) -> str:
    """What the database knows a catalogue's folder by; the packaged one has one name wherever it is installed."""
    folder = catalogue.directory.resolve()
    return "packaged" if folder == PACKAGED.resolve() else str(folder)


def known_source(catalogue: Catalogue, source_id: str) -> Source:
    """A source by its id, whatever its state. Raises CommandError with the nearest name."""
    from tipwatch.cli import did_you_mean

    source = catalogue.sources.get(source_id)
    if source is None:
        raise CommandError(
            f"No source {source_id!r} in {catalogue.directory}.{did_you_mean(source_id, catalogue.sources)}",
            "`tipwatch source list` shows them all.",
        )
    return source
