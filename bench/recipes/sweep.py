"""Runs the sweep's cells and writes them to `results.csv`; those that stand there already are not run again.

    nice -n 15 python bench/recipes/sweep.py PART [PART …]       parts: see `PARTS`

First the rate at a fixed number of updates, then the updates at a good rate, then batch, warm-up, clipping and rank.
"""

import csv
import itertools
import sys
from dataclasses import asdict, fields
from pathlib import Path

import torch

from learn import Cell, learn

RESULTS = Path(__file__).resolve().parent / "results.csv"
SETTINGS = [field.name for field in fields(Cell)]
LORA, FULL = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1), (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
# Rows, batch and the updates tried, each at three rates.
UPDATES = ((20, 4, (15, 50, 150)), (60, 4, (30, 75, 225)), (200, 8, (25, 150, 400)), (1000, 8, (125, 375)), (5000, 16, (312,)))
THREE = {("example", "lora"): (3e-3, 1e-2, 3e-2), ("example", "full"): (3e-4, 1e-3, 3e-3), ("larger", "lora"): (1e-3, 3e-3, 1e-2)}
OTHERS = ("series", "parallel", "ia3", "prompt", "vera", "prefix")


def rates(model, tasks, rows, updates):
    for task, (method, tried) in itertools.product(tasks, (("lora", LORA), ("full", FULL))):
        for rate in tried:
            yield Cell(model, task, method, rows, rate, updates)


def lengths(model, tasks, method, sizes):
    for task, (rows, batch, tried) in itertools.product(tasks, UPDATES):
        if rows in sizes and (rows < 5000 or task in ("classes", "conversations")):
            for updates, rate in itertools.product(tried, THREE[model, method]):
                yield Cell(model, task, method, rows, rate, updates, batch)


def batches():
    for batch in (16, 4):
        for rate in (3e-3, 1e-2, 3e-2):
            yield Cell("example", "classes", "lora", 200, rate, 600 // batch, batch)


def details():
    for task, rate in itertools.product(("word", "classes"), (1e-2, 3e-2)):
        for warmup, clip in ((0.0, 1.0), (0.1, 1.0), (0.05, 0.0), (0.0, 0.0)):
            yield Cell("example", task, "lora", 200, rate, 75, warmup=warmup, clip=clip)
        yield Cell("example", task, "lora", 200, rate, 75, rank=16)
        yield Cell("example", task, "lora", 200, rate, 75, rank=2)
        yield Cell("example", task, "lora", 200, rate, 75, seed=2)
        yield Cell("example", task, "lora", 200, rate, 75, seed=3)


def broken():
    for method, rate in (("lora", 1.0), ("lora", 50.0), ("full", 0.1), ("full", 50.0)):
        yield Cell("example", "classes", method, 200, rate, 30)


def others():
    for method, rate in itertools.product(OTHERS, (1e-3, 1e-2, 1e-1)):
        yield Cell("example", "classes", method, 200, rate, 75, rank=64 if method == "vera" else 8)


PARTS = {
    "rates": lambda: rates("example", ("word", "classes", "number"), 200, 75),
    "rates-style": lambda: (c for c in rates("example", ("style",), 200, 50) if c.rate in LORA[1::2] + FULL[1::2]),
    "rates-json": lambda: rates("example", ("json",), 200, 150),
    "rates-larger": lambda: (c for c in rates("larger", ("classes", "word"), 200, 50) if c.rate in LORA[1:5] + FULL[1:5]),
    "lengths-few": lambda: lengths("example", ("word", "classes"), "lora", (20, 60)),
    "lengths-many": lambda: lengths("example", ("word", "classes"), "lora", (200, 1000)),
    "lengths-number": lambda: lengths("example", ("number",), "lora", (20, 60, 200, 1000)),
    "lengths-full": lambda: lengths("example", ("word", "classes"), "full", (20, 60, 200, 1000)),
    "lengths-style": lambda: lengths("example", ("style",), "lora", (20, 60)),
    "lengths-conversations": lambda: lengths("example", ("conversations",), "lora", (20, 60)),
    "lengths-larger": lambda: lengths("larger", ("word", "classes"), "lora", (20, 60)),
    "lengths-most": lambda: lengths("example", ("classes",), "lora", (5000,)),
    "batches": batches,
    "details": details,
    "broken": broken,
    "others": others,
}


def known():
    if not RESULTS.exists():
        return set()
    with open(RESULTS, encoding="utf-8", newline="") as file:
        return {tuple(row[name] for name in SETTINGS) for row in csv.DictReader(file)}


def companies(cells, most=6):
    """Cells in groups that are trained side by side."""
    groups = {}
    for cell in cells:
        groups.setdefault(cell.company(), []).append(cell)
    return [group[i:i + most] for group in groups.values() for i in range(0, len(group), most)]


def main():
    torch.set_num_threads(1)
    for part in sys.argv[1:]:
        done = known()
        for group in companies(cell for cell in PARTS[part]() if tuple(map(str, asdict(cell).values())) not in done):
            results = learn(group)
            new = not RESULTS.exists()
            with open(RESULTS, "a", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, [*SETTINGS, *results[0]], lineterminator="\n")
                if new:
                    writer.writeheader()
                for cell, result in zip(group, results):
                    found = {name: f"{value:.4g}" for name, value in result.items()}
                    writer.writerow({**asdict(cell), **found})
                    print(f"{cell.model} {cell.task} {cell.method} {cell.rows} rows, batch {cell.batch}, {cell.updates} updates at {cell.rate:g}: "
                          f"{found['base']} → {found['score']} (best {found['score_best']}), validation {found['val_first']} → {found['val_last']}, "
                          f"best {found['val_best']} at {found['best_at']}; {found['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
