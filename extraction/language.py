"""The language of a text, by py3langid's statistics and what the source says that it writes in.

Refuses to be sure of little: a short or doubtful text has no language (None).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

MIN_LETTERS = 40
SURE = 0.5
SURE_EXPECTED = 0.2
"""A language that the source is known to write in needs less of the probability."""

_SAMPLE = 4_000
_LOCK = threading.Lock()
# Written standards of one press language, and Filipino under its ISO 639-1 code; left: py3langid's or a source's.
_ALIASES = {"nb": "no", "nn": "no", "fil": "tl", "arz": "ar", "ary": "ar", "yue": "zh", "wuu": "zh"}


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect(text: str, expected: Sequence[str] = ()) -> tuple[str | None, float]:
    """(ISO 639-1 code or None, probability in [0, 1]) of `text`.

    `expected` are the languages of the source: with their help a close race (Indonesian or Malay, Serbian or
    Croatian) is decided, never a clear result overturned. Under 40 letters or when unsure: (None, probability).
    `detect("The court sentenced the two men to twelve years in prison on Monday.")[0] == "en"`.
    """
    sample = " ".join(text[: _SAMPLE * 2].split())[:_SAMPLE]
    if sum(1 for character in sample if character.isalpha()) < _letters_needed(sample):
        return None, 0.0
    with _LOCK:  # the first call loads the model
        identifier = _identifier()
    ranked = identifier.rank(sample)
    best, score = ranked[0]
    wanted = {_ALIASES.get(code, code) for code in expected}
    if _code(best) not in wanted:
        for label, probability in ranked[1:4]:
            if _code(label) in wanted and probability >= SURE_EXPECTED and probability >= score / 3:
                best, score = label, probability
                break
    needed = SURE_EXPECTED if _code(best) in wanted else SURE
    code = _code(best)
    known = len(code) == 2  # the rest of py3langid's labels have no ISO 639-1 code ("pcm", "zxx")
    return (code, float(score)) if known and score >= needed else (None, float(score))


def _code(label: str) -> str:
    return _ALIASES.get(label, label)


def _letters_needed(sample: str) -> int:
    """Chinese, Japanese, Korean and Thai say as much in a third of the letters."""
    dense = sum(1 for character in sample if "\u0e00" <= character <= "\u0e7f" or character >= "\u3040")
    return MIN_LETTERS // 3 if dense * 2 > len(sample) else MIN_LETTERS
