"""Makes src/text/golden/sentencepiece-classes.json: what transformers' converters make of a `.model` file.

    python interop/golden_sentencepiece_classes.py       after golden_sentencepiece.py

DeBERTa-v2, XLM-RoBERTa, CamemBERT and ALBERT, each as its published files are and with its settings. transformers 5 builds
some of these classes anew and leaves out what the model's own normalisation does; the converters do not, and published
`tokenizer.json` come from them. Models are kept without their normalisation, which the test takes from unigram-nfkc.model.
"""

import base64
import json
import tempfile
from pathlib import Path
from types import SimpleNamespace

from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken
from transformers import PreTrainedTokenizerFast, convert_slow_tokenizer

from golden_pairs import PAIRS, pair_of
from golden_sentencepiece import mixed_texts, train
from golden_text import TEXT_GOLDEN, TEXTS, write

BERT = {"bos_token": "[CLS]", "eos_token": "[SEP]", "sep_token": "[SEP]", "cls_token": "[CLS]"}
FAIRSEQ = {
    "bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>", "pad_token": "<pad>",
    "mask_token": AddedToken("<mask>", lstrip=True, special=True)}
NAMES = {
    "deberta-v2": {**BERT, "unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "[MASK]"},
    "albert": {**BERT, "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": AddedToken("[MASK]", lstrip=True, special=True, normalized=False)},
    "xlm-roberta": FAIRSEQ,
    "camembert": {**FAIRSEQ, "additional_special_tokens": ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"]},
}
CONVERTERS = {"deberta-v2": "DebertaV2", "albert": "Albert", "xlm-roberta": "XLMRoberta", "camembert": "Camembert"}
DEBERTA = {
    "model_type": "unigram", "vocab_size": 420, "byte_fallback": True, "pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3,
    "pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
MODELS = {
    "deberta-v2": DEBERTA,
    "albert": {
        "model_type": "unigram", "vocab_size": 170, "pad_id": 0, "unk_id": 1, "bos_id": -1, "eos_id": -1,
        "control_symbols": ["[CLS]", "[SEP]", "[MASK]"], "user_defined_symbols": ["(", "12,"]},
    "fairseq": {"model_type": "unigram", "vocab_size": 180},
}
# type, model and tokenizer_config.json, which says what the converter reads of the slow tokenizer.
KINDS = {
    "DeBERTa-v3": ("deberta-v2", "deberta-v2", {"do_lower_case": False, "vocab_type": "spm"}),
    "DeBERTa-v2 in lower case, cut at punctuation": ("deberta-v2", "deberta-v2", {"do_lower_case": True, "split_by_punct": True}),
    "XLM-RoBERTa": ("xlm-roberta", "fairseq", {}),
    "CamemBERT": ("camembert", "fairseq", {}),
    "ALBERT": ("albert", "albert", {}),
    "ALBERT with case and accents": ("albert", "albert", {"do_lower_case": False, "keep_accents": True}),
}
MORE = ["It cost 12,345 or 12, maybe.", "``quoted'' Ünïcode ÀÉ", "<mask> a <mask>  b[MASK]c [MASK]", "[UNK] <unk> </s> [SEP]x", "<0x41> tab\tand\nline", "(a) ( b )", "𠮷 ☃ ☃☃ é"]


def fast(model_type, model, config):
    with tempfile.NamedTemporaryFile(suffix=".model") as file:
        Path(file.name).write_bytes(model)
        proto = sentencepiece_model_pb2.ModelProto.FromString(model)
        ids = {piece.piece: id for id, piece in enumerate(proto.pieces)}
        ids = {"<s>": 5 if model_type == "camembert" else 0, "</s>": 6 if model_type == "camembert" else 2} if "[CLS]" not in ids else ids
        slow = SimpleNamespace(
            vocab_file=file.name, add_prefix_space=True, do_lower_case=config.get("do_lower_case", model_type == "albert"),
            keep_accents=config.get("keep_accents", False), split_by_punct=config.get("split_by_punct", False), convert_tokens_to_ids=ids.get)
        converted = getattr(convert_slow_tokenizer, f"{CONVERTERS[model_type]}Converter")(slow).converted()
    return PreTrainedTokenizerFast(tokenizer_object=converted, **NAMES[model_type])


def without_normalisation(model):
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    proto.ClearField("normalizer_spec")
    return base64.b64encode(proto.SerializeToString()).decode()


def main():
    models = {name: train(options) for name, options in MODELS.items()}
    texts = [*TEXTS, *MORE, *mixed_texts(40)]
    kinds = {}
    for name, (model_type, model, config) in KINDS.items():
        tokenizer = fast(model_type, models[model], config)
        kinds[name] = {
            "modelType": model_type, "model": model, "config": json.dumps(config),
            "ids": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts],
            "whole": [tokenizer(text)["input_ids"] for text in texts], "pairs": [pair_of(tokenizer, *pair) for pair in PAIRS[:4]], "size": len(tokenizer),
            "pad": tokenizer.pad_token_id, "bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "mask": tokenizer.mask_token_id}
    write(TEXT_GOLDEN / "sentencepiece-classes.json", {
        "texts": texts, "models": {name: without_normalisation(model) for name, model in models.items()}, "kinds": kinds})


if __name__ == "__main__":
    main()
