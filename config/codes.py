"""Country and language codes that exist, by CLDR.

Refuses regions that are no country (EU, UN, ZZ) and codes in any case but lower.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from babel import Locale
from babel.core import get_global

from config.faults import ConfigError, ConfigErrors
from config.validation import did_you_mean, fault

# CLDR lists these beside the countries: unions, pseudo-locales, unknown.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "root", "mis"})
# What people write; CLDR knows the country only by its code.
_SPOKEN = {
    "uk": "gb",
    "el": "gr",
    "usa": "us",
    "uae": "ae",
    "burma": "mm",
    "ivory coast": "ci",
    "czech republic": "cz",
}


@functools.cache
def countries() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 (lower case; `xk` for Kosovo as CLDR has it) → English name."""
    named = Locale("en").territories
    return {c.lower(): n for c, n in sorted(named.items()) if len(c) == 2 and c.isalpha() and c not in _NO_COUNTRY}


@functools.cache
def languages() -> Mapping[str, str]:
    """ISO 639-1, or 639-2 where there is no shorter code (`ceb`, `tet`) → English name."""
    named = dict(Locale("en").languages) | {
        "tl": "Tagalog"
    }  # CLDR folds tl into fil; the press and detectors say tl
    return {c: n for c, n in sorted(named.items()) if len(c) in (2, 3) and c.isalpha() and c not in _NO_LANGUAGE}


def country(code: str) -> str:
    """`code` if it is a country's; raises a pydantic fault with the likely one."""
    if code in countries():
        return code
    raise fault(f'"{code}" is no country code', _likely(code, countries()))


def language(code: str) -> str:
    """`code` if it is a language's; raises a pydantic fault with the likely one."""
    if code in languages():
        return code
    raise fault(f'"{code}" is no language code', _likely(code, languages()))


def likely_country(code: str) -> str:
    """What somebody who wrote `code` may have meant, as a remedy."""
    return _likely(code, countries())


def asked_country(code: str) -> str:
    """A country as asked for on a command line; raises ConfigErrors."""
    wanted = code.strip().lower()
    if wanted in countries():
        return wanted
    remedy = _likely(code, countries())
    raise ConfigErrors(
        [
            ConfigError(
                file="arguments", line=None, key="country", problem=f'"{code}" is no country code', remedy=remedy
            )
        ]
    )


def _likely(code: str, known: Mapping[str, str]) -> str:
    word = code.strip().lower()
    if word in _SPOKEN and _SPOKEN[word] in known:
        return f"did you mean {_SPOKEN[word]} ({known[_SPOKEN[word]]})?"
    if word in known:
        return f"write it in lower case: {word}"
    aliases = get_global("language_aliases") if known is languages() else {}
    if aliases.get(word) in known:
        word = str(aliases[word])
        return f"did you mean {word} ({known[word]})?"
    by_name = {name.lower(): key for key, name in known.items()}
    near = by_name.get(word) or by_name.get(did_you_mean(word, by_name) or "")
    if near is None and len(word) > 2:
        near = word[:2] if word[:2] in known else None
    return f"did you mean {near} ({known[near]})?" if near else "write two lower-case letters, ISO 3166-1 or 639-1"
