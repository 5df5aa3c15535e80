"""What other programs take where a settings file says nothing, read off their own dataclasses without running them.

    pip download --no-deps -d WHEELS transformers==5.18.0 trl==1.16.0 llamafactory==0.9.5 axolotl==0.19.0
    python defaults.py WHEELS > defaults.json
"""

import ast
import glob
import json
import sys
import zipfile

SOURCES = {
    "TrainingArguments": ("transformers-", "transformers/training_args.py", "TrainingArguments"),
    "SFTConfig": ("trl-", "trl/trainer/sft_config.py", "SFTConfig"),
    "ModelConfig": ("trl-", "trl/trainer/model_config.py", "ModelConfig"),
    "LLaMA-Factory data": ("llamafactory-", "llamafactory/hparams/data_args.py", "DataArguments"),
    "LLaMA-Factory LoRA": ("llamafactory-", "llamafactory/hparams/finetuning_args.py", "LoraArguments"),
    "LLaMA-Factory freeze": ("llamafactory-", "llamafactory/hparams/finetuning_args.py", "FreezeArguments"),
    "LLaMA-Factory": ("llamafactory-", "llamafactory/hparams/finetuning_args.py", "FinetuningArguments"),
    "axolotl": ("axolotl-", "axolotl/utils/schemas/config.py", "AxolotlInputConfig"),
    "axolotl training": ("axolotl-", "axolotl/utils/schemas/training.py", "HyperparametersConfig"),
    "axolotl LoRA": ("axolotl-", "axolotl/utils/schemas/peft.py", "LoraConfig"),
}


def default_of(value):
    """The plain default of a field, or of a `field(default=…)`; None for anything that is computed."""
    if isinstance(value, ast.Call):
        value = next((word.value for word in value.keywords if word.arg == "default"), None)
    try:
        return ast.literal_eval(value) if value is not None else None
    except ValueError:
        return None


def fields(wheels, start, path, name):
    wheel = zipfile.ZipFile(glob.glob(f"{wheels}/{start}*.whl")[0])
    tree = ast.parse(wheel.read(path))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name).body
    return {node.target.id: default_of(node.value) for node in body if isinstance(node, ast.AnnAssign)}


json.dump({name: fields(sys.argv[1], *source) for name, source in SOURCES.items()}, sys.stdout, indent=1)
