"""Makes the golden files of src/training/session/reading-*.test.ts: checkpoints and adapters that say something else than their
config, and what transformers and PEFT make of them.

    python interop/golden_reading.py       writes src/training/session/golden/reading/*
"""

import json
import shutil
import warnings
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPTNeoXConfig, LlamaConfig

GOLDEN = Path(__file__).resolve().parent.parent / "src/training/session/golden/reading"
IDS = [3, 7, 11, 18, 5, 0, 2]

CONFIGS = {
    "llama": LlamaConfig(
        vocab_size=20, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=64, initializer_range=0.4, tie_word_embeddings=False),
    "gpt2": GPT2Config(
        vocab_size=20, n_embd=16, n_layer=1, n_head=2, n_positions=32, initializer_range=0.4,
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0),
    "gpt_neox": GPTNeoXConfig(
        vocab_size=20, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=32, initializer_range=0.4, tie_word_embeddings=True),
}

# Adapters whose initialisation changes the base, by folder: the base and what PEFT is told.
PISSA = {
    "pissa": ("llama", torch.float32, dict(
        init_lora_weights="pissa", r=3, lora_alpha=5, target_modules=["q_proj", "v_proj", "down_proj"])),
    "pissa-patterns": ("llama", torch.float32, dict(
        init_lora_weights="pissa", r=2, lora_alpha=6, use_rslora=True, target_modules="all-linear",
        rank_pattern={"q_proj": 8, "layers.1.mlp.up_proj": 16}, alpha_pattern={"v_proj": 1})),
    "pissa-dora": ("llama", torch.float32, dict(
        init_lora_weights="pissa", r=2, lora_alpha=4, use_dora=True, target_modules=["k_proj", "gate_proj"])),
    "pissa-conv1d": ("gpt2", torch.float32, dict(
        init_lora_weights="pissa", r=4, lora_alpha=8, fan_in_fan_out=True, target_modules=["c_attn", "mlp.c_proj"])),
    "pissa-embedding": ("llama", torch.float32, dict(
        init_lora_weights="pissa", r=2, lora_alpha=4, target_modules=["embed_tokens", "v_proj"])),
    # More than the weights have: k_proj is [8, 16].
    "pissa-high": ("llama", torch.float32, dict(
        init_lora_weights="pissa", r=12, lora_alpha=18, target_modules=["k_proj", "q_proj", "down_proj"],
        rank_pattern={"down_proj": 20})),
    "olora-high": ("llama", torch.float32, dict(
        init_lora_weights="olora", r=12, lora_alpha=9, use_rslora=True, target_modules=["k_proj", "q_proj", "down_proj"],
        rank_pattern={"down_proj": 20})),
    "pissa-bf16": ("llama", torch.bfloat16, dict(
        init_lora_weights="pissa", r=4, lora_alpha=8, target_modules=["q_proj", "o_proj", "up_proj"])),
    "olora": ("llama", torch.float32, dict(
        init_lora_weights="olora", r=3, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"])),
    "olora-bf16": ("llama", torch.bfloat16, dict(
        init_lora_weights="olora", r=4, lora_alpha=2, target_modules=["q_proj", "v_proj", "up_proj"])),
}


def perturbed(tensor, generator):
    return tensor + 0.2 * torch.randn(tensor.shape, generator=generator).to(tensor.dtype)


def logits_of(model):
    with torch.no_grad():
        return model.eval().float()(torch.tensor([IDS])).logits[0]


def tidy(folder, base):
    """Leaves of an adapter's folder what is the same on every machine."""
    (folder / "README.md").unlink()
    config = json.loads((folder / "adapter_config.json").read_text())
    config = {**config, "base_model_name_or_path": base.name, "target_modules": sorted_list(config["target_modules"])}
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")


def sorted_list(names):
    return sorted(names) if isinstance(names, list) else names


def save_base(name, folder, seed):
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(CONFIGS[name])
    if model.get_output_embeddings().weight is not model.get_input_embeddings().weight:
        torch.nn.init.normal_(model.get_output_embeddings().weight, std=0.4)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


def load(folder, dtype=torch.float32):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)


def two_tables(name, head, expected):
    """A config that ties the head, and a file with another one."""
    folder = GOLDEN / f"{name}-two-tables"
    save_base(name, folder, 3)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": True}, indent=2))
    weights = load_file(folder / "model.safetensors")
    weights[head] = torch.randn(20, 16, generator=torch.Generator().manual_seed(4)) * 0.4
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    expected[folder.name] = logits_of(load(folder))


def changed_adapter(folder, base, dtype, settings, expected):
    """Trains nothing but moves A and B, saves, and loads what was saved over the published base."""
    generator = torch.Generator().manual_seed(len(folder.name))
    model = get_peft_model(load(base, dtype), LoraConfig(task_type="CAUSAL_LM", **settings))
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = perturbed(parameter.data, generator)
    # The table is the published one: saving it would only make the file larger.
    model.save_pretrained(folder, save_embedding_layers=False)
    tidy(folder, base)
    expected[folder.name] = logits_of(PeftModel.from_pretrained(load(base, dtype), folder))
    expected[f"{folder.name}-merged"] = logits_of(PeftModel.from_pretrained(load(base, dtype), folder).merge_and_unload())


def tied_head(expected):
    """Over a tied base: an adapter that saves the head, as it was published and trained."""
    base = GOLDEN / "gpt2"
    for name, change in {"tied-head-equal": 0.0, "tied-head-trained": 1.0}.items():
        torch.manual_seed(6)
        model = get_peft_model(load(base), LoraConfig(
            task_type="CAUSAL_LM", r=2, target_modules=["c_attn"], fan_in_fan_out=True, modules_to_save=["lm_head"],
            init_lora_weights=False))
        model.base_model.model.lm_head.modules_to_save["default"].weight.data += change
        model.save_pretrained(GOLDEN / name, save_embedding_layers=False)
        tidy(GOLDEN / name, base)
        expected[name] = logits_of(PeftModel.from_pretrained(load(base), GOLDEN / name))
        whole = PeftModel.from_pretrained(load(base), GOLDEN / name).merge_and_unload()
        if change:
            whole.save_pretrained(GOLDEN / "tied-head-merged")
            (GOLDEN / "tied-head-merged/generation_config.json").unlink(missing_ok=True)
            expected["tied-head-merged"] = logits_of(load(GOLDEN / "tied-head-merged"))


def resized(expected):
    """An adapter whose base got four more tokens."""
    for name, settings in {
        "resized-saved": dict(target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"]),
        "resized-embedding": dict(target_modules=["q_proj", "embed_tokens"]),
    }.items():
        model = load(GOLDEN / "llama")
        model.resize_token_embeddings(24)
        get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=2, **settings)).save_pretrained(
            GOLDEN / name, save_embedding_layers=False)
        tidy(GOLDEN / name, GOLDEN / "llama")


def patterns():
    """Python's regular expressions, and which of these paths `re.fullmatch` takes."""
    import re

    paths = ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.v_proj", "model.layers.10.mlp.up_proj", "lm_head"]
    listed = [
        r".*\.(q_proj|v_proj)\Z", r"\Amodel\..*_proj", r"(?i).*\.Q_PROJ", r".*\.(?P<kind>q|v)_proj",
        r"model\.layers\.(?P<n>\d)\d?(?P=n)?.*", r".*\.(?i:Q)_proj", r".*layers\.\d{,1}\..*", r"(?s:.*)mlp.*",
        r".*(?#the head)head", r"[]lm_]+head", r".*\.(?:q|v)_proj$", r"(?x) .* \. q_proj  # query", r".*\.[qv]_proj",
        r"(?>model|lm)_head", r"(?>lm|lm_he)_head", r"model\.layers\.\d++\.mlp.*", r".*+q_proj", r"(lm_)?+head",
        r"(model\.)?(?(1)layers\.0.*|lm_head)", r"(?a)\w+_head", r"(?m)^lm_head$", r".*\.layers\.(0|1)\..*",
        r"model\.layers\.(\d)\1?\..*", r"[^\W\d]+", r"lm\u005fhead", r"lm\x5fhead", r"[[]?lm_head", r"(?-i:lm)_head",
    ]
    return [{"pattern": each, "matched": [path for path in paths if re.fullmatch(each, path)]} for each in listed], paths


def main():
    warnings.simplefilter("ignore")
    shutil.rmtree(GOLDEN, ignore_errors=True)
    expected = {}
    for number, name in enumerate(["llama", "gpt2"]):
        save_base(name, GOLDEN / name, number)
        expected[name] = logits_of(load(GOLDEN / name))
    bf16 = GOLDEN / "llama-bf16"
    shutil.copytree(GOLDEN / "llama", bf16)
    load(bf16, torch.bfloat16).save_pretrained(bf16)
    (bf16 / "generation_config.json").unlink(missing_ok=True)
    expected["llama-bf16"] = logits_of(load(bf16, torch.bfloat16))
    for name, head in {"llama": "lm_head.weight", "gpt2": "lm_head.weight", "gpt_neox": "embed_out.weight"}.items():
        two_tables(name, head, expected)
    for name, (base, dtype, settings) in PISSA.items():
        kept = GOLDEN / (base if dtype == torch.float32 else f"{base}-bf16")
        changed_adapter(GOLDEN / name, kept, dtype, settings, expected)
    tied_head(expected)
    resized(expected)
    listed, paths = patterns()
    logits = {name: [float(f"{value:.9g}") for value in tensor.flatten()] for name, tensor in expected.items()}
    (GOLDEN / "expected.json").write_text(json.dumps({"ids": IDS, "logits": logits}) + "\n")
    (GOLDEN / "patterns.json").write_text(json.dumps({"paths": paths, "patterns": listed}, indent=1) + "\n")


if __name__ == "__main__":
    main()
