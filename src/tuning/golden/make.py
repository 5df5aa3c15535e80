"""Makes the golden data of src/tuning with transformers and PEFT: python src/tuning/golden/make.py
(with interop/requirements-images.txt beside interop/requirements.txt)

selectors.json: names and sizes of real models (built without weights), and what the rules of the source articles pick,
each written out as the loop it was. targets.json: the modules PEFT adapts for many settings of a tiny model, with rank
and scale. decay.json: the parameters that transformers' Trainer decays. shares.json: counts of LoRA on a large GPT-2.
"""

import json
import random
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "interop"))
from timm_import import timm  # first: transformers imports torchvision too

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from transformers import (AutoModelForCausalLM, BertConfig, BertForSequenceClassification, BertModel, GPT2Config,
                          GPT2LMHeadModel, LlamaConfig, Qwen2Config, Qwen3Config, Trainer)

HERE = Path(__file__).resolve().parent
QWEN = dict(hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
            vocab_size=151936, tie_word_embeddings=True)
TINY_LLAMA = dict(hidden_size=2048, intermediate_size=5632, num_hidden_layers=22, num_attention_heads=32,
                  num_key_value_heads=4, vocab_size=32000, max_position_embeddings=2048, tie_word_embeddings=False)
# Parts of names that readers of the articles try; "mlp" is in no name of BERT, "attn" in none of Llama's MLPs.
PARTS = ["mlp", "attn", "attention", "layer.1", "layers.2.", "h.11.", "layer4", "bias", "norm"]
MODELS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config()),
    "bert": lambda: BertModel(BertConfig()),
    "bert for sequence classification": lambda: BertForSequenceClassification(BertConfig()),
    "Qwen2.5-0.5B": lambda: AutoModelForCausalLM.from_config(Qwen2Config(**QWEN)),
    "TinyLlama-1.1B": lambda: AutoModelForCausalLM.from_config(LlamaConfig(**TINY_LLAMA)),
    "ResNet-18": lambda: timm.create_model("resnet18"),
}


def near(parameters, percent):
    budget, total, chosen = percent / 100 * sum(size for _, size in parameters), 0, []
    for name, size in parameters:
        total += size
        if total > budget:
            break
        chosen.append(name)
    return chosen


def random_article(parameters, percent, order):
    budget, total, chosen = percent / 100 * sum(size for _, size in parameters), 0, []
    for index in order:
        name, size = parameters[index]
        total += size
        if total + size > budget:
            break
        chosen.append(name)
    return chosen


def random_corrected(parameters, percent, order):
    budget, total, chosen = percent / 100 * sum(size for _, size in parameters), 0, []
    for index in order:
        name, size = parameters[index]
        if total + size <= budget:
            total += size
            chosen.append(name)
    return chosen


def article_freeze(names, count, second):
    """Second article: `.embeddings`; third: `"layer.1" in name`. Written for BERT."""
    if second:
        prefixes = [f".layer.{i}." for i in range(count)]
        return [name for name in names if ".embeddings" in name or any(prefix in name for prefix in prefixes)]
    return [name for name in names if name.startswith(("embeddings.", "bert.embeddings.")) or any(f"layer.{i}" in name for i in range(count))]


def containing(names, part):
    chosen = []
    for name in names:
        if part in name:
            chosen.append(name)
    return chosen


def blocks(names):
    """The index of each name's block, counted over the whole model; None for what lies in no block."""
    paths = [re.match(r"(.*?\.|)(?:layers?|h)\d?\.\d+(?=\.)", name) for name in names]
    seen = []
    for path in paths:
        if path is not None and path[0] not in seen:
            seen.append(path[0])
    return [None if path is None else seen.index(path[0]) for path in paths]


def before_blocks(name):
    """Embeddings, and the stem of a network for pictures."""
    return re.match(r"(\w+\.)?(embeddings|embed_tokens|wte|wpe)\.|(conv1|bn1)\.", name) is not None


def norm_parameters(model):
    """By the type of the module, whatever its name."""
    return [f"{path}.{name}" for path, module in model.named_modules() if "Norm" in type(module).__name__
            for name, _ in module.named_parameters(recurse=False)]


def selector_case(kind):
    with torch.device("meta"):
        model = MODELS[kind]()
        model.tie_weights() if hasattr(model, "tie_weights") and kind != "bert" else None
    parameters = [(name, value.numel()) for name, value in model.named_parameters()]
    names = [name for name, _ in parameters]
    index = {name: i for i, name in enumerate(names)}
    places = lambda chosen: sorted(index[name] for name in chosen)
    order = list(range(len(names)))
    random.Random(7).shuffle(order)
    shares = [1, 5, 10, 30, 60]
    picks = {f"input {p}": places(near(parameters, p)) for p in shares}
    picks |= {f"output {p}": places(near(parameters[::-1], p)) for p in shares}
    picks |= {f"article {p}": places(random_article(parameters, p, order)) for p in shares}
    picks |= {f"corrected {p}": places(random_corrected(parameters, p, order)) for p in shares}
    picks |= {f"contains {part}": places(containing(names, part)) for part in PARTS}
    layer = blocks(names)
    picks |= {f"freeze {n}": places([name for name, at in zip(names, layer) if before_blocks(name) or (at is not None and at < n)])
              for n in (0, 2, 8)}
    picks |= {f"last {n}": places([name for name, at in zip(names, layer) if at is not None and at > max(filter(None, layer)) - n])
              for n in (1, 3)}
    picks |= {"bias": places([name for name in names if name.endswith(".bias")]), "norms": places(norm_parameters(model))}
    if kind.startswith("bert"):
        picks |= {f"second {n}": places(article_freeze(names, n, True)) for n in (0, 2, 12)}
        picks |= {f"third {n}": places(article_freeze(names, n, False)) for n in (0, 2, 12)}
    return {"model": kind, "parameters": [f"{name} {'x'.join(map(str, value.shape))}" for name, value in model.named_parameters()],
            "permutation": order, "picks": picks}


TINY = dict(vocab_size=16, hidden_size=8, intermediate_size=8, num_hidden_layers=12, num_attention_heads=2, num_key_value_heads=1,
            max_position_embeddings=32)
NAMES = ["q_proj", "v_proj"]
TARGETS = [
    {"target_modules": "all-linear"},
    {"target_modules": NAMES},
    {"target_modules": ["model.layers.3.mlp.up_proj", "o_proj"]},
    {"target_modules": ["proj", "q_proj"]},
    {"target_modules": r".*\.(1|11)\.self_attn\.[qk]_proj"},
    {"target_modules": r"model\.layers\.\d\.mlp\.(up|down)_proj"},
    {"target_modules": NAMES, "layers_to_transform": [1, 11]},
    {"target_modules": [*NAMES, "model.layers.5.mlp.down_proj"], "layers_to_transform": [0], "layers_pattern": ["layers"]},
    {"target_modules": NAMES, "rank_pattern": {"q_proj": 2, r"layers\.1\..*": 7}, "alpha_pattern": {r"model.layers.0.self_attn.v_proj": 32}},
    {"target_modules": NAMES, "use_rslora": True, "rank_pattern": {r"1\.self_attn\.q_proj": 3}},
]


def target_case(settings):
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(LlamaConfig(**TINY))
    config = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=16, **settings)
    adapted = get_peft_model(model, config)
    modules = {name.removeprefix("base_model.model."): [module.r["default"], module.scaling["default"]]
               for name, module in adapted.named_modules() if isinstance(module, LoraLayer)}
    trained, total = adapted.get_nb_trainable_parameters()
    return {"settings": settings, "modules": modules, "trained": trained, "total": total}


def decay_case(kind, model):
    model.tie_weights()
    # The Trainer names a tied head too; named_parameters lists it once.
    decayed = set(Trainer.get_decay_parameter_names(None, model)) & {name for name, _ in model.named_parameters()}
    return {"model": kind, "config": json.loads(model.config.to_json_string(use_diff=True)), "decayed": sorted(decayed)}


def write(name, cases):
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def share_case(rank):
    """LoRA with PEFT's own targets on a GPT-2 of 1.7 billion parameters."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(GPT2Config(n_embd=2304, n_layer=24, n_head=24, n_positions=2048, vocab_size=51200))
        trained, total = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=rank)).get_nb_trainable_parameters()
    return {"rank": rank, "trained": trained, "total": total}


write("shares.json", [share_case(rank) for rank in (4, 8, 16)])
write("selectors.json", [selector_case(kind) for kind in MODELS])
write("targets.json", [target_case(settings) for settings in TARGETS])
SMALL = {**TINY, "num_hidden_layers": 1}
with torch.device("meta"):
    write("decay.json", [
        decay_case("llama", AutoModelForCausalLM.from_config(LlamaConfig(**SMALL, attention_bias=True))),
        decay_case("qwen2", AutoModelForCausalLM.from_config(Qwen2Config(**SMALL))),
        decay_case("gpt2", AutoModelForCausalLM.from_config(GPT2Config(vocab_size=16, n_embd=8, n_layer=1, n_head=2, n_positions=32))),
        decay_case("qwen3", AutoModelForCausalLM.from_config(Qwen3Config(**SMALL, head_dim=4))),
    ])
