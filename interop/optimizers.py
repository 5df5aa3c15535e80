"""What a run may choose of its updates: optimizers, losses and learning rates by parameter, with their cases.

The update rules are torch.optim's and bitsandbytes' own, with the settings of H2O LLM Studio.
"""

import re

import torch

# torch.optim, and of bitsandbytes the optimizer that keeps its moments in blocks of 8-bit codes.
OPTIMIZERS = {
    "AdamW": torch.optim.AdamW,
    "Adam": torch.optim.Adam,
    "SGD": lambda groups, lr: torch.optim.SGD(groups, lr=lr, momentum=0.9, nesterov=True),
    "RMSprop": lambda groups, lr: torch.optim.RMSprop(groups, lr=lr, momentum=0.9, alpha=0.9),
    "Adadelta": torch.optim.Adadelta,
    "AdamW8bit": lambda groups, **settings: bitsandbytes().optim.AdamW8bit(groups, **settings),
}
NO_DECAY = re.compile(r"bias|layernorm|rmsnorm|(^|\.)norm($|\.)|_norm($|\.)|\.ln_")

QV = dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0, lora_target_modules=["q_proj", "v_proj"])
# Unlike clipping alone, decay tells rules apart that scale their steps.
HARD = dict(batch_size=2, warmup_steps=2, weight_decay=0.1, gradient_clip=0.5)
BETAS = dict(adam_beta1=0.8, adam_beta2=0.95, adam_epsilon=1e-3)

# case: (model, rows, tuning, training settings that differ from the defaults), as in cases.py
OPTIMIZER_CASES = {
    "llama-adam": ("llama", 22, QV, dict(HARD, optimizer="Adam", learning_rate=3e-3)),
    "llama-sgd": ("llama", 22, QV, dict(HARD, optimizer="SGD", learning_rate=3e-2)),
    "llama-rmsprop": ("llama", 22, QV, dict(HARD, optimizer="RMSprop", learning_rate=1e-3)),
    "llama-adadelta": ("llama", 22, QV, dict(HARD, optimizer="Adadelta", learning_rate=1.0)),
    # The head has 6,288 values, so its moments are codes; those of the norms are not. A moment in the middle between two codes
    # becomes one or the other by rounding alone, which a small learning rate keeps small.
    "llama-adamw8bit": ("llama", 22, dict(method="full", train_parameters=[{"contains": "norm"}, {"contains": "lm_head"}]),
                        dict(HARD, optimizer="AdamW8bit", learning_rate=2e-4)),
    # Constants far enough from the usual ones to tell each of them.
    "llama-adamw-betas": ("llama", 22, QV, dict(HARD, learning_rate=3e-3, **BETAS)),
    "llama-adam-betas": ("llama", 22, QV, dict(HARD, optimizer="Adam", learning_rate=3e-3, **BETAS)),
    "llama-adamw8bit-betas": ("llama", 22, dict(method="full", train_parameters=[{"contains": "norm"}, {"contains": "lm_head"}]),
                              dict(HARD, optimizer="AdamW8bit", learning_rate=2e-4, **BETAS)),
    # 28 rows make 9 batches of 3, so the last window of an epoch holds one batch of the two
    "llama-sample-averaged": ("llama", 28, QV, dict(batch_size=3, learning_rate=3e-3, grad_accumulation=2,
                                                    loss_function="SampleAveragedCrossEntropy")),
    "llama-layer-wise": ("llama", 22, dict(
        method="full", layer_wise_lr_decay=0.6,
        train_parameters=[{"contains": part} for part in ("norm", "k_proj", "embed_tokens")]),
        dict(batch_size=2, learning_rate=2e-3, warmup_steps=2)),
    "llama-differential": ("llama", 22, dict(
        QV, layer_wise_lr_decay=0.7, differential_learning_rate_layers=["v_proj", "layers.1."], differential_learning_rate=5e-4,
        lora_plus_ratio=3), dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
}


def bitsandbytes():
    """Imported where it is used: the environment of AdapterHub has none."""
    import bitsandbytes as library
    return library


def rate_factor(name, layers, training, tuning):
    """The factor on the learning rate of the parameter of that name.

    Layer-wise decay as in BEiT (get_num_layer_for_vit): the embeddings have id 0, layer i has i + 1, what is above the
    layers L + 1, and the factor is d^(L + 1 − id). Names that hold one of `differential_learning_rate_layers` have a rate of
    their own, as the groups of H2O LLM Studio. LoRA+ multiplies the rate of B.
    """
    plus = tuning.get("lora_plus_ratio", 1.0) if "lora_B" in name else 1.0
    if any(part in name for part in tuning.get("differential_learning_rate_layers", [])):
        return plus * tuning["differential_learning_rate"] / training["learning_rate"]
    layer = re.search(r"\.(?:layers|h)\.(\d+)\.", name)
    number = 0 if "embed_tokens" in name or "wte" in name or "wpe" in name else layers + 1 if layer is None else int(layer[1]) + 1
    return plus * tuning.get("layer_wise_lr_decay", 1.0) ** (layers + 1 - number)


def make_optimizer(trained, layers, training, tuning):
    """The optimizer of a run, a group for each trained parameter; `factor` is to be multiplied into its learning rate."""
    groups = [{"params": [value], "weight_decay": 0.0 if NO_DECAY.search(name) else training["weight_decay"],
               "factor": rate_factor(name, layers, training, tuning)} for name, value in trained.items()]
    name = training["optimizer"]
    constants = {} if not name.startswith("Adam") else {
        "betas": (training.get("adam_beta1", 0.9), training.get("adam_beta2", 0.999)), "eps": training.get("adam_epsilon", 1e-8)}
    return OPTIMIZERS[name](groups, lr=training["learning_rate"], **constants)
