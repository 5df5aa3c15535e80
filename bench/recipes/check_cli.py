"""Trains a few cells with the studio's own command line and compares the validation loss with PyTorch's.

    python bench/recipes/check_cli.py

Rows, split and settings are the same; their order and the fresh weights come from another generator. So the last
validation losses are near each other, as two seeds are, and not equal.
"""

import csv
import json
import subprocess
import tempfile
from pathlib import Path

import torch

from learn import Cell, FOLDERS, VALIDATION, learn
import tasks

ROOT = Path(__file__).resolve().parents[2]
CELLS = (
    Cell("example", "classes", "lora", 200, 3e-3, 75),
    Cell("example", "word", "full", 200, 1e-3, 75),
)


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "wanted"))
        for turns, label in rows:
            question, answer = turns[0]
            writer.writerow((question, answer if label is None else label))


def run_config(cell):
    problem = {"classes": "classification", "number": "regression"}.get(cell.task, "instruction")
    loss = {"classes": "CrossEntropy", "number": "MSE"}.get(cell.task, "TokenAveragedCrossEntropy")
    return {
        "model": {"llm_backbone": str(FOLDERS[cell.model])},
        "dataset": {"problem_type": problem, "train_dataframe": "./train.csv", "validation_strategy": "custom",
                    "validation_dataframe": "./validation.csv", "prompt_column": ["text"], "answer_column": "wanted",
                    "prompt_template": "chat"},
        "tokenizer": {"max_length": 128},
        "tuning": {"method": cell.method, "lora_r": cell.rank, "lora_alpha": 2 * cell.rank, "lora_dropout": 0,
                   "lora_target_modules": "all-linear"} if cell.method == "lora" else {"method": cell.method},
        "training": {"loss_function": loss, "learning_rate": cell.rate, "batch_size": cell.batch, "max_steps": cell.updates,
                     "schedule": "Cosine", "warmup_ratio": cell.warmup, "gradient_clip": cell.clip, "evaluation_epochs": 100},
        "logging": {"number_of_texts": 0},
        "environment": {"seed": cell.seed},
    }


def main():
    torch.set_num_threads(1)
    for cell in CELLS:
        train, unseen = tasks.task(cell.task, cell.rows)
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            write(folder / "train.csv", train)
            write(folder / "validation.csv", unseen[:VALIDATION])
            (folder / "run.json").write_text(json.dumps(run_config(cell)), encoding="utf-8")
            done = subprocess.run(["npx", "tsx", "src/cli/main.ts", "train", str(folder / "run.json"), "--out", str(folder / "out"), "--quiet"],
                                  cwd=ROOT, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
            lines = [json.loads(line) for line in (folder / "out" / "metrics.jsonl").read_text().splitlines()]
        ours = [line["eval_loss"] for line in lines if line.get("eval_loss") is not None][-1]
        found = [learn([Cell(**{**cell.__dict__, "seed": seed})])[0]["val_last"] for seed in (1, 2)]
        print(f"{cell.task} {cell.method}: studio {ours:.4f}, PyTorch {', '.join(f'{loss:.4f}' for loss in found)} (seeds 1 and 2)", flush=True)


if __name__ == "__main__":
    main()
