"""A story as a record of the feed: where it stands, what it says of one person, and the spans that prove it.

Refuses a record without a span that proves it, and any name but the person's.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from extraction.model import Offence
from extraction.model.palermo import ElementKind
from storage.feed.loading import Proof, Standing, Story, Worded
from storage.feed.masks import Mask
from storage.records.feed import FeedElement, FeedRecord, FeedSpan, FeedStory

FACT: Final = 5
"""Where the fact stands in a proof."""
BY_PLACE = itemgetter(FACT, 2, 3, 4)  # then start, end, k


def record(standing: Standing, story: Story) -> FeedRecord | None:
    """What the story says of this person; None where no address holds it, or nothing proves it (any more)."""
    mask = story.named.mask_for(standing.mention_id)
    spans = _quotes(sorted(story.proofs.get(standing.n, ())), mask)
    if not story.copies or not spans:
        return None
    charges = _charges(story.charges.get(standing.n, ()), mask)
    return FeedRecord(
        **told(standing.article_id, story, standing.mention_id),
        mention_id=standing.mention_id,
        case_id=standing.case_id,
        name=standing.name,
        aliases=standing.aliases,
        stage=standing.stage,
        stage_date=standing.stage_date,
        age=standing.age,
        nationality=standing.nationality,
        countries=story.places,
        offences=tuple(sorted(story.offences.get(standing.n, ()))),
        charges=tuple(charges),
        charge_offences=tuple(charges.values()),
        penalties=tuple(dict.fromkeys(map(mask, story.penalties.get(standing.n, ())))),
        score=round(standing.score, 4),
        reviewed="" if standing.verdict is None else standing.verdict.value,
        reviewed_at=standing.reviewed_at,
        corrected_fields=standing.corrected,
        first_seen=standing.first_seen,
        spans=spans,
        elements=_elements(story.elements, mask),
    )


def story_of(article_id: str, story: Story) -> FeedStory | None:
    """The story alone, of nobody; None where no address holds it (any more)."""
    return FeedStory(**told(article_id, story, "")) if story.copies else None


def told(article_id: str, story: Story, mention_id: str) -> dict[str, Any]:
    """The fields of `FeedStory` as told of one mention ("": of none); the story has a copy.

    An address is given where nobody else is named in it: neither whom the reader protects, nor a co-accused, who
    may be cleared or taken down tomorrow while the address stays with whoever is convicted.
    """
    first, mask = story.copies[0], story.named.mask_for(mention_id)
    safe = [
        copy.names_others is False and not story.named.is_named_in(copy.url, mention_id) for copy in story.copies
    ]
    shortened = not safe[0]
    others = tuple(copy.url for copy, is_safe in zip(story.copies[1:], safe[1:], strict=True) if is_safe)
    return {
        "article_id": article_id, "url": site(first.url) if shortened else first.url, "other_urls": others,
        "address_shortened": shortened,
        "title": None if story.title is None else mask(story.title), "language": first.language,
        "published": first.published, "retrieved": first.fetched_at, "digest": first.digest,
        "source_id": first.source_id, "source_title": first.title,
        "source_country": first.source_country or first.country, "publisher": first.publisher,
        "official": first.official, "extractor_version": story.extractor_version,
    }  # fmt: skip


def _charges(
    charges: Iterable[Worded], mask: Mask
) -> dict[tuple[str, str | None, str | None], tuple[Offence, ...]]:
    """Each charge once, in order, with its categories: none where one of those with the same words has none."""
    found: dict[tuple[str, str | None, str | None], tuple[Offence, ...]] = {}
    for text, law, section, offences in charges:
        key = (mask(text), law, section)
        before = found.get(key, offences)
        found[key] = tuple(sorted({*before, *offences})) if before and offences else ()
    return found


def _elements(proofs: Iterable[Proof], mask: Mask) -> tuple[FeedElement, ...]:
    found: dict[str, list[Proof]] = {}
    for one in sorted(proofs, key=BY_PLACE):
        found.setdefault(one[FACT], []).append(one)
    return tuple([_element(fact, _quotes(several, mask)) for fact, several in found.items()])


def _element(fact: str, spans: tuple[FeedSpan, ...]) -> FeedElement:
    kind, value = _stated(fact)
    return FeedElement(kind=kind, value=value, spans=spans)


@lru_cache(maxsize=1 << 8)
def _stated(fact: str) -> tuple[ElementKind, str]:
    _, kind, value = fact.split("/")
    return ElementKind(kind), value


def site(url: str) -> str:
    """The root of the site of an address.

    >>> site("https://herald.example:8080/2026/maya-sampleson-speaks?id=1#top")
    'https://herald.example:8080/'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/", "", ""))


def _quotes(proofs: Iterable[Proof], mask: Mask) -> tuple[FeedSpan, ...]:
    return tuple([
        FeedSpan(
            fact=fact, exact=mask(quote), prefix=mask(prefix) if prefix else "",
            suffix=mask(suffix) if suffix else "", start=start, end=end, rule=rule, score=score,
        )
        for _, _, start, end, _, fact, quote, prefix, suffix, rule, score in proofs
    ])  # fmt: skip
