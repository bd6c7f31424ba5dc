"""One YAML file as plain data with the line of every key and item.

Refuses what YAML 1.1 guesses behind the writer's back (`no` → false, `010` → 8, `12:30` → 750), duplicate keys,
anchors, merge keys and tags: each is a fault with its line.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.faults import ConfigError, ConfigErrors

Loc = tuple[str | int, ...]

try:
    _Loader: Any = yaml.CSafeLoader
except AttributeError:  # PyYAML without libyaml: slower, same meaning
    _Loader = yaml.SafeLoader

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 40  # our deepest schema needs 6
MANY_BRACKETS = 500
MAX_NUMBER = 2**63
"""Beyond it databases have no whole numbers, and Python neither a float nor, beyond 4,300 digits, a text."""
_TAG = "tag:yaml.org,2002:"
_FAR_IN = re.compile(r"^[ \-?:]{20}", re.MULTILINE)
_TRUE_FALSE = {"true": True, "false": False}
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """`data` is the file's mapping; `lines` maps a path (`("discover", 0, "url")`, root `()`) to its line."""

    file: str
    data: dict[str, Any]
    lines: Mapping[Loc, int]

    def line(self, loc: Sequence[str | int]) -> int:
        """Line of `loc`, else of its nearest parent that stands in the file."""
        path = tuple(loc)
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def error(self, loc: Sequence[str | int], problem: str, remedy: str) -> ConfigError:
        """A fault at `loc` of this file."""
        return ConfigError(file=self.file, line=self.line(loc), key=dotted(loc), problem=problem, remedy=remedy)


def dotted(loc: Sequence[str | int]) -> str:
    """`("discover", 0, "url")` → `discover[0].url`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_document(path: Path, *, name: str | None = None, may_be_empty: bool = False) -> Document:
    """Read one YAML mapping. `name` is how errors call the file (default: the path).

    Raises ConfigErrors with every fault that can be seen in one pass.
    """
    file = str(path) if name is None else name
    return parse_document(_decode(_read(path, file), file), file, may_be_empty=may_be_empty)


def parse_document(text: str, file: str, *, may_be_empty: bool = False) -> Document:
    """As `read_document`, from a text that was read or is about to be written to `file`."""
    try:
        if _may_be_deep(text) and _depth(text) > MAX_DEPTH:
            raise _single(file, 1, "nested too deeply", "write it flat")
        root = yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(error.position, 0)) + 1
        raise _single(file, line, "a control character that YAML forbids", "delete it") from error
    except yaml.MarkedYAMLError as error:
        raise _syntax(file, text, error) from error
    if root is None and may_be_empty:
        return Document(file=file, data={}, lines={(): 1})
    if root is None:
        raise _single(file, 1, "the file is empty", "write the keys, or delete the file")
    if not isinstance(root, yaml.MappingNode):
        raise _single(file, _line(root), "the file is not a mapping of keys", "start with `key: value` lines")
    builder = _Builder(file)
    data = builder.build(root, ())
    if builder.errors:
        raise ConfigErrors(builder.errors)
    if "&" in text:
        _refuse_anchors(file, text)
    return Document(file=file, data=data, lines=builder.lines)


def _refuse_anchors(file: str, text: str) -> None:
    """`title: &Co Weekly` would be called "Weekly"; nodes forget their anchors, events do not."""
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            raise _single(file, line, f"an anchor (`&{event.anchor}`)", "quote a text that begins with &")


def _read(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            body = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigErrors(
            [
                ConfigError(
                    file=file,
                    line=None,
                    key="",
                    problem=f"cannot be read ({error.strerror})",
                    remedy="check the path and its permissions",
                )
            ]
        ) from error
    if len(body) > MAX_BYTES:
        raise _single(file, 1, f"larger than {MAX_BYTES // 1024 // 1024} MiB", "split it")
    return body


def _may_be_deep(text: str) -> bool:
    """True when the text might nest deeper than C's stack takes (some thousands): many brackets, lines far in."""
    return text.count("[") + text.count("{") > MANY_BRACKETS or _FAR_IN.search(text) is not None


def _depth(text: str) -> int:
    """Deepest nesting, counted on events: libyaml composes by recursion in C and would end the process."""
    depth = deepest = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return deepest


def _decode(body: bytes, file: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _single(
            file, line, f"not UTF-8 (byte 0x{body[error.start]:02x})", "save the file as UTF-8"
        ) from error


def _syntax(file: str, text: str, error: yaml.MarkedYAMLError) -> ConfigErrors:
    mark = error.problem_mark or error.context_mark
    number = 1 if mark is None else mark.line + 1
    lines = text.split("\n")
    number = min(number, max(len(lines), 1))
    content = lines[number - 1]
    if "\t" in content[: len(content) - len(content.lstrip())] or (mark and content[mark.column :][:1] == "\t"):
        return _single(file, number, "a tab where YAML wants spaces", "indent with spaces")
    if error.context and "document" in f"{error.context} {error.problem}":
        return _single(file, number, "more than one YAML document", "one file, one document: remove the `---`")
    problem = error.problem or "unreadable"
    if "undefined alias" in problem:
        return _single(file, number, "an alias (`*name`)", "write the value out; quote a text that begins with *")
    return _single(file, number, f"not valid YAML: {problem}", "check indentation, colons and quotes on this line")


def _single(file: str, line: int, problem: str, remedy: str) -> ConfigErrors:
    return ConfigErrors([ConfigError(file=file, line=line, key="", problem=problem, remedy=remedy)])


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


@dataclass
class _Builder:
    """Walks one node graph once; `errors` gathers what it refuses."""

    file: str
    lines: dict[Loc, int] = field(default_factory=dict)
    errors: list[ConfigError] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def build(self, node: yaml.Node, loc: Loc) -> Any:
        if id(node) in self._seen:  # the node knows its anchor's line only: take the key's or the list's
            self.lines.setdefault(loc, self.lines[loc[:-1]])
            return self._fault(node, loc, "an alias (`*name`)", "write the value out", self.lines[loc])
        self._seen.add(id(node))
        self.lines.setdefault(loc, _line(node))
        if len(loc) > MAX_DEPTH:
            return self._fault(node, loc, "nested too deeply", "write it flat")
        match node:
            case yaml.MappingNode() if node.tag == f"{_TAG}map":
                return self._mapping(node, loc)
            case yaml.SequenceNode() if node.tag == f"{_TAG}seq":
                return [self.build(item, (*loc, index)) for index, item in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node, loc)
            case _:
                return self._fault(node, loc, f"a YAML tag ({node.tag})", "remove the tag")

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, loc)
            if key is None:
                continue
            here = (*loc, key)
            if key in data:
                first = self.lines[here]
                self._fault(key_node, here, f"written twice (first on line {first})", "keep one of the two")
                continue
            self.lines[here] = _line(key_node)
            data[key] = self.build(value_node, here)
        return data

    def _key(self, node: yaml.Node, loc: Loc) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._fault(node, loc, "a key that is not a text", "write `key: value`")
            return None
        if node.tag == f"{_TAG}merge":
            self._fault(node, loc, "a merge key (`<<`)", "write the keys out")
            return None
        if node.tag != f"{_TAG}str":  # `on:` and `2024:` are no texts to YAML; the writer meant a key
            self._fault(
                node, (*loc, node.value), "YAML does not read this key as a text", f'quote it: "{node.value}"'
            )
            return None
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> Any:  # noqa: PLR0911 - one case a YAML type
        text: str = node.value
        quote = f'quote it: "{text}"'
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool":
                if text.lower() in _TRUE_FALSE:
                    return _TRUE_FALSE[text.lower()]
                value = "true" if text.lower() in {"yes", "on"} else "false"
                remedy = f"{quote} (or write `{value}`)"
                return self._fault(node, loc, f"YAML reads {text} as {value}", remedy)
            case "int" | "float" if _SEXAGESIMAL.fullmatch(text):
                return self._fault(node, loc, f"YAML reads {text} as a number to the base 60", quote)
            case "int" if _OCTAL.fullmatch(text):
                return self._fault(node, loc, f"YAML reads {text} as an octal number", quote)
            case "int":
                return self._number(node, loc)
            case "float":
                return self._number(node, loc)
            case "timestamp":
                return self._date(node, loc)
            case _:
                return self._fault(node, loc, f"YAML does not read this as a text ({node.tag})", quote)

    def _number(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        text = node.value.replace("_", "")
        try:
            number = int(text, 0) if node.tag == f"{_TAG}int" else float(text.lower().replace(".inf", "inf"))
        except ValueError:
            number = math.nan
        shown = node.value if len(node.value) <= 60 else f"{node.value[:57]}…"
        if isinstance(number, float) and not math.isfinite(number):
            return self._fault(node, loc, f"{shown} is not a number", f'quote it: "{shown}"')
        if abs(number) > MAX_NUMBER:
            return self._fault(node, loc, f"{shown} is too large a number", f'quote it: "{shown}"')
        return number

    def _date(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        try:
            if len(node.value) <= 10:
                year, month, day = (int(part) for part in node.value.split("-"))
                return dt.date(year, month, day)
            return dt.datetime.fromisoformat(node.value)
        except ValueError:
            return self._fault(node, loc, f"{node.value} is no date", "write YYYY-MM-DD")

    def _fault(self, node: yaml.Node, loc: Loc, problem: str, remedy: str, line: int | None = None) -> None:
        here = _line(node) if line is None else line
        self.errors.append(ConfigError(file=self.file, line=here, key=dotted(loc), problem=problem, remedy=remedy))
