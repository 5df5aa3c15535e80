"""The tuning methods beside plain LoRA and full fine-tuning: their cases, and how PEFT is told of each."""

import torch
from peft import AdaptionPromptConfig, IA3Config, LoraConfig, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, VeraConfig

from initial import normal, uniform

# What a fresh adapter would hide: factors that are all 1, matrices that are all 0. (name part, mean, deviation)
STIRRED = [("lora_B", 0, 0.05), ("ia3_l", 1, 0.1), ("lora_magnitude_vector", 1.5, 0.1), ("vera_lambda_b", 0, 0.3), ("adaption_gate", 0.4, 0.2),
           ("lora_embedding_A", 0, 0.2)]

SMALL = dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)
IA3 = dict(method="ia3")
VERA = dict(method="vera", lora_r=6, lora_dropout=0, d_initial=0.2, lora_target_modules="all-linear")

# case: (model, rows, tuning, training settings that differ from the defaults), as in cases.py
METHOD_CASES = {
    "qwen2-bitfit": ("qwen2", 24, dict(method="full", train_parameters=[{"bias_only": True}]), dict(batch_size=3, learning_rate=1e-2)),
    "qwen2-lora-bias": ("qwen2", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0, bias="all",
                                          lora_target_modules=["q_proj", "down_proj"]), SMALL),
    "llama-dora": ("llama", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0, use_dora=True,
                                     lora_target_modules="all-linear"), SMALL),
    "gpt2-dora": ("gpt2", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0, use_dora=True, use_rslora=True,
                                   lora_target_modules="all-linear"), SMALL),
    # Ranks and scales by module, a part of the layers, another rate for B, the norm saved whole
    "llama-lora-patterns": ("llama", 22, dict(
        method="lora", lora_r=3, lora_alpha=6, lora_dropout=0, lora_target_modules=["q_proj", "v_proj", "up_proj"],
        layers_to_transform=[0, 2], rank_pattern={"up_proj": 2}, alpha_pattern={"layers.2.self_attn.v_proj": 9},
        lora_plus_ratio=4, modules_to_save=["norm"]), SMALL),
    # The token embedding adapted: by itself, and where it is the head too
    "llama-lora-embedding": ("llama", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0,
                                               lora_target_modules=["embed_tokens", "q_proj"]), SMALL),
    "gpt2-lora-embedding": ("gpt2", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0,
                                             lora_target_modules=["wte", "c_attn"]), SMALL),
    # The head adapted: of its own with a bias, and tied with bounded logits, where the table stays as it is
    "phi-lora-head": ("phi", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0,
                                      lora_target_modules=["lm_head", "q_proj"]), SMALL),
    "gemma2-lora-head": ("gemma2", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0,
                                            lora_target_modules=["lm_head", "v_proj"]), SMALL),
    "llama-ia3": ("llama", 22, IA3, {**SMALL, "learning_rate": 1e-2}),
    "llama-prompt": ("llama", 22, dict(method="prompt", num_virtual_tokens=5), {**SMALL, "batch_size": 3}),
    # Embeddings that the model scales before its layers, the learned ones too or not
    "gemma-prompt": ("gemma", 22, dict(method="prompt", num_virtual_tokens=3, prompt_tuning_init="TEXT",
                                       prompt_tuning_init_text="the cat sings"), SMALL),
    "gemma3-lora-embedding": ("gemma3", 22, dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0,
                                                 lora_target_modules=["embed_tokens", "q_proj"]), SMALL),
    "gemma3-prompt": ("gemma3", 22, dict(method="prompt", num_virtual_tokens=3), SMALL),
    "granite-prompt": ("granite", 22, dict(method="prompt", num_virtual_tokens=3), SMALL),
    # Convolutions run on from the learned tokens into the text
    "lfm2-prompt": ("lfm2", 22, dict(method="prompt", num_virtual_tokens=3), SMALL),
    "gpt2-prompt": ("gpt2", 22, dict(method="prompt", num_virtual_tokens=4), SMALL),
    "llama-prefix": ("llama", 22, dict(method="prefix", num_virtual_tokens=5), {**SMALL, "batch_size": 3}),
    # One layer of two has a window of six, out of which the prefix falls
    "gemma2-prefix": ("gemma2", 22, dict(method="prefix", num_virtual_tokens=3), SMALL),
    # Heads of two widths, of which narrow ones take the first columns, and layers that read keys of others
    "gemma3n-prefix": ("gemma3n", 22, dict(method="prefix", num_virtual_tokens=3), SMALL),
    "gemma4-prefix": ("gemma4", 22, dict(method="prefix", num_virtual_tokens=3), SMALL),
    "gpt2-prefix": ("gpt2", 22, dict(method="prefix", num_virtual_tokens=4), SMALL),
    "gpt2-ia3": ("gpt2", 22, IA3, {**SMALL, "learning_rate": 1e-2}),
    "llama-vera": ("llama", 22, VERA, {**SMALL, "learning_rate": 1e-2}),
    "llama-p-tuning": ("llama", 22, dict(method="p-tuning", num_virtual_tokens=5, encoder_hidden_size=20), {**SMALL, "batch_size": 3}),
    "gpt2-p-tuning": ("gpt2", 22, dict(method="p-tuning", num_virtual_tokens=4), SMALL),
    # a text of fewer tokens than the prompt has, and one of more
    "llama-prompt-text": ("llama", 22, dict(method="prompt", num_virtual_tokens=7, prompt_tuning_init="TEXT",
                                            prompt_tuning_init_text="the cat sings"), {**SMALL, "batch_size": 3}),
    "gpt2-prompt-text": ("gpt2", 22, dict(method="prompt", num_virtual_tokens=3, prompt_tuning_init="TEXT",
                                          prompt_tuning_init_text="a small dog sleeps under the tree"), SMALL),
    "llama-adapter": ("llama", 22, dict(method="llama-adapter", adapter_len=5, adapter_layers=2), {**SMALL, "batch_size": 3}),
    "mistral-adapter": ("mistral", 22, dict(method="llama-adapter", adapter_len=3, adapter_layers=2), SMALL),
    "gpt2-adapter": ("gpt2", 22, dict(method="llama-adapter", adapter_len=4, adapter_layers=1), SMALL),
    "llama-series": ("llama", 22, dict(method="series-adapter", reduction_factor=6), SMALL),
    "gpt2-series": ("gpt2", 22, dict(method="series-adapter", reduction_factor=4), SMALL),
    "llama-series-both": ("llama", 22, dict(method="series-adapter", adapter_placement="both", reduction_factor=6), SMALL),
    "gpt2-series-both": ("gpt2", 22, dict(method="series-adapter", adapter_placement="both", reduction_factor=7), SMALL),
    "llama-parallel": ("llama", 22, dict(method="parallel-adapter", adapter_placement="both", reduction_factor=7), SMALL),
    "gpt2-parallel": ("gpt2", 22, dict(method="parallel-adapter", reduction_factor=3), SMALL),
    "gpt2-vera": ("gpt2", 22, VERA, {**SMALL, "learning_rate": 1e-2}),
}

# Keys that PEFT spells alike.
SAME_NAME = ("use_dora", "layers_to_transform", "rank_pattern", "alpha_pattern", "modules_to_save")


def starts_fresh(tuning):
    """Whether both sides start without a saved adapter: PEFT saves no encoder, and a text gives the same start anywhere."""
    return tuning["method"] == "p-tuning" or tuning.get("prompt_tuning_init") == "TEXT"


def set_fresh(model, seed):
    """Gives PEFT's prompt encoder the values that the studio draws."""
    for name, value in model.prompt_encoder.named_parameters():
        path = "prompt_encoder." + name.replace("default.", "")
        fan_in = model.prompt_encoder.get_parameter(name.replace("bias", "weight")).shape[1]
        drawn = normal(path, value.shape, seed) if "embedding" in name else uniform(path, value.shape, seed, fan_in ** -0.5)
        value.data.copy_(torch.from_numpy(drawn))


def peft_config(tuning, base_folder, task_type="CAUSAL_LM"):
    """The PEFT config of a run's tuning section; a text is cut by the tokenizer in `base_folder`."""
    common = dict(task_type=task_type)
    targets = tuning.get("lora_target_modules")
    if tuning["method"] == "ia3":
        return IA3Config(**common, target_modules=targets, feedforward_modules=tuning.get("feedforward_modules"))
    if tuning["method"] in VIRTUAL:
        words = dict(tokenizer_name_or_path=str(base_folder)) if "prompt_tuning_init" in tuning else {}
        return VIRTUAL[tuning["method"]](**common, num_virtual_tokens=tuning["num_virtual_tokens"], **words,
                                         **{key: tuning[key] for key in OF_PROMPTS if key in tuning})
    if tuning["method"] == "llama-adapter":
        return AdaptionPromptConfig(**common, adapter_len=tuning["adapter_len"], adapter_layers=tuning["adapter_layers"])
    if tuning["method"] == "vera":
        return VeraConfig(**common, target_modules=targets, r=tuning["lora_r"], vera_dropout=tuning["lora_dropout"],
                          d_initial=tuning["d_initial"])
    return LoraConfig(
        **common, target_modules=targets, r=tuning["lora_r"], lora_alpha=tuning["lora_alpha"], lora_dropout=tuning["lora_dropout"],
        use_rslora=tuning.get("use_rslora", False), bias=tuning.get("bias", "none"),
        **{key: tuning[key] for key in SAME_NAME if key in tuning})


# Made with AdapterHub's library instead of PEFT.
ADAPTERHUB = ("series-adapter", "parallel-adapter")
VIRTUAL = {"prompt": PromptTuningConfig, "prefix": PrefixTuningConfig, "p-tuning": PromptEncoderConfig}
OF_PROMPTS = ("prompt_tuning_init", "prompt_tuning_init_text", "encoder_hidden_size")


def stir(model):
    """Moves what starts at 0 or 1 away from there, so that reading it wrongly shows."""
    for name, value in model.named_parameters():
        for part, mean, deviation in STIRRED:
            if part in name:
                torch.nn.init.normal_(value, mean=mean, std=deviation)


def selected(name, selector):
    """Whether a selector of `train_parameters` picks the parameter of that name."""
    return name.endswith("bias") if "bias_only" in selector else selector["contains"] in name
