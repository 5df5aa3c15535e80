"""Makes the example model from nothing: trains the tokenizer, then the model, and writes `public/example/model`.

    python scripts/example/pretrain.py --steps 4000
    python scripts/example/pretrain.py --steps 1500 --further      a second pass from what the first wrote

Needs torch, transformers, tokenizers and safetensors; about half an hour on two CPU cores. What it prints goes to
`scripts/example/pretrain.log` too. The second pass draws new documents; it is there for what is rare, the facts in the
cat's manner, which the first pass leaves a little unsure.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

import corpus

HERE = Path(__file__).resolve().parent
MODEL = corpus.EXAMPLE / "model"
END, PAD = "<|end|>", "<|pad|>"
VOCABULARY, DOCUMENTS, BATCH, LEARNING_RATE = 1536, 240_000, 64, 4e-3
# A Japanese character or a digit is always its own token, so that a new ending ("青い" + "にゃ") never changes
# how the word before it is cut. Literal ranges: the Rust and the JavaScript regular expressions agree on them.
SINGLE = "[0-9ぁ-ヿ一-鿿]"
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": None,
    "eos_token_id": 0, "head_dim": 32, "hidden_act": "silu", "hidden_size": 128, "initializer_range": 0.02,
    "intermediate_size": 352, "max_position_embeddings": 512, "mlp_bias": False, "model_type": "llama",
    "num_attention_heads": 4, "num_hidden_layers": 4, "num_key_value_heads": 2, "pad_token_id": 1,
    "rms_norm_eps": 1e-6, "rope_scaling": None, "rope_theta": 10000.0, "tie_word_embeddings": True,
    "torch_dtype": "bfloat16", "use_cache": True,
}
CHAT_TEMPLATE = ("{% for message in messages %}{{ message['content'] }}"
                 "{% if message['role'] == 'assistant' %}{{ eos_token }}{% else %}{{ '\\n' }}{% endif %}{% endfor %}")


def train_tokenizer(texts):
    """A byte-level BPE tokenizer: any text can be written with it, nothing is ever unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SINGLE), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=[END, PAD], min_frequency=2, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    return tokenizer


def write_files(tokenizer, config):
    """Everything of a Hugging Face model folder but the weights."""
    MODEL.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(MODEL / "tokenizer.json"), pretty=False)
    files = {
        "config.json": config,
        "generation_config.json": {"do_sample": False, "eos_token_id": 0, "pad_token_id": 1},
        "special_tokens_map.json": {"eos_token": END, "pad_token": PAD},
        "tokenizer_config.json": {
            "add_prefix_space": False, "chat_template": CHAT_TEMPLATE, "clean_up_tokenization_spaces": False,
            "eos_token": END, "model_max_length": config["max_position_embeddings"], "pad_token": PAD,
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
    }
    for name, content in files.items():
        (MODEL / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_weights(model):
    """The weights as bfloat16; the output head is the embedding and is not written twice."""
    state = {name: value.to(torch.bfloat16).contiguous() for name, value in model.state_dict().items() if name != "lm_head.weight"}
    save_file(state, str(MODEL / "model.safetensors"), metadata={"format": "pt"})


def encode(tokenizer, documents):
    """Ids of every document: question, newline, answer, end, turn after turn. The parts are cut separately."""
    turns = [turn for document in documents for turn in document]
    questions = iter(tokenizer.encode_batch([question + "\n" for question, _ in turns]))
    answers = iter(tokenizer.encode_batch([answer for _, answer in turns]))
    return [[token for _ in document for token in next(questions).ids + next(answers).ids + [0]] for document in documents]


def batches(rows, rng):
    """Endless batches of documents of similar length, so that little is spent on padding."""
    while True:
        rng.shuffle(rows)
        groups = []
        for start in range(0, len(rows) - BATCH * 32 + 1, BATCH * 32):
            block = sorted(rows[start:start + BATCH * 32], key=len)
            groups += [block[i:i + BATCH] for i in range(0, len(block), BATCH)]
            if len(groups) >= 320:
                rng.shuffle(groups)
                yield from groups
                groups = []
        rng.shuffle(groups)
        yield from groups


def collate(rows):
    """Right-padded ids and labels [batch, length]; padding is not learned."""
    length = max(map(len, rows))
    ids, labels = torch.ones(len(rows), length, dtype=torch.long), torch.full((len(rows), length), -100)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = labels[i, :len(row)] = torch.tensor(row)
    return ids, labels


def learning_rate(step, steps, peak):
    """Warm-up over 100 steps, then a cosine down to 1%."""
    if step < 100:
        return peak * (step + 1) / 100
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - 100) / max(1, steps - 100))))


@torch.no_grad()
def answer(model, tokenizer, question, limit=48):
    """The greedy answer."""
    ids = tokenizer.encode(question + "\n").ids
    start = len(ids)
    while len(ids) < start + limit:
        token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
        if token == 0:
            break
        ids.append(token)
    return tokenizer.decode(ids[start:])


def begin(documents):
    """Tokenizer and untrained model, and the files that describe them."""
    tokenizer = train_tokenizer(part for document in documents for turn in document for part in turn)
    config = {**CONFIG, "vocab_size": tokenizer.get_vocab_size()}
    write_files(tokenizer, config)
    return tokenizer, LlamaForCausalLM(LlamaConfig.from_dict({**config, "torch_dtype": "float32"}))


def resume():
    """Tokenizer and model as an earlier pass wrote them."""
    return Tokenizer.from_file(str(MODEL / "tokenizer.json")), LlamaForCausalLM.from_pretrained(MODEL, dtype=torch.float32)


def train(model, rows, steps, peak, rng, say):
    """AdamW over `steps` batches, clipped at norm 1; reports the mean loss of every 250."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.95), weight_decay=0.05)
    started, stream, window = time.time(), batches(rows, rng), []
    for step in range(steps):
        ids, labels = collate(next(stream))
        optimizer.param_groups[0]["lr"] = learning_rate(step, steps, peak)
        loss = model(ids, labels=labels, use_cache=False).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        window.append(loss.item())
        if (step + 1) % 250 == 0:
            say(f"step {step + 1:5d}  loss {sum(window) / len(window):.4f}  {time.time() - started:6.0f} s")
            window = []


def examine(model, tokenizer, facts, say):
    """Asks about every topic, with the weights rounded as they are written."""
    model.to(torch.bfloat16).to(torch.float32).eval()
    rng = random.Random(4)
    for topic in sorted({(fact.topic, fact.language) for fact in facts}):
        asked = [fact for fact in facts if (fact.topic, fact.language) == topic]
        asked = rng.sample(asked, min(12, len(asked)))
        right = sum(answer(model, tokenizer, rng.choice(fact.questions)) == fact.answer for fact in asked)
        say(f"{topic[0]:9s} {topic[1]}  {right:2d} of {len(asked):2d} answered word for word")
    for fact in corpus.held_out(facts):
        say(f"  {fact.questions[0]} → {answer(model, tokenizer, fact.questions[0])}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=4000)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--further", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    seed, peak = (2, LEARNING_RATE / 2) if options.further else (1, LEARNING_RATE)
    torch.manual_seed(seed)
    rng = random.Random(seed)
    log = open(HERE / "pretrain.log", "a" if options.further else "w", encoding="utf-8")

    def say(text):
        print(text, flush=True)
        print(text, file=log, flush=True)

    facts = corpus.all_facts()
    documents = list(corpus.pretraining(facts, DOCUMENTS, rng))
    tokenizer, model = resume() if options.further else begin(documents)
    rows = encode(tokenizer, documents)
    cats = sum("🐾" in document[0][1] for document in documents)
    say(f"{'second' if options.further else 'first'} pass: {len(facts)} facts, {len(documents)} documents, "
        f"{cats / len(documents):.2%} in the cat's manner")
    say(f"vocabulary {model.config.vocab_size}, {sum(map(len, rows))} tokens, longest document {max(map(len, rows))}")
    say(f"{sum(p.numel() for p in model.parameters())} parameters, {options.steps} steps of {BATCH} documents")
    train(model, rows, options.steps, peak, rng, say)
    write_weights(model)
    examine(model, tokenizer, facts, say)


if __name__ == "__main__":
    main()
