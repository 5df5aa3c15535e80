"""The cases of the interop check: tiny random models of every architecture, and how each is trained.

Sizes are odd on purpose (few powers of two, vocabularies larger than the tokenizer's, one head dimension that is not
hidden / heads): what only works at round sizes must fail here.
"""

import random

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForImageTextToText, Ernie4_5Config, Exaone4Config, Gemma2Config, Gemma3Config, Gemma3TextConfig, GemmaConfig, GPT2Config, GPTNeoXConfig,
                          GraniteConfig, GraniteMoeConfig, GraniteMoeHybridConfig, HunYuanDenseV1Config, Lfm2Config, LlamaConfig, Mistral3Config,
                          MistralConfig, Olmo2Config, Olmo3Config, OlmoeConfig, OPTConfig, Phi3Config, PhiConfig, PreTrainedModel,
                          Qwen2Config, Qwen3Config, SmolLM3Config, StableLmConfig,
                          Starcoder2Config)
from transformers.pytorch_utils import Conv1D

from methods import METHOD_CASES, starts_fresh
from optimizers import OPTIMIZER_CASES

END, PAD = "<|end|>", "<|pad|>"
WORDS = ("red blue small big cat dog bird tree river stone walks sings sleeps jumps over under near the a old young and then "
         "sees finds keeps loses warm cold quiet").split()
PROMPT_START, SEPARATOR = "ask: ", "\nsay: "
COMMON = dict(max_position_embeddings=128, eos_token_id=0, bos_token_id=None, pad_token_id=1)
# The parts beside a text model: a tower for images of one layer.
SIGLIP = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
PIXTRAL = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, head_dim=4, image_size=28, patch_size=14)
# Rows are longer than the original length, so queries grow within them.
MINISTRAL3 = dict(
    hidden_size=36, intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, head_dim=10,
    vocab_size=127, rope_parameters={
        "rope_type": "yarn", "rope_theta": 10000.0, "factor": 16.0, "original_max_position_embeddings": 8, "beta_fast": 4.0,
        "beta_slow": 0.1, "mscale": 1.0, "mscale_all_dim": 0.5, "llama_4_scaling_beta": 0.4})
QWEN3_5 = dict(
    hidden_size=36, intermediate_size=44, num_attention_heads=3, num_key_value_heads=1, head_dim=10, vocab_size=127,
    linear_conv_kernel_dim=4, linear_num_key_heads=1, linear_num_value_heads=2, linear_key_head_dim=13, linear_value_head_dim=9,
    # what is normed for each head may be near 0 in every value, and then a small ε makes rounding large
    rms_norm_eps=1e-3,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.4, "mrope_section": [1, 1, 0],
                     "mrope_interleaved": True})
# Layers that look at everything have wider heads, of which a part turns; the last two read keys and values of earlier layers.
GEMMA4 = dict(
    hidden_size=32, intermediate_size=36, num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
    rms_norm_eps=1e-3, global_head_dim=14, vocab_size=127, vocab_size_per_layer_input=129, hidden_size_per_layer_input=11, sliding_window=6,
    num_kv_shared_layers=2, use_double_wide_mlp=True, final_logit_softcapping=4.0,
    layer_types=["sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention"])
# Four streams; most of the gates of two layers is cut off; the last two layers read keys and values of earlier ones.
GEMMA3N = dict(
    hidden_size=32, intermediate_size=[36, 36, 28, 36, 36], num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
    rms_norm_eps=1e-2, vocab_size=127, vocab_size_per_layer_input=127, hidden_size_per_layer_input=11, sliding_window=6, laurel_rank=7,
    num_kv_shared_layers=2, final_logit_softcapping=4.0, activation_sparsity_pattern=[0.8, 0.0, 0.95, 0.0, 0.0],
    layer_types=["sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention"])
GEMMA4_TOWER = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, head_dim=4,
                    patch_size=4, position_embedding_size=8)
GEMMA4_EARS = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, subsampling_conv_channels=[4, 2], output_proj_dims=12)
GEMMA3N_EARS = dict(
    vocab_size=4, vocab_offset=129, input_feat_size=16, hidden_size=8, conf_num_hidden_layers=1, conf_num_attention_heads=2,
    conf_attention_chunk_size=4, conf_attention_context_left=5, conf_conv_kernel_size=3, sscp_conv_channel_size=[4, 2])
QWEN_TOWER = dict(depth=1, hidden_size=8, intermediate_size=8, num_heads=2, patch_size=4, num_position_embeddings=4, out_hidden_size=36)

MODELS = {
    # llama3 rope scaling whose bands all occur: one frequency kept, one between, the rest stretched
    "llama": (LlamaConfig, dict(
        hidden_size=48, intermediate_size=60, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, vocab_size=131,
        rms_norm_eps=1e-5, tie_word_embeddings=False,
        rope_parameters={"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                         "high_freq_factor": 4.0, "original_max_position_embeddings": 64})),
    # tied head, biases on q, k and v, five heads on one key head
    "qwen2": (Qwen2Config, dict(
        hidden_size=40, intermediate_size=56, num_hidden_layers=2, num_attention_heads=5, num_key_value_heads=1, vocab_size=128,
        rms_norm_eps=1e-6, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0})),
    # norms on queries and keys, head dimension 10 although 36 / 4 = 9
    "qwen3": (Qwen3Config, dict(
        hidden_size=36, intermediate_size=44, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
        vocab_size=137, rms_norm_eps=1e-6, tie_word_embeddings=False,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0})),
    # a window of six tokens, shorter than every row
    "mistral": (MistralConfig, dict(
        hidden_size=32, intermediate_size=72, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=127,
        rms_norm_eps=1e-5, tie_word_embeddings=False, sliding_window=6,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # The older transformers that AdapterHub's library asks for lacks it, and makes no such case.
    "ministral3": (getattr(transformers, "Ministral3Config", None), MINISTRAL3),
    # the text model of one for images, its head tied
    "mistral3": (Mistral3Config, dict(
        text_config=dict(COMMON, model_type="ministral3", tie_word_embeddings=True, **MINISTRAL3), vision_config=PIXTRAL,
        tie_word_embeddings=True)),
    # a delta net, whose two heads of v share one of q and k, before a layer of attention of whose heads a part turns
    "qwen3_5_text": (getattr(transformers, "Qwen3_5TextConfig", None), dict(
        QWEN3_5, num_hidden_layers=2, layer_types=["linear_attention", "full_attention"])),
    # the text model of one for images, its head tied
    "qwen3_5": (getattr(transformers, "Qwen3_5Config", None), dict(
        text_config=dict(COMMON, model_type="qwen3_5_text", num_hidden_layers=3, full_attention_interval=2, **QWEN3_5),
        vision_config=QWEN_TOWER, tie_word_embeddings=True)),
    # pairs of neighbours turn, biases everywhere
    "ernie4_5": (Ernie4_5Config, dict(
        hidden_size=36, intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, head_dim=10,
        vocab_size=127, use_bias=True, rope_parameters={"rope_type": "default", "rope_theta": 500000.0})),
    # norms of q and k after the rotation, which alpha stretches
    "hunyuan_v1_dense": (HunYuanDenseV1Config, dict(
        hidden_size=36, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
        vocab_size=127, tie_word_embeddings=True, rope_parameters={
            "rope_type": "dynamic", "rope_theta": 10000.0, "alpha": 1000.0, "factor": 1.0, "beta_fast": 32, "beta_slow": 1,
            "mscale": 1.0, "mscale_all_dim": 1.0})),
    # fused matrices stored [in, out], learned positions, head tied; no dropout, which is random
    "gpt2": (GPT2Config, dict(
        n_embd=30, n_layer=2, n_head=3, n_inner=44, n_positions=64, vocab_size=127, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)),
    # heads of 12 of which 4 turn, attention beside MLP
    "gpt_neox": (GPTNeoXConfig, dict(
        hidden_size=36, intermediate_size=52, num_hidden_layers=2, num_attention_heads=3, vocab_size=127,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.34})),
    # narrow embeddings with projections, norms after attention and MLP, as in the model of 350 million parameters
    "opt-350m": (OPTConfig, dict(
        hidden_size=30, ffn_dim=44, num_hidden_layers=2, num_attention_heads=3, vocab_size=127, word_embed_proj_dim=18,
        do_layer_norm_before=False, dropout=0)),
    "opt": (OPTConfig, dict(hidden_size=30, ffn_dim=44, num_hidden_layers=2, num_attention_heads=3, vocab_size=127, dropout=0)),
    # a head with a bias, half of each head turns
    "phi": (PhiConfig, dict(
        hidden_size=40, intermediate_size=44, num_hidden_layers=2, num_attention_heads=5, vocab_size=127,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5})),
    # fused projections of unequal parts, a window of six tokens
    "phi3": (Phi3Config, dict(
        hidden_size=40, intermediate_size=36, num_hidden_layers=2, num_attention_heads=5, num_key_value_heads=1, vocab_size=127,
        sliding_window=6, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    "gemma": (GemmaConfig, dict(
        hidden_size=32, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=1, head_dim=10,
        vocab_size=127, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # bounds that bend scores and logits clearly, one layer of two slides
    "gemma2": (Gemma2Config, dict(
        hidden_size=32, intermediate_size=36, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
        vocab_size=127, query_pre_attn_scalar=7, sliding_window=6, attn_logit_softcapping=2.0, final_logit_softcapping=4.0,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # two rotations, one for the layers that slide
    "gemma3": (Gemma3TextConfig, dict(
        hidden_size=32, intermediate_size=36, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
        vocab_size=127, query_pre_attn_scalar=11, sliding_window=6,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
                         "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}})),
    # the text model of one for images
    "gemma3-images": (Gemma3Config, dict(
        text_config=dict(
            COMMON, hidden_size=32, intermediate_size=36, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
            head_dim=10, vocab_size=127, query_pre_attn_scalar=11, sliding_window=6,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_parameters={"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
                             "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}),
        vision_config=SIGLIP, mm_tokens_per_image=4)),
    "gemma3n": (getattr(transformers, "Gemma3nTextConfig", None), GEMMA3N),
    # the text model of one for images and sounds; layers of one width
    "gemma3n-images": (getattr(transformers, "Gemma3nConfig", None), dict(
        text_config=dict(COMMON, **{**GEMMA3N, "intermediate_size": 36, "altup_num_inputs": 3}, model_type="gemma3n_text"),
        vision_config=dict(hidden_size=8, vocab_size=2, vocab_offset=127), audio_config=GEMMA3N_EARS)),
    "gemma4": (getattr(transformers, "Gemma4TextConfig", None), GEMMA4),
    # the text model of one for images and sounds; layers that look at everything have one head of keys, which are their values too
    "gemma4-images": (getattr(transformers, "Gemma4Config", None), dict(
        text_config=dict(COMMON, **GEMMA4, model_type="gemma4_text", attention_k_eq_v=True, num_global_key_value_heads=1),
        vision_config=GEMMA4_TOWER, audio_config=GEMMA4_EARS)),
    "stablelm": (StableLmConfig, dict(
        hidden_size=48, intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=3, vocab_size=127,
        use_qkv_bias=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.25})),
    # norms after attention and MLP, and over the whole width of q and k
    "olmo2": (Olmo2Config, dict(
        hidden_size=32, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=127,
        rope_parameters={"rope_type": "default", "rope_theta": 500000.0})),
    # three layers of four slide, with a rotation of their own
    "olmo3": (Olmo3Config, dict(
        hidden_size=32, intermediate_size=44, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, vocab_size=127,
        sliding_window=6, rope_parameters={
            "full_attention": {"rope_type": "yarn", "rope_theta": 500000.0, "factor": 8.0, "original_max_position_embeddings": 16},
            "sliding_attention": {"rope_type": "default", "rope_theta": 500000.0}})),
    # three layers of four slide, the fourth does not turn
    "exaone4": (Exaone4Config, dict(
        hidden_size=32, intermediate_size=44, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, vocab_size=127,
        sliding_window=6, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0})),
    # gate and up in one matrix
    "granitemoehybrid": (GraniteMoeHybridConfig, dict(
        hidden_size=36, shared_intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1,
        vocab_size=127, num_local_experts=0, layer_types=["full_attention"] * 2, position_embedding_type="rope", mamba_n_heads=2,
        embedding_multiplier=3.0, attention_multiplier=0.2, residual_multiplier=0.6, logits_scaling=1.7, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # three of five experts for each token; PyTorch's product of experts wants widths of whole fours
    "granitemoe": (GraniteMoeConfig, dict(
        hidden_size=36, intermediate_size=20, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, vocab_size=127,
        num_local_experts=5, num_experts_per_tok=3,
        embedding_multiplier=3.0, attention_multiplier=0.2, residual_multiplier=0.6, logits_scaling=1.7, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # weights of two of seven experts, which do not add up to 1
    "olmoe": (OlmoeConfig, dict(
        hidden_size=36, intermediate_size=28, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, vocab_size=127,
        num_experts=7, num_experts_per_tok=2, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    "granite": (GraniteConfig, dict(
        hidden_size=32, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=127,
        embedding_multiplier=3.0, attention_multiplier=0.2, residual_multiplier=0.6, logits_scaling=1.7,
        tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # a window of six tokens
    "starcoder2": (Starcoder2Config, dict(
        hidden_size=32, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=127,
        sliding_window=6, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # convolutions with biases around a layer of attention, an MLP whose width is adjusted (to 42)
    "lfm2": (Lfm2Config, dict(
        hidden_size=30, intermediate_size=50, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1, vocab_size=127,
        layer_types=["conv", "full_attention", "conv"], conv_bias=True, block_multiple_of=7, block_ffn_dim_multiplier=1.1,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # one dense layer before two whose routers have biases
    "lfm2_moe": (getattr(transformers, "Lfm2MoeConfig", None), dict(
        hidden_size=36, intermediate_size=50, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1, vocab_size=127,
        layer_types=["conv", "full_attention", "conv"], num_dense_layers=1, moe_intermediate_size=20, num_experts=6, num_experts_per_tok=2,
        routed_scaling_factor=1.4, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
    # the second of three layers does not rotate
    "smollm3": (SmolLM3Config, dict(
        hidden_size=32, intermediate_size=44, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, vocab_size=127,
        no_rope_layers=[1, 0, 1], rope_parameters={"rope_type": "default", "rope_theta": 10000.0})),
}


def stand_in_tower():
    """Of Gemma 3n the tower for images is timm's, which is not installed: a matrix takes its place in transformers."""
    config_class = getattr(transformers, "Gemma3nVisionConfig", None)
    if config_class is None or transformers.utils.is_timm_available():
        return

    class Tower(PreTrainedModel):
        def __init__(self, config):
            super().__init__(config)
            self.patches = torch.nn.Linear(3, config.hidden_size)
            self.post_init()

    Tower.config_class = config_class
    # What `register` would do, were the configuration not one of transformers.
    AutoModel._model_mapping._extra_content[config_class] = Tower


stand_in_tower()

# The same models with their weights in 16 bits; both sides compute with the rounded values in f32.
FILE_DTYPES = {"llama-bf16": torch.bfloat16, "gpt2-f16": torch.float16}
MODELS |= {kind: MODELS[kind.split("-")[0]] for kind in FILE_DTYPES}
# Written in the older dialect of config.json (rope_theta, rope_scaling, torch_dtype); the others in transformers 5's.
OLDER_DIALECT = ("qwen2", "llama", "phi", "stablelm", "olmo2", "granite")

# PEFT's all-linear would take the tower for images too.
TEXT_LAYERS = {"lora_target_modules": r".*language_model.*_proj"}

# All linear layers but `correction_coefs`, whose matrix transformers reads past PEFT's layer while it trains.
ALTUP_TARGETS = {"lora_target_modules": [
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "prediction_coefs", "modality_router", "linear_left",
    "linear_right", "per_layer_input_gate", "per_layer_projection", "per_layer_model_projection",
    *(f"{name}.{i}" for name in ("altup_projections", "altup_unembed_projections") for i in range(3))]}

LORA = dict(method="lora", lora_r=4, lora_alpha=12, lora_dropout=0, lora_target_modules="all-linear")
FULL = dict(method="full", train_parameters=[{"contains": "layers.1."}])


def full(*parts):
    """Full fine-tuning of the matrices, and of what has one of these in its name.

    Not of everything: a bias of keys that no rotation follows shifts all scores of a row alike, its gradient is rounding,
    and AdamW makes steps of that.
    """
    return dict(method="full", train_parameters=[{"contains": part} for part in ("weight", *parts)])


# case: (model, rows, tuning, training settings that differ from the defaults)
CASES = {
    "llama-lora": ("llama", 26, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=3)),
    "llama-full": ("llama", 24, FULL, dict(batch_size=4, learning_rate=2e-3, warmup_steps=2, weight_decay=0.1)),
    # 28 rows make 9 batches of 3 (one row dropped), so the last window of an epoch holds one batch of the two
    "qwen2-lora": ("qwen2", 28, LORA, dict(batch_size=3, learning_rate=3e-3, warmup_steps=4, grad_accumulation=2)),
    "qwen2-full": ("qwen2", 24, FULL, dict(batch_size=3, learning_rate=1e-3, schedule="Linear", gradient_clip=0.5)),
    "qwen3-lora": ("qwen3", 22, {**LORA, "lora_r": 3, "use_rslora": True},
                   dict(batch_size=2, learning_rate=4e-3, gradient_clip=0.3, weight_decay=0.05)),
    "qwen3-full": ("qwen3", 24, FULL, dict(batch_size=4, learning_rate=2e-3, schedule="Constant", grad_accumulation=2)),
    "mistral-lora": ("mistral", 24, LORA, dict(batch_size=4, learning_rate=3e-3, warmup_steps=2)),
    "ministral3-lora": ("ministral3", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "ministral3-full": ("ministral3", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "mistral3-lora": ("mistral3", 22, {**LORA, **TEXT_LAYERS}, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "mistral3-full": ("mistral3", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "qwen3_5_text-lora": ("qwen3_5_text", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "qwen3_5-full": ("qwen3_5", 22, dict(method="full", train_parameters=[{"contains": "language_model"}]), dict(batch_size=3, learning_rate=5e-4, weight_decay=0.1)),
    "ernie4_5-lora": ("ernie4_5", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "ernie4_5-full": ("ernie4_5", 22, full("norm"), dict(batch_size=3, learning_rate=1e-3)),
    "hunyuan_v1_dense-lora": ("hunyuan_v1_dense", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "hunyuan_v1_dense-full": ("hunyuan_v1_dense", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "gpt2-lora": ("gpt2", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gpt_neox-lora": ("gpt_neox", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gpt_neox-full": ("gpt_neox", 22, full("norm", "dense"), dict(batch_size=3, learning_rate=1e-3, weight_decay=0.1)),
    "opt-350m-lora": ("opt-350m", 22, LORA, dict(batch_size=2, learning_rate=2e-3, warmup_steps=2)),
    "opt-full": ("opt", 22, full("norm", "fc", "v_proj"), dict(batch_size=3, learning_rate=1e-3, weight_decay=0.1)),
    "phi-lora": ("phi", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "phi-full": ("phi", 22, full("norm", "fc", "lm_head"), dict(batch_size=3, learning_rate=1e-3)),
    "phi3-lora": ("phi3", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "phi3-full": ("phi3", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "gemma-lora": ("gemma", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gemma-full": ("gemma", 22, full(), dict(batch_size=3, learning_rate=1e-3)),
    "gemma2-lora": ("gemma2", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gemma2-full": ("gemma2", 22, full(), dict(batch_size=3, learning_rate=1e-3)),
    "gemma3-lora": ("gemma3", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gemma3-full": ("gemma3", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "gemma3-images-lora": ("gemma3-images", 22, {**LORA, **TEXT_LAYERS}, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gemma3-images-full": ("gemma3-images", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "gemma3n-lora": ("gemma3n", 22, {**LORA, **ALTUP_TARGETS}, dict(batch_size=2, learning_rate=1e-3, warmup_steps=2)),
    "gemma3n-full": ("gemma3n", 22, full(), dict(batch_size=3, learning_rate=3e-4)),
    "gemma3n-images-lora": ("gemma3n-images", 22, {**LORA, **TEXT_LAYERS}, dict(batch_size=2, learning_rate=1e-3, warmup_steps=2)),
    "gemma3n-images-full": ("gemma3n-images", 22, FULL, dict(batch_size=3, learning_rate=3e-4)),
    "gemma4-lora": ("gemma4", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gemma4-full": ("gemma4", 22, dict(method="full", train_parameters=[{"contains": part} for part in ("layers.1.", "per_layer")]), dict(batch_size=3, learning_rate=5e-4)),
    "gemma4-images-lora": ("gemma4-images", 22, {**LORA, **TEXT_LAYERS}, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gemma4-images-full": ("gemma4-images", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "stablelm-lora": ("stablelm", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "stablelm-full": ("stablelm", 22, full("norm"), dict(batch_size=3, learning_rate=1e-3, weight_decay=0.1)),
    "olmo2-lora": ("olmo2", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "olmo2-full": ("olmo2", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "olmo3-lora": ("olmo3", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "olmo3-full": ("olmo3", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "exaone4-lora": ("exaone4", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "exaone4-full": ("exaone4", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "granitemoehybrid-lora": ("granitemoehybrid", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "granitemoehybrid-full": ("granitemoehybrid", 22, full(), dict(batch_size=3, learning_rate=1e-3)),
    "granitemoe-lora": ("granitemoe", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "granitemoe-full": ("granitemoe", 22, full("experts"), dict(batch_size=3, learning_rate=1e-3)),
    # PEFT's all-linear would take the router and the experts too.
    "olmoe-lora": ("olmoe", 22, {**LORA, "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"]}, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "olmoe-full": ("olmoe", 22, full("experts"), dict(batch_size=3, learning_rate=1e-3, weight_decay=0.1)),
    "granite-lora": ("granite", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "granite-full": ("granite", 22, full(), dict(batch_size=3, learning_rate=1e-3)),
    "smollm3-lora": ("smollm3", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "lfm2-lora": ("lfm2", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "lfm2-full": ("lfm2", 22, full("conv"), dict(batch_size=3, learning_rate=1e-3, weight_decay=0.1)),
    "lfm2_moe-lora": ("lfm2_moe", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "lfm2_moe-full": ("lfm2_moe", 22, full("experts", "conv"), dict(batch_size=3, learning_rate=1e-3)),
    "starcoder2-lora": ("starcoder2", 23, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "starcoder2-full": ("starcoder2", 23, full(), dict(batch_size=3, learning_rate=1e-3)),
    "smollm3-full": ("smollm3", 22, FULL, dict(batch_size=3, learning_rate=1e-3)),
    "mistral-full": ("mistral", 24, FULL, dict(batch_size=4, learning_rate=2e-3)),
    "gpt2-full": ("gpt2", 22, full("ln_", "mlp", "c_proj"), dict(batch_size=3, learning_rate=1e-3, weight_decay=0.1, grad_accumulation=2)),
    "llama-bf16-lora": ("llama-bf16", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    "gpt2-f16-lora": ("gpt2-f16", 22, LORA, dict(batch_size=2, learning_rate=3e-3, warmup_steps=2)),
    **METHOD_CASES,
    **OPTIMIZER_CASES,
}
STEPS = 20
# Of the runs: what the studio draws fresh adapters with.
RUN_SEED = 1


def make_tokenizer():
    """A byte-level BPE tokenizer of about 115 tokens that knows only the characters of our rows."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        [PROMPT_START + " ".join(WORDS) + "?" + SEPARATOR + " ".join(WORDS) + "."],
        trainers.BpeTrainer(vocab_size=115, special_tokens=[END, PAD], show_progress=False))
    return tokenizer


def make_rows(count, seed):
    """(instruction, output) pairs of clearly different lengths."""
    rng = random.Random(seed)
    pick = lambda low, high: " ".join(rng.choices(WORDS, k=rng.randint(low, high)))
    return [(pick(1, 6) + "?", pick(2, 9) + ".") for _ in range(count)]


def writer_class(config):
    """transformers' class that opens a model that writes text: of some that see images too it is another one."""
    return AutoModelForImageTextToText if type(config) in AutoModelForImageTextToText._model_mapping else AutoModelForCausalLM


def open_writer(folder):
    """The model in a folder, in f32."""
    config = AutoConfig.from_pretrained(folder)
    return writer_class(config).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager")


def make_model(kind, seed):
    """A random f32 model with weights large enough that logits and gradients are far from zero."""
    config_class, sizes = MODELS[kind]
    return random_model(config_class(**{**COMMON, **sizes}, dtype="float32"), seed)


def resting_value(config, name):
    """About what a vector is at first: the norms of Gemma up to 3 and of Qwen3.5 count their weights from 1."""
    from_one = config.model_type in ("gemma", "gemma2", "gemma3", "gemma3_text") or (config.model_type.startswith("qwen3_5") and "linear_attn" not in name)
    # Gemma 3n and 4 do not scale their scores, which the norm of q then does.
    if config.model_type.startswith(("gemma3n", "gemma4")) and name.endswith("q_norm.weight"):
        return 0.3
    return 0 if from_one or name.endswith("A_log") else 1


def random_model(config, seed, gain=1.3, embedding=1):
    """The same of any config; a matrix makes values about `gain` times as large, embeddings are `embedding` times."""
    model = writer_class(config).from_config(config).eval()
    generator = torch.Generator().manual_seed(seed)
    normal = lambda value, deviation: torch.randn(value.shape, generator=generator) * deviation
    owners = {f"{path}.{name}": module for path, module in model.named_modules() for name, _ in module.named_parameters(recurse=False)}
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith("bias"):
                value.copy_(normal(value, 0.3))
            elif value.ndim == 1:
                value.copy_(resting_value(config, name) + normal(value, 0.2))
            elif isinstance(owners[name], torch.nn.Embedding):
                value.copy_(normal(value, (0.2 if model.config.tie_word_embeddings else 0.4) * embedding))
            else:
                fan_in = value.shape[0] if isinstance(owners[name], Conv1D) else value.shape[2 if ".experts." in name else 1]
                value.copy_(normal(value, gain / fan_in ** 0.5))
        for name, value in model.named_buffers():
            if name.endswith("layer_scalar"):
                value.copy_(1 + normal(value, 0.2))
            if name.endswith("expert_bias"):
                value.copy_(normal(value, 0.3))
    return model


def older_dialect(config):
    """config.json as transformers 4 wrote it."""
    rope = dict(config.pop("rope_parameters"))
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = None if rope == {"rope_type": "default"} else rope
    config["torch_dtype"] = config.pop("dtype", "float32")
    return config


def base_of(case):
    """The case whose folder holds the model: those of methods and optimizers share that of plain LoRA."""
    return f"{CASES[case][0]}-lora" if case in METHOD_CASES or case in OPTIMIZER_CASES else case


def run_config(case):
    """The run configuration of a case, as `studio train` reads it."""
    _, _, tuning, training = CASES[case]
    base = "./" if base_of(case) == case else f"../{base_of(case)}/"
    adapter = {"init_from": "./adapter-initial"} if tuning["method"] != "full" and not starts_fresh(tuning) else {}
    return {
        "model": {"llm_backbone": base, "weights": "as-published"},
        "dataset": {
            "train_dataframe": "./data.csv", "prompt_column": ["instruction"], "answer_column": "output",
            "problem_type": "instruction", "prompt_template": "custom", "text_prompt_start": PROMPT_START,
            "text_answer_separator": SEPARATOR, "add_eos_token_to_prompt": False, "add_eos_token_to_answer": True,
            "mask_prompt_labels": True, "validation_strategy": "none",
        },
        "tokenizer": {"max_length": 128, "padding_quantile": 1.0, "packing": False},
        "tuning": {**tuning, **adapter},
        "training": {
            "loss_function": "TokenAveragedCrossEntropy", "optimizer": "AdamW", "schedule": "Cosine", "warmup_steps": 0,
            "weight_decay": 0, "gradient_clip": 0, "grad_accumulation": 1, "max_steps": STEPS, "shuffle": False,
            "drop_last_batch": True, **training,
        },
        "environment": {"mixed_precision": "f32", "seed": RUN_SEED},
    }
