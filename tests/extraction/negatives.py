"""Two thousand stories that accuse nobody of trafficking, by a seeded generator from skeletons.

Refuses gold: nothing here trains; every person, company and case is invented, only places and institutions exist.

`tests/gold/negatives_en.jsonl` and `negatives_b_en.jsonl` (of another author, never opened to mend the reader)
have a pool of names and towns or a skeleton a line. In a skeleton's titles and paragraphs stand slots and choices:

- `{A:in.m}` makes person A from pool `in` (`.m`, `.f`, or neither), `{A:in.f~B}` with B's family name; then `{A}`
  is the full name, `{A.s}` what the press calls the person next, `{A.f}` the given name, `{A.u}` all in capitals.
- `{c:town.in}` a town, then `{c}`; `{n:2-9}` a number, then `{n}`; `{k:w2-9}` a number in words; `{town.in}`,
  `{#2-9}`, `{w2-9}`, `{in.m}` the same once. `{age}`, `{day}`, `{month}`, `{year}`, `{date}` (3 March), `{mdate}`.
- `{one|two|}` is a choice; `[[...]]` stands in half of the texts; so does a paragraph that begins with `? `;
  paragraphs that begin with `~ ` may change places with each other (`?~ ` is both).
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from extraction.model import Article

GOLD = Path(__file__).resolve().parents[1] / "gold"
FILE = GOLD / "negatives_en.jsonl"
FRESH = GOLD / "negatives_b_en.jsonl"
SEED = 20261122
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
SLOT = re.compile(r"\{([^{}]*)\}")
OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
PERSON = re.compile(r"([a-z]{2,3})(?:\.([mf]))?(?:~([A-Z]))?")
RANGE = re.compile(r"(w?)(\d+)-(\d+)")
ARTICLE = re.compile(r"\b([Aa]) (?=(?:8\d?|11|18|eight|eleven|eighteen)\b|[AIO][a-z]{3}|E(?!u)[a-z]{3})")
MARK = re.compile(r"^(\??)(~?)(?: |$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """Names and towns of one culture. `short` is what a second mention is: "family", "given" or "full"."""

    male: tuple[str, ...]
    female: tuple[str, ...]
    family: tuple[str, ...]
    towns: tuple[str, ...]
    short: str = "family"
    family_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Skeleton:
    """A hand-written story with slots. `kind` is its subject, `country` the outlet's (ISO alpha-2, lower case)."""

    id: str
    kind: str
    country: str
    titles: tuple[str, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """An invented person."""

    given: str
    family: str
    full: str
    short: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Negative:
    """One text with the skeleton that it came from."""

    skeleton: Skeleton
    article: Article


def load(file: Path = FILE) -> tuple[Mapping[str, Pool], tuple[Skeleton, ...]]:
    """Pools by their code, and the skeletons in the file's order."""
    pools: dict[str, Pool] = {}
    skeletons: list[Skeleton] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(line).items()}
        if "pool" in row:
            code = row.pop("pool")
            pools[code] = Pool(**row)
        else:
            skeletons.append(Skeleton(**row))
    return pools, tuple(skeletons)


def expand(count: int, *, seed: int = SEED, file: Path = FILE) -> Iterator[Negative]:
    """`count` texts, skeleton after skeleton, round after round; a new skeleton changes no text of the others."""
    pools, skeletons = load(file)
    for n in range(count):
        skeleton = skeletons[n % len(skeletons)]
        turn = n // len(skeletons)
        yield Negative(skeleton=skeleton, article=write(skeleton, pools, seed, turn))


def write(skeleton: Skeleton, pools: Mapping[str, Pool], seed: int, turn: int) -> Article:
    """One text of a skeleton."""
    rng = random.Random(f"{seed}:{skeleton.id}:{turn}")
    filling = Filling(pools, rng)
    chosen = arrange(skeleton.paragraphs, rng)
    raw = [rng.choice(skeleton.titles), *chosen]
    for kin in (False, True):  # any paragraph may use what another one defines; kin take a name that is there
        for template in (*skeleton.titles, *skeleton.paragraphs):
            filling.define(template, kin=kin)
    title = filling.fill(raw[0])
    filling.headline = dict(filling.loose)
    body = [filling.fill(template) for template in raw[1:]]
    key = f"negative-{skeleton.id}-{turn}"
    day = dt.date(2017, 1, 2) + dt.timedelta(days=rng.randrange(3200))
    return Article(
        id=key,
        url=f"https://news.example/{key}",
        title=title,
        text="\n\n".join([title, *body]),
        published=day.isoformat(),
        language="en",
        country=skeleton.country,
        source="news.example",
    )


def arrange(paragraphs: Sequence[str], rng: random.Random) -> list[str]:
    """Paragraphs without their marks: some of the optional ones, the movable ones in any order."""
    kept: list[tuple[bool, str]] = []
    for paragraph in paragraphs:
        mark = MARK.match(paragraph)
        optional, movable = (mark.group(1), mark.group(2)) if mark else ("", "")
        text = paragraph[mark.end() :] if mark and (optional or movable) else paragraph
        if not optional or rng.random() < 0.5:
            kept.append((bool(movable), text))
    places = [i for i, (movable, _) in enumerate(kept) if movable]
    moved = rng.sample(places, len(places))
    texts = [text for _, text in kept]
    for place, origin in zip(places, moved, strict=True):
        texts[place] = kept[origin][1]
    return texts


class Filling:
    """The values of one text's slots; a name defined once stays."""

    def __init__(self, pools: Mapping[str, Pool], rng: random.Random) -> None:
        self.pools = pools
        self.rng = rng
        self.people: dict[str, Name] = {}
        self.values: dict[str, str] = {}
        self.used: set[str] = set()
        self.loose: dict[str, str] = {}
        self.headline: dict[str, str] = {}  # numbers of the title, for the first slot of that kind below it

    def define(self, template: str, *, kin: bool) -> None:
        """Make every named person and value of a template; with `kin`, those who share another's family name."""
        for inside in SLOT.findall(template):
            key, colon, kind = inside.partition(":")
            if not colon or "|" in inside or ("~" in kind) != kin:
                continue
            if key.isupper() and len(key) == 1:
                if key not in self.people:
                    self.people[key] = self.person(kind)
            elif key not in self.values:
                self.values[key] = self.value(kind)

    def fill(self, template: str) -> str:
        """The template with its slots filled."""
        text = OPTIONAL.sub(lambda m: m.group(1) if self.rng.random() < 0.5 else "", template)
        text = SLOT.sub(self._slot, text)
        text = re.sub(r"[ \t]{2,}", " ", text).strip()
        return ARTICLE.sub(r"\1n ", text)

    def _slot(self, match: re.Match[str]) -> str:
        inside = match.group(1)
        if "|" in inside:
            return self.rng.choice(inside.split("|"))
        key = inside.partition(":")[0]
        base, _, form = key.partition(".")
        if base in self.people:
            name = self.people[base]
            forms = {"": name.full, "s": name.short, "f": name.given, "l": name.family, "u": name.full.upper()}
            return forms[form]
        if key in self.values:
            return self.values[key]
        if inside in self.headline:
            return self.headline.pop(inside)
        self.loose[inside] = self.value(inside)
        return self.loose[inside]

    def value(self, kind: str) -> str:
        """A number, place, date or person that stands once."""
        if (found := RANGE.fullmatch(kind.removeprefix("#"))) is not None:
            number = self.rng.randint(int(found.group(2)), int(found.group(3)))
            return WORDS[number] if found.group(1) else f"{number:,}"
        match kind.partition("."):
            case ("town", _, pool):
                return self._fresh(self.pools[pool].towns)
            case ("age", _, _):
                return str(self.rng.randint(19, 67))
            case ("day", _, _):
                return self.rng.choice(DAYS)
            case ("month", _, _):
                return self.rng.choice(MONTHS)
            case ("year", _, _):
                return str(self.rng.randint(2012, 2018))
            case ("date", _, _):
                return f"{self.rng.randint(1, 28)} {self.rng.choice(MONTHS)}"
            case ("mdate", _, _):
                return f"{self.rng.choice(MONTHS)} {self.rng.randint(1, 28)}"
        return self.person(kind).full

    def person(self, kind: str) -> Name:
        """A new person; KeyError for a pool that is not there."""
        found = PERSON.fullmatch(kind)
        if found is None:
            raise KeyError(kind)
        pool = self.pools[found.group(1)]
        given = self._fresh(
            {"m": pool.male, "f": pool.female}.get(found.group(2), self.rng.choice((pool.male, pool.female)))
        )
        family = self.people[found.group(3)].family if found.group(3) else self._fresh(pool.family)
        full = f"{family} {given}" if pool.family_first else f"{given} {family}"
        short = {"family": family, "given": given, "full": full}[pool.short]
        return Name(given=given, family=family, full=full, short=short)

    def _fresh(self, words: Sequence[str]) -> str:
        """A word that this text has not used, so that two people never share a name by accident."""
        free = [w for w in words if w not in self.used] or list(words)
        word = self.rng.choice(free)
        self.used.add(word)
        return word
