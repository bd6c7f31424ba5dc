"""Real samples made wrong: cut, doubled, swapped, spliced with another sample, pumped with tokens of the format.

Refuses noise alone: random bytes never get past the first check of a parser.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

MAX_PUMP = 4_000


@st.composite
def _edit(draw: st.DrawFn, body: bytes, samples: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    kind = draw(st.sampled_from(("cut", "end", "double", "token", "pump", "splice", "flip", "swap")))
    start = draw(st.integers(0, len(body)))
    end = min(len(body), start + draw(st.integers(0, 400)))
    match kind:
        case "cut":
            return body[:start] + body[end:]
        case "end":
            return body[:start]
        case "double":
            return body[:end] + body[start:end] * draw(st.integers(1, 20)) + body[end:]
        case "token":
            return body[:start] + draw(st.sampled_from(tokens)) + body[start:]
        case "pump":
            unit = b"".join(draw(st.lists(st.sampled_from(tokens), min_size=1, max_size=3)))
            return body[:start] + unit * draw(st.integers(2, MAX_PUMP)) + body[start:]
        case "splice":
            other = draw(st.sampled_from(samples))
            at = draw(st.integers(0, len(other)))
            return body[:start] + other[at : at + draw(st.integers(1, 2_000))] + body[end:]
        case "flip":
            return body[:start] + bytes([draw(st.integers(0, 255))]) + body[start + 1 :]
        case _:
            return body[:start] + body[start:end][::-1] + body[end:]


@st.composite
def mutated(draw: st.DrawFn, samples: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """One of `samples` after up to eight edits."""
    body: bytes = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 8))):
        body = draw(_edit(body, samples, tokens))
    return body


@st.composite
def pumped(draw: st.DrawFn, tokens: Sequence[bytes], *, length: int) -> bytes:
    """A few tokens repeated until they are about `length` bytes long: what costs a pattern a square of it."""
    unit = b"".join(draw(st.lists(st.sampled_from(tokens), min_size=1, max_size=4))) or b" "
    return unit * (length // len(unit) + 1)
