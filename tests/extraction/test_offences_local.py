"""Laws as the press in Spanish, Portuguese, French and Indonesian cites them: statute, section, category."""

from __future__ import annotations

from functools import cache

import pytest

from config.reading_lexicons import load_reading_lexicons
from extraction.components.lexis import compile_lexicon
from extraction.components.statutes import StatuteReader
from extraction.model import Article, Offence
from extraction.reader import Reader

LEXICONS = load_reading_lexicons()
T, P, L = "trafficking_unspecified", "pimping_procuring", "labour_trafficking"
X, C, M, O = "sex_trafficking", "child_sex_trafficking", "smuggling", "organised_crime"  # noqa: E741
Cited = list[tuple[str, str | None, set[str]]]


@cache
def statutes(language: str) -> StatuteReader:
    return StatuteReader(compile_lexicon(LEXICONS[language]))


@pytest.fixture(scope="module")
def reader() -> Reader:
    """A reader whose rules stand alone."""
    made = Reader(LEXICONS, {})
    for language in ("es", "pt", "fr", "id"):
        made._pipeline(language)[1].opinion = None
    return made


# language, country that prosecutes, sentence, (statute, section, what it charges) in order
CITED: list[tuple[str, str, str, Cited]] = [
    # --- Spanish
    (
        "es",
        "mx",
        "Fue vinculado a proceso por el artículo 10, fracción III, de la Ley General para Prevenir, Sancionar y "
        "Erradicar los Delitos en Materia de Trata de Personas.",
        [("mx-lgtp", "10", {T})],
    ),
    (
        "es",
        "mx",
        "previsto en los artículos 10 y 13 de la Ley General en Materia de Trata",
        [("mx-lgtp", "10", {T}), ("mx-lgtp", "13", {X})],
    ),
    ("es", "mx", "conforme al artículo 22 de la LGPSEDMTP", [("mx-lgtp", "22", {L})]),
    ("es", "mx", "lenocinio, artículo 206 del Código Penal Federal", [("mx-cpf", "206", {P})]),
    (
        "es",
        "ar",
        "trata de personas agravada (artículos 145 bis y 145 ter del Código Penal)",
        [("ar-cp", "145 bis", {T}), ("ar-cp", "145 ter", {T})],
    ),
    ("es", "ar", "en los términos del art. 145 ter, inciso 1, del CP", [("ar-cp", "145 ter", {T})]),
    (
        "es",
        "ar",
        "los arts. 125bis, 126 y 127 del Código Penal de la Nación",
        [("ar-cp", "125bis", {P}), ("ar-cp", "126", {P}), ("ar-cp", "127", {P})],
    ),
    ("es", "ar", "infracción al artículo 17 de la Ley Nº 12.331 de Profilaxis", [("ar-l12331", "17", {P})]),
    (
        "es",
        "ar",
        "según la Ley 26.364, modificada por la ley 26.842",
        [("ar-l26364", None, {T}), ("ar-l26842", None, {T})],
    ),
    ("es", "co", "trata de personas, artículo 188A del Código Penal colombiano", [("co-cp", "188A", {T})]),
    ("es", "co", "el delito del artículo 188-A de la Ley 599 de 2000", [("co-cp", "188-A", {T})]),
    (
        "es",
        "co",
        "artículo 188 A del Código Penal y la Ley 985 de 2005",
        [("co-cp", "188 A", {T}), ("co-l985", None, {T})],
    ),
    ("es", "co", "artículo 213-A del Código Penal", [("co-cp", "213-A", {P, C})]),
    (
        "es",
        "es",
        "un delito de trata de seres humanos del artículo 177 bis del Código Penal",
        [("es-cp", "177 bis", {T})],
    ),
    (
        "es",
        "es",
        "previsto en el art. 177 bis CP y en el artículo 187.1 CP",
        [("es-cp", "177 bis", {T}), ("es-cp", "187", {P})],
    ),
    ("es", "es", "artículo 318 bis de la Ley Orgánica 10/1995", [("es-cp", "318 bis", {M})]),
    ("es", "pe", "tipificado en el artículo 129-A del Código Penal", [("pe-cp", "129-A", {T})]),
    (
        "es",
        "pe",
        "artículos 129-B, inciso 3, y 129-O del Código Penal peruano",
        [("pe-cp", "129-B", {T}), ("pe-cp", "129-O", {L})],
    ),
    ("es", "pe", "el artículo 129-B, incisos 1 y 3, del Código Penal", [("pe-cp", "129-B", {T})]),
    ("es", "pe", "en aplicación de la Ley N° 28950, ley contra la trata", [("pe-l28950", None, {T})]),
    (
        "es",
        "bo",
        "trata de personas, artículo 281 bis del Código Penal, y la Ley 263",
        [("bo-cp", "281 bis", {T}), ("bo-l263", None, {T})],
    ),
    ("es", "ar", "la Ley 263 de otro país", []),
    ("es", "cl", "artículo 411 quáter del Código Penal", [("cl-cp", "411 quáter", {T})]),
    ("es", "cl", "el artículo 411 quater, incorporado por la Ley N° 20.507", [("cl-l20507", "411 quater", {T})]),
    ("es", "ec", "el artículo 91 del Código Orgánico Integral Penal (COIP)", [("ec-coip", "91", {T})]),
    ("es", "ec", "artículo 105 del COIP", [("ec-coip", "105", {L})]),
    (
        "es",
        "py",
        "el artículo 5 de la Ley N° 4788/12 Integral contra la Trata de Personas",
        [("py-l4788", "5", {T})],
    ),
    ("es", "uy", "el artículo 78 de la Ley Nº 18.250 de Migración", [("uy-l18250", "78", {T})]),
    (
        "es",
        "ve",
        "artículo 41 de la Ley Orgánica contra la Delincuencia Organizada y Financiamiento al Terrorismo",
        [("ve-locdo", "41", {T})],
    ),
    ("es", "gt", "artículo 202 Ter del Código Penal", [("gt-cp", "202 Ter", {T})]),
    ("es", "sv", "artículo 54 de la Ley Especial contra la Trata de Personas", [("sv-lect", "54", {T})]),
    ("es", "cr", "artículo 172 del Código Penal", [("cr-cp", "172", {T})]),
    (
        "es",
        "do",
        "violación a los artículos 1 letra a, 3 y 7 letra c de la Ley 137-03",
        [("do-l137", "1", set()), ("do-l137", "3", {T}), ("do-l137", "7", {T})],
    ),
    ("es", "pa", "artículo 456-A del Código Penal", [("pa-cp", "456-A", {T})]),
    ("es", "ni", "artículo 182 del Código Penal de Nicaragua", [("ni-cp", "182", {T})]),
    ("es", "hn", "el artículo 52 de la Ley contra la Trata de Personas", [("hn-lct", "52", {T})]),
    ("es", "xk", "artículo 188 del Código Penal", []),
    # --- Portuguese
    ("pt", "br", "tráfico de pessoas, previsto no artigo 149-A do Código Penal", [("br-cp", "149-A", {T})]),
    (
        "pt",
        "br",
        "denunciado pelo art. 149, caput, c/c art. 149-A, § 1º, inciso II, do CP",
        [("br-cp", "149", {L}), ("br-cp", "149-A", {T})],
    ),
    (
        "pt",
        "br",
        "os arts. 149 e 207 do Código Penal brasileiro",
        [("br-cp", "149", {L}), ("br-cp", "207", {"illegal_recruitment"})],
    ),
    ("pt", "br", "com base na Lei nº 13.344/2016", [("br-l13344", None, {T})]),
    ("pt", "br", "o artigo 244-A do Estatuto da Criança e do Adolescente (ECA)", [("br-eca", "244-A", {C})]),
    ("pt", "br", "organização criminosa (art. 2º da Lei 12.850/13)", [("br-l12850", "2", {O})]),
    ("pt", "pt", "tráfico de pessoas, artigo 160.º, n.º 1, alínea a), do Código Penal", [("pt-cp", "160", {T})]),
    ("pt", "pt", "lenocínio, previsto no art. 169.º do CP", [("pt-cp", "169", {P})]),
    ("pt", "pt", "o artigo 183.º da Lei n.º 23/2007", [("pt-l23", "183", {M})]),
    ("pt", "mz", "à luz da Lei n.º 6/2008, de 9 de Julho", [("mz-l6", None, {T})]),
    ("pt", "ao", "nos termos do artigo 19.º da Lei n.º 3/14, de 10 de Fevereiro", [("ao-l3", "19", {T})]),
    ("pt", "cv", "o artigo 271.º-A do Código Penal", [("cv-cp", "271.º-A", {T})]),
    ("pt", "tl", "artigo 163.º do Código Penal de Timor-Leste", [("tl-cp", "163", {T})]),
    # --- French
    ("fr", "fr", "traite d'êtres humains, article 225-4-1 du code pénal", [("fr-cp", "225-4-1", {T})]),
    (
        "fr",
        "fr",
        "les articles 225-5 et 225-7-1 du Code pénal",
        [("fr-cp", "225-5", {P}), ("fr-cp", "225-7-1", {P})],
    ),
    (
        "fr",
        "be",
        "la traite des êtres humains, article 433 quinquies du Code pénal",
        [("be-sw", "433 quinquies", {T})],
    ),
    ("fr", "be", "art. 433quinquies, § 1er, du Code pénal", [("be-sw", "433quinquies", {T})]),
    ("fr", "be", "l'article 77bis de la loi du 15 décembre 1980", [("be-l1980", "77bis", {M})]),
    (
        "fr",
        "ci",
        "par la loi n° 2016-1111 du 8 décembre 2016 relative à la lutte contre la traite des personnes",
        [("ci-l1111", None, {T})],
    ),
    ("fr", "sn", "l'article 3 de la loi n°2005-06 du 10 mai 2005", [("sn-l06", "3", {L})]),
    (
        "fr",
        "sn",
        "proxénétisme, articles 323 et 324 du Code pénal",
        [("sn-cp", "323", {P}), ("sn-cp", "324", {P})],
    ),
    ("fr", "cm", "l’article 342-1 du Code pénal", [("cm-cp", "342-1", {T})]),
    ("fr", "ca", "traite de personnes (Code criminel, article 279.01)", [("ca-cc", "279.01", {T})]),
    ("fr", "ca", "en vertu de l'article 279.011 (1) du Code criminel", [("ca-cc", "279.011 (1)", {T})]),
    ("fr", "ch", "l'article 182 du Code pénal suisse", [("ch-stgb", "182", {T})]),
    ("fr", "lu", "l'article 382-1 du Code pénal", [("lu-cp", "382-1", {T})]),
    (
        "fr",
        "ma",
        "l'article 448-1 du Code pénal et la loi n° 27-14",
        [("ma-cp", "448-1", {T}), ("ma-l2714", None, {T})],
    ),
    ("fr", "dz", "l'article 303 bis 4 du code pénal", [("dz-cp", "303 bis 4", {T})]),
    ("fr", "tn", "la loi organique n°2016-61 du 3 août 2016", [("tn-lo61", None, {T})]),
    ("fr", "ne", "l'article 10 de l'ordonnance n° 2010-86", [("ne-o86", "10", {T})]),
    ("fr", "cd", "l'article 174j du Code pénal congolais", [("cd-cp", "174j", {C})]),
    # --- Indonesian
    ("id", "id", "Pasal 2 UU No 21 Tahun 2007 tentang TPPO", [("id-uu21", "2", {T})]),
    (
        "id",
        "id",
        "Pasal 2 ayat (1) juncto Pasal 17 UU RI Nomor 21 Tahun 2007",
        [("id-uu21", "2", {T}), ("id-uu21", "17", set())],
    ),
    ("id", "id", "Pasal 2 ayat 1 dan ayat 2 Undang-Undang Nomor 21 Tahun 2007", [("id-uu21", "2", {T})]),
    (
        "id",
        "id",
        "Pasal 4 jo Pasal 10 UU No.21 Tahun 2007 dan Pasal 81 jo Pasal 69 UU Nomor 18 Tahun 2017",
        [
            ("id-uu21", "4", {T}),
            ("id-uu21", "10", {T}),
            ("id-uu18", "81", {"illegal_recruitment"}),
            ("id-uu18", "69", {"illegal_recruitment"}),
        ],
    ),
    ("id", "id", "Pasal 455 UU Nomor 1 Tahun 2023", [("id-kuhp23", "455", {T})]),
    ("id", "id", "Pasal 76I jo Pasal 88 UU Perlindungan Anak", [("id-uu35", "76I", {T}), ("id-uu35", "88", {T})]),
    ("id", "id", "Pasal 120 UU Nomor 6 Tahun 2011 tentang Keimigrasian", [("id-uu6", "120", {M})]),
    ("id", "id", "Pasal 12 UU TPKS", [("id-uu12", "12", {X})]),
]


@pytest.mark.parametrize(("language", "country", "text", "laws"), CITED)
def test_citations_in_the_local_press(language: str, country: str, text: str, laws: Cited) -> None:
    found = statutes(language).read(text, 0, len(text), country)
    assert [(x.statute, x.section, {o.value for o in x.offences}) for c in found for x in c.laws] == laws
    assert all(text[c.start : c.end] == x.quote for c in found for x in c.laws)


# language, country of the source, the sentence on an invented person, (statute, section), a category of theirs
CHARGED = [
    (
        "es",
        "ar",
        "Tadeo Brulleto, de 34 años, fue procesado por el delito de trata de personas, previsto en "
        "el artículo 145 bis del Código Penal.",
        ("ar-cp", "145 bis"),
        None,
    ),
    (
        "es",
        "es",
        "Tadeo Brulleto, de 34 años, fue condenado por un delito de prostitución coactiva del "
        "artículo 187 del Código Penal.",
        ("es-cp", "187"),
        P,
    ),
    (
        "es",
        "pe",
        "Tadeo Brulleto, de 34 años, fue acusado del delito de trabajo forzoso, tipificado en el "
        "artículo 129-O del Código Penal.",
        ("pe-cp", "129-O"),
        L,
    ),
    (
        "es",
        "bo",
        "Tadeo Brulleto, de 34 años, fue imputado por el delito de proxenetismo, artículo 321 del Código Penal.",
        ("bo-cp", "321"),
        P,
    ),
    (
        "es",
        "ec",
        "Tadeo Brulleto, de 34 años, fue procesado por el delito de explotación sexual, artículo 100 del COIP.",
        ("ec-coip", "100"),
        X,
    ),
    (
        "pt",
        "br",
        "Tadeu Brulleto, de 34 anos, foi denunciado pelo crime de redução a condição análoga à de "
        "escravo, previsto no artigo 149 do Código Penal.",
        ("br-cp", "149"),
        L,
    ),
    (
        "pt",
        "br",
        "Tadeu Brulleto, de 34 anos, foi preso pelo crime de rufianismo, previsto no artigo 230 do Código Penal.",
        ("br-cp", "230"),
        P,
    ),
    (
        "pt",
        "pt",
        "Tadeu Brulleto, de 34 anos, foi condenado pelo crime de lenocínio, previsto no artigo "
        "169.º do Código Penal.",
        ("pt-cp", "169"),
        P,
    ),
    (
        "fr",
        "fr",
        "Thadée Brullet, 34 ans, a été mis en examen pour proxénétisme aggravé, prévu par "
        "l'article 225-7 du code pénal.",
        ("fr-cp", "225-7"),
        P,
    ),
    (
        "fr",
        "be",
        "Thadée Brullet, 34 ans, a été condamné pour traite des êtres humains, article "
        "433quinquies du Code pénal.",
        ("be-sw", "433quinquies"),
        None,
    ),
    (
        "fr",
        "sn",
        "Thadée Brullet, 34 ans, a été arrêté pour proxénétisme, article 323 du Code pénal.",
        ("sn-cp", "323"),
        P,
    ),
    (
        "id",
        "id",
        "Tersangka Tadeus Brulleto (34) dijerat Pasal 2 UU No 21 Tahun 2007 tentang TPPO dengan "
        "ancaman 15 tahun penjara.",
        ("id-uu21", "2"),
        None,
    ),
    (
        "id",
        "id",
        "Tersangka Tadeus Brulleto (34) dijerat Pasal 2 UU Nomor 21 Tahun 2007 tentang Pemberantasan Tindak "
        "Pidana Perdagangan Orang serta Pasal 81 UU Nomor 18 Tahun 2017 karena menempatkan pekerja migran tanpa "
        "izin.",
        ("id-uu18", "81"),
        "illegal_recruitment",
    ),
]
AFTER = {
    "es": "La Fiscalía informó que las víctimas de trata de personas fueron rescatadas.",
    "pt": "As vítimas de tráfico de pessoas foram resgatadas, informou a polícia.",
    "fr": "Les victimes de la traite des êtres humains ont été mises à l'abri, selon le parquet.",
    "id": "Polisi menyelamatkan para korban perdagangan orang, kata Kapolres.",
}


@pytest.mark.parametrize(("language", "country", "text", "law", "category"), CHARGED)
def test_charges_carry_the_local_law(
    reader: Reader, language: str, country: str, text: str, law: tuple[str, str], category: str | None
) -> None:
    story = f"{text}\n{AFTER[language]}"
    report = reader.read(
        Article(id="0" * 64, url="https://court.example/1", text=story, language=language, country=country)
    )
    (person,) = report.accused
    assert law in {(x.statute, x.section) for c in person.charges for x in c.laws}
    charged = {o for c in person.charges for o in c.offences}
    if category is None:  # the section leaves the purpose open: the story decides
        kin = {Offence(x) for x in (T, X, C, L)}
        assert charged
        assert charged <= kin
    else:
        assert Offence(category) in charged


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "artículos 145 bis, inciso 2, "),
        ("pt", "artigos 149-A, § 1º, "),
        ("fr", "articles 225-4-1, alinéa 2, "),
        ("id", "Pasal 2 ayat (1) jo "),
    ],
)
def test_lists_without_end_are_bounded(language: str, words: str) -> None:
    """A hostile text costs no more than its length."""
    text = words * 1000
    assert statutes(language).read(text, 0, len(text), None) == []
