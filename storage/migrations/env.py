"""Runs migrations on the connection that `storage.schema` gives it.

Refuses to open a database of its own: there is one door.
"""

from typing import Any, Literal

from alembic import context

from storage.tables import Base
from storage.tables.base import CleanText, EnumText, UtcTime


def plain_types(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as SQLAlchemy's: a migration must outlive the classes of its day."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, CleanText):
        return "sa.Text()"
    if kind == "type" and isinstance(item, EnumText):
        return "sa.String(length=32)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=plain_types,
)
context.run_migrations()
