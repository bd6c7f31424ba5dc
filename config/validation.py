"""The one door to YAML: a file against a pydantic model, every fault with file, line, key and remedy.

Refuses to guess: an unknown key is an error, never ignored.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from config.document import Document, dotted, read_document
from config.faults import ConfigError, ConfigErrors

__all__ = ["ConfigError", "ConfigErrors", "did_you_mean", "fault", "load_yaml", "validate"]

M = TypeVar("M", bound=BaseModel)


def load_yaml(path: Path, model: type[M], *, name: str | None = None) -> M:
    """Read `path` into `model` (which has `extra="forbid"`); raises ConfigErrors with all faults of the file."""
    return validate(read_document(path, name=name), model)


def validate(document: Document, model: type[M]) -> M:
    """`document` as `model`; raises ConfigErrors."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if not _echo(detail)]
        raise ConfigErrors(explain(detail, model, document) for detail in details) from error


def fault(problem: str, remedy: str) -> PydanticCustomError:
    """What a validator raises, so that its remedy reaches the writer."""
    return PydanticCustomError("fault", "{problem}", {"problem": problem, "remedy": remedy})


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The nearest of `known`, or None when nothing is near."""
    near = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None


def explain(detail: ErrorDetails, model: type[BaseModel], document: Document) -> ConfigError:
    """One of pydantic's findings in our words, at its line."""
    loc = _own_parts(detail["loc"], document.data)
    problem, remedy = _words(detail, loc, model, document.data)
    return ConfigError(
        file=document.file, line=document.line(loc), key=dotted(loc), problem=problem, remedy=remedy
    )


def _echo(detail: ErrorDetails) -> bool:
    """True when pydantic counts a list as too short only because its items are faulty."""
    given = detail["input"]
    return detail["type"] == "too_short" and isinstance(given, list) and len(given) >= detail["ctx"]["min_length"]


def _own_parts(loc: Sequence[str | int], data: Any) -> tuple[str | int, ...]:
    """`loc` without the tags of unions that pydantic puts between; the last part may be a missing key."""
    own: list[str | int] = []
    here = data
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(here, Mapping):
            value = here.get(part)
            if last or isinstance(value, Mapping | list):  # else a union's tag, even where a key has its name
                own.append(part)
                here = value
        elif isinstance(here, list) and isinstance(part, int):
            own.append(part)
            here = here[part] if part < len(here) else None
    return tuple(own)


def _words(  # noqa: PLR0911 - one case a kind of finding
    detail: ErrorDetails, loc: tuple[str | int, ...], model: type[BaseModel], data: Any
) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    given = _short(detail["input"])
    match kind:
        case "fault":
            return str(context["problem"]), str(context["remedy"])
        case "extra_forbidden":
            return "unknown key", _unknown_key_remedy(
                str(loc[-1]), _keys_at(model, loc[:-1], _present(data, loc[:-1]))
            )
        case "missing":
            hint = _description(model, loc)
            return "missing", f"add `{loc[-1]}:`" + (f" ({hint})" if hint else "")
        case "enum" | "literal_error":
            allowed = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
            near = did_you_mean(str(detail["input"]), allowed)
            ask = f"did you mean {near}? " if near else ""
            return f"{given} is not one of the allowed values", f"{ask}one of: {', '.join(allowed)}"
        case "string_type" if isinstance(detail["input"], int | float | bool) or hasattr(detail["input"], "year"):
            return f"{given} is not a text", f'quote it: "{detail["input"]}"'
        case "union_tag_not_found" | "union_tag_invalid":
            return f"{given} is of no known kind", _description(model, loc) or detail["msg"]
        case _:
            hint = _description(model, loc)
            return f"{_lower(detail['msg'])} (it is {given})", hint or _lower(detail["msg"])


def _unknown_key_remedy(word: str, known: Sequence[str]) -> str:
    near = did_you_mean(word, known)
    if near is not None:
        return f"did you mean {near}?"
    return f"remove it; known keys: {', '.join(known)}" if known else "remove it"


def _short(value: object) -> str:
    text = "empty" if value is None else f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _present(data: Any, loc: Sequence[str | int]) -> frozenset[str]:
    """The keys that the file has at `loc`."""
    for part in loc:
        data = data[part]
    return frozenset(data) if isinstance(data, Mapping) else frozenset()


def _keys_at(model: type[BaseModel], loc: Sequence[str | int], present: frozenset[str]) -> tuple[str, ...]:
    """The keys that may stand at `loc`; of a union those of the model that the file's keys fit best."""
    options = [
        tuple(info.alias or name for name, info in found.model_fields.items()) for found in _models_at(model, loc)
    ]
    best = max((len(present.intersection(names)) for names in options), default=0)
    fitting = [names for names in options if len(present.intersection(names)) == best]
    return tuple(dict.fromkeys(name for names in fitting for name in names))


def _description(model: type[BaseModel], loc: Sequence[str | int]) -> str | None:
    path = tuple(loc)
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if not path:
        return None
    for found in _models_at(model, path[:-1]):
        for name, info in found.model_fields.items():
            if path[-1] in (name, info.alias) and info.description:
                return info.description
    return None


def _models_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models whose fields may stand at `loc` (several in a union)."""
    here: list[Any] = [model]
    for part in loc:
        step: list[Any] = []
        for kind in here:
            step += _step(kind, part)
        here = step
    return [kind for kind in _flat(here) if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _step(kind: Any, part: str | int) -> list[Any]:
    found: list[Any] = []
    for option in _flat([kind]):
        if isinstance(option, type) and issubclass(option, RootModel):
            found += _step(option.model_fields["root"].annotation, part)
        elif isinstance(option, type) and issubclass(option, BaseModel):
            found += [i.annotation for n, i in option.model_fields.items() if part in (n, i.alias)]
        elif get_origin(option) is dict:
            found.append(get_args(option)[1])
        elif isinstance(part, int) and get_args(option):
            found.append(get_args(option)[0])
    return found


def _flat(kinds: Iterable[Any]) -> list[Any]:
    """Unions and Annotated opened up."""
    flat: list[Any] = []
    for kind in kinds:
        origin = get_origin(kind)
        if origin is Annotated:
            flat += _flat([get_args(kind)[0]])
        elif origin is Union or isinstance(kind, types.UnionType):
            flat += _flat(get_args(kind))
        elif origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
            flat.append(dict[get_args(kind)[0], get_args(kind)[1]])  # type: ignore[misc]
        else:
            flat.append(kind)
    return flat
