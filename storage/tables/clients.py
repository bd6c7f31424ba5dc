"""Tables of who may ask the API for the feed, and of what was asked.

Refuses keys (only the SHA-256 of a secret), addresses of computers, and what anybody searched for.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, RowId, UtcTime, json_list

CLIENT = String(64)


class ApiClientRow(Base):
    """A client of the API. Never deleted: the log of deeds and the accesses speak of its name.

    `public_id` stands in the key in the clear and stays through renewals, so that a key found somewhere tells
    whose it is. `secret_digest` is empty once the client was disabled.
    """

    __tablename__ = "api_client"

    name: Mapped[str] = mapped_column(CLIENT, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    secret_digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(json_list())
    per_minute: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(64))
    renewed_at: Mapped[dt.datetime] = mapped_column(UtcTime)  # since when the key of now stands
    expires_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    last_seen: Mapped[dt.datetime | None] = mapped_column(UtcTime)


class ApiAccessRow(Base):
    """One request that was answered; triggers of the database refuse to change it. No foreign key: see `client`.

    `client` is None where no key was known. It has no foreign key because a batch of accesses must not wait for
    somebody who changes the client; the client's row is never deleted anyway.
    """

    __tablename__ = "api_access"
    __table_args__ = (Index(None, "client", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)
    client: Mapped[str | None] = mapped_column(CLIENT)
    route: Mapped[str] = mapped_column(String(64))  # the template, never the path
    status: Mapped[int]
    subject: Mapped[str | None] = mapped_column(String(128))  # an entity's id or a file of the feed
    bytes: Mapped[int] = mapped_column(BigInteger)
    ms: Mapped[int]
