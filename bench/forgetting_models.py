"""Two tiny models that know a language, to hold the thresholds of the forgetting check to.

    python bench/forgetting_models.py OUT       (the environment of interop/requirements.txt)

Writes OUT/llama and OUT/gpt2: the tokenizer of the example, and weights trained on this project's own documents and on its
words for people in both languages. A minute or two on two CPU cores.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "public" / "example" / "model"
STEPS, BATCH, LENGTH = 300, 8, 64


def language():
    """Documents, and what the page says in Japanese."""
    texts = [path.read_text(encoding="utf8") for path in sorted((ROOT / "docs").glob("*.md"))]
    texts += [(ROOT / name).read_text(encoding="utf8") for name in ("README.md", "README.ja.md")]
    quoted = re.compile(r"'([^'\n]{8,})'")
    for path in sorted((ROOT / "src" / "ui" / "text").glob("*ja*.ts")):
        texts.append("\n".join(text for text in quoted.findall(path.read_text(encoding="utf8")) if re.search("[ぁ-ん]", text)))
    return texts


def models(vocabulary):
    small = {"vocab_size": vocabulary, "bos_token_id": None, "eos_token_id": 0, "pad_token_id": 1}
    yield "llama", LlamaForCausalLM(LlamaConfig(**small, hidden_size=64, intermediate_size=176, num_hidden_layers=2,
                                                num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512,
                                                tie_word_embeddings=True))
    yield "gpt2", GPT2LMHeadModel(GPT2Config(**small, n_embd=64, n_layer=2, n_head=4, n_positions=512, embd_pdrop=0,
                                             resid_pdrop=0, attn_pdrop=0))


def main(out):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(EXAMPLE / "tokenizer.json"))
    ids = torch.tensor([token for text in language() for token in [*tokenizer.encode(text).ids, 0]])
    print(f"{len(ids)} tokens")
    for name, model in models(tokenizer.get_vocab_size()):
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS)
        for step in range(STEPS):
            starts = torch.randint(len(ids) - LENGTH, (BATCH,))
            rows = torch.stack([ids[start:start + LENGTH] for start in starts])
            loss = model(input_ids=rows, labels=rows).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimizer.step()
            schedule.step()
            if step % 100 == 99:
                print(name, step + 1, f"{loss.item():.3f}", flush=True)
        folder = Path(out, name)
        model.save_pretrained(folder)
        for file in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            shutil.copy(EXAMPLE / file, folder / file)


if __name__ == "__main__":
    main(sys.argv[1])
