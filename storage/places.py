"""Countries of a text, for whoever asks whether two of one name may be one: of prosecution, else the next best.

Refuses to guess: a text of which no country is known has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from extraction.model import CountryRole
from storage.stale import chunks
from storage.tables.articles import CopyRow
from storage.tables.facts import CountryFactRow


def countries_of(session: Session, article_ids: Iterable[str]) -> dict[str, set[str]]:
    """Countries of prosecution by article, else of reporting, else of the sources that hold it; may be none."""
    ids = set(article_ids)
    found: dict[str, set[str]] = {one: set() for one in ids}
    spoken: dict[CountryRole, dict[str, set[str]]] = {
        CountryRole.PROSECUTION: defaultdict(set), CountryRole.REPORTING: defaultdict(set),
    }  # fmt: skip
    for chunk in chunks(ids):
        query = select(CountryFactRow.article_id, CountryFactRow.role, CountryFactRow.country).where(
            CountryFactRow.article_id.in_(chunk), CountryFactRow.role.in_(list(spoken))
        )
        for article_id, role, country in session.execute(query):
            spoken[role][article_id].add(country)
        held = select(CopyRow.article_id, CopyRow.country).where(
            CopyRow.article_id.in_(chunk), CopyRow.country.is_not(None)
        )
        for article_id, code in session.execute(held):
            found[article_id].add(str(code))
    return {
        one: spoken[CountryRole.PROSECUTION].get(one) or spoken[CountryRole.REPORTING].get(one) or found[one]
        for one in ids
    }
