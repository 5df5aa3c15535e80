"""Makes src/training/programs/golden/forgetting.json: how far tuned models are from their bases, in float64 PyTorch.

    interop/.venv/bin/python interop/golden_forgetting.py

Takes the cases of interop/golden: an adapter as training starts (it is no longer fresh), all weights as they are after it.
For texts of random tokens: KL(base‖tuned) of each predicted token and both negative log-likelihoods, in nats.
"""

import json
import random
from pathlib import Path

import torch
from safetensors.torch import load_file

from cases import CASES, base_of, open_writer
from make_golden import load

HERE = Path(__file__).resolve().parent
NAMES = ["llama-lora", "llama-full", "llama-prefix", "gpt2-full", "gpt2-prompt", "gpt2-lora", "gemma2-lora-head", "phi-lora-head"]
LENGTHS = [23, 2, 17, 11, 31]


@torch.no_grad()
def log_probabilities(model, ids):
    # Virtual tokens, where there are some, come first.
    logits = model.double()(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -len(ids):-1]
    return torch.log_softmax(logits.double(), -1)


def sides(name):
    folder = HERE / "golden" / name
    base_folder = folder.parent / base_of(name)
    base, (tuned, trained) = open_writer(base_folder), load(folder, base_folder, CASES[name][2])
    if CASES[name][2]["method"] == "full":
        after = load_file(folder / "expected.safetensors")
        for parameter, value in trained.items():
            value.data.copy_(after[parameter])
    return base.eval(), tuned.eval()


def measured(name):
    draw = random.Random(name)
    base, tuned = sides(name)
    vocabulary = base.config.get_text_config().vocab_size
    texts = [[draw.randrange(vocabulary) for _ in range(length)] for length in LENGTHS]
    rows = []
    for ids in texts:
        p, q = log_probabilities(base, ids), log_probabilities(tuned, ids)
        wanted = torch.tensor(ids[1:])[:, None]
        divergence = (p.exp() * (p - q)).sum(-1)
        rows.append({"ids": ids, "divergence": divergence.tolist(), "base_loss": (-p.gather(1, wanted)[:, 0]).tolist(),
                     "loss": (-q.gather(1, wanted)[:, 0]).tolist()})
    return rows


if __name__ == "__main__":
    out = HERE.parent / "src/training/programs/golden/forgetting.json"
    out.write_text(json.dumps({name: measured(name) for name in NAMES}) + "\n", encoding="utf-8")
