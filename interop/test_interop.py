"""Compares the studio with PyTorch, transformers and PEFT on freshly made cases.

    python interop/test_interop.py [--work interop/.work] [--seed 11] [--case NAME ... | --sample]

For every case of `cases.py` and `classifiers.py` (with `--sample` for as many as meet every architecture, method and
kind of head once): makes model, data and initial adapter anew, trains them in PyTorch, then with the studio's `train`,
and compares. The last line says how many comparisons passed; any failure is an exit status of 1.
"""

import argparse
import json
import re
import shutil
import subprocess
import traceback
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file

import check_bitsandbytes
import check_cluster
import check_generation
import check_gguf
import check_gguf_labels
import embeddings
import exports
import make_golden
import masked
import property_adapters
import preferences
import property_tables
import property_templates
import real_classifier
import row_losses
import tags
from cases import CASES, open_writer, run_config
from classifiers import CLASSIFIER_CASES
from compare_classifiers import compare_classifier
from methods import ADAPTERHUB
from make_golden import HERE, adapterhub, logits, make, model_folder

ROOT = HERE.parent
# Relative, per step. The same case in float32 and float64 differs by less than 1e-5 (make_golden checks it), so this
# leaves room for another order of summation and none for another formula.
CURVE = 1e-3
# Of the largest logit, with the same weights.
SAME_WEIGHTS = 1e-4
# Of the largest logit, each side with the weights it trained: 20 steps let the curve's tolerance grow.
TRAINED_APART = 1e-3
# Whose rows are looked at one by one.
ROWS_CASE = "llama-lora"
# A published checkpoint, not a tiny random one.
REAL_CASE = "minilm"
# No training: tables, conversations and adapters drawn by the seed.
RANDOM_CASES = {
    "random-tables": property_tables.check,
    "random-conversations": property_templates.check,
    "random-adapters": property_adapters.check,
}
# llama.cpp itself reads what is written as GGUF, of every family that it has.
GGUF_CASE = "gguf"
# What is written with caches, by every kind of model, and with --sample by those whose layers are unlike.
GENERATION_CASES = {"generation": check_generation.KINDS, "generation-sample": check_generation.SAMPLE}
# accelerate goes on with runs in two processes, and the studio with what they saved.
CLUSTER_CASE = "cluster"
# Trains on bases that bitsandbytes published, in all its forms or in that which most are published in.
BITSANDBYTES_CASES = {"bitsandbytes": check_bitsandbytes.FORMS, "bitsandbytes-sample": check_bitsandbytes.SAMPLE}
# An encoder, a decoder and a whole model.
TAG_SAMPLE = ["bert-tags-lora", "llama-tags-lora", "gpt2-tags-full"]
MASKED_SAMPLE = ["modernbert-masked-lora"]
# What `npm run studio` starts, without npm's own second.
TSX = "node_modules/tsx/dist/cli.mjs"


class Tally:
    """Counts comparisons and prints each."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"  {'pass' if good else 'FAIL'}  {name}{'  ' + detail if detail else ''}", flush=True)

    def curve(self, name, ours, theirs, tolerance=CURVE):
        """Two lists of one number a step; a learning rate of exactly 0 must be 0 on both sides."""
        if len(ours) != len(theirs):
            return self.check(name, False, f"{len(ours)} steps instead of {len(theirs)}")
        errors = [abs(a - b) / max(abs(b), 1e-12) if isinstance(a, (int, float)) else float("inf") for a, b in zip(ours, theirs)]
        step = max(range(len(errors)), key=lambda i: errors[i])
        # `<=` and not `>`: a NaN must fail.
        good = all(error <= tolerance for error in errors)
        self.check(name, good, f"worst relative difference {errors[step]:.1e} at step {step + 1} of {len(errors)}")

    def tensor(self, name, ours, theirs, tolerance):
        """Largest difference as a share of the largest value of `theirs`."""
        if ours.shape != theirs.shape:
            return self.check(name, False, f"shape {list(ours.shape)} instead of {list(theirs.shape)}")
        error = ((ours.float() - theirs.float()).abs().max() / theirs.abs().max()).item()
        self.check(name, error <= tolerance, f"{error:.1e} of the largest value")


def studio(*arguments):
    """Runs the studio's command line; raises with what it said if it fails."""
    if arguments[0] in ("export", "merge"):
        # What an earlier comparison left: the studio writes into no folder with anything in it.
        shutil.rmtree(arguments[arguments.index("--out") + 1], ignore_errors=True)
    command = ["node", TSX, "src/cli/main.ts", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-12:]
        raise RuntimeError(f"studio {arguments[0]} ended with {done.returncode}: " + "\n        ".join(said))
    return done.stdout


def studio_classify(work):
    """A function that gives what the studio says of texts."""
    def said(model, texts, adapter=None):
        (work / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
        with_adapter = ["--adapter", adapter] if adapter else []
        lines = studio("classify", "--model", model, *with_adapter, "--file", work / "texts.txt", "--json").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]
    return said


def studio_logits(folder, out, ids, adapter=None):
    """Logits [length, vocabulary] that the studio computes."""
    with_adapter = ["--adapter", adapter] if adapter else []
    studio("logits", "--model", folder, *with_adapter, "--ids", ",".join(map(str, ids)), "--out", out)
    return load_file(out)["logits"]


def read_metrics(path):
    """The lines of metrics.jsonl that tell of a training step, in order of steps."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    steps = sorted((line for line in lines if line.get("loss") is not None), key=lambda line: line["step"])
    return {key: [line.get(key) for line in steps] for key in ("loss", "grad_norm", "learning_rate")}


def compare_adapter(tally, folder, out, expected, tensors):
    """The adapter the studio wrote, loaded with PEFT."""
    ids, adapter, base_folder = expected["probe_ids"], out / "adapter", model_folder(folder, folder.name)
    ours = studio_logits(base_folder, out / "logits.safetensors", ids, adapter)
    base = open_writer(base_folder)
    model = PeftModel.from_pretrained(base, adapter).eval()
    # PEFT only warns about missing tensors, so the names are compared before its logits are believed.
    written = load_file(adapter / "adapter_model.safetensors")
    wanted = get_peft_model_state_dict(model, save_embedding_layers=False)
    tally.check("adapter holds exactly PEFT's tensors", set(written) == set(wanted) == set(expected["trained"]),
                f"{len(written)} tensors")
    tally.tensor("PEFT's logits with our adapter", logits(model, ids), ours, SAME_WEIGHTS)
    tally.tensor("our adapter against PEFT's training", ours, tensors["logits_after"], TRAINED_APART)
    if (folder / "adapter-initial").exists():
        initial = studio_logits(base_folder, out / "logits-initial.safetensors", ids, folder / "adapter-initial")
        tally.tensor("logits with PEFT's adapter", initial, tensors["logits_start"], SAME_WEIGHTS)


def compare_adapterhub(tally, folder, out, expected, tensors):
    """The adapter the studio wrote, loaded with AdapterHub's library."""
    ids, adapter, base_folder = expected["probe_ids"], out / "adapter", model_folder(folder, folder.name)
    ours = studio_logits(base_folder, out / "logits.safetensors", ids, adapter)
    found = json.loads(adapterhub("logits", base_folder, adapter, json.dumps(ids), out / "logits-adapterhub.safetensors"))
    written = load_file(adapter / "adapter.safetensors")
    tally.check("adapter holds exactly AdapterHub's tensors", sorted(written) == found, f"{len(written)} tensors")
    theirs = load_file(out / "logits-adapterhub.safetensors")["logits"]
    tally.tensor("AdapterHub's logits with our adapter", theirs, ours, SAME_WEIGHTS)
    tally.tensor("our adapter against AdapterHub's training", ours, tensors["logits_after"], TRAINED_APART)
    initial = studio_logits(base_folder, out / "logits-initial.safetensors", ids, folder / "adapter-initial")
    tally.tensor("logits with AdapterHub's adapter", initial, tensors["logits_start"], SAME_WEIGHTS)


def stacked(tensors):
    """The matrices of single experts as transformers' stacks of them, and all else as it is."""
    of_experts = re.compile(r"(.*\.experts)\.\d+\.\w+\.weight")
    result = {name: value for name, value in tensors.items() if not of_experts.fullmatch(name)}
    for module in {found[1] for found in map(of_experts.fullmatch, tensors) if found}:
        count = 1 + max(int(name.split(".experts.")[1].split(".")[0]) for name in tensors if name.startswith(f"{module}."))
        *both, down = ("w1", "w3", "w2") if f"{module}.0.w1.weight" in tensors else ("gate_proj", "up_proj", "down_proj")
        each = lambda expert, *names: torch.cat([tensors[f"{module}.{expert}.{name}.weight"] for name in names])
        result[f"{module}.gate_up_proj"] = torch.stack([each(expert, *both) for expert in range(count)])
        result[f"{module}.down_proj"] = torch.stack([each(expert, down) for expert in range(count)])
    return result


def compare_model(tally, folder, out, expected, tensors):
    """The changed weights the studio wrote after full fine-tuning, loaded with transformers."""
    # We write what the base's file calls its tensors; transformers reads some under other names.
    def plain(name):
        name = name.replace("embed_out.", "lm_head.").replace("language_model.model.", "model.language_model.")
        for ours, theirs in (("input_linear.weight", "experts.gate_up_proj"), ("output_linear.weight", "experts.down_proj"), ("router.layer", "router")):
            name = name.replace(f"block_sparse_moe.{ours}", f"block_sparse_moe.{theirs}")
        return f"model.{name}" if name.startswith(("vision_tower.", "multi_modal_projector.")) else name
    written = stacked({plain(name): value for name, value in load_file(out / "model" / "model.safetensors").items()})
    missing = set(expected["trained"]) - set(written)
    tally.check("changed weights are all there", not missing, f"missing {sorted(missing)[:3]}" if missing else f"{len(written)} tensors")
    base_folder = model_folder(folder, folder.name)
    model = open_writer(base_folder).eval()
    base = model.state_dict()
    moved = sorted(name for name in written if name not in expected["trained"] and not torch.equal(written[name], base[name]))
    tally.check("frozen weights stay as they were", not moved, f"changed: {moved[:3]}" if moved else "")
    result = model.load_state_dict(written, strict=False)
    tally.check("transformers knows every tensor", not result.unexpected_keys, str(result.unexpected_keys[:3] or ""))
    tally.tensor("transformers' logits with our weights", logits(model, expected["probe_ids"]), tensors["logits_after"], TRAINED_APART)


def run_case(tally, case, work, seed):
    """Makes, trains and compares one case."""
    if case in RANDOM_CASES:
        return RANDOM_CASES[case](tally, work, seed)
    if case == GGUF_CASE:
        check_gguf.check(tally, work, seed)
        return check_gguf_labels.check(tally, work, seed)
    if case in GENERATION_CASES:
        return check_generation.check(tally, work / case, seed, GENERATION_CASES[case])
    if case in BITSANDBYTES_CASES:
        return check_bitsandbytes.check(tally, studio, work / case, BITSANDBYTES_CASES[case])
    if case == CLUSTER_CASE:
        return check_cluster.check(tally, studio, work / "cluster")
    if case == REAL_CASE:
        return real_classifier.check(tally, studio, studio_classify(work), work, make_golden)
    if case in tags.TAG_CASES:
        return tally.check(case, True, tags.check(HERE / "golden" / case, case))
    if case in embeddings.CASES:
        print(embeddings.make(work / case, case, seed), flush=True)
        return tally.check(case, True, embeddings.check(work / case, case))
    if case in masked.MASKED_CASES:
        print(masked.make(work / case, case, seed), flush=True)
        return tally.check(case, True, masked.check(work / case, case))
    folder, out = work / case, work / f"{case}-out"
    shutil.rmtree(out, ignore_errors=True)
    if case in preferences.PREFERENCE_CASES:
        print(preferences.make(folder, case, seed, make_golden), flush=True)
        return preferences.compare(tally, studio, studio_logits, folder, out, SAME_WEIGHTS, TRAINED_APART)
    print(make(folder, case, seed), flush=True)
    expected, tensors = json.loads((folder / "expected.json").read_text()), load_file(folder / "expected.safetensors")
    studio("train", folder / "run.json", "--out", out)
    metrics = read_metrics(out / "metrics.jsonl")
    tally.curve("loss of every step", metrics["loss"], expected["losses"])
    tally.curve("gradient norm of every step", metrics["grad_norm"], expected["grad_norms"])
    tally.curve("learning rate of every step", metrics["learning_rate"], expected["learning_rates"], 1e-5)
    if case in CLASSIFIER_CASES:
        return compare_classifier(tally, studio, folder, out, expected, tensors)
    base = studio_logits(model_folder(folder, case), out / "logits-base.safetensors", expected["probe_ids"])
    tally.tensor("logits of the base model", base, tensors["logits_base"], SAME_WEIGHTS)
    method = CASES[case][2]["method"]
    compare = compare_model if method == "full" else compare_adapterhub if method in ADAPTERHUB else compare_adapter
    compare(tally, folder, out, expected, tensors)
    if case == ROWS_CASE:
        row_losses.compare(tally, studio, folder, model_folder(folder, case), out, run_config(case), make_golden)
    exports.compare_exports(tally, studio, studio_logits, folder, model_folder(folder, case), out, expected, CASES[case][2])


def sample():
    """Names of cases that together meet every architecture, method and kind of head once."""
    seen, chosen = set(), []
    for name, (model, *_, tuning, _) in CASES.items():
        traits = {model.split("-")[0], tuning["method"], *(key for key in tuning if key.startswith("use_"))}
        if not traits <= seen:
            chosen.append(name)
            seen |= traits
    seen = set()
    for name, (model, problem, _, tuning, _) in CLASSIFIER_CASES.items():
        traits = {model, problem, tuning["method"]}
        if not traits <= seen:
            chosen.append(name)
            seen |= traits
    return chosen


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--work", type=Path, default=HERE / ".work")
    arguments.add_argument("--seed", type=int, default=11)
    arguments.add_argument("--case", nargs="+", default=[*CASES, *CLASSIFIER_CASES, *tags.TAG_CASES, *masked.MASKED_CASES, *embeddings.CASES, *preferences.PREFERENCE_CASES, REAL_CASE, GGUF_CASE, CLUSTER_CASE, "bitsandbytes", "generation", *RANDOM_CASES])
    arguments.add_argument("--sample", action="store_true", help="every architecture, method and kind of head once")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    tally = Tally()
    for case in [*sample(), *TAG_SAMPLE, *MASKED_SAMPLE, *embeddings.SAMPLE, *preferences.PREFERENCE_SAMPLE, REAL_CASE, GGUF_CASE, CLUSTER_CASE, "bitsandbytes-sample", "generation-sample", *RANDOM_CASES] if options.sample else options.case:
        try:
            run_case(tally, case, options.work.resolve(), options.seed)
        except Exception as error:  # one broken case must not hide the others
            tally.check(case, False, "".join(traceback.format_exception_only(error)).strip())
    print(f"{tally.passed} passed, {tally.failed} failed")
    raise SystemExit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
