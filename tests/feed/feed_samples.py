"""Invented persons of the feed, by hand and by Hypothesis.

Refuses real names: everybody here is made up.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from extraction.model import Offence, Stage
from storage.records.feed import FeedCase, FeedOrganisation, FeedPerson, FeedRecord, FeedSpan, FeedStory

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def span(**changes: Any) -> FeedSpan:
    """The quote of a stage."""
    made = FeedSpan(
        fact="stage", exact="sentenced Ravi Testman for trafficking [victim]", prefix="Judge on Monday ",
        suffix=", said", start=20, end=67, rule="stage.sentenced/1", score=0.91,
    )  # fmt: skip
    return replace(made, **changes)


def record(n: int = 1, **changes: Any) -> FeedRecord:
    """The n-th story, which tells of a sentence in India."""
    made = FeedRecord(
        article_id=f"{n:064x}", url=f"https://herald.example/news/{n}", other_urls=(f"https://copy.example/{n}?a=b",),
        title="Man sentenced for trafficking [victim]", language="en", published="2026-02-27",
        retrieved=NOW + dt.timedelta(minutes=n), digest="sha256:" + f"{n:064x}", source_id="in_herald",
        source_title="The Herald", source_country="in", publisher="Herald Press", official=False,
        extractor_version="text-1.read-1", mention_id=f"{n:020x}", case_id="c-0001", name="Ravi Testman",
        aliases=("Ravi K. Testman",), stage=Stage.SENTENCED, stage_date="2026-02-26", age=41, nationality="np",
        countries=("in",), offences=(Offence.LABOUR_TRAFFICKING,),
        charges=(("trafficking for labour", "Indian Penal Code, 1860", "370"),), penalties=("ten years",),
        score=0.93, reviewed="accepted", reviewed_at=NOW + dt.timedelta(days=1), first_seen=NOW, spans=(span(),),
    )  # fmt: skip
    return replace(made, **changes)


def case(**changes: Any) -> FeedCase:
    """The case of `record`."""
    made = FeedCase(
        id="c-0001", country="in", courts=("Sessions Court, Patna",), first_date="2025-11", last_date="2026-02-27",
        stage=Stage.SENTENCED, stage_date="2026-02-26", offences=(Offence.LABOUR_TRAFFICKING,),
        charges=("trafficking for labour",), victims=(("female", "child", 2),),
    )  # fmt: skip
    return replace(made, **changes)


def person(n: int = 1, **changes: Any) -> FeedPerson:
    """A person sentenced in that case."""
    made = FeedPerson(
        id=f"p-{n:016x}", former_ids=(), name="Ravi Testman", aliases=("Ravi K. Testman", "Bunty"),
        nationality="np", birth_years=(1984, 1985), countries=("in",), stage=Stage.SENTENCED,
        stage_date="2026-02-26", perpetrator=True, reviewed=True, first_seen=NOW,
        last_seen=NOW + dt.timedelta(minutes=n), cases=(case(),), records=(record(n),),
    )  # fmt: skip
    return replace(made, **changes)


def accused(n: int = 2, **changes: Any) -> FeedPerson:
    """A person charged in the same case, whom nobody has reviewed."""
    told = record(
        n, name="Olga Sampleson", aliases=(), stage=Stage.CHARGED, age=None, nationality=None, reviewed="",
        reviewed_at=None, offences=(Offence.SEX_TRAFFICKING,),
        spans=(span(exact="Olga Sampleson was charged", fact="stage"),),
    )  # fmt: skip
    made = person(
        n, name="Olga Sampleson", aliases=(), nationality=None, birth_years=None, stage=Stage.CHARGED,
        perpetrator=False, reviewed=False, records=(told,),
        cases=(case(stage=Stage.CHARGED, offences=(Offence.SEX_TRAFFICKING,)),),
    )  # fmt: skip
    return replace(made, **changes)


def organisation(**changes: Any) -> FeedOrganisation:
    """An agency that a story accuses."""
    of = record(7)
    story = FeedStory(**{name: getattr(of, name) for name in FeedStory.__dataclass_fields__})
    made = FeedOrganisation(
        id="o-00aa", name="Dreamwork Placements Testing Ltd", countries=("in",), records=(story,)
    )
    return replace(made, **changes)
