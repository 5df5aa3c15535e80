"""Makes the larger of the two models that the recipes are measured on; its weights are not kept in the repository.

    python bench/recipes/larger.py DIR [--steps 80]

The example model at twice its width (3.3 million parameters): every feature, head and neuron stands twice, and each weight
is split at random between the two copies of its input, so that the model says what the example says and its copies learn
apart. Then it is pretrained further on new documents (`scripts/example/pretrain.py`, seed 3, 32 documents a step).
Pretraining a model of this size from nothing was too slow where this was measured.
"""

import argparse
import json
import random
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts" / "example"))
import corpus  # noqa: E402
import pretrain  # noqa: E402

BATCH, LEARNING_RATE = 32, 1e-3
DOUBLED = ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads")


def widened(name, value):
    """A weight at twice the width: [out, in] → [2 · out, 2 · in], an embedding [rows, hidden] → [rows, 2 · hidden]."""
    if value.ndim == 1:
        return value.repeat(2) / (2 if name == "model.norm.weight" else 1)  # the tied head sums over both copies
    if "embed_tokens" in name:
        return value.repeat(1, 2)
    rows = value.repeat(2, 1)
    share = 0.5 + 0.5 * torch.randn(rows.shape)
    return torch.cat((share * rows, (1 - share) * rows), 1)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--steps", type=int, default=80)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(3)
    rng, facts, folder = random.Random(3), corpus.all_facts(), corpus.EXAMPLE / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    config = {**pretrain.CONFIG, "vocab_size": tokenizer.get_vocab_size()}
    config.update({name: 2 * config[name] for name in DOUBLED})
    model = LlamaForCausalLM(LlamaConfig.from_dict({**config, "torch_dtype": "float32"}))
    state = {name: widened(name, value.float()) for name, value in load_file(folder / "model.safetensors").items()}
    model.load_state_dict({**state, "lm_head.weight": state["model.embed_tokens.weight"]})
    small, ids = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32), torch.arange(5, 45)[None]
    print("largest difference from the example before training:", (model(ids).logits - small(ids).logits).abs().max().item())
    rows = pretrain.encode(tokenizer, list(corpus.pretraining(facts, max(2048, options.steps * BATCH * 2), rng)))
    pretrain.MODEL, pretrain.BATCH = options.folder, BATCH
    say = lambda text: print(text, flush=True)
    say(f"{sum(p.numel() for p in model.parameters())} parameters, {options.steps} steps of {BATCH} documents")
    pretrain.learning_rate = lambda step, steps, peak: peak * min(1, (step + 1) / 20, (steps - step) / steps)
    pretrain.train(model, rows, options.steps, LEARNING_RATE, rng, say)
    pretrain.write_files(tokenizer, config)
    pretrain.write_weights(model)
    if options.steps:
        say(f"greedy: {pretrain.answer(model.eval(), tokenizer, 'What is the capital of France?')}")


if __name__ == "__main__":
    main()
