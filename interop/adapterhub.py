"""Bottleneck adapters with AdapterHub's `adapters`. It needs an older transformers, so this runs in interop/.venv-adapters.

    python interop/adapterhub.py make FOLDER CASE SEED           what make_golden.py does for the other cases
    python interop/adapterhub.py logits BASE ADAPTER IDS OUT     logits with an adapter that was saved by anyone
"""

import json
import sys
from pathlib import Path

import adapters
import torch
from adapters import DoubleSeqBnConfig, ParBnConfig, SeqBnConfig
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from cases import CASES, run_config
from make_golden import check_stable, encode, logits, model_folder, summary, train, write_json

NAME = "tuned"


def adapter_config(tuning):
    """The library's config of a run's tuning section."""
    both = tuning.get("adapter_placement") == "both"
    if tuning["method"] == "parallel-adapter":
        return ParBnConfig(reduction_factor=tuning["reduction_factor"], mh_adapter=both)
    return (DoubleSeqBnConfig if both else SeqBnConfig)(reduction_factor=tuning["reduction_factor"])


def base_model(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    adapters.init(model)
    return model


def write_adapter(folder, base_folder, tuning, seed):
    """The adapter both sides start from; what would be 0 or nearly so is drawn larger."""
    torch.manual_seed(seed)
    model = base_model(base_folder)
    model.add_adapter(NAME, config=adapter_config(tuning))
    for name, value in model.named_parameters():
        if f".adapters.{NAME}." in name:
            torch.nn.init.normal_(value, std=0.2)
    model.save_adapter(str(folder / "adapter-initial"), NAME, with_head=False, use_safetensors=True)


def load(folder, base_folder, tuning):
    """The model as training starts, and the named parameters that are trained."""
    model = base_model(base_folder)
    model.load_adapter(str(folder / "adapter-initial"), with_head=False, use_safetensors=True)
    model.train_adapter(NAME)
    return model, {name: value for name, value in model.named_parameters() if value.requires_grad}


def make(folder, case, seed):
    """Makes what PyTorch and the library say of a case whose model and rows are there."""
    tuning, base_folder = CASES[case][2], model_folder(folder, case)
    write_adapter(folder, base_folder, tuning, seed)
    run = run_config(case)
    rows = list(encode(folder, base_folder, run))
    probe = [token for ids, _ in rows[:2] for token in ids][:23]
    model, trained = load(folder, base_folder, tuning)
    tensors = {"logits_start": logits(model, probe), "logits_base": logits(base_model(base_folder), probe)}
    history = train(model, trained, rows, run["training"])
    tensors["logits_after"] = logits(model, probe)
    # The adapter's own name is the user's to choose: compared without it.
    after = {name.replace(f".adapters.{NAME}.", ".adapters."): value.detach().contiguous() for name, value in trained.items()}
    tensors.update(after)
    save_file(tensors, str(folder / "expected.safetensors"))
    write_json(folder / "expected.json", {"case": case, "probe_ids": probe, "trained": sorted(after), **history})
    worst = check_stable(load, folder, base_folder, run, rows, history)
    return summary(case, history, trained, worst)


def main():
    torch.set_num_threads(1)
    command, *arguments = sys.argv[1:]
    if command == "make":
        folder, case, seed = arguments
        return print(make(Path(folder), case, int(seed)), flush=True)
    base, adapter, ids, out = arguments
    model = base_model(base)
    name = model.load_adapter(adapter, with_head=False, use_safetensors=True, set_active=True)
    model.eval()
    found = {key for key in model.state_dict() if f".adapters.{name}." in key}
    save_file({"logits": logits(model, json.loads(ids))}, out)
    return print(json.dumps(sorted(found)))


if __name__ == "__main__":
    main()
