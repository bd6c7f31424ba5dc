"""Entities of the feed are what FollowTheMoney's own library and command take, and say no more than a court did.

Refuses invented validation: every check is the library's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from extraction.model import Offence, Stage
from storage.records.feed import FeedStage
from tests.feed.feed_samples import accused, case, organisation, person, record
from tipwatch.feed.entities import Entities
from tipwatch.feed.lines import Entity, joined, line
from tipwatch.feed.ontology import Ontology, ontology

pytest.importorskip("followthemoney")


@pytest.fixture
def words() -> Ontology:
    return ontology()


def made_of(words: Ontology, *people: object, stage: FeedStage = FeedStage.CHARGED) -> dict[str, Entity]:
    maker = Entities(words, stage)
    lines = [line(one) for each in people for one in (
        maker.of_person(each) if hasattr(each, "stage") else maker.of_organisation(each)
    )]  # fmt: skip
    return {entity["id"]: entity for _, entity in joined(sorted(lines))}


def test_every_entity_is_what_the_library_makes_of_it(words: Ontology) -> None:
    from followthemoney import model
    from followthemoney.entity import ValueEntity

    for entity in made_of(words, person(), accused(), organisation()).values():
        read = ValueEntity.from_dict(json.loads(line(entity)), cleaned=False)
        assert {name: sorted(values) for name, values in read.properties.items()} == entity["properties"]
        assert model.get(entity["schema"]).validate(entity) is None
    assert words.refused == {}


def test_ftm_validate_takes_the_file_and_leaves_it_as_it_is(words: Ontology, tmp_path: Path) -> None:
    given, told = tmp_path / "entities.ftm.json", tmp_path / "validated.json"
    entities = made_of(words, person(), accused(), organisation())
    given.write_bytes(b"".join(line(entity) for entity in entities.values()))
    command = [Path(sys.executable).parent / "ftm", "validate", "-i", given, "-o", told]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    validated = [json.loads(one) for one in told.read_text(encoding="utf-8").splitlines()]
    assert len(validated) == len(entities)
    for one in validated:
        values = {name: sorted(several) for name, several in one["properties"].items()}
        assert values == entities[one["id"]]["properties"]


def test_the_schemata_of_a_person_with_its_case(words: Ontology) -> None:
    found = made_of(words, person(), accused())
    assert sorted(entity["schema"] for entity in found.values()) == [
        "Article", "Article", "CourtCase", "CourtCaseParty", "CourtCaseParty", "Documentation", "Documentation",
        "Person", "Person",
    ]  # fmt: skip
    links = [value for entity in found.values() for name in ("party", "case", "document", "entity")
             for value in entity["properties"].get(name, ())]  # fmt: skip
    assert len(links) == 8
    assert set(links) <= found.keys()


@pytest.mark.parametrize(
    ("offences", "topics"),
    [
        ((Offence.LABOUR_TRAFFICKING,), ["crime", "crime.traffick", "crime.traffick.human", "forced.labor"]),
        ((Offence.SEX_TRAFFICKING, Offence.IMMIGRATION), ["crime", "crime.traffick", "crime.traffick.human"]),
        ((Offence.TRAFFICKING_UNSPECIFIED,), ["crime", "crime.traffick", "crime.traffick.human"]),
        ((Offence.PIMPING_PROCURING,), ["crime"]),
        ((Offence.SMUGGLING,), ["crime"]),
    ],
)
def test_topics_of_a_perpetrator(words: Ontology, offences: tuple[Offence, ...], topics: list[str]) -> None:
    guilty = person(records=(record(offences=offences),), cases=(case(offences=offences),))
    found = made_of(words, guilty)[f"tw-{guilty.id}"]
    assert found["properties"]["topics"] == topics
    from followthemoney.types import registry

    assert not set(topics).isdisjoint(registry.topic.RISKS)


def test_a_charge_in_an_open_case_gives_no_topic(words: Ontology) -> None:
    """Convicted of pimping in one case, accused of trafficking in another: guilty of pimping alone."""
    told = (record(1, offences=(Offence.PIMPING_PROCURING,)),
            record(2, case_id="c-0002", stage=Stage.CHARGED, offences=(Offence.SEX_TRAFFICKING,)))  # fmt: skip
    both = (case(offences=(Offence.PIMPING_PROCURING,)),
            case(id="c-0002", stage=Stage.CHARGED, offences=(Offence.SEX_TRAFFICKING,)))  # fmt: skip
    found = made_of(words, person(records=told, cases=both))
    properties = found[f"tw-{person().id}"]["properties"]
    assert properties["topics"] == ["crime"]
    assert any("presumption of innocence" in note for note in properties["notes"])
    assert {one["properties"]["role"][0] for one in found.values() if one["schema"] == "CourtCaseParty"} == {
        "convicted", "accused",
    }  # fmt: skip


@pytest.mark.parametrize("who", [accused(), organisation()])
def test_who_is_accused_has_no_topic_of_crime(words: Ontology, who: object) -> None:
    found = made_of(words, who)
    assert not [topic for entity in found.values() for topic in entity["properties"].get("topics", ())
                if topic.startswith(("crime", "forced"))]  # fmt: skip
    target = next(entity for entity in found.values() if entity["target"])
    assert target["properties"]["topics"] == ["poi"]
    assert target["properties"]["programId"] == ["TW-ACCUSED", "TW-UNREVIEWED"]
    assert "accused" in " ".join(target["properties"]["notes"]).casefold()


def test_an_organisation_says_that_its_acquittal_would_not_be_known(words: Ontology) -> None:
    (target,) = (entity for entity in made_of(words, organisation()).values() if entity["target"])
    assert "cleared" in " ".join(target["properties"]["notes"])


def test_ids_hold_no_name_and_former_ids_are_referents(words: Ontology) -> None:
    found = made_of(words, person(former_ids=("p-00ff", "p-00fe")), accused())
    assert not [key for key in found for name in ("ravi", "testman", "olga") if name in key]
    assert found[f"tw-{person().id}"]["referents"] == ["tw-p-00fe", "tw-p-00ff"]


@pytest.mark.parametrize(
    ("years", "dates"),
    [((1984, 1984), ["1984"]), ((1984, 1985), ["1984", "1985"]), ((1982, 1985), None), (None, None)],
)
def test_years_of_birth(words: Ontology, years: tuple[int, int] | None, dates: list[str] | None) -> None:
    properties = made_of(words, person(birth_years=years))[f"tw-{person().id}"]["properties"]
    assert properties.get("birthDate") == dates
    assert any("Year of birth" in note for note in properties["notes"]) is (years is not None)


def test_a_single_word_is_a_weak_alias(words: Ontology) -> None:
    properties = made_of(words, person())[f"tw-{person().id}"]["properties"]
    assert (properties["alias"], properties["weakAlias"]) == (["Ravi K. Testman"], ["Bunty"])


def test_no_body_and_no_word_on_victims(words: Ontology) -> None:
    found = made_of(words, person())
    assert not [entity for entity in found.values() if "bodyText" in entity["properties"]]
    assert "female" not in json.dumps(list(found.values()))


def test_what_the_library_refuses_is_left_out_and_counted(words: Ontology) -> None:
    odd = person(nationality="q9", records=(record(published="last Tuesday", language="klingon"),))
    properties = made_of(words, odd)[f"tw-{odd.id}"]["properties"]
    assert "nationality" not in properties
    assert words.refused == {
        "Person:nationality": 1, "Article:publishedAt": 1, "Article:language": 1, "Documentation:date": 1,
    }  # fmt: skip


def test_one_case_of_two_persons_is_one_entity_whoever_comes_first(words: Ontology) -> None:
    assert made_of(words, person(), accused()) == made_of(words, accused(), person())
