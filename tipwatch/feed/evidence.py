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
    """A line for each quote of somebody's records, in their order."""
    own = person_key(person_id)
    for record in records:
        for span in sorted(record.spans, key=lambda one: (one.fact, one.start, one.end, one.rule, one.exact)):
            yield orjson.dumps(_annotation(own, record, span), option=orjson.OPT_APPEND_NEWLINE)


def _annotation(own: str, record: FeedRecord, span: FeedSpan) -> dict[str, object]:
    quote = {"type": "TextQuoteSelector", "exact": span.exact, "prefix": span.prefix, "suffix": span.suffix}
    return {
        "@context": CONTEXT,
        "id": f"urn:tipwatch:{record.mention_id}:{span.fact}:{span.start}-{span.end}:{span.rule}",
        "type": "Annotation",
        "motivation": "identifying",
        "generator": {"type": "Software", "name": record.extractor_version, "tw:rule": span.rule},
        "body": {
            "type": "SpecificResource",
            "source": own,
            "tw:fact": span.fact,
            "tw:proof": key("proof-", record.mention_id),
            "tw:article": key("a-", record.article_id),
            "tw:score": round(span.score, 4),
            "tw:reviewed": record.reviewed or None,
        },
        "target": {
            "source": record.url,
            "state": {"type": "TimeState", "sourceDate": f"{moment(record.retrieved)}Z"},
            "selector": [quote, {"type": "TextPositionSelector", "start": span.start, "end": span.end}],
            "tw:digest": record.digest,
            "tw:masked": MASK.search(span.exact) is not None,
        },
    }
