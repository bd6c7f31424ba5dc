# ruff: noqa: E501 - tables of markup
"""Bad YAML: anchors, aliases, tags, merge keys, duplicates, depth, huge numbers, wrong types at every key.

Refuses to stay readable: what people write by hand is.
"""

from __future__ import annotations

import copy
from typing import Any

import yaml
from hypothesis import strategies as st

TOKENS = (
    *(token.encode() for token in (
        "&a ", "*a", "<<: *a", "!!python/object/apply:os.system ['x']", "!!binary aGk=", "!!set {a}", "!!omap", "!x ", "!!str ",
        "!!int ", "? ", ": ", "- ", "- - ", "[", "]", "{", "}", "[[[[", "{a: ", ",", "|", ">", "|9+\n", ">-\n", "#", "%YAML 9.9\n",
        "%TAG ! x\n", "---\n", "...\n", "\t", "  ", " " * 24, "\n", "\r", "\x85", "\u2028", "\ufeff", "\0", "\x1b", "\ud7ff", "'", '"',
        '"\\x', '"\\uD800"', '"\\U00110000"', "'' '", "title: ", "title: x\n", "yes", "no", "null", "~", "010", "0x", "12:30", "1e5",
        ".inf", ".nan", "9" * 400, "0o7", "0b2", "2024-02-30", "2024-05-01T25:00:00Z", "99999-01-01", "=", "- &a [*a]\n", "`", "@",
        "a: b: c", "? [a]\n: b\n", "discover:\n", "rules:\n", "words:\n", "strong:\n", "é", "ß" * 300, "(", "(?P<", "*", "+", "[a-",
    )),
    b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xfe\xff", b"\xff\xfe",
)  # fmt: skip

WRONG: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from((
        None, True, False, 0, -1, 1, 10**9, 2**70, 0.0, -0.5, 1e300, "", " ", "x", "x" * 5_000, "\n", "a\nb", "http://[", "https://",
        "https://a.example:99999/", "//a.example", "javascript:x", "(", "(?P<a", "a{99999}", "[", "::text", "li:has(", "li >", "*", "**",
        "..", "...", "* *", "a * b", "<macro.none>", "\u202e", "\0", "é", "zz", "ZZ", "en", "2024-13-01", [], {}, [[]], [None], ["x", "x"],
        [{"feed": "https://a.example/f"}], {"x": {}}, {1: 2}, {"": ""}, [1, "a", None, {}], {"feed": 1, "listing": 2},
    )),
    st.integers(), st.floats(), st.text(max_size=30), st.dates(), st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=8), st.none() | st.text(max_size=5), max_size=3),
)  # fmt: skip


def _places(data: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [at]
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        found += _places(value, (*at, key))
    return found


@st.composite
def wronged(draw: st.DrawFn, samples: tuple[dict[str, Any], ...], keys: tuple[str, ...]) -> str:
    """One of `samples` as YAML with up to four places changed: another type, a key more, a key less, a key renamed."""
    data = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from([at for at in _places(data) if at] or [("title",)]))
        here = data
        for part in place[:-1]:
            here = here[part]
        match draw(st.sampled_from(("value", "drop", "add", "rename"))):
            case "drop" if isinstance(here, dict):
                here.pop(place[-1], None)
            case "rename" if isinstance(here, dict) and place[-1] in here:
                here[draw(st.sampled_from(keys) | st.text(max_size=10))] = here.pop(place[-1])
            case "add" if isinstance(here, dict):
                here[draw(st.sampled_from(keys) | st.text(max_size=10))] = copy.deepcopy(draw(WRONG))
            case _:
                here[place[-1]] = copy.deepcopy(draw(WRONG))
    return yaml.safe_dump(
        data, allow_unicode=draw(st.booleans()), default_flow_style=draw(st.sampled_from((None, True, False)))
    )


nested = st.builds(
    lambda unit, deep, tail: unit * deep + tail,
    st.sampled_from(("[", "{a: ", "- ", "? ", "- - ", "- ? ", "[{", "!!seq [", "&a [", "{? ", "- !!map {a: ", "-\t", "? - ", "[[],")),
    st.sampled_from((1, 5, 39, 40, 41, 50, 200, 600, 5_000, 60_000)),
    st.sampled_from(("", "x", "]", "}", "\n", ": ", "*a")),
) | st.builds(
    lambda unit, deep, tail: "".join(f"{' ' * place}{unit}\n" for place in range(deep)) + tail,
    st.sampled_from(("a:", "-", "?", "- a:", "? a:", "!!map a:")),
    st.sampled_from((5, 19, 20, 21, 39, 41, 100, 900)),
    st.sampled_from(("", "x", "- x", "b: c")),
)  # fmt: skip
