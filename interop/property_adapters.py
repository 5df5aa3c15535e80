"""Random PEFT configurations, both ways: made by PEFT and read by the studio, made by the studio and read by PEFT.

    python interop/property_adapters.py [--cases 40] [--seed N] [--work interop/.work/adapters] [--only NAME ...]

Adapters hold random values, not trained ones. Logits must agree within TOLERANCE of the largest, also those of the merged
model as transformers loads it, and both sides must adapt and train the same modules. What one side refuses is counted by
its reason. Prints the seed first; the last line says how many cases passed.
"""

import argparse
import collections
import copy
import json
import os
import random
import re
import shutil
import subprocess
import time
import warnings
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils import ModulesToSaveWrapper
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.utils import logging

from cases import COMMON, MODELS, make_model
from classifiers import ENCODERS
from random_settings import VIRTUAL, Facts, config_of, random_settings, tuning_of

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-4
LENGTH = 8
# kind, whether the head is tied (None: as the case of that kind), whether it classifies
BASES = [
    ("llama", False, False), ("llama", True, False), ("qwen2", True, False), ("qwen2", False, False), ("gpt2", True, False),
    ("gpt2", False, False), ("gemma", True, False), ("gemma2", None, False), ("gemma3", None, False), ("phi", False, False),
    ("phi3", None, False), ("opt-350m", None, False), ("opt", False, False), ("gpt_neox", False, False), ("granite", True, False),
    ("stablelm", None, False), ("smollm3", None, False), ("bert", None, True), ("distilbert", None, True), ("roberta", None, True),
    ("xlm-roberta", None, True), ("camembert", None, True), ("electra", None, True), ("albert", None, True), ("modernbert", None, True), ("mpnet", None, True),
    ("llama", False, True), ("gpt2", None, True), ("gemma", None, True),
]


def load_base(folder, classifies):
    """The model as published."""
    loader = AutoModelForSequenceClassification if classifies else AutoModelForCausalLM
    return loader.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def write_base(folder, kind, tied, classifies):
    """A random model with large weights, so that all that is changed shows."""
    torch.manual_seed(3)
    if not classifies:
        sizes = MODELS[kind][1]
        before = sizes.get("tie_word_embeddings")
        if tied is not None:
            sizes["tie_word_embeddings"] = tied
        make_model(kind, 5).save_pretrained(folder)
        if tied is not None:
            sizes.pop("tie_word_embeddings") if before is None else sizes.update(tie_word_embeddings=before)
        return
    config_class, sizes = ENCODERS.get(kind) or MODELS[kind]
    common = {} if kind in ENCODERS else COMMON
    config = config_class(**{**common, **sizes, "num_labels": 3, "dtype": "float32"})
    model = AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for value in model.parameters():
            if value.ndim > 1:
                value.copy_(torch.randn(value.shape) * 1.2 / value.shape[1] ** 0.5)
            else:
                value.add_(torch.randn(value.shape) * 0.2)
    model.save_pretrained(folder)


@torch.no_grad()
def stir(model):
    """Moves every trained value, so that each of them matters."""
    for name, value in model.named_parameters():
        if value.requires_grad:
            value.add_(torch.randn(value.shape) * (0.1 if "modules_to_save" in name or name.endswith("bias") else 0.3))


def module_names(model):
    """Paths of adapted modules, and names of what is trained beside them, as the studio calls both."""
    plain = lambda name: re.sub(r"^base_model\.(model\.)?|\.base_layer|\.modules_to_save\.default", "", name)
    adapted = sorted(plain(name) for name, module in model.named_modules() if isinstance(module, BaseTunerLayer))
    inner = ("lora_", "ia3_", "vera_", "prompt_encoder")
    trained = sorted(plain(name) for name, value in model.named_parameters() if value.requires_grad and not any(part in name for part in inner))
    return adapted, trained


@torch.no_grad()
def logits(model, ids, classifies):
    found = model(input_ids=torch.tensor([ids]), **({} if classifies else {"use_cache": False})).logits
    return (found if classifies else found[0, -len(ids):]).float().flatten()


def reason(error):
    """The first words of a refusal, without what differs from case to case."""
    text = str(error).strip().splitlines()[0]
    return re.sub(r"[\[{(].*?[\]})]|'[^']*'|\"[^\"]*\"|\d+", "…", text)[:110]


class Report:
    def __init__(self):
        self.failures, self.passed, self.refusals, self.checks = {}, 0, collections.Counter(), collections.Counter()
        # Of each refusal the first case.
        self.examples = {}

    def check(self, name, what, ours, theirs):
        """Whether logits agree; a NaN does not."""
        self.checks[what] += 1
        error = ((ours - theirs).abs().max() / theirs.abs().max()).item() if ours.shape == theirs.shape else float("nan")
        if not error <= TOLERANCE:
            self.fail(name, f"{what}: {error:.1e} of the largest logit")

    def refused(self, words, case):
        self.refusals[words] += 1
        self.examples.setdefault(words, f"{case['name']}  {json.dumps(case['settings'])}")

    def fail(self, name, words):
        self.failures.setdefault(name, []).append(words)


def make_case(name, folder, base, classifies, facts, rng, base_folder):
    """PEFT's side of a case: its adapter and logits, or why it made none."""
    settings = random_settings(rng, facts)
    least = 5
    case = dict(name=name, base=str(base_folder), settings=settings, tuning=tuning_of(settings), classifies=classifies,
                ids=[rng.randrange(least, min(facts.vocabulary, 110)) for _ in range(LENGTH)])
    torch.manual_seed(rng.randrange(2**31))
    if rng.random() < 0.15 and settings["method"] not in VIRTUAL:
        # Single parameters, which PEFT cannot train and has to be able to load.
        case["tuning"]["train_parameters"] = rng.choice([
            [{"bias_only": True}], [{"input_embedding": True}], [{"norms_only": True}], [f"{rng.choice(facts.norms)}.weight"],
            [f"{rng.choice(facts.linear)}.weight"]])
    folder.mkdir(parents=True)
    try:
        model = get_peft_model(base(), config_of(settings, "SEQ_CLS" if classifies else "CAUSAL_LM"))
        case["adapted"], case["trained"] = module_names(model)
        stir(model)
        model.eval()
        model.save_pretrained(folder / "peft")
        loaded = PeftModel.from_pretrained(base(), folder / "peft").eval()
        case["logits"] = logits(loaded, case["ids"], classifies)
        case["memory"] = logits(model, case["ids"], classifies)
    except Exception as error:  # whatever PEFT refuses with
        case["refused"] = reason(error)
        shutil.rmtree(folder / "peft", ignore_errors=True)
    return case


def check_case(report, case, result, folder, base, facts):
    """Compares what both sides made of a case."""
    name, classifies, ids = case["name"], case["classifies"], case["ids"]
    if "defect" in result:
        return report.fail(name, result["defect"])
    tensor = lambda file: load_file(folder / f"{file}.safetensors")["logits"]
    merged = lambda part: logits(load_base(folder / part, classifies), ids, classifies)
    read, made = result.get("read"), result["made"]
    if "refused" in case:
        side = "refused" if "refused" in made else "accepted"
        report.refused(f"PEFT refuses, {side} here: {case['refused']}", case)
    elif "refused" in read:
        report.refused(f"reading refused: {reason(read['refused'])}", case)
    elif (case["memory"] - case["logits"]).abs().max() > 1e-3 * case["logits"].abs().max():
        report.refused("PEFT reads its own adapter otherwise than it made it", case)
    else:
        report.check(name, "made by PEFT, read here", tensor("read"), case["logits"])
        if read["merges"]:
            report.check(name, "made by PEFT, merged here", merged("read-merged"), case["logits"])
    if "refused" in made:
        if "refused" not in case:
            report.refused(f"making refused: {reason(made['refused'])}", case)
        return None
    report.check(name, "made here, read back", tensor("read-back"), tensor("made"))
    theirs = PeftModel.from_pretrained(base(), folder / "adapter").eval()
    report.check(name, "made here, read by PEFT", logits(theirs, ids, classifies), tensor("made"))
    if made["merges"]:
        report.check(name, "made here, merged here", merged("merged"), tensor("made"))
    if "refused" in case or "train_parameters" in case["tuning"]:
        return None
    if made["modules"] != case["adapted"]:
        report.fail(name, f"adapts {sorted(set(made['modules']) ^ set(case['adapted']))} otherwise than PEFT")
    # A tied head is trained with its table here.
    different = set(made["trained"]) ^ set(case["trained"])
    if different - ({f"{facts.head}.weight", f"{facts.table}.weight"} if facts.tied else set()):
        report.fail(name, f"trains {sorted(different)} otherwise than PEFT")
    return None


def run(work, count, seed, only=None):
    """Makes and compares `count` cases; returns the report."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    warnings.simplefilter("ignore")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    bases = []
    for kind, tied, classifies in BASES:
        folder = work / f"{kind}{'' if tied is None else '-tied' if tied else '-untied'}{'-classifier' if classifies else ''}"
        write_base(folder, kind, tied, classifies)
        model = load_base(folder, classifies)
        bases.append((folder, classifies, model, Facts(model, classifies)))
    cases, facts_of, base_of = [], {}, {}
    for index in range(count):
        rng = random.Random(seed * 100_003 + index)
        folder, classifies, model, facts = rng.choice(bases)
        name = f"{index:04}-{folder.name}"
        if only and name not in only and str(index) not in only:
            continue
        base = lambda model=model: copy.deepcopy(model)
        cases.append(make_case(name, work / name, base, classifies, facts, rng, folder))
        facts_of[name], base_of[name] = facts, base
    kept = ("name", "base", "ids", "tuning")
    lines = [json.dumps({**{key: case[key] for key in kept}, "madeByPeft": "refused" not in case}) for case in cases]
    (work / "cases.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    node = ["node.exe" if os.name == "nt" else "node", "--import", "tsx", str(HERE / "property_adapters.ts"), str(work)]
    subprocess.run(node, cwd=HERE.parent, check=True)
    results = map(json.loads, (work / "results.jsonl").read_text(encoding="utf-8").splitlines())
    report = Report()
    for case, result in zip(cases, results, strict=True):
        name = case["name"]
        try:
            check_case(report, case, result, work / name, base_of[name], facts_of[name])
        except Exception as error:  # PEFT or transformers cannot load what was written
            report.fail(name, f"{type(error).__name__}: {reason(error)}")
        if name in report.failures:
            print(f"  FAIL  {name}  {json.dumps(case['settings'])}", *(f"\n        {words}" for words in report.failures[name]), flush=True)
        else:
            report.passed += 1
            if only is None:
                shutil.rmtree(work / name, ignore_errors=True)
    return report


def check(tally, work, seed, count=40):
    """A few cases for test_interop.py; this file run alone draws new ones."""
    print(f"adapters of random settings, seed {seed}", flush=True)
    report = run(work / "random-adapters", count, seed)
    tally.check(f"{count} random adapters", not report.failures, f"{len(report.failures)} failed" if report.failures else "")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--work", type=Path, default=HERE / ".work" / "adapters")
    arguments.add_argument("--cases", type=int, default=40)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    arguments.add_argument("--only", nargs="+")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    print(f"seed {options.seed}", flush=True)
    report = run(options.work.resolve(), options.cases, options.seed, options.only)
    for what, times in sorted(report.checks.items()):
        print(f"{times:6} comparisons: {what}")
    for words, times in report.refusals.most_common():
        print(f"{times:6} {words}\n       {report.examples[words]}")
    print(f"{report.passed} passed, {len(report.failures)} failed")
    raise SystemExit(1 if report.failures or not report.passed else 0)


if __name__ == "__main__":
    main()
