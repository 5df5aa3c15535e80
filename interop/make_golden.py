"""Makes the golden data of the interop check with transformers and PEFT.

    python interop/make_golden.py [--out interop/golden] [--seed 1] [--case NAME ...]

Every case becomes a folder that `studio train` can run as it is (model, tokenizer, data.csv, run.json, initial adapter)
beside what PyTorch made of the same start: expected.json (per step: loss, gradient norm, learning rate, scored tokens,
rows) and expected.safetensors (logits before and after, trained tensors after). The training loop is written out here, so
that what is compared is the definition and not a trainer's habits.
"""

import argparse
import csv
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer
from transformers.utils import logging

from classifiers import CLASSIFIER_CASES, make as make_classifier
from cases import CASES, END, FILE_DTYPES, OLDER_DIALECT, PAD, RUN_SEED, base_of, make_model, make_rows, make_tokenizer, older_dialect, open_writer, run_config
from methods import ADAPTERHUB, VIRTUAL, peft_config, selected, set_fresh, starts_fresh, stir
from optimizers import make_optimizer

HERE = Path(__file__).resolve().parent
logging.disable_progress_bar()


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def model_folder(folder, case):
    """Where the model of a case lies whose own folder is `folder`."""
    return folder.parent / base_of(case)


def write_model(folder, kind, seed):
    """Writes model and tokenizer as a Hugging Face folder."""
    make_model(kind, seed).to(FILE_DTYPES.get(kind, torch.float32)).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", older_dialect(config) if kind in OLDER_DIALECT else config)
    make_tokenizer().save(str(folder / "tokenizer.json"), pretty=False)
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "pad_token": PAD, "model_max_length": 128,
        "clean_up_tokenization_spaces": False})


def write_adapter(folder, base_folder, tuning, seed):
    """The adapter both sides start from."""
    base = open_writer(base_folder)
    torch.manual_seed(seed)
    model = get_peft_model(base, peft_config(tuning, base_folder))
    stir(model)
    model.save_pretrained(folder / "adapter-initial")
    (folder / "adapter-initial" / "README.md").unlink()
    config_file = folder / "adapter-initial" / "adapter_config.json"
    config = json.loads(config_file.read_text())
    config["base_model_name_or_path"] = None
    for key, value in config.items():
        if isinstance(value, list):
            config[key] = sorted(value)
    write_json(config_file, config)


def load(folder, base_folder, tuning):
    """The model as training starts, and the named parameters that are trained."""
    model = open_writer(base_folder)
    if starts_fresh(tuning):
        model = get_peft_model(model, peft_config(tuning, base_folder))
        if tuning["method"] == "p-tuning":
            set_fresh(model, RUN_SEED)
    elif tuning["method"] in VIRTUAL:
        # PEFT loads these for inference only; the same values in a fresh adapter are trainable.
        model = get_peft_model(model, peft_config(tuning, base_folder))
        set_peft_model_state_dict(model, load_file(folder / "adapter-initial" / "adapter_model.safetensors"))
    elif tuning["method"] != "full":
        model = PeftModel.from_pretrained(model, folder / "adapter-initial", is_trainable=True)
    else:
        for name, value in model.named_parameters():
            value.requires_grad_(any(selected(name, selector) for selector in tuning["train_parameters"]))
    return model, {name: value for name, value in model.named_parameters() if value.requires_grad}


def encode(folder, base_folder, run):
    """(ids, labels) of every row of data.csv; prompt and answer are cut separately."""
    tokenizer, dataset = AutoTokenizer.from_pretrained(base_folder), run["dataset"]
    with open(folder / "data.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prompt = tokenizer(dataset["text_prompt_start"] + row["instruction"] + dataset["text_answer_separator"],
                               add_special_tokens=False).input_ids
            answer = tokenizer(row["output"], add_special_tokens=False).input_ids + [tokenizer.eos_token_id]
            yield prompt + answer, [-100] * len(prompt) + answer


def windows(count, training):
    """Row numbers [window][batch][row] in file order, epoch after epoch; a window never reaches into the next epoch."""
    size, accumulation = training["batch_size"], training["grad_accumulation"]
    batches = [list(range(start, start + size)) for start in range(0, count - size + 1, size)]
    while True:
        for start in range(0, len(batches), accumulation):
            yield batches[start:start + accumulation]


def summed_loss(model, rows, by_sample=False, dtype=torch.float32):
    """Sum of the cross-entropies of the scored tokens of one batch, or of their means by row; padded on the right.

    No mask: a causal model's real tokens never see what stands to their right.
    """
    length = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([ids + [1] * (length - len(ids)) for ids, _ in rows])
    labels = torch.tensor([labels + [-100] * (length - len(labels)) for _, labels in rows])
    # Virtual tokens, where there are some, come first.
    logits = model(input_ids=ids, use_cache=False).logits[:, -length:-1].to(dtype)
    loss = torch.nn.CrossEntropyLoss(reduction="mean" if by_sample else "sum")
    pairs = zip(logits, labels[:, 1:]) if by_sample else [(logits.flatten(0, 1), labels[:, 1:].flatten())]
    return sum(loss(*pair) for pair in pairs)


def schedule(step, training):
    """λ(step): the factor on the learning rate of update `step`, counted from 0."""
    total, warmup = training["max_steps"], training["warmup_steps"]
    if step < warmup:
        return step / max(1, warmup)
    progress = (step - warmup) / max(1, total - warmup)
    return {"Cosine": 0.5 * (1 + math.cos(math.pi * progress)), "Linear": max(0.0, 1 - progress), "Constant": 1.0}[training["schedule"]]


def train(model, trained, rows, training, tuning={}):
    """Trains `max_steps` updates as the sections of the run config say; returns what happened at each."""
    optimizer = make_optimizer(trained, model.config.get_text_config().num_hidden_layers, training, tuning)
    by_sample = training["loss_function"] == "SampleAveragedCrossEntropy"
    history = {"losses": [], "grad_norms": [], "learning_rates": [], "scored_tokens": [], "rows": []}
    model.train()
    dtype = next(iter(trained.values())).dtype
    for step, window in zip(range(training["max_steps"]), windows(len(rows), training)):
        rate = training["learning_rate"] * schedule(step, training)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        scored = sum(label != -100 for batch in window for row in batch for label in rows[row][1][1:])
        optimizer.zero_grad()
        loss = 0.0
        for batch in window:
            divisor = sum(map(len, window)) if by_sample else scored
            part = summed_loss(model, [rows[row] for row in batch], by_sample, dtype) / divisor
            part.backward()
            loss += part.item()
        norm = torch.sqrt(sum(value.grad.double().square().sum() for value in trained.values())).item()
        if training["gradient_clip"]:
            for value in trained.values():
                value.grad.mul_(min(1.0, training["gradient_clip"] / (norm + 1e-6)))
        optimizer.step()
        for key, value in zip(history, (loss, norm, rate, scored, window)):
            history[key].append(value)
    model.eval()
    return history


@torch.no_grad()
def logits(model, ids):
    """Logits [length, vocabulary] of one sequence."""
    return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -len(ids):].float().contiguous()


def check_stable(load, folder, base_folder, run, rows, history):
    """Trains once more in float64: a curve that rounding alone could move is no measure for anyone."""
    model, _ = load(folder, base_folder, run["tuning"])
    model.double()
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    exact = train(model, trained, rows, run["training"], run["tuning"])
    worst = max(abs(a - b) / abs(b) for key in ("losses", "grad_norms") for a, b in zip(history[key], exact[key]))
    if not worst <= 1e-4:
        raise SystemExit(f"{folder.name}: float32 and float64 differ by {worst:.1e}; the case is ill-conditioned")
    return worst


def adapterhub(*arguments):
    """Runs adapterhub.py in the environment that has its library; gives what it says."""
    environment = HERE / ".venv-adapters"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = subprocess.run([python, HERE / "adapterhub.py", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip()[-2000:]
        raise RuntimeError(f"adapterhub.py: {said.splitlines()[-1] if said else done.returncode}\n{said}")
    return done.stdout.strip()


def make(folder, case, seed):
    """Makes one case in `folder`; returns a line that says what came out."""
    if case in CLASSIFIER_CASES:
        return make_classifier(folder, case, seed, sys.modules[__name__])
    kind, count, tuning, _ = CASES[case]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    base_folder = model_folder(folder, case)
    base_folder.mkdir(parents=True, exist_ok=True)
    write_model(base_folder, kind, seed)
    with open(folder / "data.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("instruction", "output"), *make_rows(count, seed)])
    run = run_config(case)
    write_json(folder / "run.json", run)
    if tuning["method"] in ADAPTERHUB:
        return adapterhub("make", folder, case, seed)
    if tuning["method"] != "full" and not starts_fresh(tuning):
        write_adapter(folder, base_folder, tuning, seed)
    rows = list(encode(folder, base_folder, run))
    probe = [token for ids, _ in rows[:2] for token in ids][:23]
    model, trained = load(folder, base_folder, tuning)
    tensors = {"logits_start": logits(model, probe)}
    if tuning["method"] != "full":
        with model.disable_adapter():
            tensors["logits_base"] = logits(model, probe)
    else:
        tensors["logits_base"] = tensors["logits_start"].clone()
    history = train(model, trained, rows, run["training"], tuning)
    tensors["logits_after"] = logits(model, probe)
    after = get_peft_model_state_dict(model, save_embedding_layers=False) if tuning["method"] != "full" else trained
    tensors.update({name: value.detach().contiguous() for name, value in after.items()})
    save_file(tensors, str(folder / "expected.safetensors"))
    write_json(folder / "expected.json", {"case": case, "probe_ids": probe, "trained": sorted(after), **history})
    worst = check_stable(load, folder, base_folder, run, rows, history)
    return summary(case, history, trained, worst)


def summary(case, history, trained, worst):
    """A line that says what came out."""
    losses, norms = history["losses"], history["grad_norms"]
    return (f"{case}: loss {losses[0]:.3f} → {losses[-1]:.3f}, gradient norm {min(norms):.3f} to {max(norms):.3f}, "
            f"{sum(value.numel() for value in trained.values())} values trained, float64 differs by {worst:.0e}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--out", type=Path, default=HERE / "golden")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--case", nargs="+", default=[*CASES, *CLASSIFIER_CASES])
    options = arguments.parse_args()
    torch.set_num_threads(1)
    for case in options.case:
        print(make(options.out / case, case, options.seed))


if __name__ == "__main__":
    main()
