"""Pairs of answers, and answers that are judged by themselves: what TRL's trainers make of tiny models, and how the studio compares.

    python interop/preferences.py [--seed 1]

writes interop/golden-preferences: cases on the models of interop/golden, each with TRL's losses, rewards and margins.
"""

import argparse
import csv
import json
import random
import shutil
from pathlib import Path

import torch
from datasets import Dataset
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from cases import PROMPT_START, RUN_SEED, SEPARATOR, WORDS, open_writer

LORA = {"method": "lora", "lora_r": 4, "lora_alpha": 12, "lora_dropout": 0, "lora_target_modules": "all-linear"}
FULL = {"method": "full", "train_parameters": []}
LOSSES = {"DPO": "sigmoid", "DPOHinge": "hinge", "DPOIPO": "ipo", "DPORobust": "robust"}
STEPS = 20


def training(rate, loss="DPO", **more):
    return {"loss_function": loss, "learning_rate": rate, "batch_size": 2, "grad_accumulation": 1, "beta": 0.3, **more}


def on_each(name, loss, tunings=("lora", "full"), **settings):
    """A case for each kind of model, with LoRA and whole."""
    how = {"lora": (LORA, 3e-3), "full": (FULL, 1e-3)}
    return {f"{kind}-{name}-{kept}": (kind, 23, how[kept][0], training(how[kept][1], loss, **settings))
            for kind in ("llama", "qwen2", "gemma2", "gpt2") for kept in tunings}


# Model, rows, what is trained, how.
PREFERENCE_CASES = {
    "llama-dpo-lora": ("llama", 23, LORA, training(3e-3)),
    "llama-dpo-full": ("llama", 23, FULL, training(1e-3, "DPOIPO", beta=0.5)),
    "gpt2-dpo-lora": ("gpt2", 23, LORA, training(3e-3, "DPORobust", label_smoothing=0.1)),
    "gpt2-dpo-full": ("gpt2", 23, FULL, training(1e-3, grad_accumulation=2)),
    "llama-hinge-lora": ("llama", 23, LORA, training(3e-3, "DPOHinge", batch_size=3)),
    "qwen2-dpo-lora": ("qwen2", 23, LORA, training(3e-3, "DPOIPO")),
    "qwen2-dpo-full": ("qwen2", 23, FULL, training(1e-3)),
    "gemma2-dpo-lora": ("gemma2", 23, LORA, training(3e-3)),
    "gemma2-dpo-full": ("gemma2", 23, FULL, training(1e-3, "DPOHinge")),
    **on_each("orpo", "ORPO"),
    **on_each("simpo", "SimPO", beta=2, simpo_gamma=0.6),
    **on_each("cposimpo", "SimPO", ("lora",), beta=2, simpo_gamma=0.6, cpo_alpha=0.5, label_smoothing=0.1, grad_accumulation=2),
    **on_each("kto", "KTO", batch_size=4, desirable_weight=1.3, undesirable_weight=0.8),
    "llama-kto-pairs": ("llama", 23, LORA, training(3e-3, "KTO", batch_size=4)),
    **on_each("apo", "APOZero", batch_size=3, desirable_weight=1.3, undesirable_weight=0.8),
    "gpt2-apo-accumulated": ("gpt2", 23, FULL, training(1e-3, "APOZero", batch_size=1, grad_accumulation=3)),
    "gpt2-kto-accumulated": ("gpt2", 23, FULL, training(1e-3, "KTO", batch_size=3, grad_accumulation=2)),
}
# What the repository keeps.
GOLDEN_CASES = ["llama-dpo-lora", "llama-dpo-full", "llama-hinge-lora", "gpt2-dpo-lora", "gpt2-dpo-full", "llama-kto-lora", "gpt2-kto-full",
                "llama-apo-lora"]
# Both kinds of training, and a loss of each trainer.
PREFERENCE_SAMPLE = ["llama-dpo-lora", "gpt2-dpo-full", "llama-orpo-lora", "llama-cposimpo-lora", "llama-kto-lora", "gpt2-apo-full"]
# TRL says nothing of a kind of answer that a batch has none of, and takes means of the means of batches.
KTO_MEASURES = ("rewards/chosen", "rewards/rejected", "rewards/margins", "kl")
MEASURES = ("rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies")


JUDGED = {"KTO": "kto", "APOZero": "apo_zero_unpaired"}


def is_judged(case):
    return "-kto-" in case or "-apo-" in case


def make_pairs(count, seed):
    """(prompt, chosen, rejected) of clearly different lengths."""
    rng = random.Random(seed)
    pick = lambda low, high: " ".join(rng.choices(WORDS, k=rng.randint(low, high)))
    return [(pick(1, 6) + "?", pick(2, 9) + ".", pick(1, 7) + ".") for _ in range(count)]


def make_judged(count, seed):
    """(prompt, completion, label) of as many answers of both kinds as come."""
    rng = random.Random(seed + 1)
    return [(prompt, *((better, True) if rng.random() < 0.55 else (worse, False))) for prompt, better, worse in make_pairs(count, seed)]


def rows_of(case, count, seed):
    """The table of a case, its names above."""
    if not is_judged(case) or case.endswith("-pairs"):
        return [("prompt", "chosen", "rejected"), *make_pairs(count, seed)]
    return [("prompt", "completion", "label"), *make_judged(count, seed)]


def columns_of(case):
    if not is_judged(case):
        return {"answer_column": "chosen", "rejected_answer_column": "rejected", "problem_type": "preference"}
    if case.endswith("-pairs"):
        return {"answer_column": "chosen", "rejected_answer_column": "rejected", "problem_type": "judged-answers"}
    return {"answer_column": "completion", "label_column": "label", "problem_type": "judged-answers"}


def run_config(case, tuning, settings):
    return {
        "model": {"llm_backbone": "./", "weights": "as-published"},
        "dataset": {
            "train_dataframe": "./data.csv", "prompt_column": ["prompt"], **columns_of(case), "prompt_template": "custom",
            "text_prompt_start": PROMPT_START, "text_answer_separator": SEPARATOR, "add_eos_token_to_prompt": False,
            "add_eos_token_to_answer": True, "validation_strategy": "none",
        },
        "tokenizer": {"max_length": 40, "allow_truncation": True},
        "tuning": dict(tuning),
        "training": {
            "optimizer": "AdamW", "schedule": "Linear", "warmup_steps": 3, "weight_decay": 0, "gradient_clip": 0,
            "max_steps": STEPS, "shuffle": False, "drop_last_batch": True, **settings,
        },
        "environment": {"mixed_precision": "f32", "seed": RUN_SEED},
    }


class History(TrainerCallback):
    """What the trainer logs of each step."""

    def __init__(self):
        self.logged = []

    def on_log(self, args, state, control, logs=None, **_):
        if "loss" in logs:
            self.logged.append(dict(logs))


def measures_of(run):
    """What is compared of each step. Of KTO with several passes a step the two have different means."""
    settings = run["training"]
    return MEASURES if settings["loss_function"] not in JUDGED else KTO_MEASURES if settings["grad_accumulation"] == 1 else ()


def trainer_of(folder, run):
    """The class of the trainer, and its arguments."""
    settings, precise = run["training"], {"bf16": False, "fp16": False, "use_cpu": True}
    common = dict(
        output_dir=str(folder / "trl"), per_device_train_batch_size=settings["batch_size"],
        gradient_accumulation_steps=settings["grad_accumulation"], max_steps=settings["max_steps"],
        learning_rate=settings["learning_rate"], lr_scheduler_type="linear", warmup_steps=settings["warmup_steps"],
        weight_decay=0, max_grad_norm=1e9, train_sampling_strategy="sequential", dataloader_drop_last=True, logging_steps=1,
        save_strategy="no", report_to=[], disable_tqdm=True, seed=RUN_SEED, gradient_checkpointing=False,
        max_length=run["tokenizer"]["max_length"], beta=settings["beta"], **precise)
    loss = settings["loss_function"]
    if loss in JUDGED:
        weights = {key: settings[key] for key in ("desirable_weight", "undesirable_weight") if key in settings}
        return KTOTrainer, KTOConfig(**common, **weights, loss_type=JUDGED[loss], precompute_ref_log_probs=True)
    if loss == "ORPO":
        return ORPOTrainer, ORPOConfig(**common)
    smoothing = settings.get("label_smoothing", 0)
    if loss == "SimPO":
        return CPOTrainer, CPOConfig(**common, loss_type="simpo", simpo_gamma=settings["simpo_gamma"],
                                     cpo_alpha=settings.get("cpo_alpha", 0), label_smoothing=smoothing)
    return DPOTrainer, DPOConfig(**common, loss_type=[LOSSES[loss]], label_smoothing=smoothing,
                                 precompute_ref_log_probs=True)


def trl_curve(folder, base, run, model):
    """Trains with TRL; gives what it said of each step. `model` holds the result afterwards."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    with open(folder / "data.csv", encoding="utf-8", newline="") as file:
        rows = [{**row, "prompt": PROMPT_START + row["prompt"] + SEPARATOR} for row in csv.DictReader(file)]
    if "label" in rows[0]:
        rows = [{**row, "label": row["label"] == "True"} for row in rows]
    history = History()
    trainer_class, arguments = trainer_of(folder, run)
    trainer = trainer_class(model=model, args=arguments, train_dataset=Dataset.from_list(rows),
                            processing_class=tokenizer, callbacks=[history])
    trainer.train()
    shutil.rmtree(folder / "trl", ignore_errors=True)
    return history.logged, trainer.model


def make(folder, case, seed, golden, base=None):
    """Makes one case in `folder`, on the model in `base` or on a new one; returns a line that says what came out."""
    kind, count, tuning, settings = PREFERENCE_CASES[case]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if base is None:
        golden.write_model(folder, kind, seed)
    with open(folder / "data.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows_of(case, count, seed))
    run, own = run_config(case, tuning, settings), base or folder
    if base:
        run["model"]["llm_backbone"] = f"../../golden/{base.name}/"
    model, probe = open_writer(own), list(range(2, 25))
    tensors = {"logits_base": golden.logits(model, probe)}
    if tuning["method"] == "lora":
        # Both sides go on from one adapter that does something: as it is now, it is the reference.
        run["tuning"]["init_from"] = "./adapter-initial"
        golden.write_adapter(folder, own, tuning, seed)
        model = PeftModel.from_pretrained(model, folder / "adapter-initial", is_trainable=True)
    golden.write_json(folder / "run.json", run)
    logged, trained = trl_curve(folder, own, run, model)
    trained.eval()
    tensors["logits_after"] = golden.logits(trained, probe)
    after = (get_peft_model_state_dict(trained, save_embedding_layers=False, adapter_name="default") if tuning["method"] == "lora"
             else dict(trained.named_parameters()))
    if base is None:
        save_file(tensors, str(folder / "expected.safetensors"))
    column = lambda name: [step.get(name) for step in logged]
    expected = {"case": case, "probe_ids": probe, "trained": sorted(after), "losses": column("loss"),
                "grad_norms": column("grad_norm"), "learning_rates": column("learning_rate"),
                **{name: column(name) for name in measures_of(run)}}
    golden.write_json(folder / "expected.json", expected)
    return f"{case}: loss {expected['losses'][0]:.4f} → {expected['losses'][-1]:.4f}, margins {expected.get('rewards/margins', [])[-2:]}"


def compare(tally, studio, studio_logits, folder, out, same_weights, trained_apart):
    """The studio's run beside TRL's."""
    expected, tensors = json.loads((folder / "expected.json").read_text()), load_file(folder / "expected.safetensors")
    studio("train", folder / "run.json", "--out", out)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
    steps = [line for line in lines if line.get("loss") is not None]
    for name in ("losses", *measures_of(json.loads((folder / "run.json").read_text()))):
        ours = [line["loss" if name == "losses" else name] for line in steps]
        differences = [0 if a is b is None else float("inf") if a is None or b is None else abs(a - b) for a, b in zip(ours, expected[name])]
        worst = max(differences) if len(ours) == STEPS else float("inf")
        tally.check(f"{name} of every step", worst <= 1e-3, f"off by {worst:.1e} at most")
    tally.curve("gradient norm of every step", [line["grad_norm"] for line in steps], expected["grad_norms"])
    ids, run = expected["probe_ids"], json.loads((folder / "run.json").read_text())
    if run["tuning"]["method"] == "lora":
        ours = studio_logits(folder, out / "logits.safetensors", ids, out / "adapter")
        model = PeftModel.from_pretrained(open_writer(folder), out / "adapter").eval()
    else:
        model = open_writer(folder).eval()
        model.load_state_dict(load_file(out / "model" / "model.safetensors"), strict=False)
        ours = studio_logits(out / "model", out / "logits.safetensors", ids)
    with torch.no_grad():
        theirs = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()
    tally.tensor("their logits with our weights", theirs, ours, same_weights)
    tally.tensor("our weights against TRL's training", ours, tensors["logits_after"], trained_apart)


def main():
    import make_golden
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=1)
    seed, here = arguments.parse_args().seed, Path(__file__).resolve().parent
    torch.set_num_threads(1)
    for case in GOLDEN_CASES:
        base = here / "golden" / f"{PREFERENCE_CASES[case][0]}-lora"
        print(make(here / "golden-preferences" / case, case, seed, make_golden, base))


if __name__ == "__main__":
    main()
