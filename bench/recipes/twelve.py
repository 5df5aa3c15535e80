"""What *Balanced* makes of the twelve tables (`e2e/twelve`): the held-out rows before and after, in PyTorch.

    npx tsx e2e/twelve/write.ts DIR --rows
    python bench/recipes/twelve.py DIR [--model example] [--recipe balanced]

The rows held back are those that the recipe says; all of them are scored.
"""

import argparse
import json
import random
from pathlib import Path

import torch

import learn
from rules import recipe


def rows_of(table):
    for row in table["rows"]:
        label = row.get("label")
        yield [tuple(turn) for turn in row["turns"]], float(label) if table["problem"] == "regression" else label


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--model", default="example")
    arguments.add_argument("--recipe", default="balanced")
    arguments.add_argument("--method", default="lora")
    arguments.add_argument("--only", nargs="+", default=[""])
    arguments.add_argument("--factors", type=float, nargs="+", default=[1], help="of the recipe's rate, side by side")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    learn.VALIDATION = learn.SCORED = 0
    parameters = sum(value.numel() for value in learn.frozen(options.model).weights.values())
    for table in json.loads((options.folder / "tables.json").read_text(encoding="utf-8")):
        if not any(part in table["file"] for part in options.only):
            continue
        rows = list(rows_of(table))
        found = recipe(len(rows), parameters, options.method, options.recipe)
        random.Random(1).shuffle(rows)
        held, train = rows[:found["held_back"]], rows[found["held_back"]:]
        task = {"classification": "classes", "regression": "number"}.get(table["problem"], "written")
        lesson = learn.Lesson(task, train, held)
        lesson.validation, lesson.scored = held, held
        cells = [learn.Cell(options.model, task, options.method, len(rows), factor * found["rate"], found["updates"], found["batch"],
                            warmup=found["warmup"]) for factor in options.factors]
        for cell, result in zip(cells, learn.learn(cells, lesson)):
            print(f"{table['file']:18s} {len(train)} + {len(held)} rows, batch {cell.batch}, {found['epochs']} epochs = {cell.updates} updates at "
                  f"{cell.rate:.2g}: {result['base']:.2f} → {result['score_best']:.2f}, validation {result['val_first']:.3f} → {result['val_last']:.3f} "
                  f"(best {result['val_best']:.3f} at {result['best_at']:.0%}), training {result['train']:.3f}  [{table['verdict']}]", flush=True)


if __name__ == "__main__":
    main()
