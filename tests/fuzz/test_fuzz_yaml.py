"""Laws of what people write by hand: a typed object, or ConfigErrors that name file, line, key and remedy.

Refuses any other error, and a fault whose line is not in the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from config.catalogue import PACKAGED, freeze_source
from config.document import read_document
from config.faults import ConfigErrors
from config.gate_lexicons import LEXICONS, GateFile
from config.reading_lexicons import LexiconFile
from config.settings import SettingsFile, load_settings
from config.source import Source
from config.source_file import SourceFile
from config.validation import load_yaml
from extraction.model.lexicon import GateLexicon
from extraction.relevance import Gate
from tests.fuzz.bounds import bounded
from tests.fuzz.effort import effort
from tests.fuzz.mutation import mutated
from tests.fuzz.yamls import TOKENS, nested, wronged

pytestmark = pytest.mark.fuzz

SETTINGS = b"""contact: desk@example.org
database_url: sqlite:///data/tipwatch.db
data_dir: data
allow_private: ['127.0.0.1:80']
delay: 7.5
min_score: 0.5
retain_pages_days: 730
feeds:
  daily:
    directory: feeds/daily
    countries: [in, np]
"""


def _texts(paths: list[Path]) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in paths)


FILES: dict[str, tuple[bytes, ...]] = {
    "source": _texts(sorted(PACKAGED.glob("*/*.yml"))[::40]),
    "settings": (SETTINGS,),
    "gate": _texts([LEXICONS / code / "gate.yml" for code in ("en", "tr", "vi", "th", "hi")]),
    "lexicon": _texts([LEXICONS / "en" / f"{name}.yml" for name in ("stage", "macros", "demonyms", "penalties")]),
}
MODELS: dict[str, type[BaseModel]] = {
    "source": SourceFile, "settings": SettingsFile, "gate": GateFile, "lexicon": LexiconFile,
}  # fmt: skip
DATA: dict[str, tuple[dict[str, Any], ...]] = {
    kind: tuple(yaml.safe_load(text) for text in texts) for kind, texts in FILES.items()
}
KEYS = tuple(dict.fromkeys(name for model in MODELS.values() for name in model.model_fields))
KINDS = list(MODELS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("yaml") / "in"
    path.mkdir()
    return path


def attack(kind: str, body: bytes, folder: Path) -> BaseModel | None:
    """Load `body` as a file of its kind; None where it is refused as it should be."""
    path = folder / "daily_news.yml"
    path.write_bytes(body)
    with bounded(5, 300):
        try:
            found = load_yaml(path, MODELS[kind])
            if kind == "source":
                assert isinstance(freeze_source(read_document(path), path), Source)
            if kind == "settings":
                load_settings({}, path)
        except ConfigErrors as refused:
            _check(refused, path, body)
            return None
    if kind == "gate":
        assert isinstance(found, GateFile)
        lexicon = GateLexicon(language=found.language, strong=found.strong, weak=found.weak)
        Gate([lexicon]).admit(b"<p>x</p>", "text/html")
    return found


def _check(refused: ConfigErrors, path: Path, body: bytes) -> None:
    assert refused.errors
    lines = max(body.count(sign) for sign in (b"\n", b"\r")) + body.count(b"\r") + body.count(b"\xc2\x85") + 2
    lines += body.count(b"\xe2\x80\xa8") + body.count(b"\xe2\x80\xa9")
    for error in refused.errors:
        assert error.file == str(path)
        assert error.line is not None
        assert 1 <= error.line <= lines
        assert error.problem
        assert error.remedy
        assert isinstance(error.key, str)
        str(error).encode("utf-8")


@pytest.mark.parametrize("kind", KINDS)
@effort(40, 1_500)
@given(data=st.data())
def test_a_real_file_made_wrong(kind: str, data: st.DataObject, folder: Path) -> None:
    attack(kind, data.draw(mutated(FILES[kind], TOKENS)), folder)


@pytest.mark.parametrize("kind", KINDS)
@effort(60, 2_500)
@given(data=st.data())
def test_a_wrong_type_at_any_key(kind: str, data: st.DataObject, folder: Path) -> None:
    attack(kind, data.draw(wronged(DATA[kind], KEYS)).encode("utf-8", "surrogatepass"), folder)


@pytest.mark.parametrize("kind", KINDS)
@effort(15, 200)
@given(text=nested, before=st.sampled_from(("", "title: ", "title:\n", "discover:\n", "words:\n ", "x: |\n ")))
def test_a_deep_file(kind: str, text: str, before: str, folder: Path) -> None:
    attack(kind, (before + text).encode(), folder)


@effort(60, 3_000)
@given(
    name=st.sampled_from(sorted(SettingsFile.model_fields)),
    value=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)
    | st.sampled_from(
        (
            "9" * 5_000,
            "1e999",
            "nan",
            "-0",
            "0x10",
            "1_000",
            "１２",
            "127.0.0.1:99999",
            "a@b.c",
            "[::1]:1",
            ",,,",
            "~",
        )
    ),
)
def test_a_setting_of_the_environment(name: str, value: str, folder: Path) -> None:
    empty = folder / "empty.yml"
    empty.write_bytes(b"")
    variable = f"TIPWATCH_{name.upper()}"
    with bounded(2, 100):
        try:
            load_settings({variable: value}, empty)
        except ConfigErrors as refused:
            shown = [(error.file, error.key) for error in refused.errors]
        else:
            return
    assert shown == [("environment", variable)] * len(shown)
