"""Masks the names of withheld persons in what is told of others in the same text: titles, quotes, charges.

Refuses to mask a name of somebody who is not withheld, and to change what is stored: a takedown can be lifted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from storage.erasure import forms_of
from storage.masking import hider
from storage.records.people import Verdict
from storage.stale import CHUNK
from storage.tables.facts import AccusedRow
from storage.tables.people import MentionRow
from storage.withholding import withheld

LABEL = "withheld"
"""What stands in brackets for the name."""
Mask = Callable[[str], str]


@dataclass(kw_only=True, slots=True)
class Withheld:
    """The names that some texts give to who is withheld, and those of who is not."""

    hidden: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)

    def mask(self, own: Iterable[str] = ()) -> Mask:
        """A function that puts "[withheld]" for the hidden names, and leaves the open ones and `own` whole."""
        return hider(self.hidden, {*self.open, *own}, LABEL) if self.hidden else str


def withheld_names(session: Session, article_ids: Iterable[str]) -> dict[str, Withheld]:
    """The names by article, of those articles only in which somebody is withheld.

    Whoever was rejected or taken down and is no longer found in the text counts too: others' quotes may name them.
    """
    ids = sorted(set(article_ids))
    found: dict[str, Withheld] = defaultdict(Withheld)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        for article_id, names, is_hidden in _names(session, _with_withheld(session, some)):
            (found[article_id].hidden if is_hidden else found[article_id].open).update(names)
    for one in found.values():
        one.hidden -= one.open
    return {article_id: one for article_id, one in found.items() if one.hidden}


def together(names: Iterable[Withheld]) -> Withheld:
    """Of several texts one: a name that is open in any of them stays."""
    whole = Withheld()
    for one in names:
        whole.hidden |= one.hidden
        whole.open |= one.open
    whole.hidden -= whole.open
    return whole


def _with_withheld(session: Session, ids: Collection[str]) -> list[str]:
    hidden = select(AccusedRow.article_id).where(AccusedRow.article_id.in_(ids), AccusedRow.withheld.is_not(None))
    lost = select(MentionRow.article_id).where(MentionRow.article_id.in_(ids), MentionRow.n.is_(None))
    return sorted({*session.scalars(hidden), *session.scalars(lost.where(MentionRow.name.is_not(None)))})


def _names(session: Session, ids: Collection[str]) -> Iterable[tuple[str, set[str], bool]]:
    """Article, names, and whether they are hidden, of every accused of these texts."""
    stands = select(AccusedRow, MentionRow).outerjoin(
        MentionRow, and_(MentionRow.article_id == AccusedRow.article_id, MentionRow.n == AccusedRow.n)
    )
    for accused, mention in session.execute(stands.where(AccusedRow.article_id.in_(ids))):
        names = {accused.name, *accused.aliases} | (set() if mention is None else forms_of(mention))
        yield accused.article_id, names, accused.withheld is not None
    lost = session.scalars(
        select(MentionRow).where(
            MentionRow.article_id.in_(ids), MentionRow.n.is_(None), MentionRow.name.is_not(None)
        )
    ).all()
    down = withheld(session, lost)
    for mention in lost:
        if mention.verdict is Verdict.REJECTED or mention.id in down:
            yield mention.article_id, forms_of(mention), True
