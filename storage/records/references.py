"""Records of a user's own reference figures: what was imported, from which file, when.

Refuses a figure without its file.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from config.reference import ReferenceFigure


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnFigure(ReferenceFigure):
    """A figure that a user imported: `file` is the name of its file, without the folder."""

    file: str
    imported: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportResult:
    """What an import does to the figures: `added`, `changed` (value, text or source), `unchanged`.

    `left` are figures of earlier imports of the same file that it no longer has; they stay.
    """

    added: int
    changed: int
    unchanged: int
    left: int
