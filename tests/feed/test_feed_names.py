"""Which names `names.txt` holds: no single words, which fit thousands of people.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.feed.feed_samples import organisation, person, record
from tests.feed.test_feed_files import feed

pytest.importorskip("followthemoney")


def test_a_person_known_by_one_word_is_in_the_feed_but_not_screened_for(tmp_path: Path) -> None:
    people = [
        person(n, name=name, aliases=("Bunty", f"{name} Exampler"), records=(record(n, name=name),))
        for n, name in enumerate(("Rosalind", "Ravi Testman", "王小明明", "남궁샘플", "Ann"), start=1)
    ]
    feed(tmp_path / "feed", people, organisations=[organisation(name="Dreamwork")])
    assert (tmp_path / "feed" / "names.txt").read_text(encoding="utf-8").splitlines() == [
        "Ann Exampler", "Ravi Testman", "Ravi Testman Exampler", "Rosalind Exampler", "王小明明",
        "王小明明 Exampler", "남궁샘플", "남궁샘플 Exampler",
    ]  # fmt: skip
    assert b'"name":["Rosalind"]' in (tmp_path / "feed" / "entities.ftm.json").read_bytes()
