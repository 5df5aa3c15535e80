"""The cases of masked language modelling: transformers' …ForMaskedLM, trained by its own loss on the masks that the studio draws.

    python interop/masked.py [--out interop/golden] [--case NAME ...]
    python interop/masked.py --check [--out FOLDER] [--case NAME ...]

The first way writes cases; the second also trains each with the studio's own command, and loads what it writes with PEFT
and transformers. The masks are those of `DataCollatorForLanguageModeling` (15%, or `mlm_probability`; of these 80% masked, 10% another token,
here never padding, whose row PyTorch gives no gradient), drawn as src/tasks/masked/masking.ts says.
"""

import argparse
import csv
import json
import math
import random
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from peft import PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoModelForMaskedLM, AutoTokenizer

from classifiers import ENCODERS, LORA, RUN_SEED, STEPS, WORDS, attention_of, full, make_tokenizer
from initial import mix32, site_key
from methods import peft_config, stir
from tags import batch_of, far, logits, studio, studio_logits, train

HERE = Path(__file__).parent
LENGTH = 22
# What of each kind is trained whole beside its matrices.
HEADS = {"bert": ("LayerNorm", "predictions"), "deberta-v2": ("LayerNorm", "predictions"), "distilbert": ("norm", "vocab"), "electra": ("LayerNorm", "generator"),
         "albert": ("norm", "Norm", "predictions"), "modernbert": ("norm", "decoder")}
TARGETS = {"distilbert": ["q_lin", "v_lin", "vocab_transform"], "roberta": ["query", "value", "lm_head.dense"]}

# case: (kind, rows, tuning, training settings that differ from the defaults, share of the tokens that is masked)
MASKED_CASES = {}
for kind in ENCODERS:
    lora = {**LORA, "lora_target_modules": TARGETS.get(kind, "all-linear")}
    MASKED_CASES[f"{kind}-masked-lora"] = (kind, 25, lora, dict(batch_size=4, learning_rate=3e-3, warmup_steps=2, grad_accumulation=2), 0.15)
    MASKED_CASES[f"{kind}-masked-full"] = (kind, 24, full(*HEADS.get(kind, ("LayerNorm", "lm_head"))), dict(batch_size=3, learning_rate=5e-4, weight_decay=0.1), 0.3)
# Those that the tests of the repository read.
GOLDEN = ["bert-masked-lora", "bert-masked-full"]


def make_rows(count, seed):
    """Texts of one word to more than LENGTH tokens, some with a character that no token has."""
    rng = random.Random(seed)
    return [" ".join(rng.choices([*WORDS, "7"], k=rng.randint(1, 9))) + "." for _ in range(count)]


def write_base(folder, kind, seed):
    """An encoder with its head for masked tokens, as it is published."""
    config_class, sizes = ENCODERS[kind]
    model = AutoModelForMaskedLM.from_config(config_class(**sizes, dtype="float32")).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            drawn = torch.randn(value.shape, generator=generator)
            if value.ndim == 1:
                value.copy_(drawn * 0.2 + (1 if "norm" in name.lower() and name.endswith("weight") else 0))
            else:
                value.copy_(drawn * (0.4 if "embeddings" in name or "decoder" in name else 1.2 / value.shape[1] ** 0.5))
    model.save_pretrained(folder)
    tokenizer, names = make_tokenizer("bert" if kind == "deberta-v2" else kind)
    if "mask_token" not in names:
        tokenizer.add_special_tokens(["<mask>"])
        names["mask_token"] = "<mask>"
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **names}, indent=1) + "\n")


def step_seed(seed, step, micro):
    """The two seed words of src/tasks/step-seed.ts."""
    first = mix32(mix32([seed]) + np.uint32(step))
    return first, mix32(mix32(first ^ np.uint32(0x9E3779B9)) + np.uint32(micro))


def bits(seeds, row, site, token):
    first, second = seeds
    drawn = mix32(mix32(np.uint32([token]) ^ first) + (second ^ mix32([row]) ^ site_key(site)))
    return int(drawn[0])


def below(value, share):
    return value < round(share * 2**32)


def mask(rows, batch, epoch, tokenizer, special, share):
    """(ids, labels) of each row of a batch, masked."""
    seeds = step_seed(RUN_SEED, epoch, 0)
    places = [(row, token) for row in batch for token, id in enumerate(rows[row]) if id not in special]
    chances = {place: bits(seeds, place[0], "masked/told", place[1]) for place in places}
    most = min(len(places), math.ceil(share * len(places) + 6 * math.sqrt(len(places) * share * (1 - share))))
    chosen = [place for place in places if below(chances[place], share)][:most] or [min(places, key=chances.get)]
    made = {row: (list(rows[row]), [-100] * len(rows[row])) for row in batch}
    for row, token in chosen:
        ids, labels = made[row]
        labels[token] = ids[token]
        seen = bits(seeds, row, "masked/seen-as", token)
        if below(seen, 0.8):
            ids[token] = tokenizer.mask_token_id
        elif below(seen, 0.9):
            other = bits(seeds, row, "masked/other", token) % (len(tokenizer) - 1)
            ids[token] = other + (other >= tokenizer.pad_token_id)
    return [made[row] for row in batch]


def batches(rows, tokenizer, training, share):
    """What `train` asks for: the masks of each epoch are others."""
    special = set(tokenizer.all_special_ids)
    per_epoch = math.ceil(len(rows) // training["batch_size"] / training["grad_accumulation"])
    return lambda step, batch: batch_of(mask(rows, batch, step // per_epoch, tokenizer, special, share), tokenizer.pad_token_id)


def opened(base):
    model = AutoModelForMaskedLM.from_pretrained(base, dtype=torch.float32)
    return AutoModelForMaskedLM.from_pretrained(base, dtype=torch.float32, attn_implementation=attention_of(model.config)).eval()


def base_of(case):
    return f"{MASKED_CASES[case][0]}-masked-lora"


def run_config(case):
    _, _, tuning, training, share = MASKED_CASES[case]
    adapter = {"init_from": "./adapter-initial"} if tuning["method"] != "full" else {}
    return {
        "model": {"llm_backbone": "./" if base_of(case) == case else f"../{base_of(case)}/"},
        "dataset": {"train_dataframe": "./data.csv", "prompt_column": [], "answer_column": "text",
                    "problem_type": "masked-language-modeling", "validation_strategy": "none"},
        # A file that is silent has transformers' 0.15.
        **({} if share == 0.15 else {"augmentation": {"mlm_probability": share}}),
        # Short enough that some rows are cut.
        "tokenizer": {"max_length": LENGTH, "allow_truncation": True},
        "tuning": {**tuning, **adapter},
        "training": {"optimizer": "AdamW", "schedule": "Cosine", "warmup_steps": 0, "weight_decay": 0, "gradient_clip": 0,
                     "grad_accumulation": 1, "max_steps": STEPS, "shuffle": False, "drop_last_batch": True, **training},
        "environment": {"mixed_precision": "f32", "seed": RUN_SEED},
    }


def write_adapter(folder, base, tuning, seed, write_json):
    torch.manual_seed(seed)
    model = get_peft_model(opened(base), peft_config(tuning, base, None))
    stir(model)
    model.save_pretrained(folder / "adapter-initial")
    (folder / "adapter-initial" / "README.md").unlink()
    path = folder / "adapter-initial" / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = None
    write_json(path, {key: sorted(value) if isinstance(value, list) else value for key, value in config.items()})


def load(folder, base, tuning):
    model = opened(base)
    if tuning["method"] == "full":
        for name, value in model.named_parameters():
            value.requires_grad_(any(selector["contains"] in name for selector in tuning["train_parameters"]))
    else:
        model = PeftModel.from_pretrained(model, folder / "adapter-initial", is_trainable=True)
    return model, {name: value for name, value in model.named_parameters() if value.requires_grad}


def make(folder, case, seed):
    from make_golden import schedule, write_json
    kind, count, tuning, _, share = MASKED_CASES[case]
    base = folder.parent / base_of(case)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if not (base / "config.json").exists():
        base.mkdir(exist_ok=True)
        write_base(base, kind, seed)
    texts = make_rows(count, seed)
    with open(folder / "data.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("text",), *((text,) for text in texts)])
    run = run_config(case)
    write_json(folder / "run.json", run)
    if tuning["method"] != "full":
        write_adapter(folder, base, tuning, seed, write_json)
    tokenizer = AutoTokenizer.from_pretrained(base)
    rows = [tokenizer(text, truncation=True, max_length=LENGTH).input_ids for text in texts]
    probes = rows[:2]
    model, trained = load(folder, base, tuning)
    tensors = {"logits_base": logits(opened(base), probes), "logits_start": logits(model, probes)}
    history = train(model, trained, len(rows), run["training"], schedule, batches(rows, tokenizer, run["training"], share))
    tensors["logits_after"] = logits(model, probes)
    after = get_peft_model_state_dict(model, save_embedding_layers=False) if tuning["method"] != "full" else trained
    tensors.update({name: value.detach().contiguous() for name, value in after.items()})
    save_file(tensors, str(folder / "expected.safetensors"))
    masked = mask(rows, range(run["training"]["batch_size"]), 0, tokenizer, set(tokenizer.all_special_ids), share)
    write_json(folder / "expected.json", {
        "case": case, "probes": probes, "masked": [ids for ids, _ in masked], "labels": [labels for _, labels in masked],
        "trained": sorted(after), **history})
    model, _ = load(folder, base, tuning)
    model.double()
    exact = train(model, {name: value for name, value in model.named_parameters() if value.requires_grad}, len(rows), run["training"], schedule,
                  batches(rows, tokenizer, run["training"], share))
    worst = max(abs(a - b) / abs(b) for key in ("losses", "grad_norms") for a, b in zip(history[key], exact[key]))
    if not worst <= 1e-4:
        raise SystemExit(f"{case}: float32 and float64 differ by {worst:.1e}; the case is ill-conditioned")
    return f"{case}: loss {history['losses'][0]:.3f} → {history['losses'][-1]:.3f}, float64 differs by {worst:.0e}"


def check(folder, case):
    """The studio's run of a case: its curve, and its adapter and whole model in PEFT and transformers."""
    tuning = MASKED_CASES[case][2]
    expected, base = json.loads((folder / "expected.json").read_text()), folder.parent / base_of(case)
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        studio("train", folder / "run.json", "--out", out / "run")
        lines = [json.loads(line) for line in (out / "run" / "metrics.jsonl").read_text().splitlines()]
        losses = [line["loss"] for line in lines if "loss" in line]
        worst = max(abs(ours / theirs - 1) for ours, theirs in zip(losses, expected["losses"], strict=True))
        probes, adapter = expected["probes"][:2], None
        if tuning["method"] != "full":
            adapter = out / "run" / "adapter"
            config = json.loads((adapter / "adapter_config.json").read_text())
            initial = json.loads((folder / "adapter-initial" / "adapter_config.json").read_text())
            assert config["task_type"] is None and config["auto_mapping"] == initial["auto_mapping"], config
            model = PeftModel.from_pretrained(opened(base), adapter).eval()
            assert set(load_file(adapter / "adapter_model.safetensors")) == set(expected["trained"])
            apart = far(logits(model, probes), studio_logits(base, probes, out / "logits.safetensors", adapter))
            studio("merge", "--model", base, "--adapter", adapter, "--out", out / "whole")
        whole = out / "whole" if adapter else out / "run" / "model"
        model, report = AutoModelForMaskedLM.from_pretrained(
            whole, dtype=torch.float32, attn_implementation=opened(base).config._attn_implementation, output_loading_info=True)
        assert not report["missing_keys"] and not report["mismatched_keys"] and not report["unexpected_keys"], report
        merged = far(logits(model.eval(), probes), studio_logits(whole, probes, out / "logits.safetensors"))
        apart = max(apart, merged) if adapter else merged
        trained = far(logits(model, expected["probes"]), load_file(folder / "expected.safetensors")["logits_after"])
    assert worst < 1e-3 and apart < 1e-4 and trained < 1e-3, (worst, apart, trained)
    return f"losses differ by {worst:.0e}, logits of what was written by {apart:.0e}, from transformers' training by {trained:.0e}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", nargs="+")
    torch.set_num_threads(1)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        out = given.out or (Path(place) if given.check else HERE / "golden")
        for case in given.case or (MASKED_CASES if given.check else GOLDEN):
            print(make(out / case, case, given.seed), flush=True)
            if given.check:
                print(f"{case}: {check(out / case, case)}", flush=True)
