"""Random PEFT configurations, both ways: made by PEFT and read by the studio, made by the studio and read by PEFT.

    python interop/property_adapters.py [--cases 40] [--seed N] [--work interop/.work/adapters] [--only NAME ...]
    python interop/property_adapters.py --matrix [--only MODEL ...]    every method on every model instead

Adapters hold random values, not trained ones. Logits must agree within TOLERANCE of the largest, also those of the merged
model as transformers loads it, and both sides must adapt and train the same modules. What one side refuses is counted by
its reason; with --matrix it is a failure where the other does not, but for what OTHERWISE names. Prints the seed first;
the last line says how many cases passed.
"""

import argparse
import collections
import copy
import functools
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
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging

from cases import COMMON, FILE_DTYPES, MODELS, make_model, open_writer
from classifiers import ENCODERS, SAVED
from random_settings import VIRTUAL, Facts, config_of, matrix_settings, random_settings, tuning_of

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-4
LENGTH = 8
# kind, whether the head is tied (None: as the case of that kind), whether it classifies
BASES = [
    *((kind, None, False) for kind in MODELS if kind not in FILE_DTYPES), *((kind, None, True) for kind in ENCODERS),
    ("llama", True, False), ("qwen2", False, False), ("gpt2", False, False), ("llama", None, True), ("gpt2", None, True), ("gemma", None, True),
    ("qwen3_5_text", None, True),
]
# Cases of the matrix that one side alone refuses, and why.
OTHERWISE = {
    r"(llama|gpt2|gemma|qwen3_5_text)-classifier-(prompt|p-tuning)": "PEFT reads padding in place of the last token",
    r"(llama|gpt2|gemma)-classifier-prefix": "the same",
    r"(llama|gpt2)-classifier-llama-adapter": "PEFT saves no head, which the next load draws anew",
    r"distilbert-classifier-lora": "PEFT would save pre_classifier, which all-linear adapts there",
    r"olmoe-lora": "PEFT adapts experts and routers by target_parameters where all-linear is said",
    r"gemma4-images-prefix": "PEFT gives a prefix to layers of wide heads alone where these have fewer heads of keys",
}


def load_base(folder, classifies):
    """The model as published."""
    if not classifies:
        return open_writer(folder).eval()
    return AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


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
def stir(model, facts):
    """Moves every trained value that texts reach, so that each of them matters."""
    for name, value in model.named_parameters():
        if value.requires_grad and facts.reaches(name):
            value.add_(torch.randn(value.shape) * (0.1 if "modules_to_save" in name or name.endswith("bias") else 0.3))


def module_names(model):
    """Paths of adapted modules, and names of what is trained beside them, as the studio calls both."""
    plain = lambda name: re.sub(r"^base_model\.(model\.)?|\.base_layer|\.modules_to_save\.default", "", name)
    adapted = sorted(plain(name) for name, module in model.named_modules() if isinstance(module, BaseTunerLayer))
    inner = ("lora_", "ia3_", "vera_", "prompt_encoder", "adaption_")
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
    def __init__(self, is_matrix):
        self.is_matrix = is_matrix
        self.failures, self.passed, self.refusals, self.checks = {}, 0, collections.Counter(), collections.Counter()
        # Of each refusal the first case.
        self.examples = {}
        # Cases that one side refuses.
        self.alone = set()

    def check(self, name, what, ours, theirs):
        """Whether logits agree; a NaN does not."""
        self.checks[what] += 1
        error = ((ours - theirs).abs().max() / theirs.abs().max()).item() if ours.shape == theirs.shape else float("nan")
        if not error <= TOLERANCE:
            self.fail(name, f"{what}: {error:.1e} of the largest logit")

    def refused(self, words, case, both=False):
        self.refusals[words] += 1
        self.examples.setdefault(words, f"{case['name']}  {json.dumps(case['settings'])}")
        if both:
            return
        self.alone.add(case["name"])
        if self.is_matrix and not self.is_otherwise(case["name"]):
            self.fail(case["name"], words)

    def is_otherwise(self, name):
        """Whether one side alone is to refuse the case."""
        return self.is_matrix and any(re.fullmatch(pattern, name) for pattern in OTHERWISE)

    def fail(self, name, words):
        self.failures.setdefault(name, []).append(words)


class Base:
    """A model that cases are made on, itself made when the first of them is."""

    def __init__(self, work, kind, tied, classifies):
        self.kind, self.tied, self.classifies = kind, tied, classifies
        self.name = f"{kind}{'' if tied is None else '-tied' if tied else '-untied'}{'-classifier' if classifies else ''}"
        self.folder = work / self.name

    @functools.cached_property
    def model(self):
        write_base(self.folder, self.kind, self.tied, self.classifies)
        return load_base(self.folder, self.classifies)

    @functools.cached_property
    def facts(self):
        return Facts(self.model, self.classifies)

    def copy(self):
        return copy.deepcopy(self.model)


def random_cases(bases, count, seed, only):
    """(name, base, settings, parameters trained beside them, seed) of so many cases, on every model before any is taken again."""
    order = random.Random(seed).sample(bases, len(bases))
    for index in range(count):
        rng, base = random.Random(seed * 100_003 + index), order[index % len(order)]
        name = f"{index:04}-{base.name}"
        if only and name not in only and str(index) not in only:
            continue
        settings, facts, beside = random_settings(rng, base.facts), base.facts, None
        if rng.random() < 0.15 and settings["method"] not in (*VIRTUAL, "llama-adapter"):
            # Single parameters, which PEFT cannot train and has to be able to load.
            beside = rng.choice([
                [{"bias_only": True}], [{"input_embedding": True}], [{"norms_only": True}], [f"{rng.choice(facts.norms)}.weight"],
                [f"{rng.choice(facts.linear)}.weight"]])
        yield name, base, settings, beside, rng.randrange(2**31)


def matrix_cases(bases, seed, only):
    """The same of every method on every model."""
    for base in bases:
        if only and base.kind not in only and base.name not in only:
            continue
        for words, settings in matrix_settings(base.facts).items():
            yield f"{base.name}-{words}", base, settings, None, seed


def make_case(folder, name, base, settings, beside, seed):
    """PEFT's side of a case: its adapter and logits, or why it made none."""
    rng, classifies = random.Random(seed), base.classifies
    least = 5
    case = dict(name=name, base=str(base.folder), settings=settings, tuning=tuning_of(settings), classifies=classifies,
                ids=[rng.randrange(least, min(base.facts.vocabulary, 110)) for _ in range(LENGTH)])
    torch.manual_seed(seed)
    if beside:
        case["tuning"]["train_parameters"] = beside
    folder.mkdir(parents=True)
    try:
        config = config_of(settings, "SEQ_CLS" if classifies else "CAUSAL_LM")
        if saved := SAVED.get(base.kind) if classifies else None:
            config.modules_to_save = [*(config.modules_to_save or []), *saved]
        if settings["method"] in ("prompt", "p-tuning"):
            # PEFT knows not all names of these in a config, and takes the width of the layers for that of the embeddings.
            config.token_dim, config.num_attention_heads, config.num_layers = base.facts.width, base.facts.heads, base.facts.layers
        model = get_peft_model(base.copy(), config)
        case["adapted"], case["trained"] = (list(filter(base.facts.reaches, names)) for names in module_names(model))
        stir(model, base.facts)
        model.eval()
        model.save_pretrained(folder / "peft")
        loaded = PeftModel.from_pretrained(base.copy(), folder / "peft").eval()
        case["logits"] = logits(loaded, case["ids"], classifies)
        case["memory"] = logits(model, case["ids"], classifies)
    except Exception as error:  # whatever PEFT refuses with
        case["refused"] = reason(error)
        shutil.rmtree(folder / "peft", ignore_errors=True)
    return case


def check_case(report, case, result, folder, base):
    """Compares what both sides made of a case."""
    name, classifies, ids = case["name"], case["classifies"], case["ids"]
    if "defect" in result:
        return report.fail(name, result["defect"])
    tensor = lambda file: load_file(folder / f"{file}.safetensors")["logits"]
    merged = lambda part: logits(load_base(folder / part, classifies), ids, classifies)
    read, made = result.get("read"), result["made"]
    if "refused" in case:
        side = "refused" if "refused" in made else "accepted"
        report.refused(f"PEFT refuses, {side} here: {case['refused']}", case, side == "refused")
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
    theirs = PeftModel.from_pretrained(base.copy(), folder / "adapter").eval()
    report.check(name, "made here, read by PEFT", logits(theirs, ids, classifies), tensor("made"))
    if made["merges"]:
        report.check(name, "made here, merged here", merged("merged"), tensor("made"))
    if "refused" in case or "train_parameters" in case["tuning"] or report.is_otherwise(name):
        return None
    if made["modules"] != case["adapted"]:
        report.fail(name, f"adapts {sorted(set(made['modules']) ^ set(case['adapted']))} otherwise than PEFT")
    # A tied head is trained with its table here, and a classifier's beside LLaMA-Adapter too.
    different, facts = set(made["trained"]) ^ set(case["trained"]), base.facts
    if case["settings"]["method"] == "llama-adapter":
        different.discard("score.weight")
    if different - ({f"{facts.head}.weight", f"{facts.table}.weight"} if facts.tied else set()):
        report.fail(name, f"trains {sorted(different)} otherwise than PEFT")
    return None


def run(work, seed, count=40, only=None, matrix=False):
    """Makes and compares `count` random cases, or those of the matrix; returns the report."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    warnings.simplefilter("ignore")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    bases = [Base(work, *base) for base in BASES]
    cases, base_of = [], {}
    for case in matrix_cases(bases, seed, only) if matrix else random_cases(bases, count, seed, only):
        name, base, *_ = case
        cases.append(make_case(work / name, *case))
        base_of[name] = base
    kept = ("name", "base", "ids", "tuning")
    lines = [json.dumps({**{key: case[key] for key in kept}, "madeByPeft": "refused" not in case}) for case in cases]
    (work / "cases.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    node = ["node.exe" if os.name == "nt" else "node", "--import", "tsx", str(HERE / "property_adapters.ts"), str(work)]
    subprocess.run(node, cwd=HERE.parent, check=True)
    results = map(json.loads, (work / "results.jsonl").read_text(encoding="utf-8").splitlines())
    report = Report(matrix)
    for case, result in zip(cases, results, strict=True):
        name = case["name"]
        try:
            check_case(report, case, result, work / name, base_of[name])
        except Exception as error:  # PEFT or transformers cannot load what was written
            report.fail(name, f"{type(error).__name__}: {reason(error)}")
        if report.is_otherwise(name) and name not in report.alone:
            report.fail(name, "OTHERWISE names it, and not one side alone refuses it")
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
    report = run(work / "random-adapters", seed, count)
    tally.check(f"{count} random adapters", not report.failures, f"{len(report.failures)} failed" if report.failures else "")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--work", type=Path, default=HERE / ".work" / "adapters")
    arguments.add_argument("--cases", type=int, default=40)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    arguments.add_argument("--only", nargs="+", help="of random cases the name or number, of the matrix the models")
    arguments.add_argument("--matrix", action="store_true", help="every method on every model")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    print(f"seed {options.seed}", flush=True)
    report = run(options.work.resolve(), options.seed, options.cases, options.only, options.matrix)
    for what, times in sorted(report.checks.items()):
        print(f"{times:6} comparisons: {what}")
    for words, times in report.refusals.most_common():
        print(f"{times:6} {words}\n       {report.examples[words]}")
    print(f"{report.passed} passed, {len(report.failures)} failed")
    raise SystemExit(1 if report.failures or not report.passed else 0)


if __name__ == "__main__":
    main()
