"""The cases of sentence embeddings: encoders trained by the losses of sentence-transformers, scored by its evaluators.

    python interop/embeddings.py [--out interop/golden] [--case NAME ...]
    python interop/embeddings.py --check [--seed N] [--case NAME ...]    also trains each case with the studio, and loads what
        it writes with sentence-transformers and PEFT

The encoders are those of the other cases. The loop is written out here, in double precision, so that what is compared is the
definition and not a trainer's habits: the negatives of a text are those of its micro-batch.
"""

import argparse
import csv
import json
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import EmbeddingSimilarityEvaluator, InformationRetrievalEvaluator, TripletEvaluator
from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss, MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.base.modules import Normalize, Transformer

from classifiers import ENCODERS, LORA, NO_DECAY, RUN_SEED, STEPS, WORDS, attention_of, full
from methods import IA3, VERA, peft_config, stir

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LENGTH = 14
NORMS = {"distilbert": "norm", "albert": "orm", "modernbert": "norm"}
TARGETS = {"bert": ["query", "value", "dense"], "distilbert": ["q_lin", "v_lin"], "deberta-v2": ["query_proj", "value_proj"],
           "modernbert": ["Wqkv", "Wo"], "mpnet": ["q", "v"]}

# case: (encoder, what a row has, how its vector is made or None for a folder that does not say, tuning, training settings)
CASES = {
    "bert-ranking-lora": ("bert", "pairs", None, "lora", dict(batch_size=4, learning_rate=3e-3, warmup_steps=2, grad_accumulation=2)),
    "distilbert-triplets-full": ("distilbert", "triplets", None, "full", dict(batch_size=3, learning_rate=5e-4, weight_decay=0.1)),
    "roberta-similarity-lora": ("roberta", "scored", None, "lora", dict(batch_size=4, learning_rate=3e-3)),
    "bert-similarity-full": ("bert", "scored", ("cls", True), "full", dict(batch_size=3, learning_rate=5e-4)),
}
# Those that the tests of the repository read.
GOLDEN = list(CASES)
for number, kind in enumerate(ENCODERS):
    what = ("pairs", "triplets", "scored")[number % 3]
    CASES.setdefault(f"{kind}-embeddings-lora", (kind, what, None, "lora", dict(batch_size=4, learning_rate=3e-3)))
    CASES.setdefault(f"{kind}-embeddings-full", (kind, "pairs", ("mean", True), "full", dict(batch_size=4, learning_rate=5e-4)))
CASES |= {
    "bert-embeddings-vera": ("bert", "scored", None, "vera", dict(batch_size=4, learning_rate=1e-2)),
    "bert-embeddings-ia3": ("bert", "pairs", None, "ia3", dict(batch_size=4, learning_rate=1e-2)),
    "distilbert-embeddings-dora": ("distilbert", "triplets", ("cls", False), "dora", dict(batch_size=4, learning_rate=3e-3)),
}
# An encoder of a SentencePiece model and its own files, an adapter, and factors instead of matrices.
SAMPLE = ["roberta-similarity-lora", "deberta-v2-embeddings-full", "bert-embeddings-ia3"]
NAMES = {"pairs": ["anchor", "positive"], "triplets": ["anchor", "positive", "negative"], "scored": ["sentence1", "sentence2", "score"]}


def make_rows(what, count, seed):
    rng = random.Random(seed)
    # Some are longer than LENGTH tokens, and some texts stand in several rows.
    text = lambda: " ".join(rng.choices(WORDS, k=rng.randint(1, 7)))
    rows = [[text(), text()] + ([text()] if what == "triplets" else [round(rng.random(), 3)] if what == "scored" else []) for _ in range(count)]
    rows[5][1], rows[7][0], rows[9][1] = rows[2][1], rows[3][0], rows[1][1]
    return rows


def opened(base, form, length=LENGTH):
    """The encoder with sentence-transformers' modules, which cut texts at `length` tokens or, with None, where the folder says."""
    encoder = Transformer(str(base), model_kwargs={"dtype": torch.float32})
    encoder.model.set_attn_implementation(attention_of(encoder.model.config))
    pooling, normalised = form or ("mean", False)
    modules = [encoder, Pooling(encoder.get_embedding_dimension(), pooling_mode=pooling)]
    model = SentenceTransformer(modules=modules + ([Normalize()] if normalised else []), device="cpu").eval()
    if length:
        model.max_seq_length = length
    return model


def base_of(case):
    """A folder of its own where it says how vectors are made."""
    return "./" if CASES[case][2] else f"../{CASES[case][0]}-lora/"


def tuning_of(case):
    kind, _, _, method, _ = CASES[case]
    targets = {"lora_target_modules": TARGETS.get(kind, ["query", "value"])}
    return {"full": full(NORMS.get(kind, "LayerNorm")), "lora": {**LORA, **targets}, "dora": {**LORA, "use_dora": True, **targets},
            "vera": {**VERA, **targets}, "ia3": IA3}[method]


def run_config(case):
    _, what, _, method, training = CASES[case]
    names = NAMES[what]
    columns = dict(problem_type="sentence-similarity", prompt_column=names[:2], answer_column=names[2]) if what == "scored" else \
        dict(problem_type="sentence-embeddings", prompt_column=names[:1], answer_column=names[1], rejected_answer_column=(names + [""])[2])
    return {
        "model": {"llm_backbone": base_of(case)},
        "dataset": {"train_dataframe": "./data.csv", **columns, "validation_strategy": "none"},
        "tokenizer": {"max_length": LENGTH, "allow_truncation": True},
        "tuning": {**tuning_of(case), **({"init_from": "./adapter-initial"} if method != "full" else {})},
        "training": {"optimizer": "AdamW", "schedule": "Cosine", "warmup_steps": 0, "weight_decay": 0, "gradient_clip": 0,
                     "grad_accumulation": 1, "max_steps": STEPS, "shuffle": False, "drop_last_batch": True, **training},
        "environment": {"mixed_precision": "f32", "seed": RUN_SEED},
    }


def write_base(folder, kind, form):
    """A folder of sentence-transformers."""
    source = HERE / "golden" / f"{kind}-lora"
    model = opened(source, form)
    model.max_seq_length = 40
    model.save(str(folder), create_model_card=False)
    # DeBERTa is published with a SentencePiece model, of which transformers has just made a tokenizer.json.
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if (source / name).exists():
            shutil.copy(source / name, folder)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 40, "do_lower_case": false}\n')


def write_adapter(folder, base, case, seed, write_json):
    torch.manual_seed(seed)
    encoder = opened(base, CASES[case][2])[0].model
    config = peft_config(tuning_of(case), base, None)
    config.task_type = "FEATURE_EXTRACTION"
    model = get_peft_model(encoder, config)
    stir(model)
    model.save_pretrained(folder / "adapter-initial")
    (folder / "adapter-initial" / "README.md").unlink()
    # The pooler that transformers' encoders have gives nothing to a vector.
    file = folder / "adapter-initial" / "adapter_model.safetensors"
    save_file({name: value for name, value in load_file(file).items() if ".pooler." not in name}, str(file))
    path = folder / "adapter-initial" / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = None
    write_json(path, {key: sorted(value) if isinstance(value, list) else value for key, value in config.items()})


def load(folder, base, case):
    model = opened(base, CASES[case][2])
    if CASES[case][3] != "full":
        model[0].model = PeftModel.from_pretrained(model[0].model, folder / "adapter-initial", is_trainable=True)
    else:
        for name, value in model[0].model.named_parameters():
            value.requires_grad_("pooler" not in name and any(each["contains"] in name for each in tuning_of(case)["train_parameters"]))
    return model


def train(model, rows, what, training, schedule):
    loss_of = CosineSimilarityLoss(model) if what == "scored" else MultipleNegativesRankingLoss(model)
    # An adapter's pooler has no gradient.
    trained = {name: value for name, value in model[0].model.named_parameters() if value.requires_grad and "pooler" not in name}
    optimizer = torch.optim.AdamW([{"params": [value], "weight_decay": 0.0 if NO_DECAY.search(name.lower()) or value.ndim == 1 else training["weight_decay"]}
                                   for name, value in trained.items()], lr=training["learning_rate"])
    size, accumulation = training["batch_size"], training["grad_accumulation"]
    batches = [rows[start:start + size] for start in range(0, len(rows) - size + 1, size)]
    windows = [batches[start:start + accumulation] for start in range(0, len(batches), accumulation)]
    history = {"losses": [], "grad_norms": [], "learning_rates": []}
    model.train()
    for step in range(training["max_steps"]):
        rate = training["learning_rate"] * schedule(step, training)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        window, total = windows[step % len(windows)], 0.0
        for batch in window:
            texts = list(zip(*([row[:2] for row in batch] if what == "scored" else batch)))
            labels = torch.tensor([row[2] for row in batch], dtype=torch.float64) if what == "scored" else None
            part = loss_of([model.preprocess(list(column)) for column in texts], labels) / len(window)
            part.backward()
            total += part.item()
        norm = torch.sqrt(sum(value.grad.double().square().sum() for value in trained.values())).item()
        optimizer.step()
        for key, value in zip(history, (total, norm, rate)):
            history[key].append(value)
    model.eval()
    return history


def vectors(model, texts):
    """One text at a time, so that no padding is in it."""
    return torch.cat([model.encode([text], convert_to_tensor=True, show_progress_bar=False) for text in texts])


def scores(model, rows, what):
    if what == "scored":
        first, second, wanted = map(list, zip(*rows))
        found = EmbeddingSimilarityEvaluator(first, second, wanted, write_csv=False)(model)
        return {"spearman": found["spearman_cosine"], "pearson": found["pearson_cosine"]}
    corpus = {}
    for row in rows:
        for text in row[1:]:
            corpus.setdefault(text, f"{len(corpus):04}")
    right = {row[0]: {corpus[each[1]] for each in rows if each[0] == row[0]} for row in rows}
    queries = {f"q{index}": row[0] for index, row in enumerate(rows)}
    relevant = {f"q{index}": right[row[0]] for index, row in enumerate(rows)}
    found = InformationRetrievalEvaluator(queries, {key: text for text, key in corpus.items()}, relevant, write_csv=False)(model)
    given = {"accuracyAt1": found["cosine_accuracy@1"], "mrrAt10": found["cosine_mrr@10"]}
    if what == "triplets":
        given["tripletAccuracy"] = TripletEvaluator(*map(list, zip(*rows)), write_csv=False)(model)["cosine_accuracy"]
    return {name: float(value) for name, value in given.items()}


def make(folder, case, seed):
    from make_golden import schedule, write_json
    kind, what, form, method, training = CASES[case]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    base = HERE / "golden" / f"{kind}-lora"
    if form:
        write_base(folder, kind, form)
        base = folder
    rows = make_rows(what, 25, seed)
    with open(folder / "data.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([NAMES[what], *rows])
    run = run_config(case)
    if folder.parent != HERE / "golden" and not form:
        run["model"]["llm_backbone"] = f"{base}/"
    write_json(folder / "run.json", run)
    if method != "full":
        write_adapter(folder, base, case, seed, write_json)
    probes = [row[0] for row in rows[:3]]
    model = load(folder, base, case)
    tensors = {"vectors_base": vectors(opened(base, form), probes), "vectors_start": vectors(model, probes)}
    history = train(model.double(), rows, what, run["training"], schedule)
    tensors["vectors_after"] = vectors(model, probes)
    tensors = {name: value.float().contiguous() for name, value in tensors.items()}
    save_file(tensors, str(folder / "expected.safetensors"))
    tokenizer = opened(base, form).tokenizer
    write_json(folder / "expected.json", {
        "case": case, "texts": probes, "probes": [tokenizer(text, truncation=True, max_length=LENGTH).input_ids for text in probes],
        "scores": scores(model, rows, what), **history})
    return f"{case}: loss {history['losses'][0]:.4f} → {history['losses'][-1]:.4f}"


def studio(*arguments):
    command = ["npx", "tsx", "src/cli/main.ts", *map(str, arguments)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def far(a, b):
    assert torch.isfinite(a).all() and torch.isfinite(b).all()
    return ((a - b).abs().max() / b.abs().max()).item()


def check(folder, case):
    """The studio's run of a case: its curve, and its adapter and whole model in sentence-transformers."""
    kind, what, form, method, _ = CASES[case]
    expected, wanted = json.loads((folder / "expected.json").read_text()), load_file(folder / "expected.safetensors")
    base = folder if form else HERE / "golden" / f"{kind}-lora"
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        studio("train", folder / "run.json", "--out", out / "run")
        lines = [json.loads(line) for line in (out / "run" / "metrics.jsonl").read_text().splitlines()]
        losses = [line["loss"] for line in lines if "loss" in line]
        worst = max(abs(ours - theirs) / max(1, abs(theirs)) for ours, theirs in zip(losses, expected["losses"], strict=True))
        asked = out / "texts.txt"
        asked.write_text("\n".join(expected["texts"]))

        def cosines(*arguments):
            found = studio("classify", *arguments, "--file", asked, "--json")
            return torch.tensor(json.loads(found)["alike"]["cosines"])

        def theirs(model):
            own = torch.nn.functional.normalize(vectors(model, expected["texts"]), dim=-1)
            return own @ own.T

        apart, whole = 0.0, out / "run" / "model"
        if method != "full":
            adapter = out / "run" / "adapter"
            model = opened(base, form, None)
            model[0].model = PeftModel.from_pretrained(model[0].model, adapter).eval()
            apart = (theirs(model) - cosines("--model", base, "--adapter", adapter)).abs().max().item()
            model.max_seq_length = LENGTH
            apart = max(apart, far(vectors(model, expected["texts"]), wanted["vectors_after"]) / 10)
            assert model[0].model.peft_config["default"].task_type == "FEATURE_EXTRACTION"
            whole = out / "whole"
            studio("merge", "--model", base, "--adapter", adapter, "--out", whole)
        model = SentenceTransformer(str(whole), device="cpu", model_kwargs={"attn_implementation": attention_of(opened(base, form)[0].model.config)})
        kinds = [type(module).__name__ for module in model]
        assert kinds == ["Transformer", "Pooling", *(["Normalize"] if form and form[1] else [])], kinds
        merged = (theirs(model) - cosines("--model", whole)).abs().max().item()
        model.max_seq_length = LENGTH
        trained = far(vectors(model, expected["texts"]), wanted["vectors_after"])
    assert worst < 1e-3 and apart < 1e-4 and merged < 1e-4 and trained < 1e-3, (worst, apart, merged, trained)
    return f"losses differ by {worst:.0e}, cosines of what was written by {max(apart, merged):.0e}, vectors from sentence-transformers' training by {trained:.0e}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", nargs="+")
    parser.add_argument("--check", action="store_true")
    torch.set_num_threads(1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        out = (given.out or (Path(place) if given.check else HERE / "golden")).resolve()
        for case in given.case or (CASES if given.check else GOLDEN):
            print(make(out / case, case, given.seed), flush=True)
            if given.check:
                print(f"{case}: {check(out / case, case)}", flush=True)
