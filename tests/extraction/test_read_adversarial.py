"""Court news made to mislead: the wrong name near the verb, denials, conditions, odd print, tails.

Refuses real cases (all people are invented) and single expected failures: the model changes, so the share that
passes is held to a measured floor, and `KNOWN_FAILURES` only says which cases failed when it was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from config.reading_lexicons import load_reading_lexicons
from extraction.model import Accused, Article
from extraction.reader import Reader
from tipwatch.evaluation.names import same_person

FRAME = (
    "A human trafficking case from {place}: police raided a brothel where women had been sold into "
    "prostitution and kept in debt bondage.\n\n"
)
PLACES = ("Harrowgate Bay", "Kisembe", "Nuwapur", "San Telmo")
NOBODY: Mapping[str, str] = {}
Case = tuple[str, str, Mapping[str, str]]  # id, text, accused and their stages

# Sentences; FRAME stands before each, so that the text is on topic and names nobody.
SENTENCES: tuple[Case, ...] = (
    # the wrong name near the verb
    ("near-1", "Anita Rawle, a neighbour, saw Joel Marden arrested for trafficking.", {"Joel Marden": "arrested"}),
    (
        "near-2",
        "Police arrested Viktor Sobel after his sister Lena Sobel called them.",
        {"Viktor Sobel": "arrested"},
    ),
    ("near-3", "Told of the arrest of Amos Keter, pastor Ruth Langat wept.", {"Amos Keter": "arrested"}),
    (
        "near-4",
        "Hamid Zaki, sentenced to nine years for trafficking Nadia Omari, smiled.",
        {"Hamid Zaki": "sentenced"},
    ),
    (
        "near-5",
        "Journalist Ben Osei, who exposed Kwame Adjei, watched as he was convicted of trafficking.",
        {"Kwame Adjei": "convicted"},
    ),
    (
        "near-6",
        "Inspector Dina Pell, whose report got Gus Hartog charged with trafficking, has been promoted.",
        {"Gus Hartog": "charged"},
    ),
    (
        "near-7",
        "Convicted of trafficking on the evidence of Mina Lopez, Carlos Ibarra was led away.",
        {"Carlos Ibarra": "convicted"},
    ),
    (
        "near-8",
        "Rosa Quiroga and her daughter Ines were freed when Pablo Sarmiento was arrested.",
        {"Pablo Sarmiento": "arrested"},
    ),
    (
        "near-9",
        "The landlord, Peter Coyle, told the court that Ion Balan, who is charged with trafficking, paid cash.",
        {"Ion Balan": "charged"},
    ),
    (
        "near-10",
        "Magistrate Olu Bankole, sentenced to hear it alone, jailed Tayo Idowu for seven years.",
        {"Tayo Idowu": "sentenced"},
    ),
    (
        "near-11",
        "Prosecutor Greta Holm charged that Nils Aberg sold two women; Aberg was convicted.",
        {"Nils Aberg": "convicted"},
    ),
    (
        "near-12",
        "Sgt Liam Rudd held the door as Mary Rudge was held over trafficking.",
        {"Mary Rudge": "arrested"},
    ),
    # acting officers
    (
        "active-1",
        "Sub-Inspector Ravi Solanki arrested the accused, Mohan Lal Verma.",
        {"Mohan Lal Verma": "arrested"},
    ),
    ("active-2", "A team that Commander Rosa Tan led arrested Jun Abad in a lodge.", {"Jun Abad": "arrested"}),
    ("active-3", "Judge Ann Fisk convicted and sentenced Todd Weller to life.", {"Todd Weller": "sentenced"}),
    (
        "active-4",
        "Attorney Zola Mabena, for the State, charged Vusi Radebe with trafficking in persons.",
        {"Vusi Radebe": "charged"},
    ),
    ("active-5", "Detective Mark Oyelaran arrested nobody.", NOBODY),
    # denials in quotes
    (
        "deny-1",
        "“I never sold anyone,” said Marlon Pruss, who is charged with trafficking.",
        {"Marlon Pruss": "charged"},
    ),
    ("deny-2", "“My client was not arrested, he was invited,” said lawyer Asif Dar.", NOBODY),
    ("deny-3", "“Grace Mbeki is no trafficker and was never charged,” her employer said.", NOBODY),
    ("deny-4", "“They say I was convicted. I was a witness,” Tom Asher told reporters.", NOBODY),
    ("deny-5", "Mayor Luis Pardo denied that his wife, Elena Pardo, had been arrested.", NOBODY),
    ("deny-6", "Denying the charges, Sergiu Mocanu said he ran a hostel.", {"Sergiu Mocanu": "charged"}),
    # not charged
    ("notch-1", "Owner Colin Brack, who rented out the flat, has not been charged.", NOBODY),
    ("notch-2", "No charges were filed against the driver, Emil Novak.", NOBODY),
    ("notch-3", "Police said that Hana Sato is not a suspect.", NOBODY),
    ("notch-4", "Prosecutors declined to charge landlord Kurt Vogel.", NOBODY),
    (
        "notch-5",
        "Dev Anand Joshi was questioned and let go; only Kailash Mehta was arrested.",
        {"Kailash Mehta": "arrested"},
    ),
    ("notch-6", "Neither Paul Ngetich nor his wife Jane Ngetich has been accused of any offence.", NOBODY),
    ("notch-7", "There is no suggestion that hotelier Sir Hugh Tarrant did anything wrong.", NOBODY),
    ("notch-8", "Nobody has been charged over the death of Lin Mei.", NOBODY),
    ("notch-9", "Bola Adisa was cleared of suspicion and was never charged.", NOBODY),
    # conditions, hypotheses, questions, future
    ("cond-1", "If Arthur Quill is charged, he will resign, his party said.", NOBODY),
    ("cond-2", "Had the police acted, Ruth Amadi would not have been sold.", NOBODY),
    (
        "cond-3",
        "If convicted, Jorge Salas, who is charged with sex trafficking, faces life in prison.",
        {"Jorge Salas": "charged"},
    ),
    ("cond-4", "Will Baroness Helena Crick be arrested? Nobody in the hall believed so.", NOBODY),
    (
        "cond-5",
        "Omar Fadel could be sentenced to 20 years; he pleaded guilty to trafficking in May.",
        {"Omar Fadel": "pleaded_guilty"},
    ),
    (
        "cond-6",
        "Wanda Frey will be sentenced on June 4 after a jury found her guilty of trafficking.",
        {"Wanda Frey": "convicted"},
    ),
    (
        "cond-7",
        "The trial of Anton Ruiz, who is charged with trafficking, is to open in March.",
        {"Anton Ruiz": "charged"},
    ),
    ("cond-8", "Unless he pays, shop owner Raj Pillai may be prosecuted over unpaid tax.", NOBODY),
    ("cond-9", "Suppose that Jack Smythe were charged with trafficking, the lecturer said.", NOBODY),
    ("cond-10", "Police expect to arrest more people, said spokesman Ivo Banic.", NOBODY),
    (
        "cond-11",
        "Prosecutors want Silas Moor jailed for 15 years; the judge, who convicted him, rules on Friday.",
        {"Silas Moor": "convicted"},
    ),
    # witnesses who were accused, victims who were arrested
    (
        "turn-1",
        "Charges against Dolores Pinto were withdrawn when she agreed to testify for the State.",
        {"Dolores Pinto": "dismissed"},
    ),
    (
        "turn-2",
        "Farid Aziz, a victim who was first arrested with the others and released, told the court of beatings.",
        NOBODY,
    ),
    (
        "turn-3",
        "Lidia Popa, 19, was arrested for prostitution, found to be a victim of trafficking and taken "
        "to a shelter.",
        NOBODY,
    ),
    (
        "turn-4",
        "Approver Nathu Ram, pardoned by the court, named Jaggu Yadav, who is in jail on a trafficking charge.",
        {"Nathu Ram": "dismissed", "Jaggu Yadav": "charged"},
    ),
    (
        "turn-5",
        "The victim, Kim Ly, was charged with theft by her employer, Mrs Sopheap Chan, who was jailed "
        "for servitude.",
        {"Sopheap Chan": "sentenced"},
    ),
    ("turn-6", "Arrested as suspects, sisters Ama and Esi Badu were found to be victims and freed.", NOBODY),
    # acquitted beside convicted
    (
        "acq-1",
        "Ngoc Dinh was jailed for ten years; his wife, Hoa Le, was acquitted of trafficking.",
        {"Ngoc Dinh": "sentenced", "Hoa Le": "acquitted"},
    ),
    (
        "acq-2",
        "The jury cleared Ellen Brody but convicted her husband Max Brody of trafficking.",
        {"Ellen Brody": "acquitted", "Max Brody": "convicted"},
    ),
    (
        "acq-3",
        "Convicted in May of trafficking, Ezra Kipkemboi was freed when the High Court quashed it.",
        {"Ezra Kipkemboi": "overturned"},
    ),
    (
        "acq-4",
        "The appeal of Stanley Mhlongo was dismissed and his 20-year sentence for trafficking stands.",
        {"Stanley Mhlongo": "sentenced"},
    ),
    (
        "acq-5",
        "Justice Eve Tarr dismissed the appeal of Colm Daly against his conviction and 9-year sentence.",
        {"Colm Daly": "sentenced"},
    ),
    ("acq-6", "The case against Ruud Visser was dropped after he died in custody.", {"Ruud Visser": "dismissed"}),
    (
        "acq-7",
        "Faith Odhiambo was acquitted, but the State appealed and she was sentenced to 12 years for trafficking.",
        {"Faith Odhiambo": "sentenced"},
    ),
    (
        "acq-8",
        "The court discharged Emeka Udo and convicted Ada Udo, his aunt, of trafficking.",
        {"Emeka Udo": "dismissed", "Ada Udo": "convicted"},
    ),
    (
        "acq-9",
        "A retrial was ordered for Otto Brenner after his trafficking conviction was set aside.",
        {"Otto Brenner": "overturned"},
    ),
    ("acq-10", "Cleared of rape, Dean Salter was found guilty of sex trafficking.", {"Dean Salter": "convicted"}),
    # aliases
    ("alias-1", "Police arrested Sushil Bose @ Bapi, 34, for trafficking.", {"Sushil Bose": "arrested"}),
    (
        "alias-2",
        "Marta Reyes, alias “La Tía”, was charged with trafficking. La Tía said nothing.",
        {"Marta Reyes": "charged"},
    ),
    (
        "alias-3",
        "Chinedu Okeke, a.k.a. Sharp Guy, was remanded by a court for human trafficking.",
        {"Chinedu Okeke": "charged"},
    ),
    (
        "alias-4",
        "Jean Kalala dit Bazooka was sentenced to eight years for trafficking.",
        {"Jean Kalala": "sentenced"},
    ),
    ("alias-5", "Rahim “Shorty” Bux was convicted of trafficking.", {"Rahim Bux": "convicted"}),
    (
        "alias-6",
        "Known as Mama Joy, Joyce Atieno was arrested over trafficking. Mama Joy ran a salon.",
        {"Joyce Atieno": "arrested"},
    ),
    (
        "alias-7",
        "Munni Begum urf Guddi (40) has been booked for human trafficking and arrested.",
        {"Munni Begum": "arrested"},
    ),
    (
        "alias-8",
        "The kingpin, whose real name is Desmond Achebe but who calls himself Pastor Sam, was arrested.",
        {"Desmond Achebe": "arrested"},
    ),
    # groups and kin
    (
        "group-1",
        "Ivan Petrenko and Alla Bondar were arrested on Friday. The duo were charged with trafficking on Monday.",
        {"Ivan Petrenko": "charged", "Alla Bondar": "charged"},
    ),
    (
        "group-2",
        "Police arrested Raju Thapa and his wife Sunita.",
        {"Raju Thapa": "arrested", "Sunita": "arrested"},
    ),
    (
        "group-3",
        "The first accused, Mary Kendi, got ten years. The second accused, John Muli, was acquitted.",
        {"Mary Kendi": "sentenced", "John Muli": "acquitted"},
    ),
    (
        "group-4",
        "Brothers Luka and Marko Babic were convicted of trafficking.",
        {"Luka Babic": "convicted", "Marko Babic": "convicted"},
    ),
    (
        "group-5",
        "Of the trio, Sam Tuck and Bill Orme were jailed; Jo Perrin absconded before the trial for trafficking.",
        {"Sam Tuck": "sentenced", "Bill Orme": "sentenced", "Jo Perrin": "charged"},
    ),
    (
        "group-6",
        "Accused No. 2, Selvi Raman, was remanded by the court on a charge of trafficking with her son Kumar, A3.",
        {"Selvi Raman": "charged", "Kumar": "charged"},
    ),
    (
        "group-7",
        "Leila Haddou and Karim Haddou, a couple, deny trafficking. Both are on trial.",
        {"Leila Haddou": "on_trial", "Karim Haddou": "on_trial"},
    ),
    (
        "group-8",
        "The former was Ali Tosun, jailed for six years for trafficking; the latter, Cem Kaya, his victim.",
        {"Ali Tosun": "sentenced"},
    ),
    (
        "group-9",
        "Among those arrested were a councillor, Ato Mensah, and Adjoa Pokuaa, who ran the bar.",
        {"Ato Mensah": "arrested", "Adjoa Pokuaa": "arrested"},
    ),
    ("group-10", "Five others, including Lucky Ncube, are wanted by police.", {"Lucky Ncube": "wanted"}),
    # names that are words, places, firms
    ("name-1", "Judge Young jailed Grace Justice for five years for trafficking.", {"Grace Justice": "sentenced"}),
    (
        "name-2",
        "Christian Victim Support said that Charity Lawyer was arrested for trafficking.",
        {"Charity Lawyer": "arrested"},
    ),
    (
        "name-3",
        "Police in Victoria arrested Victoria Marsh, 31, for trafficking.",
        {"Victoria Marsh": "arrested"},
    ),
    ("name-4", "Maxwell Travels Ltd was charged with trafficking.", NOBODY),
    ("name-5", "The Frank Morley Centre was raided and a man was arrested.", NOBODY),
    ("name-6", "Constable Constable arrested Hope Marshall for trafficking.", {"Hope Marshall": "arrested"}),
    (
        "name-7",
        "The St Mary Magistrate remanded Kemar Blythe on a trafficking charge.",
        {"Kemar Blythe": "charged"},
    ),
    (
        "name-8",
        "Maria's Law, named after Maria Dunn, was cited when Earl Crabbe was sentenced to prison for trafficking.",
        {"Earl Crabbe": "sentenced"},
    ),
    # odd print
    ("print-1", "POLICE ARREST TESSA GLYNN, 44, FOR HUMAN TRAFFICKING.", {"TESSA GLYNN": "arrested"}),
    ("print-2", "police arrested tessa glynn, 44, for human trafficking.", {"tessa glynn": "arrested"}),
    (
        "print-3",
        "Police ar-\nrested Roderick Vane, 51,\nfor human traffick-\ning on Monday.",
        {"Roderick Vane": "arrested"},
    ),
    ("print-4", "Roderick\nVane was sentenced to\nnine years for\ntrafficking.", {"Roderick Vane": "sentenced"}),
    ("print-5", "Rod-\nerick Vane was convicted of trafficking.", {"Roderick Vane": "convicted"}),
    (
        "print-6",
        "JUDGE OMAR PIKE JAILED ELSA BRANDT FOR TRAFFICKING. MS BRANDT WEPT.",
        {"ELSA BRANDT": "sentenced"},
    ),
    ("print-7", "ACCUSED : Devraj  Sonar ( 39 ) ,  ARRESTED .", {"Devraj Sonar": "arrested"}),
    (
        "print-8",
        "Élodie N’Guessan-Kouamé, 28, was charged with trafficking.",
        {"Élodie N’Guessan-Kouamé": "charged"},
    ),
    (
        "print-9",
        "Name: Arif Noor Age: 33 Charge: human trafficking Status: remanded by court",
        {"Arif Noor": "charged"},
    ),
    (
        "print-10",
        "• Dwayne Pott, 25: guilty, human trafficking\n• Lisa Moran, 30: not guilty, human trafficking",
        {"Dwayne Pott": "convicted", "Lisa Moran": "acquitted"},
    ),
    (
        "print-11",
        "O'Malley, Sean Patrick, 42, Dublin. Charged: human trafficking.",
        {"Sean Patrick O'Malley": "charged"},
    ),
    (
        "print-12",
        "Mr. K.P. Suresh Kumar (A1) and Smt. Leela (A2) were convicted of trafficking.",
        {"K.P. Suresh Kumar": "convicted", "Leela": "convicted"},
    ),
    # tails and backgrounds
    (
        "tail-1",
        "Rita Boma was jailed for six years for trafficking.\n\nIn another case, the court jailed Ken "
        "Achola for theft.",
        {"Rita Boma": "sentenced"},
    ),
    (
        "tail-2",
        "Ned Farrow was charged with trafficking.\n\nMeanwhile, Cyril Banks, 60, was arrested for drunk driving.",
        {"Ned Farrow": "charged"},
    ),
    (
        "tail-3",
        "Nine were freed and Hugo Stein was arrested. In 2009 a court in the town jailed Max Lorenz for "
        "trafficking.",
        {"Hugo Stein": "arrested"},
    ),
    (
        "tail-4",
        "Ana Costa was arrested for trafficking. She was convicted of fraud in 2011.",
        {"Ana Costa": "arrested"},
    ),
    (
        "tail-5",
        "The sentence on Pia Holt, jailed for four years for trafficking, is the longest since that of "
        "Uwe Kranz in 2003.",
        {"Pia Holt": "sentenced"},
    ),
    (
        "tail-6",
        "Police arrested Ade Bamidele for trafficking. Also on Friday, police arrested Joy Okon for "
        "selling fake drugs.",
        {"Ade Bamidele": "arrested"},
    ),
    (
        "tail-7",
        "Tito Rojas was charged with trafficking. Rojas is a cousin of Memo Rojas, who was convicted of murder.",
        {"Tito Rojas": "charged"},
    ),
    (
        "tail-8",
        "The officer who caught Neil Stubbs, sentenced for trafficking, was Brian Lowe, since jailed for perjury.",
        {"Neil Stubbs": "sentenced"},
    ),
)

# Whole articles.
ARTICLES: tuple[Case, ...] = (
    ("head-1", "Pimp jailed\n\nSeven years for Bogdan Ilic. Two for Zora Ilic, his mother. Women sold "
     "in flats in Lund.",
     {"Bogdan Ilic": "sentenced", "Zora Ilic": "sentenced"}),
    ("head-2", "Sex trafficking: bail for Fiona Garrick\n\nThe court released her on $5,000 bail on the "
     "charge. Trial in May.",
     {"Fiona Garrick": "charged"}),
    ("head-3", "Slavery farm boss guilty\n\nGuilty: Alfred Tench, 59, of holding workers in slavery. "
     "Not guilty: Ivy Tench, 57.",
     {"Alfred Tench": "convicted", "Ivy Tench": "acquitted"}),
    ("head-4", "MAN HELD IN TRAFFICKING OF MAIDS\n\nKADUNA - Sani Bature, 38, in police net. NAPTIP to "
     "take over the case.",
     {"Sani Bature": "arrested"}),
    ("head-5", "Arrest in trafficking case\n\nPhoto caption: Dolly Mbatha, handcuffed, leaves the court "
     "where she was charged "
     "with human trafficking. Picture: Nico Steyn", {"Dolly Mbatha": "charged"}),
    ("head-6", "Human trafficking accused's lawyer ill\n\nThe trial of Themba Cele on a charge of "
     "trafficking in persons was "
     "adjourned after its third day because Adv Riana Louw is ill.", {"Themba Cele": "on_trial"}),
    ("other-1", "Drug trafficker jailed\n\nBoris Lund was jailed for ten years for trafficking cocaine. "
     "“You are a slave "
     "trader of souls,” judge Eva Rask said.", NOBODY),
    ("other-2", "Man charged with murder of trafficking survivor\n\nPolice charged Lyle Dobbs, 40, with "
     "the murder of Tara "
     "Finn, who was trafficked as a girl and spoke in schools. The two were neighbours.", NOBODY),
    ("other-3", "Activist arrested at protest\n\nIrene Soto, who runs a shelter for trafficking "
     "victims, was arrested for "
     "blocking a road. She was charged with obstruction.", NOBODY),
    ("other-4", "Anti-trafficking officer charged with bribery\n\nInspector Moses Kyalo of the "
     "anti-human trafficking unit "
     "was charged with taking a bribe of Sh5,000 from a trader in a stolen car case.", NOBODY),
    ("other-5", "Prosecutor of traffickers jailed for drink-driving\n\nMark Sorley, who has prosecuted "
     "human trafficking, "
     "was jailed for 14 days.", NOBODY),
    ("other-6", "Thieves rob brothel\n\nAbel Cruz and Rene Solis were sentenced to five years for "
     "robbing a brothel.", NOBODY),
    ("other-7", "Actor who plays a pimp arrested\n\nActor Denzil Roach, who plays a pimp in the series, "
     "was arrested for "
     "speeding.", NOBODY),
    ("other-8", "Smugglers jailed\n\nImad Saad and Rafi Nassar were jailed for smuggling 30 migrants in "
     "a lorry. All had "
     "paid and none was exploited, the judge said.", NOBODY),
    ("other-9", "Fined for seeking sex\n\nTwelve men, among them teacher Howard Blick, were fined for "
     "soliciting an officer "
     "who posed as a prostitute.", NOBODY),
    ("other-10", "Ex-minister calls accusers pimps\n\nFormer minister Deo Makuza, charged with "
     "embezzlement, called "
     "prosecutors pimps of the regime.", NOBODY),
    ("fict-1", "The Buyer: a review\n\nIn Lena Moravec's novel, Judge Karel Hus sentences Pavel Dusek "
     "for trafficking in "
     "women. Dusek hangs himself.", NOBODY),
    ("fict-2", "Mock court tries trafficker\n\nLaw students convicted “Sanjay Gupta” of human "
     "trafficking in a mock trial. "
     "Student Isha Kaul played the accused.", NOBODY),
    ("pol-1", "Minister: traffickers will be jailed\n\nMinister Oscar Bwalya said that traffickers "
     "would be arrested, "
     "charged and sentenced. MP Jane Mutale asked when.", NOBODY),
    ("pol-2", "Study finds few convictions for trafficking\n\nDr Paula Weems found that of 90 charged "
     "with trafficking nine "
     "were convicted. Sheriff Don Hale disputed it.", NOBODY),
    ("mix-1", "Two cases at Elmstead court\n\nGary Pound, 45, was jailed for controlling prostitution. "
     "Earlier, Kyle Moss, "
     "22, was jailed for burglary.", {"Gary Pound": "sentenced"}),
    ("mix-2", "Trafficking victim's killer and trafficker in one dock\n\nRauf Mamedov was convicted of "
     "trafficking Leyla "
     "Aliyeva. Her brother Elman Aliyev was convicted of assaulting him in court.", {"Rauf "
     "Mamedov": "convicted"}),
    ("mix-3", "Spa owner charged with pandering\n\nMei Lin Fong, 52, was charged with pandering. "
     "Customer Walt Greer, 61, "
     "was cited for soliciting. Landlord Ed Stamm is not accused of a crime.", {"Mei Lin Fong": "charged"}),
    ("mix-4", "Court frees one of two in slavery trial\n\nRenaldo Fick was convicted of keeping farm "
     "workers in servitude. "
     "Hendrik Fick, his brother, walked free. The workers' lawyer, Thembi Cele, will sue both.",
     {"Renaldo Fick": "convicted", "Hendrik Fick": "acquitted"}),
    ("mix-5", "Conviction upheld, sentence cut\n\nThe Court of Appeal upheld the conviction of Tomas "
     "Vrba for trafficking "
     "but cut his sentence from 12 to 9 years. Lord Justice Peake called Vrba's victim, Eva Klim, brave.",
     {"Tomas Vrba": "sentenced"}),
    ("mix-6", "Wanted trafficker caught\n\nInterpol notice subject Hassan Guled, sought since 2019 for "
     "trafficking, was "
     "arrested in Nairobi. His associate Abdi Warsame is still sought.",
     {"Hassan Guled": "arrested", "Abdi Warsame": "wanted"}),
    ("mix-7", "Mother who sold baby on trial\n\nDaria Munt is on trial for trafficking: she sold her "
     "newborn to Vera Holm, "
     "who adopted the child in good faith and is not charged. Midwife Olga Best testified.", {"Daria "
     "Munt": "on_trial"}),
    ("mix-8", "Organ trade: surgeon's plea\n\nDr Anil Mathur pleaded guilty to organ trafficking. Donor "
     "Bhola Sahni, whose "
     "kidney was sold, was first named an accused in error, police said.", {"Anil Mathur": "pleaded_guilty"}),
)  # fmt: skip

KNOWN_FAILURES = frozenset(
    [
        "acq-3",
        "acq-7",
        "acq-8",
        "acq-9",
        "active-4",
        "alias-6",
        "cond-11",
        "cond-7",
        "deny-1",
        "deny-6",
        "fict-1",
        "group-4",
        "group-5",
        "group-9",
        "head-1",
        "head-3",
        "mix-1",
        "mix-4",
        "mix-6",
        "mix-8",
        "name-1",
        "name-2",
        "near-5",
        "near-7",
        "near-8",
        "print-2",
        "print-3",
        "print-4",
        "print-5",
        "print-7",
        "tail-2",
        "tail-3",
        "tail-6",
        "tail-8",
        "turn-3",
        "turn-4",
        "turn-5",
        "turn-6",
    ]
)
FLOOR = 0.75
INNOCENTS = 13
"""Measured with them; raise the one and lower the other whenever the reader gets better."""


def cases() -> Iterator[Case]:
    """Every case as a whole text."""
    for n, (key, text, expected) in enumerate(SENTENCES):
        yield key, FRAME.format(place=PLACES[n % len(PLACES)]) + text, expected
    yield from ARTICLES


@pytest.fixture(scope="module")
def found() -> Mapping[str, Sequence[Accused]]:
    """The accused whom the reader finds, by case."""
    reader = Reader(load_reading_lexicons(), {})
    return {
        key: reader.read(Article(id=key, url="https://news.example/a", text=text, language="en")).accused
        for key, text, _ in cases()
    }


def innocents(accused: Sequence[Accused], expected: Mapping[str, str]) -> list[str]:
    """Those accused who are none of the expected, and whoever stands there twice."""
    left, wrong = set(expected), []
    for person in accused:
        name = next((n for n in left if same_person([n], [person.name])), None)
        if name is None:
            wrong.append(person.name)
        left.discard(name or "")
    return wrong


def passes(accused: Sequence[Accused], expected: Mapping[str, str]) -> bool:
    """Everybody who is expected, at their stage, and nobody else."""
    stages = all(
        any(same_person([name], [a.name]) and a.stage.value == stage for a in accused)
        for name, stage in expected.items()
    )
    return stages and len(accused) == len(expected)


def test_the_table_is_large_and_its_ids_are_its_own() -> None:
    keys = [key for key, _, _ in cases()]
    assert len(keys) == len(set(keys)) >= 120
    assert set(keys) >= KNOWN_FAILURES
    for key, text, expected in cases():
        flat = text.replace("-\n", "").replace("\n", " ")
        assert all(word in flat for name in expected for word in name.split()), key


def test_enough_cases_pass(found: Mapping[str, Sequence[Accused]]) -> None:
    """The floor; prints what changed since it was measured."""
    failed = {key for key, _, expected in cases() if not passes(found[key], expected)}
    share = 1 - len(failed) / len(found)
    print(f"{share:.3f} of {len(found)} pass; floor {FLOOR}")
    print("new failures:", sorted(failed - KNOWN_FAILURES))
    print("mended:", sorted(KNOWN_FAILURES - failed))
    assert share >= FLOOR


def test_few_innocents_are_accused(found: Mapping[str, Sequence[Accused]]) -> None:
    """Precision by itself: a wrong name is worse than a missed one or a wrong stage."""
    wrong = {key: names for key, _, expected in cases() if (names := innocents(found[key], expected))}
    total = sum(map(len, wrong.values()))
    print(f"{total} innocents accused; ceiling {INNOCENTS}: {wrong}")
    assert total <= INNOCENTS
