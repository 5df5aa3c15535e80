"""The project for a cluster, run with accelerate on two processes of this computer's CPU, and the way back.

    python interop/check_cluster.py [--case NAME ...] [--work interop/.work/cluster]

For every case: the studio trains FIRST updates, writes the project, and goes on; \
`accelerate launch --cpu --num_processes 2` goes on in the project with TRL, transformers and PEFT. The next NEXT losses
and gradient norms, and the rewards of pairs, must be those of the studio. Then the studio goes on from what train.py saved, and its NEXT losses
after that must again be those of the run that never left. Of one case PyTorch, too, goes on from what it saved; and
lost moments or shifted rows must be seen.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
FIRST, NEXT = 7, 5
# Relative. float32 on both sides, with another order of summation.
CURVE = 1e-3

PACKED = {"tokenizer": {"packing": True, "max_length": 60}, "training": {"shuffle": True, "max_steps": 0, "epochs": 12},
          "dataset": {"validation_strategy": "automatic", "validation_size": 0.2}}
SHUFFLED = {"training": {"shuffle": True, "drop_last_batch": False, "gradient_clip": 0.5, "evaluation_epochs": 0.5},
            "dataset": {"validation_strategy": "automatic", "validation_size": 0.3}}
# Sixteen pairs, so that the last update of an epoch has one of three.
SHUFFLED_PAIRS = {**SHUFFLED, "training": {**SHUFFLED["training"], "batch_size": 3}}
# case: (folder of interop/golden, settings over those of its run.json)
CASES = {
    "llama-lora": ("llama-lora", {}),
    "gpt2-lora": ("gpt2-lora", SHUFFLED),
    "llama-full": ("llama-full", {}),
    "bert-lora": ("bert-lora", SHUFFLED),
    "llama-packed": ("llama-lora", PACKED),
    # The last window of an epoch holds one batch of the two
    "qwen2-lora": ("qwen2-lora", {}),
    "gpt2-full": ("gpt2-full", {}),
    "bert-full": ("bert-full", {}),
    "llama-score-lora": ("llama-score-lora", {}),
    "gpt2-score-full": ("gpt2-score-full", {}),
    "llama-lora-patterns": ("llama-lora-patterns", {}),
    "qwen2-lora-bias": ("qwen2-lora-bias", {}),
    "gpt2-dora": ("gpt2-dora", {}),
    "llama-vera": ("llama-vera", {}),
    "gpt2-ia3": ("gpt2-ia3", {}),
    "gpt2-lora-embedding": ("gpt2-lora-embedding", {}),
    # TRL takes no adapter on the head, transformers' own trainer does
    "phi-lora-head": ("phi-lora-head", {}),
    "gemma2-lora": ("gemma2-lora", {}),
    "llama-layer-wise": ("llama-layer-wise", {}),
    "llama-dpo-lora": ("../golden-preferences/llama-dpo-lora", {}),
    "gpt2-dpo-lora": ("../golden-preferences/gpt2-dpo-lora", SHUFFLED_PAIRS),
    # IPO, and two batches an update
    "llama-dpo-full": ("../golden-preferences/llama-dpo-full", {}),
    "gpt2-dpo-full": ("../golden-preferences/gpt2-dpo-full", {}),
    # So little is told apart that no margin is reached
    "llama-hinge-lora": ("../golden-preferences/llama-hinge-lora", {"training": {"beta": 0.05, "learning_rate": 1e-3}}),
}
# What `--sample` takes.
SAMPLE = ["llama-lora", "gpt2-lora", "llama-full", "bert-lora", "gpt2-dpo-lora"]
# Runs that the project cannot carry on, and a part of the reason.
REFUSED = {
    "llama-adam": "only the moments of AdamW",
    "llama-sample-averaged": "a mean over rows",
    "llama-prefix": "PEFT does not train prefix on",
    "gpt2-series": "of AdapterHub",
    "bert-regression": "numbers, tags, several labels",
    "bert-tags-lora": "numbers, tags, several labels",
}


def run_file(work, folder, settings):
    """The run config of a golden case with its paths made whole and some settings changed."""
    golden = HERE / "golden" / folder
    config = json.loads((golden / "run.json").read_text(encoding="utf-8"))
    for section, keys in settings.items():
        config.setdefault(section, {}).update(keys)
    for section, key in (("model", "llm_backbone"), ("dataset", "train_dataframe"), ("tuning", "init_from")):
        if config[section].get(key):
            config[section][key] = str((golden / config[section][key]).resolve())
    work.mkdir(parents=True, exist_ok=True)
    (work / "run.json").write_text(json.dumps(config), encoding="utf-8")
    return work / "run.json", config["model"]["llm_backbone"]


def launch(project, base, *options, processes=2):
    """train.py on so many processes; what it said."""
    config = "accelerate/one.yaml" if processes == 1 else "accelerate/ddp.yaml"
    said = started(project, "accelerate.commands.launch", "--config_file", config, "--num_processes", processes, "train.py",
                   "--model", base, *options)
    if f"on {processes} processes" not in said:
        raise RuntimeError(f"train.py did not run on {processes} processes: {said[-500:]}")
    return said


def started(project, launcher, *options):
    command = [sys.executable, "-m", launcher, *map(str, options)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=900, env=environment)
    if done.returncode:
        raise RuntimeError("train.py: " + "\n        ".join((done.stderr or done.stdout).strip().splitlines()[-15:]))
    return done.stdout


def curve(folder, first, count=NEXT):
    """Losses and gradient norms of the updates after `first`, and the validation losses where they were evaluated."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = {line["step"]: line for line in lines if line.get("loss") is not None}
    wanted = [steps[step] for step in range(first + 1, first + count + 1)]
    evaluated = {line["step"]: line["eval_loss"] for line in wanted if "eval_loss" in line}
    rewards = [[value for key, value in sorted(line.items()) if "rewards/" in key] for line in wanted]
    return {**{key: [line[key] for line in wanted] for key in ("loss", "grad_norm")}, "eval_loss": evaluated, "rewards": rewards}


def is_near(ours, theirs):
    return all(abs(a - b) <= CURVE * abs(b) for a, b in zip(ours, theirs, strict=True))


def exported(studio, work, case):
    """A run that was stopped, the project made of it, and the same run gone on with here."""
    shutil.rmtree(work, ignore_errors=True)
    config, base = run_file(work, *CASES[case])
    studio("train", config, "--out", work / "run", "--stop-after", FIRST)
    studio("export", work / "run", "--to", "cluster", "--out", work / "project")
    studio("train", config, "--out", work / "run", "--resume", "--stop-after", FIRST + 2 * NEXT)
    return config, base, work / "project"


def check_case(tally, studio, work, case):
    config, base, project = exported(studio, work, case)
    untouched = shutil.copytree(project, work / "untouched")
    ours = curve(work / "run", FIRST)
    losses = ours["loss"]
    tally.check(f"{case}: there is something to learn", all(losses) and all(ours["grad_norm"]))
    launch(project, base, "--stop-after", NEXT)
    theirs = curve(project / "run", FIRST)
    for key, what in (("loss", "losses"), ("grad_norm", "gradient norms")):
        tally.curve(f"{case}: {what} of accelerate on two processes are the studio's next", theirs[key], ours[key], CURVE)
    if "golden-preferences" in CASES[case][0]:
        alone = shutil.copytree(untouched, work / "alone")
        launch(alone, base, "--stop-after", NEXT, processes=1)
        tally.curve(f"{case}: losses on one process", curve(alone / "run", FIRST)["loss"], losses, CURVE)
        # Of an update 4, and as many of an evaluation. Absolute: they begin at 0.
        pairs = [both for each in zip(theirs["rewards"], ours["rewards"], strict=True) for both in zip(*each, strict=True)]
        worst = max(abs(a - b) for a, b in pairs)
        tally.check(f"{case}: rewards of pairs", len(pairs) >= 4 * NEXT and worst <= CURVE, f"off by {worst:.1e} at most")
    if "evaluation_epochs" in CASES[case][1].get("training", {}):
        ours, theirs = ours["eval_loss"], theirs["eval_loss"]
        tally.check(f"{case}: validation losses at {', '.join(map(str, ours))}", len(ours) > 1 and ours.keys() == theirs.keys()
                    and is_near(theirs.values(), ours.values()), f"{theirs} {ours}")
    returned = shutil.copytree(project / "run", work / "returned")
    studio("train", config, "--out", returned, "--resume", "--stop-after", FIRST + 2 * NEXT)
    later = curve(work / "run", FIRST + NEXT)
    tally.curve(f"{case}: back in the studio the losses after that", curve(returned, FIRST + NEXT)["loss"], later["loss"], CURVE)
    if case == SAMPLE[0]:
        launch(project, base, "--resume", "--stop-after", 2 * NEXT)
        tally.curve(f"{case}: PyTorch's own after that", curve(project / "run", FIRST + NEXT)["loss"], later["loss"], CURVE)
        check_mutations(tally, untouched, base, losses)
        check_shards(tally, untouched, base)


def check_mutations(tally, project, base, ours):
    """What is lost on the way must show in the losses."""
    for what, spoil in (("moments that are lost", lose_moments), ("rows that are shifted by one", shift_rows)):
        spoilt = shutil.copytree(project, project.with_name("spoilt"), dirs_exist_ok=True)
        spoil(spoilt)
        launch(spoilt, base, "--stop-after", NEXT)
        theirs = curve(spoilt / "run", FIRST)["loss"]
        tally.check(f"{what} are seen", not is_near(theirs, ours), f"{max(abs(a - b) for a, b in zip(theirs, ours)):.1e}")
        shutil.rmtree(spoilt)


def check_shards(tally, project, base):
    said = started(project, "torch.distributed.run", "--nproc_per_node", "2", HERE / "sharded_handover.py", base)
    tally.check("weights and moments over FSDP2's shards are those of the run", said.count("a changed moment is seen") == 2, said[-80:])


def lose_moments(project):
    [path] = project.glob("run/checkpoints/step-*.safetensors")
    with safe_open(path, "pt") as checkpoint:
        tensors = {name: checkpoint.get_tensor(name) for name in checkpoint.keys()}
        metadata = checkpoint.metadata()
    save_file({name: value * 0 if name.startswith("moment") else value for name, value in tensors.items()}, path, metadata)


def shift_rows(project):
    path = project / "data" / "updates.jsonl"
    updates = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for update in updates for row in update["rows"]]
    rows = iter([*rows[1:], rows[0]])
    shifted = [{**update, "rows": [next(rows) for _ in update["rows"]]} for update in updates]
    path.write_text("".join(json.dumps(update) + "\n" for update in shifted), encoding="utf-8")


def check_refusals(tally, studio, work):
    for case, reason in REFUSED.items():
        shutil.rmtree(work / case, ignore_errors=True)
        config, _ = run_file(work / case, case, {})
        (work / case / "info.json").write_text("{}")
        try:
            studio("export", work / case, "--to", "cluster", "--out", work / case / "project")
            said = "it was written"
        except RuntimeError as error:
            said = str(error)
        tally.check(f"{case} is refused", reason in said and not (work / case / "project").exists(), said[-160:])


def check(tally, studio, work, cases=SAMPLE):
    for case in cases:
        check_case(tally, studio, work / case, case)
    check_refusals(tally, studio, work / "refused")


if __name__ == "__main__":
    from test_interop import Tally, studio

    arguments = argparse.ArgumentParser()
    arguments.add_argument("--work", type=Path, default=HERE / ".work" / "cluster")
    arguments.add_argument("--case", nargs="+", default=list(CASES))
    options = arguments.parse_args()
    tally = Tally()
    check(tally, studio, options.work.resolve(), options.case)
    print(f"{tally.passed} passed, {tally.failed} failed")
    raise SystemExit(1 if tally.failed or not tally.passed else 0)
