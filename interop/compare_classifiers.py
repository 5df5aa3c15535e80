"""What the studio writes for a classifier, held against PEFT and transformers."""

import json

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from classifiers import CLASSIFIER_CASES, PairIds, base_of, headed, is_pairs, logits
from make_golden import adapterhub
from methods import ADAPTERHUB, VIRTUAL

# Of the largest logit: with the same weights, and with those that each side trained.
# A whole model has the type of its base: trained weights are rounded to it.
SAME_WEIGHTS, TRAINED_APART, ROUNDED_APART = 1e-4, 1e-3, 5e-3


def studio_answers(studio, folder, out, probes, adapter=None):
    """Logits [texts, outputs] that the studio computes."""
    with_adapter = ["--adapter", adapter] if adapter else []
    rows = []
    for ids in probes:
        types = getattr(ids, "types", None)
        pair = ["--type-start", types.index(1) if types else len(ids)] if isinstance(ids, PairIds) else []
        studio("logits", "--model", folder, *with_adapter, *pair, "--ids", ",".join(map(str, ids)), "--out", out)
        # A copy: what is loaded may be the file itself, which the next text overwrites.
        rows.append(load_file(out)["logits"].clone())
    return torch.stack(rows)


def compare_classifier(tally, studio, folder, out, expected, tensors):
    case = expected["case"]
    _, problem, _, tuning, _ = CLASSIFIER_CASES[case]
    base, probes = folder.parent / base_of(case), expected["probes"][:2]
    if is_pairs(case):
        probes = [PairIds(ids, types) for ids, types in zip(probes, expected["types"])]
        check_readme(tally, studio, base, out)
    wanted = {name: value[:2] for name, value in tensors.items() if name.startswith("logits_")}
    if tuning["method"] == "full":
        return compare_whole(tally, studio, out / "model", out, probes, wanted, expected["trained"])
    ours = studio_answers(studio, base, out / "logits.safetensors", probes, out / "adapter")
    if tuning["method"] in ADAPTERHUB:
        theirs = out / "logits-adapterhub.safetensors"
        found = json.loads(adapterhub("logits", base, out / "adapter", json.dumps(probes), theirs, problem))
        written = load_file(out / "adapter" / "adapter.safetensors")
        tally.check("adapter holds exactly AdapterHub's tensors", sorted(written) == found, f"{len(written)} tensors")
        tally.tensor("AdapterHub's logits with our adapter", load_file(theirs)["logits"], ours, SAME_WEIGHTS)
        return tally.tensor("our adapter against AdapterHub's training", ours, wanted["logits_after"], TRAINED_APART)
    model = PeftModel.from_pretrained(headed(base, problem), out / "adapter").eval()
    written = load_file(out / "adapter" / "adapter_model.safetensors")
    found = set(get_peft_model_state_dict(model))
    tally.check("adapter holds exactly PEFT's tensors", set(written) == found == set(expected["trained"]), f"{len(written)} tensors")
    tally.tensor("PEFT's logits with our adapter", logits(model, probes), ours, SAME_WEIGHTS)
    tally.tensor("our adapter against PEFT's training", ours, wanted["logits_after"], TRAINED_APART)
    if (folder / "adapter-initial").exists():
        initial = studio_answers(studio, base, out / "logits-initial.safetensors", probes, folder / "adapter-initial")
        tally.tensor("logits with PEFT's adapter", initial, wanted["logits_start"], SAME_WEIGHTS)
    if tuning["method"] in VIRTUAL:
        return
    studio("merge", "--model", base, "--adapter", out / "adapter", "--out", out / "merged")
    compare_whole(tally, studio, out / "merged", out, probes, wanted, [])


def check_readme(tally, studio, base, out):
    """What is asked of a pair as the README of the export says it, beside what the studio says of the same two texts."""
    is_whole = (out / "model").exists()
    studio("export", out, "--to", "merged" if is_whole else "peft", "--out", out / "exported")
    readme = (out / "exported" / "README.md").read_text(encoding="utf-8")
    lines = readme.split("```python\n")[1].split("```")[0].replace("path/to/this/folder", str(out / "exported"))
    asked = [line for line in lines.splitlines() if line.startswith("inputs = tokenizer(")]
    tally.check("the README asks with two texts", len(asked) == 1 and '"The first text", "The second text"' in asked[0], str(asked))
    # Texts whose letters the tiny vocabularies hold.
    first, second = "the old cat sings", "a red bird"
    lines = lines.replace("The first text", first).replace("The second text", second)
    scope = {}
    exec(lines.replace("path/to/the/base/model", str(base)), scope)
    with torch.no_grad():
        theirs = scope["model"](**scope["inputs"]).logits[0].float()
    model = ["--model", out / "exported"] if is_whole else ["--model", base, "--adapter", out / "exported"]
    said = [line for line in studio("classify", *model, "--text", first, "--pair", second, "--json").splitlines() if line.startswith("{")]
    ours = torch.tensor(json.loads(said[0])["logits"])
    tally.tensor("the README's code gives the studio's logits", ours, theirs, SAME_WEIGHTS)
    if not is_whole:
        return
    # Without the types being asked for, as pipelines do.
    tokenizer = AutoTokenizer.from_pretrained(out / "exported")
    with torch.no_grad():
        plain = scope["model"](**tokenizer(first, second, return_tensors="pt")).logits[0].float()
    tally.tensor("the exported tokenizer gives the types by itself", ours, plain, SAME_WEIGHTS)


def compare_whole(tally, studio, folder, out, probes, wanted, trained):
    """A whole model: transformers finds every tensor, the head and the names of its classes in the folder alone."""
    ours = studio_answers(studio, folder, out / "logits-whole.safetensors", probes)
    model, report = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    problems = [*report["missing_keys"], *report["mismatched_keys"], *(set(trained) - set(dict(model.named_parameters())))]
    tally.check(f"{folder.name}: transformers finds every tensor", not problems, str(problems[:3] or ""))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = config["id2label"]
    tally.check(f"{folder.name}: classes have their names", {int(key): name for key, name in names.items()} == model.config.id2label)
    tally.tensor(f"{folder.name}: transformers' logits", logits(model.eval(), probes), ours, SAME_WEIGHTS)
    apart = ROUNDED_APART if config.get("dtype") == "float16" else TRAINED_APART
    tally.tensor(f"{folder.name}: against PyTorch's training", ours, wanted["logits_after"], apart)
