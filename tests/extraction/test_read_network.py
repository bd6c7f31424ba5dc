"""The trained reader: it sees no name, says the same whoever is named, and every fact of its cites the text.

Refuses figures; `make eval` has those.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.reading_lexicons import load_reading_lexicons
from extraction.encoder.masked import CHUNK, OVERLAP, SLOTS, WINDOWS, Subject
from extraction.encoder.network import SHARED, Network, PersonOpinion, WeightsError, load_fusion, load_network
from extraction.model import Article, Offence, Role, Stage
from extraction.reader import Reader

ROOT = Path(__file__).resolve().parents[2]
GOLD = ROOT / "benchmarks" / "gold"
STORY = (
    "Three arraigned over human trafficking\n"
    "{0}, 41, a Kenyan bar owner, was charged at Busia with trafficking in persons for sexual exploitation.\n"
    "{1}, 19, told police that {0} had taken her passport. Magistrate {2} adjourned the case."
)
NAMES = st.lists(st.from_regex(r"\A[A-Z][a-z]{3,9} [A-Z][a-z]{3,9}\Z"), min_size=3, max_size=3, unique=True)


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network()


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(load_reading_lexicons(), {})


def shown(names: list[str]) -> tuple[str, list[Subject]]:
    """The story with these names, and where they stand."""
    text = STORY.format(*names)
    spans = [[(i, i + len(n)) for i in range(len(text)) if text.startswith(n, i)] for n in names]
    return text, [Subject(words=tuple(n.split()), spans=tuple(s)) for n, s in zip(names, spans, strict=True)]


@given(names=NAMES)
@settings(max_examples=25, deadline=None)
def test_no_piece_of_a_name_is_seen(network: Network, names: list[str]) -> None:
    text, people = shown(names)
    plain, others = shown(["Qqq Www", "Zzz Xxx", "Vvv Kkk"])
    title = f"{names[0].split()[1]} in court"
    seen = network.masker.windows(text, title, people, [])
    bare = network.masker.windows(plain, "Www in court", others, [])
    assert [w.pieces for w in seen] == [w.pieces for w in bare]


@given(names=NAMES)
@settings(max_examples=5, deadline=None)
def test_the_same_is_said_whoever_is_named(network: Network, names: list[str]) -> None:
    said = network.read(*arguments(names))
    other = network.read(*arguments(["Wanjala Barasa", "Nekesa Auma", "Ruth Langat"]))
    assert said.topic == pytest.approx(other.topic, abs=1e-6)
    for one, two in zip(said.people, other.people, strict=True):
        assert one is not None
        assert two is not None
        assert one.role == pytest.approx(dict(two.role), abs=1e-6)
        assert one.stage == pytest.approx(dict(two.stage), abs=1e-6)


def arguments(names: list[str]) -> tuple[str, str, list[Subject], list[tuple[int, int, str]]]:
    text, people = shown(names)
    at = text.index("Kenyan")
    return text, "Bar owner in court", people, [(at, at + 6, "ke")]


def test_probabilities_cover_the_closed_lists(network: Network) -> None:
    said = network.read(*arguments(["Wanjala Barasa", "Nekesa Auma", "Ruth Langat"]))
    for person in said.people:
        assert isinstance(person, PersonOpinion)
        assert {r.value for r in Role} <= set(person.role)
        assert set(person.stage) == {s.value for s in Stage}
        assert set(person.offences) == {o.value for o in Offence}
        assert set(person.nations) == {"ke"}
        for values in (person.role, person.stage):
            assert sum(values.values()) == pytest.approx(1.0, abs=1e-5)
        every: list[Mapping[str, float]] = [person.role, person.stage, person.offences, person.nations]
        assert all(0.0 <= p <= 1.0 for values in every for p in values.values())


def test_a_person_beyond_the_windows_is_not_judged(network: Network) -> None:
    far = "The court heard more. " * (WINDOWS * CHUNK) + "Wanjala Barasa spoke."
    at = far.index("Wanjala")
    said = network.read(far, None, [Subject(words=("Wanjala", "Barasa"), spans=((at, at + 14),))], [])
    assert said.people == (None,)


def test_windows_overlap_and_end(network: Network) -> None:
    windows = network.masker.windows("word " * (2 * CHUNK), None, [], [])
    assert len(windows) == 3
    assert windows[0].pieces[2 : 2 + CHUNK][-OVERLAP:] == windows[1].pieces[2 : 2 + OVERLAP]


def test_more_people_than_slots_are_left_to_the_rules(network: Network) -> None:
    names = [f"Person Number{n}" for n in range(SLOTS + 5)]
    text = ". ".join(names)
    people = [Subject(words=tuple(n.split()), spans=((text.index(n), text.index(n) + len(n)),)) for n in names]
    assert len(network.read(text, None, people, []).people) == SLOTS


def test_a_language_that_the_network_was_never_weighed_in_has_no_fusion() -> None:
    assert load_fusion("xx") is None


def test_a_broken_fusion_is_named_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "fusion.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr("extraction.encoder.network.FOLDER", tmp_path)
    with pytest.raises(WeightsError, match=r"fusion\.json: not JSON.*make train"):
        load_fusion("en")


@pytest.mark.parametrize("lost", ["model.json", "encoder.onnx", "heads.npz"])
def test_a_missing_file_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    for file in ("model.json", "encoder.onnx", "embeddings.npz", "heads.npz", "tokenizer.json"):
        if file != lost:
            (tmp_path / file).touch()
    monkeypatch.setattr("extraction.encoder.network.SHARED", tmp_path)
    load_network.cache_clear()
    with pytest.raises(WeightsError, match=rf"{lost}.*make train"):
        load_network()
    load_network.cache_clear()


def test_another_version_is_refused(tmp_path: Path) -> None:
    shutil.copy(SHARED / "model.json", tmp_path / "model.json")
    card = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.json").write_text(json.dumps({**card, "version": 1}), encoding="utf-8")
    with pytest.raises(WeightsError, match=r"model\.json: version is not"):
        Network(tmp_path)


@pytest.mark.parametrize(
    ("text", "accused"),
    [
        (
            "Three arraigned over human trafficking\n"
            "In the dock: Wanjala Barasa, 41, a bar owner, and with him Nekesa Auma, 38, both of Busia.\n"
            "The charge is trafficking in persons for sexual exploitation. Magistrate Ruth Langat adjourned the "
            "case. Inspector Juma Okumu said four girls had been rescued from prostitution.\n"
            "They had been promised work in a hotel in Malaba and were locked up behind the bar, he said.",
            {"Wanjala Barasa", "Nekesa Auma"},
        ),
        (
            "Inspector Juma Wekesa Okumu arrested the man who trafficked the girls for prostitution.\n"
            "Magistrate Ruth Chebet Langat sentenced the trafficker to ten years in prison. He was not named.",
            set(),
        ),
    ],
)
def test_who_is_accused_where_no_rule_speaks(reader: Reader, text: str, accused: set[str]) -> None:
    article = Article(id="t", url="https://daily.example/t", text=text, language="en", country="ke")
    assert {a.name for a in reader.read(article).accused} == accused


def test_every_fact_by_the_network_quotes_the_text(reader: Reader) -> None:
    cited = 0
    for line in (GOLD / "open3_en.articles.jsonl").read_text(encoding="utf-8").splitlines():
        story = json.loads(line)
        report = reader.read(
            Article(id=story["id"], url=story["url"], text=story["text"], title=story["title"], language="en")
        )
        for person in report.accused:
            assert {"name", "role", "stage"} <= set(person.evidence)
            assert 0.0 <= person.score <= 1.0
            for proofs in person.evidence.values():
                for proof in proofs:
                    assert story["text"][proof.start : proof.end] == proof.quote
                    assert 0.0 <= proof.score <= 1.0
                    cited += proof.rule.startswith("network.")
    assert cited > 10
