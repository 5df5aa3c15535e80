"""Tiny models of every family that llama.cpp has, each with a tokenizer of the kind that its published models have.

Sizes are those that llama.cpp takes (rows of whole blocks where 8 bits are wanted, Gemma's own scale of scores), and odd
where they may be. Tokenizers know all 256 bytes.
"""

import json
import shutil
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (Ernie4_5Config, Exaone4Config, Gemma2Config, Gemma3Config, Gemma3TextConfig, Gemma4Config, Gemma4TextConfig, GemmaConfig, GPT2Config, GPTNeoXConfig, GraniteConfig, GraniteMoeConfig, GraniteMoeHybridConfig, HunYuanDenseV1Config, Lfm2Config, Lfm2MoeConfig, LlamaConfig,
                          Ministral3Config, Mistral3Config, MistralConfig, Olmo2Config, Olmo3Config, OlmoeConfig, Phi3Config, PhiConfig, Qwen2Config, Qwen3Config, Qwen3_5Config, Qwen3_5TextConfig, SmolLM3Config,
                          StableLmConfig, Starcoder2Config)

EXAMPLE = Path(__file__).resolve().parent.parent / "public" / "example" / "model"
CORPUS = [
    "The quick brown fox jumps over the lazy dog, and then it sleeps under the old tree near the river.",
    "Where is the cat? It's on the mat; they've seen it, we're sure, and I'd say it isn't far. She'll find it, I'm told.",
    "In 1984, 2024 and 31415 there were 12 of 365 days with 7.5 degrees.\n\n\tdef f(x):\n\t\treturn x + 1\n",
    "東京は日本の首都です。猫は木の下で眠っています。", "Où est le garçon? Là-bas, près de l'école.", "Привет, мир! Как дела?",
] * 4
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = QWEN2.replace(r"\p{L}+", r"[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]+", r"[^\s\p{L}\p{M}\p{N}]+")
CHATML = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
          "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
SIZES = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=256, tie_word_embeddings=False)
ROPE = {"rope_type": "default", "rope_theta": 10000.0}
# Every sixth layer of Gemma 3 looks at everything, every fourth of SmolLM3 does not turn.
GEMMA = {**SIZES, "head_dim": 32, "num_key_value_heads": 1, "query_pre_attn_scalar": 32, "tie_word_embeddings": True}

SIGLIP = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)

QWEN_TOWER = dict(depth=1, hidden_size=8, intermediate_size=8, num_heads=2, patch_size=4, num_position_embeddings=4, out_hidden_size=64)
PIXTRAL = {"model_type": "pixtral", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
           "image_size": 28, "patch_size": 14}
MINISTRAL = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 4.0,
             "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1}

GEMMA4 = {**SIZES, "head_dim": 32, "global_head_dim": 48, "sliding_window": 8, "tie_word_embeddings": True, "rope_parameters": {
    "full_attention": {"rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1000000.0}, "sliding_attention": ROPE}}
GEMMA4_TOWER = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, head_dim=4,
                    patch_size=4, position_embedding_size=8)
# Every second or fourth layer looks at everything; the others are delta nets, whose norm of heads near 0 makes rounding
# large where ε is small.
QWEN3_5 = {**SIZES, "head_dim": 32, "rms_norm_eps": 1e-3, "linear_key_head_dim": 16, "linear_value_head_dim": 16, "rope_parameters": {
    **ROPE, "rope_theta": 1000000.0, "partial_rotary_factor": 0.25, "mrope_section": [2, 1, 1], "mrope_interleaved": True}}

# name: (config class, sizes, kind of tokenizer)
FAMILIES = {
    "llama": (LlamaConfig, {**SIZES, "rms_norm_eps": 1e-5, "rope_parameters": {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64}}, "llama3"),
    "llama-single": (LlamaConfig, {**SIZES, "tie_word_embeddings": True, "rope_parameters": ROPE}, "example"),
    "llama-linear": (LlamaConfig, {**SIZES, "attention_bias": True, "mlp_bias": True, "rope_parameters": {
        "rope_type": "linear", "rope_theta": 50000.0, "factor": 2.0}}, "sentencepiece"),
    "mistral": (MistralConfig, {**SIZES, "head_dim": 20, "sliding_window": None, "rope_parameters": ROPE}, "sentencepiece-json"),
    "qwen2": (Qwen2Config, {**SIZES, "tie_word_embeddings": True, "rope_parameters": ROPE}, "qwen2"),
    # Wide enough for blocks of 256.
    "qwen2-wide": (Qwen2Config, {**SIZES, "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 4,
                                 "rope_parameters": ROPE}, "qwen2"),
    "qwen3": (Qwen3Config, {**SIZES, "head_dim": 24, "rope_parameters": {**ROPE, "rope_theta": 1000000.0}}, "qwen2"),
    "qwen3_5": (Qwen3_5TextConfig, {**QWEN3_5, "num_hidden_layers": 4, "full_attention_interval": 4, "linear_num_key_heads": 2,
                                    "linear_num_value_heads": 6}, "qwen35"),
    # One value for each key, a head of its own, other widths.
    "qwen3_5-single": (Qwen3_5TextConfig, {**QWEN3_5, "num_hidden_layers": 3, "full_attention_interval": 2, "linear_num_key_heads": 3,
                                           "linear_num_value_heads": 3, "linear_key_head_dim": 24, "linear_value_head_dim": 24,
                                           "linear_conv_kernel_dim": 3, "tie_word_embeddings": True}, "qwen35"),
    # llama.cpp has its text model as any other of the type.
    "qwen3_5-images": (Qwen3_5Config, {"vision_config": QWEN_TOWER, "text_config": {
        **QWEN3_5, "num_hidden_layers": 2, "full_attention_interval": 2, "linear_num_key_heads": 4, "linear_num_value_heads": 8}},
        "qwen35"),
    "ernie4_5": (Ernie4_5Config, {**SIZES, "head_dim": 24, "tie_word_embeddings": True, "rope_parameters": {
        **ROPE, "rope_theta": 500000.0}}, "sentencepiece"),
    "hunyuan_v1_dense": (HunYuanDenseV1Config, {**SIZES, "head_dim": 16, "tie_word_embeddings": True, "rope_parameters": {
        "rope_type": "dynamic", "rope_theta": 10000.0, "alpha": 1000.0, "factor": 1.0}}, "qwen2"),
    "exaone4": (Exaone4Config, {**SIZES, "sliding_window": None, "sliding_window_pattern": None,
                                "layer_types": ["full_attention"] * 2, "tie_word_embeddings": True, "rope_parameters": {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64}}, "qwen2"),
    "gemma": (GemmaConfig, {**GEMMA, "rope_parameters": ROPE}, "gemma"),
    "gemma2": (Gemma2Config, {**GEMMA, "num_hidden_layers": 3, "sliding_window": 8, "attn_logit_softcapping": 20.0,
                              "final_logit_softcapping": 12.0, "rope_parameters": ROPE}, "gemma"),
    "gemma3": (Gemma3TextConfig, {**GEMMA, "num_hidden_layers": 6, "sliding_window": 8, "rope_parameters": {
        "full_attention": {**ROPE, "rope_theta": 1000000.0}, "sliding_attention": ROPE}}, "gemma"),
    # llama.cpp has its text model as any other of the type.
    "gemma3-images": (Gemma3Config, {"mm_tokens_per_image": 4, "vision_config": SIGLIP, "text_config": {
        **GEMMA, "num_hidden_layers": 6, "sliding_window": 8, "rope_parameters": {
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0}, "sliding_attention": ROPE}}}, "gemma"),
    # Wider heads of layers that look at everything, of which a part turns; the last layers read keys of the two before them.
    "gemma4": (Gemma4TextConfig, {**GEMMA4, "num_hidden_layers": 4, "num_kv_shared_layers": 2, "use_double_wide_mlp": True,
                                  "hidden_size_per_layer_input": 32, "final_logit_softcapping": 12.0, "layer_types": [
        "sliding_attention", "full_attention"] * 2}, "gemma4"),
    # llama.cpp has its text model as any other of the type; keys that are values, with heads of their own.
    "gemma4-images": (Gemma4Config, {"vision_config": GEMMA4_TOWER, "audio_config": None, "text_config": {
        **GEMMA4, "model_type": "gemma4_text", "num_hidden_layers": 4, "num_kv_shared_layers": 0, "hidden_size_per_layer_input": 0,
        "attention_k_eq_v": True, "num_global_key_value_heads": 1, "layer_types": ["sliding_attention"] * 3 + ["full_attention"]}},
        "gemma4"),
    "phi": (PhiConfig, {**SIZES, "rope_parameters": {**ROPE, "partial_rotary_factor": 0.5}}, "gpt2"),
    "phi3": (Phi3Config, {**SIZES, "sliding_window": None, "max_position_embeddings": 512, "original_max_position_embeddings": 256,
                           "rope_parameters": {
        **ROPE, "rope_type": "longrope", "short_factor": [1.0 + 0.1 * i for i in range(8)],
        "long_factor": [1.5 + 0.3 * i for i in range(8)], "original_max_position_embeddings": 256}}, "phi3"),
    "gpt2": (GPT2Config, dict(n_embd=64, n_layer=2, n_head=4, n_inner=96, n_positions=256, resid_pdrop=0, embd_pdrop=0,
                              attn_pdrop=0), "gpt2"),
    "gpt_neox": (GPTNeoXConfig, {**SIZES, "rope_parameters": {**ROPE, "partial_rotary_factor": 0.25}}, "gpt2-nfc"),
    "gpt_neox-serial": (GPTNeoXConfig, {**SIZES, "use_parallel_residual": False, "hidden_act": "gelu_new",
                                        "rope_parameters": {**ROPE, "partial_rotary_factor": 1.0}}, "unigram"),
    "stablelm": (StableLmConfig, {**SIZES, "use_qkv_bias": True, "rope_parameters": {**ROPE, "partial_rotary_factor": 0.25}},
                 "qwen2"),
    "stablelm-parallel": (StableLmConfig, {**SIZES, "use_parallel_residual": True,
                                           "rope_parameters": {**ROPE, "partial_rotary_factor": 0.5}}, "qwen2"),
    "olmo2": (Olmo2Config, {**SIZES, "rope_parameters": {**ROPE, "rope_theta": 500000.0}}, "dbrx"),
    # Every fourth layer looks at everything, with yarn.
    "olmo3": (Olmo3Config, {**SIZES, "num_hidden_layers": 5, "sliding_window": 8, "layer_types": [
        "full_attention" if (layer + 1) % 4 == 0 else "sliding_attention" for layer in range(5)], "rope_parameters": {
        "full_attention": {"rope_type": "yarn", "rope_theta": 500000.0, "factor": 8.0, "original_max_position_embeddings": 32,
                           "attention_factor": 1.2079441541679836},
        "sliding_attention": {**ROPE, "rope_theta": 500000.0}}}, "dbrx"),
    # Weights of two of six experts, which do not add up to 1.
    "olmoe": (OlmoeConfig, {**SIZES, "num_key_value_heads": 4, "num_experts": 6, "num_experts_per_tok": 2,
                            "rope_parameters": ROPE}, "gpt2-nfc"),
    # Wide enough for blocks of 256; each token is sent to every expert.
    "olmoe-wide": (OlmoeConfig, {**SIZES, "hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 4, "num_key_value_heads": 4,
                                 "num_experts": 3, "num_experts_per_tok": 3, "rope_parameters": ROPE}, "gpt2-nfc"),
    "ministral3": (Ministral3Config, {**SIZES, "head_dim": 20, "rope_parameters": MINISTRAL}, "llama3"),
    # llama.cpp has its text model as any other of the type.
    "mistral3": (Mistral3Config, {"vision_config": PIXTRAL, "text_config": {
        "model_type": "ministral3", **SIZES, "head_dim": 20, "rope_parameters": MINISTRAL}, "spatial_merge_size": 1}, "llama3"),
    "mistral3-small": (Mistral3Config, {"vision_config": PIXTRAL, "text_config": {
        "model_type": "mistral", **SIZES, "head_dim": 20, "sliding_window": None, "rope_parameters": ROPE},
        "spatial_merge_size": 1}, "llama3"),
    "lfm2": (Lfm2Config, {**SIZES, "num_hidden_layers": 3, "conv_L_cache": 3, "block_auto_adjust_ff_dim": False,
                          "layer_types": ["conv", "full_attention", "conv"], "tie_word_embeddings": True,
                          "rope_parameters": {**ROPE, "rope_theta": 1000000.0}}, "llama3"),
    "lfm2_moe": (Lfm2MoeConfig, {**SIZES, "num_hidden_layers": 3, "conv_L_cache": 3, "layer_types": ["conv", "full_attention", "conv"],
                                 "num_dense_layers": 1, "moe_intermediate_size": 32, "num_experts": 6, "num_experts_per_tok": 2,
                                 "tie_word_embeddings": True, "rope_parameters": {**ROPE, "rope_theta": 1000000.0}}, "llama3"),
    "granite": (GraniteConfig, {**SIZES, "embedding_multiplier": 3.0, "attention_multiplier": 0.2, "residual_multiplier": 0.6,
                                "logits_scaling": 1.7, "tie_word_embeddings": True, "rope_parameters": ROPE}, "digits"),
    "granitemoehybrid": (GraniteMoeHybridConfig, {
        **SIZES, "shared_intermediate_size": 96, "num_local_experts": 0, "num_experts_per_tok": 0, "layer_types": ["attention"] * 2,
        "position_embedding_type": "rope", "embedding_multiplier": 3.0, "attention_multiplier": 0.2, "residual_multiplier": 0.6,
        "logits_scaling": 1.7, "tie_word_embeddings": True, "rope_parameters": ROPE}, "digits"),
    "granitemoe": (GraniteMoeConfig, {
        **SIZES, "num_local_experts": 6, "num_experts_per_tok": 3, "embedding_multiplier": 3.0, "attention_multiplier": 0.2,
        "residual_multiplier": 0.6, "logits_scaling": 1.7, "tie_word_embeddings": True, "rope_parameters": ROPE}, "digits"),
    "smollm3": (SmolLM3Config, {**SIZES, "num_hidden_layers": 5, "no_rope_layers": [1, 1, 1, 0, 1], "rope_parameters": ROPE},
                "llama3"),
    "starcoder2": (Starcoder2Config, {**SIZES, "tie_word_embeddings": True, "sliding_window": None, "residual_dropout": 0,
                                      "embedding_dropout": 0, "rope_parameters": ROPE}, "digits"),
}


def byte_level(split=None, digits=False, nfc=False, ignore_merges=False, specials=()):
    """A byte-level BPE; `split` is a pattern that cuts before the bytes are taken."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split is None)
    first = [pre_tokenizers.Split(Regex(split), "isolated")] if split else [pre_tokenizers.Digits(individual_digits=True)] if digits else []
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*first, bytes_only]) if first else bytes_only
    if nfc:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=420, special_tokens=list(specials),
                                                              initial_alphabet=alphabet, show_progress=False))
    return tokenizer


def with_bos(tokenizer, bos):
    """The tokenizer with its first token before each text."""
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos} $B",
                                                             special_tokens=[(bos, tokenizer.token_to_id(bos))])
    return tokenizer


def sentence_piece(folder, **options):
    """A SentencePiece BPE with bytes, as Llama 2's, or what the options say."""
    import sentencepiece
    text = folder / "corpus.txt"
    text.write_text("\n".join(line.replace("\n", " ") for line in CORPUS), encoding="utf-8")
    prefix = folder / "tokenizer"
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(prefix), minloglevel=2,
        **{"model_type": "bpe", "vocab_size": 420, "byte_fallback": True, "normalization_rule_name": "identity",
           "remove_extra_whitespaces": False, **options})
    text.unlink()
    (folder / "tokenizer.vocab").unlink()
    return folder / "tokenizer.model"


def merges_of(pieces):
    """The merges that transformers writes for the pieces: every parting of each, in the order of scores."""
    known = {piece.piece: piece.score for piece in pieces}
    found = []
    for rank, piece in enumerate(sorted((p for p in pieces if p.type == 1), key=lambda p: -p.score)):
        partings = [(piece.piece[:cut], piece.piece[cut:]) for cut in range(1, len(piece.piece))]
        found += [parting for parting in partings if all(part in known for part in parting)]
    return found


def from_sentence_piece(folder, space, specials):
    """tokenizer.json of a SentencePiece BPE as transformers' converters write it; `space`: one before each section."""
    from sentencepiece import sentencepiece_model_pb2
    path = sentence_piece(folder)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    path.unlink()
    vocabulary = {piece.piece: index for index, piece in enumerate(proto.pieces)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges_of(proto.pieces), unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    replace = normalizers.Replace(" ", "▁")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), replace]) if space else replace
    strip = [decoders.Strip(" ", 1, 0)] if space else []
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in ["<unk>", "<s>", "</s>"]])
    tokenizer.add_special_tokens(specials)
    return with_bos(tokenizer, "<s>")


def unigram(folder):
    """A SentencePiece Unigram without bytes, as transformers' converters write it."""
    from sentencepiece import sentencepiece_model_pb2
    path = sentence_piece(folder, model_type="unigram", vocab_size=120, byte_fallback=False,
                          normalization_rule_name="nmt_nfkc", remove_extra_whitespaces=True)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    path.unlink()
    tokenizer = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in proto.pieces], unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
                                                 normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"]])
    return with_bos(tokenizer, "<s>")


def write_tokenizer(folder, kind):
    """Writes the tokenizer files of a kind; returns ids of bos, eos and padding."""
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 256, "clean_up_tokenization_spaces": False}
    marks = ["<|im_start|>", "<|im_end|>"]
    if kind == "example":
        # The page's own, which cuts digits, kana and kanji apart.
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(EXAMPLE / name, folder / name)
        return
    if kind == "llama3":
        tokenizer = with_bos(byte_level(split=LLAMA3, ignore_merges=True, specials=["<|begin|>", *marks]), "<|begin|>")
        config |= {"bos_token": "<|begin|>", "eos_token": "<|im_end|>", "chat_template": "{{ bos_token }}" + CHATML}
    elif kind in ("qwen2", "qwen35", "dbrx"):
        split = {"qwen2": QWEN2, "qwen35": QWEN35, "dbrx": LLAMA3}[kind]
        tokenizer = byte_level(split=split, nfc=kind != "dbrx", specials=["<|endoftext|>", *marks])
        tokenizer.add_tokens([AddedToken("<think>", normalized=False, special=False)])
        config |= {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "chat_template": CHATML}
    elif kind == "unigram":
        tokenizer = unigram(folder)
        config |= {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "chat_template": CHATML}
    elif kind in ("gpt2", "gpt2-nfc", "digits"):
        tokenizer = byte_level(digits=kind == "digits", nfc=kind == "gpt2-nfc", specials=["<|endoftext|>"])
        config |= {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
    elif kind == "sentencepiece":
        sentence_piece(folder)
        config |= {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "legacy": True,
                   "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
        tokenizer = None
    else:
        rstrip = kind == "phi3"
        specials = [AddedToken(text, normalized=False, special=True, rstrip=rstrip) for text in marks]
        tokenizer = from_sentence_piece(folder, space=not kind.startswith("gemma"), specials=specials)
        if rstrip:
            # llama.cpp looks for this one, too, in models whose special tokens swallow spaces.
            tokenizer.add_special_tokens([AddedToken("<|endoftext|>", normalized=False, special=True),
                                          AddedToken("</s>", normalized=False, special=True, rstrip=True)])
        config |= {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "chat_template": "{{ bos_token }}" + CHATML}
        if kind == "gemma4":
            config["pad_token"] = "</s>"
    if tokenizer:
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
