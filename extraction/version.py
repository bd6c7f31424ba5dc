"""The versions that stamp every text and every fact, so that newer ones may replace them.

Refuses dates and commit ids: an integer rises whenever the output of its half may change.
"""

from __future__ import annotations

TEXT_VERSION = 2
"""Bytes to `Article`: charset, visible text, title, dates, language, canonical URL."""

READ_VERSION = 7
"""`Article` to `CaseReport`: pipeline, rules and lexicons."""

EXTRACTOR_VERSION = f"text-{TEXT_VERSION}.read-{READ_VERSION}"


def version_key(version: str) -> tuple[int, int]:
    """Order extractor versions: `version_key("text-1.read-12") == (1, 12)`. Raises ValueError on anything else."""
    text, dot, read = version.partition(".")
    if not dot or not text.startswith("text-") or not read.startswith("read-"):
        raise ValueError(f"not an extractor version: {version!r}")
    return int(text.removeprefix("text-")), int(read.removeprefix("read-"))
