"""Forgets texts that no address holds any more, with every fact that was read out of them.

Refuses to touch the archive (the text can be extracted from it again), and to forget what a human said of a text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.mentions import move
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.pages import QuarantineRow


def forget_orphans(session: Session, successors: Mapping[str, str | None], now: dt.datetime) -> int:
    """Delete those of the texts that have no copy left; their facts go with them (ON DELETE CASCADE).

    `successors` has, by text, the one that its address holds now; it takes over what a human said of the accused.
    """
    candidates = sorted(successors)
    if not candidates:
        return 0
    # Whoever is writing facts of such a text is waited for: his mentions would be left behind.
    session.execute(select(ArticleRow.id).where(ArticleRow.id.in_(candidates)).with_for_update()).all()
    held = set(session.scalars(select(CopyRow.article_id).where(CopyRow.article_id.in_(candidates)).distinct()))
    orphans = [article_id for article_id in candidates if article_id not in held]
    if orphans:
        move(session, {text: successors[text] for text in orphans}, now)
        session.execute(delete(QuarantineRow).where(QuarantineRow.article_id.in_(orphans)))
        session.execute(delete(ArticleRow).where(ArticleRow.id.in_(orphans)))
    return len(orphans)
