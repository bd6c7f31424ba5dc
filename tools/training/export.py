"""Writes a fitted network as the files that the reader loads: `python -m tools.training.export build/reader.pt`.

Refuses full precision: layers and word pieces are stored in eight bits, which the model card's figures include.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from extraction.encoder.masked import SLOTS
from extraction.encoder.network import FIRST_SLOT, FOLDER, VERSION
from tools.training.net import OFFENCES, ROLES, STAGES, Net
from tools.training.train import Base

OPSET = 17
HEADS = ("att.", "mid.1.", "role.", "stage.", "off.", "topic.", "pn.", "cn.", "nb")


class Layers(nn.Module):
    """The encoder from embedded pieces to states."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.encoder = net.encoder

    def forward(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """States of the last layer."""
        return self.encoder(inputs_embeds=embedded, attention_mask=mask).last_hidden_state


def write(net: Net, base: Base, folder: Path, about: dict[str, object]) -> None:
    """All files of the trained reader but `fusion.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    width = net.slots.shape[1]
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        torch.onnx.export(
            Layers(net).eval(),
            (torch.randn(2, 16, width), torch.ones(2, 16)),
            str(plain),
            input_names=["embedded", "mask"],
            output_names=["states"],
            dynamic_axes={"embedded": {0: "rows", 1: "pieces"}, "mask": {0: "rows", 1: "pieces"}},
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
    parser.add_argument("--folder", type=Path, default=FOLDER / "en")
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
