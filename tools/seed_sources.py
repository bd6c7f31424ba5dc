#!/usr/bin/env python3
"""Seeds config/sources from a list of news sites (CSV) and a person's choice of outlets (seed_choice.psv).

Refuses to touch a source that exists, unless told `--force`; writes nothing when a line of the choice fits
no address.

    .venv/bin/python tools/seed_sources.py ../shared/data/source-candidates.csv
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
CHOICE = ROOT / "tools" / "seed_choice.psv"
SEEDED_ON = "2026-11-22"
REASON = "seeded from an openly licensed list; nobody has reached it from here"
BY_HAND = "added by hand from general knowledge; nobody has reached it from here"
KINDS = {
    "n": "newspaper",
    "b": "broadcaster",
    "a": "agency",
    "d": "digital",
    "g": "government",
    "o": "ngo",
    "u": "unknown",
}
LEVELS = {"l": "local", "r": "regional", "n": "national", "i": "international", "u": "unknown"}
OWNERS = {"p": "private", "s": "state", "v": "public_service", "c": "community", "u": "unknown"}

# What an address says about a feed: court news hides in general and local feeds, not in these sections.
GOOD = re.compile(
    r"crime|court|police|policia|judicia|sucesos|local|nacional|national|region|latest|ultim|headline|top|home|"
    r"portada|breaking|news|actual|all\.rss|cronaca|metro|city|justice",
    re.IGNORECASE,
)
BAD = re.compile(
    r"sport|deport|futbol|football|soccer|cricket|tech|entertain|espect|showbiz|lifestyle|business|econom|financ|"
    r"opinion|blog|auto|video|podcast|travel|foreign|international|world|internacional|mundo|cultur|fashion|health|"
    r"film|movie|music|game|gadget|women|column|editorial|politi|tag/|market|property|food|science|celeb|comic|"
    r"photo|weather|jobs|education|religio|wirtschaft|comments",
    re.IGNORECASE,
)
# Stories a month by level: guesses, wide on purpose.
VOLUME = {"local": (20, 6000), "regional": (30, 12000), "national": (50, 30000), "international": (50, 30000)}
GUESSED_ITEM = "h2, h3"  # a heading with a link: the most common teaser; nobody has seen the page from here


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One line of seed_choice.psv."""

    country: str
    site: str
    name: str
    title: str
    traits: str
    languages: tuple[str, ...]
    addresses: tuple[str, ...]


def read_choices(path: Path) -> list[Choice]:
    """Lines of the choice, in order."""
    choices = []
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        country, key, title, traits, languages, addresses = line.split("|")
        site, _, name = key.partition("#")
        name = name or re.sub(r"[^a-z0-9]+", "_", site.split(".")[0].lower()).strip("_")
        choices.append(
            Choice(
                country=country,
                site=site,
                name=name,
                title=title,
                traits=traits,
                languages=tuple(languages.split(",")),
                addresses=tuple(addresses.split()),
            )
        )
    return choices


def host(url: str) -> str:
    """Host without www."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def belongs(url: str, site: str) -> bool:
    """True when `url` lies on `site` or below it."""
    return host(url) == site or host(url).endswith("." + site)


def score(row: dict[str, str], site: str) -> float:
    """How likely an address gives general or local news; higher is better."""
    parts = urlsplit(row["url"])
    path = f"{parts.path}?{parts.query}"
    points = {"feed": 2.0, "listing": 1.0, "sitemap": 0.0}[row["discover"]]
    points += 1.0 if row["discover"] == "sitemap" and "news" in path else 0.0
    points += 2.0 if row["seen_alive_2026"] else 0.0
    points -= 3.0 if BAD.search(path) else 0.0
    points += 1.0 if GOOD.search(path) else 0.0
    points += 1.5 if parts.path.rstrip("/") in ("/feed", "/rss", "/rss.xml", "/feed.xml") else 0.0
    points -= 0.0 if belongs(row["url"], site) else 0.5
    return points


def same(url: str) -> str:
    """An address without what rarely matters, to find it in the list."""
    parts = urlsplit(url)
    return f"{host(url)}{parts.path.rstrip('/')}?{parts.query}"


def discoveries(choice: Choice, rows: list[dict[str, str]]) -> tuple[list[tuple[str, str]], bool, str]:
    """Kinds and addresses, whether all come from the list, and the homepage."""
    known = {same(row["url"]): row for row in rows}
    if choice.addresses:
        found = []
        for address in choice.addresses:
            row = known.get(same(address))
            kind = row["discover"] if row else "sitemap" if "sitemap" in address else "feed"
            found.append((kind, address))
        listed = all(same(address) in known for address in choice.addresses)
        homepages = [row["homepage"] for row in rows if host(row["homepage"]) == choice.site]
        return found, listed, homepages[0] if homepages else f"https://{choice.site}/"
    ranked = sorted(rows, key=lambda row: (-score(row, choice.site), row["url"]))
    if not ranked:
        return [], False, ""
    best = ranked[0]
    found = [(best["discover"], best["url"])]
    if best["discover"] == "feed":
        news = [r["url"] for r in ranked if r["discover"] == "sitemap" and "news" in urlsplit(r["url"]).path]
        found += [("sitemap", url) for url in news[:1]]
    return found, True, best["homepage"]


def secured(url: str, rows: list[dict[str, str]]) -> str:
    """The https form where the list has one for this host."""
    hosts = {urlsplit(r[c]).hostname for r in rows for c in ("url", "homepage") if r[c].startswith("https:")}
    return "https:" + url[5:] if url.startswith("http:") and urlsplit(url).hostname in hosts else url


def root_of(url: str, site: str) -> str:
    """`scheme://host/`; the site itself where the list's homepage lies elsewhere (a feed service)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}/" if belongs(url, site) else f"https://{site}/"


def plain(text: str) -> str:
    """A YAML scalar: bare where that is safe, else in double quotes."""
    safe = re.fullmatch(r"[A-Za-zÀ-ɏ][^:#\[\]{}\"'|>&*!%@`,]*", text)
    trap = text.lower() in {"no", "yes", "on", "off", "true", "false", "null", "y", "n"}
    return text if safe and not trap else json.dumps(text, ensure_ascii=False)


def render(choice: Choice, rows: list[dict[str, str]]) -> str | None:
    """The YAML of one source, or None when the list has no address for it."""
    found, listed, homepage = discoveries(choice, rows)
    if not found:
        return None
    kind, level, owner = KINDS[choice.traits[0]], LEVELS[choice.traits[1]], OWNERS[choice.traits[2]]
    official = choice.traits.endswith("!")
    guessed = any(kind == "listing" for kind, _ in found)
    low, high = (0, 300) if official else VOLUME.get(level, (20, 30000))
    origin = "openly licensed lists of news sites (MIT, CC0)" if listed else "general knowledge: the lists lack it"
    lines = [
        f"# Seeded by tools/seed_sources.py on {SEEDED_ON}. Addresses: {origin}.",
        "# Title, kind, ownership and level: general knowledge. Nobody has reached this source from here.",
        f"title: {plain(choice.title)}",
        f"homepage: {secured(root_of(homepage, choice.site), rows)}",
        "publisher:",
        f"  name: {plain(choice.title)}",
        f"  kind: {kind}",
        f"  ownership: {owner}",
        f"  official: {str(official).lower()}",
        f"countries: [{plain(choice.country)}]",
        f"languages: [{', '.join(plain(code) for code in choice.languages)}]",
        f"level: {level}",
        "discover:",
    ]
    for way, url in found:
        lines.append(f"  - {way}: {secured(url, rows)}")
        lines += [f'    item: "{GUESSED_ITEM}"  # a guess'] if way == "listing" else []
    lines += [
        "politeness: {delay: 10, pages_per_run: 100}",
        f"expected: {{min: {low}, max: {high}}}  # stories a month: a guess, wide on purpose",
        "status:",
        "  state: unverified",
        f"  reason: {REASON if listed else BY_HAND}",
        f"  date: {SEEDED_ON}",
    ]
    notes = [] if listed else ["The address was added by hand from general knowledge; no list vouches for it."]
    notes += ["The listing's selectors are a guess: nobody has seen the page from here."] if guessed else []
    lines += [f'notes: "{" ".join(notes)}"'] if notes else []
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the sources; exit code 2 when a choice fits no address or stands twice."""
    parser = argparse.ArgumentParser(description="Seed config/sources from a list and a choice.")
    parser.add_argument("csv", type=Path, help="source-candidates.csv")
    parser.add_argument("--output", type=Path, default=ROOT / "config" / "sources")
    parser.add_argument("--force", action="store_true", help="overwrite sources that exist")
    arguments = parser.parse_args()
    with arguments.csv.open(encoding="utf-8", newline="") as stream:
        listed = list(csv.DictReader(stream))
    by_country: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in listed:
        by_country[row["country"]].append(row)
    texts: dict[Path, str] = {}
    faults: list[str] = []
    for choice in read_choices(CHOICE):
        rows = [
            row
            for row in by_country[choice.country]
            if belongs(row["homepage"], choice.site) or belongs(row["url"], choice.site)
        ]
        text = render(choice, rows)
        path = arguments.output / choice.country / f"{choice.name}.yml"
        if text is None:
            faults.append(f"{choice.country} {choice.site}: no address in the list")
        elif path in texts:
            faults.append(f"{choice.country} {choice.site}: {path.name} stands twice")
        else:
            texts[path] = text
    if faults:
        sys.stderr.write("\n".join(faults) + "\n")
        return 2
    written = 0
    for path, text in texts.items():
        if arguments.force or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            written += 1
    sys.stdout.write(f"{written} written, {len(texts) - written} left alone\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
