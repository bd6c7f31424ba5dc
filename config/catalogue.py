"""All sources: a folder a country, a file a source.

Refuses a catalogue with any fault in any file; one bad file must not silently cost a country its source.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from config import codes
from config.document import Document, read_document
from config.faults import ConfigError, ConfigErrors
from config.source import Source, SourceState
from config.source_file import SourceFile
from config.validation import did_you_mean, validate

PACKAGED = Path(__file__).parent / "sources"
CRAWLED = frozenset({SourceState.UNVERIFIED, SourceState.ACTIVE})
NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
MAX_NAME = 90  # the database keeps ids of 100
_IGNORED_SUFFIXES = frozenset({".md"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """`sources` by id, sorted; `directory` is where they were read."""

    sources: Mapping[str, Source]
    directory: Path

    def select(
        self, ids: Sequence[str] = (), country: str | None = None, states: Container[SourceState] = CRAWLED
    ) -> tuple[Source, ...]:
        """Sources in one of `states`, by `country` of publication, sorted by id; with `ids` only these.

        Raises ConfigErrors for an unknown id or country, and for a source asked for by id that is in none of
        `states`: what was named must not be left out without a word. Example: `select(("in_thehindu",))`.
        """
        place = None if country is None else codes.asked_country(country)
        errors = [error for asked in ids if (error := self._missing(asked, states)) is not None]
        if errors:
            raise ConfigErrors(errors)
        wanted = frozenset(ids)
        return tuple(
            source
            for source in self.sources.values()
            if source.status.state in states
            and (place is None or source.country == place)
            and (not wanted or source.id in wanted)
        )

    def _missing(self, asked: str, states: Container[SourceState]) -> ConfigError | None:
        source = self.sources.get(asked)
        if source is None:
            near = did_you_mean(asked, self.sources)
            remedy = f"did you mean {near}?" if near else "see `tipwatch source list`"
            return ConfigError(file="arguments", line=None, key=asked, problem="no such source", remedy=remedy)
        if source.status.state in states:
            return None
        problem = f"{source.status.state} since {source.status.date}: {source.status.reason}"
        remedy = "change its status.state, with reason and date"
        return ConfigError(file=source.file, line=None, key=asked, problem=problem, remedy=remedy)


def load_catalogue(directory: Path | None = None) -> Catalogue:
    """Read every `<iso2>/<name>.yml` below `directory` (None: the packaged catalogue).

    Raises ConfigErrors: all faults of all files at once.
    """
    root = PACKAGED if directory is None else directory
    if not root.is_dir():
        raise ConfigErrors(
            [_fault(str(root), "no such folder", "create it, or set sources_dir to one that exists")]
        )
    errors: list[ConfigError] = []
    read: list[tuple[Document, Source]] = []
    for path in _files(root, errors):
        try:
            document = read_document(path)
            source = freeze_source(document, path)
        except ConfigErrors as found:
            errors += found.errors
        else:
            read.append((document, source))
    errors += _twice(read)
    if errors:
        raise ConfigErrors(errors)
    sources = {source.id: source for _, source in sorted(read, key=lambda pair: pair[1].id)}
    return Catalogue(sources=MappingProxyType(sources), directory=root)


def freeze_source(document: Document, path: Path) -> Source:
    """One file as a `Source`; country and name come from `path`. Raises ConfigErrors."""
    parsed = validate(document, SourceFile)
    country, name = path.parent.name, path.stem
    if country not in parsed.countries:
        problem = f"lies in the folder {country}/, which is not among its countries"
        raise ConfigErrors([document.error(("countries",), problem, f"add {country}, or move the file")])
    return parsed.freeze(country=country, name=name, file=str(path))


def _files(root: Path, errors: list[ConfigError]) -> Iterator[Path]:
    """Source files in order; what lies there and is none becomes an error."""
    for folder in sorted(root.iterdir()):
        if folder.name.startswith((".", "__")) or folder.suffix in _IGNORED_SUFFIXES:
            continue
        if not folder.is_dir():
            errors.append(_fault(str(folder), "a file beside the country folders", "move it into <iso2>/"))
            continue
        if folder.name not in codes.countries():
            remedy = f"name it by ISO 3166-1 alpha-2; {codes.likely_country(folder.name)}"
            errors.append(_fault(str(folder), f'"{folder.name}" is no country code', remedy))
            continue
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") or path.suffix in _IGNORED_SUFFIXES:
                continue
            named = NAME.fullmatch(path.stem) is not None and len(path.stem) <= MAX_NAME
            if path.is_dir() or path.suffix != ".yml" or not named:
                remedy = f"name it <name>.yml with a-z, 0-9 and _ between, at most {MAX_NAME} signs"
                errors.append(_fault(str(path), "not a source's file name", remedy))
                continue
            yield path


def _twice(read: Sequence[tuple[Document, Source]]) -> Iterator[ConfigError]:
    """Discovery addresses that stand in two places, as errors of the later one."""
    first: dict[str, tuple[str, int]] = {}
    for document, source in read:
        for index, part in enumerate(source.discover):
            key = same_address(part.url)
            loc = ("discover", index)
            if key in first:
                where, line = first[key]
                yield document.error(loc, f"{part.url} is already in {where}:{line}", "keep one of the two")
            else:
                first[key] = (document.file, document.line(loc))


def same_address(url: str) -> str:
    """Addresses that a server would most likely answer alike compare equal: scheme, www and last slash aside."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}:{parts.port or ''}{parts.path.rstrip('/')}?{parts.query}"


def _fault(file: str, problem: str, remedy: str) -> ConfigError:
    return ConfigError(file=file, line=None, key="", problem=problem, remedy=remedy)
