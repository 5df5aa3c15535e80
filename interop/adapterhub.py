"""Bottleneck adapters with AdapterHub's `adapters`. It needs an older transformers, so this runs in interop/.venv-adapters.

    python interop/adapterhub.py make FOLDER CASE SEED           what make_golden.py does for the other cases
    python interop/adapterhub.py logits BASE ADAPTER IDS OUT     logits with an adapter that was saved by anyone; with a
                                                [PROBLEM]        problem, of a classifier for each list of IDS
"""

import json
import sys
from pathlib import Path

import adapters
import torch
from adapters import DoubleSeqBnConfig, ParBnConfig, SeqBnConfig
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

import classifiers
from cases import CASES, run_config
from classifiers import CLASSIFIER_CASES
from make_golden import check_stable, encode, logits, model_folder, schedule, summary, train, windows, write_json

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


def write_adapter(folder, model, tuning, seed):
    """The adapter both sides start from; what would be 0 or nearly so is drawn larger."""
    torch.manual_seed(seed)
    model.add_adapter(NAME, config=adapter_config(tuning))
    for name, value in model.named_parameters():
        if f".adapters.{NAME}." in name:
            torch.nn.init.normal_(value, std=0.2)
    model.save_adapter(str(folder / "adapter-initial"), NAME, use_safetensors=True)
    # The model's own folder stands there.
    for path in (folder / "adapter-initial").glob("*_config.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "model_name": None}, indent=1) + "\n", encoding="utf-8")


def load(folder, base_folder, tuning):
    """The model as training starts, and the named parameters that are trained."""
    return trainable(folder, base_model(base_folder))


def trainable(folder, model):
    model.load_adapter(str(folder / "adapter-initial"), use_safetensors=True)
    model.train_adapter(NAME)
    return model, {name: value for name, value in model.named_parameters() if value.requires_grad}


def make(folder, case, seed):
    """Makes what PyTorch and the library say of a case whose model and rows are there."""
    tuning, base_folder = CASES[case][2], model_folder(folder, case)
    write_adapter(folder, base_model(base_folder), tuning, seed)
    run = run_config(case)
    rows = list(encode(folder, base_folder, run))
    probe = [token for ids, _ in rows[:2] for token in ids][:23]
    model, trained = load(folder, base_folder, tuning)
    tensors = {"logits_start": logits(model, probe), "logits_base": logits(base_model(base_folder), probe)}
    history = train(model, trained, rows, run["training"])
    tensors["logits_after"] = logits(model, probe)
    write_expected(folder, case, tensors, trained, dict(probe_ids=probe), history)
    worst = check_stable(load, folder, base_folder, run, rows, history)
    return summary(case, history, trained, worst)


def write_expected(folder, case, tensors, trained, probes, history):
    """Writes what came out; the adapter's own name is the user's to choose, so tensors are compared without it."""
    after = {name.replace(f".adapters.{NAME}.", ".adapters."): value.detach().contiguous() for name, value in trained.items()}
    save_file({**tensors, **after}, str(folder / "expected.safetensors"))
    write_json(folder / "expected.json", {"case": case, **probes, "trained": sorted(after), **history})


def headed(base_folder, problem):
    """A classifier whose head holds what the studio draws for it."""
    model = classifiers.headed(base_folder, problem)
    adapters.init(model)
    return model


def make_classifier(folder, case, seed):
    """The same for a classifier, whose head is trained with the adapter."""
    _, problem, _, tuning, _ = CLASSIFIER_CASES[case]
    base_folder = folder.parent / classifiers.base_of(case)
    write_adapter(folder, headed(base_folder, problem), tuning, seed)
    training = classifiers.run_config(case)["training"]
    rows = classifiers.encode(folder, base_folder, problem)
    probes = [ids for ids, _ in rows[:5]]

    def trained_from_start(dtype):
        model, trained = trainable(folder, headed(base_folder, problem))
        tensors = {"logits_start": classifiers.logits(model.eval(), probes)}
        history = classifiers.train(model.to(dtype), trained, rows, training, windows, schedule)
        return {**tensors, "logits_after": classifiers.logits(model, probes)}, trained, history

    tensors, trained, history = trained_from_start(torch.float32)
    tensors["logits_base"] = classifiers.logits(headed(base_folder, problem), probes)
    write_expected(folder, case, tensors, trained, dict(probes=probes), history)
    exact = trained_from_start(torch.float64)[2]
    worst = max(abs(a - b) / abs(b) for key in ("losses", "grad_norms") for a, b in zip(history[key], exact[key]))
    if not worst <= 1e-4:
        raise SystemExit(f"{case}: float32 and float64 differ by {worst:.1e}; the case is ill-conditioned")
    return summary(case, history, trained, worst)


def main():
    torch.set_num_threads(1)
    command, *arguments = sys.argv[1:]
    if command == "make":
        folder, case, seed = arguments
        made = make_classifier if case in CLASSIFIER_CASES else make
        return print(made(Path(folder), case, int(seed)), flush=True)
    base, adapter, ids, out, *problem = arguments
    model = headed(base, *problem) if problem else base_model(base)
    name = model.load_adapter(adapter, use_safetensors=True, set_active=True)
    model.eval()
    found = {key for key in model.state_dict() if f".adapters.{name}." in key}
    rows = json.loads(ids)
    save_file({"logits": classifiers.logits(model, rows) if problem else logits(model, rows)}, out)
    return print(json.dumps(sorted(found)))


if __name__ == "__main__":
    main()
