"""What a backup is made of here: the settings' database, archive and feeds, and by which catalogue it was crawled.

Refuses to read the catalogue's YAML: a fault in it must not be the reason why there is no backup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from config.catalogue import PACKAGED
from config.settings import Settings
from storage.backup.making import Place
from tipwatch.review import secret


def backup_place(settings: Settings, *, archive: bool = True, others: Sequence[Path] = ()) -> Place:
    """The place that the settings name; `others` are folders of exports that were written by hand."""
    return Place(
        database_url=settings.database_url,
        archive=settings.archive_dir if archive else None,
        folders={plan.name: plan.directory for plan in settings.feeds},
        others=tuple(others),
    )


def origin(settings: Settings) -> dict[str, str]:
    """Version of tipwatch and digest of the catalogue's files: what an export depends on besides rows."""
    sources = PACKAGED if settings.sources_dir is None else settings.sources_dir
    return {"tipwatch": version("tipwatch"), "catalogue": catalogue_digest(sources)}


def catalogue_digest(sources: Path) -> str:
    """SHA-256 (hex) over the paths and bytes of every YAML file below a folder; of nothing where there is none."""
    sha = hashlib.sha256()
    for path in sorted(sources.glob("*/*.yml")):
        body = path.read_bytes()
        sha.update(f"{path.relative_to(sources).as_posix()}\0{len(body)}\0".encode())
        sha.update(body)
    return sha.hexdigest()


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Sentences on what is another thing here than where the backup was made."""
    said = []
    if then.get("tipwatch") != now["tipwatch"]:
        said.append(
            f"It was made by tipwatch {then.get('tipwatch', 'of an unknown version')}, this is {now['tipwatch']}."
        )
    if then.get("catalogue") != now["catalogue"]:
        said.append("The catalogue here is another one: the next export's coverage may differ.")
    return said


def end_sessions(data_dir: Path) -> bool:
    """Forget the secret that signs the review's sessions: one that was ended since must not come back to life."""
    path = data_dir / secret.FILE
    there = path.exists()
    path.unlink(missing_ok=True)
    return there
