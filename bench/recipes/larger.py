"""Pretrains the larger of the two models that the recipes are measured on; its weights are not kept in the repository.

    python bench/recipes/larger.py DIR [--steps 1000]

The text, the tokenizer and the loop are those of the example (`scripts/example/pretrain.py`, seed 1); the model is 6
layers of hidden size 320 (7.4 million parameters), 32 documents a step, peak learning rate 2e-3. Hours of practice are
not what is wanted: a model about eight times as large that knows the same world.
"""

import argparse
import random
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts" / "example"))
import corpus  # noqa: E402
import pretrain  # noqa: E402

SIZE = {"hidden_size": 320, "intermediate_size": 880, "num_hidden_layers": 6, "num_attention_heads": 10, "num_key_value_heads": 5}
BATCH, LEARNING_RATE = 32, 2e-3


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--steps", type=int, default=1000)
    arguments.add_argument("--threads", type=int, default=1)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    rng = random.Random(1)
    facts = corpus.all_facts()
    tokenizer = Tokenizer.from_file(str(corpus.EXAMPLE / "model" / "tokenizer.json"))
    rows = pretrain.encode(tokenizer, list(corpus.pretraining(facts, options.steps * BATCH * 2, rng)))
    config = {**pretrain.CONFIG, **SIZE, "vocab_size": tokenizer.get_vocab_size()}
    model = LlamaForCausalLM(LlamaConfig.from_dict({**config, "torch_dtype": "float32"}))
    pretrain.MODEL, pretrain.BATCH = options.folder, BATCH
    say = lambda text: print(text, flush=True)
    say(f"{sum(p.numel() for p in model.parameters())} parameters, {options.steps} steps of {BATCH} documents")
    pretrain.train(model, rows, options.steps, LEARNING_RATE, rng, say)
    pretrain.write_files(tokenizer, config)
    pretrain.write_weights(model)
    pretrain.examine(model, tokenizer, facts, say)


if __name__ == "__main__":
    main()
