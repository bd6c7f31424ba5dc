"""Whose listing may have changed since a moment: for whoever serves, or writes anew, a feed that was written then.

Refuses to say how: too many may be named, nobody whom something happened to is left out but who was pruned.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.organisations import PREFIX
from storage.tables.people import FormerPersonRow, MentionRow, PersonRow, TakedownRow


def changed_since(session: Session, at: dt.datetime) -> set[str]:
    """Ids of persons (of now, and former ones) that changed at `at` or later, or wait to be resolved again.

    Of organisations only those that were taken down, or given back: nothing else of them has a date.

    A transaction writes the time at which its work began: leave it a margin. Whoever was pruned leaves no trace
    here; pruning keeps everybody who is listed by a human's word, and a line in the log says that it was.
    """
    told = select(MentionRow.person_id).where(MentionRow.person_id.is_not(None))
    asked = (
        select(PersonRow.id).where(PersonRow.changed_at >= at),
        select(FormerPersonRow.id).where(FormerPersonRow.at >= at),
        select(TakedownRow.person_id).where(
            TakedownRow.person_id.startswith(PREFIX), or_(TakedownRow.at >= at, TakedownRow.lifted_at >= at)
        ),
        told.where(MentionRow.unresolved.is_(True)),
        told.where(MentionRow.reviewed_at >= at),
    )
    return {str(one) for query in asked for one in session.scalars(query)}
