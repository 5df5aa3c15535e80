"""Prints the tables of `docs/recipes.md` from `results.csv`.

    python bench/recipes/summary.py
"""

import csv
from pathlib import Path


def number(text):
    return f"{float(text):.2f}".replace("-", "−")


def main():
    with open(Path(__file__).resolve().parent / "results.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tables = {}
    for row in rows:
        key = tuple(row[name] for name in ("model", "method", "rows", "batch", "updates", "rank", "warmup", "clip", "seed", "shuffled"))
        tables.setdefault(key, {}).setdefault(row["task"], {})[float(row["rate"])] = row
    for (model, method, count, batch, updates, rank, warmup, clip, seed, shuffled), found in tables.items():
        rates = sorted({rate for cells in found.values() for rate in cells})
        print(f"\n{model}, {method}, {count} rows, batch {batch}, {updates} updates, rank {rank}, warm-up {warmup}, clip {clip}, seed {seed}"
              f"{', labels shuffled' if shuffled == 'True' else ''}\n")
        print("| | base | " + " | ".join(f"{rate:g}" for rate in rates) + " |\n|---" * 1 + "|---" * (len(rates) + 1) + "|")
        for task, cells in found.items():
            said = [f"{number(cells[rate]['score'])} ({float(cells[rate]['val_last']):.3g})" if rate in cells else "" for rate in rates]
            print(f"| {task} | {number(next(iter(cells.values()))['base'])} | " + " | ".join(said) + " |")


if __name__ == "__main__":
    main()
