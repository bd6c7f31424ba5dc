"""Exit codes, and one clear sentence for each thing that goes wrong: what, where, and what to do.

Refuses tracebacks: they are shown with `--debug` only, and no sentence names a person from a story.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """How a command ended; the list in `tipwatch --help` and docs/contracts.md."""

    DONE = 0
    NEEDS_A_LOOK = 1
    BAD_INPUT = 2
    ENVIRONMENT = 3
    REFUSED = 4
    FAULT = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141


EXIT_CODES: tuple[tuple[ExitCode, str], ...] = (
    (ExitCode.DONE, "done"),
    (
        ExitCode.NEEDS_A_LOOK,
        "done, but something needs a look (a source failed, a line was skipped, `status` found a fault)",
    ),
    (ExitCode.BAD_INPUT, "bad input: arguments, a YAML of the catalogue, a line of the input file"),
    (ExitCode.ENVIRONMENT, "environment: database, disk, folder, or no contact to crawl with"),
    (ExitCode.REFUSED, "refused, and nothing was changed (an export that shrank)"),
    (ExitCode.FAULT, "a fault in tipwatch itself; --debug shows where"),
    (ExitCode.INTERRUPTED, "interrupted; what was finished is kept"),
    (ExitCode.BROKEN_PIPE, "whoever read our output stopped reading"),
)


class CommandError(Exception):
    """A job's own refusal: one sentence of fact, one of remedy, and how the command ends."""

    def __init__(self, what: str, remedy: str | None = None, code: ExitCode = ExitCode.BAD_INPUT) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What the user reads on stderr, a line each, and the exit code."""

    lines: tuple[str, ...]
    code: ExitCode


def explain(error: BaseException) -> Explanation | None:
    """The sentence for an error that we know; None for a fault of our own.

    Imports of the rooms below happen here, so that a command that succeeds does not pay for them.
    """
    if isinstance(error, CommandError):
        return Explanation(lines=sentence(error.what, error.remedy), code=error.code)
    for known in (_explain_config, _explain_storage, _explain_crawl):
        explanation = known(error)
        if explanation is not None:
            return explanation
    if isinstance(error, OSError):
        return Explanation(lines=_explain_os(error), code=ExitCode.ENVIRONMENT)
    return None


def sentence(what: str, remedy: str | None) -> tuple[str, ...]:
    """The fact, and under it the remedy when there is one."""
    return (what,) if remedy is None else (what, f"  {remedy}")


def _explain_config(error: BaseException) -> Explanation | None:
    from config.faults import ConfigErrors

    if not isinstance(error, ConfigErrors):
        return None
    lines: list[str] = []
    for fault in error.errors:
        place = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
        key = f" {fault.key}:" if fault.key else ""
        lines.extend(sentence(f"{place}:{key} {fault.problem}", fault.remedy))
    return Explanation(lines=tuple(lines), code=ExitCode.BAD_INPUT)


def _explain_storage(error: BaseException) -> Explanation | None:
    from storage.errors import (
        BackupRefused,
        ClientExists,
        ClientInvalid,
        ClientUnknown,
        ExportRefused,
        ReviewConflict,
        ReviewInvalid,
        StorageError,
        UnknownRecord,
        UserExists,
        UserUnknown,
    )

    match error:
        case BackupRefused() | ExportRefused() | ReviewConflict():
            code = ExitCode.REFUSED
        case ReviewInvalid() | UnknownRecord() | UserExists() | UserUnknown():
            code = ExitCode.BAD_INPUT
        case ClientExists() | ClientInvalid() | ClientUnknown():
            code = ExitCode.BAD_INPUT
        case StorageError():
            code = ExitCode.ENVIRONMENT
        case _:
            return None
    return Explanation(lines=sentence(error.what, error.remedy), code=code)


def _explain_crawl(error: BaseException) -> Explanation | None:
    """The crawl's own refusal. The class is told by its name, because importing it would load Scrapy."""
    if type(error).__name__ != "CrawlRefused" or not type(error).__module__.startswith("crawlers"):
        return None
    fact: Any = error
    return Explanation(
        lines=sentence(getattr(fact, "what", str(error)), getattr(fact, "remedy", None)), code=ExitCode.ENVIRONMENT
    )


_REMEDIES = {
    errno.ENOSPC: "Free some space and run the command again; what was finished is kept.",
    errno.EDQUOT: "Free some space or raise the quota, and run the command again; what was finished is kept.",
    errno.EFBIG: "A limit on the size of files was reached (ulimit -f); raise it and run the command again.",
    errno.EACCES: "Give this user the right to it, or choose another place.",
    errno.EPERM: "Give this user the right to it, or choose another place.",
    errno.EROFS: "It is on a read-only file system; choose another place.",
    errno.ENOENT: "Check the path.",
    errno.ENOTDIR: "A part of the path is a file; check the path.",
    errno.EISDIR: "It is a folder; name a file.",
}


def _explain_os(error: OSError) -> tuple[str, ...]:
    reason = error.strerror or str(error) or type(error).__name__
    place = f"{error.filename}: " if error.filename else ""
    return sentence(f"{place}{reason}.", _REMEDIES.get(error.errno or 0))
