"""What is wrong with a file that somebody wrote by hand: where, what, and how to put it right.

Refuses a fault without a remedy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ConfigError:
    """One fault of one file. `line` counts from 1, None where there is no line (an environment variable).

    `key` is dotted (`discover[0].url`), empty when the whole file is meant.
    """

    file: str
    line: int | None
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        subject = f" {self.key}:" if self.key else ""
        return f"{place}:{subject} {self.problem} — {self.remedy}"


class ConfigErrors(Exception):  # noqa: N818 - the contract's name: it carries many
    """All faults that were found, sorted by file and line. `errors` is never empty."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors: tuple[ConfigError, ...] = tuple(sorted(errors, key=_place))
        super().__init__("\n".join(str(error) for error in self.errors))


def _place(error: ConfigError) -> tuple[str, int, str, str]:
    return (error.file, error.line or 0, error.key, error.problem)
