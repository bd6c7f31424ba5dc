"""`evidence.jsonl`: where each fact stands, as W3C Web Annotations (TextQuoteSelector, TextPositionSelector).

Refuses a quote with others' names: storage has masked them, so one with "[victim]" in it is found by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import orjson

from storage.records.feed import FeedRecord, FeedSpan
from tipwatch.feed.dataset import key, moment, person_key

MASK = re.compile(r"\[[a-z ]+\]")
CONTEXT = ("http://www.w3.org/ns/anno.jsonld", {"tw": "urn:tipwatch:"})


def evidence_lines(person_id: str, records: Sequence[FeedRecord]) -> Iterator[bytes]:
    """A line for each quote of somebody's records, in their order; then those of what the story says of the crime.

    These have the article for a subject, not the person, whom such a quote need not concern, and no word of a
    reviewer, who compares the person with the story.
    """
    own = person_key(person_id)
    for record in records:
        for span in sorted(record.spans, key=lambda one: (one.fact, one.start, one.end, one.rule, one.exact)):
            made = _annotation(record, span, own, "identifying", record.reviewed or None)
            yield orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)
        story = key("a-", record.article_id)
        for span in (span for element in record.elements for span in element.spans):
            made = _annotation(record, span, story, "classifying", None)
            yield orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)


def _annotation(
    record: FeedRecord, span: FeedSpan, subject: str, motivation: str, reviewed: str | None
) -> dict[str, object]:
    quote = {"type": "TextQuoteSelector", "exact": span.exact, "prefix": span.prefix, "suffix": span.suffix}
    return {
        "@context": CONTEXT,
        "id": f"urn:tipwatch:{record.mention_id}:{span.fact}:{span.start}-{span.end}:{span.rule}",
        "type": "Annotation",
        "motivation": motivation,
        "generator": {"type": "Software", "name": record.extractor_version, "tw:rule": span.rule},
        "body": {
            "type": "SpecificResource",
            "source": subject,
            "tw:fact": span.fact,
            "tw:proof": key("proof-", record.mention_id),
            "tw:article": key("a-", record.article_id),
            "tw:score": round(span.score, 4),
            "tw:reviewed": reviewed,
        },
        "target": {
            "source": record.url,
            "state": {"type": "TimeState", "sourceDate": f"{moment(record.retrieved)}Z"},
            "selector": [quote, {"type": "TextPositionSelector", "start": span.start, "end": span.end}],
            "tw:digest": record.digest,
            "tw:addressShortened": record.address_shortened,
            "tw:masked": MASK.search(span.exact) is not None,
        },
    }
