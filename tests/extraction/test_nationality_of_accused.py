"""Whose nationality a text states: for one, for several, in a lead without names, and never by residence."""

# ruff: noqa: E501 - a table's sentence stands on one line

from __future__ import annotations

import pytest

from extraction.components.nationality import NationalityReader
from tests.extraction.reading_of_details import LEXIS, reading

READER = NationalityReader(LEXIS)

# text, home country of the source, nationality by the last word of each accused's name
OWN = [
    ("Tunde Falanaro, 34, a Ghanaian, was arrested for trafficking.", "ng", {"Falanaro": "gh"}),
    ("Nigerian national Tunde Falanaro was arrested for human trafficking.", "gh", {"Falanaro": "ng"}),
    ("Police arrested the Nigerian, Tunde Falanaro, 34, for human trafficking.", "gh", {"Falanaro": "ng"}),
    ("Tunde Falanaro, a 34-year-old Togolese trader, was charged with trafficking.", "gh", {"Falanaro": "tg"}),
    ("Tunde Falanaro (34, Togolese) was charged with human trafficking.", "gh", {"Falanaro": "tg"}),
    ("Thai-born Mr Somkid Jaidaeng, 50, was charged with human trafficking.", "au", {"Jaidaeng": "th"}),
    ("Maya Thapaliro, who hails from Nepal, was charged with trafficking.", "in", {"Thapaliro": "np"}),
    ("Maya Thapaliro, from Pokhara in Nepal, was jailed for trafficking.", "in", {"Thapaliro": "np"}),
    ("Maya Thapaliro, 41, a citizen of Nepal, was jailed for human trafficking.", "in", {"Thapaliro": "np"}),
    ("Maya Thapaliro was charged with trafficking. She is a Nepali citizen.", "in", {"Thapaliro": "np"}),
    ("Maya Thapaliro was charged with trafficking. She holds a Nepali passport.", "in", {"Thapaliro": "np"}),
    ("Ivan Petrenkov (surname changed), a Ukrainian national, was arrested for trafficking.", "pl", {"Petrenkov": "ua"}),
    ("Police arrested Ivan Petrenkov on Monday for trafficking. The Ukrainian national was remanded.", "pl",
     {"Petrenkov": "ua"}),
    ("A lawyer for Ivan Petrenkov, charged with human trafficking, said his client, a Ukrainian national, would plead "
     "not guilty.", "pl", {"Petrenkov": "ua"}),
]  # fmt: skip
SHARED = [
    ("Tunde Falanaro, 34, and Emeka Udorji, 29, both Nigerian nationals, were jailed for human trafficking.", "gh",
     {"Falanaro": "ng", "Udorji": "ng"}),
    ("Tunde Falanaro and Emeka Udorji were jailed for human trafficking. Both are from Nigeria.", "gh",
     {"Falanaro": "ng", "Udorji": "ng"}),
    ("Two Romanian nationals, Ion Vasilescar and Radu Munteanescu, were charged with trafficking.", "gb",
     {"Vasilescar": "ro", "Munteanescu": "ro"}),
    ("Police arrested Indian nationals Ravi Kumarast and Sunil Varmadeo for human trafficking.", "ae",
     {"Kumarast": "in", "Varmadeo": "in"}),
    ("M. Rahmanov, a Bangladeshi salesman, and his compatriot Abdul Hasnatov were charged with human trafficking.", "ae",
     {"Rahmanov": "bd", "Hasnatov": "bd"}),
    ("Police charged Radu Munteanescu and Petro Kovalenkir, nationals of Romania and Ukraine, with human trafficking.", "gb",
     {"Munteanescu": "ro", "Kovalenkir": "ua"}),
    # what "both" says ends at the semicolon
    ("Police charged Li Weiming, 41, and Zhao Guobin, 36, both Chinese nationals; and Maria Limbagan, 33, with human "
     "trafficking.", "ph", {"Weiming": "cn", "Guobin": "cn"}),
]  # fmt: skip
LEADS = [
    ("A Nigerian couple were jailed for human trafficking on Monday.\n\nTunde Falanaro, 34, and Ngozi Falanara, 29, were "
     "convicted of trafficking.", "gh", {"Falanaro": "ng", "Falanara": "ng"}),
    ("Police have arrested two Chinese nationals for trafficking four Vietnamese women.\n\nSun Jinpingo, 38, and Tao "
     "Yulano, 37, were charged with trafficking.", "gh", {"Jinpingo": "cn", "Yulano": "cn"}),
    ("A court has jailed a Chinese spa owner and two Zambians for human trafficking.\n\nZhao Guoqingo, 44, Precious "
     "Mutintara, 26, and Elijah Bandaru, 39, were sentenced on Monday.", "zm",
     {"Guoqingo": "cn", "Mutintara": "zm", "Bandaru": "zm"}),
    ("A Tongan church elder has been jailed for human trafficking.\n\nSione Veatupo, 65, was sentenced on Tuesday.",
     "nz", {"Veatupo": "to"}),
]  # fmt: skip
NONE = [
    ("Jose Reyesan, of Manila, was charged with human trafficking.", "ph", {}),
    ("Gary Leedston, from Leeds, was jailed for human trafficking.", "gb", {}),
    ("Gary Leedston, of Park Road, Leeds, England, was jailed for human trafficking.", "gb", {}),
    ("The Maldives has asked Sri Lanka to hand over Hussain Rameezu, who was charged with trafficking.", "mv", {}),
    ("Lanka Whitfordo, 44, owner of a Thai restaurant, was charged with human trafficking.", "au", {}),
    ("Gary Leedston was charged with human trafficking of a Nepali woman.", "gb", {}),
    ("Gary Leedston was jailed for trafficking two Vietnamese nationals to Leeds.", "gb", {}),
    ("A Fijian grandmother was kept in servitude. Deborah Kessellan, 52, was jailed for human trafficking.", "au", {}),
    ("Gary Leedston was jailed for human trafficking. The 19-year-old Nepali victim wept in court.", "gb", {}),
    ("Gary Leedston was arrested by Thai police for human trafficking.", "gb", {}),
    # an apposition of the one before is nothing about the one behind
    ("A court ordered Nguyen Hoanghi, a Vietnamese, and Prince Amoahto to be tried for human trafficking. Hoanghi and "
     "Amoahto were charged with trafficking.", "gh", {"Hoanghi": "vn"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "home", "expected"), [*OWN, *SHARED, *LEADS, *NONE])
def test_nationality(text: str, home: str, expected: dict[str, str]) -> None:
    read = reading(text)
    assert read.case.accused, "the table's sentence accuses nobody"
    found = READER.read(read.layout, read.case, home)
    accused = {k.index: k.words[-1] for k in read.case.accused}
    assert {accused[p]: s.value for p, s in found.items() if p in accused} == expected


@pytest.mark.parametrize(("text", "home", "expected"), [*OWN, *SHARED, *LEADS])
def test_the_span_states_it(text: str, home: str, expected: dict[str, str]) -> None:
    read = reading(text)
    for stated in READER.read(read.layout, read.case, home).values():
        words = text[stated.start : stated.end].lower()
        assert words in LEXIS.demonyms or "compatriot" in words
