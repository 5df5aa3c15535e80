"""What mlx-lm makes of an adapter. It has packages of its own, so this runs in interop/.venv-mlx.

    python interop/mlx_adapters.py BASE ADAPTER IDS OUT [CODE]
    python interop/mlx_adapters.py WHOLE - IDS OUT

Writes the logits of WHOLE as it lies there. Else loads BASE, then BASE with ADAPTER, and writes the logits of IDS (a JSON list) of both to OUT. With CODE, a file of Python
from a README, runs it too and prints the ids of its prompt.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import mlx.core as mx
from mlx_lm.tuner.utils import load_adapters
from mlx_lm.utils import load_model

# What published models of these types say and transformers 5 no longer writes: mlx-lm does not open them without it, or
# takes another value.
OLDER_KEYS = {
    "gpt2": lambda config: {"n_ctx": config["n_positions"]},
    "gpt_neox": lambda config: {"rotary_emb_base": config["rope_parameters"]["rope_theta"],
                                "rotary_pct": config["rope_parameters"]["partial_rotary_factor"]},
    # Of the tiny models every third layer, and of EXAONE 4 every fourth, looks at everything.
    "gemma3_text": lambda config: {"sliding_window_pattern": 3,
                                   "rope_theta": config["rope_parameters"]["full_attention"]["rope_theta"],
                                   "rope_local_base_freq": config["rope_parameters"]["sliding_attention"]["rope_theta"]},
    "ernie4_5": lambda config: {"rope_theta": config["rope_parameters"]["rope_theta"]},
    "hunyuan_v1_dense": lambda config: {"rope_theta": config["rope_parameters"]["rope_theta"],
                                        "rope_scaling": {**config["rope_parameters"],
                                                         "type": config["rope_parameters"]["rope_type"]}},
    "exaone4": lambda config: {"rope_theta": config["rope_parameters"]["rope_theta"], "rope_scaling": config["rope_parameters"],
                               "head_dim": config["hidden_size"] // config["num_attention_heads"],
                               "sliding_window_pattern": "LLLG"},
    "olmo3": lambda config: {"rope_theta": config["rope_parameters"]["full_attention"]["rope_theta"],
                             "rope_scaling": config["rope_parameters"]["full_attention"]},
    "lfm2": lambda config: {"block_dim": config["hidden_size"]},
    # Of the tiny models every second layer is attention, of published ones every fourth.
    "qwen3_5": lambda config: {"text_config": {**config["text_config"], "full_attention_interval": 2,
                                               "tie_word_embeddings": config["tie_word_embeddings"]}},
    "starcoder2": lambda config: {"rope_theta": config["rope_parameters"]["rope_theta"]},
}


def as_published(base, folder):
    """The base's folder as mlx-lm opens it; of GPT-2 the tensors are published without the model's prefix."""
    config = json.loads((base / "config.json").read_text())
    older = OLDER_KEYS.get(config["model_type"])
    if older is None:
        return base
    shutil.copytree(base, folder)
    (folder / "config.json").write_text(json.dumps({**config, **older(config)}))
    if config["model_type"] == "gpt2":
        weights = mx.load(str(folder / "model.safetensors"))
        plain = {name.removeprefix("transformer."): value for name, value in weights.items()}
        mx.save_safetensors(str(folder / "model.safetensors"), plain, {"format": "pt"})
    return folder


def logits(model, ids):
    # f32 throughout: weights in 16 bits would round what is compared.
    model.set_dtype(mx.float32)
    return model(mx.array([ids]))[0].astype(mx.float32)


def main():
    base, adapter, ids, out, *code = sys.argv[1:]
    mx.set_default_device(mx.cpu)
    if adapter == "-":
        model, _ = load_model(Path(base))
        return mx.save_safetensors(out, {"whole": logits(model, json.loads(ids))})
    with tempfile.TemporaryDirectory() as scratch:
        folder = as_published(Path(base), Path(scratch) / "base")
        ids = json.loads(ids)
        model, _ = load_model(folder)
        before = logits(model, ids)
        adapted = load_adapters(model, adapter)
        adapted.eval()
        mx.save_safetensors(out, {"base": before, "adapted": logits(adapted, ids)})
        for path in code:
            names = {}
            text = Path(path).read_text(encoding="utf-8").replace("path/to/the/base/model", str(folder))
            exec(compile(text.replace("path/to/this/folder", adapter), path, "exec"), names)
            prompt = names["prompt"]
            print(json.dumps([int(token) for token in prompt]))


if __name__ == "__main__":
    main()
