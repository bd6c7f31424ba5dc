"""The folder of a feed: every file as its loaders want it, whole, and in step with the day before.

Refuses a look at one file alone: checksums, deltas and withdrawals are followed through all of them.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extraction.model import Offence
from extraction.model.palermo import ElementKind
from storage.errors import ExportRefused, ExportUnwritable
from storage.records.feed import FeedElement, FeedOrganisation, FeedPerson, FeedStage
from tests.feed.feed_samples import NOW, accused, case, organisation, person, record, span
from tipwatch.feed.assertions import Limits
from tipwatch.feed.delta import apply
from tipwatch.feed.files import ENTITIES, FILES
from tipwatch.feed.history import since
from tipwatch.feed.ontology import ontology
from tipwatch.feed.write import FeedFiles, FeedResult, write

pytest.importorskip("followthemoney")

DAY = dt.timedelta(days=1)


def feed(
    directory: Path,
    people: Sequence[FeedPerson],
    day: int = 0,
    organisations: Sequence[FeedOrganisation] = (),
    **changes: Any,
) -> FeedResult:
    """Write a feed of these people on a day."""
    order = FeedFiles(
        directory=directory, stage=FeedStage.CHARGED, include_unreviewed=True, min_score=0.75, coverage=(),
        coverage_json=(), now=NOW + day * DAY,
    )  # fmt: skip
    ordered = sorted(people, key=lambda one: one.id)
    return write(replace(order, **changes), ordered, organisations, ontology())


def crowd(n: int, **changes: Any) -> list[FeedPerson]:
    """So many convicted persons, each with a story of their own."""
    return [person(k, records=(record(k, **changes),)) for k in range(1, n + 1)]


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(folder: Path, name: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding=encoding), newline="")))


def test_every_file_is_there_and_is_what_the_index_says(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    feed(folder, [person(), accused()], organisations=[organisation()])
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    listed = {one["path"]: one for one in index["resources"]}
    held = everything(folder)
    assert listed.keys() == held.keys() - {"index.json"}
    assert listed.keys() > FILES.keys()
    for path, one in listed.items():
        assert one["checksum"] == hashlib.sha1(held[path]).hexdigest()
        assert one["sha256"] == hashlib.sha256(held[path]).hexdigest()
        assert one["size"] == len(held[path])
    assert (index["target_count"], index["issue_count"], index["result"]) == (3, 0, "success")
    assert index["entity_count"] == len(held[ENTITIES].splitlines())
    assert index["programs"] == {"TW-ACCUSED": 2, "TW-CONVICTED": 1, "TW-UNREVIEWED": 2}


def test_the_same_rows_give_the_same_bytes_but_for_the_index(tmp_path: Path) -> None:
    feed(tmp_path / "one", [person(), accused()])
    feed(tmp_path / "two", [person(), accused()], day=5)
    one, two = everything(tmp_path / "one"), everything(tmp_path / "two")
    named = {path.replace("20260301", "").replace("20260306", ""): held for path, held in two.items()}
    for path, held in one.items():
        if not path.endswith("index.json"):
            assert path == "catalog.json" or named[path.replace("20260301", "")] == held, path


def test_statements_are_what_the_library_reads_and_would_write(tmp_path: Path) -> None:
    from followthemoney.entity import ValueEntity
    from followthemoney.statement import Statement
    from followthemoney.statement.serialize import CSV_COLUMNS, read_csv_statements

    feed(tmp_path / "feed", [person(name='Ravi "=Test", man'), accused()], organisations=[organisation()])
    path = tmp_path / "feed" / "statements.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == ",".join(f'"{one}"' for one in CSV_COLUMNS)
    with path.open("rb") as file:
        read = {one.id: one.to_csv_row() for one in read_csv_statements(file)}
    wanted = {}
    for line in (tmp_path / "feed" / ENTITIES).read_bytes().splitlines():
        entity = ValueEntity.from_dict(json.loads(line))
        for one in Statement.from_entity(
            entity, dataset="tipwatch_charged", first_seen=entity.first_seen, last_seen=entity.last_seen
        ):
            wanted[one.id] = one.to_csv_row()
    assert read == wanted


def test_targets_have_the_columns_and_join_values_sorted(tmp_path: Path) -> None:
    odd = person(aliases=("=SUM(A1) Test", "Zed; Testman", "Bunty"))
    feed(tmp_path / "feed", [odd, accused()], organisations=[organisation()])
    header = (tmp_path / "feed" / "targets.simple.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.replace('"', "") == (
        "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,"
        "dataset,first_seen,last_seen,last_change"
    )
    found = rows(tmp_path / "feed", "targets.simple.csv")
    assert [row["schema"] for row in found] == ["Organization", "Person", "Person"]
    assert [row["program_ids"] for row in found] == [
        "TW-ACCUSED;TW-UNREVIEWED",
        "TW-CONVICTED",
        "TW-ACCUSED;TW-UNREVIEWED",
    ]
    assert found[1]["birth_date"] == "1984;1985"
    assert found[1]["countries"] == "in;np"
    aliases = next(csv.reader([found[1]["aliases"].removeprefix("'")], delimiter=";"))
    assert aliases == ["=SUM(A1) Test", "Bunty", "Zed; Testman"]
    assert found[1]["aliases"].startswith("'=")


def test_names_are_once_each_and_no_single_words(tmp_path: Path) -> None:
    feed(tmp_path / "feed", [person(1), person(2, name="RAVI TESTMAN"), accused(3)])
    names = (tmp_path / "feed" / "names.txt").read_text(encoding="utf-8").splitlines()
    assert names == ["Olga Sampleson", "Ravi K. Testman", "RAVI TESTMAN"]


def test_evidence_is_an_annotation_with_quote_and_place(tmp_path: Path) -> None:
    feed(tmp_path / "feed", [person()])
    (one,) = map(json.loads, (tmp_path / "feed" / "evidence.jsonl").read_text(encoding="utf-8").splitlines())
    quote, place = one["target"]["selector"]
    assert quote == {
        "type": "TextQuoteSelector", "exact": span().exact, "prefix": span().prefix, "suffix": span().suffix,
    }  # fmt: skip
    assert place == {"type": "TextPositionSelector", "start": 20, "end": 67}
    assert one["target"]["source"] == record().url
    assert one["target"]["state"]["sourceDate"] == "2026-03-01T12:01:00Z"
    assert one["target"]["tw:digest"] == record().digest
    assert one["target"]["tw:masked"] is True
    assert one["body"]["source"] == f"tw-{person().id}"
    known = {json.loads(line)["id"] for line in (tmp_path / "feed" / ENTITIES).read_bytes().splitlines()}
    assert {one["body"]["tw:proof"], one["body"]["tw:article"], one["body"]["source"]} <= known


def test_offences_and_htcds_name_nobody(tmp_path: Path) -> None:
    feed(tmp_path / "feed", [person(), accused()])
    charges = rows(tmp_path / "feed", "offences.csv", "utf-8-sig")
    columns = ("charge", "statute", "section", "iccs", "offences_purposes")
    assert [tuple(row[column] for column in columns) for row in charges] == [
        ("trafficking for labour", "Indian Penal Code, 1860", "370", "02042", "forced_labour"),
        ("trafficking for labour", "Indian Penal Code, 1860", "370", "02041", "sexual_exploitation"),
    ]  # fmt: skip
    assert [row["found_guilty"] for row in charges] == ["yes", "no"]
    (one,) = rows(tmp_path / "feed", "perpetrators.htcds.csv", "utf-8-sig")
    assert one["per_ID"] == f"tw-{person().id}"
    assert (one["per_RoleInProcess"], one["vic_TypeOfExploitation"], one["hte_Type"]) == (
        "Other", "ForcedLabour", "Exploitation",
    )  # fmt: skip
    for name in ("offences.csv", "perpetrators.htcds.csv"):
        assert "Testman" not in (tmp_path / "feed" / name).read_text(encoding="utf-8-sig")


DEBT = FeedElement(
    kind=ElementKind.INDICATOR, value="debt_bondage",
    spans=(span(fact="element/indicator/debt_bondage", exact="owed [victim]", prefix="", suffix=""),),
)  # fmt: skip
FORCE = FeedElement(
    kind=ElementKind.MEANS, value="force",
    spans=tuple(span(fact="element/means/force", exact="beaten", start=n, end=n + 6) for n in (3, 90)),
)  # fmt: skip
FRAUD = replace(FORCE, value="fraud", spans=(span(fact="element/means/fraud", exact="fake jobs"),))


def test_what_the_story_says_of_the_crime_stands_beside_the_charge_and_is_of_the_story(tmp_path: Path) -> None:
    told = record(
        elements=(DEBT, FORCE, FRAUD), charges=(("a", None, None), ("b", None, None)), reviewed="accepted"
    )
    feed(tmp_path / "feed", [person(records=(told,)), accused()])
    found = rows(tmp_path / "feed", "offences.csv", "utf-8-sig")
    columns = ("palermo_acts", "palermo_means", "palermo_purposes", "ilo_indicators")
    assert [tuple(row[column] for column in columns) for row in found] == [
        ("", "force; fraud", "", "debt_bondage"),
        ("", "force; fraud", "", "debt_bondage"),
        ("", "", "", ""),
    ]
    lines = (tmp_path / "feed" / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    said = [one for one in map(json.loads, lines) if one["body"]["tw:fact"].startswith("element/")]
    assert [(one["body"]["tw:fact"], one["target"]["selector"][0]["exact"]) for one in said] == [
        ("element/indicator/debt_bondage", "owed [victim]"), ("element/means/force", "beaten"),
        ("element/means/force", "beaten"), ("element/means/fraud", "fake jobs"),
    ]  # fmt: skip
    assert {one["motivation"] for one in said} == {"classifying"}
    assert {one["body"]["source"] for one in said} == {f"tw-a-{told.article_id}"}
    assert {one["body"]["tw:reviewed"] for one in said} == {None}
    assert [one["target"]["tw:masked"] for one in said] == [True, False, False, False]
    every = [json.loads(line)["id"] for line in lines]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(
    ("offence", "role"),
    [
        (Offence.ILLEGAL_RECRUITMENT, "RecruiterOrIntermediary"), (Offence.SMUGGLING, "Smuggler"),
        (Offence.KIDNAPPING_DETENTION, "Kidnapper"), (Offence.PIMPING_PROCURING, "Exploiter"),
        (Offence.SEXUAL_OFFENCE, "Abuser"), (Offence.TRAFFICKING_UNSPECIFIED, "Other"),
    ],
)  # fmt: skip
def test_roles_of_htcds(tmp_path: Path, offence: Offence, role: str) -> None:
    told = person(records=(record(offences=(offence,)),), cases=(case(offences=(offence,)),))
    feed(tmp_path / "feed", [told])
    (one,) = rows(tmp_path / "feed", "perpetrators.htcds.csv", "utf-8-sig")
    assert one["per_RoleInProcess"] == role


def test_the_delta_leads_from_one_day_to_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    first = feed(folder, [person(1), accused(2)])
    before = everything(folder)
    assert first.version_before is None
    assert first.changes.keys() == {"ADD"}
    second = feed(folder, [person(1, name="Ravi Corrected"), person(3)], day=1)
    after = everything(folder)
    made = apply(
        before[ENTITIES].splitlines(keepends=True), after["entities.delta.json"].splitlines(keepends=True)
    )
    assert b"".join(made) == after[ENTITIES]
    index = json.loads(after["index.json"])
    assert index["delta"]["from_checksum"] == hashlib.sha1(before[ENTITIES]).hexdigest()
    assert index["delta"]["to_checksum"] == hashlib.sha1(after[ENTITIES]).hexdigest()
    assert (second.version_before, second.changes["MOD"] > 0) == (first.version, True)


def test_nothing_new_is_an_empty_delta_and_no_file_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    first = feed(folder, [person(1)])
    feed(folder, [person(1)], day=1)
    assert (folder / "entities.delta.json").read_bytes() == b""
    assert [path.name for path in (folder / "deltas").iterdir() if path.stem != "index"] == [
        f"{first.version}.json"
    ]


def test_who_is_withdrawn_is_gone_from_every_file_older_deltas_too(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    feed(folder, [person(1)])
    feed(folder, [person(1), accused(2)], day=1)
    assert any(b"Sampleson" in held for held in everything(folder).values())
    feed(folder, [person(1)], day=2)
    assert [path for path, held in everything(folder).items() if b"Sampleson" in held] == []
    told = [json.loads(line) for line in (folder / "entities.delta.json").read_bytes().splitlines()]
    assert {"op": "DEL", "entity": {"id": f"tw-{accused(2).id}"}} in told


def test_a_client_of_any_day_catches_up(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    days = [
        [person(1)],
        [person(1), accused(2)],
        [person(1, name="A Corrected")],
        [person(3)],
        [person(3), accused(2)],
    ]
    held = []
    for day, people in enumerate(days):
        result = feed(folder, people, day=day)
        held.append((result.version, (folder / ENTITIES).read_bytes()))
    today = held[-1][1]
    for version, full in held:
        changes = since(folder, version)
        assert changes is not None
        ordered = sorted(changes, key=lambda one: json.loads(one)["entity"]["id"])
        assert b"".join(apply(full.splitlines(keepends=True), ordered, strict=False)) == today
    assert since(folder, "20200101000000") is None


def test_deltas_have_a_window_of_thirty(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    for day in range(33):
        feed(folder, [person(1, name=f"Ravi Testman the {day}th")], day=day)
    kept = json.loads((folder / "deltas" / "index.json").read_text(encoding="utf-8"))["versions"]
    assert len(kept) == 30
    assert min(kept) == "20260304120000"


def test_a_clock_that_went_back_does_not_turn_versions_round(tmp_path: Path) -> None:
    first = feed(tmp_path / "feed", [person(1)])
    second = feed(tmp_path / "feed", [person(2)], day=-3)
    assert second.version > first.version


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (100, 69, "69 targets, the last one has 100"),
        (40, 10, "10 targets, the last one has 40"),
    ],
)
def test_a_feed_that_shrank_is_refused_and_the_old_one_stays(
    tmp_path: Path, before: int, after: int, said: str
) -> None:
    feed(tmp_path / "feed", crowd(before))
    held = everything(tmp_path / "feed")
    with pytest.raises(ExportRefused, match=said):
        feed(tmp_path / "feed", crowd(after), day=1)
    assert everything(tmp_path / "feed") == held
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]
    forced = feed(tmp_path / "feed", crowd(after), day=1, force=True)
    assert "forced" in forced.warnings[0]


@pytest.mark.parametrize(("before", "after"), [(5, 3), (1, 0), (100, 71), (20, 0)])
def test_a_few_withdrawals_always_go_out(tmp_path: Path, before: int, after: int) -> None:
    feed(tmp_path / "feed", crowd(before))
    assert feed(tmp_path / "feed", crowd(after), day=1).targets == after


def test_new_ids_for_everybody_are_refused(tmp_path: Path) -> None:
    feed(tmp_path / "feed", crowd(60))
    others = [person(1000 + k, records=(record(1000 + k),)) for k in range(60)]
    with pytest.raises(ExportRefused, match="ids must be stable"):
        feed(tmp_path / "feed", others, day=1)


def test_a_field_that_is_suddenly_empty_is_refused(tmp_path: Path) -> None:
    feed(tmp_path / "feed", crowd(60))
    without = [replace(one, nationality=None) for one in crowd(60)]
    with pytest.raises(ExportRefused, match="nationality would be known of 0%"):
        feed(tmp_path / "feed", without, day=1)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(min_targets=4), "3 targets, fewer than the 4"),
        (Limits(min_countries=2), "1 countries, fewer than 2"),
    ],
)
def test_below_a_minimum_it_is_refused(tmp_path: Path, limits: Limits, said: str) -> None:
    with pytest.raises(ExportRefused, match=said):
        feed(tmp_path / "feed", crowd(3), limits=limits)
    assert not (tmp_path / "feed").exists()


def test_above_the_maximum_it_comes_with_a_warning(tmp_path: Path) -> None:
    assert (
        "more than the 2 expected" in feed(tmp_path / "feed", crowd(3), limits=Limits(max_targets=2)).warnings[0]
    )
    assert "the last one had 3" in feed(tmp_path / "feed", crowd(6), day=1).warnings[0]


def test_another_gate_is_not_compared(tmp_path: Path) -> None:
    feed(tmp_path / "feed", crowd(60))
    assert feed(tmp_path / "feed", crowd(3), day=1, include_unreviewed=False).targets == 3


def test_strangers_and_other_feeds_are_refused(tmp_path: Path) -> None:
    feed(tmp_path / "feed", [person()])
    (tmp_path / "feed" / "index.json.minisig").write_text("signature", encoding="utf-8")
    feed(tmp_path / "feed", [person()], day=1)
    with pytest.raises(ExportUnwritable, match="holds another feed"):
        feed(tmp_path / "feed", [person()], day=2, stage=FeedStage.CONVICTED)
    (tmp_path / "feed" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportUnwritable, match=r"notes\.txt"):
        feed(tmp_path / "feed", [person()], day=2)


def test_an_edited_feed_is_refused_and_forced_without_a_delta_to_build_on(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    feed(folder, [person()])
    with (folder / ENTITIES).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(ExportRefused, match=r"entities\.ftm\.json"):
        feed(folder, [person()], day=1)
    result = feed(folder, [person()], day=1, force=True)
    assert result.version_before is None
    assert set(result.changes) == {"ADD"}
    assert since(folder, "20260301120000") is None
