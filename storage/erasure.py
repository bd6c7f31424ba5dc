"""Takes a name and every fact that hangs on it out of the tables, and blacks it out in the prose that stays.

Refuses to take the digests: whoever had to be forgotten must be known when the name comes again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from storage.counting import insert_into
from storage.forgotten import digests
from storage.look_alikes import traces
from storage.records.people import MACHINE, Verdict
from storage.resolution.names import tokens
from storage.stale import CHUNK, mark, months_of_stories
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.facts import AccusedRow, EvidenceRow, ReportRow
from storage.tables.people import (
    CaseMentionRow,
    CaseRow,
    FormerPersonRow,
    JudgementRow,
    MentionKeyRow,
    MentionRow,
    NameCountRow,
    PartyRow,
    PersonRow,
)

BLACK = "█"  # one for each character, so that every span still fits
NEVER_AGAIN = 2**31 - 1
"""A version that no reader reaches: what has it is not read again."""
_PART = (
    4  # letters of a word of a name that alone gives it away; shorter ones ("Ram", "Ali") go with the whole name
)
_ENDING = 6  # letters from which a word may have an ending (Slavic, Turkish cases)


def forms_of(mention: MentionRow) -> set[str]:
    """Every form of the name that is kept of a mention."""
    found = {mention.name} if mention.name else set()
    for facts in (mention.machine, mention.human or {}, mention.reviewed_original or {}):
        found |= {form for form in (facts.get("name"), *(facts.get("aliases") or ())) if form}
    return found


def erase(session: Session, mentions: Sequence[MentionRow]) -> None:
    """Take name and facts of these mentions; the rows stay with their ids, digests and what a human decided."""
    ids = [row.id for row in mentions]
    fresh = traces(session, [row for row in mentions if row.verdict is not Verdict.REJECTED or not row.traces])
    for row in mentions:
        row.traces = fresh.get(row.id, row.traces or {})
        if row.verdict is Verdict.REJECTED:  # of who was cleared the whole name is enough
            row.digests = sorted({*row.digests, *digests(forms_of(row), parts=True)})
    drop_facts(session, mentions)
    drop_judgements(session, ids)
    _uncount(session, mentions)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        session.execute(delete(MentionKeyRow).where(MentionKeyRow.mention_id.in_(some)))
        session.execute(delete(CaseMentionRow).where(CaseMentionRow.mention_id.in_(some)))
    for row in mentions:
        row.name, row.machine, row.human, row.reviewed_original = None, {}, None, None
        row.n, row.person_id, row.unresolved, row.reopened = None, None, False, False
        row.urgency = 0.0  # nothing is left to decide
    session.flush()


def _uncount(session: Session, mentions: Iterable[MentionRow]) -> None:
    """One bearer less of each word of these names; of a word that nobody bears any more nothing is left."""
    less: Counter[str] = Counter()
    for row in mentions:
        less.update({token[:64] for form in forms_of(row) for token in tokens(form)})
    for token, n in sorted(less.items()):
        session.execute(update(NameCountRow).where(NameCountRow.token == token).values(n=NameCountRow.n - n))
    words = sorted(less)
    for start in range(0, len(words), CHUNK):
        some = NameCountRow.token.in_(words[start : start + CHUNK])
        session.execute(delete(NameCountRow).where(some, NameCountRow.n <= 0))


def drop_facts(session: Session, mentions: Iterable[MentionRow]) -> None:
    """Delete what stands of these mentions, with its evidence; their months are counted again."""
    rows = list(mentions)
    mark(session, months_of_stories(session, {row.article_id for row in rows}))
    for row in rows:
        held = session.execute(
            select(AccusedRow.article_id, AccusedRow.n).where(AccusedRow.mention_id == row.id)
        ).all()
        for article_id, n in held:
            proofs = EvidenceRow.fact.startswith(f"accused/{n}/", autoescape=True)
            session.execute(delete(EvidenceRow).where(EvidenceRow.article_id == article_id, proofs))
            session.execute(delete(AccusedRow).where(AccusedRow.article_id == article_id, AccusedRow.n == n))


def drop_judgements(session: Session, mention_ids: Collection[str]) -> None:
    """Delete the machine's judgements of these mentions; a human's hold no name and stay."""
    ids = sorted(mention_ids)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        touching = or_(JudgementRow.left.in_(some), JudgementRow.right.in_(some))
        session.execute(delete(JudgementRow).where(JudgementRow.by == MACHINE, touching))


def drop_person(session: Session, person_id: str, now: dt.datetime) -> None:
    """Delete a person; its id leads nowhere from now on. Cases in which nobody is left go too."""
    session.execute(delete(PartyRow).where(PartyRow.person_id == person_id))
    peopled = exists().where(PartyRow.case_id == CaseRow.id)
    told = exists().where(CaseMentionRow.case_id == CaseRow.id)
    session.execute(delete(CaseRow).where(~peopled, ~told))
    session.execute(update(FormerPersonRow).where(FormerPersonRow.person_id == person_id).values(person_id=None))
    session.execute(delete(PersonRow).where(PersonRow.id == person_id))
    statement = insert_into(session, FormerPersonRow)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={"person_id": None, "at": statement.excluded.at}
        ),
        {"id": person_id, "person_id": None, "at": now},
    )


def black_out(session: Session, article_ids: Iterable[str], forms: Collection[str]) -> None:
    """Black these forms out in text, titles and quotes of the articles. Call it after their facts are gone.

    Words that another accused of the same text shares (a family's name) stay where they stand alone.
    """
    for article_id in sorted(set(article_ids)):
        others = session.execute(
            select(AccusedRow.name, AccusedRow.aliases).where(AccusedRow.article_id == article_id)
        ).all()
        shared = {word for name, aliases in others for form in (name, *aliases) for word in tokens(form)}
        blacked = blacker(forms, shared)
        article = session.get(ArticleRow, article_id)
        if article is not None:
            article.text = blacked(article.text)
        report = session.get(ReportRow, article_id)
        if report is not None and report.title is not None:
            report.title = blacked(report.title)
        for copy in session.scalars(select(CopyRow).where(CopyRow.article_id == article_id)):
            copy.title = None if copy.title is None else blacked(copy.title)
        for proof in session.scalars(select(EvidenceRow).where(EvidenceRow.article_id == article_id)):
            proof.quote = blacked(proof.quote)
            proof.prefix = None if proof.prefix is None else blacked(proof.prefix)
            proof.suffix = None if proof.suffix is None else blacked(proof.suffix)
    session.flush()


def blacker(forms: Collection[str], shared: Collection[str] = ()) -> Callable[[str], str]:
    """A function that puts a black sign for each letter of these names.

    Whole names go whatever stands between their words; single words of four letters or more go too, with an ending
    of up to three letters where they have six or more, unless they are in `shared` (folded).

    >>> blacker(["Ram Testman"])("Testman, said Ram  Testman's lawyer, rammed")
    "███████, said ███  ███████'s lawyer, rammed"
    """
    patterns = []
    for form in sorted(forms, key=lambda one: (-len(one), one)):
        words = re.findall(r"\w+", form)
        if not words:
            continue
        spaced = r"[\W_]+".join(map(re.escape, words))
        is_ascii = form.isascii()  # scripts without spaces have no edges of words
        patterns.append(rf"(?<!\w){spaced}(?!\w)" if is_ascii else spaced)
        for word in words:
            if len(word) >= _PART and not set(tokens(word)) & set(shared):
                ending = r"\w{0,3}" if len(word) >= _ENDING else ""
                patterns.append(rf"(?<!\w){re.escape(word)}{ending}(?!\w)")
    if not patterns:
        return lambda text: text
    known = re.compile("|".join(dict.fromkeys(patterns)), re.IGNORECASE)
    return lambda text: known.sub(lambda match: re.sub(r"\w", BLACK, match.group()), text)
