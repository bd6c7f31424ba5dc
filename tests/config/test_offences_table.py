"""The table of national statutes: it loads whole, says its sources, and names its faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.codes import countries
from config.offences import load_statutes
from config.validation import ConfigErrors
from extraction.model.terms import Offence

GOOD = """\
country: in
statutes:
  - id: in-x
    title: "X Act, 1999"
    names: ["X Act"]
    year: 1999
    source: "India, Act No. 1 of 1999"
    sections:
      - {number: "3", title: "Keeping", offences: [pimping_procuring]}
"""

# The least that the table must know, by statute: (section, a category that it charges).
KNOWN = [
    ("in-ipc", "370", "trafficking_unspecified"),
    ("in-ipc", "370A", "trafficking_unspecified"),
    ("in-ipc", "371", "labour_trafficking"),
    ("in-ipc", "372", "child_sex_trafficking"),
    ("in-ipc", "373", "child_sex_trafficking"),
    ("in-bns", "143", "trafficking_unspecified"),
    ("in-bns", "144", "trafficking_unspecified"),
    ("in-bns", "98", "child_sex_trafficking"),
    ("in-bns", "99", "child_sex_trafficking"),
    ("in-itpa", "3", "pimping_procuring"),
    ("in-itpa", "7", "pimping_procuring"),
    ("np-httca", "4", "trafficking_unspecified"),
    ("bd-psht", "9", "labour_trafficking"),
    ("ph-ra9208", "6", "trafficking_unspecified"),
    ("ph-ra7610", "5", "child_sex_trafficking"),
    ("ph-ra8042", "6", "illegal_recruitment"),
    ("my-atipsom", "26A", "smuggling"),
    ("th-atpa", "6/1", "labour_trafficking"),
    ("hk-co", "129", "sex_trafficking"),
    ("hk-co", "139", "pimping_procuring"),
    ("ke-ctip", "3", "trafficking_unspecified"),
    ("ng-tippea", "22", "labour_trafficking"),
    ("gh-hta", "2", "trafficking_unspecified"),
    ("za-pacotip", "5", "labour_trafficking"),
    ("gb-msa", "1", "labour_trafficking"),
    ("gb-soa2003", "53", "pimping_procuring"),
    ("ie-clht2008", "4", "trafficking_unspecified"),
    ("us-18usc", "1581", "labour_trafficking"),
    ("us-18usc", "1591", "sex_trafficking"),
    ("us-18usc", "2423", "child_sex_trafficking"),
    ("ca-cc", "279.011", "trafficking_unspecified"),
    ("ca-cc", "286.3", "pimping_procuring"),
    ("au-cc", "270.5", "labour_trafficking"),
    ("au-cc", "271.4", "trafficking_unspecified"),
    ("ug-ptip", "4", "trafficking_unspecified"),
    ("sg-phta", "3", "trafficking_unspecified"),
]


@pytest.mark.parametrize(("statute", "section", "offence"), KNOWN)
def test_the_table_knows(statute: str, section: str, offence: str) -> None:
    found = next(s for s in load_statutes() if s.id == statute)
    entry = next(s for s in found.sections if s.number == section)
    assert Offence(offence) in entry.offences


def test_every_statute_says_its_country_source_and_year() -> None:
    for statute in load_statutes():
        assert statute.country in countries(), statute.id
        assert statute.id.startswith(f"{statute.country}-")
        assert len(statute.source) >= 10, statute.id
        assert "//" not in statute.source or "https://" in statute.source, statute.id
        assert statute.offences or statute.sections, f"{statute.id} charges nothing"


def test_no_name_is_claimed_by_two_statutes() -> None:
    names = [name.lower() for s in load_statutes() for name in s.names]
    assert sorted({n for n in names if names.count(n) > 1}) == []


def test_a_section_that_fixes_a_purpose_charges_it() -> None:
    """The national and the international side of one section agree."""
    fits = {
        "sexual_exploitation": {"sex_trafficking", "child_sex_trafficking", "pimping_procuring"},
        "forced_labour": {"labour_trafficking"},
        "slavery": {"labour_trafficking"},
        "servitude": {"labour_trafficking"},
        "organ_removal": {"organ_trafficking"},
    }
    for statute in load_statutes():
        for section in statute.sections:
            for purpose in section.purposes:
                assert fits[purpose] & {o.value for o in section.offences}, (statute.id, section.number)


@pytest.mark.parametrize(
    ("change", "key", "remedy"),
    [
        (("year: 1999", "year: 1999\n    yaer: 1"), "statutes[0].yaer", "did you mean year?"),
        (("[pimping_procuring]", "[pimping]"), "statutes[0].sections[0].offences[0]", "one of"),
        (("in-x", "np-x"), "statutes[0].id", "begin it with in-"),
        (('    source: "India, Act No. 1 of 1999"\n', ""), "statutes[0].source", "add `source:`"),
        (('number: "3"', "number: 3"), "statutes[0].sections[0].number", 'quote it: "3"'),
        (("country: in", "country: np"), "country", "call the file np.yml"),
        (
            ("[pimping_procuring]}", '[pimping_procuring], iccs: "999"}'),
            "statutes[0].sections[0].iccs",
            "one of",
        ),
        (
            ("year: 1999", "year: 1999\n    in_force: {replaced_by: in-y}"),
            "statutes[0].in_force.replaced_by",
            "add it",
        ),
    ],
)
def test_faults_name_file_key_and_remedy(tmp_path: Path, change: tuple[str, str], key: str, remedy: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    (tmp_path / "in.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        load_statutes(tmp_path)
    errors = caught.value.errors
    assert any(e.key == key and remedy in e.remedy for e in errors), errors
    assert all(e.file.endswith("in.yml") for e in errors)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "in.yml").write_text(GOOD, encoding="utf-8")
    (statute,) = load_statutes(tmp_path)
    assert (statute.id, statute.country, statute.sections[0].offences) == (
        "in-x",
        "in",
        (Offence.PIMPING_PROCURING,),
    )
