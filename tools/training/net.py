"""The network to be trained: a small pretrained encoder with heads for role, stage, offences, nation and topic.

Refuses to learn word pieces anew: their table stays as it was pretrained, only the slots of persons are learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from extraction.encoder.masked import SLOTS
from extraction.model.terms import Offence, Role, Stage
from tools.training.corpus import NOBODY

ROLES = (*(r.value for r in Role), NOBODY)
STAGES = tuple(s.value for s in Stage)
OFFENCES = tuple(o.value for o in Offence)
DROP = 0.1
INNER, TOPIC, PAIR = 256, 128, 64
LIKE_NAMES = ("john", "maria", "ahmed", "singh", "james", "david", "ali", "kim", "lee", "peter")


@dataclass
class Rows:
    """A batch as tensors; `slots` are ids per article and person, `lands` positions and codes per window."""

    ids: Tensor  # (windows, length); a person in slot s is -(s + 1)
    mask: Tensor
    first: list[int]  # first window of each article, and one past the last
    slots: list[list[int]]
    lands: list[list[tuple[int, str]]]


@dataclass
class Said:
    """What the network says of one article."""

    topic: Tensor
    people: list[Tensor | None]  # pooled states
    nations: list[dict[str, Tensor]]


class Net(nn.Module):
    """Encoder and heads; the names of the parameters are those that `extraction.encoder.network` reads."""

    def __init__(self, base: Path, token_ids: Sequence[int]) -> None:
        super().__init__()
        # Dropping attention costs half of a step on a CPU: random numbers, and the fast kernel that it rules out.
        self.encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, attention_probs_dropout_prob=0.0)
        table = self.encoder.embeddings
        table.word_embeddings.weight.requires_grad_(False)
        table.position_embeddings.weight.requires_grad_(False)
        width = table.word_embeddings.weight.shape[1]
        like = table.word_embeddings.weight[list(token_ids)].mean(0)
        self.slots = nn.Parameter(like + 0.02 * torch.randn(SLOTS, width))
        self.att = nn.Linear(width, 1)
        self.mid = nn.Sequential(nn.Dropout(DROP), nn.Linear(4 * width, INNER), nn.GELU(), nn.Dropout(DROP))
        self.role = nn.Linear(INNER, len(ROLES))
        self.stage = nn.Linear(INNER, len(STAGES))
        self.off = nn.Linear(INNER, len(OFFENCES))
        self.topic = nn.Sequential(nn.Dropout(DROP), nn.Linear(2 * width, TOPIC), nn.GELU(), nn.Linear(TOPIC, 1))
        self.pn = nn.Linear(width, PAIR)
        self.cn = nn.Linear(width, PAIR)
        self.nb = nn.Parameter(torch.tensor(-2.0))

    def states(self, rows: Rows) -> Tensor:
        """States of the last layer."""
        words = self.encoder.embeddings.word_embeddings(rows.ids.clamp(min=0))
        slots = self.slots[(-rows.ids - 1).clamp(min=0)].to(words.dtype)
        embedded = torch.where((rows.ids < 0)[..., None], slots, words)
        return self.encoder(inputs_embeds=embedded, attention_mask=rows.mask).last_hidden_state

    def forward(self, rows: Rows) -> list[Said]:
        """Opinions on every article of a batch."""
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training):
            states = self.states(rows)
        states = states.float()
        return [self.article(rows, states, n) for n in range(len(rows.slots))]

    def article(self, rows: Rows, states: Tensor, n: int) -> Said:
        """Opinions on article n of a batch."""
        begin, end = rows.first[n], rows.first[n + 1]
        mine, ids = states[begin:end], rows.ids[begin:end]
        whole = mine[:, 0]
        topic = self.topic(torch.cat([whole.mean(0), whole.max(0).values]))[0]
        lands = [(w, k, code) for w in range(begin, end) for k, code in rows.lands[w]]
        codes = [code for *_, code in lands]
        countries = self.cn(torch.stack([states[w, k] for w, k, _ in lands])) if lands else None
        people: list[Tensor | None] = []
        nations: list[dict[str, Tensor]] = []
        for slot in rows.slots[n]:
            at = (ids == -(slot + 1)).nonzero()
            if len(at) == 0:
                people.append(None)
                nations.append({})
                continue
            named = mine[at[:, 0], at[:, 1]]
            weight = torch.softmax(self.att(named)[:, 0], 0)
            pooled = [(weight[:, None] * named).sum(0), named[0], named.max(0).values, whole.mean(0)]
            people.append(self.mid(torch.cat(pooled)))
            best: dict[str, Tensor] = {}
            if countries is not None:
                pairs = (self.pn(named) @ countries.T / 8.0 + self.nb).max(0).values
                for code in sorted(set(codes)):
                    best[code] = torch.stack([pairs[j] for j, c in enumerate(codes) if c == code]).max()
            nations.append(best)
        return Said(topic, people, nations)
