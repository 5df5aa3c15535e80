"""A tiny Llama as PyPI's gguf writes it by the rules of llama.cpp's converter, in every type of tensors that is read as a base.

For src/exports/gguf/base/published.test.ts: the file, the SHA-256 of each tensor as gguf dequantises it (F32, in
transformers' order of rows), and the logits and token ids of transformers, which reads the file by itself.

    interop/.venv/bin/python interop/golden_gguf_base.py
"""

import hashlib
import json
from pathlib import Path

import numpy
import torch
from gguf import GGMLQuantizationType as Type
from gguf import MODEL_ARCH, GGUFWriter, TokenType, dequantize, get_tensor_name_map, quantize
from transformers import AutoModelForCausalLM, AutoTokenizer

OUT = Path(__file__).parent.parent / "src/exports/gguf/base/golden"
IDS = [1, 263, 270, 5, 100, 268, 261]
HIDDEN, HEADS, KV_HEADS = 256, 4, 2
WORDS = ["▁", "a", "b", "c", "t", "h", "e", "▁t", "he", "▁the", "▁a", "ca", "cat", "▁cat"]
TEXTS = ["the cat", "a  cat!", "été\n", "abc the  cat"]
# Random bytes with finite scales, as golden_gguf.py has them.
K_BLOCKS = {Type.Q4_K: (144, [0, 2]), Type.Q6_K: (210, [208])}


def tokens():
    yield "<unk>", 0.0, TokenType.UNKNOWN
    yield "<s>", 0.0, TokenType.CONTROL
    yield "</s>", 0.0, TokenType.CONTROL
    for byte in range(256):
        yield f"<0x{byte:02X}>", 0.0, TokenType.BYTE
    for place, word in enumerate(WORDS):
        yield word, -float(len(WORDS) - place), TokenType.NORMAL


def permuted(values, heads):
    """`LlamaModel.permute` of llama.cpp's converter."""
    rows, width = values.shape
    return values.reshape(heads, 2, rows // heads // 2, width).swapaxes(1, 2).reshape(rows, width)


def unpermuted(values, heads):
    rows, width = values.shape
    return values.reshape(heads, rows // heads // 2, 2, width).swapaxes(1, 2).reshape(rows, width)


def encoded(random, shape, kind, scale):
    """Bytes of a tensor and what gguf says they hold."""
    if kind in K_BLOCKS:
        size, places = K_BLOCKS[kind]
        data = random.integers(0, 256, (shape[0], shape[1] // 256 * size), numpy.uint8)
        for block in range(shape[1] // 256):
            for place in places:
                half = numpy.array([scale / 500], numpy.float16).view(numpy.uint8)
                data[:, block * size + place : block * size + place + 2] = half
    else:
        data = quantize((random.standard_normal(shape) * scale).astype(numpy.float32), kind)
    return data, dequantize(data, kind).astype(numpy.float32)


def main():
    random = numpy.random.default_rng(3)
    vocabulary = list(tokens())
    kinds = {
        "model.embed_tokens.weight": ((len(vocabulary), HIDDEN), Type.Q4_0, 0.3),
        "model.norm.weight": ((HIDDEN,), Type.F32, 1),
        "lm_head.weight": ((len(vocabulary), HIDDEN), Type.F16, 0.1),
        "model.layers.0.input_layernorm.weight": ((HIDDEN,), Type.F32, 1),
        "model.layers.0.self_attn.q_proj.weight": ((HIDDEN, HIDDEN), Type.Q4_0, 0.1),
        "model.layers.0.self_attn.k_proj.weight": ((HIDDEN // 2, HIDDEN), Type.Q6_K, 0.1),
        "model.layers.0.self_attn.v_proj.weight": ((HIDDEN // 2, HIDDEN), Type.Q8_0, 0.1),
        "model.layers.0.self_attn.o_proj.weight": ((HIDDEN, HIDDEN), Type.Q4_K, 0.1),
        "model.layers.0.post_attention_layernorm.weight": ((HIDDEN,), Type.F32, 1),
        "model.layers.0.mlp.gate_proj.weight": ((HIDDEN, HIDDEN), Type.BF16, 0.1),
        "model.layers.0.mlp.up_proj.weight": ((HIDDEN, HIDDEN), Type.Q4_K, 0.1),
        "model.layers.0.mlp.down_proj.weight": ((HIDDEN, HIDDEN), Type.Q6_K, 0.1),
    }
    names = get_tensor_name_map(MODEL_ARCH.LLAMA, 1)
    OUT.mkdir(exist_ok=True)
    file = OUT / "llama.gguf"
    writer = GGUFWriter(file, "llama")
    writer.add_name("Tiny Llama")
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_vocab_size(len(vocabulary))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _, _ in vocabulary])
    writer.add_token_scores([score for _, score, _ in vocabulary])
    writer.add_token_types([kind for _, _, kind in vocabulary])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    hashes = {}
    for name, (shape, kind, scale) in kinds.items():
        data, values = encoded(random, shape, kind, scale)
        heads = HEADS if "q_proj" in name else KV_HEADS if "k_proj" in name else 0
        if heads:
            # The rows of what is written are moved, blocks and all.
            blocks = permuted(data, heads)
            assert numpy.array_equal(unpermuted(dequantize(blocks, kind), heads), values)
            data = blocks
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), data, raw_dtype=kind)
        hashes[name] = hashlib.sha256(values.tobytes()).hexdigest()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = AutoModelForCausalLM.from_pretrained(OUT, gguf_file=file.name, dtype=torch.float32).double()
    tokenizer = AutoTokenizer.from_pretrained(OUT, gguf_file=file.name)
    for name, value in model.state_dict().items():
        assert hashlib.sha256(value.float().numpy().tobytes()).hexdigest() == hashes[name], name
    with torch.no_grad():
        logits = model(torch.tensor([IDS])).logits[0].float()
    expected = {
        "sha256": hashes,
        "ids": IDS,
        # Of the last position.
        "logits": [round(value, 6) for value in logits[-1].tolist()],
        "texts": {text: tokenizer.encode(text, add_special_tokens=False) for text in TEXTS},
    }
    (OUT / "llama.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
