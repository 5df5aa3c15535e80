"""The cases of benchmarks: tasks in lm-evaluation-harness's format over what the example model knows, and what lm-eval says.

    python interop/benchmarks.py            makes src/benchmarks/golden
    python interop/benchmarks.py --check    runs them with the studio too, and compares; --limit 20 the first of each only

Needs the environment of interop/requirements-benchmarks.txt.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
GOLDEN = ROOT / "src" / "benchmarks" / "golden"
MODEL = ROOT / "public" / "example" / "model"
QUESTIONS = 200

sys.path.insert(0, str(ROOT / "scripts" / "example"))
import facts  # noqa: E402


def upper(text):
    return text[:1].upper() + text[1:]


def capitals(rng):
    """Choices are a column, the right one is counted. The model knows the questions, not how they are put here."""
    cities = [city for _, city, _, _ in facts.CAPITALS]
    colours = sorted({colour for _, _, colour, _, _ in facts.COLOURS})
    rows = []
    while len(rows) < QUESTIONS:
        if rng.random() < 0.5:
            country, city, _, _ = rng.choice(facts.CAPITALS)
            question, right, others = f"What is the capital of {country}?", city, cities
        else:
            thing, verb, right, _, _ = rng.choice(facts.COLOURS)
            question, others = f"What color {verb} {thing}?", colours
        wrong = rng.sample([other for other in others if other != right], 3)
        choices = rng.sample([right, *wrong], 4)
        rows.append({"question": question, "choices": choices, "label": choices.index(right)})
    return rows


def japanese(rng):
    """Choices are a template over columns, the right one is named; no space between question and answer."""
    cities = [city for _, _, _, city in facts.CAPITALS]
    rows = []
    while len(rows) < QUESTIONS:
        _, _, country, city = rng.choice(facts.CAPITALS)
        wrong = rng.sample([other for other in cities if other != city], 2)
        first, second, third = rng.sample([city, *wrong], 3)
        rows.append({"country": country, "a": first, "b": second, "c": third, "answer": city})
    return rows


def odd(rng):
    """Contexts that are empty or end in spaces, several right choices, lengths in characters and bytes."""
    rows = []
    while len(rows) < QUESTIONS:
        word, _, colour, thing, _ = rng.choice(facts.COLOURS)
        country, city, land, town = rng.choice(facts.CAPITALS)
        start = rng.choice(["", f"What is the capital of {country}? ", f"{country}:\n\n  ", upper(f"{word} is ")])
        choices = rng.sample([f"it's \"{city}\"", f"{town}🐾", colour, f"The capital of {country} is {city}.",
                              f"{land}の首都は{town}です。"], rng.choice([2, 3, 5]))
        gold = sorted(rng.sample(range(len(choices)), rng.choice([1, 2])))
        rows.append({"start": start, "choices": choices, "gold": gold, "weight": 1.0})
    return rows


def written(rng):
    """Answers that the model writes."""
    rows = []
    while len(rows) < QUESTIONS:
        country, city, land, town = rng.choice(facts.CAPITALS)
        thing, verb, colour, _, _ = rng.choice(facts.COLOURS)
        rows.append(rng.choice([
            {"question": f"What is the capital of {country}?", "answers": [f"the capital of {country} is {city}!"]},
            {"question": f"{land}の首都はどこですか？", "answers": [f"{land}の首都は{town}です"]},
            {"question": f"What color {verb} {thing}?", "answers": [f"{thing} {verb} {colour}"]},
            {"question": f"What color {verb} {thing}?", "answers": [f"{thing} {verb} not {colour}, at night"]},
        ]))
    return rows


def short(rng, count=60):
    """Questions that are so short that examples fit before them; some stand there twice."""
    rows = []
    while len(rows) < count:
        country, city, _, _ = rng.choice(facts.CAPITALS)
        wrong = rng.choice([other for _, other, _, _ in facts.CAPITALS if other != city])
        choices = rng.sample([city, wrong], 2)
        rows.append({"q": country, "choices": choices, "label": choices.index(city), "city": city})
    return rows


TASKS = {
    "capitals": (capitals, """\
task: capitals
dataset_path: json
dataset_kwargs:
  data_files: {test: capitals.jsonl}
test_split: test
output_type: multiple_choice
doc_to_text: "Question: {{question.strip()}}\\nAnswer:"
doc_to_choice: choices
doc_to_target: label
num_fewshot: 0
metadata:
  version: 1.0
"""),
    "japanese": (japanese, """\
task: japanese
tag: [capitals, ja]
dataset_path: json
dataset_kwargs:
  data_files:
    validation: japanese.jsonl
validation_split: validation
output_type: multiple_choice
doc_to_text: |
  {{country}}の首都はどこ
doc_to_choice: "{{[a, b ~ 'です', c]}}"
doc_to_target: "{{[a, b, c].index(answer)}}"
target_delimiter: ""
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
  - metric: acc_norm
  - metric: acc_bytes
"""),
    "odd": (odd, """\
task: odd
dataset_path: json
dataset_kwargs:
  data_files: odd.jsonl
test_split: train
output_type: multiple_choice
doc_to_text: start
doc_to_choice: "{{choices}}"
doc_to_target: gold
"""),
    "written": (written, """\
task: written
dataset_path: json
dataset_kwargs:
  data_files: {test: [written.jsonl]}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}\\n"
doc_to_target: "{{answers[0]}}"
generation_kwargs:
  until: [".", "。"]
  max_gen_toks: 24
  do_sample: false
filter_list:
  - name: plain
    filter:
      - function: remove_whitespace
      - function: take_first
metric_list:
  - metric: exact_match
    ignore_case: true
    ignore_punctuation: true
  - metric: bleu
  - metric: chrf
"""),
    # Examples drawn from a file of their own, which is larger than what is drawn from as a list.
    "shots": (short, """\
task: shots
dataset_path: json
dataset_kwargs:
  data_files: {test: shots.jsonl, dev: first.jsonl}
test_split: test
fewshot_split: dev
num_fewshot: 2
fewshot_delimiter: "\\n"
fewshot_config:
  doc_to_text: "{{city}} is the capital of"
  doc_to_target: "{{1 - 0}}"
  doc_to_choice: "{{[city, q]}}"
  target_delimiter: ":"
output_type: multiple_choice
description: "Answer.\\n"
doc_to_text: "What is the capital of {{q}}?"
doc_to_choice: choices
doc_to_target: label
"""),
    # Examples among the questions themselves, never the one that is asked, of which there may be several.
    "among": (lambda rng: short(rng, 24), """\
task: among
dataset_path: json
dataset_kwargs:
  data_files: {test: among.jsonl}
test_split: test
fewshot_split: test
num_fewshot: 4
output_type: multiple_choice
doc_to_text: "{{q}}:"
doc_to_choice: "{{choices}}"
doc_to_target: "{{choices[label]}}"
"""),
    # No split for examples: those for training; the questions are for validation.
    "training": (short, """\
task: training
dataset_path: json
dataset_kwargs:
  data_files: {validation: training.jsonl, train: [among.jsonl]}
training_split: train
validation_split: validation
num_fewshot: 3
output_type: multiple_choice
doc_to_text: q
doc_to_choice: choices
doc_to_target: label
target_delimiter: " = "
"""),
    "first": (short, """\
task: first
dataset_path: json
dataset_kwargs:
  data_files: {test: first.jsonl}
test_split: test
fewshot_split: test
num_fewshot: 2
fewshot_config: {sampler: first_n}
output_type: generate_until
doc_to_text: "{{q}}"
doc_to_target: "{{[city, q]}}"
generation_kwargs: {max_gen_toks: 8, do_sample: false}
"""),
    "given": (short, """\
task: given
dataset_path: json
dataset_kwargs:
  data_files: {test: given.jsonl}
test_split: test
num_fewshot: 1
fewshot_config:
  sampler: first_n
  samples:
    - {q: Japan, choices: [Tokyo, Oslo], label: 0, city: Tokyo}
    - {q: Norway, choices: [Tokyo, Oslo], label: 1, city: Oslo}
output_type: multiple_choice
doc_to_text: "{{q}}?"
doc_to_choice: choices
doc_to_target: label
"""),
}


def make_tasks(folder):
    for name, (rows, task) in TASKS.items():
        (folder / f"{name}.yaml").write_text(task, encoding="utf8")
        lines = [json.dumps(row, ensure_ascii=False) for row in rows(random.Random(name))]
        (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf8")


def of_lm_eval(folder, limit=None):
    """
    Scores of each task, and for each question the likelihood of each choice, or the answer as it was scored; with examples
    also what the model was given.
    """
    import yaml
    from lm_eval import evaluator
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    model = HFLM(pretrained=str(MODEL), dtype="float32", device="cpu", batch_size=16)
    with tempfile.TemporaryDirectory() as tasks:
        for name in TASKS:
            task = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf8"))
            files = task["dataset_kwargs"]["data_files"]
            at = lambda each: [str(folder / one) for one in ([each] if isinstance(each, str) else each)]  # noqa: E731
            task["dataset_kwargs"]["data_files"] = (
                {split: at(each) for split, each in files.items()} if isinstance(files, dict) else at(files))
            Path(tasks, f"{name}.yaml").write_text(yaml.safe_dump(task, allow_unicode=True), encoding="utf8")
        found = evaluator.simple_evaluate(
            model=model, tasks=list(TASKS), log_samples=True, bootstrap_iters=2, limit=limit,
            task_manager=TaskManager(include_path=tasks, include_defaults=False))
    expected = {}
    for name in TASKS:
        scores = {}
        for key, value in found["results"][name].items():
            metric, _, pipeline = key.partition(",")
            if pipeline and isinstance(value, (int, float)):
                scores[metric] = value
        samples = sorted(found["samples"][name], key=lambda sample: sample["doc_id"])
        if found["configs"][name]["output_type"] == "generate_until":
            answers = [sample["filtered_resps"][0] for sample in samples]
            expected[name] = {"scores": scores, "answers": answers}
        else:
            answers = [[round(float(resp[0]), 6) for resp in sample["filtered_resps"]] for sample in samples]
            expected[name] = {"scores": scores, "likelihoods": answers}
        if found["configs"][name]["num_fewshot"]:
            expected[name]["contexts"] = [sample["arguments"][0][0] for sample in samples]
    return expected


def check(expected, limit=None):
    """The same from the studio's command line. @return what differs"""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "results.json")
        subprocess.run(
            ["node", str(ROOT / "node_modules/tsx/dist/cli.mjs"), str(ROOT / "src/cli/main.ts"), "benchmark",
             *(str(GOLDEN / f"{name}.yaml") for name in TASKS), "--model", str(MODEL), "--out", str(out),
             *(["--limit", str(limit)] if limit else [])], check=True)
        results = json.loads(out.read_text(encoding="utf8"))
    wrong = []
    for task in results["tasks"]:
        name, wanted, found = task["task"], expected[task["task"]], task["base"]
        for score in found["scores"]:
            for key, value in ((score["name"], score["value"]), (f"{score['name']}_stderr", score["error"])):
                # Of a corpus there is no error.
                if value is not None and key in wanted["scores"] and abs(value - wanted["scores"][key]) > 1e-9:
                    wrong.append((name, key, value, wanted["scores"][key]))
        for row, answer in enumerate(found["answers"]):
            if "contexts" in wanted and answer["context"] != wanted["contexts"][row]:
                wrong.append((name, row, answer["context"], wanted["contexts"][row]))
            if "answers" in wanted and answer["answer"] != wanted["answers"][row]:
                wrong.append((name, row, answer["answer"], wanted["answers"][row]))
            for ours, theirs in zip(answer.get("likelihoods", []), wanted.get("likelihoods", [[]] * QUESTIONS)[row]):
                if abs(ours - theirs) > max(1e-4, 4e-6 * abs(theirs)):
                    wrong.append((name, row, ours, theirs))
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--limit", type=int, help="questions of each task")
    given = parser.parse_args()
    if given.check:
        wrong = check(of_lm_eval(GOLDEN, given.limit), given.limit)
        for each in wrong:
            print(*each)
        print(f"{len(wrong)} differences")
        sys.exit(bool(wrong))
    GOLDEN.mkdir(exist_ok=True)
    make_tasks(GOLDEN)
    expected = of_lm_eval(GOLDEN)
    for name, each in expected.items():
        print(name, each["scores"])
    (GOLDEN / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
