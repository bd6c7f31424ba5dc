"""The archive: what is written can be read by anyone, and nothing torn is ever read as whole."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive import Archive
from storage.errors import ArchiveDamaged, ArchiveUnreadable, ArchiveUnwritable, DiskFull
from tests.storage.samples import page

ROOT = Path(__file__).resolve().parents[2]


def records(folder: Path) -> list[tuple[str, bytes]]:
    """Address and payload of every response, as warcio reads the files."""
    found = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as stream:
            found += [
                (record.rec_headers["WARC-Target-URI"], record.content_stream().read())
                for record in ArchiveIterator(stream, check_digests="raise")
                if record.rec_type == "response"
            ]
    return found


def test_a_record_comes_back_byte_for_byte_and_warcio_agrees(tmp_path: Path) -> None:
    bodies = [b"", b"\x00\xff\r\n\r\n", "नमस्ते".encode(), b"x" * 300_000]
    with Archive(tmp_path) as archive:
        pages = [page(n, body=body) for n, body in enumerate(bodies)]
        pointers = [archive.append(one) for one in pages]
        assert [archive.read(pointer) for pointer in pointers] == bodies
    assert records(tmp_path) == [(one.final_url, one.body) for one in pages]
    check = subprocess.run(
        [str(Path(sys.executable).parent / "warcio"), "check", *map(str, tmp_path.glob("*.gz"))],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")


HEADERS = [
    (("Content-Encoding", "gzip"), None),  # the body is stored decoded
    (("Transfer-Encoding", "chunked"), None),
    (("X-Note", "a\r\nX-Injected: yes"), "a X-Injected: yes"),
    (("X-Place", "Zürich – 東京"), "any"),
    (("Bad Name", "x"), None),
    (("", "x"), None),
    (("X-Empty", ""), ""),
]


@pytest.mark.parametrize(("header", "value"), HEADERS)
def test_headers_stay_true_and_cannot_inject(tmp_path: Path, header: tuple[str, str], value: str | None) -> None:
    with Archive(tmp_path) as archive:
        pointer = archive.append(page(headers=[header, ("Content-Type", "text/html")]))
        assert archive.read(pointer) == page().body
    with next(tmp_path.glob("*.gz")).open("rb") as stream:
        kept = next(one for one in ArchiveIterator(stream) if one.rec_type == "response").http_headers
    assert kept["X-Injected"] is None
    assert kept["Content-Type"] == "text/html"
    assert kept[header[0]] == value if value != "any" else kept[header[0]] is not None


def test_a_file_rolls_at_its_size(tmp_path: Path) -> None:
    with Archive(tmp_path, roll_bytes=2000) as archive:
        pointers = [archive.append(page(n, body=os.urandom(900))) for n in range(6)]
        assert len({pointer.file for pointer in pointers}) == 3
        assert all(len(archive.read(pointer)) == 900 for pointer in pointers)


def test_a_torn_tail_is_not_appended_to_and_hides_nothing(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        whole = archive.append(page(0))
        torn = archive.append(page(1))
    path = tmp_path / torn.file
    os.truncate(path, torn.offset + torn.length - 7)
    with Archive(tmp_path) as archive:
        later = archive.append(page(2))
        assert later.file != torn.file
        assert archive.read(whole) == page(0).body
        assert archive.read(later) == page(2).body
        with pytest.raises(ArchiveDamaged, match="cut off"):
            archive.read(torn)


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        pointer = archive.append(page(0))
    path = tmp_path / pointer.file
    data = bytearray(path.read_bytes())
    data[pointer.offset + pointer.length // 2] ^= 0xFF
    path.write_bytes(data)
    with Archive(tmp_path) as archive, pytest.raises(ArchiveDamaged):
        archive.read(pointer)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        pointer = archive.append(page(0))
        (tmp_path / "another.warc.gz").write_bytes(b"")
        (tmp_path / pointer.file).unlink()
        with pytest.raises(ArchiveDamaged, match="is gone") as caught:
            archive.read(pointer)
    assert caught.value.remedy.startswith("Restore")


def test_an_archive_that_we_cannot_read_is_not_the_pages_fault(tmp_path: Path) -> None:
    """A share that is not mounted, or a file that is none: the job must stop, not give up page after page."""
    with Archive(tmp_path) as archive:
        pointer = archive.append(page(0))
        (tmp_path / pointer.file).unlink()
        with pytest.raises(ArchiveUnreadable, match="holds no file") as caught:
            archive.read(pointer)
        assert "mounted" in caught.value.remedy
        (tmp_path / pointer.file).mkdir()
        with pytest.raises(ArchiveUnreadable, match="Is a directory"):
            archive.read(pointer)


def test_disk_full_writes_nothing_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    with Archive(tmp_path) as archive:
        before = archive.append(page(0))

        def half(descriptor: int, data: bytes) -> int:
            """The kernel takes the first 100 bytes, then the disk is full."""
            if len(data) > 100:
                return real(descriptor, data[:100])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", half)
            with pytest.raises(DiskFull, match="No space left") as caught:
                archive.append(page(1, body=os.urandom(70)))
        assert "Free some space" in caught.value.remedy
        after = archive.append(page(2))
        assert after.file == before.file
        assert after.offset == before.offset + before.length
    assert [body for _, body in records(tmp_path)] == [page(0).body, page(2).body]


LIMITED = """
import os, resource, sys
from pathlib import Path
from storage.archive import Archive
from storage.errors import DiskFull
from tests.storage.samples import page
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
kept = 0
with Archive(Path(sys.argv[1])) as archive:
    try:
        for n in range(100):
            archive.append(page(n, body=os.urandom(3000)))
            kept += 1
    except DiskFull as error:
        print(kept, error.what)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    archive.append(page(n, body=b"after"))
"""


def test_a_real_size_limit(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    kept = int(done.stdout.split()[0])
    found = records(tmp_path)
    assert len(found) == kept + 1
    assert found[-1][1] == b"after"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveUnwritable, match="cannot be written"):
        Archive(tmp_path / "file" / "archive")


def test_a_forked_child_opens_its_own_file(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        first = archive.append(page(0))
        child = os.fork()
        if child == 0:
            archive.append(page(1))
            archive.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert archive.append(page(2)).file == first.file
    assert len(list(tmp_path.glob("*.gz"))) == 2
    assert sorted(body for _, body in records(tmp_path)) == sorted(page(n).body for n in range(3))
