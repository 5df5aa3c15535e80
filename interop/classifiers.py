"""The cases of sequence classification and regression: encoders and decoders with a head, trained by transformers' own losses.

Encoders are written as published ones are: a bare model without a head. The head is what the studio draws for a checkpoint
that lacks it (`initial.py`).
"""

import csv
import json
import random
import re
import shutil

import torch
from peft import PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (AlbertConfig, AutoConfig, AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification, AutoTokenizer, BertConfig,
                          CamembertConfig, DebertaV2Config, DistilBertConfig, ElectraConfig, ModernBertConfig, MPNetConfig, RobertaConfig, XLMRobertaConfig)

from transformers.utils import logging

from golden_sentencepiece import train as train_sentencepiece
from initial import normal
from methods import ADAPTERHUB, VIRTUAL, peft_config, set_fresh, starts_fresh, stir

logging.disable_progress_bar()
logging.set_verbosity_error()

STEPS, RUN_SEED = 20, 1
WORDS = ("red blue small big cat dog bird tree river stone walks sings sleeps jumps over under near the a old young and then "
         "sees finds keeps loses warm cold quiet").split()
ANIMALS, COLOURS, VERBS = {"cat", "dog", "bird"}, {"red", "blue"}, {"walks", "sings", "sleeps", "jumps"}
NO_DECAY = re.compile(r"bias|layernorm|rmsnorm|(^|\.)norm($|\.)|_norm($|\.)|\.ln_")

SIZES = dict(vocab_size=127, hidden_size=32, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4,
             max_position_embeddings=66, hidden_dropout_prob=0, attention_probs_dropout_prob=0, initializer_range=0.2)
# Positions of RoBERTa begin after the padding id, which is no small number here.
ROBERTA = dict(SIZES, type_vocab_size=1, pad_token_id=3, bos_token_id=0, eos_token_id=2, num_attention_heads=2)
ENCODERS = {
    "bert": (BertConfig, dict(SIZES, pad_token_id=0)),
    # Texts are longer than the three distances that have a row of their own.
    "deberta-v2": (DebertaV2Config, dict(
        SIZES, vocab_size=131, hidden_size=30, num_attention_heads=3, pad_token_id=0, type_vocab_size=0, relative_attention=True,
        pos_att_type=["p2c", "c2p"], position_buckets=6, norm_rel_ebd="layer_norm", share_att_key=True, position_biased_input=False,
        pooler_dropout=0)),
    "distilbert": (DistilBertConfig, dict(
        vocab_size=127, dim=30, hidden_dim=44, n_layers=2, n_heads=3, max_position_embeddings=64, dropout=0, attention_dropout=0,
        seq_classif_dropout=0, initializer_range=0.2, pad_token_id=0)),
    "roberta": (RobertaConfig, dict(ROBERTA, layer_norm_eps=1e-5)),
    "xlm-roberta": (XLMRobertaConfig, dict(ROBERTA, hidden_size=30, hidden_act="gelu_new")),
    "camembert": (CamembertConfig, dict(ROBERTA, hidden_size=30, num_attention_heads=3, layer_norm_eps=1e-5)),
    # Embeddings of another width than the layers
    "electra": (ElectraConfig, dict(SIZES, embedding_size=18, pad_token_id=0)),
    # Three layers in two groups, which share parameters
    "albert": (AlbertConfig, dict(
        SIZES, hidden_size=30, num_attention_heads=3, embedding_size=18, num_hidden_layers=3, num_hidden_groups=2, pad_token_id=0)),
    # Texts are longer than the eight distances that have a bias of their own. The padding id is 1 whatever the config says.
    "mpnet": (MPNetConfig, dict(SIZES, hidden_size=30, num_attention_heads=3)),
    # Windows of three tokens on either side, shorter than every text; read from the mean of all tokens
    "modernbert": (ModernBertConfig, dict(
        vocab_size=127, hidden_size=30, intermediate_size=22, num_hidden_layers=3, num_attention_heads=3, max_position_embeddings=66,
        local_attention=6, layer_types=["full_attention", "sliding_attention", "full_attention"], classifier_pooling="mean",
        initializer_range=0.2, pad_token_id=3, bos_token_id=0, cls_token_id=0, eos_token_id=2, sep_token_id=2)),
}
# Encoders of pairs alone: DeBERTa with types for the two texts, of which DeBERTa-v3 has none.
PAIR_ENCODERS = {
    "deberta-v2-types": (DebertaV2Config, dict(
        SIZES, vocab_size=131, hidden_size=30, num_attention_heads=3, pad_token_id=0, type_vocab_size=2, relative_attention=True,
        pos_att_type=["p2c", "c2p"], position_buckets=6, norm_rel_ebd="layer_norm", share_att_key=True, position_biased_input=True,
        pooler_dropout=0)),
}
WORD_PIECES = ("bert", "distilbert", "electra", "albert", "deberta-v2-types")
# Published with what predicts masked tokens, of which a classifier reads a part.
MASKED = ("modernbert",)
# Published as an f16 .bin and a SentencePiece model.
PIECES = {"deberta-v2": ("spm.model", dict(
    model_type="unigram", vocab_size=90, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]",
    unk_piece="[UNK]", normalization_rule_name="identity"))}
# What PEFT does not count to the head, and a bare model lacks.
SAVED = {"deberta-v2": ["pooler.dense"]}  # by model_type

SINGLE, MULTI, NUMBER = "single_label_classification", "multi_label_classification", "regression"
LORA = dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0, lora_target_modules="all-linear")


def full(*parts):
    """Every matrix and norm but none of the biases of keys, whose gradient is rounding."""
    return dict(method="full", train_parameters=[{"contains": part} for part in ("weight", *parts)])


METHOD = dict(batch_size=3, learning_rate=3e-3, warmup_steps=2)

# case: (model, problem, rows, tuning, training settings that differ from the defaults)
CLASSIFIER_CASES = {
    "bert-lora": ("bert", SINGLE, 26, LORA, dict(batch_size=4, learning_rate=3e-3, warmup_steps=3)),
    "bert-full": ("bert", SINGLE, 24, full("LayerNorm", "classifier", "dense"), dict(batch_size=4, learning_rate=5e-4, weight_decay=0.1)),
    "bert-regression": ("bert", NUMBER, 25, LORA, dict(batch_size=3, learning_rate=2e-3, grad_accumulation=2)),
    "deberta-v2-lora": ("deberta-v2", SINGLE, 24, {**LORA, "lora_target_modules": ["query_proj", "key_proj", "value_proj", "intermediate.dense"]}, dict(batch_size=4, learning_rate=3e-3, warmup_steps=2)),
    "deberta-v2-full": ("deberta-v2", MULTI, 24, full("LayerNorm", "classifier", "pooler"), dict(batch_size=3, learning_rate=5e-4)),
    "distilbert-lora": ("distilbert", SINGLE, 24, {**LORA, "lora_target_modules": ["q_lin", "v_lin"]}, dict(batch_size=3, learning_rate=3e-3)),
    "distilbert-full": ("distilbert", MULTI, 24, full("norm", "classifier"), dict(batch_size=4, learning_rate=5e-4)),
    "roberta-lora": ("roberta", SINGLE, 24, {**LORA, "lora_target_modules": ["query", "value"]}, dict(batch_size=4, learning_rate=2e-3)),
    "roberta-full": ("roberta", SINGLE, 24, full("LayerNorm", "classifier"), dict(batch_size=3, learning_rate=5e-4)),
    "xlm-roberta-lora": ("xlm-roberta", MULTI, 24, {**LORA, "lora_target_modules": ["query", "key", "value"]}, dict(batch_size=4, learning_rate=2e-3)),
    "xlm-roberta-full": ("xlm-roberta", NUMBER, 24, full("LayerNorm", "classifier"), dict(batch_size=4, learning_rate=5e-4)),
    "camembert-lora": ("camembert", SINGLE, 24, LORA, dict(batch_size=4, learning_rate=2e-3)),
    "camembert-full": ("camembert", SINGLE, 24, full("LayerNorm", "classifier"), dict(batch_size=4, learning_rate=5e-4)),
    "electra-lora": ("electra", SINGLE, 24, LORA, dict(batch_size=4, learning_rate=2e-3)),
    "electra-full": ("electra", NUMBER, 24, full("LayerNorm", "classifier"), dict(batch_size=4, learning_rate=5e-4)),
    "albert-lora": ("albert", SINGLE, 24, LORA, dict(batch_size=4, learning_rate=2e-3)),
    "albert-full": ("albert", SINGLE, 24, full("norm", "Norm", "classifier"), dict(batch_size=4, learning_rate=5e-4, weight_decay=0.1)),
    "mpnet-lora": ("mpnet", SINGLE, 24, LORA, dict(batch_size=4, learning_rate=2e-3)),
    "mpnet-full": ("mpnet", MULTI, 24, full("LayerNorm", "classifier"), dict(batch_size=4, learning_rate=5e-4, weight_decay=0.1)),
    "modernbert-lora": ("modernbert", SINGLE, 24, LORA, dict(batch_size=4, learning_rate=2e-3, warmup_steps=2)),
    "modernbert-full": ("modernbert", MULTI, 24, full("classifier"), dict(batch_size=4, learning_rate=5e-4, weight_decay=0.1)),
    # Pairs of texts: with types that LoRA reads and that full fine-tuning trains, with one type for all, and without any
    "bert-pairs-lora": ("bert", SINGLE, 26, LORA, dict(batch_size=4, learning_rate=3e-3, warmup_steps=3)),
    "bert-pairs-full": ("bert", NUMBER, 24, full("LayerNorm", "classifier"), dict(batch_size=4, learning_rate=5e-4, weight_decay=0.1)),
    "bert-pairs-prompt": ("bert", SINGLE, 22, dict(method="prompt", num_virtual_tokens=3), METHOD),
    "bert-pairs-prefix": ("bert", SINGLE, 22, dict(method="prefix", num_virtual_tokens=3), METHOD),
    "albert-pairs-lora": ("albert", MULTI, 24, LORA, dict(batch_size=4, learning_rate=2e-3)),
    "albert-pairs-full": ("albert", SINGLE, 24, full("norm", "Norm", "classifier"), dict(batch_size=4, learning_rate=5e-4, weight_decay=0.1)),
    "roberta-pairs-lora": ("roberta", SINGLE, 24, {**LORA, "lora_target_modules": ["query", "value"]}, dict(batch_size=4, learning_rate=2e-3)),
    "roberta-pairs-full": ("roberta", NUMBER, 24, full("LayerNorm", "classifier"), dict(batch_size=3, learning_rate=5e-4)),
    "deberta-v2-types-lora": ("deberta-v2-types", SINGLE, 24, {**LORA, "lora_target_modules": ["query_proj", "key_proj", "value_proj", "intermediate.dense"]}, dict(batch_size=4, learning_rate=3e-3, warmup_steps=2)),
    "deberta-v2-types-full": ("deberta-v2-types", SINGLE, 24, full("LayerNorm", "classifier", "pooler"), dict(batch_size=3, learning_rate=5e-4)),
    "distilbert-pairs-full": ("distilbert", SINGLE, 24, full("norm", "classifier"), dict(batch_size=4, learning_rate=5e-4)),
    # Methods beside plain LoRA; the head is trained with each
    "bert-dora": ("bert", SINGLE, 22, {**LORA, "use_dora": True, "lora_target_modules": ["query", "dense"]}, METHOD),
    "bert-vera": ("bert", SINGLE, 22, dict(method="vera", lora_r=5, lora_dropout=0, d_initial=0.2, lora_target_modules=["query", "value"]), METHOD),
    "bert-ia3": ("bert", SINGLE, 22, dict(method="ia3"), METHOD),
    "bert-prompt": ("bert", SINGLE, 22, dict(method="prompt", num_virtual_tokens=3), METHOD),
    "bert-p-tuning": ("bert", SINGLE, 22, dict(method="p-tuning", num_virtual_tokens=2, encoder_hidden_size=12), METHOD),
    "bert-prefix": ("bert", SINGLE, 22, dict(method="prefix", num_virtual_tokens=3), METHOD),
    "roberta-prompt": ("roberta", MULTI, 22, dict(method="prompt", num_virtual_tokens=3), METHOD),
    # The learned rows are a part of the mean
    "modernbert-prompt": ("modernbert", SINGLE, 22, dict(method="prompt", num_virtual_tokens=3), METHOD),
    "bert-series": ("bert", SINGLE, 22, dict(method="series-adapter", reduction_factor=4), METHOD),
    "bert-series-both": ("bert", NUMBER, 22, dict(method="series-adapter", reduction_factor=5, adapter_placement="both"), METHOD),
    "bert-parallel": ("bert", SINGLE, 22, dict(method="parallel-adapter", reduction_factor=5, adapter_placement="both"), METHOD),
    "distilbert-series": ("distilbert", SINGLE, 22, dict(method="series-adapter", reduction_factor=5, adapter_placement="both"), METHOD),
    "llama-score-lora": ("llama", SINGLE, 24, LORA, dict(batch_size=4, learning_rate=2e-3, warmup_steps=2)),
    "gpt2-score-full": ("gpt2", SINGLE, 24, full("ln_", "c_proj"), dict(batch_size=4, learning_rate=5e-4, grad_accumulation=2)),
}

LOSSES = {SINGLE: "CrossEntropy", MULTI: "BinaryCrossEntropy", NUMBER: "MSE"}
LABELS = {SINGLE: ["animal", "colour", "other"], MULTI: ["animal", "colour", "verb"], NUMBER: []}


def is_pairs(case):
    """Whether the rows of a case are pairs of texts."""
    return "-pairs-" in case or "-types-" in case


class PairIds(list):
    """Token ids of a pair of texts, with the type of each where the model has more than one."""

    def __init__(self, ids, types):
        super().__init__(ids)
        self.types = types


def base_of(case):
    """The folder of the model: decoders are those of the language-model cases."""
    return f"{CLASSIFIER_CASES[case][0]}-lora"


def label_of(words, problem):
    """The label cell of a row."""
    found = set(words)
    if problem == NUMBER:
        return f"{len(words) / 4 - sum(word in COLOURS for word in words) / 2:.3f}"
    if problem == MULTI:
        return "; ".join(name for name, part in zip(LABELS[MULTI], (ANIMALS, COLOURS, VERBS)) if found & part)
    return "animal" if found & ANIMALS else "colour" if found & COLOURS else "other"


def make_rows(count, problem, seed, pairs=False):
    rng = random.Random(seed)
    if pairs:
        texts = [(rng.choices(WORDS, k=rng.randint(1, 9)), rng.choices(WORDS, k=rng.randint(1, 7))) for _ in range(count)]
        # What the second text says that the first does not.
        return [(" ".join(first) + ".", " ".join(second) + ".", label_of([word for word in second if word not in first], problem)) for first, second in texts]
    rows = [rng.choices(WORDS, k=rng.randint(1, 9)) for _ in range(count)]
    return [(" ".join(words) + ".", label_of(words, problem)) for words in rows]


def targets(cells, problem):
    """The label cells as transformers' losses want them."""
    names = LABELS[problem]
    if problem == NUMBER:
        return torch.tensor([float(cell) for cell in cells])
    if problem == MULTI:
        return torch.tensor([[float(name in cell.split("; ")) for name in names] for cell in cells])
    return torch.tensor([names.index(cell) for cell in cells])


def make_tokenizer(kind):
    """WordPiece with [CLS] and [SEP], or byte-level BPE with <s> and </s>."""
    if kind in WORD_PIECES:
        letters = sorted(set("".join(WORDS)))
        # Every third word is not in the vocabulary and falls into letters.
        words = [word for index, word in enumerate(WORDS) if index % 3]
        vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *letters, *("##" + letter for letter in letters), *(w for w in words if len(w) > 1)]
        tokenizer = Tokenizer(models.WordPiece({token: index for index, token in enumerate(vocabulary)}, unk_token="[UNK]"))
        tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
        tokenizer.add_special_tokens(vocabulary[:5])
        return tokenizer, dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    special = ["<s>", "<unk>", "</s>", "<pad>"]
    tokenizer.train_from_iterator([" ".join(WORDS) + "."], trainers.BpeTrainer(vocab_size=110, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False, add_prefix_space=False)
    return tokenizer, dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>", cls_token="<s>", sep_token="</s>")


def write_encoder(folder, kind, seed):
    """A bare encoder as it is published: no head, no prefix; BERT with the gamma and beta of its first files."""
    config_class, sizes = {**ENCODERS, **PAIR_ENCODERS}[kind]
    model = (AutoModelForMaskedLM if kind in MASKED else AutoModel).from_config(config_class(**sizes, dtype="float32")).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            drawn = torch.randn(value.shape, generator=generator)
            is_norm = "norm" in name.lower()
            if value.ndim == 1:
                value.copy_(drawn * 0.2 + (1 if is_norm and name.endswith("weight") else 0))
            else:
                value.copy_(drawn * (0.4 if "embeddings" in name else 1.2 / value.shape[1] ** 0.5))
    if kind in PIECES:
        return write_older(folder, kind, model)
    model.save_pretrained(folder)
    if kind == "bert":
        path = folder / "model.safetensors"
        renamed = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
                   for name, value in load_file(path).items()}
        save_file(renamed, str(path), metadata={"format": "pt"})
    tokenizer, names = make_tokenizer(kind)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **names}, indent=1) + "\n")


def write_older(folder, kind, model):
    """As DeBERTa-v3 was published: an f16 .bin that also holds the heads of its pretraining, and a SentencePiece model alone."""
    model.half().config.save_pretrained(folder)
    state = {f"{model.base_model_prefix}.{name}": value for name, value in model.state_dict().items()}
    heads = {f"{name}.dense.bias": torch.zeros(model.config.hidden_size, dtype=torch.float16) for name in ("lm_predictions.lm_head", "mask_predictions")}
    torch.save({**state, **heads}, folder / "pytorch_model.bin")
    name, options = PIECES[kind]
    (folder / name).write_bytes(train_sentencepiece(options, [" ".join(WORDS) + "."] * 20 + WORDS))


def run_config(case):
    kind, problem, _, tuning, training = CLASSIFIER_CASES[case]
    columns = {"prompt_column": ["premise"], "text_pair_column": "hypothesis"} if is_pairs(case) else {"prompt_column": ["text"]}
    adapter = {"init_from": "./adapter-initial"} if tuning["method"] != "full" and not starts_fresh(tuning) else {}
    return {
        "model": {"llm_backbone": "./" if base_of(case) == case else f"../{base_of(case)}/"},
        "dataset": {"train_dataframe": "./data.csv", **columns, "answer_column": "label",
                    "problem_type": "regression" if problem == NUMBER else "classification", "validation_strategy": "none"},
        # Short enough that some texts are cut.
        "tokenizer": {"max_length": 24, "allow_truncation": True},
        "tuning": {**tuning, **adapter},
        "training": {"loss_function": LOSSES[problem], "optimizer": "AdamW", "schedule": "Cosine", "warmup_steps": 0, "weight_decay": 0,
                     "gradient_clip": 0, "grad_accumulation": 1, "max_steps": STEPS, "shuffle": False, "drop_last_batch": True, **training},
        "environment": {"mixed_precision": "f32", "seed": RUN_SEED},
    }


DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "dropout", "attention_dropout", "seq_classif_dropout",
            "resid_pdrop", "embd_pdrop", "attn_pdrop", "mlp_dropout", "embedding_dropout",
            "classifier_dropout_prob", "pooler_dropout")


def head_deviation(config):
    """Of a fresh last matrix."""
    return config.hidden_size ** -0.5 if config.model_type == "modernbert" else config.initializer_range


def attention_of(config):
    """Eager attention gives NaN in float64 where a window holds nothing but padding, and the mean reads that times 0."""
    return "sdpa" if config.model_type == "modernbert" else "eager"


def headed(folder, problem):
    """The published model with a head that holds what the studio draws for it."""
    names = LABELS[problem]
    outputs = len(names) or 1
    config = AutoConfig.from_pretrained(folder, num_labels=outputs, problem_type=problem)
    # The base model's own dropout is not applied here.
    for key in DROPOUTS:
        if hasattr(config, key):
            setattr(config, key, 0.0)
    if names:
        config.id2label, config.label2id = dict(enumerate(names)), {name: index for index, name in enumerate(names)}
    model = AutoModelForSequenceClassification.from_pretrained(folder, config=config, dtype=torch.float32, attn_implementation=attention_of(config))
    with torch.no_grad():
        for name, value in model.named_parameters():
            if re.match(r"(pre_)?classifier|score|pooler", name):
                drawn = torch.from_numpy(normal(name, tuple(value.shape), RUN_SEED)) * head_deviation(config)
                value.copy_(torch.zeros_like(value) if name.endswith("bias") else drawn)
    return model.eval()


def adapted(model, tuning, base):
    config = peft_config(tuning, base, "SEQ_CLS")
    if saved := SAVED.get(model.config.model_type):
        config.modules_to_save = saved
    return get_peft_model(model, config)


def write_adapter(folder, base, problem, tuning, seed, write_json):
    torch.manual_seed(seed)
    model = adapted(headed(base, problem), tuning, base)
    stir(model)
    model.save_pretrained(folder / "adapter-initial")
    (folder / "adapter-initial" / "README.md").unlink()
    path = folder / "adapter-initial" / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = None
    write_json(path, {key: sorted(value) if isinstance(value, list) else value for key, value in config.items()})


def load(folder, base, problem, tuning):
    """The model as training starts, and the named parameters that are trained."""
    model = headed(base, problem)
    if tuning["method"] == "full":
        for name, value in model.named_parameters():
            value.requires_grad_(any(selector["contains"] in name for selector in tuning["train_parameters"]))
    elif tuning["method"] in VIRTUAL:
        model = adapted(model, tuning, base)
        if starts_fresh(tuning):
            set_fresh(model, RUN_SEED)
        else:
            set_peft_model_state_dict(model, load_file(folder / "adapter-initial" / "adapter_model.safetensors"))
        model.eval()
    else:
        model = PeftModel.from_pretrained(model, folder / "adapter-initial", is_trainable=True)
    return model, {name: value for name, value in model.named_parameters() if value.requires_grad}


def encode(folder, base, problem):
    """(token ids, target) of every row, cut as transformers cuts: from the right, the special tokens kept."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    with open(folder / "data.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if "hypothesis" in rows[0]:
        types = getattr(AutoConfig.from_pretrained(base), "type_vocab_size", 0) > 1
        encoded = [tokenizer(row["premise"], row["hypothesis"], truncation="longest_first", max_length=24, return_token_type_ids=True) for row in rows]
        ids = [PairIds(each.input_ids, each.token_type_ids if types else None) for each in encoded]
    else:
        ids = [tokenizer(row["text"], truncation=True, max_length=24).input_ids for row in rows]
    return list(zip(ids, targets([row["label"] for row in rows], problem)))


def batch_of(rows, padding):
    length = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([ids + [padding] * (length - len(ids)) for ids, _ in rows])
    mask = torch.tensor([[1] * len(ids) + [0] * (length - len(ids)) for ids, _ in rows])
    return dict(input_ids=ids, attention_mask=mask, **types_of([ids for ids, _ in rows]))


def types_of(texts):
    """`token_type_ids` of pairs, padded with 0; of single texts, and where the model has none, nothing."""
    if not getattr(texts[0], "types", None):
        return {}
    length = max(map(len, texts))
    return {"token_type_ids": torch.tensor([ids.types + [0] * (length - len(ids)) for ids in texts])}


def train(model, trained, rows, training, windows, schedule):
    """Trains with the loss that transformers computes itself, its means over batches joined to one over the window."""
    optimizer = torch.optim.AdamW([{"params": [value], "weight_decay": 0.0 if NO_DECAY.search(name) or value.ndim == 1 and "orm" in name
                                    else training["weight_decay"]} for name, value in trained.items()], lr=training["learning_rate"])
    history = {"losses": [], "grad_norms": [], "learning_rates": [], "rows": []}
    padding = model.config.pad_token_id
    dtype = next(iter(trained.values())).dtype
    model.train()
    for step, window in zip(range(training["max_steps"]), windows(len(rows), training)):
        rate = training["learning_rate"] * schedule(step, training)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss, count = 0.0, sum(map(len, window))
        for batch in window:
            chosen = [rows[row] for row in batch]
            labels = torch.stack([target for _, target in chosen])
            labels = labels.to(dtype) if labels.is_floating_point() else labels
            part = model(**batch_of(chosen, padding), labels=labels).loss * len(batch) / count
            part.backward()
            loss += part.item()
        norm = torch.sqrt(sum(value.grad.double().square().sum() for value in trained.values())).item()
        optimizer.step()
        for key, value in zip(history, (loss, norm, rate, window)):
            history[key].append(value)
    model.eval()
    return history


@torch.no_grad()
def logits(model, probes):
    """Logits [texts, outputs], one text at a time."""
    return torch.cat([model(input_ids=torch.tensor([ids]), **types_of([ids])).logits.float() for ids in probes]).contiguous()


def make(folder, case, seed, common):
    """Makes one case in `folder` with make_golden's parts `common`; returns a line that says what came out."""
    kind, problem, count, tuning, _ = CLASSIFIER_CASES[case]
    base = folder.parent / base_of(case)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if kind in (*ENCODERS, *PAIR_ENCODERS) and (base == folder or not base.exists()):
        write_encoder(base, kind, seed)
    elif not base.exists():
        common.write_model(base, kind, seed)
    with open(folder / "data.csv", "w", encoding="utf-8", newline="") as file:
        header = ("premise", "hypothesis", "label") if is_pairs(case) else ("text", "label")
        csv.writer(file, lineterminator="\n").writerows([header, *make_rows(count, problem, seed, is_pairs(case))])
    run = run_config(case)
    common.write_json(folder / "run.json", run)
    if tuning["method"] in ADAPTERHUB:
        return common.adapterhub("make", folder, case, seed)
    if tuning["method"] != "full" and not starts_fresh(tuning):
        write_adapter(folder, base, problem, tuning, seed, common.write_json)
    rows = encode(folder, base, problem)
    probes = [ids for ids, _ in rows[:5]]
    model, trained = load(folder, base, problem, tuning)
    tensors = {"logits_base": logits(headed(base, problem), probes), "logits_start": logits(model, probes)}
    history = train(model, trained, rows, run["training"], common.windows, common.schedule)
    tensors["logits_after"] = logits(model, probes)
    after = get_peft_model_state_dict(model) if tuning["method"] != "full" else trained
    tensors.update({name: value.detach().contiguous() for name, value in after.items()})
    save_file(tensors, str(folder / "expected.safetensors"))
    types = {"types": [ids.types for ids in probes]} if is_pairs(case) else {}
    common.write_json(folder / "expected.json", {"case": case, "probes": probes, **types, "trained": sorted(after), **history})
    model, _ = load(folder, base, problem, tuning)
    model.double()
    exact = train(model, {name: value for name, value in model.named_parameters() if value.requires_grad}, rows, run["training"],
                  common.windows, common.schedule)
    worst = max(abs(a - b) / abs(b) for key in ("losses", "grad_norms") for a, b in zip(history[key], exact[key]))
    if not worst <= 1e-4:
        raise SystemExit(f"{case}: float32 and float64 differ by {worst:.1e}; the case is ill-conditioned")
    losses, norms = history["losses"], history["grad_norms"]
    return (f"{case}: loss {losses[0]:.3f} → {losses[-1]:.3f}, gradient norm {min(norms):.3f} to {max(norms):.3f}, "
            f"{sum(value.numel() for value in trained.values())} values trained, float64 differs by {worst:.0e}")
