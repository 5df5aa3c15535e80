"""How far training moves each weight of golden cases, and the gradient of their last update, by PyTorch and PEFT.

    interop/.venv/bin/python interop/golden_inside.py

Writes src/training/run/golden/inside.json: by case and weight [‖g‖ before clipping, ‖W − W₀‖, ‖W₀‖], of the training that
make_golden.py describes. An adapter is merged by PEFT, in float64, and its base subtracted.
"""

import json
from pathlib import Path

import torch

from cases import open_writer, run_config
from make_golden import CASES, encode, load, model_folder, train

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
OUT = HERE.parent / "src/training/run/golden/inside.json"
MEASURED = ["llama-lora", "gpt2-lora", "llama-lora-embedding", "llama-dora", "llama-ia3", "llama-vera", "gpt2-full"]
PREFIX = "base_model.model."


def weight_of(name, modules):
    """The weight of the base that a trained tensor is for."""
    name = name.removeprefix(PREFIX)
    module = next((each for each in modules if name.startswith(f"{each}.")), None)
    return name if module is None else f"{module}.weight"


def measured(case):
    folder = GOLDEN / case
    base_folder, run = model_folder(folder, case), run_config(case)
    model, trained = load(folder, base_folder, CASES[case][2])
    rows = list(encode(folder, base_folder, run))
    history = train(model, trained, rows, run["training"], run["tuning"])
    modules = [name.removeprefix(PREFIX) for name, module in model.named_modules() if hasattr(module, "base_layer")]
    squares = {}
    for name, value in trained.items():
        weight = weight_of(name, modules)
        squares[weight] = squares.get(weight, 0.0) + value.grad.double().square().sum().item()
    # The optimizer saw them clipped, all by one factor.
    unclipped = history["grad_norms"][-1] / sum(squares.values()) ** 0.5
    before = dict(open_writer(base_folder).double().named_parameters())
    model.double()
    merged = model.merge_and_unload() if modules else model
    after = dict(merged.named_parameters())
    norm = lambda values: values.detach().norm().item()
    return {weight: [unclipped * square ** 0.5, norm(after[weight] - before[weight]), norm(before[weight])]
            for weight, square in squares.items()}


def main():
    torch.set_num_threads(1)
    result = {case: measured(case) for case in MEASURED}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for case, weights in result.items():
        print(f"{case}: {len(weights)} weights")


if __name__ == "__main__":
    main()
