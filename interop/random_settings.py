"""Random settings of PEFT's methods for a model, and the studio's settings that say the same."""

import copy
import re

import torch
from peft import AdaptionPromptConfig, IA3Config, LoraConfig, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, VeraConfig
from transformers.pytorch_utils import Conv1D

VIRTUAL = ("prompt", "prefix", "p-tuning")


class Facts:
    """What a model has to choose from."""

    def __init__(self, model, classifies):
        modules = dict(model.named_modules())
        self.classifies = classifies
        config = model.config.get_text_config()
        self.vocabulary = config.vocab_size
        head = model.get_output_embeddings()
        # Of a larger model the text model, which alone is opened here.
        self.text = "language_model." if config is not model.config else ""
        self.linear = [name for name, module in modules.items() if isinstance(module, (torch.nn.Linear, Conv1D)) and module is not head and self.text in name]
        self.head = next((name for name, module in modules.items() if head is not None and module is head), None)
        self.table = next(name for name, module in modules.items() if module is model.get_input_embeddings())
        self.width, self.heads = model.get_input_embeddings().embedding_dim, config.num_attention_heads
        self.norms = [name for name, module in modules.items() if "norm" in type(module).__name__.lower() and self.text in name]
        self.tied = not classifies and bool(model.config.tie_word_embeddings)
        self.layers = config.num_hidden_layers
        self.list_name = re.search(r"(\w+)\.0\.", next(name for name in self.linear if ".0." in name))[1]
        self.conv = any(isinstance(module, Conv1D) for module in modules.values())

    def reaches(self, name):
        """Whether what has the name is a part of the text model."""
        return self.text in name or "lm_head" in name


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
    method = rng.choice(["lora"] * 11 + ["vera"] * 3 + ["ia3"] * 3 + list(VIRTUAL) + ["llama-adapter"])
    if method in VIRTUAL:
        return dict(method=method, num_virtual_tokens=rng.randint(1, 5))
    if method == "llama-adapter":
        return dict(method=method, adapter_len=rng.randint(1, 5), adapter_layers=rng.randint(1, facts.layers))
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


def matrix_settings(facts):
    """Settings of every method that PEFT has too, with the modules of all layers and with those that are usual."""
    # By their names, since PEFT makes something else of all-linear for some models; whole where other parts have such too.
    modules = sorted({name if facts.text else leaf(name) for name in facts.linear if f"{facts.list_name}." in name})
    rank, rows = dict(r=3, target_modules=modules), dict(num_virtual_tokens=3)
    return {
        "lora": dict(method="lora", r=3, target_modules="all-linear", lora_alpha=8),
        "lora-usual": dict(method="lora", r=3, target_modules=None, lora_alpha=8),
        "lora-modules": dict(method="lora", **rank, lora_alpha=8),
        "rslora": dict(method="lora", **rank, lora_alpha=4, use_rslora=True),
        "dora": dict(method="lora", **rank, lora_alpha=8, use_dora=True),
        "vera": dict(method="vera", **rank, d_initial=0.1),
        "vera-usual": dict(method="vera", r=3, target_modules=None, d_initial=0.1),
        "ia3": dict(method="ia3", target_modules=modules, feedforward_modules=modules[:1]),
        "ia3-usual": dict(method="ia3", target_modules=None),
        **{method: dict(method=method, **rows) for method in VIRTUAL},
        "llama-adapter": dict(method="llama-adapter", adapter_len=3, adapter_layers=facts.layers - 1),
    }


def config_of(settings, task):
    """The PEFT config of the settings."""
    # PEFT adds to the lists that it is given.
    rest = {key: copy.deepcopy(value) for key, value in settings.items() if key != "method"}
    classes = {"lora": LoraConfig, "vera": VeraConfig, "ia3": IA3Config, "prompt": PromptTuningConfig, "prefix": PrefixTuningConfig,
               "p-tuning": PromptEncoderConfig, "llama-adapter": AdaptionPromptConfig}
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
