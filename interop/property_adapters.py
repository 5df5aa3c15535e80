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
from peft import (IA3Config, LoraConfig, PeftModel, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, VeraConfig,
                  get_peft_model)
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils import ModulesToSaveWrapper
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

from cases import COMMON, MODELS, make_model
from classifiers import ENCODERS

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-4
LENGTH = 8
# kind, whether the head is tied (None: as the case of that kind), whether it classifies
BASES = [
    ("llama", False, False), ("llama", True, False), ("qwen2", True, False), ("qwen2", False, False), ("gpt2", True, False),
    ("gpt2", False, False), ("gemma", True, False), ("gemma2", None, False), ("gemma3", None, False), ("phi", False, False),
    ("phi3", None, False), ("opt-350m", None, False), ("opt", False, False), ("gpt_neox", False, False), ("granite", True, False),
    ("stablelm", None, False), ("smollm3", None, False), ("bert", None, True), ("distilbert", None, True), ("roberta", None, True),
    ("xlm-roberta", None, True), ("llama", False, True), ("gpt2", None, True), ("gemma", None, True),
]
VIRTUAL = ("prompt", "prefix", "p-tuning")


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


class Facts:
    """What a model has to choose from."""

    def __init__(self, model, classifies):
        modules = dict(model.named_modules())
        self.classifies = classifies
        self.vocabulary = model.config.vocab_size
        head = model.get_output_embeddings()
        self.linear = [name for name, module in modules.items() if isinstance(module, (torch.nn.Linear, Conv1D)) and module is not head]
        self.head = next((name for name, module in modules.items() if head is not None and module is head), None)
        self.table = next(name for name, module in modules.items() if module is model.get_input_embeddings())
        self.norms = [name for name, module in modules.items() if "norm" in type(module).__name__.lower()]
        self.tied = not classifies and bool(model.config.tie_word_embeddings)
        self.layers = model.config.num_hidden_layers
        self.list_name = re.search(r"(\w+)\.0\.", next(name for name in self.linear if ".0." in name))[1]
        self.conv = any(isinstance(module, Conv1D) for module in modules.values())


def leaf(name):
    return name.rsplit(".", 1)[-1]


def some(rng, values, most=4):
    values = sorted(set(values))
    return rng.sample(values, rng.randint(1, min(most, len(values))))


def targets(rng, facts, method):
    """`target_modules`, in one of the ways in which people write them."""
    leaves = [leaf(name) for name in facts.linear]
    extra = [leaf(facts.head)] if facts.head and rng.random() < 0.25 else []
    if method == "lora" and rng.random() < 0.15:
        extra.append(leaf(facts.table))
    kind = rng.choice(["all-linear", "usual", "leaves", "leaves", "leaves", "paths", "mixed", "expression", "expression"])
    if kind == "all-linear":
        return rng.choice(["all-linear", "all-linear", "ALL-linear"])
    if kind == "usual":
        return None
    if kind == "leaves":
        return some(rng, leaves) + extra
    if kind == "paths":
        return some(rng, facts.linear) + ([facts.head] if extra and facts.head else [])
    if kind == "mixed":
        # also the last two parts of a path, which is shorter than the path and longer than the name
        ends = [".".join(name.split(".")[-2:]) for name in facts.linear]
        return [*some(rng, ends, 2), *some(rng, leaves, 2), *extra]
    names = "|".join(some(rng, leaves, 3) + extra)
    layer = rng.randrange(facts.layers)
    return rng.choice([rf".*\.({names})", rf".*\.{layer}\..*\.({names})", rf".*\.(?:{layer}|7)\.(?:.*\.)?(?:{names})",
                       rf"(.*\.)?({names})$", rf".*{facts.list_name}\.\d+\..*({names})", names])


def saved_modules(rng, facts):
    """`modules_to_save`: embeddings, head, norms and matrices, by name or path."""
    norm_names = [leaf(name) for name in facts.norms]
    choices = [leaf(facts.table), facts.table, *([facts.head] * 2 if facts.head else []), *some(rng, norm_names, 2),
               rng.choice(facts.norms), leaf(rng.choice(facts.linear)), rng.choice(facts.linear)]
    return some(rng, choices, 2)


def random_settings(rng, facts):
    """The keyword arguments of a PEFT config, with `method` beside them."""
    method = rng.choice(["lora"] * 11 + ["vera"] * 3 + ["ia3"] * 3 + list(VIRTUAL))
    if method in VIRTUAL:
        return dict(method=method, num_virtual_tokens=rng.randint(1, 5))
    settings = dict(method=method, target_modules=targets(rng, facts, method))
    if rng.random() < 0.3:
        settings["modules_to_save"] = saved_modules(rng, facts)
    if rng.random() < 0.25:
        settings["fan_in_fan_out"] = rng.random() < 0.5
    if method != "vera" and rng.random() < 0.25:
        layer = rng.randrange(facts.layers)
        settings["exclude_modules"] = rng.choice([some(rng, [leaf(n) for n in facts.linear], 2), rf".*\.{layer}\..*",
                                                  [rng.choice(facts.linear)], some(rng, facts.linear, 3)])
    if method == "ia3":
        chosen = settings["target_modules"]
        if isinstance(chosen, list):
            settings["feedforward_modules"] = rng.choice([[], some(rng, chosen, 2)])
        elif chosen is not None:
            settings["feedforward_modules"] = rng.choice([[], [leaf(rng.choice(facts.linear))]])
        return settings
    settings["r"] = rng.choice([1, 2, 3, 4, 7, 8])
    if rng.random() < 0.25:
        settings["layers_to_transform"] = rng.choice([[0], [1], 1, [0, 1], [0, 9]])
        if rng.random() < 0.5:
            settings["layers_pattern"] = rng.choice([facts.list_name, [facts.list_name], ["blocks", facts.list_name], f"{facts.list_name}s?"])
    if rng.random() < 0.3:
        settings["bias"] = rng.choice(["all", f"{method}_only", "none"])
    if method == "vera":
        settings["d_initial"] = rng.choice([0.1, 0.5])
        return settings
    settings["lora_alpha"] = rng.choice([1, 4, 8, 16])
    for key in ("use_rslora", "use_dora"):
        if rng.random() < 0.25:
            settings[key] = True
    names = [leaf(name) for name in facts.linear] + ([facts.head] if facts.head else []) + [leaf(facts.table)]
    for key, values in (("rank_pattern", [1, 2, 5]), ("alpha_pattern", [2, 5, 32])):
        if rng.random() < 0.3:
            patterns = [*names, rf"{facts.list_name}\.0\..*", rng.choice(facts.linear), rf"(.*\.)?1\..*({'|'.join(some(rng, names, 2))})"]
            settings[key] = {pattern: rng.choice(values) for pattern in some(rng, patterns, 3)}
    return settings


def config_of(settings, task):
    """The PEFT config of the settings."""
    # PEFT adds to the lists that it is given.
    rest = {key: copy.deepcopy(value) for key, value in settings.items() if key != "method"}
    classes = {"lora": LoraConfig, "vera": VeraConfig, "ia3": IA3Config, "prompt": PromptTuningConfig, "prefix": PrefixTuningConfig,
               "p-tuning": PromptEncoderConfig}
    return classes[settings["method"]](task_type=task, **rest)


NAMES = {"target_modules": "lora_target_modules", "r": "lora_r"}


def tuning_of(settings):
    """The `tuning` section of a run config that says the same."""
    tuning = {NAMES.get(key, key): value for key, value in settings.items() if key != "fan_in_fan_out" and value is not None}
    tuning["lora_dropout"] = 0
    if settings["method"] == "lora":
        # Ours is another where nothing is said.
        tuning.setdefault("lora_alpha", 8)
    for key in ("layers_to_transform", "layers_pattern"):
        if key in tuning and not isinstance(tuning[key], list):
            tuning[key] = [tuning[key]]
    if str(tuning.get("bias", "")).endswith("_only"):
        tuning["bias"] = "lora_only"
    return tuning


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


def check(tally, work, count=40):
    """For test_interop.py: random cases of a new seed each time."""
    seed = time.time_ns() % 1_000_000
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
