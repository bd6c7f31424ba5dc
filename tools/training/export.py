"""Writes a fitted network as the files that the reader loads: `python -m tools.training.export build/reader.pt`.

Refuses full precision: layers and word pieces are stored in eight bits, which the model card's figures include.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from extraction.encoder.masked import SLOTS
from extraction.encoder.network import FIRST_SLOT, SHARED, VERSION
from tools.training.net import OFFENCES, ROLES, STAGES, Net
from tools.training.train import Base

OPSET = 17
HEADS = ("att.", "mid.1.", "role.", "stage.", "off.", "topic.", "pn.", "cn.", "nb")


class Layers(nn.Module):
    """The encoder from embedded pieces to states, written out for one window without padding.

    BERT as published (Devlin et al. 2019, "BERT", section 3), without the mask that the reader never needs: what
    the library exports for it costs a third of the time.
    """

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.encoder = net.encoder

    def forward(self, embedded: Tensor) -> Tensor:
        """States of the last layer; (1, pieces, width) both."""
        tables = self.encoder.embeddings
        places = tables.position_embeddings.weight[: embedded.shape[1]]
        states = tables.LayerNorm(embedded + places + tables.token_type_embeddings.weight[0])
        for layer in self.encoder.encoder.layer:
            states = layer.attention.output.LayerNorm(
                layer.attention.output.dense(self.attend(layer.attention.self, states)) + states
            )
            inner = layer.intermediate.intermediate_act_fn(layer.intermediate.dense(states))
            states = layer.output.LayerNorm(layer.output.dense(inner) + states)
        return states

    def attend(self, part: Any, states: Tensor) -> Tensor:
        """Multi-head attention of all pieces to all."""
        heads, size = part.num_attention_heads, part.attention_head_size

        def split(x: Tensor) -> Tensor:
            return x.view(1, x.shape[1], heads, size).transpose(1, 2)

        query, key, value = split(part.query(states)), split(part.key(states)), split(part.value(states))
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(size), -1)
        mixed = (weights @ value).transpose(1, 2).contiguous()
        return mixed.view(1, mixed.shape[1], heads * size)


def write(net: Net, base: Base, folder: Path, about: dict[str, object]) -> None:
    """All files of the network."""
    folder.mkdir(parents=True, exist_ok=True)
    width = net.slots.shape[1]
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        torch.onnx.export(
            Layers(net).eval(),
            (torch.randn(1, 16, width),),
            str(plain),
            input_names=["embedded"],
            output_names=["states"],
            dynamic_axes={"embedded": {1: "pieces"}, "states": {1: "pieces"}},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(plain, folder / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True)
    table = net.encoder.embeddings.word_embeddings.weight.detach().numpy().copy()
    table[FIRST_SLOT : FIRST_SLOT + SLOTS] = net.slots.detach().numpy()
    scale = np.abs(table).max(1) / 127.0
    np.savez_compressed(
        folder / "embeddings.npz",
        table=np.round(table / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
    )
    heads = {k: v.numpy().astype(np.float16) for k, v in net.state_dict().items() if k.startswith(HEADS)}
    np.savez_compressed(folder / "heads.npz", **heads)
    tokenizer = base.tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    card = {"version": VERSION, "roles": ROLES, "stages": STAGES, "offences": OFFENCES, **about}
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Export one fitted network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fitted", type=Path)
    parser.add_argument("--folder", type=Path, default=SHARED)
    options = parser.parse_args()
    base = Base.installed()
    saved = torch.load(options.fitted, weights_only=True)
    net = base.net()
    net.load_state_dict(saved["state"])
    write(
        net, base, options.folder, {"base": "all-MiniLM-L6-v2", "sets": saved["sets"], "stories": saved["stories"]}
    )
    size = sum(f.stat().st_size for f in options.folder.iterdir())
    print(f"wrote {options.folder} ({size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
