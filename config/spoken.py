"""Which languages are spoken in a country, and by how many: CLDR's table, in the catalogue's codes.

Refuses to be read as shares of a whole: CLDR counts whoever can use a language, so a country's sum exceeds 1.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from babel.languages import get_territory_language_info

from config import codes

# What the catalogue and language detectors write; CLDR parts Norwegian's two norms and says Filipino.
_CATALOGUE = {"nb": "no", "nn": "no", "fil": "tl", "cmn": "zh"}
_OFFICIAL = frozenset({"official", "de_facto_official"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SpokenLanguage:
    """A language (ISO 639-1, else 639-3) and the share of a country's people who can use it, in [0, 1].

    `official` in the whole country, by law or in fact; a language of some provinces only is not.
    """

    code: str
    share: float
    official: bool


@functools.cache
def spoken(country: str) -> tuple[SpokenLanguage, ...]:
    """The languages of `country` (ISO 3166-1 alpha-2, lower case), the most used first. Raises KeyError.

    Shares are Unicode CLDR's, by way of Babel (`territoryInfo`): people who can read or speak the language, first
    or second, mostly from censuses of different years. Where CLDR lists a language once for each script (Serbian,
    Chinese) the largest share stands for it: mostly the same people know both. A spoken language need not be
    one that the press writes: Hong Kong speaks Cantonese (`yue`) and prints `zh`, Switzerland `gsw` and `de`.

    >>> [(one.code, one.share, one.official) for one in spoken("bo")[:2]]
    [('es', 0.61, True), ('qu', 0.32, True)]
    """
    if country not in codes.countries():
        raise KeyError(country)
    found: dict[str, SpokenLanguage] = {}
    for written, facts in get_territory_language_info(country.upper()).items():
        language = written.partition("_")[0]
        if language == "und":
            continue
        code = _CATALOGUE.get(language, language)
        share = min(round(facts["population_percent"] / 100, 6), 1.0)
        official = facts["official_status"] in _OFFICIAL
        known = found.get(code, SpokenLanguage(code=code, share=0.0, official=False))
        found[code] = SpokenLanguage(code=code, share=max(share, known.share), official=official or known.official)
    return tuple(sorted(found.values(), key=lambda one: (-one.share, one.code)))
