"""Writes beams.json: what transformers' generate makes of the tiny models of interop/golden (run from this folder)."""

import json

import torch
import transformers
from transformers import AutoModelForCausalLM

golden = "../../../interop/golden"
cases = []
for name in ["llama-lora", "gpt2-lora", "mistral-lora", "lfm2-lora", "qwen3_5_text-lora"]:
    model = AutoModelForCausalLM.from_pretrained(f"{golden}/{name}", dtype=torch.float32).eval()
    for prompt in [[5, 23, 15, 9], [7], [(3 + 7 * index) % 100 for index in range(20)]]:
        ids = torch.tensor([prompt])
        greedy = model.generate(ids, max_new_tokens=6, do_sample=False, eos_token_id=-1, pad_token_id=0)[0].tolist()
        # Tokens that greedy decoding comes upon make likely ends.
        ends = list(dict.fromkeys(greedy[-2:]))
        for beams, penalty, minimum, end in [
            (2, 1.0, 0, []),
            (3, 1.0, 0, ends[:1]),
            (4, 1.3, 3, ends),
            (3, 0.8, 2, ends),
            (1, 1.4, 3, ends),
        ]:
            torch.manual_seed(0)
            out = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                num_beams=beams,
                do_sample=False,
                max_new_tokens=8,
                min_new_tokens=minimum or None,
                repetition_penalty=penalty,
                eos_token_id=end or -1,
                pad_token_id=0,
            )[0].tolist()
            cases.append(
                {
                    "model": name,
                    "prompt": prompt,
                    "settings": {"numBeams": beams, "repetitionPenalty": penalty, "minNewTokens": minimum},
                    "endIds": end,
                    "ids": [id for id in out[len(prompt) :] if id not in end],
                }
            )
with open("beams.json", "w") as file:
    json.dump({"transformers": transformers.__version__, "cases": cases}, file)
    file.write("\n")
