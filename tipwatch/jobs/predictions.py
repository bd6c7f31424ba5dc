"""Stories from a file to predictions in a file: the reader alone, without database or archive.

Refuses half a file: the output appears whole, under its name, or not at all.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from extraction.model import Article, CaseReport, QuarantineReason
from extraction.predictions import prediction
from tipwatch.errors import CommandError
from tipwatch.jobs.cell import Answer, Done, Failed, Task
from tipwatch.jobs.extract import Limits, reason_of, workers_of
from tipwatch.jobs.stories import Skipped, read_stories
from tipwatch.jobs.tools import READ_STORY

Advance = Callable[[int], None]
STANDARD = "-"


@dataclass(kw_only=True, slots=True)
class PredictSummary:
    """What was read. `failed` stories have a prediction that claims nothing and says why."""

    stories: int = 0
    relevant: int = 0
    accused: int = 0
    skipped: int = 0
    failed: int = 0


def predict(
    source: str,
    target: str,
    *,
    skip_bad: bool = False,
    limits: Limits | None = None,
    advance: Advance = lambda _: None,
    skipped: Callable[[Skipped], None] = lambda _: None,
) -> PredictSummary:
    """Read every story of `source` and write a prediction a line to `target`, in order ("-": stdin, stdout).

    Memory does not grow with the file. Raises BadLineError at a line that is no story (unless `skip_bad`), and
    then `target` stays as it was.
    """
    if STANDARD not in {source, target} and Path(target).is_file() and Path(source).samefile(target):
        raise CommandError(
            f"{target} is both --input and --output.", "The stories would be lost: name another file."
        )
    bounds = limits if limits is not None else Limits()
    summary = PredictSummary()

    def tasks(stream: IO[bytes]) -> Iterator[Task[tuple[int, Article]]]:
        number = 0
        for story in read_stories(stream, "standard input" if source == STANDARD else source, skip_bad=skip_bad):
            if isinstance(story, Skipped):
                summary.skipped += 1
                skipped(story)
                continue
            yield Task(tool=READ_STORY, item=story, seconds=bounds.read_seconds, tag=(number, story))
            number += 1

    workers = workers_of(bounds, bounds.reading_tools, bounds.read_headroom)
    with _opened(source) as stream, whole_file(target) as out, workers:
        for story, answer in in_order(workers.run(tasks(stream))):
            line = _line(story, answer, summary)
            out.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            advance(1)
    return summary


def in_order(
    answers: Iterator[tuple[Task[tuple[int, Article]], Answer]],
) -> Iterator[tuple[Article, Answer]]:
    """Answers as their stories came. Those that overtook a slow one wait: at most its time's worth of them."""
    waiting: list[tuple[int, Article, Answer]] = []
    expected = 0
    for task, answer in answers:
        number, story = task.tag
        heapq.heappush(waiting, (number, story, answer))
        while waiting and waiting[0][0] == expected:
            _, ready, its_answer = heapq.heappop(waiting)
            yield ready, its_answer
            expected += 1


def _line(story: Article, answer: Answer, summary: PredictSummary) -> dict[str, Any]:
    summary.stories += 1
    match answer:
        case Done(value=CaseReport() as report):
            summary.relevant += report.relevant
            summary.accused += len(report.accused)
            return dict(prediction(report))
        case Failed(fault=fault):
            summary.failed += 1
            reason = reason_of(fault, QuarantineReason.READER_ERROR)
            return {"id": story.id, "relevant": False, "persons": [], "countries": {}, "error": reason.value}
        case _:
            raise TypeError(f"{READ_STORY} returned {type(answer.value).__name__}")


@contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    if source == STANDARD:
        yield sys.stdin.buffer
        return
    with Path(source).open("rb") as stream:
        yield stream


@contextmanager
def whole_file(target: str) -> Iterator[IO[bytes]]:
    """A file that takes its name when it is whole and on the disk; after an error what stood there stays."""
    if target == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", target)
    if path.exists() and not path.is_file():  # /dev/stdout, a named pipe: nothing to replace
        with path.open("wb") as stream:
            yield stream
        return
    path = path.resolve()  # a link stays a link
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        if isinstance(error, OSError) and error.filename is None:  # a full disk says no name
            error.filename = target
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
