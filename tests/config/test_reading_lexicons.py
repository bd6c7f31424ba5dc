"""A reading lexicon with a gap is refused at once, with folder, key and remedy; never by a KeyError later.

Refuses copies of the real lexicons: two small folders show every case.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from config.faults import ConfigErrors
from config.reading_lexicons import load_reading_lexicons

FULL = """words:
  macro.be: [was]
  currency.GBP: ["£"]
  words.months: [may]
  pattern.age.grown: [years]
rules:
  stage:
    - {id: stage.one, pattern: '<G> <be> (?P<d>jailed)', value: sentenced}
  void: []
"""


def lexicons(folder: Path, **files: str) -> Path:
    for language, text in files.items():
        (folder / language).mkdir()
        (folder / language / "gate.yml").write_text("language: xx\n", encoding="utf-8")
        (folder / language / "all.yml").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_with_all_keys_is_read(tmp_path: Path) -> None:
    own = FULL.replace("  currency.GBP", "  currency.EUR")  # money is each language's own
    assert set(load_reading_lexicons(lexicons(tmp_path, en=FULL, it=own))) == {"en", "it"}


def test_every_missing_key_is_named_with_folder_and_remedy(tmp_path: Path) -> None:
    own = FULL.replace("  words.months: [may]\n", "").replace("  void: []\n", "")
    with pytest.raises(ConfigErrors) as refused:
        load_reading_lexicons(lexicons(tmp_path, en=FULL, it=own))
    assert [(e.file, e.key) for e in refused.value.errors] == [
        (str(tmp_path / "it"), "rules.void"),
        (str(tmp_path / "it"), "words.words.months"),
    ]
    assert all("grep" in e.remedy and str(tmp_path / "en") in e.remedy for e in refused.value.errors)


def test_what_one_language_alone_has_is_asked_of_nobody(tmp_path: Path) -> None:
    more = FULL + "  item: []\n"
    assert len(load_reading_lexicons(lexicons(tmp_path, en=FULL, it=FULL, pt=more))) == 3


def test_a_building_block_that_nobody_defined_is_named(tmp_path: Path) -> None:
    own = FULL.replace("macro.be", "macro.is")
    with pytest.raises(ConfigErrors) as refused:
        load_reading_lexicons(lexicons(tmp_path, en=FULL, it=own))
    (error,) = refused.value.errors
    assert (error.file, error.key) == (str(tmp_path / "it" / "all.yml"), "rule stage.one")
    assert "macro.be" in error.problem
