"""The rules of `docs/recipes.md`: settings from the data and the model. `src/training/config/recipes.ts` says the same."""

import math

# Peak rate of AdamW = factor / √(parameters of the model), within bounds.
RATES = {"lora": (4.0, 2e-4, 5e-3), "full": (1.0, 1e-5, 1.5e-3)}
# Updates that a recipe wants, and the fewest and most epochs that it takes to get there.
RECIPES = {"quick-look": (40, 0.2, 5), "balanced": (150, 1, 20), "thorough": (450, 3, 40)}


def held_back(rows):
    """Rows kept for validation: a tenth, at least 10 (of fewer than 50 rows a fifth, or 5 of them) and at most 200."""
    of_few = max(rows // 5, min(5, rows // 3))
    return max(1, min(200, max(round(rows * 0.1), min(10, of_few))))


def batch_size(rows):
    return 4 if rows < 150 else 8 if rows < 2000 else 16


def rate(parameters, method):
    factor, low, high = RATES[method]
    return min(high, max(low, factor / math.sqrt(parameters)))


def recipe(rows, parameters, method, name):
    updates, fewest, most = RECIPES[name]
    train = rows - held_back(rows)
    batch = batch_size(train)
    each = max(1, train // batch)
    epochs = min(most, max(fewest, updates / each))
    epochs = round(epochs) if epochs >= 1 else math.ceil(10 * epochs) / 10
    return {"rate": rate(parameters, method), "batch": batch, "held_back": held_back(rows), "epochs": epochs,
            "updates": max(1, math.ceil(epochs * each)), "warmup": 0.1, "clip": 1.0}


if __name__ == "__main__":
    for parameters in (0.94e6, 3.3e6, 135e6, 500e6, 1e9, 3e9, 8e9):
        print(f"{parameters:.2g} parameters", {method: f"{rate(parameters, method):.1e}" for method in RATES})
    for rows in (20, 60, 200, 1000, 5000):
        for name in RECIPES:
            found = recipe(rows, 1e6, "lora", name)
            print(rows, name, {key: found[key] for key in ("held_back", "batch", "epochs", "updates")})
