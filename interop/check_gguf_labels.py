"""Models that say labels of a text, written as GGUF by the studio, in llama.cpp itself.

    python interop/check_gguf_labels.py [--work interop/.work] [--seed 11]

For every kind of encoder that llama.cpp has with a head of labels: a tiny random model with a LoRA adapter and a trained
head, merged and written as F16 and Q8_0. llama.cpp must cut a hundred texts as transformers does, put the same tokens
around them, and give the scores of all labels. Lost token types, positions that are not cut off, and a lost pooler must be seen.
"""

import argparse
import json
import shutil
import subprocess
from pathlib import Path

import numpy
import torch
from gguf import GGUFReader
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig, CamembertConfig, RobertaConfig,
                          XLMRobertaConfig)

from check_gguf import HERE, llama_cpp, make_texts
from gguf_models import CORPUS, byte_level, unigram
from methods import stir

SIZES = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
             hidden_dropout_prob=0, attention_probs_dropout_prob=0, initializer_range=0.2)
# Scores of a few units: llama.cpp multiplies F16 matrices with activations in F16 and has the tanh form of GELU, and Q8_0
# ones with activations of 8 bits.
SCORES = {"f16": 2e-2, "q8_0": 2e-1}
TOKENS = 40


def word_piece(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=300, special_tokens=specials, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer, {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}


def between(tokenizer):
    """Tokens as RoBERTa has them: the mask swallows the spaces before it."""
    tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True, lstrip=text == "<mask>")
                                  for text in ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]])
    first, last = (tokenizer.token_to_id(text) for text in ("<s>", "</s>"))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", first), ("</s>", last)])
    named = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    return tokenizer, {**named, "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}


KINDS = {
    "bert": (BertConfig, lambda folder: word_piece(True), {"type_vocab_size": 2}),
    "bert-cased": (BertConfig, lambda folder: word_piece(False), {"type_vocab_size": 2, "num_labels": 1}),
    "roberta": (RobertaConfig, lambda folder: between(byte_level(specials=["<|start|>"])), {"type_vocab_size": 1}),
    "xlm-roberta": (XLMRobertaConfig, lambda folder: between(unigram(folder)), {"type_vocab_size": 1, "num_labels": 5}),
    "camembert": (CamembertConfig, lambda folder: between(unigram(folder)), {"type_vocab_size": 1}),
}


def make(folder, kind, seed):
    config_class, tokenizer_of, own = KINDS[kind]
    folder.mkdir(parents=True)
    tokenizer, named = tokenizer_of(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **named}))
    labels = own.get("num_labels", 3)
    names = {} if labels == 1 else {"id2label": {index: f"label {index}" for index in range(labels)}}
    padding = tokenizer.token_to_id(named["pad_token"])
    # RoBERTa's positions begin behind the row of the padding token.
    rows = 64 + (0 if config_class is BertConfig else padding + 1)
    config = config_class(**{**SIZES, **{"num_labels": labels, **own}, **names, "vocab_size": tokenizer.get_vocab_size() + 3,
                             "pad_token_id": padding, "max_position_embeddings": rows})
    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim == 1:
                value.add_(torch.randn(value.shape) * 0.2)
            elif "embeddings" in name:
                # Of the padding token, too, whose rows are drawn as zeros.
                value.copy_(torch.randn(value.shape) * 0.4)
    model.save_pretrained(folder)
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=12, target_modules=["query", "key", "value", "dense"],
                                               exclude_modules=r"classifier.*", task_type="SEQ_CLS"))
    stir(adapted)
    adapted.save_pretrained(folder / "adapter")


def written(folder, type):
    return folder.with_name(f"{folder.name}-{type}") / f"model-{type}.gguf"


def export(folder):
    """Also reads what it wrote, and compares."""
    for type in SCORES:
        command = ["node", "node_modules/tsx/dist/cli.mjs", "src/cli/main.ts", "export", folder / "adapter", "--to", "gguf",
                   "--type", type, "--model", folder, "--verify", "--out", written(folder, type).parent]
        done = subprocess.run(list(map(str, command)), cwd=HERE.parent, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise RuntimeError(done.stderr[-600:])


def lose_token_types(tensors):
    tensors["token_types.weight"].data[:] = 0


def shift_positions(tensors):
    rows = tensors["position_embd.weight"].data
    rows[:] = numpy.roll(rows, 2, axis=0)


def lose_pooler(tensors):
    tensors["cls.weight"].data[:] = 0


MUTATIONS = {"lost token types": lose_token_types, "positions of other tokens": shift_positions, "a lost pooler": lose_pooler}


@torch.no_grad()
def scores_of(folder, sequences):
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model = PeftModel.from_pretrained(model, folder / "adapter").merge_and_unload().eval()
    return [model(input_ids=torch.tensor([ids])).logits[0] for ids in sequences]


def worst(answer, expected):
    if "error" in answer or len(answer["scores"]) != len(expected):
        return float("inf")
    pairs = zip(answer["scores"], expected, strict=True)
    return max((torch.tensor(found) - wanted).abs().max().item() if len(found) == len(wanted) else float("inf") for found, wanted in pairs)


def check_kind(tally, folder, kind, texts):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    whole = [ids for ids in tokenizer(texts).input_ids if len(ids) <= TOKENS]
    expected = scores_of(folder, whole)
    paths = {type: written(folder, type) for type in SCORES}
    for index, mutate in enumerate(MUTATIONS.values()):
        wrong = shutil.copy(paths["f16"], folder / f"wrong-{index}.gguf")
        mutate({tensor.name: tensor for tensor in GGUFReader(wrong, "r+").tensors})
        paths[f"wrong-{index}"] = wrong
    jobs = [{"gguf": str(path), "classify": whole, "texts": texts if type == "f16" else []} for type, path in paths.items()]
    answers = dict(zip(paths, llama_cpp(folder, jobs), strict=True))
    for type, bound in SCORES.items():
        off = worst(answers[type], expected)
        tally.check(f"{kind} {type}: llama.cpp's scores of {len(whole)} texts", len(whole) > 50 and off <= bound,
                    answers[type].get("error", f"{off:.1e} of {bound:.0e}"))
    for index, what in enumerate(MUTATIONS):
        off = worst(answers[f"wrong-{index}"], expected)
        tally.check(f"{kind}: what is seen: {what}", SCORES["f16"] < off < float("inf"), f"{off:.1e}")
    found = answers["f16"]
    theirs = tokenizer(texts, add_special_tokens=False).input_ids
    other = [(text, a, b) for text, a, b in zip(texts, found.get("tokens", []), theirs) if a != b]
    tally.check(f"{kind}: llama.cpp's tokens of {len(texts)} texts", len(found.get("tokens", [])) == len(texts) and not other,
                "{!r}: {} instead of {}".format(*other[0]) if other else "")
    tally.check(f"{kind}: the tokens around a text", [found.get("bos"), found.get("end")] == [whole[0][0], whole[0][-1]])


def check(tally, work, seed, kinds=KINDS):
    work = work / "gguf-labels"
    shutil.rmtree(work, ignore_errors=True)
    subprocess.run(["node", HERE.parent / "scripts" / "llama.js"], check=True)
    # transformers takes an empty text as no row of a batch.
    texts = [text for text in make_texts(seed) if text.strip()]
    for kind in kinds:
        make(work / kind, kind, seed)
        export(work / kind)
        check_kind(tally, work / kind, kind, texts)


def main():
    from test_interop import Tally
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--kind", nargs="+", default=list(KINDS))
    arguments.add_argument("--work", type=Path, default=HERE / ".work")
    arguments.add_argument("--seed", type=int, default=11)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    tally = Tally()
    check(tally, options.work.resolve(), options.seed, options.kind)
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    raise SystemExit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
