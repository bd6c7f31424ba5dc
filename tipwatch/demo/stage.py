"""The demo's folder: settings, the catalogue of the newsroom's four sources, and room for what the commands write.

Refuses a folder that another hand filled: only what an earlier demo wrote is cleared away.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template

from tipwatch.demo.newsroom import Newsroom

CONTACT = "demo@example.org"
DELAY = 0.25
"""Seconds between two requests to one host. Real sources get 5 and more; this newsroom is our own."""

_MARK = ".tipwatch-demo"
_SOURCES = Path(__file__).parent / "sources"


class FolderTaken(Exception):  # noqa: N818 - a refusal
    """`directory` holds something that no demo wrote."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"{directory} holds other files; name another folder with --output, or empty it")


def prepare(directory: Path, newsroom: Newsroom) -> None:
    """Make `directory` afresh and write `tipwatch.yml` and the catalogue there. Raises FolderTaken, OSError."""
    if directory.exists():
        if not directory.is_dir() or (any(directory.iterdir()) and not (directory / _MARK).exists()):
            raise FolderTaken(directory)
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    (directory / _MARK).write_text("Written by `python -m tipwatch.demo`, which clears this folder.\n")
    (directory / "tipwatch.yml").write_text(_settings(newsroom.hosts), encoding="utf-8")
    for file in sorted(_SOURCES.rglob("*.yml")):
        target = directory / "sources" / file.relative_to(_SOURCES)
        target.parent.mkdir(parents=True)
        text = Template(file.read_text(encoding="utf-8")).substitute(
            host=newsroom.hosts[file.parent.name], delay=DELAY, today=newsroom.today.isoformat()
        )
        target.write_text(text, encoding="utf-8")


def _settings(hosts: Mapping[str, str]) -> str:
    allowed = ", ".join(f'"{host}"' for host in hosts.values())
    return (
        "# The demo's settings. The newsroom listens on loopback, so exactly its ports are opened.\n"
        f"contact: {CONTACT}\n"
        "data_dir: data\n"
        "sources_dir: sources\n"
        f"allow_private: [{allowed}]\n"
        f"delay: {DELAY}\n"
        "request_timeout: 10\n"
    )
