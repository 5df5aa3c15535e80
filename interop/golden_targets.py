"""Makes src/tuning/golden/adapted.json: the modules that PEFT adapts, and those it refuses, in every architecture; and
defaults.json: the modules that PEFT takes where none are named.

    python interop/golden_targets.py

For the language model and the classifier of each type: "all-linear", the head by its name, what is excluded by names and by
an expression, and what is left out because it is trained whole.
"""

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer, ParamWrapper
from peft.utils import constants
from transformers import AutoModelForSequenceClassification

from cases import COMMON, MODELS, writer_class
from classifiers import ENCODERS

OUT = Path(__file__).resolve().parent.parent / "src" / "tuning" / "golden" / "adapted.json"
SETTINGS = [
    {"target_modules": "all-linear"},
    {"target_modules": ["lm_head"]},
    {"target_modules": ["lm_head"], "modules_to_save": ["lm_head"]},
    {"target_modules": "all-linear", "exclude_modules": r".*\.1\..*"},
    {"target_modules": ["q_proj", "query", "q_lin", "c_attn", "query_key_value", "qkv_proj", "dense", "fc1", "out_proj"],
     "exclude_modules": ["k_proj", "output.dense", "out_proj", "attn.c_attn"]},
    {"target_modules": "all-linear", "modules_to_save": ["down_proj", "fc2", "c_proj", "output", "dense_4h_to_h", "lin2"]},
]
# Of a model for other kinds of input too, the text model is all there is here.
OTHER_PARTS = ("vision_tower", "multi_modal_projector", "visual", "audio_tower", "embed_vision", "embed_audio")


def text_alone(model):
    for part in OTHER_PARTS:
        if hasattr(model.base_model, part):
            delattr(model.base_model, part)
    return model


def adapted(model, settings, task):
    """Paths of the adapted modules; None where PEFT raises."""
    try:
        peft_model = get_peft_model(model, LoraConfig(task_type=task, r=2, **json.loads(json.dumps(settings))))
    except (ValueError, TypeError):
        return None
    # LoRA on parameters (a router, stacks of experts) is not carried out here: "all-linear" is the linear layers alone.
    names = (name.removeprefix("base_model.model.") for name, module in peft_model.named_modules()
             if isinstance(module, LoraLayer) and not isinstance(module, ParamWrapper))
    # What is saved whole is a copy beside the published module.
    return sorted(names)


def cases():
    for kind, (config_class, sizes) in [*MODELS.items(), *ENCODERS.items()]:
        common = {} if kind in ENCODERS else COMMON
        for classifies in (False, True):
            if (kind in ENCODERS and not classifies) or (classifies and config_class not in AutoModelForSequenceClassification._model_mapping) or kind in ("llama-bf16", "gpt2-f16"):
                continue
            config = config_class(**{**common, **sizes, "num_labels": 3} if classifies else {**common, **sizes})
            loader = AutoModelForSequenceClassification if classifies else writer_class(config)
            for settings in SETTINGS:
                with torch.device("meta"):
                    model = text_alone(loader.from_config(config))
                model.tie_weights()
                config.architectures = [type(model).__name__]
                yield {"config": json.loads(config.to_json_string(use_diff=True)), "settings": settings,
                       "modules": adapted(model, settings, "SEQ_CLS" if classifies else "CAUSAL_LM")}


OUT.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n", encoding="utf-8")

MAPPINGS = {"lora": "LORA_TARGET", "vera": "VERA_TARGET", "ia3": "IA3_TARGET", "feedforward": "IA3_FEEDFORWARD"}
TYPES = sorted({config_class.model_type for config_class, _ in [*MODELS.values(), *ENCODERS.values()]})


def defaults(part):
    mapping = getattr(constants, f"TRANSFORMERS_MODELS_TO_{part}_MODULES_MAPPING")
    named = {kind: mapping[kind] for kind in TYPES if kind in mapping}
    return {kind: value if isinstance(value, str) else list(value) for kind, value in named.items()}


(OUT.parent / "defaults.json").write_text(
    json.dumps({name: defaults(part) for name, part in MAPPINGS.items()}, indent=1) + "\n", encoding="utf-8")
