"""What every table shares: names of constraints, UTC times, enums as text, and the key of an address.

Refuses naive times: a time without an offset is a bug of the caller, not a guess for us to make.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")

# SQLite numbers rows by itself only in a column declared exactly INTEGER; PostgreSQL wants 64 bits.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """The root of all tables; one metadata, one naming convention (Alembic needs every constraint named)."""

    metadata = MetaData(naming_convention=NAMING)


E = TypeVar("E", bound=StrEnum)


class UtcTime(TypeDecorator[dt.datetime]):
    """An aware UTC time. SQLite keeps no offset, so it is stored there without one and comes back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuses a naive time with `ValueError`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value.isoformat()}: times are aware UTC")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Always aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class EnumText(TypeDecorator[E]):
    """A closed list as text: readable by hand, no database type to migrate when the list grows."""

    impl = String(32)
    cache_ok = True

    def __init__(self, members: type[E]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """A member, or a text that names one."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """A member."""
        return None if value is None else self.members(value)


class CleanText(TypeDecorator[str]):
    """Text of any length. What no database takes (NUL, surrogates) becomes U+FFFD, so that spans still fit."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text, one code point for one."""
        if value is None or value.isascii():
            return value if value is None or "\0" not in value else value.replace("\0", "\ufffd")
        return UNSTORABLE.sub("\ufffd", value)


def json_list() -> TypeEngine[Any]:
    """A short list of texts or a small mapping that is read and written whole, never searched."""
    return JSON()


def few(column: str, *columns: str, where: str | None = None) -> Index:
    """An index of a few rows alone, those with a value in `column` or those `where`: others cost it nothing.

    A question finds them by the same words, a constant among them written out and not handed over.
    """
    which = text(f"{column} IS NOT NULL" if where is None else where)
    return Index(None, column, *columns, sqlite_where=which, postgresql_where=which)


def few_true(table: str, column: str) -> Index:
    """An index of the few rows where this is true, for `column IS TRUE`."""
    name = f"ix_{table}_{column}"
    return Index(name, column, sqlite_where=text(f"{column} IS 1"), postgresql_where=text(f"{column} IS true"))


def address_key(canonical_url: str) -> str:
    """128 bits of SHA-256 of a canonical URL, in hex: a fixed width for an index, collisions out of question."""
    return hashlib.sha256(canonical_url.encode("utf-8", "surrogatepass")).hexdigest()[:32]
