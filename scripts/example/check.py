"""Fine-tunes the example with PEFT as `public/example/run.json` says and scores the held-out questions before and after.

    python scripts/example/check.py [--seeds 1 2 3]
    python scripts/example/check.py --adapter DIR      scores an adapter that the studio made instead

Exits with an error unless, for every seed: at most 2 of 10 answers are right and in style before, at least 8 after, and
the last five training losses are at most 60% of the first; and, over all seeds together, the held-out loss is at most
1.5 × the training loss (a single split of 30 rows may hold the one fact that the model is least sure of).
The order of the rows and the adapter's start come from PyTorch's random numbers, not from the studio's: what holds here
for several seeds does not hang on one of them.
"""

import argparse
import csv
import json
import math
import random

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from corpus import EXAMPLE

logging.disable_progress_bar()


def load():
    """Run config, tokenizer and model of the example."""
    run = json.loads((EXAMPLE / "run.json").read_text(encoding="utf-8"))
    model = AutoModelForCausalLM.from_pretrained(EXAMPLE / "model", dtype=torch.float32)
    return run, AutoTokenizer.from_pretrained(EXAMPLE / "model"), model


def encode(tokenizer, rows, dataset):
    """(ids, labels) of every row: question, separator, answer, end; only the answer and the end are learned."""
    for question, answer in rows:
        prompt = tokenizer(dataset["text_prompt_start"] + question + dataset["text_answer_separator"], add_special_tokens=False)
        reply = tokenizer(answer, add_special_tokens=False)
        learned = reply.input_ids + [tokenizer.eos_token_id]
        yield prompt.input_ids + learned, [-100] * len(prompt.input_ids) + learned


def loss_of(model, rows):
    """Mean loss of the learned tokens of right-padded rows."""
    length = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([ids + [1] * (length - len(ids)) for ids, _ in rows])
    labels = torch.tensor([labels + [-100] * (length - len(labels)) for _, labels in rows])
    logits = model(input_ids=ids).logits[:, :-1].flatten(0, 1).float()
    return torch.nn.functional.cross_entropy(logits, labels[:, 1:].flatten(), ignore_index=-100)


@torch.no_grad()
def held_out(model, tokenizer, run, show):
    """How many greedy answers to the held-out questions are right and in style."""
    model.eval()
    good = 0
    for item in json.loads((EXAMPLE / "held-out.json").read_text(encoding="utf-8"))["prompts"]:
        text = run["dataset"]["text_prompt_start"] + item["prompt"] + run["dataset"]["text_answer_separator"]
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
                             max_new_tokens=run["prediction"]["max_length_inference"])
        answer = tokenizer.decode(out[0, ids.shape[1]:], skip_special_tokens=True)
        passed = all(part in answer for part in item["right"] + item["style"])
        good += passed
        if show:
            print(f"  {'yes' if passed else 'no ':3s} {item['prompt']} → {answer}")
    return good


def tune(seed, show):
    """One fine-tuning run; returns (good before, good after, first loss, last five, training loss, held-out loss)."""
    torch.manual_seed(seed)
    run, tokenizer, model = load()
    training, tuning = run["training"], run["tuning"]
    before = held_out(model, tokenizer, run, show)
    with open(EXAMPLE / run["dataset"]["train_dataframe"], encoding="utf-8", newline="") as file:
        rows = [(row["instruction"], row["output"]) for row in csv.DictReader(file)]
    rows = list(encode(tokenizer, rows, run["dataset"]))
    rng = random.Random(seed)
    rng.shuffle(rows)
    cut = max(1, round(len(rows) * run["dataset"]["validation_size"]))
    validation, train = rows[:cut], rows[cut:]
    model = get_peft_model(model, LoraConfig(
        task_type="CAUSAL_LM", r=tuning["lora_r"], lora_alpha=tuning["lora_alpha"], lora_dropout=tuning["lora_dropout"],
        target_modules=tuning["lora_target_modules"]))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=training["learning_rate"], weight_decay=training["weight_decay"])
    steps, warmup, losses, queue = training["max_steps"], training["warmup_steps"], [], []
    model.train()
    for step in range(steps):
        if len(queue) < training["batch_size"]:
            queue = rng.sample(train, len(train))
        batch, queue = queue[:training["batch_size"]], queue[training["batch_size"]:]
        progress = (step - warmup) / max(1, steps - warmup)
        factor = step / warmup if step < warmup else 0.5 * (1 + math.cos(math.pi * progress))
        optimizer.param_groups[0]["lr"] = training["learning_rate"] * factor
        loss = loss_of(model, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, training["gradient_clip"] or math.inf)
        optimizer.step()
        losses.append(loss.item())
    after = held_out(model, tokenizer, run, show)
    with torch.no_grad():
        return before, after, losses[0], sum(losses[-5:]) / 5, loss_of(model, train).item(), loss_of(model, validation).item()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    arguments.add_argument("--adapter")
    options = arguments.parse_args()
    torch.set_num_threads(2)
    if options.adapter:
        run, tokenizer, model = load()
        good = held_out(PeftModel.from_pretrained(model, options.adapter), tokenizer, run, show=True)
        print(f"{good} of 10 right and in style")
        raise SystemExit(0 if good >= 8 else 1)
    failed, train_losses, held_out_losses = 0, 0.0, 0.0
    for seed in options.seeds:
        before, after, first, last, train, unseen = tune(seed, show=seed == options.seeds[0])
        good = before <= 2 and after >= 8 and last <= 0.6 * first
        failed += not good
        train_losses, held_out_losses = train_losses + train, held_out_losses + unseen
        print(f"seed {seed}: held-out answers {before} → {after} of 10, loss {first:.3f} → {last:.3f} ({last / first:.0%}), "
              f"training {train:.3f}, held-out {unseen:.3f} ({unseen / train:.2f} ×)  {'good' if good else 'NOT GOOD'}")
    ratio = held_out_losses / train_losses
    print(f"held-out loss {ratio:.2f} × the training loss over {len(options.seeds)} seeds")
    raise SystemExit(1 if failed or not ratio <= 1.5 else 0)


if __name__ == "__main__":
    main()
