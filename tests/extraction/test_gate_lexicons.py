"""The gate's words load from YAML, all of them; a faulty file is named with key and remedy."""

from pathlib import Path

import pytest

from config.gate_lexicons import load_gate_lexicons
from config.validation import ConfigErrors

MAIN = ("en", "es", "fr", "pt", "id", "ms")


def test_languages() -> None:
    lexicons = load_gate_lexicons()
    assert set(MAIN) <= lexicons.keys()
    assert len(lexicons) >= 60
    assert list(lexicons) == sorted(lexicons)
    for language, lexicon in lexicons.items():
        assert lexicon.language == language
        assert lexicon.strong
        assert lexicon.context
    for language in MAIN:
        assert len(lexicons[language].strong) >= 30
        assert lexicons[language].negative


@pytest.mark.parametrize(
    ("yaml", "key", "words"),
    [
        ("language: en\nstrong: [human trafficking]\nwaek: [pimp]\n", "waek", "weak"),
        ("language: en\n", "strong", "add"),
        ("language: en\nstrong: [human trafficking, Human Trafficking]\n", "", "twice"),
        ("language: en\nstrong: ['...']\n", "", "no letters"),
        ("language: de\nstrong: [menschenhandel]\n", "language", "folder"),
        ("language: english\nstrong: [human trafficking]\n", "language", ""),
        ("language: en\nstrong: human trafficking\n", "strong", ""),
        ("language: en\nstrong: [true]\n", "strong", ""),
        ("strong: [\n", "", ""),
    ],
)
def test_faults_name_file_key_and_remedy(tmp_path: Path, yaml: str, key: str, words: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "gate.yml").write_text(yaml, encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        load_gate_lexicons(tmp_path)
    error = caught.value.errors[0]
    assert "gate.yml" in error.file
    assert key in error.key
    assert words in str(error)
    assert error.remedy
