"""The cases of token classification: transformers' …ForTokenClassification, trained by its own loss, scored by seqeval.

    python interop/tags.py [--out interop/golden] [--case NAME ...]
    python interop/tags.py --check [--case NAME ...]    trains the cases with the studio, and loads what it writes

Models are those of the other cases: bare encoders, and decoders of language models, whose head is what the studio draws for
a checkpoint that lacks it (`initial.py`). Words become tokens as in transformers' run_ner.py: each by itself, its tag at its
first piece and −100 at the others.
"""

import argparse
import csv
import json
import random
import re
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

from classifiers import ANIMALS, COLOURS, DROPOUTS, LORA, NO_DECAY, RUN_SEED, STEPS, VERBS, WORDS, attention_of, full, head_deviation
from initial import normal
from methods import peft_config, stir

HERE = Path(__file__).resolve().parent
LENGTH = 24

# By name: `all-linear` of PEFT means the head too, which it then cannot save.
ENCODER_LORA = {**LORA, "lora_target_modules": ["query", "key", "value", "dense"]}
DECODER_LORA = {**LORA, "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]}

# case: (model type, folder of the model, rows, tuning, training settings that differ from the defaults)
TAG_CASES = {
    "bert-tags-lora": ("bert", "bert-lora", 25, ENCODER_LORA, dict(batch_size=4, learning_rate=1e-2, warmup_steps=3)),
    "bert-tags-full": ("bert", "bert-lora", 24, full("LayerNorm", "classifier"), dict(batch_size=4, learning_rate=5e-4, weight_decay=0.1)),
    "deberta-v2-tags-lora": ("deberta-v2", "deberta-v2-lora", 24, {**LORA, "lora_target_modules": ["query_proj", "value_proj"]}, dict(batch_size=4, learning_rate=1e-2)),
    "distilbert-tags-lora": ("distilbert", "distilbert-lora", 24, {**LORA, "lora_target_modules": ["q_lin", "v_lin"]}, dict(batch_size=3, learning_rate=1e-2)),
    "roberta-tags-lora": ("roberta", "roberta-lora", 24, {**LORA, "lora_target_modules": ["query", "value"]}, dict(batch_size=4, learning_rate=1e-2)),
    "xlm-roberta-tags-full": ("xlm-roberta", "xlm-roberta-lora", 24, full("LayerNorm", "classifier"), dict(batch_size=4, learning_rate=5e-4)),
    "modernbert-tags-lora": ("modernbert", "modernbert-lora", 24, {**LORA, "lora_target_modules": ["Wqkv", "Wo", "Wi", "dense"]}, dict(batch_size=4, learning_rate=3e-3)),
    "electra-tags-lora": ("electra", "electra-lora", 24, ENCODER_LORA, dict(batch_size=4, learning_rate=2e-3)),
    "albert-tags-full": ("albert", "albert-lora", 24, full("norm", "Norm", "classifier"), dict(batch_size=4, learning_rate=5e-4)),
    "mpnet-tags-lora": ("mpnet", "mpnet-lora", 24, {**LORA, "lora_target_modules": ["q", "k", "v", "o", "dense"]}, dict(batch_size=4, learning_rate=5e-3)),
    "llama-tags-lora": ("llama", "llama-lora", 24, DECODER_LORA, dict(batch_size=4, learning_rate=1e-2, warmup_steps=2)),
    "qwen2-tags-lora": ("qwen2", "qwen2-lora", 24, DECODER_LORA, dict(batch_size=3, learning_rate=1e-2, grad_accumulation=2)),
    "gpt2-tags-full": ("gpt2", "gpt2-lora", 24, full("ln_", "c_proj"), dict(batch_size=4, learning_rate=5e-4)),
}


def tag_of(word, before):
    kind = "ANIMAL" if word in ANIMALS else "COLOUR" if word in COLOURS else None
    if kind is None:
        return "O"
    return f"I-{kind}" if before.endswith(kind) else f"B-{kind}"


def make_rows(count, seed):
    """(words, tags) of each row; words as JSON, as Python and as NumPy print lists, in turn."""
    rng = random.Random(seed)
    rows = []
    for index in range(count):
        words = rng.choices(WORDS + 6 * sorted(ANIMALS | COLOURS), k=rng.randint(2, 12)) + ["."]
        tags = []
        for word in words:
            tags.append(tag_of(word, tags[-1] if tags else "O"))
        rows.append((words, tags))
    return rows


def printed(values, index):
    numpy = "[" + " ".join(repr(value) for value in values) + "]"
    return (json.dumps(values), repr(values), numpy)[index % 3]


def names_of(rows):
    """run_ner's get_label_list."""
    return sorted({tag for _, tags in rows for tag in tags})


def headed(folder, names):
    config = AutoConfig.from_pretrained(folder, num_labels=len(names))
    for key in (*DROPOUTS, "hidden_dropout"):
        if hasattr(config, key):
            setattr(config, key, 0.0)
    config.classifier_dropout = 0.0
    config.id2label, config.label2id = dict(enumerate(names)), {name: index for index, name in enumerate(names)}
    model = AutoModelForTokenClassification.from_pretrained(folder, config=config, dtype=torch.float32, attn_implementation=attention_of(config))
    with torch.no_grad():
        for name, value in model.named_parameters():
            if re.match(r"classifier|score", name):
                drawn = torch.from_numpy(normal(name, tuple(value.shape), RUN_SEED)) * head_deviation(config)
                value.copy_(torch.zeros_like(value) if name.endswith("bias") else drawn)
    return model.eval()


def encode(base, kind, rows, names):
    """(ids, labels) of each row, as run_ner.py tokenizes and aligns."""
    more = {"add_prefix_space": True} if kind in ("gpt2", "roberta") else {}
    tokenizer = AutoTokenizer.from_pretrained(base, **more)
    if more:
        # A tokenizer of no class of its own has the setting in its file alone.
        state = json.loads(tokenizer.backend_tokenizer.to_str())
        if state["pre_tokenizer"]["type"] == "ByteLevel":
            state["pre_tokenizer"]["add_prefix_space"] = True
        tokenizer._tokenizer = type(tokenizer.backend_tokenizer).from_str(json.dumps(state))
    encoded = tokenizer([words for words, _ in rows], truncation=True, max_length=LENGTH, is_split_into_words=True)
    for index, (_, tags) in enumerate(rows):
        labels, before = [], None
        for word in encoded.word_ids(batch_index=index):
            labels.append(-100 if word is None or word == before else names.index(tags[word]))
            before = word
        yield encoded["input_ids"][index], labels


def batch_of(rows, padding):
    length = max(len(ids) for ids, _ in rows)
    padded = lambda values, fill: torch.tensor([list(each) + [fill] * (length - len(each)) for each in values])
    ids, labels = [ids for ids, _ in rows], [labels for _, labels in rows]
    return dict(input_ids=padded(ids, padding), attention_mask=padded([[1] * len(each) for each in ids], 0)), padded(labels, -100)


def windows(count, training):
    size, accumulation = training["batch_size"], training["grad_accumulation"]
    batches = [list(range(start, start + size)) for start in range(0, count - size + 1, size)]
    while True:
        for start in range(0, len(batches), accumulation):
            yield batches[start:start + accumulation]


def train(model, trained, count, training, schedule, batch):
    """
    transformers' own loss of `count` rows, its means over batches joined to one over the labelled tokens of the window.
    batch(step, rows): inputs and labels of rows by their numbers.
    """
    optimizer = torch.optim.AdamW([{"params": [value], "weight_decay": 0.0 if NO_DECAY.search(name.lower()) or value.ndim == 1 else training["weight_decay"]}
                                   for name, value in trained.items()], lr=training["learning_rate"])
    history = {"losses": [], "grad_norms": [], "learning_rates": [], "rows": []}
    model.train()
    for step, window in zip(range(training["max_steps"]), windows(count, training)):
        rate = training["learning_rate"] * schedule(step, training)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        made = [batch(step, rows) for rows in window]
        tokens, loss = sum(int((labels >= 0).sum()) for _, labels in made), 0.0
        for inputs, labels in made:
            part = model(**inputs, labels=labels).loss * int((labels >= 0).sum()) / tokens
            part.backward()
            loss += part.item()
        norm = torch.sqrt(sum(value.grad.double().square().sum() for value in trained.values())).item()
        optimizer.step()
        for key, value in zip(history, (loss, norm, rate, window)):
            history[key].append(value)
    model.eval()
    return history


@torch.no_grad()
def logits(model, probes):
    """Logits of all tokens of all texts, [tokens, outputs], one text at a time."""
    return torch.cat([model(input_ids=torch.tensor([ids])).logits[0].float() for ids in probes]).contiguous()


@torch.no_grad()
def seqeval_scores(model, rows, names):
    from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score
    wanted, given = [], []
    for ids, labels in rows:
        best = model(input_ids=torch.tensor([ids])).logits[0].argmax(-1).tolist()
        wanted.append([names[label] for label in labels if label >= 0])
        given.append([names[tag] for tag, label in zip(best, labels) if label >= 0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = dict(f1=f1_score, precision=precision_score, recall=recall_score, accuracy=accuracy_score)
        return {name: float(score(wanted, given)) for name, score in scores.items()}


def run_config(case):
    kind, base, _, tuning, training = TAG_CASES[case]
    adapter = {"init_from": "./adapter-initial"} if tuning["method"] != "full" else {}
    return {
        "model": {"llm_backbone": f"../{base}/"},
        "dataset": {"train_dataframe": "./data.csv", "prompt_column": ["tokens"], "answer_column": "tags",
                    "problem_type": "token-classification", "validation_strategy": "none"},
        # Short enough that some rows are cut.
        "tokenizer": {"max_length": LENGTH, "allow_truncation": True},
        "tuning": {**tuning, **adapter},
        "training": {"optimizer": "AdamW", "schedule": "Cosine", "warmup_steps": 0, "weight_decay": 0, "gradient_clip": 0,
                     "grad_accumulation": 1, "max_steps": STEPS, "shuffle": False, "drop_last_batch": True, **training},
        "environment": {"mixed_precision": "f32", "seed": RUN_SEED},
    }


def write_adapter(folder, base, names, tuning, seed, write_json):
    torch.manual_seed(seed)
    model = get_peft_model(headed(base, names), peft_config(tuning, base, "TOKEN_CLS"))
    stir(model)
    model.save_pretrained(folder / "adapter-initial")
    (folder / "adapter-initial" / "README.md").unlink()
    path = folder / "adapter-initial" / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = None
    write_json(path, {key: sorted(value) if isinstance(value, list) else value for key, value in config.items()})


def load(folder, base, names, tuning):
    model = headed(base, names)
    if tuning["method"] == "full":
        for name, value in model.named_parameters():
            value.requires_grad_(any(selector["contains"] in name for selector in tuning["train_parameters"]))
    else:
        model = PeftModel.from_pretrained(model, folder / "adapter-initial", is_trainable=True)
    return model, {name: value for name, value in model.named_parameters() if value.requires_grad}


def make(folder, case, seed):
    from make_golden import schedule, write_json
    kind, base_name, count, tuning, _ = TAG_CASES[case]
    base = folder.parent / base_name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    table = make_rows(count, seed)
    names = names_of(table)
    with open(folder / "data.csv", "w", encoding="utf-8", newline="") as file:
        cells = [(printed(words, index), printed(tags, index)) for index, (words, tags) in enumerate(table)]
        csv.writer(file, lineterminator="\n").writerows([("tokens", "tags"), *cells])
    run = run_config(case)
    write_json(folder / "run.json", run)
    if tuning["method"] != "full":
        write_adapter(folder, base, names, tuning, seed, write_json)
    rows = list(encode(base, kind, table, names))
    probes = [ids for ids, _ in rows[:5]]
    model, trained = load(folder, base, names, tuning)
    tensors = {"logits_base": logits(headed(base, names), probes), "logits_start": logits(model, probes)}
    batch = lambda _, chosen: batch_of([rows[row] for row in chosen], model.config.pad_token_id or 0)
    history = train(model, trained, len(rows), run["training"], schedule, batch)
    tensors["logits_after"] = logits(model, probes)
    after = get_peft_model_state_dict(model) if tuning["method"] != "full" else trained
    tensors.update({name: value.detach().contiguous() for name, value in after.items()})
    save_file(tensors, str(folder / "expected.safetensors"))
    write_json(folder / "expected.json", {
        "case": case, "probes": probes, "labels": [labels for _, labels in rows[:5]], "names": names, "trained": sorted(after),
        "scores": seqeval_scores(model, rows, names), **history})
    model, _ = load(folder, base, names, tuning)
    model.double()
    exact = train(model, {name: value for name, value in model.named_parameters() if value.requires_grad}, len(rows), run["training"], schedule, batch)
    worst = max(abs(a - b) / abs(b) for key in ("losses", "grad_norms") for a, b in zip(history[key], exact[key]))
    if not worst <= 1e-4:
        raise SystemExit(f"{case}: float32 and float64 differ by {worst:.1e}; the case is ill-conditioned")
    scores = json.loads((folder / "expected.json").read_text())["scores"]
    return f"{case}: loss {history['losses'][0]:.3f} → {history['losses'][-1]:.3f}, F1 {scores['f1']:.3f}, float64 differs by {worst:.0e}"


def score_table(path, seed=7, count=60):
    """Random tags with what seqeval says of them: well-formed ones and others."""
    from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score
    rng = random.Random(seed)
    kinds = ["O", "B-A", "I-A", "B-B", "I-B", "E-A", "S-B", "NOUN", "VERB", "B", "I", ".", "B-A-B", "日-本"]
    cases = []
    for index in range(count):
        known = kinds[:5] if index % 2 else kinds
        wanted = [rng.choices(known, k=rng.randint(1, 9)) for _ in range(rng.randint(1, 4))]
        given = [[tag if rng.random() < 0.7 else rng.choice(known) for tag in row] for row in wanted]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = dict(f1=f1_score, precision=precision_score, recall=recall_score, accuracy=accuracy_score)
            found = {name: float(score(wanted, given)) for name, score in scores.items()}
        cases.append({"wanted": wanted, "given": given, "scores": found})
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def studio(*words):
    executor = () if words[0] == "merge" else ("--executor", "tfjs-cpu")
    command = ["node", "node_modules/tsx/dist/cli.mjs", "src/cli/main.ts", *map(str, words), *executor]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"studio {words[0]}: {done.stderr.strip()[-800:]}")


def studio_logits(folder, probes, out, adapter=None):
    rows = []
    for ids in probes:
        studio("logits", "--model", folder, *(["--adapter", adapter] if adapter else []), "--ids", ",".join(map(str, ids)), "--out", out)
        rows.append(load_file(out)["logits"].clone().reshape(len(ids), -1))
    return torch.cat(rows)


def check(folder, case):
    """The studio's run of a case: its curve, and its adapter and whole model in PEFT and transformers."""
    _, base_name, _, tuning, _ = TAG_CASES[case]
    expected, base = json.loads((folder / "expected.json").read_text()), folder.parent / base_name
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        studio("train", folder / "run.json", "--out", out / "run")
        lines = [json.loads(line) for line in (out / "run" / "metrics.jsonl").read_text().splitlines()]
        losses = [line["loss"] for line in lines if "loss" in line]
        worst = max(abs(ours / theirs - 1) for ours, theirs in zip(losses, expected["losses"], strict=True))
        probes, adapter = expected["probes"][:2], None
        if tuning["method"] != "full":
            adapter = out / "run" / "adapter"
            config = json.loads((adapter / "adapter_config.json").read_text())
            assert config["task_type"] == "TOKEN_CLS" and config["modules_to_save"] == ["classifier", "score"], config
            model = PeftModel.from_pretrained(headed(base, expected["names"]), adapter).eval()
            assert set(get_peft_model_state_dict(model)) == set(load_file(adapter / "adapter_model.safetensors")) == set(expected["trained"])
            apart = far(logits(model, probes), studio_logits(base, probes, out / "logits.safetensors", adapter))
            studio("merge", "--model", base, "--adapter", adapter, "--out", out / "whole")
        whole = out / "whole" if adapter else out / "run" / "model"
        model, report = AutoModelForTokenClassification.from_pretrained(
            whole, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
        assert not report["missing_keys"] and not report["mismatched_keys"], report
        assert list(model.config.id2label.values()) == expected["names"], model.config.id2label
        merged = far(logits(model.eval(), probes), studio_logits(whole, probes, out / "logits.safetensors"))
        apart = max(apart, merged) if adapter else merged
    assert worst < 1e-3 and apart < 1e-4, (worst, apart)
    return f"losses differ by {worst:.0e}, logits of what was written by {apart:.0e}"


def far(theirs, ours):
    assert torch.isfinite(theirs).all() and torch.isfinite(ours).all()
    return float((theirs - ours).abs().max() / theirs.abs().max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=HERE / "golden")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", nargs="+", default=list(TAG_CASES))
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    for case in given.case if given.check else []:
        print(f"{case}: {check(given.out / case, case)}", flush=True)
    if given.check:
        raise SystemExit
    score_table(HERE.parent / "src" / "tasks" / "tokens" / "golden" / "seqeval.json")
    for case in given.case:
        print(make(given.out / case, case, given.seed), flush=True)
