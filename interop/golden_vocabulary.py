"""Makes src/text/golden/vocabulary-files.json: what transformers makes of model folders without tokenizer.json.

    python interop/golden_vocabulary.py        after golden_text.py, whose vocabularies it uses
"""

import json
import tempfile
from pathlib import Path

from transformers import AutoTokenizer

from golden_pairs import PAIRS, pair_of
from golden_text import TEXT_GOLDEN, TEXTS, write

BYTES = json.loads((TEXT_GOLDEN / "gpt2-kind.json").read_text())["files"]["tokenizerJson"]["model"]
BERT = json.loads((TEXT_GOLDEN / "bert-kind.json").read_text())["files"]["tokenizerJson"]["model"]
MERGES = "#version: 0.2\n" + "".join(f"{' '.join(pair) if isinstance(pair, list) else pair}\n" for pair in BYTES["merges"])
OPT = {"</s>": 0, "<pad>": 1, **{token: id + 2 for token, id in BYTES["vocab"].items()}}
NAMED = {"bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>"}
OBJECTS = {key: {"content": token, "lstrip": False, "rstrip": False, "normalized": True, "single_word": False} for key, token in NAMED.items()}


def merged(vocabulary, model_type, tokenizer_config=None, special_tokens_map=None):
    files = {"vocab.json": json.dumps(vocabulary, ensure_ascii=False), "merges.txt": MERGES}
    return with_config(files, model_type, tokenizer_config, special_tokens_map)


def with_config(files, model_type, tokenizer_config=None, special_tokens_map=None):
    files["config.json"] = json.dumps({"model_type": model_type})
    if tokenizer_config:
        files["tokenizer_config.json"] = json.dumps(tokenizer_config)
    if special_tokens_map:
        files["special_tokens_map.json"] = json.dumps(special_tokens_map)
    return files


KINDS = {
    "OPT": merged(OPT, "opt", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_prefix_space": False, **NAMED}),
    "OPT by its model type": merged(OPT, "opt", {"add_bos_token": True, **NAMED}),
    "OPT with special_tokens_map.json": merged(OPT, "opt", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True}, OBJECTS),
    "OPT with ends and a space": merged(OPT, "opt", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_eos_token": True, "add_prefix_space": True, **NAMED}),
    "GPT-2 without tokenizer_config.json": merged(BYTES["vocab"], "gpt2"),
    "Qwen2": merged(BYTES["vocab"], "qwen2", {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}),
    "RoBERTa": merged(OPT, "roberta", {"tokenizer_class": "RobertaTokenizer"}),
    "BERT": with_config({"vocab.txt": "".join(f"{token}\n" for token in BERT["vocab"])}, "bert"),
    "BERT with case": with_config({"vocab.txt": "".join(f"{token}\n" for token in BERT["vocab"])}, "bert", {"tokenizer_class": "BertTokenizer", "do_lower_case": False}),
}


def golden(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        tokenizer = AutoTokenizer.from_pretrained(folder)
        pairs = [pair_of(tokenizer, *pair) for pair in PAIRS[:4]] if tokenizer.cls_token else []
        return {
            "files": files, "pairs": pairs, "ids": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS],
            "whole": [tokenizer(text)["input_ids"] for text in TEXTS], "eos": tokenizer.eos_token_id, "bos": tokenizer.bos_token_id, "pad": tokenizer.pad_token_id,
        }


def main():
    write(TEXT_GOLDEN / "vocabulary-files.json", {"texts": TEXTS, "kinds": {name: golden(files) for name, files in KINDS.items()}})


if __name__ == "__main__":
    main()
