"""Charges, statutes, categories and Palermo elements: tables of what must be read, and what must not."""

from __future__ import annotations

import pytest

from config.reading_lexicons import load_reading_lexicons
from extraction.components.layout import Layout, split
from extraction.components.lexis import Lexis, compile_lexicon
from extraction.components.offences import OffenceReader
from extraction.components.palermo import PalermoReader, element_of
from extraction.components.statutes import StatuteReader
from extraction.model import Accused, Article, CaseReport
from extraction.predictions import prediction
from extraction.reader import Reader

LEXICON = load_reading_lexicons()["en"]
LEXIS: Lexis = compile_lexicon(LEXICON)


@pytest.fixture(scope="module")
def reader() -> Reader:
    """A reader whose rules stand alone: what they quote must not depend on the network."""
    made = Reader(load_reading_lexicons(), {})
    made._pipeline("en")[1].opinion = None
    return made


def read(reader: Reader, text: str, country: str) -> CaseReport:
    return reader.read(
        Article(id="0" * 64, url="https://court.example/1", text=text, language="en", country=country)
    )


def only(report: CaseReport) -> Accused:
    (person,) = report.accused
    return person


# text, country of the source, the charges as they must be quoted
CHARGES = [
    (
        "Tolan Brekkemo, 34, was arrested on Tuesday on suspicion of human trafficking and money laundering.",
        "gb",
        ["human trafficking", "money laundering"],
    ),
    (
        "Tolan Brekkemo, 34, pleaded guilty on Wednesday, Jan. 18, 2017, to one felony count of human "
        "trafficking, two felony counts of pimping, and one felony count of carrying a loaded firearm in public.",
        "us",
        ["human trafficking", "pimping", "carrying a loaded firearm in public"],
    ),
    (
        "Tolan Brekkemo, 34, was jailed for five years and six months for forced labour and was fined.",
        "gb",
        ["forced labour"],
    ),
    (
        "Tolan Brekkemo, 34, was convicted of trafficking in persons for the purpose of forced labour, debt "
        "bondage, and conspiracy between March 2018 and October 2020.",
        "za",
        ["trafficking in persons for the purpose of forced labour", "debt bondage", "conspiracy"],
    ),
    (
        "Tolan Brekkemo, 34, was charged with buying and selling of human beings contrary to section 21 of the "
        "Trafficking in Persons (Prohibition) Enforcement and Administration Act, 2015.",
        "ng",
        ["buying and selling of human beings"],
    ),
]


@pytest.mark.parametrize(("text", "country", "quotes"), CHARGES)
def test_charges_are_quoted_in_the_shortest_words(
    reader: Reader, text: str, country: str, quotes: list[str]
) -> None:
    story = f"{text}\nThe victims of the trafficking ring were taken to a shelter, prosecutors told the court."
    person = only(read(reader, story, country))
    assert [c.text for c in person.charges] == quotes
    for charge in person.charges:
        assert story[charge.evidence.start : charge.evidence.end] == charge.text


def test_nobody_is_charged_by_a_denial(reader: Reader) -> None:
    story = (
        "Tolan Brekkemo, 34, was charged with obtaining sexual services after a sting at a hotel, police said.\n"
        "An officer of the human trafficking unit said that nobody has been charged with trafficking or procuring."
    )
    texts = [c.text for a in read(reader, story, "ca").accused for c in a.charges]
    assert not any("procuring" in text for text in texts)


def test_trafficking_beside_a_drug_is_not_of_persons(reader: Reader) -> None:
    story = (
        "Tolan Brekkemo, 34, was charged under Section 39B of the Dangerous Drugs Act with trafficking at a "
        "rest area. The court fixed a date. He is no member of the human trafficking ring, police said."
    )
    for person in read(reader, story, "my").accused:
        assert {o.value for c in person.charges for o in c.offences} <= {"violence_weapons_drugs"}


def test_no_name_stands_in_a_charge(reader: Reader) -> None:
    story = (
        "Tolan Brekkemo, 34, was charged with trafficking Maribelle Quost, 17, for prostitution, police said.\n"
        "The court remanded Brekkemo. Human trafficking is punished with ten years."
    )
    for person in read(reader, story, "gb").accused:
        for charge in person.charges:
            assert "Quost" not in charge.text
            assert "Brekkemo" not in charge.text


# words, country that prosecutes, (statute, section) in order
CITED = [
    ("under sections 370(4) and 372 of the IPC", "in", [("in-ipc", "370(4)"), ("in-ipc", "372")]),
    ("booked under 143(4)/98 BNS and the ITPA", "in", [("in-bns", "143(4)"), ("in-bns", "98"), ("in-itpa", None)]),
    ("Section 360C of the Penal Code", "lk", [("lk-pc", "360C")]),
    ("Section 372 of the Penal Code", "my", [("my-pc", "372")]),
    ("Section 372 of the Penal Code", "no", []),
    ("18 U.S.C. § 1591(a) and 1594(c)", "us", [("us-18usc", "1591(a)"), ("us-18usc", "1594(c)")]),
    ("section 2 of the Modern Slavery Act 2015", "gb", [("gb-msa", "2")]),
    ("section 2 of the Modern Slavery Act 2015", "fr", [("gb-msa", "2")]),
    (
        "Section 6 of Republic Act No. 9208, as amended by RA 10364",
        "ph",
        [("ph-ra9208", "6"), ("ph-ra10364", None)],
    ),
    (
        "trafficking contrary to Section 14(1) of the Trafficking in Persons Act, and contrary to Section 15",
        "mw",
        [("mw-tip", "14(1)"), ("mw-tip", "15")],
    ),
    ("Criminal Code section 279.011", "ca", [("ca-cc", "279.011")]),
    ("the act of kindness in section B of the stadium", "gb", []),
]


@pytest.mark.parametrize(("words", "country", "laws"), CITED)
def test_citations(words: str, country: str, laws: list[tuple[str, str | None]]) -> None:
    found = StatuteReader(LEXIS).read(words, 0, len(words), country)
    assert [(law.statute, law.section) for c in found for law in c.laws] == laws
    assert all(words[c.start : c.end] == law.quote for c in found for law in c.laws)


def test_national_and_international_stand_side_by_side(reader: Reader) -> None:
    story = (
        "Tolan Brekkemo, 34, was convicted of selling a minor for purposes of prostitution under Section 372 of "
        "the Indian Penal Code by a court in Ranchi. The girl, 14, was sold to a brothel, officers of "
        "the trafficking unit said."
    )
    report = read(reader, story, "in")
    (charge,) = only(report).charges
    (law,) = charge.laws
    assert (law.statute, law.section, law.country, law.iccs) == ("in-ipc", "372", "in", "02041")
    assert charge.iccs == ("02041",)
    assert charge.purposes == ("sexual_exploitation",)
    said = prediction(report)["persons"][0]["charges"][0]
    assert said["laws"][0]["heading"] == "Selling minor for purposes of prostitution"
    assert said["iccs"] == ["02041"]


# a charge's words, its categories ("trafficking" alone is generic: its purpose is the story's)
WORDS = [
    ("sex trafficking of a child", {"child_sex_trafficking"}),
    ("trafficking for sexual exploitation", {"sex_trafficking"}),
    ("trafficking persons other than children for sexual exploitation", {"sex_trafficking"}),
    ("forced or compulsory labour", {"labour_trafficking"}),
    ("commercial dealing in human organs", {"organ_trafficking"}),
    ("human trafficking", set()),
    ("living on the earnings of prostitution", {"pimping_procuring"}),
    ("keeping a brothel", {"pimping_procuring"}),
    ("conspiracy to commit pimping", {"organised_crime", "pimping_procuring"}),
    ("money laundering", {"financial_document"}),
    ("drug trafficking", {"violence_weapons_drugs"}),
    ("wrongful confinement", {"kidnapping_detention"}),
    ("rape", {"sexual_offence"}),
    ("people smuggling", {"smuggling"}),
    ("large-scale illegal recruitment", {"illegal_recruitment"}),
    ("parking on a pavement", set()),
]


@pytest.mark.parametrize(("words", "categories"), WORDS)
def test_categories_of_a_charge(words: str, categories: set[str]) -> None:
    reading = OffenceReader(LEXIS).read(words)
    assert {o.value for o in reading.offences} == categories
    assert reading.generic == (words == "human trafficking")


def stories() -> list[tuple[str, set[str]]]:
    """A story's own words decide what its trafficking is for."""
    return [
        ("Police busted a prostitution racket run from a spa. Two women were found.", {"pimping_procuring"}),
        ("The girl, 15, was sold to men in a hotel and forced to sleep with clients.", {"child_sex_trafficking"}),
        ("The women were lured with promises of jobs and forced into prostitution.", {"sex_trafficking"}),
        ("The men were made to work at a brick kiln without pay for years.", {"labour_trafficking"}),
        ("Donors were lured to sell their kidneys for transplants.", {"organ_trafficking"}),
        ("A trafficking suspect was arrested at the airport.", {"trafficking_unspecified"}),
    ]


@pytest.mark.parametrize(("text", "categories"), stories())
def test_what_a_story_is_about(text: str, categories: set[str]) -> None:
    assert {o.value for o in OffenceReader(LEXIS).purpose(text, None).offences()} == categories


@pytest.mark.parametrize("rule", LEXICON.rules["palermo"], ids=lambda r: r.id)
def test_palermo_rules_by_their_examples(rule: object) -> None:
    palermo = PalermoReader(LEXIS)
    compiled = next(r for _, _, r in palermo.rules if r.id == rule.id)  # type: ignore[attr-defined]
    assert element_of(compiled)
    for sentence in rule.examples:  # type: ignore[attr-defined]
        assert list(palermo.spans(sentence, 0, len(sentence), compiled)), sentence
    for sentence in rule.counterexamples:  # type: ignore[attr-defined]
        assert not list(palermo.spans(sentence, 0, len(sentence), compiled)), sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Police took the women to a shelter.",
        "Officers brought the victims to a shelter.",
        "The team was beaten on penalties.",
        "She denied that the girls were beaten.",
        "If the women were locked in a room, the charge would be another.",
    ],
)
def test_what_is_denied_supposed_or_done_by_others_is_no_element(sentence: str) -> None:
    palermo = PalermoReader(LEXIS)
    assert not [r.id for _, _, r in palermo.rules if list(palermo.spans(sentence, 0, len(sentence), r))]


def test_elements_carry_their_quotes(reader: Reader) -> None:
    story = (
        "Tolan Brekkemo, 34, was charged with human trafficking on Monday. He recruited two women from the north "
        "with the promise of jobs, locked them in a room and took away their passports, the court heard. "
        "He denied that the women were beaten."
    )
    report = read(reader, story, "gb")
    stated = {f"{e.kind.value}.{e.value}" for e in report.elements}
    assert {
        "act.recruitment",
        "means.deception",
        "indicator.restriction_of_movement",
        "indicator.retention_of_identity_documents",
    } <= stated
    assert "indicator.physical_and_sexual_violence" not in stated
    assert all(story[e.evidence.start : e.evidence.end] == e.evidence.quote for e in report.elements)


def test_sentences_without_end_are_bounded() -> None:
    """A hostile text costs no more than its length: 50,000 characters of lists in a few seconds."""
    text = "sections 370, " * 3500 + "IPC"
    layout = Layout(text, split(text))
    assert layout.sentences
    assert StatuteReader(LEXIS).read(text, 0, len(text), "in") is not None
