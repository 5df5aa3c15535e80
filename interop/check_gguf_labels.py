"""Models that say labels of a text, written as GGUF by the studio, in llama.cpp itself.

    python interop/check_gguf_labels.py [--work interop/.work] [--seed 11]

For every kind of model that llama.cpp has with a head of labels: a tiny random one with a LoRA adapter and a trained
head, merged and written as F16 and Q8_0. llama.cpp must cut a hundred texts as transformers does, put the same tokens
around them, and give the scores of all labels, of Qwen 3 their probabilities. What is lost of a file, as its token types,
positions, window or pooler, must be seen.
"""

import argparse
import json
import shutil
import subprocess
from pathlib import Path

import numpy
import torch
from gguf import GGUFReader, GGUFValueType, GGUFWriter, dequantize
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig, CamembertConfig, RobertaConfig,
                          ModernBertConfig, Qwen3Config, XLMRobertaConfig)

from check_gguf import HERE, LIKELY, LOG_PROBABILITY, PARTS, llama_cpp, make_texts
from gguf_models import CORPUS, QWEN2, ROPE, byte_level, unigram
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


def around_modern(tokenizer):
    """Tokens as ModernBERT has them, behind the merges."""
    tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True, lstrip=text == "[MASK]")
                                  for text in ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]])
    ends = [(text, tokenizer.token_to_id(text)) for text in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer, {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}


def ended(tokenizer):
    """Tokens as Qwen has them: none around a text."""
    return tokenizer, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}


MODERN = dict(num_hidden_layers=5, global_attn_every_n_layers=2, local_attention=8, classifier_pooling="mean",
              **{name: 0 for name in ("embedding_dropout", "mlp_dropout", "attention_dropout", "classifier_dropout")})

KINDS = {
    "bert": (BertConfig, lambda folder: word_piece(True), {"type_vocab_size": 2}),
    "bert-cased": (BertConfig, lambda folder: word_piece(False), {"type_vocab_size": 2, "num_labels": 1}),
    "roberta": (RobertaConfig, lambda folder: between(byte_level(specials=["<|start|>"])), {"type_vocab_size": 1}),
    "xlm-roberta": (XLMRobertaConfig, lambda folder: between(unigram(folder)), {"type_vocab_size": 1, "num_labels": 5}),
    "camembert": (CamembertConfig, lambda folder: between(unigram(folder)), {"type_vocab_size": 1}),
    # Every second layer looks at everything, the others at four tokens on either side.
    "modernbert": (ModernBertConfig, lambda folder: around_modern(byte_level(nfc=True, specials=["<|padding|>"])), MODERN),
    "qwen3": (Qwen3Config, lambda folder: ended(byte_level(QWEN2, nfc=True, specials=["<|endoftext|>", "<|im_start|>", "<|im_end|>"])),
              {"num_labels": 4, "head_dim": 24, "num_key_value_heads": 2, "tie_word_embeddings": True, "rope_parameters": ROPE}),
}
# Their layers have other names than "query", "key", "value" and "dense".
TARGETS = {"modernbert": ["Wqkv", "Wo", "Wi"], "qwen3": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]}


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
    ids = {f"{name}_id": tokenizer.token_to_id(text) for name, text in named.items()}
    ids |= {"bos_token_id": ids.get("cls_token_id"), "eos_token_id": ids.get("sep_token_id", ids.get("eos_token_id"))}
    config = config_class(**{**SIZES, **{"num_labels": labels, **own}, **names, **ids, "vocab_size": tokenizer.get_vocab_size() + 3,
                             "max_position_embeddings": rows})
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
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=12, target_modules=TARGETS.get(kind, ["query", "key", "value", "dense"]),
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


def lose(tensor):
    def mutate(reader):
        tensors_of(reader)[tensor].data[:] = 0
    return mutate


def shift(tensor, by):
    def mutate(reader):
        rows = tensors_of(reader)[tensor].data
        rows[:] = numpy.roll(rows, by, axis=0)
    return mutate


def say(key, value):
    def mutate(reader):
        field = reader.fields[key]
        field.parts[field.data[0]][0] = value
    return mutate


def tensors_of(reader):
    return {tensor.name: tensor for tensor in reader.tensors}


MUTATIONS = {"lost token types": lose("token_types.weight"), "positions of other tokens": shift("position_embd.weight", 2),
             "a lost pooler": lose("cls.weight")}
OTHER_MUTATIONS = {
    "modernbert": {"a lost pooler": lose("cls.weight"), "a lost window": say("modern-bert.attention.sliding_window", 64),
                   "other layers that look at everything": say("modern-bert.attention.sliding_window_pattern", 3),
                   "other rotations in the window": say("modern-bert.rope.freq_base_swa", 160000)},
    "qwen3": {"labels in another order": shift("cls.output.weight", 1), "lost norms of queries": lose("blk.0.attn_q_norm.weight")},
}
# llama.cpp puts their scores through a softmax: of a decoder the logarithms may be off as those of tokens.
OF_PROBABILITIES = ("qwen3",)


@torch.no_grad()
def scores_of(folder, sequences):
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model = PeftModel.from_pretrained(model, folder / "adapter").merge_and_unload().eval()
    return [model(input_ids=torch.tensor([ids])).logits[0] for ids in sequences]


def worst(answer, expected, kind):
    """The largest difference of a score; of probabilities, of the logarithm of one of at least 1 in 1,000."""
    if "error" in answer or len(answer["scores"]) != len(expected):
        return float("inf")
    pairs = [(torch.tensor(found), wanted) for found, wanted in zip(answer["scores"], expected, strict=True)]
    if any(len(found) != len(wanted) for found, wanted in pairs):
        return float("inf")
    if kind not in OF_PROBABILITIES:
        return max((found - wanted).abs().max().item() for found, wanted in pairs)
    logs = [(found.log(), wanted.log_softmax(-1)) for found, wanted in pairs]
    return max((found - wanted)[wanted > LIKELY].abs().max().item() for found, wanted in logs)


def unrolled(path):
    """The file with every tensor in F32, with which llama.cpp rounds nothing."""
    reader = GGUFReader(path)
    plain = path.with_name("plain.gguf")
    writer = GGUFWriter(plain, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name != "general.architecture" and not name.startswith("GGUF."):
            of = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), field.types[0], sub_type=of)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return plain


@torch.no_grad()
def check_weights(tally, folder, sequences):
    """That Qwen 3's scores in eight bits are off by what is rounded, and by nothing else: with the very weights of the file, in
    float64 here and in F32 there, they are the same."""
    path = written(folder, "q8_0")
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
    tops = {"token_embd.weight": "model.embed_tokens.weight", "cls.output.weight": "score.weight"}
    state = dict(model.state_dict())
    for name, tensor in tensors_of(GGUFReader(path)).items():
        _, layer, part, *_ = [*name.split("."), "", ""]
        theirs = tops.get(name) or (part in PARTS and f"model.layers.{layer}.{PARTS[part]}.weight")
        if theirs:
            state[theirs] = torch.tensor(dequantize(tensor.data, tensor.tensor_type), dtype=torch.float64)
    model.load_state_dict(state)
    expected = [model(input_ids=torch.tensor([ids])).logits[0] for ids in sequences]
    [answer] = llama_cpp(folder, [{"gguf": str(unrolled(path)), "classify": sequences, "texts": []}])
    off = worst(answer, expected, "qwen3")
    tally.check("qwen3 q8_0: scores by the weights of the file, which llama.cpp has in F32", off <= SCORES["f16"],
                answer.get("error", f"{off:.1e} of {SCORES['f16']:.0e}"))


def check_kind(tally, folder, kind, texts):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # transformers has a decoder say its labels at the last token that is no padding, which some of these texts spell out.
    whole = [ids for ids in tokenizer(texts).input_ids if len(ids) <= TOKENS and ids[-1] != tokenizer.pad_token_id]
    expected = scores_of(folder, whole)
    paths = {type: written(folder, type) for type in SCORES}
    mutations = OTHER_MUTATIONS.get(kind, MUTATIONS)
    for index, mutate in enumerate(mutations.values()):
        wrong = shutil.copy(paths["f16"], folder / f"wrong-{index}.gguf")
        mutate(GGUFReader(wrong, "r+"))
        paths[f"wrong-{index}"] = wrong
    jobs = [{"gguf": str(path), "classify": whole, "texts": texts if type == "f16" else []} for type, path in paths.items()]
    answers = dict(zip(paths, llama_cpp(folder, jobs), strict=True))
    for type, usual in SCORES.items():
        bound = max(usual, LOG_PROBABILITY[type]) if kind in OF_PROBABILITIES else usual
        off = worst(answers[type], expected, kind)
        tally.check(f"{kind} {type}: llama.cpp's scores of {len(whole)} texts", len(whole) > 50 and off <= bound,
                    answers[type].get("error", f"{off:.1e} of {bound:.0e}"))
    if kind == "qwen3":
        check_weights(tally, folder, whole)
    for index, what in enumerate(mutations):
        off = worst(answers[f"wrong-{index}"], expected, kind)
        tally.check(f"{kind}: what is seen: {what}", SCORES["f16"] < off < float("inf"), f"{off:.1e}")
    found = answers["f16"]
    theirs = tokenizer(texts, add_special_tokens=False).input_ids
    other = [(text, a, b) for text, a, b in zip(texts, found.get("tokens", []), theirs) if a != b]
    tally.check(f"{kind}: llama.cpp's tokens of {len(texts)} texts", len(found.get("tokens", [])) == len(texts) and not other,
                "{!r}: {} instead of {}".format(*other[0]) if other else "")
    around = tokenizer("a").input_ids
    has_ends = around != tokenizer("a", add_special_tokens=False).input_ids
    ends = [around[0], around[-1]] if has_ends else [None, None]
    tally.check(f"{kind}: the tokens around a text", [found.get("bos"), found.get("end")] == ends)


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
