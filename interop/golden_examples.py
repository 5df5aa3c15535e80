"""Makes src/training/results/examples/golden: what PyTorch says of single rows of cases of interop/golden, as they were trained.

    python interop/golden_examples.py

Of each row the loss of every token that is learned, with the published model and with the trained one; and the product of
each row's gradient (of its mean loss, by all trained parameters) with that of one of them. In float64.
"""

import ast
import contextlib
import csv
import json
from pathlib import Path

import torch
from peft import set_peft_model_state_dict
from safetensors.torch import load_file

import classifiers
import make_golden
import tags

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "src" / "training" / "results" / "examples" / "golden"
CASES = ["llama-lora", "gpt2-full", "llama-prompt", "gpt2-prefix", "bert-pairs-lora", "modernbert-lora", "bert-tags-lora"]
# The row that the others are held against.
TAUGHT = 3


def opened(case):
    """(the trained model as it starts, the published one, a function from a row to logits and labels of its learned places)."""
    folder = HERE / "golden" / case
    run = json.loads((folder / "run.json").read_text())
    base = (folder / run["model"]["llm_backbone"]).resolve()
    tuning = run["tuning"]
    if case in classifiers.CLASSIFIER_CASES:
        problem = classifiers.SINGLE
        rows = classifiers.encode(folder, base, problem)

        def scored(model, row):
            ids, label = row
            return model(input_ids=torch.tensor([ids]), **classifiers.types_of([ids])).logits, label[None]
        return classifiers.load(folder, base, problem, tuning)[0], classifiers.headed(base, problem), rows, scored
    if case in tags.TAG_CASES:
        kind, _, count, _, _ = tags.TAG_CASES[case]
        table = tags.make_rows(count, 1)
        with open(folder / "data.csv", encoding="utf-8", newline="") as file:
            assert ast.literal_eval(next(csv.DictReader(file))["tokens"]) == table[0][0]
        names = tags.names_of(table)
        rows = list(tags.encode(base, kind, table, names))

        def scored(model, row):
            ids, labels = row
            labels = torch.tensor(labels)
            return model(input_ids=torch.tensor([ids])).logits[0][labels >= 0], labels[labels >= 0]
        return tags.load(folder, base, names, tuning)[0], tags.headed(base, names), rows, scored
    rows = list(make_golden.encode(folder, base, run))

    def scored(model, row):
        ids, labels = row
        following = torch.tensor(labels[1:])
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -len(ids):-1]
        return logits[following >= 0], following[following >= 0]
    return make_golden.load(folder, base, tuning)[0], make_golden.open_writer(base), rows, scored


def trained(case):
    model, published, rows, scored = opened(case)
    after = load_file(HERE / "golden" / case / "expected.safetensors")
    after = {name: value for name, value in after.items() if not name.startswith("logits_")}
    if hasattr(model, "peft_config"):
        set_peft_model_state_dict(model, after)
    else:
        missing = model.load_state_dict(after, strict=False)
        assert not missing.unexpected_keys
    return model.double().eval(), published.double().eval(), rows, scored


def make(case):
    model, published, rows, scored = trained(case)
    loss = lambda which, row: torch.nn.functional.cross_entropy(*scored(which, row), reduction="none")
    with torch.no_grad():
        sides = [[loss(which, row).tolist() for row in rows] for which in (published, model)]
    parameters = [value for value in model.parameters() if value.requires_grad]
    gradients = [torch.cat([each.flatten() for each in torch.autograd.grad(loss(model, row).mean(), parameters)]) for row in rows]
    return {"before": sides[0], "after": sides[1], "taught": TAUGHT, "products": [float(each @ gradients[TAUGHT]) for each in gradients]}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        found = make(case)
        (OUT / f"{case}.json").write_text(json.dumps(found) + "\n")
        print(f"{case}: {len(found['products'])} rows")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
