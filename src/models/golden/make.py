"""Makes the golden data of src/models with transformers: python src/models/golden/make.py

forward.json: tiny models of every type and option; weights are a formula of (parameter index, element index), so only
config, parameter names and logits (computed in float64) are kept. rope.json: inverse frequencies and angles' cosines.
"""

import json
from pathlib import Path

import torch
from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config)
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

HERE = Path(__file__).resolve().parent
SIZES = dict(vocab_size=11, hidden_size=12, intermediate_size=10, num_hidden_layers=2, num_attention_heads=2,
             num_key_value_heads=1, max_position_embeddings=64, bos_token_id=None, eos_token_id=0)
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 10]
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}

# name: (configuration class, what differs from SIZES, written in the older dialect)
CASES = {
    "llama, old dialect": (LlamaConfig, dict(rope_parameters={"rope_type": "default", "rope_theta": 500.0}), True),
    "llama, every bias, tied head, GELU, linear scaling": (LlamaConfig, dict(
        attention_bias=True, mlp_bias=True, tie_word_embeddings=True, hidden_act="gelu", head_dim=4,
        rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}), False),
    "llama, llama3 scaling, no grouped queries": (LlamaConfig, dict(num_key_value_heads=2, rope_parameters=LLAMA3), True),
    "mistral, head of its own size, sliding window": (MistralConfig, dict(head_dim=8, sliding_window=3), False),
    "mistral, no window": (MistralConfig, dict(sliding_window=None, rms_norm_eps=1e-3), True),
    "qwen2, tied head": (Qwen2Config, dict(tie_word_embeddings=True), True),
    "qwen2, upper layer slides": (Qwen2Config, dict(use_sliding_window=True, sliding_window=2, max_window_layers=1), False),
    "qwen3": (Qwen3Config, dict(head_dim=4), False),
    "qwen3, biases, every layer slides": (Qwen3Config, dict(
        head_dim=10, attention_bias=True, use_sliding_window=True, sliding_window=4, max_window_layers=0), True),
    "gpt2": (GPT2Config, dict(n_embd=12, n_head=3, n_positions=16), False),
    "gpt2, head of its own, MLP of another width, scores by layer": (GPT2Config, dict(
        n_inner=10, tie_word_embeddings=False, activation_function="relu", scale_attn_weights=False,
        scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=1e-2), True),
}


def older_dialect(config):
    """config.json as transformers 4 wrote it."""
    rope = dict(config.pop("rope_parameters", None) or {})
    config.pop("layer_types", None)
    if rope:
        config["rope_theta"] = rope.pop("rope_theta")
        config["rope_scaling"] = None if rope == {"rope_type": "default"} else rope
    config["torch_dtype"] = config.pop("dtype", None) or "float32"
    return config


def is_norm_weight(name):
    return name.endswith("weight") and ("norm" in name or ".ln_" in name)


def fill(model):
    """Weights as the TypeScript test makes them."""
    with torch.no_grad():
        for index, (name, value) in enumerate(model.named_parameters()):
            places = torch.arange(1, value.numel() + 1, dtype=torch.float64)
            wave = torch.sin(places * (index + 1) * 0.7).reshape(value.shape)
            value.copy_(1 + 0.3 * wave if is_norm_weight(name) else 0.8 * wave)


def forward_case(name):
    config_class, changes, older = CASES[name]
    model = AutoModelForCausalLM.from_config(config_class(**{**SIZES, **changes}), attn_implementation="eager").double().eval()
    fill(model)
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([IDS]), use_cache=False).logits[0]
    config = json.loads(model.config.to_json_string(use_diff=True))
    return {"case": name, "config": older_dialect(config) if older else config, "ids": IDS,
            "parameters": [f"{name} {'x'.join(map(str, value.shape))}" for name, value in model.named_parameters()],
            "logits": [float(f"{value:.9g}") for value in logits.flatten().tolist()]}


ROPES = {
    "Qwen2.5": dict(head_dim=64, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
    "linear": dict(head_dim=32, rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
    "Llama 3.1": dict(head_dim=128, rope_parameters={"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
                                                     "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}),
}
POSITIONS = [0, 1, 17, 1023, 16383]


def rope_case(name):
    config = LlamaConfig(**{**SIZES, **ROPES[name], "max_position_embeddings": 131072})
    rotary = LlamaRotaryEmbedding(config)
    cos, sin = rotary(torch.zeros(1), torch.tensor([POSITIONS]))
    half = config.head_dim // 2
    rounded = lambda values: [float(f"{value:.7g}") for value in values.flatten().tolist()]
    return {"case": name, "headDim": config.head_dim, "config": ROPES[name],
            "inverseFrequencies": [float(f"{value:.9g}") for value in rotary.inv_freq.tolist()],
            "positions": POSITIONS, "cosines": rounded(cos[0, :, :half]), "sines": rounded(sin[0, :, :half])}


def write(name, cases):
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


write("forward.json", [forward_case(name) for name in CASES])
write("rope.json", [rope_case(name) for name in ROPES])
