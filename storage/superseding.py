"""Forgets texts that no address holds any more, with every fact that was read out of them.

Refuses to touch the archive: the page stays there, and the text can be extracted from it again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.pages import QuarantineRow


def forget_orphans(session: Session, article_ids: Iterable[str]) -> int:
    """Delete those of the articles that have no copy left; their facts go with them (ON DELETE CASCADE)."""
    candidates = sorted(set(article_ids))
    if not candidates:
        return 0
    held = set(session.scalars(select(CopyRow.article_id).where(CopyRow.article_id.in_(candidates)).distinct()))
    orphans = [article_id for article_id in candidates if article_id not in held]
    if orphans:
        session.execute(delete(QuarantineRow).where(QuarantineRow.article_id.in_(orphans)))
        session.execute(delete(ArticleRow).where(ArticleRow.id.in_(orphans)))
    return len(orphans)
