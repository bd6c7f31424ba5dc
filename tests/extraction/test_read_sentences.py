"""Sentences from courts and police desks of many countries, and who is what in them. All people are invented.

Refuses names of real cases: every name here was made up for this table.
"""

from __future__ import annotations

import pytest
from spacy.language import Language

from config.reading_lexicons import load_reading_lexicons
from extraction.components.layout import mend
from extraction.components.stages import decide_stage
from extraction.model.terms import Role
from extraction.pipeline import build


@pytest.fixture(scope="module")
def english() -> Language:
    return build(load_reading_lexicons()["en"])


def roles(nlp: Language, text: str) -> dict[str, tuple[Role, str | None]]:
    """Name to role and, for the accused, stage."""
    case = nlp(mend(text))._.tip_case
    found = {}
    for known in case.people:
        if known.organisation:
            continue
        decision = case.decisions[known.index]
        stage = decide_stage(decision.cues) if decision.role is Role.ACCUSED else None
        found[known.text] = (decision.role, stage.stage.value if stage else None)
    return found


ACCUSED = [
    ("Police arrested Bhim Lal Rokka, 44, and his wife Sunmaya Rokka, 38, at a lodge on Friday.",
     {"Bhim Lal Rokka": "arrested", "Sunmaya Rokka": "arrested"}),
    ("The convicts are Rokeya Sultana, 41, of Savar; her brother Kamrul Islam, 36; and Babul Mridha.",
     {"Rokeya Sultana": None, "Kamrul Islam": None, "Babul Mridha": None}),
    ("Magistrate Joy Wanyama sentenced Okello Denis, 39, to 20 years in prison on Tuesday.",
     {"Okello Denis": "sentenced"}),
    ("Chidi Okonkwo (34) was arraigned before Justice Amina Bello on a three-count charge.",
     {"Chidi Okonkwo": "charged"}),
    ("Siriporn Chaiyasit, 29, alias Jeab, was taken into custody at a bus terminal.",
     {"Siriporn Chaiyasit": "arrested"}),
    ("Judge Ailsa Corran found Ewan Macrae, 51, guilty of holding workers in servitude.",
     {"Ewan Macrae": "convicted"}),
    ("Nomsa Khumalo, 31, pleaded guilty to trafficking in persons.", {"Nomsa Khumalo": "pleaded_guilty"}),
    ("Wilhelm Joubert (48) and Petrus Nel (50) were acquitted on all counts.",
     {"Wilhelm Joubert": "acquitted", "Petrus Nel": "acquitted"}),
    ("Charges against Liwayway Bautista, 27, a cook, were dropped for lack of evidence.",
     {"Liwayway Bautista": "dismissed"}),
    ("The agent, Hasan Juma, is at large.", {"Hasan Juma": "wanted"}),
    ("Those arrested were identified as Zafar Iqbal of Okara, Noor Bibi and Shahbaz Khan, a travel agent.",
     {"Zafar Iqbal": None, "Noor Bibi": None, "Shahbaz Khan": None}),
    ("The District Attorney identified the defendant as Troy Ellison, 31, of Queens.", {"Troy Ellison": None}),
    ("Goh Wei Ling, 45, claimed trial to two charges of trafficking.", {"Goh Wei Ling": "charged"}),
    ("Ruslan Ibraimov, 40, an Uzbek national, was extradited on Monday.", {"Ruslan Ibraimov": "arrested"}),
    ("The Court of Appeal quashed the conviction of Bui Thi Mai, 44.", {"Bui Thi Mai": "overturned"}),
    ("Chea Sokha, whose whereabouts are unknown, is being tried in absentia.", {"Chea Sokha": "on_trial"}),
    ("Accused 2: Lerato Mofokeng (29), Lesotho national.", {"Lerato Mofokeng": None}),
    ("The charge sheet names R. Murugan (52), owner of the mill; S. Latha (40); and recruiter Bimal Das (36).",
     {"R. Murugan": "charged", "S. Latha": "charged", "Bimal Das": "charged"}),
    ("Police produced Dr Zia Malik, Dr Hamid Rao and technician Yusuf Gill before the magistrate.",
     {"Zia Malik": "arrested", "Hamid Rao": "arrested", "Yusuf Gill": "arrested"}),
    ("Sione Fonua, 65, appeared for sentence in the High Court on Tuesday.", {"Sione Fonua": "convicted"}),
    ("Acquitted for insufficiency of evidence was Datu Omar Sinsuat, owner of the launch.",
     {"Datu Omar Sinsuat": "acquitted"}),
    ("A warrant is out for Somsak Rattanakul, the skipper.", {"Somsak Rattanakul": "wanted"}),
    ("Kavita Devi alias Rani (33) was remanded in judicial custody by a Patna court.", {"Kavita Devi": "charged"}),
    ("Marisol Quispe, 37, admitted conspiracy to control prostitution.", {"Marisol Quispe": "pleaded_guilty"}),
    ("The tribunal handed down 15 years to Mizanur Rahman.", {"Mizanur Rahman": "sentenced"}),
    ("Constable Peter Odongo, 34, is charged with aiding trafficking in persons.", {"Peter Odongo": "charged"}),
    ("The State entered a nolle prosequi in respect of the third accused, Ciara Nolan (26).",
     {"Ciara Nolan": "dismissed"}),
    ("Suleiman Bah was jailed for nine years and Fatou Sesay got 18 months.",
     {"Suleiman Bah": "sentenced", "Fatou Sesay": "sentenced"}),
    ("Hung Tran, 33, had been charged with the owner but was discharged in March.", {"Hung Tran": "dismissed"}),
    ("Gift Banda skipped bail before the trial.", {"Gift Banda": "charged"}),
]  # fmt: skip

NOT_ACCUSED = [
    ("Inspector Ravi Thakur arrested the couple at a guest house.", "Ravi Thakur", Role.OFFICIAL),
    ("The two were arrested by Sub-Inspector Meera Joshi on Monday.", "Meera Joshi", Role.OFFICIAL),
    ("The man was charged with trafficking Siti Rahmah, 28, at a house in Klang.", "Siti Rahmah", Role.VICTIM),
    ("One of the victims, Mina Thapa, 24, said she was sold twice.", "Mina Thapa", Role.VICTIM),
    ("Two of the women, Ana Reyes and Rosa Diaz, took the stand.", "Ana Reyes", Role.VICTIM),
    ("Khan's lawyer, Asma Gul, said her client denied the charges.", "Asma Gul", Role.LAWYER),
    ("Counsel for the mill, N. Raghavan, denied the charges.", "N. Raghavan", Role.LAWYER),
    ("Prosecuting, Helen Frame said the boy was sold.", "Helen Frame", Role.OFFICIAL),
    ("Magistrate Karabo Nkosi remanded the two in custody.", "Karabo Nkosi", Role.OFFICIAL),
    ("Pavel Novy, who has waived his right to anonymity, spoke in court.", "Pavel Novy", Role.VICTIM),
    ("Her brother Tom Reed, 31, is serving nine years for another robbery.", "Tom Reed", Role.OTHER),
    ("The pair appeared before Judge Orla Kinsella-Byrne on Friday.", "Orla Kinsella-Byrne", Role.OFFICIAL),
    ("Dev Limbu was questioned for five hours as a witness.", "Dev Limbu", Role.WITNESS),
    ("If convicted, the men face ten years, said lawyer Amit Basu.", "Amit Basu", Role.LAWYER),
    ("Officers rescued Sunita Rana from the lodge on Friday.", "Sunita Rana", Role.VICTIM),
    ("State Attorney Grace Apio told court that the accused hid eight children.", "Grace Apio", Role.OFFICIAL),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), ACCUSED)
def test_the_accused_are_found_with_their_stage(
    english: Language, sentence: str, expected: dict[str, str | None]
) -> None:
    found = {name: stage for name, (role, stage) in roles(english, sentence).items() if role is Role.ACCUSED}
    assert set(found) == set(expected)
    for name, stage in expected.items():
        if stage is not None:
            assert found[name] == stage


@pytest.mark.parametrize(("sentence", "name", "role"), NOT_ACCUSED)
def test_nobody_else_is_accused(english: Language, sentence: str, name: str, role: Role) -> None:
    found = roles(english, sentence)
    assert all(r is not Role.ACCUSED for r, _ in found.values())
    assert found[name][0] is role


def test_one_person_over_a_whole_text(english: Language) -> None:
    text = (
        "POKHARA: Police have arrested Man Bahadur Thapa Magar, 45, known as Kale, on Monday.\n\n"
        "Thapa Magar, who ran an agency, was charged with trafficking on Tuesday.\n\n"
        '"Kale promised us jobs," one of the women, Maya Gurung, told reporters.\n\n'
        "Advocate Sita Koirala appeared for Magar."
    )
    found = roles(english, text)
    assert found["Man Bahadur Thapa Magar"] == (Role.ACCUSED, "charged")
    assert found["Maya Gurung"][0] is Role.VICTIM
    assert found["Sita Koirala"][0] is Role.LAWYER
    assert len(found) == 3


def test_another_case_at_the_end_names_no_accused(english: Language) -> None:
    text = (
        "The High Court sentenced Abena Owusu, 41, to eight years for trafficking three girls.\n\n"
        "The court heard that the girls were sold to a bar.\n\n"
        "Police Inspector Kojo Mensah praised the girls.\n\n"
        "In a similar case last year, the same court jailed Yaw Darko for ten years.\n\n"
        "Meanwhile, police have arrested Kwesi Arthur, 24, for armed robbery."
    )
    accused = {name for name, (role, _) in roles(english, text).items() if role is Role.ACCUSED}
    assert accused == {"Abena Owusu"}
