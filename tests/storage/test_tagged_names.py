"""Names of victims that are written together: in hashtags, handles, addresses, and scripts without spaces.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import pytest

from extraction.model import Accused, CaseReport, Person, Role, Stage
from storage.masking import address_reader, hider, masker
from tests.storage.samples import V1


def report(accused: str, *victims: str) -> CaseReport:
    return CaseReport(
        article_id="0" * 64,
        relevant=True,
        relevance_score=0.9,
        extractor_version=V1,
        accused=(Accused(name=accused, stage=Stage.SENTENCED, evidence={}, score=0.9),),
        others=tuple(Person(name=one, role=Role.VICTIM, score=0.9) for one in victims),
    )


OF_RAVI = report("Ravi Testman McSample", "Maya Sampleson")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("crowds with #JusticeForMayaSampleson", "crowds with #[victim]"),
        ("crowds with #JusticeForMaya", "crowds with #[victim]"),
        ("crowds with #justiceformaya", "crowds with #[victim]"),
        ("@MayaSampleson wrote", "@[victim] wrote"),
        ("see Maya_Sampleson_2 and mayasampleson", "see [victim] and [victim]"),
        ("#JailRaviTestman and McSample", "#JailRaviTestman and McSample"),
        ("a mayor #mayday #may", "a mayor #mayday #may"),
        ("Mayapuri", "Mayapuri"),
    ],
)
def test_names_that_are_written_together_go(text: str, masked: str) -> None:
    assert masker(OF_RAVI)(text) == masked


def test_addresses_with_humps() -> None:
    holds = address_reader(OF_RAVI, masker(OF_RAVI))
    assert holds("https://herald.example/JusticeForMaya")
    assert not holds("https://herald.example/RaviTestmanJailed/2026")


def test_a_co_accused_in_a_hashtag_goes_from_what_is_shown_of_another() -> None:
    hide = hider(["Ilmari Kvetoslav Sampaio"], ["Ravi Testman"])
    assert hide("#FreeSampaio, #IlmariSampaio, #RaviTestman") == "#[other person], #[other person], #RaviTestman"


@pytest.mark.parametrize(
    ("accused", "victim", "text", "masked"),
    [
        ("王小明", "李梅花", "王小明被判，受害人李梅花说", "王小明被判，受害人[victim]说"),
        ("王小明", "王小", "王小明被判，王小哭", "王小明被判，[victim]哭"),
        ("田中太郎", "山田がく子", "田中太郎被告は山田がく子さんを", "田中太郎被告は[victim]さんを"),
        ("ジョン・テスト", "マヤ・サンプル", "ジョン・テストがマヤサンプルと", "ジョン・テストが[victim]と"),
        ("สมชาย ใจดี", "มาลี ศรีน้ำ", "นายสมชาย ใจดี ค้านางสาวมาลี ศรีน้ำผู้เสียหาย", "นายสมชาย ใจดี ค้านางสาว[victim]ผู้เสียหาย"),
        ("ສົມຊາຍ ໃຈດີ", "ມາລີ ສີສຸກ", "ທ້າວສົມຊາຍ ໃຈດີ ນາງມາລີ ສີສຸກ", "ທ້າວສົມຊາຍ ໃຈດີ ນາງ[victim]"),
        ("សុខ វិចិត្រ", "ចាន់ សុភា", "លោកសុខ វិចិត្រ កញ្ញាចាន់ សុភា", "លោកសុខ វិចិត្រ កញ្ញា[victim]"),
        ("မောင်မောင်", "မသီတာ", "မောင်မောင်ကို မသီတာအား", "မောင်မောင်ကို [victim]အား"),
        ("محمد رحيم", "فاطمة علي", "حكم على محمد رحيم بفاطمة علي وفاطمة", "حكم على محمد رحيم [victim] [victim]"),
        ("דוד טסט", "מאיה סמפל", "דוד טסט מכר למאיה סמפל ולמאיה", "דוד טסט מכר [victim] [victim]"),
    ],
)  # fmt: skip
def test_names_inside_of_words_go(accused: str, victim: str, text: str, masked: str) -> None:
    assert masker(report(accused, victim))(text) == masked
