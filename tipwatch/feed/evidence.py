"""`evidence.jsonl`: where each fact stands, as W3C Web Annotations (TextQuoteSelector, TextPositionSelector).

Refuses a quote with others' names: storage has masked them, so one with "[victim]" in it is found by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import orjson

from storage.records.feed import FeedRecord, FeedSpan
from tipwatch.feed.dataset import key, moment, person_key

MASK = re.compile(r"\[[a-z ]+\]")
CONTEXT = orjson.Fragment(b'["http://www.w3.org/ns/anno.jsonld",{"tw":"urn:tipwatch:"}]')


def evidence_lines(person_id: str, records: Sequence[FeedRecord]) -> Iterator[bytes]:
    """A line for each quote of somebody's records, in their order; then those of what the story says of the crime.

    These have the article for a subject, not the person, whom such a quote need not concern, and no word of a
    reviewer, who compares the person with the story.
    """
    own = person_key(person_id)
    for record in records:
        story, proof = key("a-", record.article_id), key("proof-", record.mention_id)
        state = {"type": "TimeState", "sourceDate": f"{moment(record.retrieved)}Z"}
        reviewed = record.reviewed or None
        for span in sorted(record.spans, key=_by_fact):
            yield _line(record, span, own, "identifying", reviewed, (story, proof), state)
        for element in record.elements:
            for span in element.spans:
                yield _line(record, span, story, "classifying", None, (story, proof), state)


def _by_fact(span: FeedSpan) -> tuple[str, int, int, str, str]:
    return span.fact, span.start, span.end, span.rule, span.exact


def _line(  # noqa: PLR0917 - inner
    record: FeedRecord,
    span: FeedSpan,
    subject: str,
    motivation: str,
    reviewed: str | None,
    keys: tuple[str, str],
    state: Mapping[str, str],
) -> bytes:
    exact = span.exact
    made = {
        "@context": CONTEXT,
        "id": f"urn:tipwatch:{record.mention_id}:{span.fact}:{span.start}-{span.end}:{span.rule}",
        "type": "Annotation",
        "motivation": motivation,
        "generator": {"type": "Software", "name": record.extractor_version, "tw:rule": span.rule},
        "body": {
            "type": "SpecificResource",
            "source": subject,
            "tw:fact": span.fact,
            "tw:proof": keys[1],
            "tw:article": keys[0],
            "tw:score": round(span.score, 4),
            "tw:reviewed": reviewed,
        },
        "target": {
            "source": record.url,
            "state": state,
            "selector": [
                {"type": "TextQuoteSelector", "exact": exact, "prefix": span.prefix, "suffix": span.suffix},
                {"type": "TextPositionSelector", "start": span.start, "end": span.end},
            ],
            "tw:digest": record.digest,
            "tw:addressShortened": record.address_shortened,
            "tw:masked": "[" in exact and MASK.search(exact) is not None,
        },
    }
    return orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)
