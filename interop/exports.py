"""Other forms of what the studio trained, each loaded by the program that it is for: MLX, LoRA by SVD, and the READMEs."""

import json
import os
import platform
import re
import subprocess
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import ModelCard
from huggingface_hub.repocard import metadata_load
from huggingface_hub.utils import validate_repo_id
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file
from transformers import AutoTokenizer
from transformers.pytorch_utils import Conv1D

from cases import MODELS, OLDER_DIALECT, PROMPT_START, SEPARATOR, older_dialect, open_writer
from make_golden import HERE, logits, write_json, write_model

# Of the largest logit, f32 on both sides; mlx-lm's kernels sum in another order.
MLX = 1e-3
SAME_WEIGHTS = 1e-4
# Shorter than the windows of the cases that have one: mlx-lm lets some of these families look at everything.
SEEN = 6
# Models with adapters that PEFT draws. mlx-lm takes the MLP of two types for four times as wide as the model, which the tiny
# ones are not; the other has what no case has that MLX can hold: ranks and scales that differ, the table and the head.
DRAWN = {
    "gpt2": (dict(n_inner=120), dict(target_modules="all-linear")),
    "gpt_neox": (dict(intermediate_size=144), dict(target_modules="all-linear")),
    "llama": ({}, dict(target_modules=["q_proj", "v_proj", "embed_tokens", "lm_head"], rank_pattern={"v_proj": 1},
                       alpha_pattern={"v_proj": 5}, use_rslora=True)),
    # Layers of both kinds, by paths that mlx-lm has otherwise
    "qwen3_5": ({}, dict(target_modules=r".*language_model.*(q_proj|o_proj|in_proj_qkv|in_proj_a|out_proj|down_proj)")),
}
# Saved by transformers 5, with other angles than those that mlx-lm takes where it finds none.
NEWER_ROPE = ("ernie4_5", "hunyuan_v1_dense", "starcoder2")
NARROW = ("gpt2", "gpt_neox")
NOT_FOR_MLX = ("opt", "gemma3", "gemma3n", "gemma3n_text", "gemma4", "gemma4_text", "mistral3", "granitemoehybrid", "granitemoe", "olmoe", "lfm2_moe", "qwen3_5_text")
# Full fine-tuning changes A_log and dt_bias, AltUp's scale, or experts and routers, which PEFT has no place for beside LoRA.
NOT_AS_LORA = ("qwen3_5", "qwen3_5_text", "gemma3n", "granitemoe", "olmoe", "lfm2_moe")
# Forms that a run of this program has checked: each once for a kind of model, or a method.
DONE = set()


def is_first(*what):
    """Whether a form has not been checked yet; every command of the studio takes seconds."""
    first = what not in DONE
    DONE.add(what)
    return first


def mlx(*arguments):
    """Runs mlx_adapters.py; None where there is no environment for it, as on Windows."""
    python = HERE / ".venv-mlx" / "bin" / "python"
    if not python.exists() and (os.name == "nt" or (platform.system() == "Darwin" and platform.machine() != "arm64")):
        return None
    done = subprocess.run([python, HERE / "mlx_adapters.py", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("mlx_adapters.py: " + done.stderr.strip()[-2000:])
    return done.stdout.strip()


def code_of(readme):
    """The Python of a README, to be run on a tiny model."""
    [code] = re.findall(r"^```python\n(.*?)^```", readme, re.M | re.S)
    return code.replace("max_new_tokens=256", "max_new_tokens=2").replace("max_tokens=256", "max_tokens=2")


def check_card(tally, what, folder, library):
    """The README as a model card, read by the Hub's own library."""
    path = folder / "README.md"
    data, card = metadata_load(path), ModelCard.load(path)
    known = {"library_name", "pipeline_tag", "tags", "base_model", "base_model_relation"}
    good = data["library_name"] == library and set(data) <= known and all(isinstance(tag, str) and tag for tag in data.get("tags", []))
    if "base_model" in data:
        validate_repo_id(data["base_model"])
    else:
        good = good and "base_model_relation" not in data
    tally.check(f"card of {what}", good and card.data.library_name == library and len(card.text) > 200, str(data))
    return card.text


def check_readme(tally, what, folder, base, wanted_ids):
    """Runs the code of a README with transformers; the ids that it asks with must be those that the studio asks with."""
    names = {}
    text = code_of((folder / "README.md").read_text(encoding="utf-8"))
    exec(compile(text.replace("path/to/the/base/model", str(base)).replace("path/to/this/folder", str(folder)), what, "exec"), names)
    tally.check(f"code of {what} asks as the studio does", names["inputs"]["input_ids"][0].tolist() == wanted_ids)


def asked_ids(base):
    """The ids of the prompt of a case, with its blank as it stands in the README."""
    text = PROMPT_START + "{instruction}" + SEPARATOR
    return AutoTokenizer.from_pretrained(base).encode(text, add_special_tokens=False)


def check_mlx(tally, studio, studio_logits, base, out, refused):
    """The adapter for mlx-lm: its logits and ours, and the prompt of its README."""
    model_type = json.loads((base / "config.json").read_text())["model_type"]
    try:
        studio("export", out, "--to", "mlx", "--out", out / "mlx")
    except RuntimeError as error:
        return tally.check("MLX refuses what mlx-lm lacks", (refused or "nothing") in str(error), str(error)[:120])
    tally.check("MLX takes what mlx-lm has", refused is None)
    check_card(tally, "the MLX adapter", out / "mlx", "mlx")
    if model_type in DRAWN:
        check_drawn(tally, studio, studio_logits, model_type, out)
    if model_type in NARROW:
        return None
    if model_type in NEWER_ROPE:
        check_merged_mlx(tally, studio, studio_logits, base, out)
    (out / "readme.py").write_text(code_of((out / "mlx" / "README.md").read_text(encoding="utf-8")), encoding="utf-8")
    said = compare_mlx(tally, studio_logits, base, out / "adapter", out, out / "readme.py")
    if said is None:
        return None
    return tally.check("the README for MLX asks as the studio does", json.loads(said.splitlines()[-1]) == asked_ids(base))


def check_merged_mlx(tally, studio, studio_logits, base, out):
    """The merged model as it is written: its base has its rotary settings where mlx-lm does not look."""
    ids = list(range(5, 5 + SEEN))
    studio("export", out, "--to", "merged", "--out", out / "mlx-merged")
    if mlx(out / "mlx-merged", "-", json.dumps(ids), out / "mlx-merged.safetensors") is not None:
        ours = studio_logits(base, out / "logits-merged.safetensors", ids, out / "adapter")
        tally.tensor("mlx-lm's logits of the merged model", load_file(out / "mlx-merged.safetensors")["whole"], ours, MLX)


def compare_mlx(tally, studio_logits, base, adapter, out, *code):
    """The logits of base and adapter, by mlx-lm from the folder `mlx` and by the studio."""
    ids = list(range(5, 5 + SEEN))
    said = mlx(base, out / "mlx", json.dumps(ids), out / "mlx.safetensors", *code)
    if said is None:
        return print("  skipped: mlx has no build for this computer", flush=True)
    theirs = load_file(out / "mlx.safetensors")
    plain = studio_logits(base, out / "logits-plain.safetensors", ids)
    ours = studio_logits(base, out / "logits-short.safetensors", ids, adapter)
    tally.tensor("mlx-lm's logits of the base", theirs["base"], plain, MLX)
    tally.tensor("mlx-lm's logits with our adapter", theirs["adapted"], ours, MLX)
    moved = ((ours - plain).abs().max() / plain.abs().max()).item()
    tally.check("which the base alone would not give", moved > 10 * MLX, f"{moved:.1e} of the largest")
    return said


def check_drawn(tally, studio, studio_logits, kind, out):
    """A model as mlx-lm has it for this type, with an adapter that PEFT drew."""
    out, (wider, settings) = out / "drawn", DRAWN[kind]
    base, adapter = out / "base", out / "adapter"
    base.mkdir(parents=True, exist_ok=True)
    config_class, sizes = MODELS[kind]
    MODELS[f"{kind}-drawn"] = (config_class, {**sizes, **wider})
    write_model(base, f"{kind}-drawn", 3)
    if kind in OLDER_DIALECT:
        write_json(base / "config.json", older_dialect(json.loads((base / "config.json").read_text())))
    config = LoraConfig(r=3, lora_alpha=9, task_type="CAUSAL_LM", init_lora_weights=False, **settings)
    torch.manual_seed(3)
    get_peft_model(open_writer(base), config).save_pretrained(adapter)
    studio("export", adapter, "--to", "mlx", "--model", base, "--out", out / "mlx")
    compare_mlx(tally, studio_logits, base, adapter, out)


def deltas(base_folder, changed):
    """What became of each weight, as [out, in] in float64, by the path of its module."""
    base = open_writer(base_folder)
    modules = dict(base.named_modules())
    found = {}
    for path, module in modules.items():
        if isinstance(module, (torch.nn.Linear, Conv1D)) and path != "lm_head":
            delta = (changed.get_submodule(path).weight - module.weight).detach().double()
            found[path] = delta.T if isinstance(module, Conv1D) else delta
    return {path: delta for path, delta in found.items() if delta.abs().max() > 0}


def check_no_lora(tally, studio, out):
    """What the LoRA export cannot hold is refused by its name."""
    try:
        studio("export", out, "--to", "lora", "--rank", "3", "--out", out / "as-lora")
    except RuntimeError as error:
        return tally.check("LoRA refuses what PEFT has no place for", "PEFT has no place for it" in str(error), str(error)[:120])
    tally.check("LoRA refuses what PEFT has no place for", False)


def check_lora(tally, studio, studio_logits, base, out, ids, adapter):
    """What any method changed, as LoRA of rank 3: its share as it says, and near the best that rank can hold."""
    said = studio("export", out, "--to", "lora", "--rank", "3", "--out", out / "as-lora")
    stated = float(re.search(r"keeps ([\d.]+)%", said)[1]) / 100
    check_card(tally, "the LoRA export", out / "as-lora", "peft")
    plain = lambda folder: open_writer(folder).eval()
    changed = PeftModel.from_pretrained(plain(base), adapter).merge_and_unload() if adapter else plain(out / "model")
    wanted = deltas(base, changed)
    model = PeftModel.from_pretrained(plain(base), out / "as-lora")
    layers = {path.removeprefix("base_model.model."): module for path, module in model.named_modules() if isinstance(module, LoraLayer)}
    written = {name.replace(".base_layer.", ".") for name in load_file(out / "as-lora" / "adapter_model.safetensors")}
    known = set(get_peft_model_state_dict(model)) | {f"base_model.model.{name}" for name, _ in plain(base).named_parameters()}
    tally.check("PEFT knows every tensor of the LoRA export", written <= known, str(sorted(written - known)[:3]))
    tally.check("LoRA is on the matrices that changed", set(layers) == set(wanted), f"{len(layers)} modules")
    whole = kept = best = rest = 0.0
    for path, delta in wanted.items():
        ours = layers[path].get_delta_weight("default").detach().double()
        ours = ours.T if isinstance(layers[path].get_base_layer(), Conv1D) else ours
        values = np.linalg.svd(delta.numpy(), compute_uv=False)
        whole += float((delta**2).sum())
        kept += float((ours**2).sum())
        rest += float(((delta - ours) ** 2).sum())
        best += float((values[:3] ** 2).sum())
    share = (kept / whole) ** 0.5
    tally.check("the share of ‖ΔW‖ is as stated", abs(share - stated) < 1e-3 and abs(rest / whole - (1 - share**2)) < 1e-3,
                f"{share:.4f} of it, stated {stated:.4f}")
    tally.check("and near the best of its rank", share >= 0.97 * (best / whole) ** 0.5, f"numpy's SVD keeps {(best / whole) ** 0.5:.4f}")
    said = studio("export", out, "--to", "lora", "--rank", "200", "--out", out / "whole-lora")
    ours = logits(PeftModel.from_pretrained(plain(base), out / "whole-lora").eval(), ids)
    theirs = studio_logits(out / "model", out / "l.safetensors", ids) if not adapter else studio_logits(base, out / "l.safetensors", ids, adapter)
    tally.tensor("PEFT's logits of the LoRA export at full rank", ours, theirs, SAME_WEIGHTS)


def refusal_of(kind, tuning):
    """Why MLX cannot hold a case; None where it can. Untied tables and heads are the llama's alone."""
    targets = str(tuning.get("lora_target_modules"))
    if kind in NOT_FOR_MLX:
        return f"models of the type {kind} are not written for mlx-lm"
    if tuning.get("modules_to_save") or tuning.get("bias", "none") != "none":
        return "weights of the base"
    if kind not in ("llama", "phi") and any(name in targets for name in ("lm_head", "wte", "embed_tokens")):
        return "tied to the token embedding"
    return None


def compare_exports(tally, studio, studio_logits, folder, base, out, expected, tuning):
    """Every other form of a case that writes text."""
    method, ids = tuning["method"], expected["probe_ids"]
    adapter = None if method == "full" else out / "adapter"
    result = adapter or out / "model"
    library = "transformers" if adapter is None else "adapters" if (adapter / "adapter.safetensors").exists() else "peft"
    if is_first("result", library, method):
        check_card(tally, "the result", result, library)
        if library != "adapters":
            check_readme(tally, "the result", result, base, asked_ids(base))
    kind = json.loads((base / "config.json").read_text())["model_type"]
    refused = refusal_of(kind, tuning)
    if method == "lora" and is_first("mlx", kind, refused, tuning.get("use_dora")):
        check_mlx(tally, studio, studio_logits, base, out, refused)
    # Its LoRA case is the text model's, which mlx-lm has no type for.
    if kind == "qwen3_5" and is_first("mlx", kind):
        check_drawn(tally, studio, studio_logits, kind, out)
    if (method in ("vera", "ia3", "full") or tuning.get("use_dora")) and is_first("lora", method, kind):
        if method == "full" and kind in NOT_AS_LORA:
            return check_no_lora(tally, studio, out)
        check_lora(tally, studio, studio_logits, base, out, ids, adapter)
