"""One log record as an event with fields: `run.stale run=%d kind=%s` and its values, as text or as JSON.

Refuses what other libraries say about what they read: of their lines stay the place, numbers and fixed words.
"""

from __future__ import annotations

import linecache
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from tipwatch.tracebacks import way

OURS = frozenset({"__main__", "benchmarks", "config", "crawlers", "extraction", "storage", "tipwatch"})
"""The first part of the names of loggers whose lines are ours to keep free of names."""
LONGEST = 500
"""Signs of one value; a longer one is cut."""
FOREIGN = "library"
"""The event of a line that another library wrote."""

_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\))?[-+ #0]*\d*(?:\.\d+)?(?P<kind>[sdrfgixeGEXa])|%%")
_FIELD = re.compile(r"(?P<key>[A-Za-z_][\w.]*)=(?P<value>.*)", re.DOTALL)
_WARNING = re.compile(r"(?P<file>[^\n]*?):(?P<line>\d+): (?P<kind>\w+):")


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a record tells. Values are texts without control signs, numbers, booleans or None."""

    at: datetime
    level: str
    logger: str
    event: str
    fields: Mapping[str, Any]


def told(record: logging.LogRecord, bound: Mapping[str, Any]) -> Told:
    """The event of a record; `bound` are fields of the process and of what it is about, such as the run."""
    ours = record.name.partition(".")[0] in OURS
    event, fields = _ours(record) if ours else (FOREIGN, _foreign(record))
    spider = getattr(getattr(record, "spider", None), "name", None)  # Scrapy hangs it on its own lines
    if isinstance(spider, str):
        fields.setdefault("source", spider)
    run = run_of(record, fields.get("source"))
    if run is not None:
        fields.setdefault("run", run)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        fields.setdefault("error", type(error).__name__)
        fields["way"] = way(error)
    return Told(
        at=datetime.fromtimestamp(record.created, UTC), level=record.levelname.lower(), logger=record.name,
        event=_plain(event), fields={**{k: _value(v) for k, v in fields.items()},
                                     **{k: v for k, v in bound.items() if k not in fields}},
    )  # fmt: skip


def run_of(record: logging.LogRecord, source: object) -> int | None:
    """The run of a source's crawl; `crawlers.logs` hangs the runs on the record."""
    runs = getattr(record, "runs", None)
    found = runs.get(source) if isinstance(runs, Mapping) else None
    return getattr(found, "run_id", None)


def _ours(record: logging.LogRecord) -> tuple[str, dict[str, Any]]:
    """Event and fields of `event key=%s key=%d %s`; the last is a text of further `key=value`."""
    values = _values(record.args)
    words: list[str] = []
    fields: dict[str, Any] = {}
    for token in str(record.msg).split():
        found = _FIELD.fullmatch(token)
        if found is None:
            for word in str(_filled(token, values)).split():
                inner = _FIELD.fullmatch(word)
                if inner is None:
                    words.append(word)
                else:
                    fields[inner["key"]] = _number(inner["value"])
        else:
            fields[found["key"]] = _filled(found["value"], values)
    event, *rest = words or ["-"]
    return event, fields | ({"message": " ".join(rest)} if rest else {})


def _filled(text: str, values: Iterator[Any] | Mapping[str, Any]) -> Any:
    """A placeholder's value with its type; a text around placeholders with them filled in."""
    whole = _PLACEHOLDER.fullmatch(text)
    if whole is not None and whole["kind"] is not None:
        value = _next(whole, values)
        return value if value is None or isinstance(value, int | float) else text_of(value)
    return _PLACEHOLDER.sub(lambda found: "%" if found["kind"] is None else text_of(_next(found, values)), text)


def _next(found: re.Match[str], values: Iterator[Any] | Mapping[str, Any]) -> Any:
    if isinstance(values, Mapping):
        return values.get(found["name"] or "")
    return next(values, "?")


def _values(arguments: Any) -> Iterator[Any] | Mapping[str, Any]:
    if isinstance(arguments, Mapping):
        return arguments
    return iter(arguments if isinstance(arguments, tuple) else ())


def _foreign(record: logging.LogRecord) -> dict[str, Any]:
    """Where another library spoke, and what of its words cannot be a name: its own fixed text, and numbers."""
    if record.name == "py.warnings":
        found = _WARNING.match(record.getMessage())
        if found is not None:
            return {"where": f"{PurePath(found['file']).name}:{found['line']}", "kind": found["kind"]}
    fields: dict[str, Any] = {"where": f"{PurePath(record.pathname).name}:{record.lineno}"}
    said = record.msg
    if isinstance(said, str) and _stands_in(said, record.pathname, record.lineno):
        values = _values(record.args)
        fields["said"] = _PLACEHOLDER.sub(lambda found: _harmless(found, values), said).strip()
    return fields


def _stands_in(text: str, path: str, line: int) -> bool:
    """True when the text is a literal of the line that logged it, not put together from what was read."""
    lines = linecache.getlines(path)
    near = "".join(lines[max(0, line - 2) : line + 4])
    return bool(text.strip()) and any(part in near for part in (text, text.encode("unicode_escape").decode()))


def _harmless(found: re.Match[str], values: Iterator[Any] | Mapping[str, Any]) -> str:
    if found["kind"] is None:
        return "%"
    value = _next(found, values)
    return text_of(value) if value is None or isinstance(value, int | float) else "…"


def _number(text: str) -> Any:
    return int(text) if re.fullmatch(r"-?\d{1,15}", text) else text


def text_of(value: Any) -> str:
    """An error as its class only; everything else as it prints."""
    return type(value).__name__ if isinstance(value, BaseException) else str(value)


def _value(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else _plain(text_of(value))


def _plain(text: str) -> str:
    """Without control signs: a value must not begin a line of its own."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text)
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def as_text(one: Told) -> str:
    """`2026-11-23 15:30:00Z WARNING tipwatch.jobs.run run.stale run=7 kind=crawl`, for a person at a terminal."""
    fields = " ".join(f"{key}={_quoted(value)}" for key, value in one.fields.items())
    line = f"{one.at:%Y-%m-%d %H:%M:%S}Z {one.level.upper()} {one.logger} {one.event} {fields}"
    return line.rstrip()


def as_fields(one: Told) -> dict[str, Any]:
    """As a collector gets it: the event's own fields after the fixed ones, and never in their place."""
    fixed = {
        "at": one.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "level": one.level,
        "event": one.event, "logger": one.logger,
    }  # fmt: skip
    return fixed | {key if key not in fixed else f"{key}_": value for key, value in one.fields.items()}


def _quoted(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if " " in text or not text else text
