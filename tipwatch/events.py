"""How the log of a command looks: events with fields on stderr, as text for people or as JSON for collectors.

Refuses persons' names: events carry ids, counts and reasons (`extract.quarantine page=7 reason=timed_out`), errors
their class and place; what other libraries say about what they read is left out.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any, TextIO

from tipwatch.event_lines import as_fields, as_text, told

log = logging.getLogger(__name__)

VARIABLE = "TIPWATCH_LOG_FORMAT"

Scalar = str | int


class LogFormat(StrEnum):
    """Text shows warnings and above; JSON, which a machine reads, `info` and above. `--debug` shows all."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogSetup:
    """What a child process needs to log as its parent does. Can be pickled."""

    format: LogFormat = LogFormat.TEXT
    debug: bool = False
    bound: Mapping[str, Scalar] = field(default_factory=dict)


_bound: ContextVar[Mapping[str, Scalar]] = ContextVar("tipwatch_bound", default={})  # noqa: B039 - never changed
_process: LogSetup = LogSetup()


def configure_log(*, debug: bool, format: LogFormat = LogFormat.TEXT, bound: Mapping[str, Scalar] = {}) -> None:
    """Set the log up, once a process. `bound` are fields of every line, such as the command."""
    global _process  # noqa: PLW0603 - a log is a thing of the process
    _process = LogSetup(format=format, debug=debug, bound=dict(bound))
    quiet = logging.WARNING if format is LogFormat.TEXT else logging.INFO
    level = logging.DEBUG if debug else quiet
    handler = _Handler(sys.stderr)
    handler.setFormatter(_json() if format is LogFormat.JSON else TextFormatter(debug=debug))
    handler.setLevel(level)  # Scrapy resets the level of loggers, not of handlers
    handler.addFilter(_Foreign(debug=debug))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("trafilatura", "htmldate", "courlan", "asyncio", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


def log_setup() -> LogSetup:
    """How this process logs, and what is bound here and now; for `continue_log` in a child."""
    return LogSetup(format=_process.format, debug=_process.debug, bound=now_bound())


def continue_log(setup: LogSetup) -> None:
    """Log as the parent did when it asked `log_setup`."""
    configure_log(debug=setup.debug, format=setup.format, bound=setup.bound)
    guard()


@contextmanager
def bind(**fields: Scalar) -> Iterator[None]:
    """Add fields to every line of this block, and of the tasks that begin in it: `bind(run=7, kind="extract")`."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def now_bound() -> dict[str, Scalar]:
    """The fields that a line of now would get."""
    return {**_process.bound, **_bound.get()}


def guard() -> None:
    """What Python itself would print of errors nobody took, and of warnings: without the messages of others."""
    from tipwatch.tracebacks import stack

    def uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        sys.stderr.write(stack(error))

    def in_thread(lost: threading.ExceptHookArgs) -> None:
        if lost.exc_value is not None and not isinstance(lost.exc_value, SystemExit):
            log.error("thread.fault error=%s", lost.exc_type.__name__, exc_info=lost.exc_value)

    def unraisable(lost: Any) -> None:
        log.error("object.fault error=%s", lost.exc_type.__name__, exc_info=lost.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
    logging.captureWarnings(True)


class TextFormatter(logging.Formatter):
    """A line for a person; with `debug` the stack of an error under it, without its message."""

    def __init__(self, *, debug: bool) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        from tipwatch.tracebacks import stack

        line = as_text(told(record, now_bound()))
        error = record.exc_info[1] if record.exc_info else None
        return line if error is None or not self._debug else f"{line}\n{stack(error).rstrip()}"


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to stderr. A line that cannot be made is told without its values, which Python would print."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Called by `logging` while the error is being handled."""
        error = sys.exc_info()[1]
        if isinstance(error, BrokenPipeError | ValueError) and getattr(self.stream, "closed", True):
            return
        with suppress(OSError, ValueError):
            sys.stderr.write(f"log.fault logger={record.name} error={type(error).__name__}\n")


class _Foreign(logging.Filter):
    """Other libraries are heard from warnings upwards; with `debug` always."""

    def __init__(self, *, debug: bool) -> None:
        super().__init__()
        self._debug = debug

    def filter(self, record: logging.LogRecord) -> bool:
        from tipwatch.event_lines import OURS

        return self._debug or record.levelno >= logging.WARNING or record.name.partition(".")[0] in OURS


def _json() -> logging.Formatter:
    """structlog's renderer over the same events; imported only where it is used: that takes 0.1 s."""
    import structlog

    def event(_logger: object, _method: str, found: Any) -> dict[str, Any]:
        record = logging.makeLogRecord(found["_record"].__dict__)
        record.args = found["positional_args"]
        return as_fields(told(record, now_bound()))

    made: logging.Formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[event], use_get_message=False, pass_foreign_args=True,
        processors=[structlog.processors.JSONRenderer(ensure_ascii=False)],
    )  # fmt: skip
    return made
