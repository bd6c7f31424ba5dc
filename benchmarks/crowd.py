"""An invented population with names as common as they are, its cases, and what papers write of them.

Refuses real persons: given names and the commonest surnames are words of many, the rest is made of syllables.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from extraction.model import Offence, Stage
from storage.resolution.mention import Mention
from storage.resolution.names import fold

FIRST = dt.date(2016, 1, 1)
DAYS = 3650
SOURCES = 60  # outlets of a country that tell of cases, a few of them much more than the others
COURTS = 40
AGED, COURTED, COMPANIED = 0.6, 0.4, 0.7  # shares of stories that give an age, a court, the co-accused
SHORTENED, INITIALLED, TURNED, MISTYPED = 0.15, 0.05, 0.03, 0.02
STAGES = (Stage.ARRESTED, Stage.CHARGED, Stage.CONVICTED, Stage.SENTENCED)
OFFENCES = tuple(Offence)[:6]


@dataclass(frozen=True, kw_only=True, slots=True)
class Culture:
    """How names are made: `order` is "gs" (given first) or "sg"; `middle` the words that may stand between."""

    countries: tuple[str, ...]
    order: str
    given: str
    surnames: str
    middle: str = ""
    middles: float = 0.0  # share of persons with one
    tail: int = 4_000  # rarer surnames, of syllables
    double: bool = False  # two surnames
    syllables: tuple[str, ...] = ()


CULTURES: tuple[Culture, ...] = (
    Culture(
        countries=("np",), order="gs", middle="bahadur kumar prasad lal maya", middles=0.7, tail=600,
        given="ram hari krishna shyam gopal bishnu dil man sita gita maya kamala sunita santosh deepak"
        " prakash suresh ramesh"
        " rajesh dinesh mahesh binod bikash kiran dorje pasang lhakpa mingma",
        surnames="tamang gurung thapa magar rai shrestha sharma lama sherpa limbu karki khadka adhikari"
        " poudel basnet bhandari",
        syllables=("ba", "ra", "ko", "ti", "wa", "li", "dhi", "khu", "pa", "su", "ne", "cha"),
    ),
    Culture(
        countries=("in", "bd", "pk"), order="gs", middle="kumar abdul md ali lal", middles=0.45, tail=8_000,
        given="mohammad rajesh suresh sanjay vijay ajay anil sunil ashok manoj amit rahul ravi abdul karim"
        " rahim hasan imran"
        " sunita anita lakshmi gita rita fatima ayesha salim jamal kamal arif faisal nasir",
        surnames="kumar singh sharma khan ali hossain islam das roy mondal sarkar patel reddy yadav gupta"
        " begum ahmed sheikh",
        syllables=("va", "ma", "ra", "na", "ji", "du", "pa", "shi", "ku", "la", "tre", "bha", "ga", "sva"),
    ),
    Culture(
        countries=("us", "gb", "au", "za"), order="gs",
        middle="james lee michael ann marie edward ray allen lynn dale",
        middles=0.5, tail=20_000,
        given="james john robert michael william david richard joseph thomas charles christopher daniel"
        " matthew anthony mark"
        " brandon kevin brian jason ryan eric mary patricia jennifer linda jessica sarah ashley amanda"
        " nicole tyrone darius",
        surnames="smith johnson williams brown jones davis miller wilson moore taylor anderson thomas"
        " jackson white harris"
        " martin thompson robinson clark lewis walker hall allen young king wright",
        syllables=("bar", "ton", "ley", "wick", "ham", "mer", "sta", "ford", "thel", "gra", "dun", "kes",
        "wor", "by"),
    ),
    Culture(
        countries=("mx", "co", "es", "pe"), order="gs",
        middle="jose luis carlos alberto antonio del carmen", middles=0.4,
        tail=6_000, double=True,
        given="jose juan luis carlos jorge pedro manuel francisco antonio miguel angel maria ana rosa"
        " carmen teresa gloria"
        " marta andres diego pablo sergio raul hector wilson yeison",
        surnames="garcia rodriguez martinez hernandez lopez gonzalez perez sanchez ramirez flores rivera"
        " gomez diaz reyes"
        " morales gutierrez ortiz ramos castillo",
        syllables=("za", "mo", "ri", "lla", "que", "to", "ber", "ña", "gui", "sal", "do", "cha", "ran"),
    ),
    Culture(
        countries=("br",), order="gs", middle="da dos carlos luiz maria", middles=0.5, tail=5_000, double=True,
        given="joao antonio paulo carlos marcos lucas luiz pedro jose francisco maria ana adriana juliana"
        " marcia fernanda",
        surnames="silva santos oliveira souza rodrigues ferreira alves pereira lima gomes costa ribeiro"
        " martins carvalho",
        syllables=("bra", "ga", "nei", "ro", "tel", "ma", "cho", "vi", "lha", "fon", "se", "ca"),
    ),
    Culture(
        countries=("vn",), order="sg", middle="van thi duc quoc huu ngoc", middles=0.95, tail=60,
        given="hung tuan anh minh duc hoa lan huong mai linh hai nam thanh long dung khoat phuc vinh",
        surnames="nguyen tran le pham hoang phan vu vo dang bui do ho ngo duong",
        syllables=("kh", "th", "uy", "anh", "oa", "ong"),
    ),
    Culture(
        countries=("cn",), order="sg", tail=150, middle="xiao jian guo wen zhi", middles=0.6,
        given="wei fang min jing lei jun yang yong jie qiang ping hui ming hong na hua bo tao kai xin",
        surnames="wang zhang liu chen yang huang zhao zhou wu xu sun ma zhu hu guo he gao lin luo zheng",
        syllables=("xi", "an", "shu", "ou", "qi", "ao", "lu"),
    ),
    Culture(
        countries=("ph",), order="gs", middle="cruz reyes santos garcia", middles=0.3, tail=5_000,
        given="maria jose juan mark john michael rosalinda jennifer ana grace rowena ronaldo rodel arnel"
        " jocelyn mary",
        surnames="santos reyes cruz bautista ocampo garcia mendoza torres castillo flores villanueva ramos"
        " aquino mercado",
        syllables=("mag", "bi", "ta", "la", "ngo", "pa", "cu", "yan", "si", "man", "do", "tu"),
    ),
    Culture(
        countries=("ng", "gh", "ke"), order="gs", middle="chidi ade kofi friday sunday", middles=0.25, tail=9_000,
        given="emmanuel john samuel joseph grace mercy blessing friday sunday peter kwame kofi ibrahim musa"
        " fatima ngozi emeka",
        surnames="okafor okonkwo eze obi mensah owusu bello musa ibrahim adamu otieno mwangi kamau",
        syllables=("o", "ko", "nwa", "di", "cha", "ide", "he", "gu", "sa", "ye", "mi", "ba", "ru"),
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class _Person:
    """Somebody with a life of `born` and one case."""

    n: int
    words: tuple[str, ...]
    born: int  # ordinal of the day


class _Bag:
    """Words drawn as often as their rank says (Zipf)."""

    def __init__(self, words: Sequence[str], exponent: float) -> None:
        self._words = words
        self._sums = list(accumulate((rank + 2) ** -exponent for rank in range(len(words))))

    def draw(self, random: Random) -> str:
        return self._words[bisect(self._sums, random.random() * self._sums[-1])]


def crowd(persons: int, seed: int = 7) -> tuple[list[Mention], Mapping[str, int]]:
    """Mentions of that many persons (one to four each) in stories with their co-accused, and who is who.

    Countries, outlets, courts and the ten years do not grow with `persons`: it is the same world, told more fully.
    """
    random = Random(seed)
    bags = [_bags(culture, Random(seed + n)) for n, culture in enumerate(CULTURES)]
    mentions: list[Mention] = []
    truth: dict[str, int] = {}
    n = story = 0
    while n < persons:
        place = random.randrange(len(CULTURES))
        size = min(persons - n, random.choices((1, 2, 3, 4), (55, 25, 12, 8))[0])
        parties = [_person(n + k, CULTURES[place], bags[place], random) for k in range(size)]
        n += size
        country = random.choice(CULTURES[place].countries)
        story = _case(parties, CULTURES[place].order, country, story, random, mentions, truth)
    return mentions, truth


def _bags(culture: Culture, random: Random) -> tuple[_Bag, _Bag, _Bag]:
    tail: dict[str, None] = {}
    while len(tail) < culture.tail:
        word = "".join(random.choices(culture.syllables, k=random.randint(2, 4)))
        if len(word) > 3:
            tail[word] = None
        elif len(culture.syllables) < 8:
            tail[word + str(len(tail))] = None
    return (
        _Bag(culture.given.split(), 0.9),
        _Bag([*culture.surnames.split(), *tail], 0.95),
        _Bag(culture.middle.split(), 0.8),
    )


def _person(n: int, culture: Culture, bags: tuple[_Bag, _Bag, _Bag], random: Random) -> _Person:
    given, surnames, middles = bags
    family = [surnames.draw(random) for _ in range(2 if culture.double else 1)]
    between = [middles.draw(random)] if random.random() < culture.middles else []
    own = [given.draw(random), *between]
    words = [*family, *reversed(own)] if culture.order == "sg" else [*own, *family]
    age = min(75.0, max(18.0, random.gauss(36, 10)))
    return _Person(n=n, words=tuple(words), born=FIRST.toordinal() + DAYS // 2 - int(age * 365.25))


def _case(
    parties: Sequence[_Person],
    order: str,
    country: str,
    story: int,
    random: Random,
    mentions: list[Mention],
    truth: dict[str, int],
) -> int:
    """The stories of one case: one to four, months apart; each names whom it names."""
    day = FIRST.toordinal() + random.randrange(DAYS)
    home = _outlet(random)
    court = f"{country} court {random.randrange(COURTS)}"
    offences = frozenset({random.choice(OFFENCES)})
    stage = random.randrange(2)
    for _ in range(random.choices((1, 2, 3, 4), (35, 30, 20, 15))[0]):
        source = f"{country}_{home if random.random() < 0.5 else _outlet(random)}"
        named = [p for p in parties if random.random() < 0.85] or [parties[0]]
        written = [_written(p.words, order, random) for p in named]
        with_court, aged = random.random() < COURTED, random.random() < AGED
        companions = random.random() < COMPANIED
        for k, person in enumerate(named):
            one = f"m{story:07d}-{k}"
            truth[one] = person.n
            others = (
                frozenset(fold(name) for j, name in enumerate(written) if j != k) if companions else frozenset()
            )
            mentions.append(
                Mention(
                    id=one,
                    name=written[k],
                    article_id=f"a{story:07d}",
                    group=f"a{story:07d}",
                    date=dt.date.fromordinal(day),
                    age=int((day - person.born) / 365.2425) if aged else None,
                    countries=frozenset({country}),
                    source=source,
                    courts=frozenset({court}) if with_court else frozenset(),
                    stage=STAGES[min(stage, 3)],
                    offences=offences,
                    companions=others,
                    first_seen=dt.datetime.fromordinal(day).replace(tzinfo=dt.UTC),
                )
            )
        story += 1
        if random.random() < 0.55:
            day += int(random.expovariate(1 / 150)) + 5
            stage += random.randrange(3)
        else:
            day += random.randrange(4)
    return story


def _outlet(random: Random) -> int:
    return int(SOURCES * random.random() ** 1.6)


def _written(words: tuple[str, ...], order: str, random: Random) -> str:
    """The name as a paper writes it."""
    out = list(words)
    if len(out) > 2 and random.random() < SHORTENED:
        del out[len(out) - 1 if len(out) == 4 else 1]
    if len(out) > 2 and order == "gs" and random.random() < INITIALLED:
        out[1] = out[1][0]
    if len(out) == 2 and random.random() < TURNED:
        out.reverse()
    if random.random() < MISTYPED:
        n = max(range(len(out)), key=lambda i: len(out[i]))
        if len(out[n]) > 5:
            at = random.randrange(2, len(out[n]))
            out[n] = out[n][:at] + random.choice("aeinrst") + out[n][at + random.randrange(2) :]
    return " ".join(word.capitalize() for word in out)
