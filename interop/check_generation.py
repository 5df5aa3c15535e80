"""Compares what the studio writes with its caches to transformers' generate: greedily, with beams, and several prompts at once.

    python interop/check_generation.py [--work interop/.work/generation] [--seed 11] [--kind NAME ...]

Makes the tiny model of every kind of `cases.py` anew from the seed. Prompts of one token, of some, and of more than the windows
hold; transformers fills shorter prompts of a batch with padding on the left.
"""

import argparse
import json
import random
import shutil
import subprocess
from pathlib import Path

import torch

from cases import FILE_DTYPES, MODELS, make_model

ROOT = Path(__file__).resolve().parent.parent
KINDS = [kind for kind in MODELS if kind not in FILE_DTYPES]
# A state and gated attention, windows among other layers, learned positions.
SAMPLE = ["qwen3_5_text", "gemma3", "opt"]
NEW, PAD, NO_END = 8, 1, -1
LENGTHS = (1, 7, 20)


def generated(model, prompts, ends, **settings):
    """The ids after each prompt, up to where it ends."""
    longest = max(map(len, prompts))
    rows = torch.tensor([[PAD] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    out = model.generate(rows, attention_mask=mask, do_sample=False, max_new_tokens=NEW, eos_token_id=ends or NO_END, pad_token_id=PAD, **settings)
    found = []
    for row in out[:, longest:].tolist():
        stop = next((place for place, token in enumerate(row) if token in ends), len(row))
        found.append(row[:stop])
    return found


def write_kind(folder, kind, seed):
    """Writes the model and what transformers makes of it: [{prompts, beams, ends, ids}]."""
    model = make_model(kind, seed).eval()
    model.save_pretrained(folder)
    # Other implementations of attention leave Gemma 2's bound on scores out; in float64 this one makes NaN of padding.
    model.set_attn_implementation("eager")
    vocabulary = model.config.get_text_config().vocab_size
    rng = random.Random(seed)
    prompts = [[rng.randrange(2, vocabulary) for _ in range(length)] for length in LENGTHS]
    # A token that greedy decoding comes upon makes one of the answers end.
    ends = [generated(model, prompts[1:2], [])[0][3]]
    cases = [dict(prompts=[prompt], beams=beams, ends=ends) for prompt in prompts for beams in (1, 3)]
    cases.append(dict(prompts=prompts, beams=1, ends=ends))
    for case in cases:
        case["ids"] = generated(model, case["prompts"], ends, num_beams=case["beams"])
    return cases


def check(tally, work, seed, kinds=KINDS):
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    wanted = {kind: write_kind(work / kind, kind, seed) for kind in kinds}
    (work / "wanted.json").write_text(json.dumps(wanted))
    command = ["node", "--import", "tsx", "interop/check_generation.ts", str(work)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise RuntimeError("\n        ".join(done.stderr.strip().splitlines()[-12:]))
    found = json.loads((work / "found.json").read_text())
    for kind, cases in wanted.items():
        apart = [f"{len(case['prompts'])} prompts, {case['beams']} beams: {ours} instead of {case['ids']}"
                 for case, ours in zip(cases, found[kind], strict=True) if ours != case["ids"]]
        tally.check(f"{kind} writes what transformers writes", not apart, "; ".join(apart) or f"{len(cases)} cases")


if __name__ == "__main__":
    from test_interop import Tally

    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, default=ROOT / "interop" / ".work" / "generation")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--kind", nargs="+", default=KINDS)
    given = parser.parse_args()
    tally = Tally()
    check(tally, given.work.resolve(), given.seed, given.kind)
    raise SystemExit(1 if tally.failed or not tally.passed else 0)
