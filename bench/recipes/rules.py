"""The rules of `docs/recipes.md`: settings from the data and the model. `src/training/config/recipes.ts` says the same."""

import math

# Peak rate of AdamW at a hidden size of 2048, and the power of 2048 / hidden that it grows by.
RATES = {"lora": (2e-4, 1.1), "full": (3e-5, 1.25)}
# Updates that a recipe wants, and the fewest and most epochs that it takes to get there.
RECIPES = {"quick-look": (40, 0.2, 5), "balanced": (150, 1, 20), "thorough": (450, 3, 40)}


def held_back(rows):
    """Rows kept for validation: a tenth, from 10 (of few rows a fifth) to 200."""
    return max(1, min(200, max(round(rows * 0.1), min(10, rows // 5))))


def batch_size(rows):
    return 4 if rows < 150 else 8 if rows < 2000 else 16


def rate(hidden, method):
    at_2048, power = RATES[method]
    return at_2048 * (2048 / hidden) ** power


def recipe(rows, hidden, method, name):
    updates, fewest, most = RECIPES[name]
    train = rows - held_back(rows)
    batch = batch_size(train)
    each = max(1, train // batch)
    epochs = min(most, max(fewest, updates / each))
    epochs = round(epochs) if epochs >= 1 else math.ceil(10 * epochs) / 10
    return {"rate": rate(hidden, method), "batch": batch, "held_back": held_back(rows), "epochs": epochs,
            "updates": max(1, math.ceil(epochs * each)), "warmup": 0.1, "clip": 1.0}


if __name__ == "__main__":
    for hidden in (128, 256, 576, 768, 1024, 2048, 4096):
        print(hidden, {method: f"{rate(hidden, method):.1e}" for method in RATES})
    for rows in (20, 60, 200, 1000, 5000):
        for name in RECIPES:
            found = recipe(rows, 128, "lora", name)
            print(rows, name, {key: found[key] for key in ("held_back", "batch", "epochs", "updates")})
