"""Sums of money in prose: amount and currency, the currency decided by the court's country where a sign is shared.

Refuses to guess: "$" or "Rs" without a country that uses it has an amount and no currency.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from babel.numbers import get_territory_currencies

from extraction.components.lexis import Lexis

SCALES = {
    "hundred": 100, "thousand": 1_000, "lakh": 100_000, "million": 1_000_000, "crore": 10_000_000,
    "billion": 1_000_000_000,
}  # fmt: skip
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum with its span."""

    start: int
    end: int
    amount: float
    currency: str | None


class MoneyReader:
    """Finds sums."""

    def __init__(self, lexis: Lexis) -> None:
        words = lexis.lexicon.words
        self.currencies: dict[str, list[str]] = {}
        for name, entries in words.items():
            if name.startswith("currency."):
                for entry in entries:
                    self.currencies.setdefault(entry, []).append(name.removeprefix("currency."))
        self.scales = {
            entry: factor for name, factor in SCALES.items() for entry in words.get(f"money.{name}", ())
        }
        self.numbers = {w: float(n) for n, w in enumerate(words["words.numbers"])} | {"a": 1.0, "half a": HALF}
        self.comma = words.get("money.decimal") == (",",)  # "1.500,50", as most of Europe and Indonesia write
        every = sorted(self.currencies, key=len, reverse=True)
        signs = "|".join(re.escape(e) for e in every if len(e) <= len("Rs. ") or not e.islower())
        names = "|".join(re.escape(e) for e in every if len(e) > 1 and e[0].isalpha())
        self.sum = lexis.pattern("money.sum", signs=signs, names=names)

    def find(self, text: str, country: str | None) -> Iterator[Sum]:
        """Every sum; `country` (alpha-2) decides between currencies of one sign."""
        for m in self.sum.finditer(text):
            amount = self.amount(m["a"] or m["a2"])
            if amount is None:
                continue
            scale = self.scales.get((m["m"] or m["m2"] or "").lower(), 1)
            yield Sum(*m.span(), amount * scale, self.currency(m["s"] or m["w"], country))

    def amount(self, word: str) -> float | None:
        """A number as money writes it: "5,00,000", "1.5", "two"."""
        figures = word.replace(".", "").replace(",", ".") if self.comma else word.replace(",", "")
        try:
            return float(figures)
        except ValueError:
            return self.numbers.get(word.lower())

    def currency(self, sign: str, country: str | None) -> str | None:
        """The only currency of a sign, or the country's own among several."""
        codes = self.currencies[sign]
        if country is not None:
            own = next((c for c in local(country) if c in codes), None)
            if own is not None:
                return own
        return codes[0] if len(codes) == 1 else None


def local(country: str) -> Mapping[str, None]:
    """The currencies in use in a country, by CLDR; none for a code that CLDR does not know."""
    return dict.fromkeys(get_territory_currencies(country.upper()))
