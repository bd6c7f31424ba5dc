"""How far our sources reach in a country: languages spoken against those watched and read.

Refuses figures of its own: who speaks what is Unicode CLDR's word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache

from config.spoken import SpokenLanguage, spoken
from storage.records.coverage import LanguageReach
from storage.records.sources import SourceFacts

LEAST_SHARE = 0.01
"""Languages that fewer than one in a hundred can use are left out, unless official or written by a source."""


def language_reach(
    country: str, sources: Sequence[SourceFacts], watched: Collection[str], read_languages: Collection[str]
) -> tuple[LanguageReach, ...]:
    """The languages of a country, the most spoken first, then those of our sources that CLDR does not list."""
    known = {one.code: one for one in _spoken(country)}
    written = Counter(language for one in sources for language in one.languages)
    seen = Counter(language for one in sources if one.id in watched for language in one.languages)
    wanted = [
        code
        for code, one in known.items()
        if one.official or code in written or (one.share is not None and one.share >= LEAST_SHARE)
    ]
    return tuple(
        LanguageReach(
            language=code,
            share=known[code].share if code in known else None,
            official=code in known and known[code].official,
            sources=written[code],
            watched=seen[code],
            is_read=code in read_languages,
        )
        for code in [*wanted, *sorted(set(written) - known.keys())]
    )


@cache
def _spoken(country: str) -> tuple[SpokenLanguage, ...]:
    return spoken(country)
