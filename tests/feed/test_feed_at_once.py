"""Two exports of one folder at once: the second is refused, whoever is faster.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.errors import ExportUnwritable
from storage.records.feed import FeedOrganisation
from storage.swap import replacing
from tests.feed.feed_samples import person, record
from tests.feed.test_feed_files import everything, feed

WRITER = """
import sys
from pathlib import Path
from storage.swap import replacing
with replacing(Path(sys.argv[1])) as fresh:
    (fresh / "index.json").write_text("theirs")
    print("inside", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("there", [True, False], ids=["a feed", "no feed yet"])
def test_whoever_began_later_may_not_overtake(tmp_path: Path, there: bool) -> None:
    """The slow one has read somebody who is taken down meanwhile; the fast one must not write what it undoes."""
    pytest.importorskip("followthemoney")
    folder = tmp_path / "feed"
    if there:
        feed(folder, [person(1)])
    cleared = person(2, name="Olga Sampleson", records=(record(2, name="Olga Sampleson"),))

    def while_it_is_written() -> Iterator[FeedOrganisation]:
        with pytest.raises(ExportUnwritable, match="is being written by another process"):
            feed(folder, [person(1)], day=1)
        yield from ()

    first = feed(folder, [person(1), cleared], day=1, organisations=while_it_is_written())  # type: ignore[arg-type]
    assert b"Sampleson" in (folder / "names.txt").read_bytes()
    last = feed(folder, [person(1)], day=1)
    assert last.version > first.version == last.version_before
    assert not any(b"Sampleson" in body for body in everything(folder).values())
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]


def test_another_process_is_waited_for_by_nobody_and_its_death_frees_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "inside\n"
        with pytest.raises(ExportUnwritable), replacing(folder):
            pass
        with replacing(tmp_path / "other") as fresh:  # another folder is another matter
            (fresh / "index.json").write_text("ours")
        writer.kill()
    with replacing(folder) as fresh:
        (fresh / "index.json").write_text("ours")
    assert (folder / "index.json").read_text() == "ours"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed", "other"]
