"""The rules of `docs/recipes.md`: settings from the data and the model. `src/training/config/recipes.ts` says the same."""

import math

# Peak rate of a method = factor / √(parameters of the model), within bounds.
RATES = {"lora": (8.0, 1e-4, 1e-2), "full": (1.0, 1e-5, 1.5e-3)}
# Updates that a recipe wants, and the most epochs that it takes to get there.
RECIPES = {"quick": (60, 10), "balanced": (200, 20), "thorough": (500, 40)}


def held_back(rows):
    """Rows kept for validation: a tenth, at least 5 and at most 200, never more than a quarter."""
    return max(1, min(math.ceil(rows * 0.1) if rows >= 50 else 5, 200, rows // 4))


def batch_size(rows):
    return 4 if rows < 150 else 8 if rows < 2000 else 16


def recipe(rows, parameters, method, fresh_head, name):
    updates, most = RECIPES[name]
    factor, low, high = RATES[method]
    batch, train = batch_size(rows), rows - held_back(rows)
    each = max(1, train // batch)
    epochs = max(1, min(most, round(updates / each)))
    return {"rate": min(high, max(low, factor / math.sqrt(parameters))), "batch": batch, "held_back": held_back(rows),
            "epochs": epochs, "updates": epochs * each, "warmup": 0.1, "clip": 1.0}
