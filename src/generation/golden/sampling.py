"""Writes sampling.json: what transformers' logits processors leave of some scores (run from this folder)."""

import json

import torch
import transformers
from transformers import (
    LogitsProcessorList,
    MinNewTokensLengthLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

torch.manual_seed(0)
cases = []
for penalty, minimum, temperature, top_k, top_p in [
    (1.0, 0, 1.0, 0, 1.0),
    (1.3, 0, 1.0, 0, 1.0),
    (1.0, 2, 0.7, 5, 1.0),
    (1.0, 0, 1.5, 0, 0.8),
    (1.2, 3, 0.9, 8, 0.6),
    (1.0, 0, 1.0, 1, 1.0),
    (1.0, 0, 1.0, 0, 0.01),
]:
    scores = torch.randn(1, 20) * 2
    prompt, generated = [3, 4, 4], [7, 3]
    ids = torch.tensor([prompt + generated])
    processors = LogitsProcessorList()
    if penalty != 1.0:
        processors.append(RepetitionPenaltyLogitsProcessor(penalty))
    if minimum:
        processors.append(MinNewTokensLengthLogitsProcessor(len(prompt), minimum, [0]))
    if temperature != 1.0:
        processors.append(TemperatureLogitsWarper(temperature))
    if top_k:
        processors.append(TopKLogitsWarper(top_k))
    if top_p < 1.0:
        processors.append(TopPLogitsWarper(top_p))
    probabilities = torch.softmax(processors(ids, scores.clone())[0].double(), -1).tolist()
    cases.append(
        {
            "settings": {"penalty": penalty, "minimum": minimum, "temperature": temperature, "topK": top_k, "topP": top_p},
            "prompt": prompt,
            "generated": generated,
            "scores": scores[0].tolist(),
            "probabilities": probabilities,
        }
    )
with open("sampling.json", "w") as file:
    json.dump({"transformers": transformers.__version__, "cases": cases}, file)
