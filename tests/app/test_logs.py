"""Log lines as events: text and JSON, bound fields, other libraries, errors; no value forges a line.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import io
import json
import logging
import multiprocessing as mp
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.logs import RunsOfSources
from crawlers.summary import CrawlSummary
from tests.app.outlet import ROOT
from tipwatch.event_lines import OURS, as_fields, as_text, told
from tipwatch.events import LogFormat, bind, configure_log, continue_log, log_setup
from tipwatch.tracebacks import place, stack, way

NAME = "Arlo Quince"


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def record(
    message: str, *args: object, logger: str = "tipwatch.jobs.run", level: int = logging.INFO
) -> logging.LogRecord:
    return logging.LogRecord(logger, level, __file__, 1, message, args, None)


LINES = [
    (("run.stale run=%d kind=%s", 7, "crawl"), "run.stale", {"run": 7, "kind": "crawl"}),
    (("crawl.done source=%s outcome=%s %s", "in_x", "done", "new=3 kept=1"), "crawl.done",
     {"source": "in_x", "outcome": "done", "new": 3, "kept": 1}),
    (("gate.keep new=%s detail=%s", True, None), "gate.keep", {"new": True, "detail": None}),
    (("resolve.done seconds=%.1f", 1.25), "resolve.done", {"seconds": 1.25}),
    (("crawl.failed source=%(source)s error=%(error)s", {"source": "in_x", "error": "Timeout"}), "crawl.failed",
     {"source": "in_x", "error": "Timeout"}),
    (("deliver.sent what=%s/%s", "a b", 2), "deliver.sent", {"what": "a b/2"}),
    (("deliver.rename_not_atomic",), "deliver.rename_not_atomic", {}),
    (("poll.done share=%d%% of=%s", 30, "x"), "poll.done", {"share": "30%", "of": "x"}),
    (("odd words here n=%d", 1), "odd", {"message": "words here", "n": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("said", "event", "fields"), LINES)
def test_a_line_is_an_event_with_typed_fields(
    said: tuple[object, ...], event: str, fields: dict[str, object]
) -> None:
    found = told(record(*said), {"job": "ab12"})  # type: ignore[arg-type]
    assert (found.event, dict(found.fields)) == (event, {**fields, "job": "ab12"})


def test_what_is_bound_never_overrides_what_a_line_says() -> None:
    assert told(record("x.y run=%d", 3), {"run": 9, "job": "a"}).fields == {"run": 3, "job": "a"}
    fixed = as_fields(told(record("x.y level=%s event=%s", "forged", "forged"), {}))
    assert (fixed["level"], fixed["event"], fixed["level_"]) == ("info", "x.y", "forged")


def test_every_call_of_ours_begins_with_an_event_and_names_its_values() -> None:
    """`log.info("gate.drop source=%s", …)`: a message without that form would lose its fields in JSON."""
    calls = re.compile(r"\blog\.(?:debug|info|warning|error|critical|exception)\(\s*(f?)\"([^\"]*)\"", re.DOTALL)
    bad, seen = [], 0
    for room in sorted(OURS - {"__main__", "benchmarks"}):
        for file in sorted((ROOT / room).rglob("*.py")):
            for literal, text in calls.findall(file.read_text(encoding="utf-8")):
                seen += 1
                words = text.split()
                rest = [word for word in words[1:] if not re.fullmatch(r"\w+=%[\w.]+|%s", word)]
                if literal or not re.fullmatch(r"[a-z]+(?:\.[a-z_]+)+", words[0]) or rest:
                    bad.append(f"{file.name}: {text}")
    assert bad == []
    assert seen > 50


def test_what_other_libraries_say_keeps_numbers_and_their_own_words_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "library_of_others.py"
    module.write_text(
        "import logging\n"
        "log = logging.getLogger('urllib3.connection')\n"
        "def speak(name):\n"
        "    log.warning('Retrying %s after %d, %r', name, 3, name)\n"
        "    log.warning(f'Got {name}')\n"
        "    log.warning('Nothing to say')\n"
        "    log.warning(name)\n",
        encoding="utf-8",
    )
    caught: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = caught.append  # type: ignore[method-assign]
    logger = logging.getLogger("urllib3.connection")
    monkeypatch.setattr(logger, "disabled", False)  # set-ups of earlier tests may have silenced it
    monkeypatch.setattr(logging.root.manager, "disable", 0)
    before = logger.level
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    space: dict[str, object] = {}
    exec(compile(module.read_text(), str(module), "exec"), space)
    try:
        space["speak"](NAME)  # type: ignore[operator]
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    lines = [as_text(told(one, {})) for one in caught]
    said = [told(one, {}).fields.get("said") for one in caught]
    assert said == ["Retrying … after 3, …", None, "Nothing to say", None]
    assert all(f"where=library_of_others.py:{n}" in line for n, line in enumerate(lines, start=4))
    assert not any(part in line for line in lines for part in NAME.split())


def test_an_error_is_told_by_class_and_lines_the_cause_too() -> None:
    def deep() -> None:
        try:
            int(NAME)
        except ValueError as error:
            raise KeyError(NAME) from error

    try:
        deep()
    except KeyError as error:
        caught = error
    one = record("crawl.bug error=%s", "KeyError")
    one.exc_info = (KeyError, caught, caught.__traceback__)
    for text in (as_text(told(one, {})), way(caught), stack(caught), place(caught)):
        assert "KeyError" in text
        assert "test_logs.py" in text
        assert "Quince" not in text
    assert "ValueError test_logs.py:" in way(caught)
    assert stack(caught).count("Traceback (most recent call last)") == 2


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_value_begins_a_line_or_breaks_json(value: str, other: str) -> None:
    found = told(record("x.y reason=%s %s", value, other), {})
    line = as_text(found)
    assert "\n" not in line
    assert len(line.splitlines()) == 1
    assert json.loads(json.dumps(as_fields(found)))["event"].startswith("x.y")


def through(format: LogFormat, *, debug: bool, monkeypatch: pytest.MonkeyPatch, speak: object) -> str:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_log(debug=debug, format=format, bound={"command": "crawl", "job": "0badcafe"})
    speak()  # type: ignore[operator]
    return stream.getvalue()


def test_text_shows_warnings_json_what_was_done_and_debug_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def speak() -> None:
        for name in ("tipwatch.x", "library.x"):
            logging.getLogger(name).debug("a.debug")
            logging.getLogger(name).info("a.info")
            logging.getLogger(name).warning("a.warning")

    shown = {
        (format, debug): re.findall(
            r"(?:said=|x |event\": \")a\.(\w+)", through(format, debug=debug, monkeypatch=monkeypatch, speak=speak)
        )
        for format in LogFormat
        for debug in (False, True)
    }
    assert shown[LogFormat.TEXT, False] == ["warning", "warning"]
    assert shown[LogFormat.JSON, False][:2] == ["info", "warning"]
    assert shown[LogFormat.TEXT, True] == ["debug", "info", "warning"] * 2


def test_json_lines_carry_time_level_event_run_and_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def speak() -> None:
        with bind(run=12, kind="extract"):
            logging.getLogger("tipwatch.jobs.extract").info(
                "extract.quarantine page=%d reason=%s", 7, "timed\nout"
            )
        logging.getLogger("tipwatch.x").info("after.it")

    first, second = map(
        json.loads, through(LogFormat.JSON, debug=False, monkeypatch=monkeypatch, speak=speak).splitlines()
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("at"))
    assert first == {
        "level": "info", "event": "extract.quarantine", "logger": "tipwatch.jobs.extract", "page": 7,
        "reason": "timed out", "command": "crawl", "job": "0badcafe", "run": 12, "kind": "extract",
    }  # fmt: skip
    assert "run" not in second
    assert second["job"] == "0badcafe"


def test_a_line_that_cannot_be_made_does_not_show_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError(NAME)

    for format in LogFormat:
        shown = through(
            format, debug=True, monkeypatch=monkeypatch,
            speak=lambda: logging.getLogger("tipwatch.x").info("x.y name=%s odd=%s", NAME.lower(), Odd()),
        )  # fmt: skip
        assert shown == "log.fault logger=tipwatch.x error=RuntimeError\n"


def test_a_line_about_a_source_names_the_run_of_its_crawl() -> None:
    runs = RunsOfSources({"in_x": CrawlSummary(source_id="in_x", run_id=41)})
    ours = record("poll.done source=%s", "in_x", logger="crawlers.polling")
    theirs = record("Error downloading %s", "http://x/arlo-quince", logger="scrapy.core.scraper")
    theirs.spider = SimpleNamespace(name="in_x")
    for one in (ours, theirs):
        assert runs.filter(one)
        assert told(one, {"run": 1}).fields["run"] == 41
        assert "quince" not in as_text(told(one, {}))
    assert told(theirs, {}).fields["source"] == "in_x"


def in_child(setup: object, sent: object) -> None:
    stream = io.StringIO()
    sys.stderr = stream
    continue_log(setup)  # type: ignore[arg-type]
    logging.getLogger("crawlers.x").info("poll.done source=%s", "in_x")
    sent.send(stream.getvalue())  # type: ignore[attr-defined]


def test_a_child_process_logs_as_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    configure_log(debug=False, format=LogFormat.JSON, bound={"command": "crawl", "job": "0badcafe"})
    with bind(run=5):
        setup = log_setup()
    context = mp.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=in_child, args=(setup, theirs))
    child.start()
    assert ours.poll(120)
    line = json.loads(ours.recv())
    child.join(30)
    assert (line["event"], line["job"], line["run"], line["source"]) == ("poll.done", "0badcafe", 5, "in_x")


UNCAUGHT = f"""
import sys, threading, warnings
from tipwatch.events import *
configure_log(debug=True, format=LogFormat.TEXT)
guard()
warnings.warn("{NAME}")
def lost(): raise ValueError("{NAME}")
thread = threading.Thread(target=lost); thread.start(); thread.join()
class Last:
    def __del__(self): raise ValueError("{NAME}")
Last()
raise RuntimeError("{NAME}")
"""


def test_what_python_prints_by_itself_has_no_message_either(tmp_path: Path) -> None:
    script = tmp_path / "uncaught.py"
    script.write_text(
        UNCAUGHT.replace(f'"{NAME}"', "''.join(map(chr, %r))" % [ord(c) for c in NAME]), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, script],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "Quince" not in done.stderr + done.stdout
    for seen in ("thread.fault", "object.fault", "kind=UserWarning", "RuntimeError", "Traceback"):
        assert seen in done.stderr, done.stderr
