"""Makes the golden PyTorch files of src/files/torch.test.ts: small state dicts as torch.save writes them.

    python interop/golden_torch.py       writes src/files/golden/torch/*
"""

import json
import os
from pathlib import Path

import torch

GOLDEN = Path(__file__).resolve().parent.parent / "src/files/golden/torch"


class Hostile:
    """What an attacker would upload: reading it as Python does runs a command."""

    def __reduce__(self):
        return os.system, ("echo executed",)


def counted(*shape, dtype=torch.float32):
    """Values index * 0.25 - 1."""
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float32) * 0.25 - 1).reshape(shape).to(dtype)


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    module = torch.nn.LayerNorm(5)
    module.load_state_dict({"weight": counted(5), "bias": -counted(5)})
    base = counted(4, 3)
    torch.save({
        "f32": counted(2, 3),
        "f16": counted(7, dtype=torch.float16),
        "bf16": counted(3, 2, dtype=torch.bfloat16),
        "f64": counted(2, dtype=torch.float64),
        "ids": torch.arange(3),
        "mask": torch.ones(1, 1, 2, 2, dtype=torch.bool),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 4),
        "base": base,
        "rows": base[1:3],
        "parameter": torch.nn.Parameter(counted(2, 2)),
        "日本語": counted(1),
    }, GOLDEN / "tensors.bin")
    # With `_metadata`, as save_pretrained wrote it.
    torch.save(module.state_dict(), GOLDEN / "module.bin")
    # Views that do not lie row by row, of one storage and of their own.
    shared = counted(4, 6)
    views = {
        "turned": counted(2, 3).T,
        "turned f16": counted(3, 5, dtype=torch.float16).T,
        "permuted": counted(2, 3, 4, dtype=torch.bfloat16).permute(2, 0, 1),
        "expanded": counted(3).expand(2, 3),
        "columns": shared[1:, 1:4],
        "every second": shared[::2, ::3],
        "shared": shared,
        "one row": counted(3, 2).T[:1],
        "none": counted(2, 3).T[:, :0],
    }
    torch.save(views, GOLDEN / "views.bin")
    expected = {name: {"shape": list(view.shape), "values": view.float().flatten().tolist()} for name, view in views.items()}
    (GOLDEN / "views.json").write_text(json.dumps(expected) + "\n")
    # As PyTorch before 1.6 wrote: a module, views, and a training program's checkpoint with the state of its optimizer.
    before = {"_use_new_zipfile_serialization": False}
    torch.save(views, GOLDEN / "legacy-views.bin", **before)
    torch.save(module.state_dict(), GOLDEN / "legacy.bin", **before)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    module(counted(2, 5)).sum().backward()
    optimizer.step()
    module.load_state_dict({"weight": counted(5), "bias": -counted(5)})
    checkpoint = {"epoch": 3, "optimizer": optimizer.state_dict(), "model_state_dict": module.state_dict()}
    for name, options in {"nested.bin": {}, "legacy-nested.bin": before}.items():
        torch.save(checkpoint, GOLDEN / name, **options)
    torch.save({"w": counted(2), "x": Hostile()}, GOLDEN / "hostile.bin")
    torch.save({"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": counted(2, 3)}, GOLDEN / "adapter_model.bin")
    shards = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
    for number, (name, shard) in enumerate(zip("ab", shards)):
        torch.save({name: counted(2) + number}, GOLDEN / shard)
    index = {"metadata": {"total_size": 16}, "weight_map": dict(zip("ab", shards))}
    (GOLDEN / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")


if __name__ == "__main__":
    main()
