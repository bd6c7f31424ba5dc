"""All rows of a database in a form that two databases can be compared by: content only.

Refuses surrogate keys, the times of our own deeds, and places in the archive: they say when and where we worked.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, select

DEEDS = frozenset(
    {"at", "started", "heartbeat", "finished", "first_seen", "read_at", "synced", "recorded", "updated"}
)
"""Times that a clock of ours wrote. `fetched_at` is the capture's, from the WARC record: it must agree."""

PLACES = frozenset({"worker", "file", "offset", "length", "changed_at"})
SEQUENCES = frozenset(
    {"api_access", "audit", "coverage_event", "crawl_run", "export_run", "judgement", "page", "poll"}
)
"""Tables whose `id` is a number that the database gave."""


def content(url: str) -> dict[str, Counter[str]]:
    """Rows by table, each as JSON, with how often it is there."""
    engine = create_engine(url)
    try:
        return _content(engine)
    finally:
        engine.dispose()


def _content(engine: Engine) -> dict[str, Counter[str]]:
    tables = MetaData()
    tables.reflect(engine)
    found: dict[str, Counter[str]] = {}
    with engine.connect() as connection:
        page = tables.tables["page"]
        pages = {row.id: row.final_url for row in connection.execute(select(page.c.id, page.c.final_url))}
        for name, table in tables.tables.items():
            if name == "alembic_version":
                continue
            rows = [dict(row._mapping) for row in connection.execute(select(table))]
            found[name] = Counter(json.dumps(_told(name, row, pages), default=str, sort_keys=True) for row in rows)
    return found


def _told(table: str, row: dict[str, Any], pages: dict[int, str]) -> dict[str, Any]:
    told = {key: value for key, value in row.items() if key not in DEEDS | PLACES}
    if table in SEQUENCES:
        del told["id"]
    if "page_id" in told:
        told["page_id"] = pages.get(told["page_id"])
    told.pop("run_id", None)
    if table == "quarantine":
        told["subject"] = told["page_id"] or told["article_id"]
    if table == "mention" or table == "person":
        told.pop("last_seen", None)
    return told
