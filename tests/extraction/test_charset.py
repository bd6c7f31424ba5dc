# ruff: noqa: E501 - tables of sentences and markup
"""One text in many encodings is one text, whoever declares what."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.charset import decode
from extraction.model import Article, PageHints
from extraction.text import extract_article

WESTERN = (
    "El juez condenó a los dos hermanos de Peñíscola a doce años de prisión por trata de personas. "
    "Según la acusación, “prometieron” trabajo a nueve mujeres y les quitaron la documentación al llegar a España. "
    "La niña que declaró en el juicio contó cómo la obligaban a pedir limosna en la calle durante el día."
)
CYRILLIC = (
    "Суд в портовом городе приговорил двух братьев к двенадцати годам лишения свободы за торговлю людьми. "
    "По словам прокурора, они обещали девяти женщинам работу в гостинице и забирали их документы по приезде."
)
JAPANESE = (
    "港町の裁判所は月曜日、人身売買の罪で兄弟二人に懲役十二年の判決を言い渡した。検察によると、二人は九人の女性をだましていた。"
    * 2
)
CHINESE = (
    "法院周一以拐卖妇女罪判处两兄弟有期徒刑十二年。检方表示，他们以酒店工作为诱饵欺骗了九名妇女，并没收了她们的证件。"
    * 2
)
TRADITIONAL = (
    "法院週一以人口販運罪判處兩兄弟有期徒刑十二年。檢方表示，他們以飯店工作為誘餌欺騙了九名婦女，並沒收了她們的證件。"
    * 2
)
KOREAN = (
    "법원은 월요일 인신매매 혐의로 두 형제에게 징역 십이 년을 선고했다. 검찰에 따르면 이들은 여성 아홉 명을 속였다고 한다. "
    * 2
)
ARABIC = (
    "حكمت المحكمة يوم الاثنين على شقيقين بالسجن اثني عشر عاما بتهمة الاتجار بالبشر بعد أن وعدا تسع نساء بالعمل. "
    * 2
)
THAI = "ศาลตัดสินจำคุกสองพี่น้องสิบสองปีฐานค้ามนุษย์เมื่อวันจันทร์ อัยการกล่าวว่าทั้งคู่หลอกลวงผู้หญิงเก้าคนด้วยงานโรงแรม " * 2

CASES = [
    (WESTERN, "utf-8"), (WESTERN, "utf-8-sig"), (WESTERN, "utf-16"), (WESTERN, "utf-16-le"), (WESTERN, "utf-16-be"),
    (WESTERN, "utf-32"), (WESTERN, "cp1252"), (WESTERN.replace("“", '"').replace("”", '"'), "iso-8859-15"),
    (WESTERN.replace("“", '"').replace("”", '"'), "latin-1"),
    (CYRILLIC, "cp1251"), (CYRILLIC, "koi8-r"), (CYRILLIC, "iso-8859-5"), (JAPANESE, "shift_jis"), (JAPANESE, "euc-jp"),
    (JAPANESE, "iso-2022-jp"), (CHINESE, "gb2312"), (CHINESE, "gb18030"), (TRADITIONAL, "big5"), (KOREAN, "euc-kr"),
    (ARABIC, "cp1256"), (THAI, "tis-620"),
]  # fmt: skip
HINTS = {"url": "https://news.example/a", "fetched_at": dt.datetime(2024, 6, 1, tzinfo=dt.UTC)}


def page(text: str, meta: str = "") -> str:
    return (
        f"<!doctype html><html><head>{meta}<title>{text[:30]}</title></head><body><article><h1>{text[:30]}</h1>"
        f"<p>{text}</p><p>{text}</p></article></body></html>"
    )


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=[f"{e}-{i}" for i, (_, e) in enumerate(CASES)])
@pytest.mark.parametrize("declared", ["header", "meta"])
def test_declared(text: str, encoding: str, declared: str) -> None:
    meta = (
        f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">' if declared == "meta" else ""
    )
    header = f"text/html; charset={encoding}" if declared == "header" else "text/html"
    html = page(text, meta)
    assert decode(html.encode(encoding), header) == html


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        case
        for case in CASES
        if case[1]
        in (
            "utf-8",
            "utf-16",
            "utf-16-le",
            "cp1251",
            "koi8-r",
            "shift_jis",
            "euc-jp",
            "gb18030",
            "euc-kr",
            "iso-2022-jp",
            "big5",
        )
    ],
)
def test_undeclared(text: str, encoding: str) -> None:
    html = page(text)
    assert text in decode(html.encode(encoding), "text/html")


@pytest.mark.parametrize("wrong", ["iso-8859-1", "windows-1252", "ascii", "no-such-charset", "hex", "utf-16"])
def test_utf8_wins_over_a_wrong_declaration(wrong: str) -> None:
    html = page(WESTERN, f'<meta charset="{wrong}">')
    assert decode(html.encode(), f"text/html; charset={wrong}") == html


def test_the_same_article_in_twelve_encodings() -> None:
    plain = WESTERN.replace("“", '"').replace("”", '"')
    encodings = [
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "iso-8859-15", "cp850",
        "mac-roman", "cp1254",
    ]  # fmt: skip
    found = set()
    for encoding in encodings:
        body = page(plain).encode(encoding)
        article = extract_article(body, PageHints(content_type=f"text/html; charset={encoding}", **HINTS))
        assert isinstance(article, Article), encoding
        found.add((article.id, article.text))
    assert len(found) == 1


def test_a_broken_byte_does_not_cost_the_page() -> None:
    body = page(CYRILLIC).encode() + b"\xff\xfe broken"
    assert CYRILLIC in decode(body, "text/html; charset=utf-8")


@given(st.binary(max_size=400), st.none() | st.text(max_size=40))
def test_never_raises(body: bytes, header: str | None) -> None:
    assert isinstance(decode(body, header), str)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\x1b\ufeff"), max_size=200))
def test_utf8_survives(text: str) -> None:
    assert decode(text.encode(), "text/html; charset=utf-8") == text
