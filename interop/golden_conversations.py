"""Makes src/data/golden/conversations.json: what conversations become, by Python.

Chains of rows are built by H2O LLM Studio's rules (parents by id, only those in the table; every row a chain, or only
rows that nobody answers to), and tokenised with transformers; the answers of chat templates are found by transformers
itself, through generation marks in the template (`return_assistant_tokens_mask`).

    python interop/golden_conversations.py        after golden_text.py, whose tokenizer it uses
"""

import json
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src/data/golden/conversations.json"

ROWS = [
    {"id": "1", "parent_id": "", "system": "Be short.", "prompt": "Hi", "answer": "Hello"},
    {"id": "2", "parent_id": "1", "system": "Ignored.", "prompt": "1+1?", "answer": "2"},
    {"id": "3", "parent_id": "2", "system": "", "prompt": "日本の首都は?", "answer": "東京です。😀"},
    {"id": "4", "parent_id": "1", "system": "", "prompt": "The cat?", "answer": "It sat on the mat."},
    {"id": "5", "parent_id": "99", "system": "", "prompt": "Alone", "answer": "Yes"},
]
BASE = {
    "prompt_template": "custom", "text_system_start": "<sys>", "text_prompt_start": "Q: ", "text_answer_separator": "\nA: ",
    "prompt_column_separator": "\n\n", "add_eos_token_to_system": True, "add_eos_token_to_prompt": False,
    "add_eos_token_to_answer": True, "mask_prompt_labels": True, "only_last_answer": False, "max_length": 512,
}
CASES = [
    (False, {}),
    (True, {}),
    (False, {"only_last_answer": True}),
    (True, {"mask_prompt_labels": False}),
    (True, {"mask_prompt_labels": False, "only_last_answer": True}),
    (True, {"prompt_template": "h2o", "add_eos_token_to_system": False, "add_eos_token_to_prompt": True}),
    (True, {"max_length": 40}),
    (True, {"max_length": 28}),
]

# {a} and {b} are where transformers wants its generation marks.
CHATML = (
    "{%- for message in messages %}\n"
    "    {%- if message['role'] == 'assistant' %}\n"
    "        {{- '<|im_start|>assistant\n' }}{a}{{- message['content'] + '<|im_end|>\n' }}{b}\n"
    "    {%- else %}\n        {{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}\n"
    "    {%- endif %}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
# Thoughts stay in the last answer only, as Qwen3's template has it.
THINKING = CHATML.replace(
    "message['content'] + '<|im_end|>\n' }}{b}",
    "(message['content'] if loop.last else message['content'].split('</think>')[-1].lstrip('\n')) + '<|im_end|>\n' }}{b}",
)
# The system text stands in the last question, as Mistral 7B v0.3 and Nemo have it.
SYSTEM_LAST = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set rest = messages[1:] %}"
    "{% else %}{% set rest = messages %}{% endif %}<|endoftext|>"
    "{% for m in rest %}{% if m['role'] == 'user' %}"
    "{% if loop.last or not (rest[loop.index:] | selectattr('role', 'equalto', 'user') | list) %}"
    "[INST] {% if system is defined %}{{ system + '\n\n' }}{% endif %}{{ m['content'] }} [/INST]"
    "{% else %}[INST] {{ m['content'] }} [/INST]{% endif %}"
    "{% else %}{a}{{ ' ' + m['content'] + '<|im_end|>' }}{b}{% endif %}{% endfor %}"
)
# Thoughts stay behind the last question, and the last message always has some, as Qwen3 has it.
THINKING_LAST = CHATML.replace(
    "{{- message['content'] + '<|im_end|>\n' }}{b}",
    "{%- if loop.last %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}{{- message['content'].split('</think>')[-1].lstrip('\n') + '<|im_end|>\n' }}{b}",
)
# The header of an answer stands behind every conversation, asked for or not, as an older Llama 3 has it.
ALWAYS_HEADED = CHATML.replace("{%- if add_generation_prompt %}", "").replace("{{- '<|im_start|>assistant\n' }}{%- endif %}", "{{- '<|im_start|>assistant\n' }}").replace("<|im_end|>\n", "<|im_end|>")
# Saved on Windows.
WINDOWS = "{% for m in messages %}\r\n<|im_start|>{{ m['role'] }}\r\n{% if m['role'] == 'assistant' %}{a}{{ m['content'] }}<|im_end|>\r\n{b}{% else %}{{ m['content'] }}<|im_end|>\r\n{% endif %}\r\n{% endfor %}\r\n{% if add_generation_prompt %}<|im_start|>assistant\r\n{% endif %}"
IN_A_ROW = [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("assistant", "<think>\nhm\n</think>\n\nAgain"), ("user", "1+1?"), ("assistant", "2"), ("assistant", "two")]
EMPTY = [("user", "Hi"), ("assistant", ""), ("user", "1+1?"), ("assistant", ""), ("user", "日本?"), ("assistant", "東京")]
FOUND = [
    (SYSTEM_LAST, [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("user", "1+1?"), ("assistant", "2"), ("user", "日本?"), ("assistant", "東京 😀")]),
    (SYSTEM_LAST, EMPTY), (CHATML, IN_A_ROW), (CHATML, EMPTY), (THINKING_LAST, IN_A_ROW), (THINKING_LAST, EMPTY),
    (ALWAYS_HEADED, IN_A_ROW), (ALWAYS_HEADED, EMPTY), (WINDOWS, IN_A_ROW),
    (THINKING_LAST, [("user", "a"), ("assistant", "\n\n　\tindented  \n"), ("user", "b"), ("assistant", " \u3000x\t")]),
    (THINKING_LAST, [("assistant", "<think>\na\n</think>\n\nI begin."), ("user", "a"), ("assistant", "b")]),
]
CHATS = [
    [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("user", "1+1?"), ("assistant", "2")],
    [("user", "a"), ("assistant", "b"), ("user", "a"), ("assistant", "b"), ("user", "日本?"), ("assistant", "東京 😀")],
    [
        ("user", "Sum?"),
        ("assistant", "<think>\none and one\n</think>\n\nTwo."),
        ("user", "More?"),
        ("assistant", "<think>\nhm\n</think>\n\nThree."),
    ],
]


def load_tokenizer():
    files = json.loads((ROOT / "src/text/golden/gpt2-kind.json").read_text())["files"]
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(files["tokenizerJson"])),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )


def chains(rows, only_longest):
    ids = [row["id"] for row in rows]
    parent_of = {row["id"]: row["parent_id"] for row in rows if row["parent_id"] in ids}
    ends = [each for each in ids if not only_longest or each not in parent_of.values()]
    found = []
    for end in ends:
        chain = [end]
        while chain[0] in parent_of:
            chain.insert(0, parent_of[chain[0]])
        found.append([ids.index(each) for each in chain])
    return found


def encode(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"] if text else []


def example(tokenizer, chain, settings):
    """H2O LLM Studio's get_labels and pad_tokens; an answer is never longer than the limit here."""
    eos = [tokenizer.eos_token_id]
    h2o = settings["prompt_template"] == "h2o"
    start, separator = ("<|prompt|>", "<|answer|>") if h2o else (settings["text_prompt_start"], settings["text_answer_separator"])
    system = ROWS[chain[0]]["system"]
    ids = encode(tokenizer, ("<|system|>" if h2o else settings["text_system_start"]) + system) if system else []
    ids += eos if system and settings["add_eos_token_to_system"] else []
    system_length = len(ids)
    labels = [-100] * len(ids) if settings["mask_prompt_labels"] else list(ids)
    answer = []
    for index in chain:
        prompt = encode(tokenizer, start + ROWS[index]["prompt"])
        prompt += (eos if settings["add_eos_token_to_prompt"] else []) + encode(tokenizer, separator)
        if not settings["add_eos_token_to_prompt"]:
            prompt = encode(tokenizer, start + ROWS[index]["prompt"] + separator)
        answer = encode(tokenizer, ROWS[index]["answer"]) + eos
        ids += prompt + answer
        labels += ([-100] * len(prompt) if settings["mask_prompt_labels"] else prompt) + answer
    if settings["only_last_answer"]:
        labels = [-100] * (len(labels) - len(answer)) + answer
    limit = settings["max_length"]
    if len(ids) > limit:
        system_ids = ids[:system_length]
        system_labels = [-100] * system_length if settings["mask_prompt_labels"] else system_ids
        ids, labels = system_ids + ids[-limit:][system_length:], system_labels + labels[-limit:][system_length:]
    return {"ids": ids, "labels": labels}


def chat(tokenizer, template, turns):
    messages = [{"role": role, "content": content} for role, content in turns]
    # A mark takes nothing away where the template has line ends beside it.
    dash = "" if "\r" in template else "-"
    marked = template.replace("{a}", "{%" + dash + " generation %}").replace("{b}", "{%" + dash + " endgeneration %}")
    out = tokenizer.apply_chat_template(
        messages, chat_template=marked, return_dict=True, return_assistant_tokens_mask=True
    )
    return {
        "template": template.replace("{a}", "").replace("{b}", ""),
        "messages": messages,
        "ids": out["input_ids"],
        "learned": out["assistant_masks"],
    }


def main():
    tokenizer = load_tokenizer()
    cases = []
    for only_longest, change in CASES:
        settings = {**BASE, **change}
        found = chains(ROWS, only_longest)
        examples = [example(tokenizer, chain, settings) for chain in found]
        cases.append({"limit_chained_samples": only_longest, "settings": settings, "chains": found, "examples": examples})
    chats = [chat(tokenizer, template, turns) for template in (CHATML, THINKING) for turns in CHATS]
    found = [chat(tokenizer, template, turns) for template, turns in FOUND]
    golden = {"rows": ROWS, "cases": cases, "chats": chats, "found": found}
    DATA.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(DATA.relative_to(ROOT), DATA.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
