# ruff: noqa: E501 - tables of sentences and markup
"""The language of news in the gate's main languages; doubt where a text is short."""

import pytest

from extraction.language import detect

TEXTS = {
    "en": "A court in the harbour town sentenced two brothers to twelve years in prison on Monday for trafficking women.",
    "es": "El tribunal condenó el lunes a dos hermanos a doce años de prisión por un delito de trata de personas con fines de explotación.",
    "fr": "Le tribunal a condamné lundi deux frères à douze ans de prison pour traite des êtres humains et proxénétisme aggravé.",
    "pt": "O tribunal condenou na segunda-feira dois irmãos a doze anos de prisão por tráfico de pessoas e exploração sexual.",
    "id": "Pengadilan negeri pada hari Senin menjatuhkan hukuman dua belas tahun penjara kepada dua bersaudara karena perdagangan orang.",
    "ru": "Суд в понедельник приговорил двух братьев к двенадцати годам лишения свободы за торговлю людьми.",
    "hi": "अदालत ने सोमवार को मानव तस्करी के मामले में दो भाइयों को बारह साल की सजा सुनाई और जुर्माना लगाया।",
    "ar": "حكمت المحكمة يوم الاثنين على شقيقين بالسجن اثني عشر عاما بتهمة الاتجار بالبشر في المدينة الساحلية.",
    "zh": "法院周一以拐卖妇女罪判处两兄弟有期徒刑十二年，并处罚金。检方表示他们欺骗了九名妇女。",
    "th": "ศาลตัดสินจำคุกสองพี่น้องสิบสองปีฐานค้ามนุษย์เมื่อวันจันทร์ที่ผ่านมา",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items(), ids=TEXTS.keys())
def test_languages(language: str, text: str) -> None:
    found, score = detect(text)
    assert found == language
    assert 0.5 <= score <= 1


@pytest.mark.parametrize(
    "text", ["", "  ", "OK", "Two jailed", "12 34 56 78 90 12 34 56 78 90 12 34 56 78 90 12 34 56", "????" * 40]
)
def test_doubt_is_none(text: str) -> None:
    language, score = detect(text)
    assert language is None
    assert 0 <= score <= 1


@pytest.mark.parametrize(("language", "text"), TEXTS.items(), ids=TEXTS.keys())
def test_the_source_never_overturns_a_clear_text(language: str, text: str) -> None:
    for expected in (("en",), ("es", "fr"), ("hi", "ne"), ("no",), ("fil",), ("xx",)):
        assert detect(text, expected)[0] == language


def test_the_source_decides_a_close_race() -> None:
    text = "Mahkamah menjatuhkan hukuman penjara dua belas tahun kepada dua beradik pada hari Isnin kerana kesalahan itu."
    assert detect(text, ("ms",))[0] == "ms"
