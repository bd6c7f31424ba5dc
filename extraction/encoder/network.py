"""Runs the trained reader: word pieces in, opinions on each person and on the text out, by onnxruntime.

Refuses a file of another version or another shape: weights that do not fit are an error that names the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import erf, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from extraction.encoder.masked import SLOTS, Masker, Span, Subject, Window

FOLDER = Path(__file__).resolve().parent.parent / "weights"
VERSION = 4
SHARED = FOLDER / "network"  # one network reads every language that has a fusion
FILES = ("encoder.onnx", "embeddings.npz", "heads.npz", "tokenizer.json")
FUSION = "fusion.json"
Fusion = Mapping[str, Mapping[str, float]]
EXACT = ("session.x64quantprecision", "1")
"""Sums in 32 bits on every CPU: x86 without VNNI (AVX2 alone) adds products of int8 in 16, which overflow, and
reads otherwise (onnxruntime issues 5849, 6004): on an EPYC with AVX2 the precision of dev fell by a point."""
FIRST_SLOT = 1  # id of [unused0]
PAIR = 8.0  # root of the width of the pair scores
Floats = npt.NDArray[np.float32]


class WeightsError(ValueError):
    """Weights that cannot be used, with the file and the remedy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonOpinion:
    """What the network thinks of one person; probabilities by name, `place` the mention that counted most."""

    role: Mapping[str, float]
    stage: Mapping[str, float]
    offences: Mapping[str, float]
    nations: Mapping[str, float]
    place: Span | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TextOpinion:
    """What the network thinks of a text: `topic` is the probability that it reports a case of trafficking."""

    topic: float
    people: tuple[PersonOpinion | None, ...]  # None: named only beyond the windows that were read


class Network:
    """The trained reader, loaded once for all languages."""

    def __init__(self, folder: Path) -> None:
        self.card: Mapping[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if self.card.get("version") != VERSION:
            raise WeightsError(f"{folder / 'model.json'}: version is not {VERSION}; run `make train`")
        arrays = np.load(folder / "heads.npz")
        self.heads: Mapping[str, Floats] = {k: arrays[k].astype(np.float32) for k in arrays.files}
        table = np.load(folder / "embeddings.npz")
        self.table: npt.NDArray[np.int8] = table["table"]
        self.scale: Floats = table["scale"].astype(np.float32)
        self.masker = Masker(Tokenizer.from_file(str(folder / "tokenizer.json")))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry(*EXACT)
        self.session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def read(
        self, text: str, title: str | None, people: Sequence[Subject], nations: Sequence[tuple[int, int, str]]
    ) -> TextOpinion:
        """Opinions on a text and its people, in order; only the first SLOTS people are judged."""
        people = people[:SLOTS]
        cut = self.masker.windows(text, title, people, nations)
        # The first window, and those that name somebody: pages of other matter after a story must not drown it.
        windows = [w for n, w in enumerate(cut) if n == 0 or any(p < 0 for p in w.pieces)]
        hidden = self.hidden(windows)
        whole = np.stack([states[0] for states in hidden])
        topic = self.topic(np.concatenate([whole.mean(0), whole.max(0)]))
        return TextOpinion(
            topic=topic,
            people=tuple(self.person(n, windows, hidden, whole.mean(0)) for n in range(len(people))),
        )

    def hidden(self, windows: Sequence[Window]) -> list[Floats]:
        """States of the last layer, (pieces, width) for each window.

        One window runs at a time, which bounds the memory of a long text.
        """
        states = []
        for window in windows:
            ids = np.array([[p if p >= 0 else FIRST_SLOT - p - 1 for p in window.pieces]], dtype=np.int64)
            embedded = self.table[ids].astype(np.float32) * self.scale[ids][..., None]
            states.append(self.session.run(None, {"embedded": embedded})[0][0])
        return states

    def topic(self, whole: Floats) -> float:
        """Probability that the text is on topic."""
        inner = gelu(whole @ self.heads["topic.1.weight"].T + self.heads["topic.1.bias"])
        return float(sigmoid(inner @ self.heads["topic.3.weight"].T + self.heads["topic.3.bias"])[0])

    def person(
        self, n: int, windows: Sequence[Window], hidden: Sequence[Floats], whole: Floats
    ) -> PersonOpinion | None:
        """Opinion on person n; None where no window names them."""
        places = [(w, k) for w, row in enumerate(windows) for k, p in enumerate(row.pieces) if p == -(n + 1)]
        if not places:
            return None
        mine = np.stack([hidden[w][k] for w, k in places])
        weight = softmax((mine @ self.heads["att.weight"].T + self.heads["att.bias"])[:, 0])
        pooled = np.concatenate([(weight[:, None] * mine).sum(0), mine[0], mine.max(0), whole])
        inner = gelu(pooled @ self.heads["mid.1.weight"].T + self.heads["mid.1.bias"])
        in_text = [
            (x, windows[w].spans[k]) for x, (w, k) in zip(weight, places, strict=True) if windows[w].spans[k]
        ]
        return PersonOpinion(
            role=named(self.card["roles"], softmax(self.linear("role", inner))),
            stage=named(self.card["stages"], softmax(self.linear("stage", inner))),
            offences=named(self.card["offences"], sigmoid(self.linear("off", inner))),
            nations=self.nations(mine, windows, hidden),
            place=max(in_text, key=lambda item: item[0])[1] if in_text else None,
        )

    def nations(self, mine: Floats, windows: Sequence[Window], hidden: Sequence[Floats]) -> dict[str, float]:
        """Probability by country that it is this person's nationality: the best pair of mentions counts."""
        found: dict[str, float] = {}
        person = self.linear("pn", mine)
        for w, row in enumerate(windows):
            for k, code in row.nations:
                country = self.linear("cn", hidden[w][k])
                best = float((person @ country).max() / PAIR + self.heads["nb"])
                found[code] = max(found.get(code, -1e9), best)
        return {code: float(sigmoid(np.array(x, dtype=np.float32))) for code, x in found.items()}

    def linear(self, name: str, x: Floats) -> Floats:
        """One layer of the heads."""
        return x @ self.heads[f"{name}.weight"].T + self.heads[f"{name}.bias"]


@cache
def load_network() -> Network:
    """The trained reader, loaded once a process."""
    missing = [n for n in ("model.json", *FILES) if not (SHARED / n).is_file()]
    if missing:
        raise WeightsError(
            f"{SHARED}: {', '.join(missing)} missing; check the clone out whole or run `make train`"
        )
    return Network(SHARED)


def load_fusion(language: str) -> Fusion | None:
    """How rules and network are weighed in a language, weights by sign; None where it was never fitted."""
    path = FOLDER / language / FUSION
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        fusion: Fusion = json.loads(text)
    except json.JSONDecodeError as error:
        raise WeightsError(f"{path}: not JSON ({error}); check the clone out whole or run `make train`") from error
    return fusion


def named(names: Sequence[str], values: Floats) -> dict[str, float]:
    """Values by name."""
    return {name: float(v) for name, v in zip(names, values, strict=True)}


def softmax(x: Floats) -> Floats:
    """Probabilities that sum to one."""
    grown = np.exp(x - x.max())
    return np.asarray(grown / grown.sum(), dtype=np.float32)


def sigmoid(x: Floats) -> Floats:
    """Logistic function."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0))), dtype=np.float32)


def gelu(x: Floats) -> Floats:
    """The exact Gaussian error linear unit."""
    return np.asarray([0.5 * v * (1.0 + erf(v / sqrt(2.0))) for v in x.tolist()], dtype=np.float32)
