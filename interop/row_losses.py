"""What `studio examples` says of single rows of a run with LoRA, held to transformers and PEFT on what that run wrote."""

import csv
import json
import re

import torch
from peft import PeftModel, set_peft_model_state_dict
from safetensors.torch import load_file

from cases import open_writer

# Nats, and of the largest product of gradients.
LOSS, PRODUCT = 1e-4, 1e-3


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compare(tally, studio, folder, base_folder, out, run, common):
    """`common`: make_golden. The rows of the file begin at 2, behind its header."""
    rows = list(common.encode(folder, base_folder, run))

    def losses(model, row):
        ids, labels = row
        following = torch.tensor(labels[1:])
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
        return torch.nn.functional.cross_entropy(logits[following >= 0], following[following >= 0], reduction="none")
    model = PeftModel.from_pretrained(open_writer(base_folder), out / "adapter", is_trainable=True).double().eval()
    studio("examples", out, "--out", out / "rows.csv")
    found = read(out / "rows.csv")
    with torch.no_grad():
        after = [losses(model, row).mean().item() for row in rows]
        with model.disable_adapter():
            before = [losses(model, row).mean().item() for row in rows]
        tokens = losses(model, rows[4]).tolist()
    tally.check("a loss of every row", [int(row["row"]) for row in found] == list(range(2, len(rows) + 2)))
    for name, theirs in (("before", before), ("after", after)):
        error = max(abs(float(ours[f"loss_{name}"]) - value) for ours, value in zip(found, theirs))
        tally.check(f"losses of rows {name} training", error <= LOSS, f"at most {error:.1e} nats off")
    studio("examples", out, "--row", "6", "--out", out / "tokens.csv")
    ours = [float(each["loss_after"]) for each in read(out / "tokens.csv") if each["loss_after"]]
    error = max(abs(a - b) for a, b in zip(ours, tokens)) if len(ours) == len(tokens) else float("inf")
    tally.check("losses of the tokens of a row", error <= LOSS, f"at most {error:.1e} nats off")
    products = influences(model, out, rows, losses)
    studio("examples", out, "--teach", "6", "--out", out / "teach.csv")
    taught = {int(each["row"]): float(each["influence"]) for each in read(out / "teach.csv")}
    tally.tensor("products of gradients with a row", torch.tensor([taught[row] for row in range(2, len(rows) + 2)]), products, PRODUCT)


def influences(model, out, rows, losses):
    """Σ over the checkpoints of evaluations and the last one of the rates logged since the one before, each times the part of
    an epoch that its update is, times the product of gradients with row 4."""
    total, last = torch.zeros(len(rows), dtype=torch.float64), 0
    parameters = [value for value in model.parameters() if value.requires_grad]
    metrics = [json.loads(line) for line in (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    folder = out / "checkpoints"
    for path in [*sorted(folder.glob("evaluation-*.safetensors")), max(folder.glob("step-*.safetensors"))]:
        step = int(re.search(r"\d+", path.name)[0])
        saved = {f"base_model.model.{name}": value for name, value in load_file(path).items() if name.startswith("model.")}
        set_peft_model_state_dict(model, {name: value.double() for name, value in saved.items()})
        rate = sum(each["learning_rate"] * each["epoch"] / each["step"] for each in metrics if last < each["step"] <= step)
        gradients = [torch.cat([each.flatten() for each in torch.autograd.grad(losses(model, row).mean(), parameters)]) for row in rows]
        total += rate * torch.stack(gradients) @ gradients[4]
        last = step
    return total
