# ruff: noqa: E501 - tables of sentences and markup
"""The gate admits every page that may matter, in any disguise of markup or charset, and drops the rest with a reason."""

import random

import pytest

from config.gate_lexicons import load_gate_lexicons
from extraction.model import DropReason
from extraction.model.lexicon import GateLexicon
from extraction.phrases import compile_entries, entry_pattern
from extraction.relevance import Gate

LEXICONS = load_gate_lexicons()
GATE = Gate(list(LEXICONS.values()))
HTML = "text/html; charset=utf-8"


def page(text: str) -> bytes:
    return f"<!doctype html><html><head><title>News</title></head><body><p>{text}</p></body></html>".encode()


ADMITTED = [
    "held for human trafficking", "HUMAN TRAFFICKING RING", "sex-trafficking charges", "the flesh trade", "a modern-day slavery case",
    "bonded labourers rescued", "fake placement agents", "running a brothel", "pimped her out", "Immoral Traffic (Prevention) Act",
    "trafficking of two minor girls", "living off the earnings of a prostitute", "sold into marriage in a far province, sold into it",
    "trata de personas", "TRATA DE PERSONAS", "proxenetismo agravado", "tráfico de personas", "trafico de personas", "explotacion sexual",
    "traite des êtres humains", "traite des etres humains", "traite d’êtres humains", "proxénétisme aggravé", "proxenetisme",
    "tráfico de pessoas", "exploração sexual", "exploracao sexual", "trabalho análogo ao de escravo", "condições análogas à escravidão",
    "tindak pidana perdagangan orang", "kasus TPPO", "mucikari ditangkap", "sindiket pemerdagangan orang", "jaringan prostitusi online",
    "Menschenhandels verurteilt", "Menschenhändler", "Menschenhaendler", "tratta di esseri umani", "mensenhandel", "trafic de persoane",
    "traficului de persoane", "торговля людьми", "ТОРГОВЛЮ ЛЮДЬМИ", "торгівлі людьми", "handlu ludźmi", "handlu ludzmi", "obchodování s lidmi",
    "трафик на хора", "εμπορία ανθρώπων", "ΕΜΠΟΡΙΑ ΑΝΘΡΩΠΩΝ", "insan ticareti", "İNSAN TİCARETİ", "الاتجار بالبشر", "الإتجار بالبشر",
    "סחר בבני אדם", "قاچاق انسان", "मानव तस्करी", "देह व्यापार", "মানব পাচার", "মানবপাচারকারী", "मानव बेचबिखन", "انسانی اسمگلنگ",
    "คดีค้ามนุษย์", "mua bán người", "拐卖妇女儿童", "人口販運", "人身売買の疑い", "인신매매 혐의", "usafirishaji haramu wa binadamu",
    "trgovina ljudima", "трговина људима", "emberkereskedelem", "trafikim i qenieve njerëzore", "människohandel", "ihmiskauppa",
]  # fmt: skip

DISGUISES = {
    "entity": "tr&aacute;fico de personas",
    "entity upper": "TR&Aacute;FICO DE PERSONAS",
    "number": "tr&#225;fico de personas",
    "hexadecimal": "tr&#xe1;fico de personas",
    "all numbers": "".join(f"&#{ord(c)};" for c in "торговля людьми"),
    "ascii as numbers": "".join(f"&#{ord(c)};" for c in "human trafficking"),
    "one ascii as number": "hum&#97;n tr&#97;fficking",
    "soft hyphen": "human traf\u00adfick\u00ading",
    "soft hyphen entity": "human traf&shy;fick&shy;ing",
    "soft hyphen number": "human traf&#173;ficking",
    "word break": "human traf<wbr>ficking",
    "zero width": "human traf\u200bficking",
    "tag in word": "human traf<b>fick</b>ing",
    "span in word": '<span class="d">p</span>imping',
    "tag between": "human</b> <i>trafficking",
    "tag as space": "human<br>trafficking",
    "no-break space": "human\u00a0trafficking",
    "no-break entity": "human&nbsp;trafficking",
    "newline": "human\n\t   trafficking",
    "hyphen": "human\u2011trafficking",
    "decomposed": "tra\u0301fico de personas",
    "split phrase": "trata</span>&nbsp;<span>de</span>\n<em>personas",
    "gap": "traite aggravée et répétée des êtres humains, traite des\xa0êtres\xa0humains",
}


@pytest.mark.parametrize("text", ADMITTED)
def test_admitted(text: str) -> None:
    decision = GATE.admit(page(text), HTML)
    assert decision.keep
    assert decision.reason is None
    assert decision.words


@pytest.mark.parametrize("text", DISGUISES.values(), ids=DISGUISES.keys())
def test_disguised_words(text: str) -> None:
    assert GATE.admit(page(text), HTML).keep


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("tráfico de personas", "latin-1"), ("traite des êtres humains", "cp1252"), ("торговля людьми", "cp1251"),
        ("торговля людьми", "koi8-r"), ("人身売買", "shift_jis"), ("人身売買", "euc-jp"), ("人身売買", "iso-2022-jp"), ("拐卖妇女", "gb18030"),
        ("人口販運", "big5"), ("인신매매", "euc-kr"), ("ค้ามนุษย์", "tis-620"), ("الاتجار بالبشر", "cp1256"), ("human trafficking", "utf-16"),
    ],
)  # fmt: skip
def test_legacy_charsets(text: str, encoding: str) -> None:
    body = page(f"{text} {text}").decode().encode(encoding)
    assert GATE.admit(body, f"text/html; charset={encoding}").keep


@pytest.mark.parametrize(
    "text",
    [
        "The harbour festival drew record crowds on Sunday despite the rain.",
        "The striker scored twice as the hosts won the derby in front of a full house.",
        "El festival del puerto reunió a miles de personas el domingo a pesar de la lluvia.",
        "Le marché de Noël ouvre ses portes ce week-end sur la grande place de la ville.",
        "A prefeitura inaugurou uma nova escola no bairro e anunciou obras na avenida.",
        "Harga beras naik tipis pada awal pekan ini di sejumlah pasar tradisional.",
        "Das Wetter bleibt wechselhaft, am Wochenende sind Schauer möglich.",
        "Traffic was heavy on the coastal road; commuters in traffic jams lost an hour.",
        "Pimpernel flowers and shrimps are on the menu of the new tavern.",
    ],
)
def test_dropped(text: str) -> None:
    decision = GATE.admit(page(text), HTML)
    assert not decision.keep
    assert decision.reason is DropReason.NO_GATE_WORD
    assert decision.words == ()


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", HTML, DropReason.EMPTY),
        (b" \r\n\t ", None, DropReason.EMPTY),
        (b"x" * (10 * 1024 * 1024 + 1), HTML, DropReason.TOO_LARGE),
        (b"%PDF-1.7 human trafficking", HTML, DropReason.NOT_HTML),
        (b"\x89PNG human trafficking", None, DropReason.NOT_HTML),
        (page("human trafficking"), "image/png", DropReason.NOT_HTML),
        (b'{"a": "human trafficking"}', "application/json", DropReason.NOT_HTML),
        (
            b"<?xml version='1.0'?><rss><title>human trafficking</title></rss>",
            "application/rss+xml",
            DropReason.NOT_HTML,
        ),
        (b"<?xml version='1.0'?><feed><div>human trafficking</div></feed>", "text/xml", DropReason.NOT_HTML),
        (b"document.write('<p>human trafficking</p>')", "text/javascript", DropReason.NOT_HTML),
    ],
)
def test_reasons(body: bytes, content_type: str | None, reason: DropReason) -> None:
    decision = GATE.admit(body, content_type)
    assert (decision.keep, decision.reason) == (False, reason)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/html",
        "TEXT/HTML",
        "application/xhtml+xml",
        "text/plain",
        "application/octet-stream",
        "text/unknown",
    ],
)
def test_pages_under_any_header(content_type: str | None) -> None:
    assert GATE.admit(page("human trafficking"), content_type).keep


def test_words_are_plain_and_few() -> None:
    decision = GATE.admit(page("<b>Human</b>&nbsp;<i>Traffick</i>ing " + " ".join(ADMITTED)), HTML)
    assert decision.words[0] == "human traffick"
    assert len(decision.words) <= 12
    assert not any("<" in word or "&" in word for word in decision.words)


@pytest.mark.parametrize("language", LEXICONS)
def test_every_admitting_word_matches_itself(language: str) -> None:
    """As written, in capitals, and between tags; each alone, against its own pattern."""
    lexicon = LEXICONS[language]
    for entry in (*lexicon.strong, *lexicon.weak, *lexicon.context, *lexicon.negative):
        matcher = compile_entries([(language, entry)], max_mem=8 << 20)
        shown = " ".join(word.strip("*") for word in entry.split() if word != "...")
        forms = [shown, shown.replace(" ", "</b>\n<i>")]
        if not any(letter in shown for letter in "ßŉǰΐΰև") and language != "tr":
            forms.append(shown.upper())
        for form in forms:
            assert matcher.search(f"({form})".encode()), (entry, form)


def test_a_lexicon_is_needed() -> None:
    with pytest.raises(ValueError, match="without words"):
        Gate([])
    with pytest.raises(ValueError, match="without letters"):
        entry_pattern("... *")


def test_order_of_lexicons_does_not_matter() -> None:
    shuffled = list(LEXICONS.values())
    random.Random(7).shuffle(shuffled)
    other = Gate(shuffled)
    for text in ADMITTED:
        assert other.admit(page(text), HTML) == GATE.admit(page(text), HTML)


def test_accents_of_the_text_count_where_the_entry_has_none() -> None:
    gate = Gate([GateLexicon(language="es", strong=("trata",), weak=())])
    assert not gate.admit(page("contráta"), HTML).keep
    assert gate.admit(page("la trata"), HTML).keep
    assert not gate.admit(page("contrata tratado"), HTML).keep
