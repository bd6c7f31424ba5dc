"""All tables, so that one import completes the metadata for migrations.

Refuses use outside `storage`: rows never leave it.
"""

from storage.tables import (
    articles,
    clients,
    coverage,
    exports,
    facts,
    frontier,
    ingests,
    pages,
    people,
    runs,
    sources,
)
from storage.tables.base import Base

__all__ = [
    "Base",
    "articles",
    "clients",
    "coverage",
    "exports",
    "facts",
    "frontier",
    "ingests",
    "pages",
    "people",
    "runs",
    "sources",
]
