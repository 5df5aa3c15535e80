import { type Package, tested } from './versions.ts';

const packages: readonly Package[] = ['torch', 'transformers', 'safetensors', 'onnx', 'onnxscript', 'onnxruntime'];

export const onnxRequirements = `${packages.map((name) => `${name}==${tested[name]}`).join('\n')}\nnumpy\n`;

/** @param autoClass transformers' class of the model */
export const onnxScript = (autoClass: string): string => `\
"""Writes the model beside this file as onnx/model.onnx, and compares it with PyTorch: python export_onnx.py"""

from pathlib import Path

import numpy
import onnxruntime
import torch
from transformers import ${autoClass}

HERE = Path(__file__).resolve().parent
OUT = HERE / "onnx"
# The largest difference of logits, as a share of the largest.
ALLOWED = 1e-3


class Logits(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = ${autoClass}.from_pretrained(HERE, dtype=torch.float32, attn_implementation="eager")
        self.model.config.use_cache = False

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def inputs(rows, tokens, vocabulary):
    """Tokens from all over the vocabulary; the last row ends two tokens early."""
    ids = (torch.arange(rows * tokens).reshape(rows, tokens) * 7919 + 11) % vocabulary
    mask = torch.ones_like(ids)
    if rows > 1:
        mask[-1, tokens - 2 :] = 0
    return ids, mask


def difference(session, model, ids, mask):
    with torch.no_grad():
        expected = model(ids, mask).numpy()
    [found] = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
    if found.ndim == 3:
        # What stands at padding is of no interest.
        found, expected = found[mask.numpy() == 1], expected[mask.numpy() == 1]
    return numpy.abs(found - expected).max() / numpy.abs(expected).max()


def main():
    model = Logits().eval()
    vocabulary = model.model.config.get_text_config().vocab_size
    OUT.mkdir(exist_ok=True)
    shape = {0: torch.export.Dim("rows"), 1: torch.export.Dim("tokens")}
    torch.onnx.export(
        model,
        inputs(2, 8, vocabulary),
        OUT / "model.onnx",
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_shapes={"input_ids": shape, "attention_mask": shape},
        dynamo=True,
        external_data=True,
    )
    session = onnxruntime.InferenceSession(OUT / "model.onnx", providers=["CPUExecutionProvider"])
    worst = max(difference(session, model, *inputs(*shape, vocabulary)) for shape in ((1, 5), (3, 17)))
    if not worst <= ALLOWED:
        raise SystemExit(f"The ONNX model differs from PyTorch by {worst:.1e} of the largest logit.")
    print(f"Wrote {OUT / 'model.onnx'}: off by {worst:.1e} of the largest logit at the most.")


if __name__ == "__main__":
    main()
`;
