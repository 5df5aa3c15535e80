"""Makes the golden data of src/text and src/data with tokenizers and transformers.

Trains three small tokenizers (one for each kind the supported models use), tokenises awkward text with them, renders
two chat templates, and builds training rows with every prompt template. The TypeScript tests must reproduce all of it.

    python interop/golden_text.py        writes src/text/golden/*.json and src/data/golden/examples.json
"""

import json
import tempfile
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parent.parent
TEXT_GOLDEN = ROOT / "src/text/golden"
DATA_GOLDEN = ROOT / "src/data/golden"

CORPUS = [
    "What is the capital of Japan? The capital of Japan is Tokyo.",
    "日本の首都はどこですか? 日本の首都は東京です。",
    "The cat sat on the mat, and the dog didn't like it. It's 12 plus 30.",
    "猫が好きです。犬も好きです。私は学生です。これはペンです。",
    "Instruction: translate the sentence into Japanese. Response: こんにちは、世界。",
    "東京は大きい町です。京都は古い町です。大阪は楽しい町です。",
]

TEXTS = [
    "Hello world",
    " leading and trailing ",
    "日本の首都は東京です。",
    "混ぜた text です: 12345 + 678 = 13023!",
    "It's the cat's mat; they'll say \"don't\".",
    "line one\nline two\n\n\n  indented\tand tab",
    "emoji 😀👩‍👩‍👧 and rare 𠮷野家 ｶﾀｶﾅ",
    "ends with special <|im_end|> inside",
    "café naïve — “quotes” …",
    "カフェ\u3099\u3000全角スペース",
    "a",
    "    ",
    "",
]

# The split pattern of the Llama 3 and Qwen2 tokenizers (a fact of their files).
SPLIT_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

CHATML = (
    "{%- if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}{%- endif %}\n"
    "{%- for message in messages %}\n"
    "    {{- '<|im_start|>' + message['role'] + '\n' + message['content'] | trim + '<|im_end|>' + '\n' }}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\n' }}\n{%- endif %}\n"
)

INST = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}"
    "{{ ' ' + message['content'] + ' ' + eos_token }}{% endif %}{% endfor %}"
)


def gpt2_kind():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=380, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=CHATML
    )


def llama3_kind():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=380, special_tokens=[], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|im_end|>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>", chat_template=INST
    )


def sentencepiece_kind():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)
    ])
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=480, special_tokens=specials, show_progress=False)
    words = [word for line in CORPUS for word in line.split(" ")]
    tokenizer.train_from_iterator(words, trainer)
    data = json.loads(tokenizer.to_str())
    # Byte pieces are ordinary vocabulary in published files, not added tokens.
    data["added_tokens"] = [token for token in data["added_tokens"] if not token["content"].startswith("<0x")]
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(data)), bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def unigram_kind():
    """Unigram with byte fallback, as many Japanese models since 2023."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)
    ])
    trainer = trainers.UnigramTrainer(
        vocab_size=150, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    data = json.loads(tokenizer.to_str())
    data["model"]["byte_fallback"] = True
    data["model"]["vocab"] += [[f"<0x{byte:02X}>", 0.0] for byte in range(256)]
    # A piece that reaches over a space: words are cut before pieces are chosen.
    data["model"]["vocab"].append(["▁the▁cat", -1.0])
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(data)), bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def wordpiece_kind(lowercase):
    """BERT's: uncased and with pieces of words, or cased with a small alphabet, so that there are unknown words."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    limit = {} if lowercase else {"limit_alphabet": 60}
    trainer = trainers.WordPieceTrainer(vocab_size=260, special_tokens=specials, show_progress=False, **limit)
    tokenizer.train_from_iterator(CORPUS + TEXTS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]"
    )


def encode(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"] if text else []


def files_of(tokenizer):
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        template = Path(folder, "chat_template.jinja")
        return {
            "tokenizerJson": json.loads(Path(folder, "tokenizer.json").read_text()),
            "tokenizerConfig": json.loads(Path(folder, "tokenizer_config.json").read_text()),
            "chatTemplate": template.read_text() if template.exists() else None,
        }


CONVERSATIONS = [
    [{"role": "user", "content": "What is the capital of Japan?"}, {"role": "assistant", "content": "Tokyo."}],
    [{"role": "user", "content": "日本の首都は?"}, {"role": "assistant", "content": " 東京です。😀 "}],
    [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "1+1?"},
        {"role": "assistant", "content": "2"},
    ],
]


def common_prefix(left, right):
    count = 0
    while count < min(len(left), len(right)) and left[count] == right[count]:
        count += 1
    return count


def chat_case(tokenizer, messages):
    prompt = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, tokenize=False)
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    ids = encode(tokenizer, whole)
    return {
        "messages": messages, "prompt": prompt, "whole": whole, "ids": ids,
        "promptLength": common_prefix(encode(tokenizer, prompt), ids),
    }


def text_golden(tokenizer):
    cases = []
    for text in TEXTS:
        ids = encode(tokenizer, text)
        cases.append({
            "text": text, "ids": ids,
            "decoded": tokenizer.decode(ids, clean_up_tokenization_spaces=False),
            "plain": tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False),
        })
    chats = [chat_case(tokenizer, messages) for messages in CONVERSATIONS] if tokenizer.chat_template else []
    return {
        "eos": tokenizer.eos_token_id, "bos": tokenizer.bos_token_id, "pad": tokenizer.pad_token_id,
        "vocabularySize": len(tokenizer), "cases": cases, "chats": chats,
    }


ROWS = [
    {"instruction": "What is the capital of Japan?", "input": "", "output": "The capital of Japan is Tokyo."},
    {"instruction": "日本の首都はどこですか?", "input": "短く", "output": "東京です。😀"},
    {"instruction": "Add the numbers.", "input": "12 and 30", "output": "42"},
    {"instruction": "Translate: cat\n", "input": "into Japanese, please", "output": "猫\nです"},
]

BASE = {
    "prompt_template": "custom", "text_prompt_start": "", "text_answer_separator": "\n", "prompt_column_separator": "\n\n",
    "add_eos_token_to_prompt": False, "add_eos_token_to_answer": True, "mask_prompt_labels": True, "max_length": 512,
}
SETTINGS = [
    {},
    {"text_prompt_start": "Q: ", "text_answer_separator": "\nA: ", "add_eos_token_to_prompt": True},
    {"mask_prompt_labels": False, "add_eos_token_to_answer": False},
    {"prompt_template": "h2o", "add_eos_token_to_prompt": True},
    {"prompt_template": "alpaca"},
    {"prompt_template": "alpaca", "max_length": 64},
    {"prompt_template": "chat"},
    {"prompt_template": "chat", "max_length": 24},
    {"max_length": 16},
    {"max_length": 6},
]
ALPACA_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n"
)
ALPACA_PLAIN = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response:\n"
)


def prompt_and_answer(tokenizer, row, settings):
    eos = [tokenizer.eos_token_id]
    answer = encode(tokenizer, row["output"]) + (eos if settings["add_eos_token_to_answer"] else [])
    joined = settings["prompt_column_separator"].join(cell for cell in (row["instruction"], row["input"]) if cell)
    template = settings["prompt_template"]
    if template == "chat":
        messages = [{"role": "user", "content": joined}, {"role": "assistant", "content": row["output"]}]
        case = chat_case(tokenizer, messages)
        return case["ids"][: case["promptLength"]], case["ids"][case["promptLength"] :]
    if template == "alpaca":
        wording = ALPACA_INPUT if row["input"] else ALPACA_PLAIN
        start, separator = wording.format(**row), ""
    elif template == "h2o":
        start, separator = "<|prompt|>" + joined, "<|answer|>"
    else:
        start, separator = settings["text_prompt_start"] + joined, settings["text_answer_separator"]
    if settings["add_eos_token_to_prompt"]:
        # H2O LLM Studio writes the end-of-text token as text between the prompt and the separator.
        return encode(tokenizer, start + tokenizer.eos_token + separator), answer
    return encode(tokenizer, start + separator), answer


def example(tokenizer, row, settings):
    prompt, answer = prompt_and_answer(tokenizer, row, settings)
    whole, limit = len(prompt) + len(answer), settings["max_length"]
    kept_answer = answer[:limit]
    kept_prompt = prompt[max(0, len(prompt) - (limit - len(kept_answer))) :]
    ids = kept_prompt + kept_answer
    labels = ([-100] * len(kept_prompt) if settings["mask_prompt_labels"] else list(kept_prompt)) + kept_answer
    return {"ids": ids, "labels": labels, "promptLength": len(kept_prompt), "truncated": len(ids) < whole}


def write(path, data):
    path.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(path.relative_to(ROOT), path.stat().st_size, "bytes")


def main():
    TEXT_GOLDEN.mkdir(parents=True, exist_ok=True)
    DATA_GOLDEN.mkdir(parents=True, exist_ok=True)
    kinds = {
        "gpt2-kind": gpt2_kind(), "llama3-kind": llama3_kind(), "sentencepiece-kind": sentencepiece_kind(),
        "unigram-kind": unigram_kind(), "bert-kind": wordpiece_kind(True), "bert-cased-kind": wordpiece_kind(False),
    }
    for name, tokenizer in kinds.items():
        write(TEXT_GOLDEN / f"{name}.json", {"files": files_of(tokenizer), "golden": text_golden(tokenizer)})
    cases = []
    for change in SETTINGS:
        settings = {**BASE, **change}
        examples = [example(kinds["gpt2-kind"], row, settings) for row in ROWS]
        cases.append({"settings": settings, "examples": examples})
    write(DATA_GOLDEN / "examples.json", {"rows": ROWS, "cases": cases})


if __name__ == "__main__":
    main()
