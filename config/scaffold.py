"""A new source's YAML, written once and checked before it lies in the catalogue.

Refuses to overwrite a file, and to write one that the catalogue would refuse.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import codes
from config.catalogue import MAX_NAME, NAME, freeze_source, load_catalogue, same_address
from config.document import parse_document
from config.faults import ConfigError, ConfigErrors
from config.source import Discovery, Feed, Level, Listing, Ownership, PublisherKind, Sitemap, Source

_BARE = re.compile(r"[A-Za-zÀ-ɏ][^:#\[\]{}\"'|>&*!%@`,\r\n]*(?<! )")
_TRAPS = frozenset({"no", "yes", "on", "off", "true", "false", "null", "y", "n"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDraft:
    """What somebody says about a source before anyone has reached it."""

    country: str
    name: str
    title: str
    homepage: str
    publisher: str
    kind: PublisherKind
    ownership: Ownership
    official: bool
    languages: tuple[str, ...]
    level: Level
    discover: tuple[Discovery, ...]
    reason: str
    delay: float = 10.0
    pages_per_run: int = 100
    expected_min: int = 0
    expected_max: int = 30_000


def render_source(draft: SourceDraft, today: dt.date) -> str:
    """The file's text. Its state is `unverified`: writing a file reaches nobody."""
    lines = [
        f"title: {_scalar(draft.title)}",
        f"homepage: {_scalar(draft.homepage)}",
        "publisher:",
        f"  name: {_scalar(draft.publisher)}",
        f"  kind: {draft.kind}",
        f"  ownership: {draft.ownership}",
        f"  official: {str(draft.official).lower()}",
        f"countries: [{_scalar(draft.country)}]",
        f"languages: [{', '.join(_scalar(code) for code in draft.languages)}]",
        f"level: {draft.level}",
        "discover:",
        *(line for part in draft.discover for line in _discovery(part)),
        f"politeness: {{delay: {draft.delay:g}, pages_per_run: {draft.pages_per_run}}}",
        f"expected: {{min: {draft.expected_min}, max: {draft.expected_max}}}  # stories a month",
        "status:",
        "  state: unverified",
        f"  reason: {_scalar(draft.reason)}",
        f"  date: {today.isoformat()}",
    ]
    return "\n".join(lines) + "\n"


def draft_path(draft: SourceDraft, directory: Path) -> Path:
    """Where the draft belongs. Raises ConfigErrors when country or name cannot stand in a path."""
    if draft.country not in codes.countries():
        codes.asked_country(draft.country)
        raise ConfigErrors([_fault("country", f'"{draft.country}" is not lower case', draft.country.lower())])
    if NAME.fullmatch(draft.name) is None or len(draft.name) > MAX_NAME:
        raise ConfigErrors([_fault("name", f'"{draft.name}" is no file name', "use a-z, 0-9 and _ between")])
    return directory / draft.country / f"{draft.name}.yml"


def check_source(text: str, path: Path, directory: Path) -> Source:
    """`text` as the source that it would be at `path`; raises ConfigErrors, also for an address already listed."""
    document = parse_document(text, str(path))
    source = freeze_source(document, path)
    listed = {same_address(p.url): s for s in load_catalogue(directory).sources.values() for p in s.discover}
    errors = [
        document.error(("discover", i), f"{part.url} is already in {other.file}", "keep one of the two")
        for i, part in enumerate(source.discover)
        if (other := listed.get(same_address(part.url))) is not None
    ]
    if errors:
        raise ConfigErrors(errors)
    return source


def write_source(text: str, path: Path) -> None:
    """Whole or not at all, and never over another file: raises ConfigErrors when `path` exists, else OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".new-", suffix=".yml", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        os.link(temporary, path)  # unlike a rename, it refuses a name that is taken
    except FileExistsError as error:
        fault = ConfigError(
            file=str(path), line=None, key="", problem="exists", remedy="choose another name, or edit it"
        )
        raise ConfigErrors([fault]) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def _discovery(part: Discovery) -> Iterator[str]:
    match part:
        case Feed():
            yield f"  - feed: {_scalar(part.url)}"
        case Sitemap():
            yield f"  - sitemap: {_scalar(part.url)}"
        case Listing():
            yield f"  - listing: {_scalar(part.url)}"
            yield f"    item: {_scalar(part.item)}"
            yield f"    link: {_scalar(part.link)}"


def _scalar(text: str) -> str:
    """Bare where YAML reads it back as the same text, else in double quotes."""
    is_address = re.fullmatch(r"https?://[^\s#'\"]+", text) is not None
    bare = is_address or (_BARE.fullmatch(text) is not None and text.lower() not in _TRAPS)
    return text if bare else json.dumps(text, ensure_ascii=False)


def _fault(key: str, problem: str, remedy: str) -> ConfigError:
    return ConfigError(file="arguments", line=None, key=key, problem=problem, remedy=remedy)
